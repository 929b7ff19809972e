"""
The words of a spec: TOKENS, a row for each, in canonical order.

A row reads and writes one token and says what it means. How tokens make a spec is in tokens.py; the reference page and
the form of the page at `/` are made from these rows.
"""

import re
from collections.abc import Callable
from typing import Any

from firstsight import records
from firstsight.records import dataclass
from firstsight.transform import (
    DECIMALS,
    FRACTIONAL,
    MAX_SIDE,
    MAX_SOURCE_SIDE,
    RANGES,
    Anchor,
    Colour,
    Crop,
    Fit,
    Focus,
    Mark,
    Point,
    Shift,
    Sides,
    Transform,
)

Changes = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Token:
    """
    One row of the language.

    `read` takes what follows the word and gives the fields it sets, or None if it is of the wrong form; `write` gives
    the text of those fields, or None when this row cannot spell them. A row without fields is another spelling of one
    that has them, and writes nothing.
    """

    word: str
    fields: tuple[str, ...]
    expected: str
    help: str
    example: str
    read: Callable[[str], Changes | None]
    write: Callable[[Transform], str | None]


def number_text(value: float) -> str:
    """Write a number as a spec spells it: at most four decimals and no trailing zeros."""
    return f"{value:.{DECIMALS}f}".rstrip("0").rstrip(".")


def find(text: str) -> Token | None:
    """Give the row that a token belongs to, rightly written or not, by its shape or the word it starts with."""
    if _SIZE.fullmatch(text):
        return SIZE
    word = re.split("[^a-z]", text, maxsplit=1)[0]
    # what follows these may start with a letter: a colour, a minus
    return WORDS.get(word) or next((WORDS[name] for name in ("bg", "tint", "shift") if word.startswith(name)), None)


_SIZE = re.compile(r"[0-9]+(x[0-9]*)?|x[0-9]+")
_NUMBER = re.compile(rf"[0-9]{{1,7}}(\.[0-9]{{1,{DECIMALS}}})?")


def _numbers(value: str) -> list[float] | None:
    parts = value.split("x")
    if not all(_NUMBER.fullmatch(part) for part in parts):
        return None
    return [float(part) if "." in part else int(part) for part in parts]


# The kinds of rows.


def _word(word: str, field: str, value: object, help: str) -> Token:
    return Token(
        word,
        (field,),
        f"'{word}' alone",
        help,
        word,
        lambda rest: None if rest else {field: value},
        lambda t: "" if getattr(t, field) == value else None,
    )


def _number(word: str, field: str, help: str, example: str, alone: float | None = None) -> Token:
    low, high = RANGES[field]
    whole = field not in FRACTIONAL

    def read(value: str) -> Changes | None:
        if not value and alone is not None:
            return {field: alone}
        numbers = _numbers(value)
        if numbers is None or len(numbers) != 1 or (whole and "." in value) or not low <= numbers[0] <= high:
            return None
        return {field: numbers[0]}

    def write(t: Transform) -> str | None:
        value = getattr(t, field)
        return None if value is None else "" if value == alone else number_text(value)

    kind = "a whole number" if whole else "a number"
    either = "" if alone is None else " alone or"
    expected = f"'{word}'{either} with {kind} from {number_text(low)} to {number_text(high)}"
    return Token(word, (field,), expected, help, example, read, write)


def _alias(row: Token) -> Token:
    return records.replace(row, fields=(), write=lambda t: None)


# The rows that are of no kind but their own.


def _read_size(value: str) -> Changes | None:
    found = re.fullmatch(r"([0-9]{0,5})x([0-9]{0,5})", value)
    width, height = (int(side) if side else None for side in found.groups()) if found else (None, None)
    low, high = RANGES["width"]
    sides = [side for side in (width, height) if side is not None]
    return {"width": width, "height": height} if sides and all(low <= side <= high for side in sides) else None


def _write_size(t: Transform) -> str | None:
    return None if t.width is None and t.height is None else f"{t.width or ''}x{t.height or ''}"


def _read_crop(value: str) -> Changes | None:
    numbers = _numbers(value)
    if numbers is None or len(numbers) != 4 or value.count(".") not in (0, 4):
        return None
    try:
        left, top, width, height = numbers
        return {"crop": Crop(left, top, width, height, relative="." in value)}
    except ValueError:
        return None


def _write_crop(t: Transform) -> str:
    crop = t.crop or Crop(0, 0, 1, 1, relative=True)
    texts = (_decimal(n, crop.relative) for n in (crop.left, crop.top, crop.width, crop.height))
    return "x".join(texts)


def _decimal(value: float, relative: bool) -> str:
    """Write a number, a fraction with a decimal point even where it is whole."""
    text = number_text(value)
    return text if "." in text or not relative else f"{text}.0"


def _read_focus(value: str) -> Changes | None:
    numbers = _numbers(value)
    if numbers is None or len(numbers) != 2 or max(numbers) > 1:
        return None
    return {"anchor": Focus(*numbers)}


def _write_focus(t: Transform) -> str | None:
    return f"{number_text(t.anchor.x)}x{number_text(t.anchor.y)}" if isinstance(t.anchor, Focus) else None


def _read_point(value: str) -> Changes | None:
    numbers = _numbers(value)
    if numbers is None or len(numbers) != 2 or "." in value or max(numbers) > MAX_SOURCE_SIDE:
        return None
    return {"anchor": Point(int(numbers[0]), int(numbers[1]))}


def _write_point(t: Transform) -> str | None:
    return f"{t.anchor.x}x{t.anchor.y}" if isinstance(t.anchor, Point) else None


def _read_shift(value: str) -> Changes | None:
    signs = [-1 if part.startswith("m") else 1 for part in value.split("x")]
    numbers = _numbers("x".join(part.removeprefix("m") for part in value.split("x")))
    if numbers is None or len(numbers) != 2 or value.count(".") not in (0, 2):
        return None
    try:
        return {"shift": Shift(signs[0] * numbers[0], signs[1] * numbers[1], relative="." in value)}
    except ValueError:
        return None


def _write_shift(t: Transform) -> str:
    shift = t.shift or Shift(0, 0)
    return "x".join(("m" if n < 0 else "") + _decimal(abs(n), shift.relative) for n in (shift.x, shift.y))


_MARK = re.compile(r"([0-9]{1,3})([a-z]+)(?:([0-9]{1,3})(?:x(m?[0-9]{1,5})x(m?[0-9]{1,5}))?)?")


def _read_mark(value: str) -> Changes | None:
    match = _MARK.fullmatch(value)
    if not value or match is None:
        return None if value else {"mark": Mark()}
    opacity, name, scale, *offsets = match.groups()
    places: dict[str, Anchor | None] = {place.value: place for place in _FROM} | {"tile": None}
    if name not in places:
        return None
    x, y = (int((text or "0").replace("m", "-")) for text in offsets)
    try:
        return {"mark": Mark(int(opacity), places[name], int(scale or 0), x, y)}
    except ValueError:
        return None


def _write_mark(t: Transform) -> str | None:
    if t.mark is None or t.mark == Mark():
        return None if t.mark is None else ""
    mark = t.mark
    text = f"{mark.opacity}{mark.place.value if mark.place else 'tile'}"
    if mark.scale or mark.x or mark.y:
        text += str(mark.scale)
    if mark.x or mark.y:
        text += "".join("x" + ("m" if n < 0 else "") + str(abs(n)) for n in (mark.x, mark.y))
    return text


def _read_max(value: str) -> Changes | None:
    match = re.fullmatch("([0-9]{1,10})(k?)", value)
    bytes_ = int(match[1]) * (1000 if match[2] else 1) if match else 0
    low, high = RANGES["max_bytes"]
    return {"max_bytes": bytes_} if low <= bytes_ <= high else None


def _write_max(t: Transform) -> str | None:
    if t.max_bytes is None:
        return None
    return f"{t.max_bytes}" if t.max_bytes % 1000 else f"{t.max_bytes // 1000}k"


def _read_pad(value: str) -> Changes | None:
    numbers = _numbers(value)
    if numbers is None or "." in value or len(numbers) not in (1, 2, 4) or max(numbers) > MAX_SIDE:
        return None
    top, right, bottom, left = (int(n) for n in numbers * (4 // len(numbers)))
    return {"pad": Sides(top, right, bottom, left)}


def _write_pad(t: Transform) -> str:
    sides = records.astuple(t.pad) if t.pad else (0,)
    short = sides[:1] if len(set(sides)) == 1 else sides[:2] if sides[:2] == sides[2:] else sides
    return "x".join(str(side) for side in short)


def _read_colour(value: str) -> Changes | None:
    if not re.fullmatch(r"([0-9a-f]{2}){3,4}", value):
        return None
    return {"background": Colour(*bytes.fromhex(value))}


def _read_tint(value: str) -> Changes | None:
    return {"tint": Colour(*bytes.fromhex(value))} if re.fullmatch("([0-9a-f]{2}){3}", value) else None


def _write_tint(t: Transform) -> str | None:
    return None if t.tint is None else bytes(records.astuple(t.tint)[:3]).hex()


def _write_colour(t: Transform) -> str | None:
    if t.background is None:
        return None
    text = bytes(records.astuple(t.background)).hex()
    return text[:6] if t.background.alpha == 255 else text


SIZE = Token(
    "",
    ("width", "height"),
    f"a size, '<width>x<height>', '<width>x' or 'x<height>' with sides from 1 to {MAX_SIDE}",
    "The box in CSS pixels; a side that is left out follows from the proportions.",
    "300x200",
    _read_size,
    _write_size,
)

_FITS = {
    Fit.COVER: "Fill the box and crop what is over. The default where both sides are given.",
    Fit.CONTAIN: "The whole image in the box, the rest of the box padded.",
    Fit.INSIDE: "The whole image, as large as fits into the box, without padding.",
    Fit.OUTSIDE: "The smallest image that covers the box, not cropped.",
    Fit.FILL: "Stretch to the box.",
    Fit.CLIP: "Fill the box and crop what is over; a side for which the source has too few pixels is cut short.",
}
_FROM = [anchor for anchor in Anchor if anchor is not Anchor.SMART]
_ANCHORS = {
    **{anchor: f"What a crop keeps, or where padding leaves it: {anchor.value}." for anchor in Anchor},
    Anchor.CENTER: "What a crop keeps, or where padding leaves it: center, the default.",
    Anchor.SMART: "A crop keeps what catches the eye, found by looking at the picture.",
}

TOKENS: tuple[Token, ...] = (
    SIZE,
    *(_word(fit.value, "fit", fit, help) for fit, help in _FITS.items()),
    _word(
        "adaptive",
        "adaptive",
        True,
        "For a source that lies the other way than the box, the box is turned (`inside`, `outside`), or the whole "
        "image is shown in it (`cover`, `clip`).",
    ),
    *(_word(anchor.value, "anchor", anchor, help) for anchor, help in _ANCHORS.items()),
    Token(
        "focus",
        ("anchor",),
        "'focus<x>x<y>' with fractions of width and height from 0 to 1",
        "What a crop keeps as central as it can, as fractions of width and height.",
        "focus0.25x0.4",
        _read_focus,
        _write_focus,
    ),
    Token(
        "point",
        ("anchor",),
        "'point<x>x<y>' in whole pixels of the source",
        "What a crop keeps as central as it can, in pixels of the source as it is seen.",
        "point320x200",
        _read_point,
        _write_point,
    ),
    Token(
        "shift",
        ("shift",),
        f"'shift<x>x<y>' in whole pixels up to {MAX_SIDE}, or as fractions up to 1.0 with a decimal point, an 'm' "
        "before what is negative",
        "Move a crop, or the image in a larger box, from where its anchor puts it: inwards from a side, else right and "
        "down.",
        "shift10xm20",
        _read_shift,
        _write_shift,
    ),
    _word("enlarge", "enlarge", True, "The result may have more pixels than the source gives."),
    Token(
        "crop",
        ("crop",),
        "'crop<left>x<top>x<width>x<height>', all four in whole pixels, or all four as fractions up to 1.0 with a "
        "decimal point, and neither width nor height 0",
        "Cut this out of the source first: pixels, or fractions of its sides when written with a decimal point.",
        "crop0.1x0.1x0.5x0.5",
        _read_crop,
        _write_crop,
    ),
    *(
        _word(
            f"from{anchor.value}", "crop_from", anchor, f"Count the crop's left and top inwards from: {anchor.value}."
        )
        for anchor in _FROM
    ),
    _number("trim", "trim", "Cut a border of one colour off first; how much it may vary, alone 10.", "trim", alone=10),
    _word("unoriented", "oriented", False, "Leave the pixels as they are stored, whatever orientation the file names."),
    _number("rotate", "rotate", "Turn clockwise by degrees, after the orientation in the file.", "rotate90"),
    _word("flip", "flip", True, "Mirror top to bottom, before turning."),
    _word("flop", "flop", True, "Mirror left to right, before turning."),
    Token(
        "pad",
        ("pad",),
        f"'pad' with one, two or four whole numbers joined by x, each at most {MAX_SIDE}",
        "Add a border, outside the box: all sides, vertical x horizontal, or top x right x bottom x left.",
        "pad20",
        _read_pad,
        _write_pad,
    ),
    Token(
        "bg",
        ("background",),
        "'bg' with a colour as 6 or 8 lower-case hexadecimal digits",
        "The colour behind transparency and in added borders; without it transparent, or white where that cannot be.",
        "bgffcc00",
        _read_colour,
        _write_colour,
    ),
    _number(
        "round",
        "round",
        "Round the corners by this radius in pixels; alone as far as it goes, which makes a square a circle.",
        "round20",
        alone=MAX_SIDE,
    ),
    _word(
        "fine",
        "fine",
        True,
        "Decode a JPEG with at least twice the width and height that the result needs: slower, truer in its details.",
    ),
    _number("blur", "blur", "Blur by this sigma in pixels.", "blur5"),
    _number("sharpen", "sharpen", "Sharpen after resizing, by this sigma in pixels, alone 1.", "sharpen", alone=1),
    _number("pixelate", "pixelate", "Make it of squares of this side in pixels.", "pixelate12"),
    Token(
        "tint",
        ("tint",),
        "'tint' with a colour as 6 lower-case hexadecimal digits",
        "Give all of it the hue of a colour; what is light and dark stays so.",
        "tint704214",
        _read_tint,
        _write_tint,
    ),
    Token(
        "mark",
        ("mark",),
        "'mark' alone, or with an opacity in percent and a place or 'tile', then perhaps a scale in percent, and that "
        "perhaps with 'x<x>x<y>'",
        "Lay the watermark of the settings over it: so opaque, there or in tiles, fitted into so much of the result (0 "
        "is its own size), moved inwards or parted by so many pixels.",
        "mark50southeast20x10x10",
        _read_mark,
        _write_mark,
    ),
    _word("grayscale", "grayscale", True, "Take the colour out."),
    _number("brightness", "brightness", "Brightness in percent.", "brightness120"),
    _number("contrast", "contrast", "Contrast in percent.", "contrast80"),
    _number("saturation", "saturation", "Saturation in percent.", "saturation150"),
    _alias(_word("still", "frame", 1, "The first frame of an animation only; the same as frame1.")),
    _alias(_number("page", "frame", "One page of a document, counted from 1; the same as frame.", "page2")),
    _number("frame", "frame", "One frame of an animation, counted from 1.", "frame3"),
    _number("dpr", "dpr", "Device pixels per CSS pixel: multiplies sizes, padding, corners and blur.", "dpr2"),
    _number("q", "quality", "Quality of a lossy format; each has a default of its own.", "q80"),
    _word(
        "qauto",
        "quality_auto",
        True,
        "The least quality, up to the default, that leaves the image as similar as the setting `similarity` says.",
    ),
    Token(
        "max",
        ("max_bytes",),
        "'max' with a number of bytes from 1 to 1000000000, or of thousands with a 'k'",
        "Lower the quality until the result has no more bytes than this, as far as that goes.",
        "max200k",
        _read_max,
        _write_max,
    ),
    _word("lossless", "lossless", True, "Lossless, for WebP and AVIF."),
)

#: The rows that start with a word, by it.
WORDS = {row.word: row for row in TOKENS if row.word}
