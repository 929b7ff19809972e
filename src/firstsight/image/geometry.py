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
from enum import IntEnum

from firstsight.records import astuple, dataclass, replace
from firstsight.transform import Anchor, Crop, Fit, Focus, PadTo, Point, Shift, Sides, Transform


@dataclass(frozen=True, slots=True)
class Size:
    """Width and height in pixels, each at least 1."""

    width: int
    height: int

    @property
    def pixels(self) -> int:
        """The area."""
        return self.width * self.height

    @property
    def swapped(self) -> "Size":
        """The size after a quarter turn."""
        return Size(self.height, self.width)


@dataclass(frozen=True, slots=True)
class Rect:
    """A rectangle of pixels."""

    left: int
    top: int
    width: int
    height: int

    @property
    def size(self) -> Size:
        """Width and height."""
        return Size(self.width, self.height)


class Orientation(IntEnum):
    """
    The eight ways a rectangle can lie, numbered as in EXIF (TIFF 6.0, tag 274).

    The name says what is done to the stored pixels to see them upright, quarter turns being clockwise.
    """

    NORMAL = 1
    FLOP = 2
    HALF = 3
    FLIP = 4
    TRANSPOSE = 5
    QUARTER = 6
    TRANSVERSE = 7
    THREE_QUARTERS = 8

    @property
    def parts(self) -> tuple[bool, int]:
        """Whether to flop first, then the number of clockwise quarter turns."""
        return _PARTS[self]

    @property
    def swaps(self) -> bool:
        """Whether width and height change places."""
        return self.parts[1] % 2 == 1

    def then(self, other: "Orientation") -> "Orientation":
        """Give the orientation that does this one and then the other."""
        flop, turns = self.parts
        other_flop, other_turns = other.parts
        if other_flop:  # a flop after t turns is the same as -t turns after a flop
            flop, turns = not flop, -turns
        return _FROM_PARTS[flop, (turns + other_turns) % 4]

    def place(self, rect: Rect, stored: Size) -> Rect:
        """Find a rectangle given in oriented coordinates in the stored image of this size."""
        flop, turns = self.parts
        oriented = stored.swapped if self.swaps else stored
        for _ in range(turns):  # undo one clockwise quarter turn
            rect = Rect(rect.top, oriented.width - rect.left - rect.width, rect.height, rect.width)
            oriented = oriented.swapped
        if flop:
            rect = Rect(stored.width - rect.left - rect.width, rect.top, rect.width, rect.height)
        return rect


_PARTS = {
    Orientation.NORMAL: (False, 0),
    Orientation.FLOP: (True, 0),
    Orientation.HALF: (False, 2),
    Orientation.FLIP: (True, 2),
    Orientation.TRANSPOSE: (True, 3),
    Orientation.QUARTER: (False, 1),
    Orientation.TRANSVERSE: (True, 1),
    Orientation.THREE_QUARTERS: (False, 3),
}
_FROM_PARTS = {parts: orientation for orientation, parts in _PARTS.items()}
_TURNS: dict[float, Orientation] = {
    0: Orientation.NORMAL,
    90: Orientation.QUARTER,
    180: Orientation.HALF,
    270: Orientation.THREE_QUARTERS,
}


def orientation(exif: int, transform: Transform) -> Orientation:
    """
    Combine the file's orientation with the transform's flip, flop and right-angled turn, in this order.

    A value outside 1 to 8, which cameras do write, counts as normal; an angle between right ones is left out.
    """
    whole = Orientation(exif) if 1 <= exif <= 8 and transform.oriented else Orientation.NORMAL
    if transform.flip:
        whole = whole.then(Orientation.FLIP)
    if transform.flop:
        whole = whole.then(Orientation.FLOP)
    return whole.then(_TURNS.get(transform.rotate, Orientation.NORMAL))


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
    anchored = focus(transform.anchor, crop)
    focused = not isinstance(transform.anchor, Anchor)
    offset = (
        place(resized.width, canvas.width, anchored.x, focused),
        place(resized.height, canvas.height, anchored.y, focused),
    )
    if transform.shift is not None:
        offset = moved(offset, resized, canvas, transform)
    sides = transform.pad or Sides(0, 0, 0, 0)
    pad = Sides(*(nearest(side * transform.dpr, least=0) for side in astuple(sides)))
    smart = transform.anchor is Anchor.SMART and transform.fit in (Fit.COVER, Fit.CLIP) and canvas != resized
    return Plan(crop, resized, canvas, offset, pad, smart)


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


def roomy(source: Size, transform: Transform, resized: Size, canvas: Size) -> tuple[Size, Size]:
    """
    Give the sizes with what a result has at least, and with what it is padded to.

    The box counts in as many pixels as the source has for it: what is not enlarged at 2x keeps the box at 1x. (The
    arithmetic of imgproxy's `min-width`, `extend` and `extend_aspect_ratio`.)
    """
    lengths, sides = astuple(source), (transform.width, transform.height)
    scales = [side / length for side, length in zip(sides, lengths, strict=True) if side]
    scale = (max if transform.fit in (Fit.COVER, Fit.CLIP) else min)(scales, default=1)
    padded = transform.pad_to is PadTo.BOX or transform.fit is Fit.CONTAIN
    ratio, spare = transform.dpr, 1 if padded else max(scale, 1)
    if not transform.enlarge:
        scale = min(scale, 1)
        ratio = min(ratio * spare, 1 / scale)
    box = [side and nearest(side * ratio) for side in sides]
    least = max((transform.least_width or 0) / source.width, (transform.least_height or 0) / source.height)
    if least > scale:
        resized = scaled(source, least * ratio)
        if transform.fit is not Fit.CONTAIN:
            canvas = Size(*(min(side or most, most) for side, most in zip(box, astuple(resized), strict=True)))
    across, down = (side or length for side, length in zip(box, astuple(canvas), strict=True))
    if transform.pad_to is PadTo.BOX:
        return resized, Size(max(canvas.width, across), max(canvas.height, down))
    if transform.pad_to is PadTo.RATIO:
        wide, high = across / canvas.width, down / canvas.height
        if high > wide:
            canvas = Size(canvas.width, nearest(canvas.width * down / across))
        elif wide > high:
            canvas = Size(nearest(canvas.height * across / down), canvas.height)
    return resized, canvas


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


def turned(size: Size, degrees: float) -> Size:
    """Give the box that holds a rectangle after a turn by any angle."""
    across, down = abs(math.cos(math.radians(degrees))), abs(math.sin(math.radians(degrees)))
    return Size(nearest(size.width * across + size.height * down), nearest(size.width * down + size.height * across))


def nearest(value: float, least: int = 1) -> int:
    """Round to the nearest whole number, halves up, and not below `least`."""
    return max(least, math.floor(value + 0.5))


def scaled(size: Size, scale: float) -> Size:
    """Multiply both sides."""
    return Size(nearest(size.width * scale), nearest(size.height * scale))


def _shrink_box(box: Size, excess: float) -> tuple[int, int]:
    return nearest(box.width / excess), nearest(box.height / excess)
