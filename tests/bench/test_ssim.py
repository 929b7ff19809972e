"""
The similarity that the benchmarks quote.

The expected values are scikit-image's (0.26.0), of `structural_similarity` with `gaussian_weights=True, sigma=1.5,
use_sample_covariance=False, data_range=255`, which is the formula of the paper.
"""

from collections.abc import Callable

import numpy as np
import pytest
import pyvips

from bench.ssim import Plane, decibels, luma, ssim

Y, X = np.mgrid[0:40, 0:60].astype(np.float64)
PATTERNS: dict[str, Plane] = {
    "wave": 127.5 + 100 * np.sin(X / 3) * np.cos(Y / 5),
    "ramp": (X * 4 + Y) % 256,
    "check": ((X // 4 + Y // 4) % 2) * 255.0,
}
CHANGES: dict[str, Callable[[Plane], Plane]] = {
    "lighter": lambda plane: np.clip(plane + 20, 0, 255),
    "halved": lambda plane: 128 + (plane - 128) / 2,
    "shifted": lambda plane: np.roll(plane, 1, 1),
    "coarse": lambda plane: np.floor(plane / 32) * 32,
    "inverse": lambda plane: 255 - plane,
}


@pytest.mark.parametrize(
    ("pattern", "change", "expected"),
    [
        ("wave", "lighter", 0.9847930150884431),
        ("wave", "halved", 0.7977955716404092),
        ("wave", "shifted", 0.9200320105202439),
        ("wave", "coarse", 0.9154843331255869),
        ("wave", "inverse", -0.7370068921233055),
        ("ramp", "lighter", 0.9803666046120767),
        ("ramp", "halved", 0.875675544962648),
        ("ramp", "shifted", 0.9810395112737077),
        ("ramp", "coarse", 0.6494107658698686),
        ("ramp", "inverse", -0.09395201516772622),
        ("check", "lighter", 0.9926335948213312),
        ("check", "halved", 0.7947493068776145),
        ("check", "shifted", 0.48433763611001873),
        ("check", "coarse", 0.983405595245718),
        ("check", "inverse", -0.9078489457846372),
    ],
)
def test_similarity_is_that_of_scikit_image(pattern: str, change: str, expected: float) -> None:
    plane = PATTERNS[pattern]
    assert ssim(plane, CHANGES[change](plane)) == pytest.approx(expected, abs=1e-9)


def test_flat_planes_give_the_luminance_term_alone() -> None:
    a, b = np.full((20, 20), 100.0), np.full((20, 20), 120.0)
    assert ssim(a, b) == pytest.approx((2 * 100 * 120 + 6.5025) / (100**2 + 120**2 + 6.5025), abs=1e-12)


def test_an_image_is_wholly_similar_to_itself() -> None:
    assert ssim(PATTERNS["wave"], PATTERNS["wave"]) == pytest.approx(1)


@pytest.mark.parametrize("shape", [(10, 60), (40, 61)])
def test_planes_that_cannot_be_compared_are_refused(shape: tuple[int, int]) -> None:
    with pytest.raises(ValueError, match="of one shape"):
        ssim(np.zeros(shape), np.zeros((40, 60) if shape[0] == 40 else shape))


def test_luma_weighs_the_colours_and_puts_white_behind_what_is_clear() -> None:
    colours = [(255, 0, 0, 255), (0, 255, 0, 255), (0, 0, 255, 255), (0, 0, 0, 0)]
    image = pyvips.Image.new_from_memory(bytes(sum(colours, ())), 4, 1, 4, "uchar").copy(interpretation="srgb")
    assert luma(image).tolist() == [pytest.approx([76.245, 149.685, 29.07, 255])]


def test_luma_of_gray_is_its_value() -> None:
    image = pyvips.Image.new_from_memory(bytes([0, 128, 255]), 3, 1, 1, "uchar").copy(interpretation="b-w")
    assert luma(image).tolist() == [[0, 128, 255]]


def test_decibels_spread_the_values_near_one() -> None:
    assert [decibels(0.9), decibels(0.99), decibels(0.999)] == pytest.approx([10, 20, 30])
