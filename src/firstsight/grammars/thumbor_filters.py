"""
Thumbor's filters, `filters:<name>(<arguments>):<name>(...)/`, with what imagor adds.

| filter                                          | here                                                     |
|-------------------------------------------------|----------------------------------------------------------|
| quality, format, max_bytes, lossless            | the same                                                 |
| autojpg                                         | JPEG                                                     |
| blur(radius, sigma)                             | blur by sigma; thumbor's radius alone is one, imagor's 2 |
| sharpen(amount, radius, luminance)              | sharpen, by about that radius                            |
| brightness(n), contrast(n)                      | the same line through the levels, as brightness, contrast|
| saturation(n)                                   | saturation, with CSS's weights of the colours            |
| grayscale, rotate, proportion, pixelate         | the same; thumbor turns anticlockwise, imagor clockwise  |
| upscale, no_upscale, stretch                    | enlarge, clip or inside without it, fit fill             |
| fill(colour)                                    | contain, on that colour; without fit-in the colour alone |
| background_color(colour)                        | the background                                           |
| round_corner(radius, r, g, b, transparent)      | round, on that colour                                    |
| focal(left x top:right x bottom)                | the middle of it, in pixels or fractions                 |
| cover, page, max_frames(1), trim, padding, crop | a frame, the first one, trim, pad, crop                  |
| watermark(image, x, y, transparency, w, h)      | mark, where the image is the watermark of the settings   |
| strip_exif, strip_icc, strip_metadata, max_age  | nothing: metadata is never kept, caching is a setting    |
"""

import re
from collections.abc import Callable

from firstsight.errors import BadToken, FirstsightError
from firstsight.grammars.dialect import FORMATS, Changes, Told, read_colour, read_number
from firstsight.grammars.sources import locate
from firstsight.records import dataclass
from firstsight.settings import Settings
from firstsight.settings.dialects import Flavour
from firstsight.transform import Anchor, Crop, Fit, Focus, Format, Mark, Point, Sides


@dataclass(frozen=True, slots=True)
class Call:
    """One filter of a URL: its arguments, what the words before it have changed, and whose defaults hold."""

    name: str
    arguments: tuple[str, ...]
    before: Changes
    settings: Settings

    @property
    def imagor(self) -> bool:
        """Whether imagor's defaults hold."""
        return self.settings.dialects.thumbor is Flavour.IMAGOR

    def number(self, index: int, low: float, high: float) -> float:
        """Give an argument that has to be a number in a range. Raises Mistake."""
        text = self.arguments[index] if index < len(self.arguments) else ""
        value = read_number(text, low, high)
        if value is None:
            raise Mistake(f"'{self.name}' with a number from {low} to {high}")
        return value


class Mistake(ValueError):
    """What was expected of the arguments of a filter."""


def split(text: str) -> tuple[list[tuple[str, str]], str]:
    """Split `filters:a(1):b(2)/image` into names with arguments, and the image. Parentheses may be nested."""
    if not text.startswith("filters:"):
        return [], text
    found, depth, start, name = [], 0, len("filters:"), ""
    for index in range(start, len(text)):
        character = text[index]
        if character == "(":
            if depth == 0:
                name, start = text[start:index], index + 1
            depth += 1
        elif character == ")" and depth:
            depth -= 1
            if depth == 0:
                found.append((name, text[start:index]))
                start = index + 1
        elif depth == 0 and character == ":":
            start = index + 1
        elif depth == 0 and character == "/":
            if index > start:
                raise BadToken(text[start:index], "a filter with its parentheses")
            return found, text[index + 1 :]
    raise BadToken(text, "the name of an image after the filters")


def read(name: str, arguments: str, before: Changes, settings: Settings, told: Told) -> Changes:
    """Give what a filter changes. Raises BadToken for one that is unknown or wrong, unless that is passed over."""
    word = f"{name}({arguments})"
    act = FILTERS.get(name)
    if act is None:
        return told.refuse(word, "a filter that is known here")
    parts = tuple(part.strip() for part in _commas(arguments))
    try:
        return told.say(word, act(Call(name, parts, before, settings)))
    except Mistake as mistake:
        return told.refuse(word, str(mistake))
    except ValueError:
        return told.refuse(word, f"'{name}' with numbers in their ranges")


def _commas(text: str) -> list[str]:
    return re.split(r",(?![^(]*\))", text) if text else []


def _always(**changes: object) -> Callable[[Call], Changes]:
    return lambda call: dict(changes)


def _whole(field: str, low: int, high: int) -> Callable[[Call], Changes]:
    def read(call: Call) -> Changes:
        value = call.number(0, low, high)
        if value != int(value):
            raise Mistake(f"'{call.name}' with a whole number from {low} to {high}")
        return {field: int(value)}

    return read


def _nothing(meaning: str) -> Callable[[Call], str]:
    return lambda call: meaning


def _quality(call: Call) -> Changes:
    value = int(call.number(0, 0, 100))
    return {"quality": value} if value else {}


def _format(call: Call) -> Changes:
    name = call.arguments[0].lower() if call.arguments else ""
    if name not in FORMATS:
        raise Mistake("'format' with jpeg, png, webp, avif or gif")
    return {"format": FORMATS[name]}


def _blur(call: Call) -> Changes:
    radius = call.number(0, 0, 150)
    sigma = call.number(1, 0, 100) if len(call.arguments) > 1 else 0
    return {"blur": min(100, sigma or (radius / 2 if call.imagor else radius))}


def _sharpen(call: Call) -> Changes:
    amount = call.number(0, -1000, 1000)
    radius = call.number(1, 0, 1000) if len(call.arguments) > 1 else amount if call.imagor else 0
    return {"sharpen": min(10, max(0, 1 + radius * 2 if call.imagor else 1 + radius / 2))}


def _levels(call: Call) -> Changes:
    """
    Add the line that a filter draws through the levels to what there is already.

    Brightness b and contrast c in percent give gain b c and offset 127.5 (1 - c): with these two any line can be drawn
    that lets c be above 0.
    """
    old_contrast = call.before.get("contrast", 100) / 100
    gain, offset = call.before.get("brightness", 100) / 100 * old_contrast, 127.5 * (1 - old_contrast)
    if call.name == "brightness":
        offset += call.number(0, -100, 100) * 255 / 100
    else:
        by = call.number(0, -100, 100)
        level = by * 255 / 100
        slope = 259 * (level + 255) / (255 * (259 - level)) if call.imagor else ((by + 100) / 100) ** 2
        gain, offset = gain * slope, offset * slope + 127.5 * (1 - slope)
    contrast = 1 - offset / 127.5
    if contrast < 0.01 or not 0 <= gain / contrast <= 10 or contrast > 10:
        raise Mistake(f"'{call.name}' that leaves something to see")
    return {"contrast": round(contrast * 100), "brightness": round(gain / contrast * 100)}


def _saturation(call: Call) -> Changes:
    value = call.number(0, -100, 1000)
    return {"saturation": round(100 + value if call.imagor else max(0, min(10, value)) * 100)}


def _rotate(call: Call) -> Changes:
    value = call.number(0, -3600, 3600)
    if value % 90:
        raise Mistake("'rotate' by a multiple of 90")
    return {"rotate": int(value if call.imagor else -value) % 360}


def _proportion(call: Call) -> Changes:
    value = call.number(0, 0, 100)
    part = value / 100 if call.imagor and value > 1 else value
    if not 0.1 <= part <= 1:
        raise Mistake("'proportion' with a number from 0.1 to 1")
    return {"dpr": part}


def _no_upscale(call: Call) -> Changes:
    fit = call.before.get("fit", Fit.COVER)
    return {"enlarge": False, "fit": Fit.CLIP if fit is Fit.COVER else fit}


def _colour(call: Call, index: int = 0) -> Changes:
    colour = read_colour(call.arguments[index]) if len(call.arguments) > index else None
    if colour is None:
        raise Mistake(f"'{call.name}' with a colour such as ffcc00, or the name of a common one")
    return {"background": colour}


def _fill(call: Call) -> Changes:
    changes = _colour(call)
    return {**changes, "fit": Fit.CONTAIN} if call.before.get("fit") is Fit.INSIDE else changes


def _round(call: Call) -> Changes:
    if not call.arguments or len(set(re.split(r"\|", call.arguments[0]))) != 1:
        raise Mistake("'round_corner' with one radius")
    radius = read_number(call.arguments[0].partition("|")[0], 0, 16_383)
    if radius is None:
        raise Mistake("'round_corner' with a radius from 0 to 16383")
    if call.imagor:
        if len(call.arguments) > 1 and call.arguments[1] != call.arguments[0]:
            raise Mistake("'round_corner' with the same radius both ways")
        return {"round": int(radius), **(_colour(call, 2) if len(call.arguments) > 2 else {})}
    if len(call.arguments) < 4 or call.arguments[4:5] in (("1",), ("true",), ("True",)):
        return {"round": int(radius)}
    from_text = "".join(f"{int(call.number(index, 0, 255)):02x}" for index in (1, 2, 3))
    return {"round": int(radius), "background": read_colour(from_text)}


def _focal(call: Call) -> Changes:
    numbers = [read_number(part, 0, 1_000_000) for part in re.split("[x:,]", ",".join(call.arguments))]
    known = [number for number in numbers if number is not None]
    if len(known) != len(numbers) or len(known) not in (2, 4):
        raise Mistake("'focal' with <left>x<top>:<right>x<bottom>")
    (left, top), (right, bottom) = known[:2], known[-2:]
    x, y = (left + right) / 2, (top + bottom) / 2
    if left < 1 and top < 1 and right <= 1 and bottom <= 1:
        return {"anchor": Focus(x, y)}
    return {"anchor": Point(int(x), int(y))}


def _frames(call: Call) -> Changes:
    if call.number(0, 1, 100_000) != 1:
        raise Mistake("'max_frames' of 1")
    return {"frame": 1}


def _trim(call: Call) -> Changes:
    if call.arguments[1:2] == ("bottom-right",):
        raise Mistake("a trim by the colour of the top left corner")
    return {"trim": int(call.number(0, 0, 255)) if call.arguments else 0}


def _watermark(call: Call) -> Changes:
    image, x, y, transparent = [*call.arguments, "", "", "", ""][:4]
    try:
        known = bool(call.settings.watermark) and locate(image, call.settings) == call.settings.watermark
    except FirstsightError:
        known = False
    if not known:
        raise Mistake("'watermark' with the image that the setting `watermark` names")
    ratios = [
        int(call.number(index, 0, 100)) for index in range(4, len(call.arguments)) if call.arguments[index] != "none"
    ]
    if len(set(ratios)) > 1 or (ratios and len(call.arguments) != 6):
        raise Mistake("'watermark' with the same ratio for both sides, or none")
    opacity = 100 - int(call.number(3, 0, 99)) if transparent else 100
    scale = ratios[0] if ratios else 0
    if x == y == "repeat":
        return {"mark": Mark(opacity, None, scale)}
    places, offsets = [], []
    for text, names in ((x, ("west", "", "east")), (y, ("north", "", "south"))):
        side = 1 if text == "center" else 2 if text.startswith("-") else 0
        offset = read_number(text.removeprefix("-"), 0, 16_383) if side != 1 else 0
        if offset is None:
            raise Mistake("'watermark' at pixels from a side, in the center, or repeated both ways")
        places.append(names[side])
        offsets.append(int(offset))
    place = Anchor(places[1] + places[0] or "center")
    return {"mark": Mark(opacity, place, scale, offsets[0], offsets[1])}


def _padding(call: Call) -> Changes:
    sides = [int(call.number(index, 0, 16_383)) for index in range(1, len(call.arguments))]
    if len(sides) not in (1, 2, 4):
        raise Mistake("'padding' with a colour and one, two or four numbers")
    left, top, right, bottom = sides * (4 // len(sides))
    return {"pad": Sides(top, right, bottom, left), **_colour(call)}


def _crop(call: Call) -> Changes:
    left, top, width, height = (call.number(index, 0, 1_000_000) for index in range(4))
    relative = left < 1 and top < 1 and width <= 1 and height <= 1
    if call.before.keys() & {"width", "height"}:
        raise Mistake("no 'crop' of what has been resized")
    return {"crop": Crop(left, top, width, height, relative=relative)}


#: Every filter that means something here. One of them gives a sentence instead of changes: nothing has to be done.
FILTERS: dict[str, Callable[[Call], Changes | str]] = {
    "quality": _quality,
    "format": _format,
    "max_bytes": _whole("max_bytes", 1, 1_000_000_000),
    "lossless": _always(lossless=True),
    "autojpg": _always(format=Format.JPEG),
    "blur": _blur,
    "sharpen": _sharpen,
    "brightness": _levels,
    "contrast": _levels,
    "saturation": _saturation,
    "grayscale": _always(grayscale=True),
    "rotate": _rotate,
    "proportion": _proportion,
    "pixelate": _whole("pixelate", 1, 16_383),
    "upscale": _always(enlarge=True),
    "no_upscale": _no_upscale,
    "stretch": _always(fit=Fit.FILL, enlarge=True),
    "fill": _fill,
    "background_color": _colour,
    "round_corner": _round,
    "focal": _focal,
    "cover": _always(frame=1),
    "page": _whole("frame", 1, 100_000),
    "max_frames": _frames,
    "watermark": _watermark,
    "trim": _trim,
    "padding": _padding,
    "crop": _crop,
    "strip_exif": _nothing("always so"),
    "strip_icc": _nothing("always so"),
    "strip_metadata": _nothing("always so"),
    "max_age": _nothing("nothing: how long it may be cached is a setting"),
}
