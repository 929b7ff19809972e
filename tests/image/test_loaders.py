"""Which bytes are decoded, and by what."""

import subprocess
import sys
from pathlib import Path

import pytest
import pyvips

from firstsight.errors import UnsupportedFormat
from firstsight.image.loaders import LOADERS, choose
from tests.image.sources import KINDS, source


@pytest.mark.parametrize("name", KINDS)
def test_a_kind_is_known_by_its_first_bytes(name: str) -> None:
    assert choose(source(name)[:1024], svg=True).name == KINDS[name].format


@pytest.mark.parametrize(
    ("head", "words"),
    [
        (b"\0\0\0\x18ftypheic\0\0\0\0mif1heic", "HEIC"),
        (b"\0\0\0\x1cftypmif1\0\0\0\0mif1heicmiaf", "HEIC"),
        (b"%PDF-1.7", "PDF"),
        (b"8BPS\0\1", "Photoshop"),
        (b"BM\x36\0\0\0", "BMP"),
        (b"\xff\x0a\0\0", "JPEG XL"),
        (b"#!/bin/sh\necho", "not an image of a known kind"),
        (b"<html><body>", "not an image of a known kind"),
        (b"<html><svg width='1'></svg>", "SVG"),
        (b"\0" * 100, "not an image of a known kind"),
        (b"P6\n2 2\n255\n", "not an image of a known kind"),
        (b"/* XPM */", "not an image of a known kind"),
        (b"", "not an image of a known kind"),
    ],
)
def test_what_is_not_decoded_is_named_with_what_is(head: bytes, words: str) -> None:
    with pytest.raises(UnsupportedFormat, match=words) as refused:
        choose(head, svg=False)
    assert refused.value.status == 415
    if words != "SVG":
        assert "jpeg, png, webp, gif, avif, tiff" in refused.value.remedy


def test_an_avif_that_also_calls_itself_a_heif_is_an_avif() -> None:
    assert choose(b"\0\0\0\x20ftypavif\0\0\0\0avifmif1miafMA1B", svg=False).name == "avif"
    assert choose(b"\0\0\0\x1cftypmif1\0\0\0\0mif1avifmiaf", svg=False).name == "avif"


def test_libvips_has_every_loader_of_the_list() -> None:
    for loader in LOADERS:
        if loader.operation:
            assert pyvips.type_find("VipsOperation", f"{loader.operation}_source")


def test_libvips_keeps_its_warnings_to_itself(photos: Path) -> None:
    program = "import sys, firstsight\nfirstsight.render(sys.stdin.buffer.read(), '20x.webp', strict=False)\n"
    cut = (photos / "hubble_deep_field.jpg").read_bytes()[:200_000]
    done = subprocess.run([sys.executable, "-c", program], input=cut, capture_output=True, check=True)
    assert done.stderr == b""
