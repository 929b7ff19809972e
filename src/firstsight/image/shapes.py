"""Sizes, rectangles, and the eight ways in which they can lie. All are whole pixels."""

import math
from enum import IntEnum

from firstsight.records import dataclass
from firstsight.transform import Transform


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
