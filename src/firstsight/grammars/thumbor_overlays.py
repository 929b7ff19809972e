"""
What thumbor and imagor lay over an image.

| filter                                     | here                                                                  |
|--------------------------------------------|-----------------------------------------------------------------------|
| watermark(image, x, y, transparency, w, h) | mark, with a watermark that the settings name                         |
| label(text, x, y, size, colour, ...)       | label, whose font has that size; there the whole line has that height |
| text(text, x, y, sans-24, colour, ...)     | the same; one line, and the font of the machine                       |
| x, y: 10, -10, left, center, bottom, r-10  | from the left or the top, from the right or the bottom, a place       |
| both repeat                                | tiles                                                                 |
"""

import re
from urllib.parse import unquote_plus

from firstsight.grammars.dialect import Changes, Mistake, read_number
from firstsight.grammars.sources import watermark as known
from firstsight.grammars.thumbor_calls import Call, plain
from firstsight.records import replace
from firstsight.transform import MAX_SIDE, Anchor, Colour, Label, Mark

_SIDES = {"left": 0, "l": 0, "top": 0, "t": 0, "center": 1, "right": 2, "r": 2, "bottom": 2, "b": 2}


def watermark(call: Call) -> Changes:
    """Read the image, its position, how transparent it is, and its greatest part of either side, in percent."""
    image, x, y, transparent = [*call.arguments, "", "", "", ""][:4]
    key = known(plain(image), call.settings)
    if key is None:
        raise Mistake("'watermark' with an image that the setting `watermark` or `watermarks` names")
    ratios = [
        int(call.number(index, 0, 100)) for index in range(4, len(call.arguments)) if call.arguments[index] != "none"
    ]
    if len(set(ratios)) > 1 or (ratios and len(call.arguments) != 6):
        raise Mistake("'watermark' with the same ratio for both sides, or none")
    opacity = 100 - int(call.number(3, 0, 99)) if transparent else 100
    scale = ratios[0] if ratios else 0
    if x == y == "repeat":
        return {"mark": Mark(opacity, None, scale, image=key)}
    place, left, top = _place(call, x, y)
    return {"mark": Mark(opacity, place, scale, left, top, key)}


def label(call: Call) -> Changes:
    """Read a text, its position, its size, its colour and how transparent it is."""
    if len(call.arguments) > 6 and call.arguments[6] not in ("", "sans"):
        raise Mistake("'label' without a font")
    size = int(call.number(3, 1, 1000)) if len(call.arguments) > 3 else 20
    return _written(call, size)


def text(call: Call) -> Changes:
    """Read a text, its position, a font with its size, its colour and how transparent it is."""
    font = call.arguments[3] if len(call.arguments) > 3 and call.arguments[3] else "sans-20"
    size = re.fullmatch("sans[- +]([0-9]{1,4})", font)
    if size is None:
        raise Mistake("'text' with the font sans and a size, such as sans-24")
    if any(argument not in ("", "normal", "0") for argument in call.arguments[6:]):
        raise Mistake("'text' of one line without what follows its transparency")
    return _written(call, int(size[1]))


def _written(call: Call, size: int) -> Changes:
    words = plain(unquote_plus(call.arguments[0])) if call.arguments else ""
    x, y = [*call.arguments[1:], "", ""][:2]
    colour = call.colour(4) if len(call.arguments) > 4 and call.arguments[4] else Colour(0, 0, 0)
    opacity = 100 - call.number(5, 0, 100) if len(call.arguments) > 5 and call.arguments[5] else 100
    place, left, top = _place(call, x, y)
    colour = replace(colour, alpha=int(colour.alpha * opacity / 100 + 0.5))
    return {"label": Label(words, size, place, left, top, colour)}


def _place(call: Call, x: str, y: str) -> tuple[Anchor, int, int]:
    """Read a position as the place that it is counted from, and how far inwards."""
    places, offsets = [], []
    for word, names in ((x, ("west", "", "east")), (y, ("north", "", "south"))):
        named, minus, by = word.partition("-")
        side = _SIDES.get(named) if named else 2 if minus else None
        side, digits = (0, word or "0") if side is None else (side, by or "0")
        offset = read_number(digits, 0, MAX_SIDE)
        if offset is None or offset != int(offset) or (side == 1 and minus):
            raise Mistake(f"'{call.name}' at pixels from a side, at a side or in the center")
        # after the name of a side the minus leads outwards
        places.append(names[side])
        offsets.append(-int(offset) if named in _SIDES else int(offset))
    return Anchor(places[1] + places[0] or "center"), offsets[0], offsets[1]
