"""
Structural similarity of two images.

Z. Wang, A. C. Bovik, H. R. Sheikh, E. P. Simoncelli, "Image quality assessment: from error visibility to structural
similarity", IEEE Transactions on Image Processing 13 (4), 2004: equation 13 with its constants, its window a Gaussian
of a deviation of 1.5, the mean of the map (equation 17). On luma by ITU-R BT.601.
"""

import pyvips

from firstsight.errors import DamagedImage
from firstsight.image.geometry import Size
from firstsight.image.loaders import MAGIC_BYTES, choose

_C1, _C2 = (0.01 * 255) ** 2, (0.03 * 255) ** 2


def look(data: bytes) -> tuple[str, Size]:
    """
    Give the kind of an image file (`jpeg` and so on) and the size it is seen at.

    Raises UnsupportedFormat and DamagedImage.
    """
    loader = choose(data[:MAGIC_BYTES], svg=False)
    try:
        image = _upright(data)
    except pyvips.Error as error:
        raise DamagedImage("The image cannot be decoded.", log=str(error)) from error
    return loader.name, Size(image.width, image.height)


def similarity(one: bytes, other: bytes) -> float:
    """
    Compare two image files of one size: 1 is identical, unrelated images are near 0.

    Raises ValueError for sizes that differ, DamagedImage for what cannot be decoded.
    """
    try:
        return compare(_upright(one), _upright(other))
    except pyvips.Error as error:
        raise DamagedImage("The image cannot be decoded.", log=str(error)) from error


def compare(one: pyvips.Image, other: pyvips.Image) -> float:
    """Compare two images of one size, as `similarity` does. Raises ValueError for sizes that differ."""
    a, b = _luma(one), _luma(other)
    if (a.width, a.height) != (b.width, b.height):
        raise ValueError(f"Expected one size but got {a.width}x{a.height} and {b.width}x{b.height}.")
    mean_a, mean_b = _weigh(a), _weigh(b)
    variance_a, variance_b = _weigh(a * a) - mean_a * mean_a, _weigh(b * b) - mean_b * mean_b
    covariance = _weigh(a * b) - mean_a * mean_b
    above = (mean_a * mean_b * 2 + _C1) * (covariance * 2 + _C2)
    below = (mean_a * mean_a + mean_b * mean_b + _C1) * (variance_a + variance_b + _C2)
    return float((above / below).avg())


def _upright(data: bytes) -> pyvips.Image:
    return pyvips.Image.new_from_buffer(data, "").autorot()


def _luma(image: pyvips.Image) -> pyvips.Image:
    if image.get_typeof("icc-profile-data"):  # as it is seen: the profile of one may be missing in the other
        image = image.icc_transform("srgb", embedded=True, intent="relative", depth=8)
    image = image.colourspace("srgb").cast("uchar")
    image = image.flatten(background=255) if image.hasalpha() else image
    return (image * [0.299, 0.587, 0.114]).bandmean() * 3


def _weigh(image: pyvips.Image) -> pyvips.Image:
    return image.conv(pyvips.Image.gaussmat(1.5, 0.01, precision="float"), precision="float")
