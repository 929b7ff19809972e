"""
Where every pixel goes: sizes, scales and offsets, as arithmetic only.

Coordinates are whole pixels with the origin at the top left, after orientation. A plan says how an oriented image of a
given size becomes the result:

    crop        a rectangle of the source
    resized     the size that rectangle is resized to
    window      what of the resized image is kept (a cover crop), or the place it takes on a canvas (contain)
    canvas      the size before padding
    result      the size of the result

Rounding is to the nearest pixel, halves up, and never to less than one.
"""

import math

from firstsight.image.room import roomy
from firstsight.image.shapes import Orientation, Rect, Size, nearest, orientation, scaled, turned
from firstsight.records import astuple, dataclass, replace
from firstsight.transform import Anchor, Crop, Fit, Focus, Point, Shift, Sides, Transform

__all__ = [
    "Orientation",
    "Plan",
    "Rect",
    "Size",
    "adapted",
    "clip",
    "cut",
    "drawn",
    "fit",
    "focus",
    "inwards",
    "moved",
    "nearest",
    "orientation",
    "place",
    "plan",
    "reduced",
    "scaled",
    "shrink",
    "turned",
    "whole",
]


@dataclass(frozen=True, slots=True)
class Plan:
    """How an oriented image becomes the result; see the head of this file."""

    crop: Rect
    resized: Size
    canvas: Size
    #: Where the resized image's top left corner lies on the canvas; negative where a cover crop cuts it off.
    offset: tuple[int, int]
    pad: Sides
    #: Whether the offset is to be found by looking at the picture.
    smart: bool

    @property
    def result(self) -> Size:
        """The size of the result."""
        return Size(
            self.canvas.width + self.pad.left + self.pad.right, self.canvas.height + self.pad.top + self.pad.bottom
        )


def plan(source: Size, transform: Transform) -> Plan:
    """Plan the result for an oriented source of this size. Raises ValueError for a crop that lies outside it."""
    crop = cut(source, transform.crop, transform.crop_from)
    transform = adapted(crop.size, transform)
    resized, canvas = fit(crop.size, transform)
    if transform.pad_to or transform.least_width or transform.least_height:
        resized, canvas = roomy(crop.size, transform, resized, canvas)
    smart = transform.anchor is Anchor.SMART and transform.fit in (Fit.COVER, Fit.CLIP) and canvas != resized
    anchored = focus(transform.anchor, crop)
    focused = not isinstance(transform.anchor, Anchor)
    offset = (
        place(resized.width, canvas.width, anchored.x, focused),
        place(resized.height, canvas.height, anchored.y, focused),
    )
    if transform.shift is not None:
        offset = moved(offset, resized, canvas, transform)
    if transform.fine and transform.dpr < 1 and transform.fit is Fit.COVER and canvas != resized and not smart:
        crop, resized, offset = _window(crop, plan(source, replace(transform, dpr=1))), canvas, (0, 0)
    sides = transform.pad or Sides(0, 0, 0, 0)
    pad = Sides(*(nearest(side * transform.dpr, least=0) for side in astuple(sides)))
    return Plan(crop, resized, canvas, offset, pad, smart)


def _window(crop: Rect, larger: Plan) -> Rect:
    """
    Give the part of what is cropped that a plan keeps of it.

    A result at a fraction of a pixel ratio of 1 is that one made smaller, so it shows the same part to a fraction of
    its own pixels: what an application does that makes one image of another.
    """
    across, down = crop.width / larger.resized.width, crop.height / larger.resized.height
    left, top = nearest(-larger.offset[0] * across, least=0), nearest(-larger.offset[1] * down, least=0)
    width, height = nearest(larger.canvas.width * across), nearest(larger.canvas.height * down)
    width, height = min(width, crop.width - left), min(height, crop.height - top)
    return Rect(crop.left + left, crop.top + top, width, height)


def whole(source: Size, resized: Size) -> Plan:
    """Plan nothing but a resize."""
    return Plan(Rect(0, 0, source.width, source.height), resized, resized, (0, 0), Sides(0, 0, 0, 0), smart=False)


def cut(source: Size, crop: Crop | None, corner: Anchor = Anchor.NORTHWEST) -> Rect:
    """
    Give the part of a crop that lies inside the source. Raises ValueError when none does.

    From any corner but the first, a crop that would lie outside is moved in as far as it has to be.
    """
    if crop is None:
        return Rect(0, 0, source.width, source.height)
    across, down = (source.width, source.height) if crop.relative else (1, 1)
    if corner is not Anchor.NORTHWEST:
        size = Size(min(source.width, nearest(crop.width * across)), min(source.height, nearest(crop.height * down)))
        x, y = corner.focus
        left = inwards(source.width - size.width, x, nearest(crop.left * across, least=0))
        top = inwards(source.height - size.height, y, nearest(crop.top * down, least=0))
        return Rect(left, top, size.width, size.height)
    left, top = nearest(crop.left * across, least=0), nearest(crop.top * down, least=0)
    right = min(source.width, nearest((crop.left + crop.width) * across))
    bottom = min(source.height, nearest((crop.top + crop.height) * down))
    if left >= source.width or top >= source.height:
        inside = f"{source.width}x{source.height}"
        raise ValueError(f"Expected a crop inside {inside} but got one that starts at {left}x{top}.")
    return Rect(left, top, max(1, right - left), max(1, bottom - top))


def inwards(spare: int, fraction: float, by: int) -> int:
    """Give the start of a length that leaves `spare` room, placed by `fraction` and moved inwards; never outside."""
    start = math.floor(spare * fraction)
    return min(max(0, start - by if fraction == 1 else start + by), spare)


def focus(anchor: Anchor | Focus | Point, crop: Rect) -> Focus:
    """Give the point an anchor stands for, as fractions of what is cropped."""
    if isinstance(anchor, Focus):
        return anchor
    if isinstance(anchor, Anchor):
        return Focus(*anchor.focus)
    x, y = (anchor.x - crop.left) / crop.width, (anchor.y - crop.top) / crop.height
    return Focus(min(max(0, x), 1), min(max(0, y), 1))


def moved(offset: tuple[int, int], resized: Size, canvas: Size, transform: Transform) -> tuple[int, int]:
    """Apply the shift: to the window on a larger image, or to the image on a larger canvas; neither leaves it."""
    shift, anchor = transform.shift or Shift(0, 0), transform.anchor
    fractions = anchor.focus if isinstance(anchor, Anchor) else (0.5, 0.5)
    found = []
    for start, length, room, fraction, by in zip(
        offset, astuple(resized), astuple(canvas), fractions, (shift.x, shift.y), strict=True
    ):
        pixels = math.floor(by * (max(length, room) if shift.relative else transform.dpr) + 0.5)
        pixels = -pixels if fraction == 1 else pixels
        spare = abs(room - length)
        place = min(max(0, abs(start) + pixels), spare)
        found.append(place if room >= length else -place)
    return found[0], found[1]


def adapted(source: Size, transform: Transform) -> Transform:
    """Give the transform with the box that `adaptive` makes of its own for a source of this size."""
    if not transform.adaptive or not transform.width or not transform.height:
        return transform
    if transform.fit in (Fit.COVER, Fit.CLIP):
        alike = (source.width >= source.height) == (transform.width >= transform.height)
        return transform if alike else replace(transform, fit=Fit.INSIDE, adaptive=False)
    across, down = source.width - source.height, transform.width - transform.height
    if across * down >= 0:
        return transform
    return replace(transform, width=transform.height, height=transform.width)


def fit(source: Size, transform: Transform) -> tuple[Size, Size]:
    """
    Give the size to resize to, and the canvas that the resized image is then cropped to or placed on.

    Without `enlarge`, a box that asks for more than the source has keeps its proportions and shrinks (`cover`, `fill`),
    or the image in it stays as it is (`contain`, `inside`, `outside`).
    """
    width = transform.width and transform.width * transform.dpr
    height = transform.height and transform.height * transform.dpr
    if not width or not height:
        scale = width / source.width if width else height / source.height if height else transform.dpr
        scale = scale if transform.enlarge else min(scale, 1)
        resized = scaled(source, scale)
        if width and scale == width / source.width:
            resized = Size(nearest(width), resized.height)
        if height and scale == height / source.height:
            resized = Size(resized.width, nearest(height))
        return resized, resized
    box = Size(nearest(width), nearest(height))
    across, down = box.width / source.width, box.height / source.height
    if transform.fit is Fit.CLIP:
        return clip(source, transform)
    if transform.fit in (Fit.COVER, Fit.FILL):
        if not transform.enlarge and max(across, down) > 1:
            box = Size(*_shrink_box(box, max(across, down)))
            across, down = box.width / source.width, box.height / source.height
        if transform.fit is Fit.FILL:
            return box, box
        resized = scaled(source, max(across, down))
        return Size(max(box.width, resized.width), max(box.height, resized.height)), box
    scale = max(across, down) if transform.fit is Fit.OUTSIDE else min(across, down)
    scale = scale if transform.enlarge else min(scale, 1)
    resized = scaled(source, scale)
    if transform.fit is Fit.OUTSIDE:
        return resized, resized
    resized = Size(min(box.width, resized.width), min(box.height, resized.height))
    return resized, box if transform.fit is Fit.CONTAIN else resized


def clip(source: Size, transform: Transform) -> tuple[Size, Size]:
    """
    Give the sizes for `clip`.

    The ratio of the pixels is lowered as far as it needs for a source that has enough for the box at 1x; for one that
    has not, the image stays as it is and the box loses what is missing. (The arithmetic of imgproxy's `fill`, which is
    sharp's `cover` without enlargement at 1x.)
    """
    box = Size(transform.width or source.width, transform.height or source.height)
    enough = min(source.width / box.width, source.height / box.height)
    dpr = min(transform.dpr / min(enough, 1), max(enough, 1))
    resized = scaled(source, dpr / max(enough, 1))
    wanted = scaled(box, dpr)
    if enough >= 1:  # the sides that decide are met exactly
        return Size(max(resized.width, wanted.width), max(resized.height, wanted.height)), wanted
    return resized, Size(min(resized.width, wanted.width), min(resized.height, wanted.height))


def place(length: int, room: int, fraction: float, focus: bool) -> int:
    """
    Place a length in a room, along one side: the offset of its start, negative where the room is shorter.

    An edge or the centre by `fraction`; with `focus` the point at `fraction` of the length is brought as near to the
    middle of a shorter room as the edges allow.
    """
    spare = room - length
    if focus and spare < 0:
        return -min(-spare, max(0, nearest(fraction * length - room / 2, least=0)))
    return math.floor(spare * fraction) if spare >= 0 else -math.floor(-spare * fraction)


def shrink(crop: Size, resized: Size, factors: tuple[int, ...], spare: float = 1) -> int:
    """
    Choose the largest factor by which a loader may shrink and still leave as many pixels as the result needs.

    With `spare` it leaves so many times as many, along each side.
    """
    most = min(crop.width / resized.width, crop.height / resized.height) / spare
    return max((factor for factor in factors if factor <= most), default=1)


def drawn(stored: Size, crop: Size, resized: Size, longest: int) -> float:
    """Choose the scale to draw a vector image at: what the result needs, with no side over `longest`."""
    scale = max(resized.width / crop.width, resized.height / crop.height)
    return min(scale, longest / max(stored.width, stored.height))


def reduced(size: Size, crop: Size, resized: Size, most: float = 1) -> Size:
    """Give the size to which a whole image may be brought when a crop of it is wanted at a size; `most` is a scale."""
    return scaled(size, min(most, max(resized.width / crop.width, resized.height / crop.height)))


def _shrink_box(box: Size, excess: float) -> tuple[int, int]:
    return nearest(box.width / excess), nearest(box.height / excess)
