"""What the steps do to pixels, against the same in numpy."""

from typing import Any

import numpy as np
import pytest
import pyvips

import firstsight
from tests.image.made import png
from tests.image.seeing import decoded, difference, middles, on
from tests.image.sources import COLOURS, GRAYS, SHEER, rgba, source, spread

Array = np.ndarray[Any, Any]


def rendered(data: bytes, spec: str) -> Array:
    return decoded(firstsight.render(data, spec).data)[0]


def bands(data: bytes) -> int:
    found: int = pyvips.Image.new_from_buffer(data, "").bands
    return found


def noise(height: int, width: int, channels: int = 3) -> Array:
    return np.random.default_rng(3).integers(0, 256, (height, width, channels))


def test_a_crop_takes_these_pixels_and_no_others() -> None:
    pixels = noise(30, 40)
    shown = rendered(png.png(pixels, png.RGB), "crop7x11x13x5.png")
    assert np.array_equal(shown[..., :3], pixels[11:16, 7:20])


@pytest.mark.parametrize(
    ("anchor", "rows", "columns"),
    [
        ("northwest", slice(0, 10), slice(0, 40)),
        ("south", slice(20, 30), slice(0, 40)),
        ("center", slice(10, 20), slice(0, 40)),
        ("focus0.5x0.4", slice(7, 17), slice(0, 40)),
    ],
)
def test_a_cover_crop_keeps_what_its_anchor_says(anchor: str, rows: slice, columns: slice) -> None:
    pixels = noise(30, 40)
    shown = rendered(png.png(pixels, png.RGB), f"40x10-{anchor}.png")
    assert np.array_equal(shown[..., :3], pixels[rows, columns])


def test_halving_is_within_a_few_levels_of_the_mean_of_what_each_pixel_stands_for() -> None:
    ramp = np.stack([np.add.outer(np.arange(64) * 2, np.arange(64))] * 3, -1)
    shown = rendered(png.png(ramp, png.RGB), "32x32.png")[..., :3]
    means = ramp.reshape(32, 2, 32, 2, 3).mean((1, 3))
    assert np.abs(shown - means)[2:-2, 2:-2].max() <= 1


def catmull_rom(length: int, made: int) -> Array:
    """
    Give the weights of Catmull and Rom's cubic, a row for each pixel that is made, its edges repeated.

    (Keys 1981, with a = -1/2.) The corners of both lie upon each other, so pixel n has its centre at (n + 1/2) / scale.
    """
    weights = np.zeros((made, length))
    for row in range(made):
        centre = (row + 0.5) * length / made - 0.5
        for column in range(int(np.floor(centre)) - 1, int(np.floor(centre)) + 3):
            x = abs(centre - column)
            weight = 1.5 * x**3 - 2.5 * x**2 + 1 if x < 1 else -0.5 * x**3 + 2.5 * x**2 - 4 * x + 2
            weights[row, min(max(column, 0), length - 1)] += weight
    return weights


@pytest.mark.parametrize(("width", "height"), [(48, 36), (60, 45), (80, 60), (160, 120), (40, 77), (111, 30)])
def test_what_is_enlarged_stays_where_it_is(width: int, height: int) -> None:
    pixels = np.random.default_rng(3).integers(90, 166, (30, 40, 3))
    made = rendered(png.png(pixels, png.RGB), f"{width}x{height}-fill-enlarge.png")[..., :3]
    expected = np.einsum("yi,xj,ijc->yxc", catmull_rom(30, height), catmull_rom(40, width), pixels)
    assert np.abs(made - expected).max() < 4  # libvips knows 32 places between two pixels


def test_what_is_enlarged_along_one_side_and_made_smaller_along_the_other_stays_where_it_is() -> None:
    ramp = np.tile(np.linspace(0, 252, 64)[None, :, None], (64, 1, 3)).astype(int)
    made = rendered(png.png(ramp, png.RGB), "128x32-fill-enlarge.png")[16, 8:-8, 0]
    assert np.abs(made - ((np.arange(8, 120) + 0.5) / 2 - 0.5) * 4).max() <= 1


def test_the_colour_of_what_cannot_be_seen_does_not_bleed_in() -> None:
    # columns in turn of opaque red and of transparent green: halved, all is red at half the alpha
    columns = np.array([[255, 0, 0, 255], [0, 255, 0, 0]])
    pixels = np.tile(columns, (64, 32, 1))
    shown = rendered(png.png(pixels, png.RGBA), "32x32.png")[4:-4, 4:-4]
    assert np.abs(shown - [255, 0, 0, 128]).max() <= 1
    gray = rendered(png.png(pixels[:, :, [0, 3]], png.GRAY_ALPHA), "32x32.png")[4:-4, 4:-4]
    assert np.abs(gray - [255, 255, 255, 128]).max() <= 1


@pytest.mark.parametrize("spec", ["32x32-q95.webp", "32x32-q95.avif"])
def test_an_encoder_with_loss_gets_the_colours_of_a_haze_as_they_are(spec: str) -> None:
    # weighted in whole numbers, 3 of 255 would leave the colours four steps between black and white
    haze = np.dstack([np.add.outer(np.arange(64), np.arange(64)) + 60] * 3 + [np.full((64, 64), 3)])
    shown = rendered(png.png(haze, png.RGBA), spec)
    means = haze.reshape(32, 2, 32, 2, 4).mean((1, 3))
    assert np.abs(shown - means).max() <= 8


def test_blur_too_weighs_colours_by_alpha() -> None:
    pixels = np.zeros((40, 40, 4), int)
    pixels[:, :20] = [200, 10, 10, 255]
    pixels[:, 20:] = [0, 255, 0, 0]
    shown = rendered(png.png(pixels, png.RGBA), "blur3.png")
    seen = shown[..., 3] > 20
    assert np.abs(shown[seen][:, :3] - [200, 10, 10]).max() <= 6


def test_jpeg_shows_what_is_transparent_on_white_or_on_the_given_colour() -> None:
    for spec, colour in {"full.jpg": (255, 255, 255), "bg204060.jpg": (32, 64, 96)}.items():
        shown = rendered(source("png rgba"), spec)
        assert difference(middles(shown), middles(on(rgba(SHEER), colour))) <= 5, spec


def test_a_background_shows_behind_transparency_in_any_format_and_may_itself_be_sheer() -> None:
    shown = rendered(source("png rgba"), "bg204060.png")
    assert difference(middles(shown), middles(on(rgba(SHEER), (32, 64, 96)))) <= 1
    sheer = rendered(source("png rgba"), "bg20406080.png")
    under, over = 128 / 255, rgba(SHEER)[..., 3:] / 255
    alpha = over + under * (1 - over)
    colour = (rgba(SHEER)[..., :3] * over + np.array([32, 64, 96]) * under * (1 - over)) / alpha
    assert difference(middles(sheer), middles(np.concatenate([colour, alpha * 255], -1))) <= 2


def test_contain_and_pad_add_what_is_transparent_or_white_or_the_given_colour() -> None:
    data = source("png rgb")
    corners = {
        "64x64-contain.png": [0],
        "64x64-contain.jpg": [255, 255, 255, 255],
        "64x64-contain-bg102030.png": [16, 32, 48, 255],
        "pad8.png": [0],
        "pad8.jpg": [255, 255, 255, 255],
        "pad8-bg102030.webp": [16, 32, 48, 255],
    }
    for spec, colour in corners.items():
        corner = rendered(data, spec)[2, 2]
        assert np.abs(corner[-len(colour) :] - colour).max() <= (10 if spec.endswith("jpg") else 3), spec
    padded = rendered(data, "pad8x4x0x16-bg000000.png")
    assert padded.shape[:2] == (48 + 8, 64 + 4 + 16)
    assert np.array_equal(padded[8:, 16:-4], rgba(COLOURS))
    assert padded[:8, :, :3].max() == 0


def test_brightness_contrast_and_saturation_are_those_of_css() -> None:
    # Filter Effects Module Level 1, 9: brightness multiplies, contrast turns around the middle, saturate is a matrix
    weights = np.array([0.2126, 0.7152, 0.0722])
    pixels = rgba(COLOURS)[..., :3]
    gray = (pixels @ weights)[..., None]
    for spec, expected in {
        "brightness150": pixels * 1.5,
        "contrast50": (pixels - 127.5) * 0.5 + 127.5,
        "saturation30": gray + 0.3 * (pixels - gray),
        "saturation200": gray + 2 * (pixels - gray),
        "grayscale": np.repeat(gray, 3, -1),
        "brightness80-contrast120": (pixels * 0.8 - 127.5) * 1.2 + 127.5,
    }.items():
        shown = rendered(source("png rgb"), f"{spec}.png")[..., :3]
        assert np.abs(shown - np.clip(expected, 0, 255)).max() <= 1, spec


@pytest.mark.parametrize(
    "spec", ["full", "32x", "flip-rotate90", "blur2", "sharpen", "pad4", "64x64-contain", "round8"]
)
@pytest.mark.parametrize("name", ["jpeg gray", "png gray 4", "png gray 16", "png gray alpha", "jpeg gray with profile"])
def test_what_is_gray_stays_of_one_band(name: str, spec: str) -> None:
    for format in ("jpg", "png"):
        made = firstsight.render(source(name), f"{spec}.{format}")
        assert bands(made.data) <= (1 if format == "jpg" else 2), format


def test_grayscale_gives_one_band_and_a_coloured_background_three() -> None:
    assert bands(firstsight.render(source("png rgb"), "grayscale.jpg").data) == 1
    assert bands(firstsight.render(source("png rgb"), "saturation0.png").data) == 1
    assert bands(firstsight.render(source("png rgb"), "full.jpg").data) == 3
    assert bands(firstsight.render(source("png gray 8"), "pad4-bgff0000.jpg").data) == 3
    assert bands(firstsight.render(source("png gray 8"), "pad4-bg808080.jpg").data) == 1
    red = rendered(source("png gray alpha"), "bgff0000.png")
    assert np.abs(red[20, 4] - [51 * 64 / 255 + 255 * 191 / 255, 51 * 64 / 255, 51 * 64 / 255, 255]).max() <= 1


def test_corners_are_round_and_smooth() -> None:
    alpha = rendered(png.png(np.full((64, 64, 3), 200), png.RGB), "round.png")[..., 3]
    y, x = np.mgrid[:64, :64] + 0.5
    outside = np.hypot(x - 32, y - 32) - 32
    assert alpha[outside < -1].min() == 255
    assert alpha[outside > 1].max() == 0
    assert 0 < alpha[np.abs(outside) < 0.4].mean() < 255
    assert rendered(source("png rgb"), "round.jpg")[0, 0].min() > 235
    assert rendered(source("png gray alpha"), "round8.png")[0, 0, 3] == 0


def test_sharpening_makes_an_edge_steeper_and_leaves_what_is_flat() -> None:
    pixels = spread(np.array([[[80], [180]]]), 32)
    soft = rendered(png.png(pixels, png.GRAY), "blur1.png")[16, :, 0]
    sharp = rendered(png.png(pixels, png.GRAY), "blur1-sharpen2.png")[16, :, 0]
    assert np.diff(sharp).max() > np.diff(soft).max()
    assert np.abs(sharp[[2, -3]] - [80, 180]).max() <= 2


def test_shrinking_while_decoding_is_not_seen() -> None:
    # a JPEG may be decoded at a half, a quarter or an eighth; a source of 8 times the size gives the same patches
    large = firstsight.render(source("png rgb"), "1024x-enlarge-q95.jpg").data
    for width in (64, 96, 128, 200, 512):
        shown = rendered(large, f"{width}x.png")
        assert shown.shape[:2] == (round(width * 0.75), width)
        centres = shown[[int(width * 0.75 * (y + 0.5) / 3) for y in range(3)]][
            :, [int(width * (x + 0.5) / 4) for x in range(4)]
        ]
        assert np.abs(centres[..., :3] - COLOURS).max() <= 6, width


def test_the_middle_of_gray_patches_survives_every_step_together() -> None:
    shown = rendered(source("jpeg gray"), "128x-enlarge-pad8x8-bgffffff-rotate180-round2.png")
    patches = middles(np.rot90(shown[8:-8, 8:-8], 2), 32)
    assert np.abs(patches[..., 0].mean(-1) - GRAYS[..., 0]).max() <= 2
