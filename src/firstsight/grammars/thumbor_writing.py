"""Transforms in the words of thumbor and imagor; thumbor.py has the table of what they mean."""

import base64
import re
from collections.abc import Callable, Iterator
from urllib.parse import quote

from firstsight.grammars.dialect import Changes
from firstsight.records import astuple, replace
from firstsight.settings import Settings
from firstsight.settings.dialects import Flavour
from firstsight.spelling import number_text
from firstsight.transform import Anchor, Backdrop, Colour, Crop, Fit, Focus, Format, Point, Transform

_FITS = {Fit.INSIDE: "fit-in", Fit.CONTAIN: "fit-in", Fit.OUTSIDE: "full-fit-in"}
_ACROSS = {0: "left", 0.5: "center", 1: "right"}
_DOWN = {0: "top", 0.5: "middle", 1: "bottom"}
_AT = {anchor.focus: anchor for anchor in Anchor if anchor is not Anchor.SMART}


def write(source: str, transform: Transform, settings: Settings) -> tuple[str, ...]:
    """Give paths that may mean it: with the source's name as it is, and with one that cannot be taken for words."""
    imagor = settings.dialects.thumbor is Flavour.IMAGOR
    before = _unturned(transform)
    filters = ":".join(f"{name}({arguments})" for name, arguments in _filters(before, imagor, settings))
    words = [*_words(before), *([f"filters:{filters}"] if filters else [])]
    start = "/".join(["unsafe", *(quote(word, safe=":(),|-.") for word in words)])
    return f"{start}/{quote(source)}", f"{start}/{_in_base64(source)}"


def _unturned(t: Transform) -> Transform:
    """Give a transform that mirrors and turns last in place of one that does so first: the way back of `turned`."""
    turns = int(t.rotate) // 90 if t.rotate % 90 == 0 else 0
    if not (t.flop or t.flip or turns):
        return t
    changes: Changes = {}
    if isinstance(t.anchor, Focus):
        changes["anchor"] = Focus(*_back(t, turns, t.anchor.x, t.anchor.y))
    elif isinstance(t.anchor, Anchor) and t.anchor is not Anchor.SMART:
        changes["anchor"] = _AT[_back(t, turns, *t.anchor.focus)]
    if t.crop:
        changes["crop_from"] = _AT[_back(t, turns, *t.crop_from.focus)]
        if turns % 2:
            changes["crop"] = Crop(t.crop.top, t.crop.left, t.crop.height, t.crop.width, t.crop.relative)
    if turns % 2:
        changes |= {"width": t.height, "height": t.width}
    return replace(t, **changes)


def _back(t: Transform, turns: int, x: float, y: float) -> tuple[float, float]:
    for _ in range(turns):
        x, y = y, 1 - x
    return (1 - x if t.flop else x), (1 - y if t.flip else y)


def _words(t: Transform) -> Iterator[str]:
    if t.trim is not None:
        yield f"trim:{t.trim}"
    if t.crop:
        left, top = t.crop.left, t.crop.top
        right, bottom = (number_text(a + b) for a, b in ((left, t.crop.width), (top, t.crop.height)))
        yield f"{_part(left, t.crop)}x{_part(top, t.crop)}:{_part(float(right), t.crop)}x{_part(float(bottom), t.crop)}"
    if t.fit in _FITS and t.width and t.height:
        yield ("adaptive-" if t.adaptive else "") + _FITS[t.fit]
    if t.width or t.height or t.flop or t.flip or t.pad:  # padding is told from a crop by what stands before it
        yield f"{'-' if t.flop else ''}{t.width or 0}x{'-' if t.flip else ''}{t.height or 0}"
    if t.pad:
        yield f"{t.pad.left}x{t.pad.top}:{t.pad.right}x{t.pad.bottom}"
    if t.anchor is Anchor.SMART:
        yield "smart"
    elif isinstance(t.anchor, Anchor) and t.anchor is not Anchor.CENTER:
        x, y = t.anchor.focus
        yield _ACROSS[x]
        yield _DOWN[y]


def _part(number: float, crop: Crop) -> str:
    text = number_text(number)
    return text if "." in text or not crop.relative else f"{text}.0"


Filters = Iterator[tuple[str, str]]


def _filters(t: Transform, imagor: bool, settings: Settings) -> Filters:
    sized = bool(t.width or t.height)
    fitted = t.fit in _FITS and bool(t.width and t.height)
    if t.fit is Fit.FILL:
        yield "stretch", ""
    if sized and not t.enlarge and (imagor or t.fit not in (Fit.INSIDE, Fit.CONTAIN)):
        yield "no_upscale", ""
    if fitted and t.enlarge and not imagor and t.fit is not Fit.OUTSIDE:
        yield "upscale", ""
    if t.fit is Fit.CONTAIN:
        yield "fill", _colour(t.background) if t.backdrop is None else _BACKDROPS[t.backdrop]
    for name, says in _FILTERS.items():
        arguments = says(t, imagor)
        if arguments is not None:
            yield name, arguments
    if t.mark:
        key = t.mark.image or settings.watermark
        ratios = f",{t.mark.scale},{t.mark.scale}" if t.mark.scale else ""
        where = "repeat,repeat" if t.mark.place is None else _place(t.mark.place, t.mark.x, t.mark.y)
        yield "watermark", f"{_in_base64(key)},{where},{100 - t.mark.opacity}{ratios}"
    if t.label:
        alpha = number_text(100 - t.label.colour.alpha / 255 * 100)
        where = _place(t.label.place, t.label.x, t.label.y)
        colour = _colour(replace(t.label.colour, alpha=255))
        yield "label", f"{_in_base64(t.label.text)},{where},{t.label.size},{colour},{alpha}"


def _place(place: Anchor, x: int, y: int) -> str:
    return ",".join(
        "center" if side == 0.5 and not by else f"-{by}" if side == 1 else str(by)
        for side, by in zip(place.focus, (x, y), strict=True)
    )


def _colour(colour: Colour | None) -> str:
    text = bytes(astuple(colour)).hex() if colour else ""
    return text.removesuffix("ff") if len(text) == 8 and text.endswith("ff") else text


_BACKDROPS = {Backdrop.BLUR: "blur", Backdrop.MEAN: "auto"}


def _focal(t: Transform, imagor: bool) -> str | None:
    if not isinstance(t.anchor, Focus | Point):
        return None
    at = f"{number_text(t.anchor.x)}x{number_text(t.anchor.y)}"
    return f"{at}:{at}"


def _round(t: Transform, imagor: bool) -> str | None:
    if not t.round:
        return None
    return str(t.round) if imagor else f"{t.round},255,255,255,1"


def _when(condition: Callable[[Transform], object], text: Callable[[Transform], str]) -> "Says":
    return lambda t, imagor: text(t) if condition(t) else None


Says = Callable[[Transform, bool], str | None]

#: What each filter says of a transform; None where it is not needed.
_FILTERS: dict[str, Says] = {
    "round_corner": _round,
    "background_color": _when(lambda t: t.background and t.fit is not Fit.CONTAIN, lambda t: _colour(t.background)),
    "focal": _focal,
    "grayscale": _when(lambda t: t.grayscale, lambda t: ""),
    "rotate": lambda t, imagor: number_text(t.rotate if imagor else (360 - t.rotate) % 360) if t.rotate else None,
    "blur": _when(lambda t: t.blur, lambda t: f"0,{number_text(t.blur)}"),
    "sharpen": lambda t, imagor: (
        f"0,{number_text((t.sharpen - 1) / 2 if imagor else (t.sharpen - 1) * 2)},true" if t.sharpen >= 1 else None
    ),
    "pixelate": _when(lambda t: t.pixelate, lambda t: str(t.pixelate)),
    "saturation": lambda t, imagor: (
        None if t.saturation == 100 else str(t.saturation - 100) if imagor else number_text(t.saturation / 100)
    ),
    "brightness": _when(lambda t: t.brightness != 100, lambda t: f"{50 - t.contrast / 2:g}"),
    "contrast": lambda t, imagor: (
        None
        if t.contrast == 100 or t.brightness != 100 or imagor
        else number_text(100 * (t.contrast / 100) ** 0.5 - 100)
    ),
    "page": _when(lambda t: t.frame, lambda t: str(t.frame)),
    "proportion": lambda t, imagor: (
        None if t.dpr >= 1 else number_text(t.dpr * (100 if imagor and t.dpr * 100 > 1 else 1))
    ),
    "format": _when(lambda t: t.format is not Format.AUTO, lambda t: t.format.value.replace("jpg", "jpeg")),
    "quality": _when(lambda t: t.quality, lambda t: str(t.quality)),
    "max_bytes": _when(lambda t: t.max_bytes, lambda t: str(t.max_bytes)),
    "lossless": _when(lambda t: t.lossless, lambda t: ""),
}


def _in_base64(text: str) -> str:
    if re.fullmatch(r"[A-Za-z0-9_.-]+", text):
        return text
    return "b64:" + base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")
