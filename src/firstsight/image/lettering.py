"""
Text as an image.

The font is the sans serif one that fontconfig finds: libvips brings none. Where there is none at all, as in Lambda's
runtime, Pango draws empty boxes, so that is looked for and refused.
"""

import html
from functools import cache

import pyvips

from firstsight.errors import NotApplicable, TooManyPixels
from firstsight.transform import Label

FONT = "sans"
#: The most pixels that a text may take, each letter being taken for a square.
MOST_PIXELS = 25_000_000


def letters(label: Label, dpr: float) -> pyvips.Image:
    """
    Give a label in its colour, with alpha, as large as what can be seen of it.

    Raises NotApplicable where there is no font, TooManyPixels for a text that is larger than any picture.
    """
    size = label.size * dpr
    if len(label.text) * size * size > MOST_PIXELS:
        raise TooManyPixels(
            f"Expected a label of at most {MOST_PIXELS} pixels but {len(label.text)} letters of {size:g} have more.",
            remedy="Write less, or smaller.",
        )
    if not has_font():
        raise NotApplicable(
            "There is no font here to write a label with.",
            remedy="Install one, such as DejaVu Sans; in Lambda a layer with one, and FONTCONFIG_FILE that names it.",
        )
    seen = _drawn(label.text, size)
    colour = label.colour
    flat = seen.new_from_image([colour.red, colour.green, colour.blue]).copy(interpretation="srgb")
    return flat.bandjoin((seen * (colour.alpha / 255)).rint().cast("uchar")).copy(interpretation="srgb")


@cache
def has_font() -> bool:
    """Whether letters that differ look different: without a font each is the same empty box."""
    narrow, wide = _drawn("i", 20), _drawn("W", 20)
    return bool(narrow.width != wide.width)


def _drawn(text: str, size: float) -> pyvips.Image:
    # at 72 dots an inch a point is a pixel; what would be markup is text
    try:
        return pyvips.Image.text(html.escape(text), font=f"{FONT} {size:g}", dpi=72)
    except pyvips.Error as error:  # Cairo draws no more than 32,767 pixels across
        raise TooManyPixels(
            f"Expected a label that can be drawn but got {len(text)} letters of {size:g} pixels.",
            remedy="Write less, or smaller.",
            log=str(error),
        ) from error
