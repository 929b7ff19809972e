"""A screen lets every good file through as it is, and stops what would keep a decoder busy."""

import io
import zlib
from collections.abc import Callable, Iterator

import pytest
import pyvips

import firstsight
from firstsight.errors import DamagedImage, TooManyPixels, UnsupportedFormat
from firstsight.image import foreign
from firstsight.image.pieces import Piece
from firstsight.image.screens import MOST_FRAMES, MOST_SCANS, jpeg_scans, png_texts
from firstsight.image.wholes import MOST_PAGES, avif_boxes, gif_frames, tiff_pages, webp_frames
from tests.hostile import bombs
from tests.image.made.png import chunk
from tests.image.sources import KINDS, source

Screen = Callable[[Iterator[bytes], bool], Iterator[Piece]]
SIZES = (1, 2, 3, 7, 100, 65_536)
#: A file of each kind, and its screen.
SCREENS: dict[str, Screen] = {
    "jpeg rgb": jpeg_scans,
    "jpeg progressive": jpeg_scans,
    "png rgba": png_texts,
    "png moving": png_texts,
    "gif moving": gif_frames,
    "webp moving": webp_frames,
    "avif alpha": avif_boxes,
    "tiff pages": tiff_pages,
}


def through(screen: Screen, data: bytes, size: int, *, strict: bool = False) -> bytes:
    pieces = io.BytesIO(data)
    return b"".join(screen(iter(lambda: pieces.read(size), b""), strict))


def webp_with(name: bytes, body: bytes) -> bytes:
    """Add a chunk to a WebP."""
    data = source("webp moving") + name + len(body).to_bytes(4, "little") + body + bytes(len(body) % 2)
    return data[:4] + (len(data) - 8).to_bytes(4, "little") + data[8:]


def framed_png(count: int) -> bytes:
    """Say of a PNG that it has so many frames."""
    good = source("png rgb")
    return good[:33] + chunk(b"fcTL", bytes(26)) * count + good[33:]


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize(
    ("screen", "head"),
    [
        (jpeg_scans, b"\xff\xd8"),
        (tiff_pages, b"II"),
        (tiff_pages, b"MM"),
        (png_texts, b"\x89PNG"),
        (webp_frames, b"RIFF"),
        (gif_frames, b"GIF8"),
        (avif_boxes, b"\0\0\0\x1cftyp"),
    ],
)
def test_a_good_file_passes_byte_for_byte(screen: Screen, head: bytes, size: int) -> None:
    files = [data for name in KINDS if (data := source(name)).startswith(head) and b"Xt" not in data]
    assert files
    for data in files:
        assert through(screen, data, size) == data
        assert through(screen, data, size, strict=True) == data


def shown(data: bytes, *, decode: bool) -> bytes:
    """Decode what has passed."""
    return firstsight.render(data, "full.png").data if decode else data


@pytest.mark.parametrize("name", SCREENS)
def test_a_strict_screen_refuses_what_is_cut_anywhere(name: str) -> None:
    data = source(name)
    for end in {*range(12, len(data), 1 + len(data) // 300), *range(len(data) - 20, len(data))}:
        with pytest.raises(DamagedImage):  # between two boxes of an AVIF its decoder sees that one is missing
            shown(through(SCREENS[name], data[:end], 1000, strict=True), decode=name.startswith("avif"))
        assert len(through(SCREENS[name], data[:end], 1000)) <= end  # where that is allowed, it is shown


#: What phones and cameras leave behind an image, and what transfers do.
TAILS = {
    "a film": b"\0\0\0\x18ftypmp42\0\0\0\0isommp42" + bytes(range(256)) * 90,
    "another picture": b"\xff\xd8\xff\xe1\0\x10Exif\0\0" + bytes(50) + b"\xff\xd9",
    "a maker's notes": b"\0\0\1\x0a\x0e\0\0\0Image_UTC_Data1458170015363SEFHe\0\0\0\1\0\0\0SEFT",
    "padding": bytes(5000),
    "a line break": b"\r\n",
    "a little": b"\x80",
}


@pytest.mark.parametrize("tail", TAILS)
@pytest.mark.parametrize("name", [name for name in SCREENS if name != "avif alpha"])
def test_what_may_follow_an_image_is_no_damage(name: str, tail: str) -> None:
    data = source(name)
    for size in (7, 100, 65_536):
        passed = through(SCREENS[name], data + TAILS[tail], size, strict=True)
        assert passed == data + TAILS[tail] if name.startswith("tiff") else passed == data
    assert firstsight.render(data + TAILS[tail], "8x.png").size.width == 8


def test_after_the_boxes_of_an_avif_is_padding_and_nothing_else() -> None:
    data = source("avif alpha")
    assert through(avif_boxes, data + bytes(100), 7, strict=True) == data
    with pytest.raises(DamagedImage):
        through(avif_boxes, data + TAILS["a line break"], 7, strict=True)


@pytest.mark.parametrize(
    "tail", [*foreign.BEGINNINGS, b"<html>", b"\r\n <!DOCTYPE html>", b"x<script>", b"<?php echo 1"]
)
@pytest.mark.parametrize("name", SCREENS)
def test_another_file_after_an_image_is_refused_unless_damage_is_taken_too(name: str, tail: bytes) -> None:
    for size in (1, 7, 65_536):
        with pytest.raises(UnsupportedFormat, match="after its end"):
            through(SCREENS[name], source(name) + tail + bytes(30), size, strict=True)
    assert source(name) in through(SCREENS[name], source(name) + tail, 100)


@pytest.mark.parametrize("size", SIZES)
def test_the_coded_data_of_a_jpeg_may_be_filled_before_a_marker_and_nowhere_else(size: int) -> None:
    good = source("jpeg rgb")
    assert good.endswith(b"\xff\xd9")
    for filled in (b"\xff\xff\xff\xd9", b"\xff\xff\xd0\xab\xff\xd1\xff\xff\xd2\xff\0\xff\xd9"):
        assert through(jpeg_scans, good[:-2] + filled, size, strict=True) == good[:-2] + filled
    for broken in (b"\xff\xff\0\xff\xd9", b"\xff\x13\xff\xd9", b"\xff\xda\0\x08\1\1\0\0\x3f\0\xff\xd9"):
        with pytest.raises(DamagedImage):
            through(jpeg_scans, good[:-2] + broken, size, strict=True)
        assert through(jpeg_scans, good[:-2] + broken, size) == good[:-2] + broken


PHP = b"<?php system($_GET['c']); ?>"
#: A script where programs for that put it, by kind of file.
COMMENTS: dict[str, bytes] = {
    "jpeg": b"\xff\xd8\xff\xfe" + (2 + len(PHP)).to_bytes(2) + PHP + source("jpeg rgb")[2:],
    "png": source("png rgb")[:33] + chunk(b"tEXt", b"Comment\0" + PHP) + source("png rgb")[33:],
    "png packed": source("png rgb")[:33] + chunk(b"zTXt", b"Comment\0\0" + zlib.compress(PHP)) + source("png rgb")[33:],
    "png language": source("png rgb")[:33]
    + chunk(b"iTXt", b"Comment\0\1\0en\0\0" + zlib.compress(PHP))
    + source("png rgb")[33:],
    "gif": source("gif")[:-1] + b"!\xfe" + bytes([len(PHP)]) + PHP + b"\0;",
    "webp": webp_with(b"XMP ", PHP),
}


@pytest.mark.parametrize("name", COMMENTS)
def test_a_script_in_a_comment_is_refused_unless_damage_is_taken_too(name: str) -> None:
    data = COMMENTS[name]
    screen = SCREENS[next(kind for kind in SCREENS if kind.startswith(name.split(maxsplit=1)[0]))]
    with pytest.raises(UnsupportedFormat, match="metadata"):
        through(screen, data, 100, strict=True)
    assert PHP not in firstsight.render(data, "8x.png", strict=False).data


def test_a_png_whose_metadata_has_another_checksum_is_damaged_and_one_of_much_text_is_not() -> None:
    good, text = source("png rgb"), chunk(b"tEXt", b"Comment\0" + b"a word " * 100_000)
    many = chunk(b"zTXt", b"key\0\0" + zlib.compress(b"a word " * 1000)) * 500
    assert through(png_texts, good[:33] + text + many + good[33:], 1000, strict=True) == good
    with pytest.raises(DamagedImage):
        through(png_texts, good[:33] + text.replace(b"a word", b"a work", 1) + good[33:], 1000, strict=True)


@pytest.mark.parametrize("size", SIZES[3:])
def test_a_gif_or_a_moving_png_of_too_many_frames_is_refused(size: int) -> None:
    files: tuple[tuple[Screen, bytes, bytes], ...] = (
        (gif_frames, bombs.gif_of_frames(2, 2, MOST_FRAMES), bombs.gif_of_frames(2, 2, MOST_FRAMES + 1)),
        (png_texts, framed_png(MOST_FRAMES), framed_png(MOST_FRAMES + 1)),
    )
    for screen, most, more in files:
        for strict in (True, False):
            assert through(screen, most, size, strict=strict) == most
            with pytest.raises(TooManyPixels, match="5000 frames"):
                through(screen, more, size, strict=strict)


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


@pytest.mark.parametrize("screen", [jpeg_scans, png_texts, tiff_pages, webp_frames, gif_frames, avif_boxes])
@pytest.mark.parametrize("data", [b"", b"\xff", b"\xff\xd8\xff", b"II*\0\x08", b"\x89PNG\r\n\x1a\n\0\0", b"MM\0*" * 9])
def test_the_beginning_of_a_file_passes_too(screen: Screen, data: bytes) -> None:
    for size in SIZES:
        assert through(screen, data, size) == data
