"""A screen lets every good file through as it is, and stops what would keep a decoder busy."""

import io
from collections.abc import Callable, Iterator

import pytest
import pyvips

from firstsight.errors import DamagedImage, TooManyPixels
from firstsight.image.screens import MOST_FRAMES, MOST_PAGES, MOST_SCANS, jpeg_scans, png_texts, tiff_pages, webp_frames
from tests.hostile import bombs
from tests.image.made.png import chunk
from tests.image.sources import KINDS, source

Screen = Callable[[Iterator[bytes]], Iterator[bytes]]
SIZES = (1, 2, 3, 7, 100, 65_536)


def through(screen: Screen, data: bytes, size: int) -> bytes:
    pieces = io.BytesIO(data)
    return b"".join(screen(iter(lambda: pieces.read(size), b"")))


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize(
    ("screen", "head"),
    [
        (jpeg_scans, b"\xff\xd8"),
        (tiff_pages, b"II"),
        (tiff_pages, b"MM"),
        (png_texts, b"\x89PNG"),
        (webp_frames, b"RIFF"),
    ],
)
def test_a_good_file_passes_byte_for_byte(screen: Screen, head: bytes, size: int) -> None:
    files = [data for name in KINDS if (data := source(name)).startswith(head) and b"Xt" not in data]
    assert files
    for data in files:
        assert through(screen, data, size) == data


@pytest.mark.parametrize("size", SIZES)
def test_a_jpeg_of_too_many_scans_is_refused_and_one_of_as_many_as_may_be_is_not(size: int) -> None:
    most = bombs.jpeg_of_scans(16, 16, MOST_SCANS - 1)  # and the first
    assert through(jpeg_scans, most, size) == most
    with pytest.raises(DamagedImage, match="100 scans"):
        through(jpeg_scans, bombs.jpeg_of_scans(16, 16, MOST_SCANS), size)


def test_what_follows_a_jpeg_or_looks_like_scans_inside_of_its_metadata_counts_for_nothing() -> None:
    good = bombs.patched_jpeg(16, 16)
    scans = b"\xff\xda\0\x08" * 300
    comment = b"\xff\xfe" + (2 + len(scans)).to_bytes(2) + scans
    for data in (good + scans, good[:2] + comment + good[2:]):
        for size in SIZES:
            assert through(jpeg_scans, data, size) == data


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("kind", [b"zTXt", b"iTXt", b"tEXt"])
def test_texts_are_left_out_of_a_png_wherever_they_stand(kind: bytes, size: int) -> None:
    good = bytes(pyvips.Image.black(9, 9).pngsave_buffer(keep="none"))
    pixels, end = good.index(b"IDAT") - 4, good.index(b"IEND") - 4
    text = chunk(kind, b"key\0\0" + b"IDAT" * 50)
    worded = good[:pixels] + text + text + good[pixels:end] + text + good[end:]
    assert through(png_texts, worded, size) == good


@pytest.mark.parametrize("size", SIZES[2:])
def test_a_tiff_of_too_many_pages_is_refused(size: int) -> None:
    most = bombs.tiff_of_pages(MOST_PAGES)
    assert through(tiff_pages, most, size) == most
    with pytest.raises(TooManyPixels, match="2000 pages"):
        through(tiff_pages, bombs.tiff_of_pages(MOST_PAGES + 1), size)


@pytest.mark.parametrize("size", SIZES[4:])
def test_a_webp_of_too_many_frames_is_refused(size: int) -> None:
    most = bombs.webp_of_frames(MOST_FRAMES)
    assert through(webp_frames, most, size) == most
    with pytest.raises(TooManyPixels, match="5000 frames"):
        through(webp_frames, bombs.webp_of_frames(MOST_FRAMES + 1), size)


@pytest.mark.parametrize("screen", [jpeg_scans, png_texts, tiff_pages, webp_frames])
@pytest.mark.parametrize("data", [b"", b"\xff", b"\xff\xd8\xff", b"II*\0\x08", b"\x89PNG\r\n\x1a\n\0\0", b"MM\0*" * 9])
def test_the_beginning_of_a_file_passes_too(screen: Screen, data: bytes) -> None:
    for size in SIZES:
        assert through(screen, data, size) == data
