"""The straight line through pixels: formats that are chosen, what is kept as it was, metadata, limits."""

import struct
from dataclasses import replace

import numpy as np
import pytest
import pyvips

import firstsight
from firstsight.errors import FirstsightError, RenderTimeout, TooManyBytes, TooManyPixels
from firstsight.image import finish, resolve, start
from firstsight.settings import Limits
from firstsight.transform import Format, Transform
from tests.image.made import png
from tests.image.made.exif import PLACE, exif
from tests.image.made.jpeg import exif_segment, icc_segments, segment
from tests.image.seeing import decoded, difference, middles, told
from tests.image.sources import COLOURS, KINDS, P3, noisy, rgb_jpeg, rgba, source, spread

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


def test_the_pixels_that_are_too_many_are_named_where_a_crop_leaves_few_of_them() -> None:
    data = png.png(np.zeros((1000, 1, 1)), png.GRAY)
    with pytest.raises(TooManyPixels, match="100x100000 has 10000000"):
        firstsight.render(data, "100x100-enlarge.png", limits=Limits(output_pixels=1_000_000))


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
