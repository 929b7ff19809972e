"""
Transform: the whole frozen description of a derivative. The values it is made of are in parts.py.

A transform is normalised when it is built: numbers are rounded to what a spec can spell, and a field that cannot have
an effect in the company of the others (an anchor without a crop, a quality for PNG) is set back to its default. So
transforms that give the same image of any source are equal, as far as can be told without one.
"""

from collections.abc import Callable
from typing import Any

from firstsight import records
from firstsight.parts import (
    DECIMALS,
    MAX_SIDE,
    MAX_SOURCE_SIDE,
    MAX_TEXT,
    Anchor,
    Backdrop,
    Colour,
    Crop,
    Fit,
    Focus,
    Format,
    Label,
    Mark,
    PadTo,
    Point,
    Shift,
    Sides,
    check,
)
from firstsight.records import dataclass

__all__ = [
    "APPLIES",
    "DECIMALS",
    "DEFAULTS",
    "FRACTIONAL",
    "LOSSY",
    "MAX_SIDE",
    "MAX_SOURCE_SIDE",
    "MAX_TEXT",
    "RANGES",
    "Anchor",
    "Backdrop",
    "Colour",
    "Crop",
    "Fit",
    "Focus",
    "Format",
    "Label",
    "Mark",
    "PadTo",
    "Point",
    "Shift",
    "Sides",
    "Transform",
    "applies",
]


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
    #: For a source that is portrait where the box is landscape, or the reverse: the box is turned, or the image shown
    #: whole.
    adaptive: bool = False
    anchor: Anchor | Focus | Point = Anchor.CENTER
    shift: Shift | None = None
    #: Whether the result may have more pixels than the source gives.
    enlarge: bool = False
    #: The least sides of the result, in pixels. It is enlarged to them if need be, and then cropped to its box.
    least_width: int | None = None
    least_height: int | None = None
    #: To what a result that is smaller than its box is padded; the fit `contain` is `inside` padded to the box.
    pad_to: PadTo | None = None
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
    #: What shows in added borders instead of a colour.
    backdrop: Backdrop | None = None
    #: The radius of rounded corners in pixels; MAX_SIDE for as round as it gets.
    round: int = 0
    #: Whether a JPEG is decoded at more than the size that is needed: slower, but truer in its details.
    fine: bool = False
    #: Gaussian blur, and sharpening after the resize: sigma in pixels; 0 is none.
    blur: float = 0
    sharpen: float = 0
    #: The side of the squares that it is made of, in pixels; 0 leaves it as it is.
    pixelate: int = 0
    #: The colour whose hue all pixels get; they keep their lightness.
    tint: Colour | None = None
    #: A watermark, and a line of text, laid over the result.
    mark: Mark | None = None
    label: Label | None = None
    #: Whether the lightness is stretched to the whole range.
    normalize: bool = False
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
        # Fields that hold their defaults, as most do, are skipped: a transform is made for every request.
        if self.crop_from is Anchor.SMART:
            raise ValueError("Expected crop_from to be a place but got smart.")
        for name, (low, high) in RANGES.items():
            if getattr(self, name) is not DEFAULTS[name]:
                check(self, name, "", low, high, whole=name not in FRACTIONAL)
        for name, has_effect in APPLIES.items():
            if getattr(self, name) is not DEFAULTS[name] and not has_effect(self):
                object.__setattr__(self, name, DEFAULTS[name])
        if self.format is Format.JSON:
            for name in DEFAULTS.keys() - {"format"}:
                object.__setattr__(self, name, DEFAULTS[name])


#: The least and the greatest value of every number.
RANGES: dict[str, tuple[float, float]] = {
    "width": (1, MAX_SIDE),
    "height": (1, MAX_SIDE),
    "least_width": (1, MAX_SIDE),
    "least_height": (1, MAX_SIDE),
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


def _may_grow(t: Transform) -> Any:
    return not (t.width and t.height) or t.fit in (Fit.COVER, Fit.CLIP, Fit.CONTAIN, Fit.INSIDE)


def _is_placed(t: Transform) -> Any:
    """Whether the image is cropped to its box, or placed in a larger one."""
    boxed = t.width and t.height and t.fit in (Fit.COVER, Fit.CLIP, Fit.CONTAIN)
    return boxed or t.pad_to or ((t.width or t.height) and (t.least_width or t.least_height))


#: When a field can have any effect; where it cannot, it is set to its default. The order matters: a later row sees what
#: the earlier ones have set.
APPLIES: dict[str, Callable[[Transform], Any]] = {
    "fit": lambda t: t.width and t.height and not (t.fit is Fit.CLIP and t.enlarge),
    "adaptive": lambda t: (
        t.width
        and t.height
        and (t.fit in (Fit.COVER, Fit.CLIP) or (t.fit in (Fit.INSIDE, Fit.OUTSIDE) and t.width != t.height))
    ),
    "least_width": _may_grow,
    "least_height": _may_grow,
    "pad_to": lambda t: (
        (t.fit is not Fit.COVER or (t.adaptive and t.enlarge)) and t.fit is not Fit.CONTAIN
        if t.width and t.height
        else t.pad_to is PadTo.BOX and (t.width or t.height)
    ),
    "anchor": _is_placed,
    "shift": lambda t: (
        _is_placed(t)
        and isinstance(t.anchor, Anchor)
        and t.anchor is not Anchor.SMART
        and (t.shift is None or t.shift.x or t.shift.y)
    ),
    "enlarge": lambda t: t.width or t.height,
    "crop": lambda t: t.crop != _ALL,
    "crop_from": lambda t: t.crop is not None,
    "pad": lambda t: t.pad != _NO_BORDER,
    "backdrop": lambda t: t.pad or t.pad_to or (t.width and t.height and t.fit is Fit.CONTAIN),
    "fine": lambda t: t.width or t.height or t.least_width or t.least_height or t.dpr < 1,
    "saturation": lambda t: not t.grayscale,
    # A smaller one shrinks even what has no size; a larger one multiplies lengths, where there are any.
    "dpr": lambda t: (
        t.dpr <= 1
        or any((t.width, t.height, t.least_width, t.least_height, t.pad, t.blur, t.pixelate, t.mark, t.label))
        or t.round not in (0, MAX_SIDE)
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
