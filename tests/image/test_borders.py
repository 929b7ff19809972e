"""Borders of the picture's own colours, and lightness that is spread, against the same in numpy."""

from typing import Any

import numpy as np
import pytest
import pyvips

import firstsight
from tests.image.made import png
from tests.image.seeing import decoded
from tests.image.sources import COLOURS, rgba, source

Array = np.ndarray[Any, Any]


def rendered(data: bytes, spec: str) -> Array:
    return decoded(firstsight.render(data, spec).data)[0]


def lightness(shown: Array) -> Array:
    image = pyvips.Image.new_from_array(shown[..., :3].astype(np.uint8), interpretation="srgb")
    return np.asarray(image.colourspace("lab").numpy()[..., 0])


@pytest.mark.parametrize("spec", ["64x96-contain-bgmean.png", "pad20-bgmean.png", "64x96-inside-padbox-bgmean.png"])
def test_a_border_has_the_mean_of_the_colours(spec: str) -> None:
    mean = rgba(COLOURS)[..., :3].mean((0, 1))
    shown = rendered(source("png rgb"), spec)
    for corner in (shown[0, 0], shown[-1, -1]):
        assert np.abs(corner - [*mean, 255]).max() <= 1


def test_the_mean_of_what_is_sheer_is_seen_on_white() -> None:
    pixels = np.zeros((20, 20, 4), int)
    pixels[:10] = (200, 40, 0, 255)
    shown = rendered(png.png(pixels, png.RGBA), "pad5-bgmean.png")
    assert np.abs(shown[0, 0] - [227.5, 147.5, 127.5, 255]).max() <= 1


def test_a_gray_picture_has_a_gray_border_of_one_band() -> None:
    data = png.png(np.full((20, 20, 1), 90), png.GRAY)
    for spec in ("pad5-bgmean.png", "pad5-bgblur.png"):
        made = firstsight.render(data, spec).data
        assert pyvips.Image.new_from_buffer(made, "").bands == 1
        assert np.abs(decoded(made)[0][0, 0, :3] - 90).max() <= 1


def test_a_blurred_border_is_the_picture_stretched_with_the_picture_on_top() -> None:
    pixels = np.zeros((200, 400, 3), int)
    pixels[:, :200] = (200, 0, 0)
    pixels[:, 200:] = (0, 0, 200)
    shown = rendered(png.png(pixels, png.RGB), "400x400-contain-bgblur.png")
    assert np.array_equal(shown[100:300, :, :3], pixels)
    above = shown[20]
    assert np.abs(above[0] - [200, 0, 0, 255]).max() <= 3
    assert np.abs(above[-1] - [0, 0, 200, 255]).max() <= 3
    # an edge blurred by a sigma of 50: half a sigma from it, by the normal distribution, 0.309 of the other colour
    assert np.abs(above[225] - [200 * 0.309, 0, 200 * 0.691, 255]).max() <= 10
    assert rendered(png.png(pixels, png.RGB), "400x301-contain-bgblur-dpr2-enlarge.jpg").shape[:2] == (602, 800)


def test_a_blurred_border_shows_what_is_sheer_on_white() -> None:
    pixels = np.zeros((60, 60, 4), int)
    pixels[:30] = (200, 40, 0, 255)
    shown = rendered(png.png(pixels, png.RGBA), "pad100-bgblur.png")
    assert np.abs(shown[0, 0] - [200, 40, 0, 255]).max() <= 20
    assert np.abs(shown[-1, 0] - [255, 255, 255, 255]).max() <= 20


def test_round_corners_do_not_lay_a_sheer_background_behind_it_twice() -> None:
    pixels = np.zeros((60, 80, 4), int)
    pixels[20:40, 20:60] = (0, 0, 255, 255)
    for spec in ("bgff000080.png", "bgff000080-round20.png"):
        shown = rendered(png.png(pixels, png.RGBA), spec)
        assert shown[0, 0].tolist() == [255, 0, 0, 128]
        assert shown[10, 40].tolist() == [255, 0, 0, 128]
        assert shown[30, 40].tolist() == [0, 0, 255, 255]
    opaque = rendered(png.png(np.full((60, 80, 3), [0, 0, 255]), png.RGB), "bgff000080-round20.png")
    assert opaque[0, 0].tolist() == [255, 0, 0, 128]
    assert opaque[30, 40].tolist() == [0, 0, 255, 255]


def test_every_frame_has_a_border_of_the_same_colour() -> None:
    frames = decoded(firstsight.render(source("gif moving"), "pad8-bgmean.webp").data)
    assert len(frames) > 1
    assert all(np.abs(frame[0, 0] - frames[0][0, 0]).max() <= 2 for frame in frames)


def test_lightness_is_spread_from_black_to_white_but_for_a_hundredth() -> None:
    ramp = np.stack([np.tile(np.linspace(80, 160, 128).astype(int), (64, 1))] * 3, -1)
    for pixels, kind in ((ramp, png.RGB), (ramp[..., :1], png.GRAY)):
        shown = rendered(png.png(pixels, kind), "normalize.png")
        light = lightness(shown)
        assert light.min() <= 1
        assert light.max() >= 99
        before = lightness(np.repeat(pixels[..., :1], 3, -1))
        low, high = np.percentile(before, 1), np.percentile(before, 99)
        expected = np.clip((before - low) / (high - low) * 100, 0, 100)
        assert np.abs(light - expected).max() <= 1


def test_a_hue_and_what_is_of_one_lightness_stay() -> None:
    flat = np.full((16, 16, 3), [10, 120, 60])
    assert np.array_equal(rendered(png.png(flat, png.RGB), "normalize.png")[..., :3], flat)
    sheer = np.concatenate(
        [np.tile(np.linspace(80, 160, 32).astype(int)[:, None], (32, 1, 3)), np.full((32, 32, 1), 99)], -1
    )
    assert (rendered(png.png(sheer, png.RGBA), "normalize.png")[..., 3] == 99).all()


def test_some_pixels_that_are_blacker_and_whiter_do_not_keep_the_rest_from_being_spread() -> None:
    pixels = np.stack([np.tile(np.linspace(80, 160, 128).astype(int), (64, 1))] * 3, -1)
    pixels[:2, :16], pixels[-2:, :16] = 0, 255  # four thousandths each
    light = lightness(rendered(png.png(pixels, png.RGB), "normalize.png"))[8:-8]
    assert light.min() <= 2
    assert light.max() >= 98
