"""
Structural similarity of two images.

Z. Wang, A. C. Bovik, H. R. Sheikh, E. P. Simoncelli, "Image quality assessment: from error visibility to structural
similarity", IEEE Transactions on Image Processing 13 (4), 2004: equation 13 with its constants (K1 = 0.01, K2 = 0.03,
L = 255) and its window, a Gaussian of 11 by 11 with a deviation of 1.5, where it lies wholly inside; the mean of the
map (equation 17). On luma by ITU-R BT.601.
"""

import math
from functools import lru_cache
from typing import Any

import numpy as np
import pyvips
from numpy.typing import NDArray

Plane = NDArray[np.float64]

SIDE, DEVIATION = 11, 1.5
C1, C2 = (0.01 * 255) ** 2, (0.03 * 255) ** 2
LUMA = (0.299, 0.587, 0.114)


def ssim(a: Plane, b: Plane) -> float:
    """
    Compare two planes of one shape, at least 11 by 11, with values from 0 to 255.

    1 is identical; uncorrelated images are near 0. Raises ValueError for shapes that differ or are too small.
    """
    if a.shape != b.shape or min(a.shape) < SIDE:
        raise ValueError(f"Expected two planes of one shape of at least {SIDE}x{SIDE} but got {a.shape} and {b.shape}.")
    a, b = a.astype(np.float64), b.astype(np.float64)
    mean_a, mean_b = _weigh(a), _weigh(b)
    variance_a = _weigh(a * a) - mean_a**2
    variance_b = _weigh(b * b) - mean_b**2
    covariance = _weigh(a * b) - mean_a * mean_b
    above = (2 * mean_a * mean_b + C1) * (2 * covariance + C2)
    below = (mean_a**2 + mean_b**2 + C1) * (variance_a + variance_b + C2)
    return float(np.mean(above / below))


def decibels(similarity: float) -> float:
    """Spread the values near 1 apart: -10 log10 (1 - similarity), so that 0.99 is 20 and 0.999 is 30."""
    return -10 * math.log10(max(1 - similarity, 1e-9))


def luma(image: pyvips.Image) -> Plane:
    """Give the luma of an sRGB or gray image of 8 bits, on white where it has alpha: height by width, 0 to 255."""
    flat = image.flatten(background=255) if image.hasalpha() else image
    pixels: NDArray[Any] = flat.numpy().astype(np.float64)
    if flat.bands == 1:
        return pixels.reshape(flat.height, flat.width)
    return np.asarray(pixels[:, :, :3] @ np.array(LUMA), dtype=np.float64)


def _weigh(plane: Plane) -> Plane:
    """Give the Gaussian-weighted mean of each window: down, then across."""
    height, width = plane.shape
    return np.asarray(_windows(height) @ plane @ _windows(width).T, dtype=np.float64)


@lru_cache
def _windows(length: int) -> Plane:
    """Give the matrix whose rows are the windows along a side: its product is the filter, and quicker than loops."""
    offsets = np.arange(SIDE) - SIDE // 2
    kernel = np.exp(-(offsets**2) / (2 * DEVIATION**2))
    rows = length - SIDE + 1
    matrix = np.zeros((rows, length))
    for row in range(rows):
        matrix[row, row : row + SIDE] = kernel / kernel.sum()
    return matrix
