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
| fill(auto), fill(blur)                          | contain, bgmean, bgblur; without fit-in nothing          |
| background_color(colour)                        | the background                                           |
| round_corner(radius, r, g, b, transparent)      | round, on that colour                                    |
| focal(left x top:right x bottom)                | the middle of it, in pixels or fractions                 |
| cover, page, max_frames(1), trim, padding, crop | a frame, the first one, trim, pad, crop                  |
| watermark, label, text                          | see thumbor_overlays.py                                  |
| attachment, expire, raw                         | see thumbor.py                                           |
| strip_exif, strip_icc, strip_metadata, max_age  | nothing: metadata is never kept, caching is a setting    |
"""

import re
from collections.abc import Callable

from firstsight.grammars.dialect import Changes, Mistake, Notes, read_colour, read_number
from firstsight.grammars.thumbor_calls import Call
from firstsight.grammars.thumbor_overlays import label, text, watermark
from firstsight.settings import Settings
from firstsight.tokens import FORMAT_NAMES
from firstsight.transform import Backdrop, Crop, Fit, Focus, Format, Point, Sides


def read(name: str, arguments: str, before: Changes, settings: Settings, notes: Notes) -> Changes:
    """Give what a filter changes. Raises BadToken for one that is unknown or wrong, unless that is passed over."""
    word = f"{name}({arguments})"
    act = FILTERS.get(name)
    if act is None:
        return notes.refuse(word, "a filter that is known here")
    parts = tuple(part.strip() for part in _commas(arguments))
    try:
        return notes.add(word, act(Call(name, parts, before, settings)))
    except Mistake as mistake:
        return notes.refuse(word, str(mistake))
    except ValueError:
        return notes.refuse(word, f"'{name}' with arguments in their ranges")


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
    if name not in FORMAT_NAMES:
        raise Mistake("'format' with jpeg, png, webp, avif or gif")
    return {"format": FORMAT_NAMES[name]}


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
    return {"background": call.colour(index)}


def _border(call: Call) -> Changes:
    backdrop = _BACKDROPS.get(call.arguments[0].lower()) if call.arguments else None
    return {"backdrop": backdrop} if backdrop else _colour(call)


def _fill(call: Call) -> Changes | str:
    changes = _border(call)
    if call.before.get("fit") is Fit.INSIDE:
        return {**changes, "fit": Fit.CONTAIN}
    return "nothing: the box is full" if "backdrop" in changes and "pad" not in call.before else changes


_BACKDROPS = {"blur": Backdrop.BLUR, "auto": Backdrop.MEAN}


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


def _padding(call: Call) -> Changes:
    sides = [int(call.number(index, 0, 16_383)) for index in range(1, len(call.arguments))]
    if len(sides) not in (1, 2, 4):
        raise Mistake("'padding' with a colour and one, two or four numbers")
    left, top, right, bottom = sides * (4 // len(sides))
    return {"pad": Sides(top, right, bottom, left), **_border(call)}


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
    "watermark": watermark,
    "label": label,
    "text": text,
    "trim": _trim,
    "padding": _padding,
    "crop": _crop,
    "strip_exif": _nothing("always so"),
    "strip_icc": _nothing("always so"),
    "strip_metadata": _nothing("always so"),
    "max_age": _nothing("nothing: how long it may be cached is a setting"),
    "preview": _nothing("nothing: what is made is kept"),
}
