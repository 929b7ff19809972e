"""A description of a source, as JSON."""

import base64
import json

import pyvips

from firstsight.image import geometry
from firstsight.image.geometry import Size
from firstsight.image.picture import Facts
from firstsight.image.thumbhash import thumbhash
from firstsight.transform import Transform


def describe(facts: Facts, small: pyvips.Image) -> tuple[bytes, Size]:
    """
    Describe a source from its header and a small rendering of it, in 8-bit sRGB of at most 100x100 pixels.

    Gives the JSON and the size as it is seen, in pixels.
    """
    orientation = geometry.orientation(facts.orientation, Transform())
    size = facts.size.swapped if orientation.swaps else facts.size
    solid = (small if small.hasalpha() else small.addalpha()).colourspace("srgb").cast("uchar")
    pixels = bytes(solid.write_to_memory())
    members = {
        "width": size.width,
        "height": size.height,
        "format": facts.kind,
        "frames": facts.frames,
        "alpha": facts.alpha,
        "orientation": int(orientation),
        "colour": dominant(pixels),
        "thumbhash": base64.b64encode(thumbhash(small.width, small.height, pixels)).decode(),
    }
    return json.dumps(members).encode(), size


def dominant(pixels: bytes) -> str:
    """
    Find the colour that most of an RGBA image has, as `#rrggbb`.

    The mean of the fullest of 16x16x16 boxes, in which what is transparent does not count.
    """
    boxes: dict[tuple[int, int, int], list[int]] = {}
    for red, green, blue, alpha in zip(pixels[::4], pixels[1::4], pixels[2::4], pixels[3::4], strict=True):
        box = boxes.setdefault((red >> 4, green >> 4, blue >> 4), [0, 0, 0, 0])
        box[0] += alpha
        box[1] += red * alpha
        box[2] += green * alpha
        box[3] += blue * alpha
    weight, *sums = max(boxes.values())
    return "#" + bytes((total + weight // 2) // weight if weight else 0 for total in sums).hex()
