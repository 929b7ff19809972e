"""A transform, a limit and a number of bytes in plain words."""

from collections.abc import Callable
from dataclasses import astuple

from firstsight.settings import Limits
from firstsight.tokens import number_text
from firstsight.transform import (
    DEFAULTS,
    MAX_SIDE,
    Anchor,
    Backdrop,
    Fit,
    Focus,
    Format,
    PadTo,
    Point,
    Transform,
    applies,
)

#: Which format an image has that leaves it open.
AUTO = "AVIF, WebP or what else the browser takes"

_FITS = {
    Fit.COVER: "{box}, cropped to fill it",
    Fit.CONTAIN: "{box}, the whole image, padded",
    Fit.INSIDE: "the whole image within {box}",
    Fit.OUTSIDE: "as small as covers {box}, not cropped",
    Fit.FILL: "stretched to {box}",
    Fit.CLIP: "{box}, cropped to fill it as far as the image reaches",
}

#: What a field says when it is not at its default; the size, the fit and the format are said by themselves.
FIELDS: dict[str, Callable[[Transform], str]] = {
    "anchor": lambda t: _anchor(t.anchor),
    "adaptive": lambda t: "by how it lies",
    "shift": lambda t: "moved from there",
    "enlarge": lambda t: "enlarged where needed",
    "least_width": lambda t: f"at least {t.least_width} wide",
    "least_height": lambda t: f"at least {t.least_height} high",
    "pad_to": lambda t: "padded to the box" if t.pad_to is PadTo.BOX else "padded to the proportions of the box",
    "crop": lambda t: "a part of it",
    "crop_from": lambda t: f"counted from the {t.crop_from.value}",
    "trim": lambda t: "without its border",
    "oriented": lambda t: "as its pixels are stored",
    "rotate": lambda t: f"turned by {number_text(t.rotate)}°",
    "flip": lambda t: "upside down",
    "flop": lambda t: "mirrored",
    "pad": lambda t: "with a border",
    "background": lambda t: f"on #{bytes(astuple(t.background)[:3]).hex()}" if t.background else "",
    "backdrop": lambda t: (
        "on the picture itself, blurred" if t.backdrop is Backdrop.BLUR else "on the mean of its colours"
    ),
    "round": lambda t: "as round as it gets" if t.round == MAX_SIDE else f"corners rounded by {t.round}",
    "fine": lambda t: "fine details kept",
    "blur": lambda t: "blurred",
    "sharpen": lambda t: "sharpened",
    "pixelate": lambda t: f"in squares of {t.pixelate}",
    "tint": lambda t: f"tinted #{bytes(astuple(t.tint)[:3]).hex()}" if t.tint else "",
    "mark": lambda t: f"with the watermark {t.mark.image if t.mark else ''}".rstrip(),
    "label": lambda t: f"with the words {t.label.text!r}" if t.label else "",
    "normalize": lambda t: "from black to white",
    "grayscale": lambda t: "without colour",
    "brightness": lambda t: f"brightness {t.brightness} %",
    "contrast": lambda t: f"contrast {t.contrast} %",
    "saturation": lambda t: f"saturation {t.saturation} %",
    "frame": lambda t: f"frame {t.frame}",
    "dpr": lambda t: f"times {number_text(t.dpr)}",
    "quality": lambda t: f"quality {t.quality}",
    "quality_auto": lambda t: "quality as the image needs",
    "max_bytes": lambda t: f"of at most {size(t.max_bytes or 0)}",
    "lossless": lambda t: "lossless",
}

#: What a limit bounds, in words.
LIMITS: dict[str, Callable[[Limits], str]] = {
    "source_bytes": lambda limits: f"source files up to {size(limits.source_bytes)}",
    "source_pixels": lambda limits: f"sources up to {megapixels(limits.source_pixels)}",
    "output_pixels": lambda limits: f"results up to {megapixels(limits.output_pixels)}",
    "frames": lambda limits: f"animations up to {limits.frames:,} frames",
    "animation_pixels": lambda limits: f"animations up to {megapixels(limits.animation_pixels)} in all frames",
    "memory": lambda limits: f"{size(limits.memory)} of memory for an image",
    "seconds": lambda limits: f"{number_text(limits.seconds)} seconds for a request",
    "url_length": lambda limits: f"paths up to {limits.url_length:,} bytes",
    "tokens": lambda limits: f"up to {limits.tokens:,} tokens in a spec",
}


def describe(transform: Transform, auto: str = AUTO) -> str:
    """Say what a transform gives; `auto` is what is said where it leaves the format open."""
    said = [_size(transform)]
    said += [words(transform) for name, words in FIELDS.items() if getattr(transform, name) != DEFAULTS[name]]
    return ", ".join([*said, auto if transform.format is Format.AUTO else f"always {transform.format.value}"])


def size(count: int) -> str:
    """Write a number of bytes, in units of 1,000."""
    for unit, name in ((10**9, "GB"), (10**6, "MB"), (10**3, "kB")):
        if count >= unit:
            return f"{count / unit:.3g} {name}"
    return f"{count} bytes"


def count(number: int, thing: str) -> str:
    """Write how many things there are."""
    return f"{number:,} {thing}{'' if number == 1 else 's'}"


def duration(seconds: float) -> str:
    """Write a time in the one unit that suits it."""
    for unit, name in ((86_400, "day"), (3_600, "hour"), (60, "minute")):
        if seconds >= 2 * unit:
            return count(round(seconds / unit), name)
    return count(max(1, round(seconds)), "second")


def megapixels(count: int) -> str:
    """Write a number of pixels."""
    return f"{number_text(count / 1e6)} megapixels" if count >= 100_000 else f"{count:,} pixels"


def _size(t: Transform) -> str:
    if t.width and t.height:
        return _FITS[t.fit].format(box=f"{t.width}x{t.height}")
    most = "" if applies(t, "enlarge") and t.enlarge else "at most "
    if t.width or t.height:
        return f"{most}{t.width} wide" if t.width else f"{most}{t.height} high"
    return "its own size"


def _anchor(anchor: Anchor | Focus | Point) -> str:
    if isinstance(anchor, Point):
        return f"around its pixel {anchor.x}x{anchor.y}"
    if isinstance(anchor, Focus):
        return f"around {number_text(anchor.x * 100)} % across and {number_text(anchor.y * 100)} % down"
    return "around what stands out" if anchor is Anchor.SMART else f"from the {anchor.value}"
