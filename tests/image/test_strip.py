"""Files without their metadata: the same pixels, nothing else, and no guessing."""

import struct

import numpy as np
import pytest
import pyvips
from hypothesis import given
from hypothesis import strategies as st

from firstsight.image.strip import strip
from tests.image.made import gif, png
from tests.image.made.exif import exif
from tests.image.made.jpeg import adobe, exif_segment, segment
from tests.image.seeing import decoded
from tests.image.sources import COLOURS, GIF_SIZE, KINDS, gif_frames, rgb_jpeg, source, spread, twelve, vips

SECRET = b"where it was taken"  # 18 bytes
STRIPPED = {"jpeg", "png", "webp", "gif"}


def chunk(name: bytes, body: bytes) -> bytes:
    return struct.pack("<4sI", name, len(body)) + body + bytes(len(body) & 1)


def signed_webp() -> bytes:
    image = pyvips.Image.new_from_array(spread(COLOURS).astype(np.uint8)).copy(interpretation="srgb")
    image.set_type(pyvips.GValue.blob_type, "xmp-data", SECRET)
    data: bytes = image.webpsave_buffer(lossless=True, keep="xmp")
    return data


SIGNED = {
    "jpeg": rgb_jpeg(
        exif_segment(exif(1, copyright=SECRET.decode())),
        segment(0xE1, b"http://ns.adobe.com/xap/1.0/\0" + SECRET),
        segment(0xED, b"Photoshop 3.0\0" + SECRET),
        segment(0xFE, SECRET),
        segment(0xE0, b"JFIF\0\1\1\0\0\1\0\1\2\1" + SECRET[:6]),
    ),
    "png": png.png(
        spread(COLOURS),
        png.RGB,
        8,
        png.chunk(b"tEXt", b"Comment\0" + SECRET),
        png.chunk(b"eXIf", exif(1, copyright=SECRET.decode())),
        later=png.chunk(b"iTXt", b"XML:com.adobe.xmp\0\0\0\0\0" + SECRET),
    ),
    "webp": signed_webp(),
    "gif": gif.gif(
        GIF_SIZE,
        twelve()[0],
        gif_frames(),
        loop=2,
        extra=b"\x21\xfe"
        + bytes([len(SECRET)])
        + SECRET
        + b"\0"
        + b"\x21\xff\x0bXMP DataXMP"
        + bytes([18])
        + SECRET
        + b"\0",
    ),
}


@pytest.mark.parametrize("kind", sorted(STRIPPED))
def test_what_is_written_beside_the_pixels_goes_and_what_is_seen_stays(kind: str) -> None:
    data = SIGNED[kind]
    assert SECRET[:6] in data
    stripped = strip(kind, data + SECRET)  # and something after the end
    assert stripped is not None
    assert SECRET[:6] not in stripped
    before, after = decoded(data), decoded(stripped)
    assert len(before) == len(after)
    assert all(np.array_equal(one, other) for one, other in zip(before, after, strict=True))


def test_an_animation_keeps_its_timing() -> None:
    for name, kind in (("gif moving", "gif"), ("webp moving", "webp")):
        stripped = strip(kind, source(name))
        assert stripped is not None
        for field in ("delay", "loop", "n-pages"):
            before, after = (pyvips.Image.new_from_buffer(data, "").get(field) for data in (source(name), stripped))
            assert before == after


def test_what_says_how_to_read_the_colours_of_a_jpeg_is_kept() -> None:
    stripped = strip("jpeg", rgb_jpeg())
    assert stripped is not None
    assert adobe(0) in stripped


def test_restart_markers_and_several_scans_are_walked() -> None:
    for options in ({"interlace": True}, {"restart_interval": 2}, {"optimize_scans": True, "interlace": True}):
        data = vips(COLOURS, "jpeg", **options)
        stripped = strip("jpeg", data)
        assert stripped is not None
        assert np.array_equal(decoded(stripped)[0], decoded(data)[0])


@pytest.mark.parametrize("name", [name for name, kind in KINDS.items() if kind.format in STRIPPED])
def test_every_source_is_stripped_to_a_file_that_shows_the_same(name: str) -> None:
    kind = KINDS[name]
    stripped = strip(kind.format, source(name))
    assert stripped is not None
    assert len(stripped) <= len(source(name)) + 1
    if kind.orientation == 1 and "profile" not in name and " p3" not in name and "adobe rgb" not in name:
        assert np.array_equal(decoded(stripped)[0], decoded(source(name))[0])


def test_other_kinds_are_left_alone() -> None:
    assert strip("tiff", source("tiff")) is None
    assert strip("avif", source("avif")) is None


@given(st.sampled_from(sorted(STRIPPED)), st.data())
def test_a_damaged_file_gives_none_or_a_file_and_never_an_error(kind: str, data: st.DataObject) -> None:
    whole = bytearray(SIGNED[kind])
    for _ in range(data.draw(st.integers(0, 4))):
        whole[data.draw(st.integers(0, len(whole) - 1))] = data.draw(st.integers(0, 255))
    cut = bytes(whole[: data.draw(st.integers(0, len(whole)))])
    assert isinstance(strip(kind, cut), bytes | None)


def test_a_file_that_is_not_understood_is_not_used() -> None:
    for kind in STRIPPED - {"gif"}:
        data = SIGNED[kind]
        assert strip(kind, data[: len(data) // 2]) is None
    assert strip("jpeg", b"\xff\xd8junk") is None
    unknown = png.png(spread(COLOURS), png.RGB, 8, png.chunk(b"ABCD", b"critical, and not known"))
    assert strip("png", unknown) is None
