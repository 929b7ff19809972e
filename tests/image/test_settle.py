"""A turn by any angle, and a trim, against the same in numpy."""

from typing import Any

import numpy as np
import pytest

import firstsight
from firstsight.image.geometry import Size, turned
from tests.image.made import png
from tests.image.seeing import decoded
from tests.image.sources import source

Array = np.ndarray[Any, Any]


def rendered(data: bytes, spec: str) -> Array:
    return decoded(firstsight.render(data, spec).data)[0]


def waves(height: int, width: int) -> Array:
    """A picture without edges, of different waves in each channel."""
    y, x = np.mgrid[:height, :width]
    channels = [128 + 100 * np.sin(x / 9 + 1), 128 + 100 * np.cos(y / 7), 128 + 100 * np.sin((x + y) / 13)]
    pixels: Array = np.rint(np.stack(channels, -1)).astype(int)
    return pixels


def turned_by_hand(pixels: Array, degrees: float, width: int, height: int) -> tuple[Array, Array]:
    """Turn clockwise around the centre, linearly between four pixels; and where that is well inside the picture."""
    angle = np.radians(degrees)
    y, x = np.mgrid[:height, :width].astype(float)
    y, x = y - (height - 1) / 2, x - (width - 1) / 2
    down = -np.sin(angle) * x + np.cos(angle) * y + (pixels.shape[0] - 1) / 2
    across = np.cos(angle) * x + np.sin(angle) * y + (pixels.shape[1] - 1) / 2
    inside = (down > 3) & (down < pixels.shape[0] - 4) & (across > 3) & (across < pixels.shape[1] - 4)
    top = np.clip(np.floor(down).astype(int), 0, pixels.shape[0] - 2)
    left = np.clip(np.floor(across).astype(int), 0, pixels.shape[1] - 2)
    v, u = (down - top)[..., None], (across - left)[..., None]
    rows = [pixels[top + i, left] * (1 - u) + pixels[top + i, left + 1] * u for i in (0, 1)]
    return rows[0] * (1 - v) + rows[1] * v, inside


@pytest.mark.parametrize(
    ("size", "degrees", "expected"),
    [
        ((100, 100), 45, (141, 141)),
        ((100, 50), 30, (112, 93)),  # 100 cos + 50 sin = 111.6, 100 sin + 50 cos = 93.3
        ((100, 50), 210, (112, 93)),
        ((1, 10_000), 45, (7072, 7072)),
        ((1, 1), 45, (1, 1)),
    ],
)
def test_the_box_that_holds_a_turned_rectangle(
    size: tuple[int, int], degrees: float, expected: tuple[int, int]
) -> None:
    assert turned(Size(*size), degrees) == Size(*expected)


@pytest.mark.parametrize("degrees", [1, 30, 45, 100.5, 200, 359])
@pytest.mark.parametrize("alpha", [False, True])
def test_a_turn_by_any_angle_is_the_one_of_arithmetic(degrees: float, alpha: bool) -> None:
    pixels = waves(90, 120)
    data = png.png(np.dstack([pixels, np.full(pixels.shape[:2], 200)]), png.RGBA) if alpha else png.png(pixels, png.RGB)
    shown = rendered(data, f"rotate{degrees}.png")
    expected, inside = turned_by_hand(pixels, degrees, shown.shape[1], shown.shape[0])
    assert shown.shape[:2] == (turned(Size(120, 90), degrees).height, turned(Size(120, 90), degrees).width)
    assert np.abs(shown[..., :3] - expected)[inside].max() <= 4
    assert np.abs(shown[inside][:, 3] - (200 if alpha else 255)).max() <= 1
    assert shown[0, 0, 3] == 0


def test_the_corners_of_a_turn_are_transparent_or_of_the_background() -> None:
    data = source("png rgb")
    assert rendered(data, "rotate30.png")[0, 0, 3] == 0
    assert rendered(data, "rotate30.jpg")[0, 0].tolist() == [255, 255, 255, 255]
    assert rendered(data, "rotate30-bg102030.png")[0, 0].tolist() == [16, 32, 48, 255]
    assert rendered(data, "rotate30-bg10203080.png")[0, 0].tolist() == [16, 32, 48, 128]
    assert rendered(source("png gray 8"), "rotate30-bgff0000.png")[0, 0].tolist() == [255, 0, 0, 255]


def test_the_edge_of_a_turned_picture_is_of_its_own_colour() -> None:
    shown = rendered(png.png(np.full((60, 80, 3), [200, 40, 90]), png.RGB), "rotate20.png")
    seen = shown[..., 3] > 40
    assert np.abs(shown[seen][:, :3] - [200, 40, 90]).max() <= 4
    assert 0 < np.count_nonzero((shown[..., 3] > 0) & (shown[..., 3] < 255)) < 2 * (60 + 80) * 2


@pytest.mark.parametrize("spec", ["80x", "x60", "60x60", "60x60-contain", "200x-enlarge", "crop20x10x50x60"])
def test_reducing_before_a_turn_gives_what_reducing_after_it_gives(spec: str) -> None:
    data = png.png(waves(270, 360), png.RGB)
    at_once = rendered(data, f"{spec}-rotate25-bg808080.png")
    turned_first = firstsight.render(data, "rotate25-bg808080.png").data
    in_two = rendered(turned_first, f"{spec}-bg808080.png")
    assert at_once.shape == in_two.shape
    assert np.abs(at_once - in_two)[..., :3].mean() <= 3


@pytest.mark.parametrize(
    ("border", "subject"),
    [
        ([255, 255, 255, 255], [200, 30, 40, 255]),
        ([0, 0, 0, 255], [255, 255, 255, 255]),
        ([0, 0, 0, 0], [200, 30, 40, 255]),
        ([0, 0, 0, 0], [255, 255, 255, 255]),  # a white logo on nothing
        ([255, 255, 255, 0], [0, 0, 0, 255]),
    ],
)
def test_a_trim_leaves_what_is_not_border(border: list[int], subject: list[int]) -> None:
    pixels = np.full((60, 80, 4), border)
    pixels[12:40, 25:70] = subject
    shown = rendered(png.png(pixels, png.RGBA), "trim.png")
    assert shown.shape[:2] == (28, 45)
    assert np.abs(shown - subject).max() <= 1


def test_a_trim_of_nothing_but_border_leaves_everything_and_sizes_follow_the_trim() -> None:
    assert rendered(png.png(np.full((20, 30, 3), 7), png.RGB), "trim.png").shape[:2] == (20, 30)
    pixels = np.full((60, 80, 3), 255)
    pixels[10:50, 20:60] = 0
    assert rendered(png.png(pixels, png.RGB), "20x-trim.png").shape[:2] == (20, 20)
    noisy = np.clip(pixels - np.random.default_rng(1).integers(0, 8, pixels.shape), 0, 255)
    assert rendered(png.png(noisy, png.RGB), "trim20.png").shape[:2] == (40, 40)


def test_what_moves_is_neither_trimmed_nor_turned_by_such_an_angle() -> None:
    for spec in ("trim.webp", "rotate30.gif"):
        with pytest.raises(firstsight.FirstsightError, match="single frame") as refused:
            firstsight.render(source("gif moving"), spec)
        assert refused.value.status == 400
    assert firstsight.render(source("gif moving"), "rotate90.gif").frames == 5
    assert firstsight.render(source("gif moving"), "still-rotate30.webp").frames == 1
