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
        "oarea": [0, 0, size.width, size.height],
        "odx": (size.width - 1) / 2 - (cosine * x - sine * y),
        "ody": (size.height - 1) / 2 - (sine * x + cosine * y),
        "premultiplied": True,  # or libvips would do it once more
    }
    matrix = [cosine, -sine, sine, cosine]
    bicubic, bilinear = pyvips.Interpolate.new("bicubic"), pyvips.Interpolate.new("bilinear")
    # the picture as if it went on beyond its edges, and apart from it where it ends: so the edge has its own colour
    solid = image.premultiply() if image.hasalpha() else image
    turned = solid.affine(matrix, interpolate=bicubic, extend="copy", **where)
    covered = (pyvips.Image.black(image.width, image.height) + 255).cast("uchar").copy(interpretation="b-w")
    covered = covered.affine(matrix, interpolate=bilinear, extend="background", background=[0], **where)
    if image.hasalpha():
        turned = steps.whole(turned.unpremultiply()).copy(interpretation=image.interpretation)
    seen, alpha = steps.parts(turned)
    whole = steps.joined(seen, covered if alpha is None else steps.whole(alpha * covered / 255))
    return whole if behind is None else whole.flatten(background=steps.shade(behind, whole))


def find_trim(image: pyvips.Image, threshold: int) -> Rect:
    """
    Find what is left when a border like the top left corner's colour is cut off; all of it if nothing would be.

    Where that corner is transparent, the border is what is transparent. A pixel that differs counts when most of the
    nine around it do, so that dust and the noise of a JPEG do not.
    """
    seen, alpha = steps.parts(image)
    if alpha is not None and alpha(0, 0)[0] == 0:
        seen = alpha
    elif alpha is not None:
        seen = image.flatten(background=steps.shade(steps.WHITE, image))
    differs = ((seen - seen(0, 0)).abs() > threshold).bandor()
    most = differs.conv(pyvips.Image.new_from_array([[1] * 3] * 3, scale=9), precision="integer")
    left, top, width, height = most.find_trim(threshold=127, background=[0], line_art=True)
    if not width or not height:
        return Rect(0, 0, image.width, image.height)
    return Rect(left, top, width, height)
