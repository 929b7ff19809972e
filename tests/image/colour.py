"""Colour arithmetic of the tests' own: RGB spaces by their primaries, XYZ, Lab and delta E (CIE 15; IEC 61966-2-1)."""

from dataclasses import dataclass
from typing import Any

import numpy as np

Array = np.ndarray[Any, Any]

D50 = np.array([0.9642, 1.0, 0.8249])
D65_XY = (0.3127, 0.3290)
D65 = np.array([D65_XY[0] / D65_XY[1], 1.0, (1 - sum(D65_XY)) / D65_XY[1]])
BRADFORD = np.array([[0.8951, 0.2664, -0.1614], [-0.7502, 1.7135, 0.0367], [0.0389, -0.0685, 1.0296]])


def adapt(white: Array, to: Array) -> Array:
    """Give the matrix that takes XYZ under one white to XYZ under another (Bradford)."""
    scale = np.diag((BRADFORD @ to) / (BRADFORD @ white))
    found: Array = np.linalg.inv(BRADFORD) @ scale @ BRADFORD
    return found


D65_TO_D50 = adapt(D65, D50)


@dataclass(frozen=True)
class Space:
    """An RGB space under D65: the chromaticities of its primaries, and its power (0 is sRGB's own curve)."""

    primaries: tuple[tuple[float, float], tuple[float, float], tuple[float, float]]
    gamma: float = 0

    @property
    def matrix(self) -> Array:
        """From linear RGB to XYZ under D65."""
        columns = np.array([[x / y, 1, (1 - x - y) / y] for x, y in self.primaries]).T
        found: Array = columns * np.linalg.solve(columns, D65)
        return found

    def decode(self, values: Array) -> Array:
        """From values of 0 to 1 as stored to linear ones."""
        if self.gamma:
            return np.power(values, self.gamma)
        return np.where(values <= 0.04045, values / 12.92, ((values + 0.055) / 1.055) ** 2.4)

    def encode(self, linear: Array) -> Array:
        """From linear values to those stored, cut off at 0 and 1."""
        linear = np.clip(linear, 0, 1)
        if self.gamma:
            encoded: Array = np.power(linear, 1 / self.gamma)
        else:
            encoded = np.where(linear <= 0.0031308, linear * 12.92, 1.055 * linear ** (1 / 2.4) - 0.055)
        return encoded


SRGB = Space(((0.64, 0.33), (0.30, 0.60), (0.15, 0.06)))
P3 = Space(((0.680, 0.320), (0.265, 0.690), (0.150, 0.060)))
ADOBE = Space(((0.64, 0.33), (0.21, 0.71), (0.15, 0.06)), gamma=563 / 256)


def to_srgb(values: Array, space: Space) -> Array:
    """Convert 8-bit values of a space to 8-bit sRGB, unrounded; what lies outside is cut off."""
    linear = space.decode(values / 255.0) @ space.matrix.T @ np.linalg.inv(SRGB.matrix).T
    return SRGB.encode(linear) * 255


def lab(values: Array) -> Array:
    """Convert 8-bit sRGB to Lab under D50."""
    xyz = SRGB.decode(values / 255.0) @ SRGB.matrix.T @ D65_TO_D50.T / D50
    f = np.where(xyz > (6 / 29) ** 3, np.cbrt(xyz), xyz * (29 / 6) ** 2 / 3 + 4 / 29)
    return np.stack([116 * f[..., 1] - 16, 500 * (f[..., 0] - f[..., 1]), 200 * (f[..., 1] - f[..., 2])], -1)


def lab_to_srgb(values: Array) -> Array:
    """Convert Lab under D50 to 8-bit sRGB, unrounded; what lies outside is cut off."""
    middle = (values[..., 0] + 16) / 116
    f = np.stack([middle + values[..., 1] / 500, middle, middle - values[..., 2] / 200], -1)
    xyz = np.where(f > 6 / 29, f**3, 3 * (6 / 29) ** 2 * (f - 4 / 29)) * D50
    linear = xyz @ np.linalg.inv(D65_TO_D50).T @ np.linalg.inv(SRGB.matrix).T
    return SRGB.encode(linear) * 255


def delta_e(one: Array, other: Array) -> Array:
    """Give the distance of 8-bit sRGB colours in Lab (CIE 1976)."""
    found: Array = np.linalg.norm(lab(one) - lab(other), axis=-1)
    return found
