"""
How the values in a spec are spelled, both ways: sizes, crops, colours and the like.

A reader takes what follows a token's word and gives the fields it sets, or None if it is of the wrong form. A writer
gives the text of those fields, or None when it cannot spell them.
"""

import re
from typing import Any

from firstsight import records
from firstsight.transform import (
    DECIMALS,
    MAX_SIDE,
    MAX_SOURCE_SIDE,
    RANGES,
    Anchor,
    Colour,
    Crop,
    Focus,
    Label,
    Mark,
    Point,
    Shift,
    Sides,
    Transform,
)

Changes = dict[str, Any]

#: The places that an anchor can name: all but `smart`.
PLACES = [anchor for anchor in Anchor if anchor is not Anchor.SMART]


_WORDS = "(?:[0-9a-wyz]|x[0-9a-f]{2})+"
_MARK = re.compile(rf"([0-9]{{1,3}})([a-z]+)(?:([0-9]{{1,3}})(?:x(m?[0-9]{{1,5}})x(m?[0-9]{{1,5}})(?:x({_WORDS}))?)?)?")
_LABEL = re.compile(
    rf"([0-9]{{1,4}})({'|'.join(place.value for place in reversed(PLACES))})(m?[0-9]{{1,5}})x(m?[0-9]{{1,5}})"
    rf"x([0-9a-f]{{6}}|[0-9a-f]{{8}})x({_WORDS})"
)


_NUMBER = re.compile(rf"[0-9]{{1,7}}(\.[0-9]{{1,{DECIMALS}}})?")


def number_text(value: float) -> str:
    """Write a number as a spec spells it: at most four decimals and no trailing zeros."""
    return f"{value:.{DECIMALS}f}".rstrip("0").rstrip(".")


def read_numbers(value: str) -> list[float] | None:
    """Read numbers joined by x, or give None for anything else."""
    parts = value.split("x")
    if not all(_NUMBER.fullmatch(part) for part in parts):
        return None
    return [float(part) if "." in part else int(part) for part in parts]


def read_size(value: str) -> Changes | None:
    """Read `300x200`, `300x` or `x200`."""
    found = re.fullmatch(r"([0-9]{0,5})x([0-9]{0,5})", value)
    width, height = (int(side) if side else None for side in found.groups()) if found else (None, None)
    low, high = RANGES["width"]
    sides = [side for side in (width, height) if side is not None]
    return {"width": width, "height": height} if sides and all(low <= side <= high for side in sides) else None


def write_size(t: Transform) -> str | None:
    """Write the box."""
    return None if t.width is None and t.height is None else f"{t.width or ''}x{t.height or ''}"


def read_crop(value: str) -> Changes | None:
    """Read left, top, width and height, in pixels or all in fractions."""
    numbers = read_numbers(value)
    if numbers is None or len(numbers) != 4 or value.count(".") not in (0, 4):
        return None
    try:
        left, top, width, height = numbers
        return {"crop": Crop(left, top, width, height, relative="." in value)}
    except ValueError:
        return None


def write_crop(t: Transform) -> str:
    """Write the crop."""
    crop = t.crop or Crop(0, 0, 1, 1, relative=True)
    texts = (_decimal(n, crop.relative) for n in (crop.left, crop.top, crop.width, crop.height))
    return "x".join(texts)


def _decimal(value: float, relative: bool) -> str:
    """Write a number, a fraction with a decimal point even where it is whole."""
    text = number_text(value)
    return text if "." in text or not relative else f"{text}.0"


def read_focus(value: str) -> Changes | None:
    """Read two fractions."""
    numbers = read_numbers(value)
    if numbers is None or len(numbers) != 2 or max(numbers) > 1:
        return None
    return {"anchor": Focus(*numbers)}


def write_focus(t: Transform) -> str | None:
    """Write a focus that is one in fractions."""
    return f"{number_text(t.anchor.x)}x{number_text(t.anchor.y)}" if isinstance(t.anchor, Focus) else None


def read_point(value: str) -> Changes | None:
    """Read two numbers of pixels."""
    numbers = read_numbers(value)
    if numbers is None or len(numbers) != 2 or "." in value or max(numbers) > MAX_SOURCE_SIDE:
        return None
    return {"anchor": Point(int(numbers[0]), int(numbers[1]))}


def write_point(t: Transform) -> str | None:
    """Write a focus that is one in pixels."""
    return f"{t.anchor.x}x{t.anchor.y}" if isinstance(t.anchor, Point) else None


def read_shift(value: str) -> Changes | None:
    """Read two numbers with an `m` for a minus, in pixels or both in fractions."""
    signs = [-1 if part.startswith("m") else 1 for part in value.split("x")]
    numbers = read_numbers("x".join(part.removeprefix("m") for part in value.split("x")))
    if numbers is None or len(numbers) != 2 or value.count(".") not in (0, 2):
        return None
    try:
        return {"shift": Shift(signs[0] * numbers[0], signs[1] * numbers[1], relative="." in value)}
    except ValueError:
        return None


def write_shift(t: Transform) -> str:
    """Write the shift."""
    shift = t.shift or Shift(0, 0)
    return "x".join(("m" if n < 0 else "") + _decimal(abs(n), shift.relative) for n in (shift.x, shift.y))


def read_least(value: str) -> Changes | None:
    """Read the least sides, as a size."""
    found = read_size(value)
    return found and {f"least_{side}": length for side, length in found.items()}


def write_least(t: Transform) -> str | None:
    """Write the least sides."""
    return f"{t.least_width or ''}x{t.least_height or ''}" if t.least_width or t.least_height else None


def read_words(text: str) -> str | None:
    """
    Read a text that is made of small letters and digits only.

    All other bytes of it, in UTF-8, and `x`, are written as an `x` with two hexadecimal digits.
    """
    try:
        found = re.sub("x(..)", lambda byte: chr(int(byte[1], 16)), text).encode("latin-1").decode()
    except ValueError:
        return None
    return found if write_words(found) == text else None


def write_words(text: str) -> str:
    """Write a text in small letters and digits only."""
    return "".join(chr(byte) if byte in _PLAIN else f"x{byte:02x}" for byte in text.encode())


_PLAIN = b"0123456789abcdefghijklmnopqrstuvwyz"


def read_label(value: str) -> Changes | None:
    """Read the size of a font, a place with offsets, a colour and a text."""
    match = _LABEL.fullmatch(value)
    text = read_words(match[6]) if match else None
    if match is None or text is None:
        return None
    x, y = (int(number.replace("m", "-")) for number in match.group(3, 4))
    try:
        colour = Colour(*bytes.fromhex(match[5]))
        return {"label": Label(text, int(match[1]), Anchor(match[2]), x, y, colour)}
    except ValueError:
        return None


def write_label(t: Transform) -> str | None:
    """Write the label."""
    if t.label is None:
        return None
    label = t.label
    x, y = (("m" if n < 0 else "") + str(abs(n)) for n in (label.x, label.y))
    return f"{label.size}{label.place.value}{x}x{y}x{_hex(label.colour)}x{write_words(label.text)}"


def read_mark(value: str) -> Changes | None:
    """Read an opacity, a place, a scale, offsets and a source key; nothing at all is the default."""
    match = _MARK.fullmatch(value)
    if not value or match is None:
        return None if value else {"mark": Mark()}
    opacity, name, scale, *offsets, image = match.groups()
    places: dict[str, Anchor | None] = {place.value: place for place in PLACES} | {"tile": None}
    key = read_words(image) if image else ""
    if name not in places or key is None:
        return None
    x, y = (int((text or "0").replace("m", "-")) for text in offsets)
    try:
        return {"mark": Mark(int(opacity), places[name], int(scale or 0), x, y, key)}
    except ValueError:
        return None


def write_mark(t: Transform) -> str | None:
    """Write the watermark."""
    if t.mark is None or t.mark == Mark():
        return None if t.mark is None else ""
    mark = t.mark
    text = f"{mark.opacity}{mark.place.value if mark.place else 'tile'}"
    if mark.scale or mark.x or mark.y or mark.image:
        text += str(mark.scale)
    if mark.x or mark.y or mark.image:
        text += "".join("x" + ("m" if n < 0 else "") + str(abs(n)) for n in (mark.x, mark.y))
    return text + (f"x{write_words(mark.image)}" if mark.image else "")


def read_max(value: str) -> Changes | None:
    """Read a number of bytes, or of thousands with a `k`."""
    match = re.fullmatch("([0-9]{1,10})(k?)", value)
    bytes_ = int(match[1]) * (1000 if match[2] else 1) if match else 0
    low, high = RANGES["max_bytes"]
    return {"max_bytes": bytes_} if low <= bytes_ <= high else None


def write_max(t: Transform) -> str | None:
    """Write the most bytes."""
    if t.max_bytes is None:
        return None
    return f"{t.max_bytes}" if t.max_bytes % 1000 else f"{t.max_bytes // 1000}k"


def read_pad(value: str) -> Changes | None:
    """Read one, two or four sides."""
    numbers = read_numbers(value)
    if numbers is None or "." in value or len(numbers) not in (1, 2, 4) or max(numbers) > MAX_SIDE:
        return None
    top, right, bottom, left = (int(n) for n in numbers * (4 // len(numbers)))
    return {"pad": Sides(top, right, bottom, left)}


def write_pad(t: Transform) -> str:
    """Write the padding, as short as it can be."""
    sides = records.astuple(t.pad) if t.pad else (0,)
    short = sides[:1] if len(set(sides)) == 1 else sides[:2] if sides[:2] == sides[2:] else sides
    return "x".join(str(side) for side in short)


def read_colour(value: str) -> Changes | None:
    """Read a background, with alpha or without."""
    if not re.fullmatch(r"([0-9a-f]{2}){3,4}", value):
        return None
    return {"background": Colour(*bytes.fromhex(value))}


def read_tint(value: str) -> Changes | None:
    """Read a colour without alpha."""
    return {"tint": Colour(*bytes.fromhex(value))} if re.fullmatch("([0-9a-f]{2}){3}", value) else None


def write_tint(t: Transform) -> str | None:
    """Write the tint."""
    return None if t.tint is None else bytes(records.astuple(t.tint)[:3]).hex()


def write_colour(t: Transform) -> str | None:
    """Write the background."""
    if t.background is None:
        return None
    return _hex(t.background)


def _hex(colour: Colour) -> str:
    text = bytes(records.astuple(colour)).hex()
    return text[:6] if colour.alpha == 255 else text
