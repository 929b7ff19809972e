"""Pixelate, tint and max, and a source that is left lying as it is, against the same in numpy."""

from typing import Any

import numpy as np
import pytest
import pyvips

import firstsight
from tests.image.made import png
from tests.image.seeing import decoded

Array = np.ndarray[Any, Any]


def noise(height: int, width: int, channels: int = 3) -> Array:
    return np.random.default_rng(5).integers(0, 256, (height, width, channels))


def rendered(data: bytes, spec: str) -> Array:
    return decoded(firstsight.render(data, spec).data)[0]


def test_every_square_has_the_mean_of_its_colours() -> None:
    pixels = noise(32, 48)
    shown = rendered(png.png(pixels, png.RGB), "pixelate8.png")[..., :3]
    means = pixels.reshape(4, 8, 6, 8, 3).mean((1, 3))
    assert np.abs(shown - np.kron(means, np.ones((8, 8, 1)))).max() <= 1


def test_squares_that_do_not_fit_are_cut_at_the_edges_and_grow_with_the_ratio() -> None:
    pixels = noise(30, 45)
    shown = rendered(png.png(pixels, png.RGB), "pixelate8.png")
    assert shown.shape[:2] == (30, 45)
    assert (shown[:8, :8] == shown[0, 0]).all()
    assert (shown[24:, 40:] == shown[-1, -1]).all()
    large = rendered(png.png(noise(64, 64), png.RGB), "20x-pixelate5-dpr2.png")
    assert (large[:10, :10] == large[0, 0]).all()
    assert not (large[:10, :12] == large[0, 0]).all()


@pytest.mark.parametrize("side", [7, 16, 33, 64, 16383])
def test_of_a_square_that_is_cut_at_an_edge_no_more_counts_than_there_is(side: int) -> None:
    pixels = np.zeros((50, 70, 3), int)
    pixels[..., 0], pixels[..., 1] = np.arange(70) * 3, (np.arange(50) * 4)[:, None]
    expected = np.zeros(pixels.shape)
    for top in range(0, 50, side):
        for left in range(0, 70, side):
            here = np.s_[top : top + side, left : left + side]
            expected[here] = pixels[here].mean((0, 1))
    assert np.abs(rendered(png.png(pixels, png.RGB), f"pixelate{side}.png")[..., :3] - expected).max() <= 0.5


@pytest.mark.parametrize("sigma", [0.5, 0.9, 1.3, 1.9, 2.5, 3, 3.3, 3.8, 5.1, 6.7, 7.4, 25, 85])
def test_a_picture_of_one_colour_keeps_it_when_it_is_blurred(sigma: float) -> None:
    pixels = np.full((40, 60, 3), [60, 200, 247])
    assert (rendered(png.png(pixels, png.RGB), f"blur{sigma}.png")[..., :3] == pixels).all()


@pytest.mark.parametrize("sigma", [0.7, 1, 2.8, 3, 10])
def test_an_edge_is_blurred_by_a_bell_that_is_cut_off_at_a_fifth_of_its_height(sigma: float) -> None:
    reach = int(np.sqrt(-2 * sigma**2 * np.log(0.2)))
    bell = np.exp(-((np.arange(-reach, reach + 1) / sigma) ** 2) / 2)
    pixels = np.zeros((9, 120, 3), int)
    pixels[:, 60:] = 255
    expected = np.convolve(np.pad(pixels[0, :, 0], reach, "edge"), bell / bell.sum(), "valid")
    assert np.abs(rendered(png.png(pixels, png.RGB), f"blur{sigma}.png")[4, :, 0] - expected).max() <= 2


def test_the_colour_of_what_cannot_be_seen_is_not_in_the_mean() -> None:
    pixels = np.zeros((4, 4, 4), int)
    pixels[:, :2] = (200, 40, 0, 255)
    pixels[:, 2:] = (0, 255, 255, 0)
    shown = rendered(png.png(pixels, png.RGBA), "pixelate4.png")
    assert np.abs(shown[0, 0] - [200, 40, 0, 128]).max() <= 2


def test_a_tint_gives_everything_one_hue_and_keeps_its_lightness() -> None:
    pixels = noise(16, 16)
    shown = rendered(png.png(pixels, png.RGB), "tint704214.png")[..., :3]
    light = [
        pyvips.Image.new_from_array(image.astype(np.uint8), interpretation="srgb").colourspace("lab").numpy()
        for image in (pixels, shown)
    ]
    middle = (light[0][..., 0] > 20) & (light[0][..., 0] < 80)  # near black and white there is no room for the colour
    assert np.abs(light[0][..., 0] - light[1][..., 0])[middle].max() < 4
    wanted = (
        pyvips.Image.black(1, 1, bands=3).linear(1, [0x70, 0x42, 0x14]).copy(interpretation="srgb").colourspace("lab")
    )
    hue = np.arctan2(light[1][..., 2], light[1][..., 1])[middle]
    assert np.abs(hue - np.arctan2(wanted(0, 0)[2], wanted(0, 0)[1])).max() < 0.3


def test_a_tint_gives_a_gray_picture_colour_and_leaves_alpha() -> None:
    gray = png.png(np.full((8, 8, 1), 128), png.GRAY)
    red, green, blue = rendered(gray, "tintff0000.png")[4, 4, :3].astype(int)
    assert red > green + 50
    assert red > blue + 50
    half = rendered(png.png(np.full((8, 8, 4), 128), png.RGBA), "tintff0000.png")
    assert half[4, 4, 3] == 128


@pytest.mark.parametrize("format", ["jpg", "webp"])
def test_the_quality_is_lowered_until_the_bytes_fit(format: str) -> None:
    data = png.png(noise(120, 160), png.RGB)
    whole = len(firstsight.render(data, f"full.{format}").data)
    for most in (whole + 1000, whole * 3 // 4, whole // 2):
        made = len(firstsight.render(data, f"max{most}.{format}").data)
        assert made <= most
        assert made >= min(whole, most // 3)


def test_what_cannot_be_made_small_enough_is_as_small_as_it_gets() -> None:
    data = png.png(noise(120, 160), png.RGB)
    assert firstsight.render(data, "max10.jpg").data == firstsight.render(data, "q1.jpg").data


def test_a_limit_that_is_kept_anyway_changes_nothing() -> None:
    data = png.png(noise(20, 20), png.RGB)
    assert firstsight.render(data, "q70-max1000k.jpg").data == firstsight.render(data, "q70.jpg").data


def test_an_orientation_may_be_left_alone() -> None:
    stored = pyvips.Image.new_from_array(noise(20, 40).astype(np.uint8), interpretation="srgb").copy()
    stored.set_type(pyvips.GValue.gint_type, "orientation", 6)
    data = bytes(stored.jpegsave_buffer(keep="exif"))
    assert rendered(data, "full.png").shape[:2] == (40, 20)
    assert rendered(data, "unoriented.png").shape[:2] == (20, 40)
