"""The values that a transform is made of. Each rounds its numbers to what a spec can spell, and refuses others."""

from enum import Enum

from firstsight import records
from firstsight.records import dataclass

#: The longest side a spec may ask for, in pixels; JPEG and WebP cannot hold more.
MAX_SIDE = 16_383
#: The longest side of a source that a crop can speak of, in pixels.
MAX_SOURCE_SIDE = 1_000_000
#: The longest text that a spec may hold, in bytes of UTF-8.
MAX_TEXT = 200
#: The decimals that numbers in a spec keep.
DECIMALS = 4


def check(value: object, field: str, of: str, low: float, high: float, *, whole: bool = True) -> None:
    """Set a field to what a spec can spell of its number, or raise ValueError."""
    number = getattr(value, field)
    rounded = round(number, DECIMALS) if low - 1 < number < high + 1 else number
    name = f"{of} {field}".strip()
    if not low <= rounded <= high or (whole and rounded != int(rounded)):
        kind = "a whole number" if whole else "a number"
        raise ValueError(f"Expected {name} to be {kind} from {low} to {high} but got {number}.")
    object.__setattr__(value, field, int(rounded) if rounded == int(rounded) else float(rounded))


class Fit(Enum):
    """How an image meets a box of which both sides are given (CSS's and sharp's words)."""

    COVER = "cover"
    CONTAIN = "contain"
    INSIDE = "inside"
    OUTSIDE = "outside"
    FILL = "fill"
    #: As cover, but where the source has too few pixels for a side of the box, that side alone is cut short.
    CLIP = "clip"


class Anchor(Enum):
    """The part of the image that a crop keeps, or the place it takes on a larger canvas."""

    CENTER = "center"
    NORTH = "north"
    NORTHEAST = "northeast"
    EAST = "east"
    SOUTHEAST = "southeast"
    SOUTH = "south"
    SOUTHWEST = "southwest"
    WEST = "west"
    NORTHWEST = "northwest"
    SMART = "smart"

    @property
    def focus(self) -> tuple[float, float]:
        """The point the anchor stands for, as fractions of width and height; `smart` falls back to the centre."""
        name = self.value
        x = 1.0 if name.endswith("east") else 0.0 if name.endswith("west") else 0.5
        y = 0.0 if name.startswith("north") else 1.0 if name.startswith("south") else 0.5
        return x, y


@dataclass(frozen=True, slots=True)
class Focus:
    """A focus point: fractions of the width and of the height, each 0 to 1, that a crop keeps as central as it can."""

    x: float
    y: float

    def __post_init__(self) -> None:
        for name in ("x", "y"):
            check(self, name, "focus", 0, 1, whole=False)


@dataclass(frozen=True, slots=True)
class Point:
    """A focus point in whole pixels of the oriented source."""

    x: int
    y: int

    def __post_init__(self) -> None:
        for name in ("x", "y"):
            check(self, name, "point", 0, MAX_SOURCE_SIDE)


@dataclass(frozen=True, slots=True)
class Shift:
    """
    How far a crop, or an image on a larger canvas, lies from where its anchor puts it: inwards, right and down.

    Whole pixels, or with `relative` fractions of the width and of the height of what is larger. It never leaves the
    image, or the canvas.
    """

    x: float
    y: float
    relative: bool = False

    def __post_init__(self) -> None:
        most = 1 if self.relative else MAX_SIDE
        for name in ("x", "y"):
            check(self, name, "shift", -most, most, whole=not self.relative)


@dataclass(frozen=True, slots=True)
class Crop:
    """
    A rectangle cut out of the oriented source before anything is resized.

    Whole pixels, or with `relative` fractions of the source's width and height. What lies outside the source is left
    out.
    """

    left: float
    top: float
    width: float
    height: float
    relative: bool = False

    def __post_init__(self) -> None:
        smallest, most = (10**-DECIMALS, 1) if self.relative else (1, MAX_SOURCE_SIDE)
        for name, low in (("left", 0), ("top", 0), ("width", smallest), ("height", smallest)):
            check(self, name, "crop", low, most, whole=not self.relative)


@dataclass(frozen=True, slots=True)
class Sides:
    """Lengths in pixels for the four sides, in CSS order."""

    top: int
    right: int
    bottom: int
    left: int

    def __post_init__(self) -> None:
        for field in records.fields(self):
            check(self, field.name, "padding", 0, MAX_SIDE)


@dataclass(frozen=True, slots=True)
class Colour:
    """An sRGB colour with alpha, each 0 to 255."""

    red: int
    green: int
    blue: int
    alpha: int = 255

    def __post_init__(self) -> None:
        for field in records.fields(self):
            check(self, field.name, "colour", 0, 255)


class PadTo(Enum):
    """What a result that is smaller than its box is padded to: the box itself, or no more than its proportions."""

    BOX = "padbox"
    RATIO = "padratio"


class Backdrop(Enum):
    """What a border is made of instead of a colour: the picture itself, blurred, or the mean of its colours."""

    BLUR = "bgblur"
    MEAN = "bgmean"


@dataclass(frozen=True, slots=True)
class Label:
    """
    A line of text over the result.

    `size` is that of its font, in pixels. `place` is where it lies; `x` and `y` move it inwards from there, in pixels.
    """

    text: str
    size: int = 24
    place: Anchor = Anchor.CENTER
    x: int = 0
    y: int = 0
    colour: Colour = Colour(0, 0, 0)

    def __post_init__(self) -> None:
        if self.place is Anchor.SMART:
            raise ValueError("Expected label place to be a place but got smart.")
        _check_text(self.text, "label text")
        for name, low, high in (("size", 1, 1000), ("x", -MAX_SIDE, MAX_SIDE), ("y", -MAX_SIDE, MAX_SIDE)):
            check(self, name, "label", low, high)


def _check_text(text: str, name: str) -> None:
    if not (text.strip() and text.isprintable() and len(text.encode("utf-8", "surrogatepass")) <= MAX_TEXT):
        raise ValueError(f"Expected {name} to be at most {MAX_TEXT} bytes that can be seen but got {text[:50]!r}.")


@dataclass(frozen=True, slots=True)
class Mark:
    """
    How a watermark lies over the result.

    `opacity` is in percent. `place` is where it lies, None for tiles all over; `x` and `y` move it inwards from there,
    or part the tiles, in pixels. `scale` is the percentage of the result's sides that it fits into, 0 for its own size.
    `image` is its source key, nothing for the watermark of the settings.
    """

    opacity: int = 100
    place: Anchor | None = Anchor.CENTER
    scale: int = 0
    x: int = 0
    y: int = 0
    image: str = ""

    def __post_init__(self) -> None:
        if self.image:
            _check_text(self.image, "mark image")
        if self.place is Anchor.SMART:
            raise ValueError("Expected mark place to be a place but got smart.")
        for name, low, high in (("opacity", 1, 100), ("scale", 0, 100), ("x", -MAX_SIDE, MAX_SIDE)):
            check(self, name, "mark", low, high)
        check(self, "y", "mark", -MAX_SIDE, MAX_SIDE)


class Format(Enum):
    """
    What the derivative is encoded as.

    AUTO is chosen from the request's Accept header, JSON is a description of the source instead of pixels.
    """

    JPEG = "jpg"
    PNG = "png"
    WEBP = "webp"
    AVIF = "avif"
    GIF = "gif"
    AUTO = "auto"
    JSON = "json"
