"""
The edits of Dynamic Image Transformation, which are named after sharp's methods.

| edit                                       | here                                                                |
|--------------------------------------------|---------------------------------------------------------------------|
| resize width, height                       | the box, enlarged where needed                                      |
| resize fit cover, contain, fill, inside, outside | the same; contain is on black where no colour is given        |
| resize withoutEnlargement                  | not enlarged; cover becomes clip                                    |
| resize position, gravity                   | the anchor; `attention` is smart                                    |
| resize ratio                               | dpr, up to 1                                                        |
| crop, extract before resize                | crop                                                                |
| toFormat, outputFormat                     | the format                                                          |
| jpeg, webp, avif {quality, lossless}       | q, lossless, where the result has that format                       |
| grayscale, flip, flop, rotate, tint, trim  | the same                                                            |
| blur, sharpen                              | the same, by sigma; `sharpen: true` is sharpen                      |
| modulate {brightness, saturation}          | brightness, saturation, which are not of Lab but of CSS             |
| flatten {background}                       | the background, black where none is given                           |
| extend                                     | pad, on that colour, black where none is given                      |
| roundCrop: true on a square                | round                                                               |
| normalize, normalise: true                 | normalize                                                           |
| smartCrop of face 0, without padding       | the anchor smart in a box: what catches the eye, a face or not      |
| overlayWith                                | mark, where it is a watermark of the settings, at pixels from a side |
| animated: false                            | frame1                                                              |
"""

from collections.abc import Callable
from typing import Any

from firstsight.grammars.dialect import Changes, Mistake, Notes, read_colour, read_number
from firstsight.tokens import FORMAT_NAMES
from firstsight.transform import MAX_SIDE, Anchor, Colour, Crop, Fit, Format, Mark, Sides

BLACK = Colour(0, 0, 0)
_FITS = {fit.value: fit for fit in Fit if fit is not Fit.CLIP}
_POSITIONS = {anchor.value: anchor for anchor in Anchor if anchor is not Anchor.SMART} | {
    "centre": Anchor.CENTER,
    "top": Anchor.NORTH,
    "right top": Anchor.NORTHEAST,
    "right": Anchor.EAST,
    "right bottom": Anchor.SOUTHEAST,
    "bottom": Anchor.SOUTH,
    "left bottom": Anchor.SOUTHWEST,
    "left": Anchor.WEST,
    "left top": Anchor.NORTHWEST,
    "attention": Anchor.SMART,
}


def read_edits(
    edits: dict[str, Any], format: str, source_format: Format, notes: Notes, watermark: Callable[[str, str], str | None]
) -> Changes:
    """
    Give the changes that edits stand for. `format` is the request's own; `source_format` holds where none is named.

    `watermark` takes a bucket, or nothing, and a key, and gives a mark's `image`, or None for no watermark of ours.
    Raises BadToken for an edit that is unknown or wrong, unless the notes are lenient.
    """
    changes: Changes = {}
    if format:
        changes |= _apply("outputFormat", format, _format, changes, notes)
    qualities: dict[Format, Changes] = {}
    for name, value in sorted(edits.items(), key=lambda edit: edit[0] == "smartCrop"):  # it needs to know the box
        if name in ("jpeg", "jpg", "png", "webp", "avif", "gif"):
            qualities[FORMAT_NAMES[name]] = _apply(name, value, _encoding, changes, notes, shown=False)
        elif name == "quality":
            changes |= _apply(name, value, _quality, changes, notes)
        elif name == "overlayWith":
            changes |= _apply(name, value, lambda value, changes: _overlay(value, watermark), changes, notes)
        elif (act := EDITS.get(name)) is not None:
            changes |= _apply(name, value, act, changes, notes)
        else:
            notes.refuse(name, "an edit that can be done here")
    changes.setdefault("format", source_format)
    return changes | qualities.get(changes["format"], {})


Act = Callable[[Any, Changes], Changes]


def _apply(name: str, value: Any, act: Act, changes: Changes, notes: Notes, *, shown: bool = True) -> Changes:
    try:
        found = act(value, changes)
    except Mistake as mistake:
        return notes.refuse(name, str(mistake))
    except (ValueError, TypeError, OverflowError):
        return notes.refuse(name, f"'{name}' with numbers in their ranges")
    if shown or not found:
        notes.add(name, found or "nothing")
        return found
    notes.add(name, "where the result has that format: " + ", ".join(f"{k} {v}" for k, v in found.items()))
    return found


def _object(value: Any, name: str, known: tuple[str, ...]) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise Mistake(f"'{name}' with " + ", ".join(known))
    for word, given in value.items():
        if word not in known and given not in (None, False):
            raise Mistake(f"'{name}' without '{word[:30]}'")
    return value


def _number(value: Any, low: float, high: float, name: str) -> float:
    number = None if isinstance(value, bool) else read_number(str(value), low, high)
    if number is None:
        raise Mistake(f"'{name}' with a number from {low:g} to {high:g}")
    return number


def _flag(field: str) -> Act:
    return lambda value, changes: {field: True} if value else {}


def _colour(value: Any, name: str) -> Colour:
    if isinstance(value, str):
        found = read_colour(value)
        if found is not None:
            return found
    elif isinstance(value, dict) and not value.keys() - {"r", "g", "b", "alpha"}:
        red, green, blue = (int(_number(value.get(channel, 0), 0, 255, name) + 0.5) for channel in "rgb")
        return Colour(red, green, blue, int(_number(value.get("alpha", 1), 0, 1, name) * 255 + 0.5))
    raise Mistake(f"'{name}' with a colour such as \"#ffcc00\" or {{r, g, b}}")


def _resize(value: Any, changes: Changes) -> Changes:
    known = ("width", "height", "fit", "position", "gravity", "background", "withoutEnlargement", "ratio")
    given = _object(value, "resize", (*known, "fastShrinkOnLoad"))
    found: Changes = {}
    for side in ("width", "height"):
        if given.get(side) not in (None, "", 0, "0"):
            found[side] = int(_number(given[side], 0.5, MAX_SIDE, side) + 0.5)
    if given.get("ratio") is not None:
        if found:
            raise Mistake("'proportion' beside both sides of a size, or neither")
        return {"dpr": _number(given["ratio"], 0.1, 1, "proportion")}
    name = given.get("fit") or "cover"
    if name not in _FITS:
        raise Mistake("a fit, one of " + ", ".join(_FITS))
    fit, less = _FITS[name], given.get("withoutEnlargement") in (True, "true")
    if fit is Fit.FILL and less:
        raise Mistake("'withoutEnlargement' with another fit than 'fill'")
    if fit is Fit.FILL and len(found) == 1:
        raise Mistake("'fill' with a width and a height")
    place = given.get("position") or given.get("gravity")
    if place is not None:
        if not isinstance(place, str) or place.lower() not in _POSITIONS:
            raise Mistake("a position, one of " + ", ".join(_POSITIONS))
        found["anchor"] = _POSITIONS[place.lower()]
    if found.keys() & {"width", "height"}:
        found |= {"fit": Fit.CLIP if fit is Fit.COVER and less else fit, "enlarge": not less}
    if fit is Fit.CONTAIN and "background" not in changes:
        found["background"] = _colour(given["background"], "background") if given.get("background") else BLACK
    return found


def _crop(value: Any, changes: Changes) -> Changes:
    given = _object(value, "crop", ("left", "top", "width", "height"))
    if changes.keys() & {"width", "height", "dpr"}:
        raise Mistake("'crop' before 'resize'")
    left, top, width, height = (_number(given.get(n), 0, 1_000_000, "crop") for n in ("left", "top", "width", "height"))
    return {"crop": Crop(left, top, width, height)}


def _format(value: Any, changes: Changes) -> Changes:
    if not isinstance(value, str) or value.lower() not in FORMAT_NAMES:
        raise Mistake("a format, one of " + ", ".join(FORMAT_NAMES))
    return {"format": FORMAT_NAMES[value.lower()]}


def _encoding(value: Any, changes: Changes) -> Changes:
    given = _object(value, "encoding", ("quality", "lossless"))
    found: Changes = {"lossless": True} if given.get("lossless") else {}
    return found | (_quality(given["quality"], changes) if given.get("quality") is not None else {})


def _quality(value: Any, changes: Changes) -> Changes:
    return {"quality": int(_number(value, 1, 100, "quality"))}


def _rotate(value: Any, changes: Changes) -> Changes:
    return {} if value is None else {"rotate": round(_number(value, -36_000, 36_000, "rotate") % 360, 4) % 360}


def _blur(value: Any, changes: Changes) -> Changes:
    if value in (False, None, 0):
        return {}
    return {"blur": _number(value, 0, 100, "blur")}


def _sharpen(value: Any, changes: Changes) -> Changes:
    if value in (False, None):
        return {}
    if isinstance(value, dict):
        value = _object(value, "sharpen", ("sigma",)).get("sigma")
    return {"sharpen": 1 if value is True else _number(value, 0, 10, "sharpen")}


def _tint(value: Any, changes: Changes) -> Changes:
    colour = _colour(value, "tint")
    return {"tint": Colour(colour.red, colour.green, colour.blue)}


def _trim(value: Any, changes: Changes) -> Changes:
    if value in (False, None):
        return {}
    if isinstance(value, dict):
        value = _object(value, "trim", ("threshold",)).get("threshold", True)
    return {"trim": 10 if value is True else int(_number(value, 0, 255, "trim") + 0.5)}


def _modulate(value: Any, changes: Changes) -> Changes:
    given = _object(value, "modulate", ("brightness", "saturation"))
    return {name: round(_number(given[name], 0, 10, name) * 100) for name in given if given[name] is not None}


def _flatten(value: Any, changes: Changes) -> Changes:
    if value in (False, None):
        return {}
    colour = _object(value, "flatten", ("background",)).get("background") if isinstance(value, dict) else None
    return {"background": _colour(colour, "flatten") if colour else BLACK}


def _extend(value: Any, changes: Changes) -> Changes:
    names = ("top", "right", "bottom", "left")
    given = _object(value, "extend", (*names, "background")) if isinstance(value, dict) else dict.fromkeys(names, value)
    sides = (int(_number(given.get(name) or 0, 0, MAX_SIDE, "extend")) for name in names)
    colour = given.get("background")
    return {"pad": Sides(*sides), "background": _colour(colour, "extend") if colour else BLACK}


def _round(value: Any, changes: Changes) -> Changes:
    if value in (False, None):
        return {}
    square = changes.get("width") and changes.get("width") == changes.get("height")
    if value is not True or not square or changes.get("fit") not in (Fit.COVER, Fit.FILL, Fit.CONTAIN):
        raise Mistake("'roundCrop' as true, of a square that 'resize' has made before")
    return {"round": MAX_SIDE}


def _overlay(value: Any, watermark: Callable[[str, str], str | None]) -> Changes:
    given = _object(value, "overlayWith", ("bucket", "key", "alpha", "wRatio", "hRatio", "options"))
    image = watermark(str(given.get("bucket") or ""), str(given.get("key") or ""))
    if image is None:
        raise Mistake("'overlayWith' with an image that the setting `watermark` or `watermarks` names")
    ratios = [_number(given.get(name) or 0, 0, 100, name) for name in ("wRatio", "hRatio")]
    if ratios[0] != ratios[1]:
        raise Mistake("'overlayWith' with the same ratio for both sides, or none")
    opacity = 100 - int(_number(given.get("alpha") or 0, 0, 99, "alpha"))
    options = _object(given.get("options") or {}, "options", ("left", "top"))
    places, offsets = [], []
    for name, sides in (("left", ("west", "east")), ("top", ("north", "south"))):
        if options.get(name) in (None, ""):
            places.append("")
            offsets.append(0)
        else:
            offset = int(_number(options[name], -MAX_SIDE, MAX_SIDE, f"{name} in pixels"))
            places.append(sides[str(options[name]).startswith("-")])
            offsets.append(abs(offset))
    return {
        "mark": Mark(opacity, Anchor(places[1] + places[0] or "center"), int(ratios[0]), offsets[0], offsets[1], image)
    }


def _smart(value: Any, changes: Changes) -> Changes:
    if value in (False, None):
        return {}
    if value is not True:
        _object(value, "smartCrop", ("faceIndex", "padding"))
        if any(value.get(name) not in (None, 0, "0") for name in ("faceIndex", "padding")):
            raise Mistake("'smartCrop' of the first face, without padding")
    if not (changes.get("width") and changes.get("height")) or changes.get("fit") not in (Fit.COVER, Fit.CLIP):
        raise Mistake("'smartCrop' of a box that 'resize' makes")
    return {"anchor": Anchor.SMART}


def _normalize(value: Any, changes: Changes) -> Changes:
    if value in (False, None):
        return {}
    if value is not True:
        raise Mistake("'normalize' as true")
    return {"normalize": True}


def _animated(value: Any, changes: Changes) -> Changes:
    return {} if value else {"frame": 1}


EDITS: dict[str, Act] = {
    "resize": _resize,
    "crop": _crop,
    "extract": _crop,
    "toFormat": _format,
    "grayscale": _flag("grayscale"),
    "greyscale": _flag("grayscale"),
    "flip": _flag("flip"),
    "flop": _flag("flop"),
    "rotate": _rotate,
    "blur": _blur,
    "sharpen": _sharpen,
    "tint": _tint,
    "trim": _trim,
    "modulate": _modulate,
    "flatten": _flatten,
    "extend": _extend,
    "roundCrop": _round,
    "normalize": _normalize,
    "normalise": _normalize,
    "smartCrop": _smart,
    "animated": _animated,
}
