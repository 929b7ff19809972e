"""
imgproxy's sizes, gravities and crops as a box, an anchor and a crop.

Each takes what the options have set and gives changes of a transform. Raises BadToken, with the name of the option, for
what can be set and cannot be done.
"""

from typing import Any

from firstsight.errors import BadToken
from firstsight.grammars.dialect import Changes
from firstsight.transform import MAX_SIDE, MAX_SOURCE_SIDE, Anchor, Crop, Fit, Focus, PadTo, Shift

_MIDDLE = ("ce", 0.0, 0.0)
COMPASS = {
    "ce": Anchor.CENTER,
    "no": Anchor.NORTH,
    "noea": Anchor.NORTHEAST,
    "ea": Anchor.EAST,
    "soea": Anchor.SOUTHEAST,
    "so": Anchor.SOUTH,
    "sowe": Anchor.SOUTHWEST,
    "we": Anchor.WEST,
    "nowe": Anchor.NORTHWEST,
}


def box(values: dict[str, Any]) -> Changes:
    """Give the box with its fit, room and anchor, of sizes, zoom, resizing type, `extend` and gravity."""
    across, down = values.get("zoom", (1, 1))
    if not values.keys() & {"w", "h", "type", "zoom", "extend", "ratio", "least_width", "least_height"}:
        return _anchor(values.get("gravity", _MIDDLE)) if "gravity" in values else {}
    changes: Changes = {}
    sides = {"width": (values.get("w", 0), across), "height": (values.get("h", 0), down)}
    if (across, down) != (1, 1) and not any(length for length, _ in sides.values()):
        if across != down or (across > 1 and values.get("enlarge")):
            raise BadToken("zoom", "'zoom' beside a width or a height, or one of at most 1")
        changes["dpr"] = values.get("dpr", 1) * min(across, 1)
    for side, (length, times) in sides.items():
        if length:
            changes[side] = max(1, min(MAX_SIDE, int(length * times + 0.5)))
    return changes | _fit(values, changes)


def _fit(values: dict[str, Any], sides: Changes) -> Changes:
    type, enlarge = values.get("type", "fit"), values.get("enlarge", False)
    both = {"width", "height"} <= sides.keys()
    one = bool(sides.keys() & {"width", "height"})
    least = [name for name in ("least_width", "least_height") if name in values]
    if type == "force" and one and not both:
        raise BadToken("force", "'force' with a width and a height")
    if type == "force" and least:
        raise BadToken(least[0].replace("least_", "min-"), "it with another resizing type than 'force'")
    changes: Changes = {}
    if both:
        filled = Fit.COVER if enlarge else Fit.CLIP
        fits = {"fit": Fit.INSIDE, "fill": filled, "fill-down": Fit.COVER, "force": Fit.FILL, "auto": filled}
        changes |= {"fit": fits[type]} | ({"adaptive": True} if type == "auto" else {})
    name, gravity, padded = _room(values, both=both, one=one)
    cropped = (both and type in ("fill", "fill-down", "auto")) or (one and bool(least))
    if name and type == "fill-down" and not enlarge and padded is PadTo.BOX:
        raise BadToken(name, f"'{name}' with another resizing type than 'fill-down'")
    own = values.get("gravity", _MIDDLE)
    if name and cropped and gravity != own and (own[0] != "sm" or gravity != _MIDDLE) and not (enlarge and not least):
        raise BadToken(name, f"'{name}' with the gravity that what is over is cropped by")
    if padded is PadTo.BOX and both and type == "fit" and (enlarge or values.get("dpr", 1) == 1):
        changes["fit"] = Fit.CONTAIN
    elif padded:
        changes["pad_to"] = padded
    if cropped:
        return changes | _anchor(own)
    return changes | (_anchor(gravity) if padded else {})


def _room(values: dict[str, Any], *, both: bool, one: bool) -> tuple[str, tuple[str, float, float], PadTo | None]:
    """Give the option that asks for room, its gravity, and what is padded to; none where it has no effect."""
    if values.get("extend") and one:
        return "extend", values["extend"], PadTo.BOX
    if values.get("ratio") and both:
        return "extend_aspect_ratio", values["ratio"], PadTo.RATIO
    return "", _MIDDLE, None


def _anchor(gravity: tuple[str, float, float]) -> Changes:
    name, x, y = gravity
    if name == "sm":
        return {"anchor": Anchor.SMART}
    if name == "fp":
        return {"anchor": Focus(x, y)}
    if not x and not y:
        return {"anchor": COMPASS[name]}
    if _kinds(x, y) == {"part", "pixels"}:
        raise BadToken("gravity", "both offsets of a gravity in pixels, or both below 1")
    relative = "part" in _kinds(x, y)
    x, y = (x, y) if relative else (_rounded(x), _rounded(y))
    try:
        return {"anchor": COMPASS[name], "shift": Shift(x, y, relative=relative)}
    except ValueError:
        raise BadToken("gravity", f"offsets of at most {MAX_SIDE} pixels") from None


def crop(values: dict[str, Any]) -> Changes:
    """Give the crop, of its sizes and its gravity, which is that of the box where it has none of its own."""
    width, height = values["crop_size"]
    if not width and not height:
        return {}
    name, x, y = values.get("crop_gravity") or values.get("gravity", ("ce", 0, 0))
    kinds = _kinds(width, height) | (set() if name == "fp" else _kinds(x, y))
    if kinds == {"part", "pixels"}:
        raise BadToken("crop", "a crop in pixels alone, or in fractions below 1 alone")
    relative = kinds == {"part"}
    width, height = (
        (width or 1, height or 1) if relative else (int(width) or MAX_SOURCE_SIDE, int(height) or MAX_SOURCE_SIDE)
    )
    if name == "sm" or (name == "fp" and not relative and (x, y) != (0.5, 0.5)):
        raise BadToken("crop", "a crop by a gravity of the compass")
    if name == "fp" and relative:
        x, y = (min(max(0, middle - side / 2), 1 - side) for middle, side in ((x, width), (y, height)))
        name = "nowe"
    elif name == "fp":
        name, x, y = "ce", 0, 0
    if x < 0 or y < 0:
        raise BadToken("crop", "a crop whose offsets are not below 0")
    left, top = (x, y) if relative else (_rounded(x), _rounded(y))
    try:
        cut = Crop(left, top, width, height, relative=relative)
    except ValueError:
        raise BadToken("crop", f"a crop of at most {MAX_SOURCE_SIDE} pixels") from None
    return {"crop": cut, "crop_from": COMPASS[name]}


def _kinds(*numbers: float) -> set[str]:
    return {"pixels" if abs(number) >= 1 else "part" for number in numbers if number}


def _rounded(value: float) -> int:
    return int(abs(value) + 0.5) * (1 if value > 0 else -1)
