"""Transforms in the options of imgproxy; imgproxy_options.py has the table of what they mean."""

from collections.abc import Iterator
from urllib.parse import quote

from firstsight.grammars.imgproxy_box import COMPASS
from firstsight.records import astuple
from firstsight.settings import Settings
from firstsight.spelling import number_text
from firstsight.transform import DEFAULTS, MAX_SOURCE_SIDE, Anchor, Fit, Focus, Format, PadTo, Point, Transform

_PLACES = {anchor: name for name, anchor in COMPASS.items()}
_TYPES = {Fit.INSIDE: "fit", Fit.CONTAIN: "fit", Fit.CLIP: "fill", Fit.FILL: "force"}
#: Options that say one field as it is.
_PLAIN = {
    "w": "width",
    "h": "height",
    "mw": "least_width",
    "mh": "least_height",
    "dpr": "dpr",
    "t": "trim",
    "rot": "rotate",
    "sh": "sharpen",
    "q": "quality",
    "mb": "max_bytes",
}


def write(source: str, transform: Transform, settings: Settings) -> tuple[str, ...]:
    """Give a path that may mean it."""
    ending = "" if transform.format is Format.AUTO else f"@{transform.format.value}"
    return ("/".join(["unsafe", *_options(transform), "plain", quote(source) + ending]),)


def _options(t: Transform) -> Iterator[str]:
    fit = "auto" if t.adaptive else "fill" if t.fit is Fit.COVER and t.enlarge else _TYPES.get(t.fit, "fill-down")
    if t.width and t.height:
        yield f"rt:{fit}"
    for option, field in _PLAIN.items():
        value = getattr(t, field)
        if value is not None and value != DEFAULTS[field]:
            yield f"{option}:{number_text(value)}"
    if t.enlarge:
        yield "el:1"
    place = _gravity(t)
    if t.pad_to or t.fit is Fit.CONTAIN:
        room = place.split(":")[0] not in ("sm", "fp")
        yield f"{'exar' if t.pad_to is PadTo.RATIO else 'ex'}:1" + (f":{place}" if room else "")
    if place != "ce":
        yield f"g:{place}"
    if t.crop:
        whole = 1 if t.crop.relative else MAX_SOURCE_SIDE
        sides = (number_text(0 if side == whole else side) for side in (t.crop.width, t.crop.height))
        offsets = (number_text(by) for by in (t.crop.left, t.crop.top))
        yield ":".join(["c", *sides, _PLACES[t.crop_from], *offsets])
    if not t.oriented:
        yield "ar:0"
    swapped = t.rotate in (90, 270)
    across, down = (t.flip, t.flop) if swapped else (t.flop, t.flip)
    if across or down:
        yield f"fl:{int(across)}:{int(down)}"
    if t.pad:
        yield "pd:" + ":".join(map(str, astuple(t.pad)))
    if t.background and t.background.alpha == 255:
        yield "bg:" + bytes(astuple(t.background)[:3]).hex()
    if t.blur:
        yield f"bl:{number_text(t.blur * t.dpr)}"
    if t.pixelate:
        yield f"pix:{round(t.pixelate * t.dpr)}"
    if t.mark and not t.mark.image:
        where = "re" if t.mark.place is None else _PLACES[t.mark.place]
        yield f"wm:{t.mark.opacity / 100:g}:{where}:{t.mark.x}:{t.mark.y}:{t.mark.scale / 100:g}"


def _gravity(t: Transform) -> str:
    if isinstance(t.anchor, Point):
        return "ce"
    if isinstance(t.anchor, Focus):
        return f"fp:{number_text(t.anchor.x)}:{number_text(t.anchor.y)}"
    if t.anchor is Anchor.SMART:
        return "sm"
    name = _PLACES[t.anchor]
    return f"{name}:{number_text(t.shift.x)}:{number_text(t.shift.y)}" if t.shift else name
