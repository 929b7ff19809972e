"""
What decides the size of a source before anything else can be planned: a turn by any angle, and a trim.

Both take an upright image as the steps know it from `to_srgb` on.
"""

import math

import pyvips

from firstsight.image import steps
from firstsight.image.geometry import Rect, Size
from firstsight.transform import Colour


def turn(image: pyvips.Image, degrees: float, size: Size, behind: Colour | None) -> pyvips.Image:
    """
    Turn clockwise around the centre, on a canvas of this size.

    The corners are transparent, or of the colour `behind`, which is opaque.
    """
    cosine, sine = math.cos(math.radians(degrees)), math.sin(math.radians(degrees))
    x, y = (image.width - 1) / 2, (image.height - 1) / 2
    where = {
        "interpolate": pyvips.Interpolate.new("bicubic"),
        "oarea": [0, 0, size.width, size.height],
        "odx": (size.width - 1) / 2 - (cosine * x - sine * y),
        "ody": (size.height - 1) / 2 - (sine * x + cosine * y),
        "extend": "background",
        "premultiplied": True,  # or libvips would do it once more
    }
    matrix = [cosine, -sine, sine, cosine]
    if image.hasalpha():
        turned = image.premultiply().affine(matrix, background=[0] * image.bands, **where)
    elif behind is not None:
        return image.affine(matrix, background=steps.shade(behind, image), **where)
    else:  # what is opaque is its own premultiplied form, and stays whole numbers, which is several times faster
        turned = image.addalpha().affine(matrix, background=[0] * (image.bands + 1), **where)
    return steps.whole(turned.unpremultiply()).copy(interpretation=image.interpretation)


def find_trim(image: pyvips.Image, threshold: int) -> Rect:
    """
    Find what is left when a border like the top left corner's colour is cut off; all of it if nothing would be.

    Where that corner is transparent, the border is what is transparent.
    """
    seen, alpha = steps.parts(image)
    if alpha is not None and alpha(0, 0)[0] == 0:
        seen = alpha
    elif alpha is not None:
        seen = image.flatten(background=steps.shade(steps.WHITE, image))
    left, top, width, height = seen.find_trim(threshold=threshold, background=seen(0, 0))
    if not width or not height:
        return Rect(0, 0, image.width, image.height)
    return Rect(left, top, width, height)
