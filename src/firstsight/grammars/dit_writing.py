"""Transforms as requests of Dynamic Image Transformation; dit_edits.py has the table of what its edits mean."""

import base64
import json
from collections.abc import Callable
from typing import Any
from urllib.parse import quote

from firstsight.settings import Settings
from firstsight.transform import MAX_SIDE, Anchor, Colour, Fit, Format, Transform


def write(source: str, transform: Transform, settings: Settings) -> tuple[str, ...]:
    """Give a path that may mean it: a request in base64."""
    edits = {name: value for name, says in _EDITS.items() if (value := says(transform)) is not None}
    if transform.mark:
        edits["overlayWith"] = _overlay(transform, settings)
    request = {"key": source, "edits": edits}
    return (quote(base64.b64encode(json.dumps(request, separators=(",", ":")).encode()).decode(), safe="/+="),)


def _resize(t: Transform) -> dict[str, Any] | None:
    if not (t.width or t.height):
        return {"ratio": t.dpr} if t.dpr < 1 else None
    resize: dict[str, Any] = {"width": t.width, "height": t.height}
    if t.width and t.height:
        resize["fit"] = "cover" if t.fit is Fit.CLIP else t.fit.value
    if not t.enlarge:
        resize["withoutEnlargement"] = True
    if isinstance(t.anchor, Anchor) and t.anchor is not Anchor.CENTER:
        resize["position"] = "attention" if t.anchor is Anchor.SMART else t.anchor.value
    if t.fit is Fit.CONTAIN and t.background and not t.pad:
        resize["background"] = _colour(t.background)
    return resize


def _colour(colour: Colour) -> dict[str, float]:
    return {"r": colour.red, "g": colour.green, "b": colour.blue, "alpha": round(colour.alpha / 255, 6)}


def _overlay(t: Transform, settings: Settings) -> dict[str, Any]:
    mark = t.mark
    assert mark is not None
    overlay: dict[str, Any] = {"key": mark.image or settings.watermark, "alpha": 100 - mark.opacity}
    if mark.scale:
        overlay |= {"wRatio": mark.scale, "hRatio": mark.scale}
    across, down = mark.place.focus if mark.place else (0.5, 0.5)
    options = {
        name: f"{'-' if side == 1 else ''}{by}"
        for name, side, by in (("left", across, mark.x), ("top", down, mark.y))
        if side != 0.5
    }
    return overlay | {"options": options}


def _modulate(t: Transform) -> dict[str, float] | None:
    found = {name: getattr(t, name) / 100 for name in ("brightness", "saturation") if getattr(t, name) != 100}
    return found or None


def _true(field: str) -> Callable[[Transform], bool | None]:
    return lambda t: True if getattr(t, field) else None


def _extend(t: Transform) -> dict[str, Any] | None:
    if t.pad is None:
        return None
    sides = {name: getattr(t.pad, name) for name in ("top", "right", "bottom", "left")}
    return sides | ({"background": _colour(t.background)} if t.background else {})


#: In the order in which they are read: a size before what depends on it.
_EDITS: dict[str, Callable[[Transform], Any]] = {
    "crop": lambda t: (
        {name: getattr(t.crop, name) for name in ("left", "top", "width", "height")}
        if t.crop and not t.crop.relative
        else None
    ),
    "flatten": lambda t: (
        {"background": _colour(t.background)} if t.background and not t.pad and t.fit is not Fit.CONTAIN else None
    ),
    "extend": _extend,
    "resize": _resize,
    "grayscale": _true("grayscale"),
    "flip": _true("flip"),
    "flop": _true("flop"),
    "normalize": _true("normalize"),
    "rotate": lambda t: t.rotate or None,
    "blur": lambda t: t.blur or None,
    "sharpen": lambda t: t.sharpen or None,
    "trim": lambda t: t.trim,
    "tint": lambda t: _colour(t.tint) if t.tint else None,
    "modulate": _modulate,
    "roundCrop": lambda t: True if t.round == MAX_SIDE else None,
    "animated": lambda t: False if t.frame == 1 else None,
    "toFormat": lambda t: None if t.format is Format.AUTO else t.format.value,
    "quality": lambda t: t.quality,
    "webp": lambda t: {"lossless": True} if t.lossless and t.format is Format.WEBP else None,
    "avif": lambda t: {"lossless": True} if t.lossless and t.format is Format.AVIF else None,
}
