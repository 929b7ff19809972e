"""Sources that are damaged or cut short: refused, or shown as far as they go, and never taken for whole."""

from collections.abc import Iterator

import numpy as np
import pytest

import firstsight
from firstsight.errors import DamagedImage
from firstsight.image import render
from firstsight.settings import Limits
from firstsight.transform import Format, Transform
from tests.image.made import png
from tests.image.seeing import decoded, difference
from tests.image.sources import COLOURS, KINDS, noisy, rgb_jpeg, rgba, source, spread


def cut_by_half(name: str) -> bytes:
    data = source(name)
    return data[: len(data) // (4 if name == "png moving" else 2)]  # the half of that one holds its default image


@pytest.mark.parametrize("name", [name for name, kind in KINDS.items() if kind.format != "svg"])
def test_a_source_that_is_cut_short_is_refused(name: str) -> None:
    with pytest.raises(DamagedImage) as refused:
        firstsight.render(cut_by_half(name), "full.png")
    assert refused.value.status == 422


@pytest.mark.parametrize("format", ["jpeg", "png"])
def test_a_cut_source_is_shown_as_far_as_it_goes_when_that_is_set(format: str) -> None:
    size = 1 if format == "png" else 16
    patches = np.random.default_rng(4).integers(0, 256, (960 // size, 320 // size, 3))
    data = rgb_jpeg(patches=patches) if format == "jpeg" else png.png(patches, png.RGB)
    cut = data[: len(data) * 2 // 3]
    shown = decoded(firstsight.render(cut, "full.png", strict=False).data)[0]
    assert shown.shape[:2] == (960, 320)
    assert difference(shown[:480], rgba(patches, size)[:480]) <= 1
    with pytest.raises(DamagedImage):
        firstsight.render(cut, "full.png")


def test_wrong_bits_in_the_middle_are_damage_too() -> None:
    data = bytearray(noisy(90))
    start_of_scan = data.index(b"\xff\xda") + 14
    data[start_of_scan + 400 : start_of_scan + 440] = b"\xff\xd3" * 20  # restarts where there are none
    with pytest.raises(DamagedImage):
        firstsight.render(bytes(data), "full.png")
    assert firstsight.render(bytes(data), "full.png", strict=False).size.width == 96
    flipped = bytearray(png.png(spread(COLOURS), png.RGB))
    flipped[60] ^= 0x55
    with pytest.raises(DamagedImage):
        firstsight.render(bytes(flipped), "full.png")


def test_what_follows_the_end_of_a_jpeg_is_no_damage() -> None:
    assert firstsight.render(source("jpeg rgb") + b"\0" * 1000 + b"anything", "full.png").size.width == 64
    padded = source("jpeg rgb")[:-2] + b"\0\0\0" + b"\xff\xd9"  # cameras do this
    assert firstsight.render(padded, "full.png").size.width == 64


def test_an_error_of_the_store_is_not_taken_for_damage() -> None:
    class Failed(Exception):
        pass

    def chunks() -> Iterator[bytes]:
        yield source("png rgb")[:100]
        raise Failed

    with pytest.raises(Failed):
        render(chunks(), Transform(format=Format.PNG), limits=Limits())

    def at_once() -> Iterator[bytes]:
        raise Failed
        yield b""

    with pytest.raises(Failed):
        render(at_once(), Transform(format=Format.PNG), limits=Limits())
