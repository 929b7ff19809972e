"""
Transform: the whole frozen description of a derivative, and the values it is made of.

A transform is normalised when it is built: numbers are rounded to what a spec can spell, and a field that cannot have
an effect in the company of the others (an anchor without a crop, a quality for PNG) is set back to its default. So
transforms that give the same image of any source are equal, as far as can be told without one.
"""

from collections.abc import Callable
from enum import Enum
from typing import Any

from firstsight import records
from firstsight.records import dataclass

#: The longest side a spec may ask for, in pixels; JPEG and WebP cannot hold more.
MAX_SIDE = 16_383
#: The longest side of a source that a crop can speak of, in pixels.
MAX_SOURCE_SIDE = 1_000_000
#: The decimals that numbers in a spec keep.
DECIMALS = 4


def _check(value: object, field: str, of: str, low: float, high: float, *, whole: bool = True) -> None:
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
            _check(self, name, "focus", 0, 1, whole=False)


@dataclass(frozen=True, slots=True)
class Point:
    """A focus point in whole pixels of the oriented source."""

    x: int
    y: int

    def __post_init__(self) -> None:
        for name in ("x", "y"):
            _check(self, name, "point", 0, MAX_SOURCE_SIDE)


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
            _check(self, name, "shift", -most, most, whole=not self.relative)


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
            _check(self, name, "crop", low, most, whole=not self.relative)


@dataclass(frozen=True, slots=True)
class Sides:
    """Lengths in pixels for the four sides, in CSS order."""

    top: int
    right: int
    bottom: int
    left: int

    def __post_init__(self) -> None:
        for field in records.fields(self):
            _check(self, field.name, "padding", 0, MAX_SIDE)


@dataclass(frozen=True, slots=True)
class Colour:
    """An sRGB colour with alpha, each 0 to 255."""

    red: int
    green: int
    blue: int
    alpha: int = 255

    def __post_init__(self) -> None:
        for field in records.fields(self):
            _check(self, field.name, "colour", 0, 255)


@dataclass(frozen=True, slots=True)
class Mark:
    """
    How the watermark of the settings lies over the result.

    `opacity` is in percent. `place` is where it lies, None for tiles all over; `x` and `y` move it inwards from there,
    or part the tiles, in pixels. `scale` is the percentage of the result's sides that it fits into, 0 for its own size.
    """

    opacity: int = 100
    place: Anchor | None = Anchor.CENTER
    scale: int = 0
    x: int = 0
    y: int = 0

    def __post_init__(self) -> None:
        if self.place is Anchor.SMART:
            raise ValueError("Expected mark place to be a place but got smart.")
        for name, low, high in (("opacity", 1, 100), ("scale", 0, 100), ("x", -MAX_SIDE, MAX_SIDE)):
            _check(self, name, "mark", low, high)
        _check(self, "y", "mark", -MAX_SIDE, MAX_SIDE)


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


@dataclass(frozen=True, slots=True, kw_only=True)
class Transform:
    """
    What a derivative is: every field has a default that means "leave it as it is".

    Lengths (`width`, `height`, `pad`, `round`, `blur`) are CSS pixels: `dpr` multiplies them.
    Raises ValueError when a number is outside its range, or not whole where it has to be.
    """

    #: The box, in pixels; None follows from the other side and the proportions.
    width: int | None = None
    height: int | None = None
    fit: Fit = Fit.COVER
    #: Whether the box gives way to a source that lies the other way: it is turned, or the whole image shown in it.
    adaptive: bool = False
    anchor: Anchor | Focus | Point = Anchor.CENTER
    shift: Shift | None = None
    #: Whether the result may have more pixels than the source gives.
    enlarge: bool = False
    crop: Crop | None = None
    #: The corner, side or middle of the source from which `left` and `top` of the crop count inwards.
    crop_from: Anchor = Anchor.NORTHWEST
    #: How far, 0 to 255, a border may differ from the corner's colour and still be cut off.
    trim: int | None = None
    #: Whether the orientation in the file is followed.
    oriented: bool = True
    #: Degrees clockwise, at least 0 and below 360, after the orientation in the file.
    rotate: float = 0
    #: Mirrored top to bottom, and left to right.
    flip: bool = False
    flop: bool = False
    pad: Sides | None = None
    #: What shows behind transparency and in added borders.
    background: Colour | None = None
    #: The radius of rounded corners in pixels; MAX_SIDE for as round as it gets.
    round: int = 0
    #: Whether a source that can be decoded smaller is decoded larger than needed: slower, truer in its details.
    fine: bool = False
    #: Gaussian blur, and sharpening after the resize: sigma in pixels; 0 is none.
    blur: float = 0
    sharpen: float = 0
    #: The side of the squares that it is made of, in pixels; 0 leaves it as it is.
    pixelate: int = 0
    #: The colour that all of it takes on; what is light and dark stays so.
    tint: Colour | None = None
    #: The watermark of the settings, laid over the result.
    mark: Mark | None = None
    grayscale: bool = False
    #: Percent; 100 leaves it as it is.
    brightness: int = 100
    contrast: int = 100
    saturation: int = 100
    #: One frame of an animation, or one page, counted from 1; None keeps an animation where the format can.
    frame: int | None = None
    dpr: float = 1
    #: 1 to 100; None is the format's own default.
    quality: int | None = None
    #: The least quality, up to the default, that leaves the image similar enough to what it was before it was encoded.
    quality_auto: bool = False
    #: Bytes that a lossy result may have: its quality is lowered until it fits, or cannot be lowered more.
    max_bytes: int | None = None
    lossless: bool = False
    format: Format = Format.AUTO

    def __post_init__(self) -> None:
        if self.crop_from is Anchor.SMART:
            raise ValueError("Expected crop_from to be a place but got smart.")
        for name, (low, high) in RANGES.items():
            if getattr(self, name) is not None:
                _check(self, name, "", low, high, whole=name not in FRACTIONAL)
        for name in APPLIES:
            if not applies(self, name):
                object.__setattr__(self, name, DEFAULTS[name])
        if self.format is Format.JSON:
            for name in DEFAULTS.keys() - {"format"}:
                object.__setattr__(self, name, DEFAULTS[name])


#: The least and the greatest value of every number.
RANGES: dict[str, tuple[float, float]] = {
    "width": (1, MAX_SIDE),
    "height": (1, MAX_SIDE),
    "trim": (0, 255),
    "rotate": (0, 359.9999),
    "round": (0, MAX_SIDE),
    "blur": (0, 100),
    "sharpen": (0, 10),
    "pixelate": (0, MAX_SIDE),
    "brightness": (0, 1000),
    "contrast": (0, 1000),
    "saturation": (0, 1000),
    "frame": (1, 100_000),
    "dpr": (0.1, 8),
    "quality": (1, 100),
    "max_bytes": (1, 1_000_000_000),
}

#: The numbers that need not be whole.
FRACTIONAL = frozenset({"rotate", "blur", "sharpen", "dpr"})

LOSSY = frozenset({Format.JPEG, Format.WEBP, Format.AVIF, Format.AUTO})

_ALL = Crop(0, 0, 1, 1, relative=True)
_NO_BORDER = Sides(0, 0, 0, 0)

#: When a field can have an effect at all; where it cannot, it takes its default. In order: later rows see earlier ones.
APPLIES: dict[str, Callable[[Transform], Any]] = {
    "fit": lambda t: t.width and t.height and not (t.fit is Fit.CLIP and t.enlarge),
    "adaptive": lambda t: (
        t.width
        and t.height
        and (t.fit in (Fit.COVER, Fit.CLIP) or (t.fit in (Fit.INSIDE, Fit.OUTSIDE) and t.width != t.height))
    ),
    "anchor": lambda t: t.width and t.height and t.fit in (Fit.COVER, Fit.CLIP, Fit.CONTAIN),
    "shift": lambda t: (
        t.width
        and t.height
        and t.fit in (Fit.COVER, Fit.CLIP, Fit.CONTAIN)
        and isinstance(t.anchor, Anchor)
        and t.anchor is not Anchor.SMART
        and (t.shift is None or t.shift.x or t.shift.y)
    ),
    "enlarge": lambda t: t.width or t.height,
    "crop": lambda t: t.crop != _ALL,
    "crop_from": lambda t: t.crop is not None,
    "pad": lambda t: t.pad != _NO_BORDER,
    "fine": lambda t: t.width or t.height or t.dpr < 1,
    "saturation": lambda t: not t.grayscale,
    # A smaller one shrinks even what has no size; a larger one multiplies lengths, where there are any.
    "dpr": lambda t: (
        t.dpr <= 1 or t.width or t.height or t.pad or t.round not in (0, MAX_SIDE) or t.blur or t.pixelate or t.mark
    ),
    "lossless": lambda t: t.format in (Format.WEBP, Format.AVIF, Format.AUTO),
    "quality_auto": lambda t: t.format in LOSSY and not t.lossless,
    "quality": lambda t: t.format in LOSSY and not t.lossless and not t.quality_auto,
    "max_bytes": lambda t: t.format in LOSSY and not t.lossless,
}


def applies(transform: Transform, field: str) -> bool:
    """Whether a field can have an effect in the company of the others."""
    return field not in APPLIES or bool(APPLIES[field](transform))


#: Every field's default.
DEFAULTS: dict[str, Any] = {field.name: field.default for field in records.fields(Transform)}
