"""The straight line through pixels: animations and their limits, what is kept as it was, damage, limits, drawings."""

import struct
import threading
from collections.abc import Iterator
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import numpy as np
import pytest
import pyvips

import firstsight
from firstsight.errors import DamagedImage, FirstsightError, RenderTimeout, TooManyBytes, TooManyPixels
from firstsight.image import cut_short, finish, render, resolve, start
from firstsight.settings import Limits
from firstsight.transform import Format, Transform
from tests.image.made import gif, png
from tests.image.made.exif import PLACE, exif
from tests.image.made.jpeg import exif_segment, icc_segments, segment
from tests.image.seeing import decoded, difference, middles
from tests.image.sources import COLOURS, KINDS, MOVES, P3, rgb_jpeg, rgba, source, spread, vips

# Animations.


def told(data: bytes, field: str) -> object:
    options = {"n": -1} if field == "page-height" else {}
    return pyvips.Image.new_from_buffer(data, "", **options).get(field)


@pytest.mark.parametrize("format", ["gif", "webp"])
@pytest.mark.parametrize(
    ("name", "delays", "loop"), [("gif moving", [100, 200, 300, 400, 500], 3), ("webp moving", [100, 200, 300], 3)]
)
@pytest.mark.parametrize("spec", ["full", "32x", "16x48", "rotate90", "128x-enlarge", "pad4-bgffffff"])
def test_an_animation_keeps_its_frames_delays_and_loops(
    name: str, delays: list[int], loop: int, format: str, spec: str
) -> None:
    made = firstsight.render(source(name), f"{spec}.{format}")
    assert (made.frames, made.still) == (len(delays), False)
    assert told(made.data, "delay") == delays
    assert told(made.data, "loop") == loop
    assert told(made.data, "page-height") == made.size.height


def test_each_frame_is_resized_by_itself() -> None:
    # frames of one colour each: any row that took something of a neighbour would show it
    colours = np.array([[255, 0, 0], [0, 0, 255], [255, 255, 0]])
    frames = [gif.Frame(np.full((30, 40), index)) for index in range(3)]
    made = firstsight.render(gif.gif((40, 30), colours, frames, loop=0), "20x15.webp-lossless".replace("-lossless", ""))
    for frame, colour in zip(decoded(made.data), colours, strict=True):
        assert np.abs(frame[..., :3] - colour).max() <= 8


@pytest.mark.parametrize("loop", [None, 0, 1, 5])
def test_how_often_a_gif_repeats_is_kept_to_the_letter(loop: int | None) -> None:
    frames = [gif.Frame(np.full((8, 8), index)) for index in range(2)]
    data = gif.gif((8, 8), np.array([[255, 0, 0], [0, 0, 255]]), frames, loop=loop)
    again = firstsight.render(data, "4x4.gif").data
    assert told(again, "loop") == told(data, "loop")
    assert (b"NETSCAPE2.0" in again) == (loop is not None)


@pytest.mark.parametrize("limits", [Limits(frames=4), Limits(animation_pixels=5 * 64 * 48 - 1)])
def test_beyond_a_limit_the_first_frame_is_given_and_told_of(limits: Limits) -> None:
    made = firstsight.render(source("gif moving"), "full.webp", limits=limits)
    assert (made.frames, made.still, made.source.frames) == (1, True, 5)
    shown = decoded(made.data)
    assert len(shown) == 1
    assert difference(middles(shown[0]), middles(KINDS["gif moving"].seen()[0])) <= 8


def test_at_the_limits_all_frames_are_kept() -> None:
    made = firstsight.render(source("gif moving"), "full.gif", limits=Limits(frames=5, animation_pixels=5 * 64 * 48))
    assert (made.frames, made.still) == (5, False)


def test_one_frame_that_was_asked_for_or_is_all_a_format_holds_is_not_cut_short() -> None:
    limits = Limits(frames=1)
    facts = start(iter([source("gif moving")]), limits).facts
    for spec, short in {
        "full.gif": True,
        "frame2.gif": False,
        "still.webp": False,
        "full.jpg": False,
        "info.json": False,
    }.items():
        assert cut_short(facts, firstsight.tokens.parse(spec), limits) is short, spec


@pytest.mark.parametrize("format", ["gif", "webp"])
def test_a_single_frame_of_an_animation_is_not_taken_for_several(format: str) -> None:
    # twice as high as a frame was: the savers would cut it in two by the height that the loader left
    made = firstsight.render(source("gif moving"), f"128x-enlarge-still.{format}")
    shown = decoded(made.data)
    assert [frame.shape[:2] for frame in shown] == [(96, 128)]


# Formats that are chosen.


@pytest.mark.parametrize(
    ("name", "accept", "format"),
    [
        ("jpeg rgb", set(), Format.JPEG),
        ("png rgba", set(), Format.PNG),
        ("png palette transparent", set(), Format.PNG),
        ("gif moving", set(), Format.GIF),
        ("jpeg rgb", {Format.WEBP}, Format.WEBP),
        ("jpeg rgb", {Format.WEBP, Format.AVIF}, Format.AVIF),
        ("gif moving", {Format.WEBP, Format.AVIF}, Format.WEBP),
        ("gif moving", {Format.AVIF}, Format.GIF),
    ],
)
def test_auto_becomes_the_smallest_that_holds_the_picture(name: str, accept: set[Format], format: Format) -> None:
    assert firstsight.render(source(name), "32x", accept=accept).format is format


def test_a_background_takes_the_need_for_alpha_away() -> None:
    assert firstsight.render(source("png rgba"), "32x-bgffffff").format is Format.JPEG
    assert firstsight.render(source("png rgba"), "32x-bgffffff80").format is Format.PNG


# What is kept as it was.


def noisy(quality: int) -> bytes:
    pixels = np.random.default_rng(2).integers(0, 256, (64, 96, 3)).astype(np.uint8)
    data: bytes = pyvips.Image.new_from_array(pixels).copy(interpretation="srgb").jpegsave_buffer(Q=quality)
    return data


def test_a_source_that_is_smaller_than_ours_is_kept_without_its_metadata() -> None:
    small = noisy(20)
    signed = (
        small[:2] + exif_segment(exif(1, gps=True, copyright="Ada Example")) + segment(0xFE, b"a comment") + small[2:]
    )
    for spec in (
        "full.jpg",
        "q95.jpg",
        "200x.jpg",
        "96x64.jpg",
        "500x500-inside.jpg",
        "still.jpg",
        "96x-dpr2.jpg",
    ):
        kept = firstsight.render(signed + b"more, after the end", spec).data
        assert np.array_equal(decoded(kept)[0], decoded(small)[0]), spec
        assert len(kept) <= len(small), spec
        assert b"Example" not in kept
        assert b"comment" not in kept
        assert b"more" not in kept


@pytest.mark.parametrize(
    ("spec", "data"),
    [
        ("95x.jpg", noisy(20)),
        ("grayscale.jpg", noisy(20)),
        ("flip.jpg", noisy(20)),
        ("brightness110.jpg", noisy(20)),
        ("pad1.jpg", noisy(20)),
        ("full.webp", noisy(20)),
        ("q5.jpg", noisy(60)),
        ("full.jpg", rgb_jpeg(exif_segment(exif(6)))),
        ("full.jpg", rgb_jpeg(icc_segments(P3))),
        ("full.png", png.png(spread(COLOURS) * 257, png.RGB, 16)),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_source_is_not_kept_when_anything_changes_or_ours_is_smaller(spec: str, data: bytes) -> None:
    made = firstsight.render(data, spec).data
    if spec.endswith("jpg"):
        stripped = firstsight.image.strip.strip("jpeg", data)
        assert made != stripped
    if spec == "q5.jpg":
        assert len(made) < len(data)
    if spec == "full.png":
        assert told(made, "bits-per-sample") == 8


def test_a_palette_stays_one_and_small() -> None:
    for name in ("png palette 4", "png palette 8", "png palette transparent", "png palette 1"):
        for spec in ("full.png", "200x-enlarge.png", "48x.png"):
            made = firstsight.render(source(name), spec).data
            image = pyvips.Image.new_from_buffer(made, "")
            assert image.get_typeof("palette"), (name, spec)
            if spec == "full.png":
                assert len(made) <= len(source(name))


def test_a_palette_picture_is_not_four_times_its_size_when_it_is_resized() -> None:
    rng = np.random.default_rng(7)
    table = np.concatenate([rng.integers(0, 256, (64, 3)), np.full((64, 1), 255)], 1)
    indices = np.add.outer(np.arange(400) // 7, np.arange(600) // 9)[..., None] % 64
    data = png.png(indices, png.PALETTE, 8, *png.palette(table[:, :3]))
    small = firstsight.render(data, "300x.png").data
    full_colour = pyvips.Image.new_from_buffer(small, "").pngsave_buffer(palette=False)
    assert len(small) < len(full_colour) / 2


# Metadata.


def test_the_copyright_and_the_artist_stay_where_that_is_set_and_the_place_never() -> None:
    words = (b"(c) 2024 Ada Example", b"Ada Example")
    place = struct.pack("<6I", PLACE[0], 1, PLACE[1], 1, PLACE[2], 1)
    data = rgb_jpeg(exif_segment(exif(6, gps=True, artist="Ada Example", copyright="(c) 2024 Ada Example")))
    assert place in data
    for format in ("jpg", "png", "webp", "avif"):
        kept = firstsight.render(data, f"full.{format}", metadata="copyright").data
        assert all(word in kept for word in words), format
        assert place not in kept
        image = pyvips.Image.new_from_buffer(kept, "")
        assert not [field for field in image.get_fields() if "GPS" in field]
        assert image.get_typeof("orientation") == 0 or image.get("orientation") == 1
        assert (image.width, image.height) == (48, 64)
    for format in ("jpg", "png", "webp", "avif", "gif"):
        assert not any(word in firstsight.render(data, f"full.{format}").data for word in words)
    assert firstsight.render(data, "full.gif", metadata="copyright").size.width == 48


def test_a_profile_is_kept_instead_of_converting_where_that_is_set() -> None:
    for format in ("jpg", "png", "webp", "avif"):
        kept = firstsight.render(source("jpeg p3"), f"full.{format}", metadata="profile").data
        assert told(kept, "icc-profile-data") == P3
        stored = decoded(kept)[0]
        assert difference(middles(stored), middles(rgba(COLOURS))) <= 8, format
    gif_of_it = firstsight.render(source("jpeg p3"), "full.gif", metadata="profile").data  # which cannot carry one
    assert difference(middles(decoded(gif_of_it)[0]), middles(KINDS["jpeg p3"].seen()[0])) <= 2
    cmyk = firstsight.render(source("jpeg cmyk with profile"), "full.png", metadata="profile").data
    assert difference(middles(decoded(cmyk)[0]), middles(KINDS["jpeg cmyk with profile"].seen()[0])) <= 4
    srgb = firstsight.render(source("jpeg srgb profile"), "full.png", metadata="profile").data
    assert difference(middles(decoded(srgb)[0]), middles(rgba(COLOURS))) <= 1


# Damage.


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


# Limits.


@pytest.mark.parametrize(
    ("limits", "spec", "error", "words"),
    [
        (Limits(source_bytes=100), "full.png", TooManyBytes, "limits.source_bytes"),
        (Limits(source_pixels=64 * 48 - 1), "full.png", TooManyPixels, "limits.source_pixels"),
        (Limits(output_pixels=64 * 48 - 1), "full.png", TooManyPixels, "limits.output_pixels"),
        (Limits(output_pixels=64 * 48 - 1), "64x48-contain.png", TooManyPixels, "limits.output_pixels"),
        (Limits(output_pixels=64 * 48 - 1), "rotate45.png", TooManyPixels, "limits.output_pixels"),
        (Limits(output_pixels=64 * 48 - 1), "trim.png", TooManyPixels, "limits.output_pixels"),
    ],
)
def test_a_limit_is_named_by_its_error(limits: Limits, spec: str, error: type[FirstsightError], words: str) -> None:
    with pytest.raises(error) as refused:
        firstsight.render(source("png rgb 16"), spec, limits=limits)
    assert words in refused.value.remedy
    fitting = firstsight.render(source("png rgb 16"), "63x.png", limits=replace(Limits(), output_pixels=64 * 48 - 1))
    assert fitting.size.width == 63


def test_a_side_that_a_format_cannot_hold_is_refused_for_that_format_alone() -> None:
    data = png.png(np.zeros((1, 20_000, 1)), png.GRAY)
    for format in ("webp", "avif"):
        with pytest.raises(TooManyPixels, match=format):
            firstsight.render(data, f"full.{format}")
    for format in ("jpg", "png"):
        assert firstsight.render(data, f"full.{format}").size.width == 20_000


def test_a_render_that_takes_too_long_is_stopped() -> None:
    data = png.png(np.zeros((2000, 2000, 3), np.uint8), png.RGB)
    with pytest.raises(RenderTimeout, match=r"0\.001 seconds"):
        firstsight.render(data, "blur50.png", limits=Limits(seconds=0.001))


def test_only_what_is_needed_is_read_of_a_source() -> None:
    data = png.png(np.random.default_rng(1).integers(0, 256, (1000, 1000, 3)), png.RGB)
    chunks = (data[i : i + 65_536] for i in range(0, len(data), 65_536))
    picture = start(chunks, Limits())
    assert picture.reader.received <= 65_536
    made = finish(picture, resolve(Transform(format=Format.PNG), picture.facts, frozenset()), Limits())
    assert made.read == len(data)


# Vector drawings.

SVG = (
    '<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" width="40" height="40">{}</svg>'
)
BLUE = '<rect width="40" height="40" fill="#0000ff"/>'


def drawn(body: str, spec: str = "full.png", prologue: str = "") -> np.ndarray:
    return decoded(firstsight.render((prologue + SVG.format(body)).encode(), spec, svg=True).data)[0]


def test_a_drawing_is_drawn_at_its_size_not_enlarged() -> None:
    edge = '<rect x="20" width="20" height="40" fill="#000000"/>'
    for spec in ("400x-enlarge.png", "400x400-enlarge.png", "400x-crop0x0x40x40-enlarge.png"):
        alpha = drawn(edge, spec)[200, :, 3]
        assert np.count_nonzero((alpha > 0) & (alpha < 255)) == 0, spec  # the edge lies between two pixels
        assert alpha[:200].max() == 0
        assert alpha[200:].min() == 255
    turned = drawn(edge, "400x-enlarge-rotate45.png")
    soft = np.count_nonzero((turned[200, :, 3] > 0) & (turned[200, :, 3] < 255))
    assert soft <= 8
    assert drawn(edge, "400x.png").shape[:2] == (40, 40)  # not without `enlarge`


def test_a_drawing_loads_nothing_from_outside(tmp_path: Path) -> None:
    asked = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)
            self.send_response(200)
            self.end_headers()
            self.wfile.write(red)

        def log_message(self, *words: object) -> None: ...

    red: bytes = vips(np.array([[[255, 0, 0]]]), "png")
    (tmp_path / "red.png").write_bytes(red)
    (tmp_path / "red.svg").write_text(SVG.format('<rect id="r" width="40" height="40" fill="#ff0000"/>'))
    (tmp_path / "word.txt").write_text("#ff0000")
    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        for base in (tmp_path.as_uri(), str(tmp_path), f"http://127.0.0.1:{server.server_port}"):
            for body in (
                f'<image href="{base}/red.png" width="40" height="40"/>',
                f'<image xlink:href="{base}/red.svg" width="40" height="40"/>',
                f'<use href="{base}/red.svg#r"/>',
                f'<filter id="f"><feImage href="{base}/red.png"/></filter><g filter="url(#f)">{BLUE}</g>',
                f'<style>@import url("{base}/red.css");</style>',
                f'<xi:include xmlns:xi="http://www.w3.org/2001/XInclude" href="{base}/red.svg"/>',
            ):
                shown = drawn(BLUE + body)[..., :3]
                assert np.abs(shown - [0, 0, 255]).max() == 0, body
            entity = f'<!DOCTYPE svg [<!ENTITY red SYSTEM "{base}/word.txt">]>'
            with pytest.raises(DamagedImage):
                drawn('<rect width="40" height="40" fill="&red;"/>', prologue=entity)
            dtd = f'<!DOCTYPE svg SYSTEM "{base}/svg.dtd">'
            assert np.abs(drawn(BLUE, prologue=dtd)[..., :3] - [0, 0, 255]).max() == 0
        server.shutdown()
    assert asked == []


def test_a_bomb_of_entities_and_an_enormous_drawing_are_refused() -> None:
    levels = "".join(f'<!ENTITY e{n} "{f"&e{n - 1};" * 10}">' for n in range(1, 10))
    with pytest.raises(DamagedImage):
        drawn("<text>&e9;</text>", prologue=f'<!DOCTYPE svg [<!ENTITY e0 "ha">{levels}]>')
    huge = '<svg xmlns="http://www.w3.org/2000/svg" width="100000" height="100000"/>'
    with pytest.raises(TooManyPixels, match="100000x100000"):
        firstsight.render(huge.encode(), "10x.png", svg=True)


def test_moving_frames_and_the_picture_are_what_the_tables_say() -> None:
    assert len(MOVES) == KINDS["tiff pages"].pages
