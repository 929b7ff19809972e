"""
The text of a transform, both ways: `300x200-contain-bgffffff.webp`.

A spec is tokens joined by `-`, each of letters and digits (and a decimal point where a number needs one), then a dot and
the format. TOKENS is the whole language: a row reads and writes one token, and the reference page is printed from it.
Its order is the canonical order.
"""

import dataclasses
import difflib
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from firstsight.errors import BadToken
from firstsight.transform import DECIMALS, MAX_SIDE, RANGES, Anchor, Colour, Crop, Fit, Focus, Format, Sides, Transform, applies

#: The spec of a transform that changes nothing but, perhaps, the format.
FULL = "full"
#: The spec of a description of the source.
INFO = "info"
#: The most tokens a spec may have.
MAX_TOKENS = 32

Changes = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Token:
    """
    One row of the language.

    `read` takes what follows the word and gives the fields it sets, or None if it is of the wrong form; `write` gives
    the text of those fields, or None when this row cannot spell them.
    """

    word: str
    fields: tuple[str, ...]
    expected: str
    help: str
    example: str
    read: Callable[[str], Changes | None]
    write: Callable[[Transform], str | None]


def parse(text: str, base: Transform | None = None) -> Transform:
    """
    Read a spec, with its format if it names one.

    `base` is the transform that the tokens change: a preset's, or by default one that changes nothing.
    Raises BadToken naming the first token that is not understood.
    """
    spec, format = split_format(text)
    return parse_tokens(spec.split("-") if spec else [], base or Transform(), format)


def parse_tokens(tokens: list[str], base: Transform, format: Format | None) -> Transform:
    """Apply tokens, then the format, to a base. Raises BadToken."""
    if len(tokens) > MAX_TOKENS:
        raise BadToken("-".join(tokens), f"at most {MAX_TOKENS} tokens", remedy="Leave some out.")
    changes: Changes = {}
    for text in tokens:
        if text in (FULL, INFO) and len(tokens) == 1:
            continue
        for name, value in _read(text).items():
            if name in changes and changes[name] != value:
                raise BadToken(text, f"only one token to set {name}", remedy="Leave one of them out.")
            changes[name] = value
    if format is not None:
        changes["format"] = format
    try:
        return dataclasses.replace(base, **changes)
    except ValueError as error:  # values are checked as they are read, so this names only what two of them make together
        raise BadToken("-".join(tokens), str(error)) from error


@lru_cache(4096)  # a request asks for the same few texts again and again
def build(transform: Transform, base: Transform | None = None) -> str:
    """
    Write the canonical spec of a transform, without its format.

    With a `base` only what differs from it is spelled, and nothing at all gives the empty text.
    """
    tokens = list(_write(transform, base or Transform()))
    if tokens or base is not None:
        return "-".join(tokens)
    return INFO if transform.format is Format.JSON else FULL


def canonical(transform: Transform) -> str:
    """Write the one text of a transform, with its format unless that is `auto`."""
    return build(transform) + extension(transform.format)


def extension(format: Format) -> str:
    """Give `.webp` and the like; nothing for `auto`."""
    return "" if format is Format.AUTO else f".{format.value}"


def split_format(text: str) -> tuple[str, Format | None]:
    """Split `300x200.webp` into the spec and the format. Raises BadToken for a format that is unknown."""
    spec, dot, name = text.rpartition(".")
    if not dot or name[:1].isdigit():  # the dot is a number's decimal point
        return text, None
    try:
        return spec, Format(FORMAT_ALIASES.get(name, name))
    except ValueError:
        expected = f"a format, one of {', '.join(f.value for f in Format)}"
        raise BadToken(name, expected, remedy="Leave it out to have one chosen.") from None


#: Other spellings of a format, answered with a redirect to the canonical one.
FORMAT_ALIASES = {"jpeg": "jpg"}


def is_token(text: str) -> bool:
    """Whether the text would be read as a token, right or wrong, so that no preset can have this name."""
    try:
        _read(text)
    except BadToken:
        return False
    return True


def _read(text: str) -> Changes:
    if re.fullmatch(r"\d+(x\d*)?|x\d+", text):
        text_word, row = "", SIZE
    else:
        text_word = next((word for word in _WORDS if text.startswith(word)), None) or _unknown(text)
        row = _ROWS[text_word]
    changes = row.read(text.removeprefix(text_word))
    if changes is None:
        raise BadToken(text, row.expected, remedy=f"For example '{row.example}'.")
    return changes


def _unknown(text: str) -> str:
    word = re.sub(r"[\d.].*", "", text)
    near = difflib.get_close_matches(word, [word for word in _ROWS if word], 1)
    raise BadToken(text, "a known token", remedy=f"Did you mean '{near[0]}'?" if near else "See the list of tokens.")


def _write(transform: Transform, base: Transform) -> Iterator[str]:
    for row in TOKENS:
        changed = (name for name in row.fields if getattr(transform, name) != getattr(base, name))
        if any(applies(transform, name) for name in changed):
            value = row.write(transform)
            if value is not None:
                yield row.word + value


# What the rows are made with.


def number_text(value: float) -> str:
    """Write a number as a spec spells it: at most four decimals and no trailing zeros."""
    return f"{value:.{DECIMALS}f}".rstrip("0").rstrip(".")


_NUMBER = rf"\d{{1,6}}(?:\.\d{{1,{DECIMALS}}})?"


def _numbers(value: str, separator: str = "x") -> list[float] | None:
    parts = value.split(separator)
    if not all(re.fullmatch(_NUMBER, part) for part in parts):
        return None
    return [float(part) if "." in part else int(part) for part in parts]


def _flag(word: str, help: str, field: str = "") -> Token:
    name = field or word
    return Token(
        word,
        (name,),
        f"'{word}' alone",
        help,
        word,
        lambda value: None if value else {name: True},
        lambda t: "" if getattr(t, name) else None,
    )


def _number(
    word: str, field: str, help: str, example: str, *, whole: bool = False, default: float | None = None
) -> Token:
    low, high = RANGES[field]
    kind = "a whole number" if whole else "a number"
    optional = "" if default is None else f"; '{word}' alone is {word}{number_text(default)}"

    def read(value: str) -> Changes | None:
        if not value and default is not None:
            return {field: default}
        numbers = _numbers(value)
        if numbers is None or len(numbers) != 1 or (whole and "." in value) or not low <= numbers[0] <= high:
            return None
        return {field: numbers[0]}

    def write(t: Transform) -> str | None:
        value = getattr(t, field)
        return None if value is None else "" if value == default else number_text(value)

    expected = f"'{word}' with {kind} from {number_text(low)} to {number_text(high)}{optional}"
    return Token(word, (field,), expected, help, example, read, write)


def _choice(value: Any, field: str, help: str) -> Token:
    word = value.value
    return Token(
        word,
        (field,),
        f"'{word}' alone",
        help,
        word,
        lambda rest: None if rest else {field: value},
        lambda t: "" if getattr(t, field) is value else None,
    )


def _read_size(value: str) -> Changes | None:
    width, x, height = value.partition("x")
    sides = {"width": int(width) if width else None, "height": int(height) if height else None}
    fits = all(side is None or RANGES["width"][0] <= side <= MAX_SIDE for side in sides.values())
    return sides if x and fits else None


def _write_size(t: Transform) -> str | None:
    return None if t.width is None and t.height is None else f"{t.width or ''}x{t.height or ''}"


def _read_crop(value: str) -> Changes | None:
    numbers = _numbers(value)
    relative = "." in value
    if numbers is None or len(numbers) != 4 or (relative and value.count(".") != 4):
        return None
    try:
        return {"crop": Crop(*numbers, relative=relative)}
    except ValueError:
        return None


def _write_crop(t: Transform) -> str | None:
    if t.crop is None:
        return None
    numbers = (t.crop.left, t.crop.top, t.crop.width, t.crop.height)
    texts = (number_text(n) for n in numbers)
    return "x".join(text if "." in text or not t.crop.relative else f"{text}.0" for text in texts)


def _read_focus(value: str) -> Changes | None:
    numbers = _numbers(value)
    if numbers is None or len(numbers) != 2 or not all(0 <= n <= 1 for n in numbers):
        return None
    return {"anchor": Focus(*numbers)}


def _write_focus(t: Transform) -> str | None:
    return f"{number_text(t.anchor.x)}x{number_text(t.anchor.y)}" if isinstance(t.anchor, Focus) else None


def _read_pad(value: str) -> Changes | None:
    numbers = _numbers(value)
    if numbers is None or "." in value or len(numbers) not in (1, 2, 4) or max(numbers) > MAX_SIDE:
        return None
    top, right, bottom, left = (int(n) for n in (numbers * (4 // len(numbers))))
    return {"pad": Sides(top, right, bottom, left)}


def _write_pad(t: Transform) -> str | None:
    if t.pad is None:
        return None
    sides = dataclasses.astuple(t.pad)
    short = sides[:1] if len(set(sides)) == 1 else sides[:2] if sides[:2] == sides[2:] else sides
    return "x".join(str(side) for side in short)


def _read_colour(value: str) -> Changes | None:
    if not re.fullmatch(r"(?:[0-9a-f]{2}){3,4}", value):
        return None
    return {"background": Colour(*bytes.fromhex(value))}


def _write_colour(t: Transform) -> str | None:
    if t.background is None:
        return None
    text = bytes(dataclasses.astuple(t.background)).hex()
    return text.removesuffix("ff") if len(text) == 8 and t.background.alpha == 255 else text


def _read_round(value: str) -> Changes | None:
    return {"round": MAX_SIDE} if value == "" else ROUND.read(value)


ROUND = _number("round", "round", "", "", whole=True)

SIZE = Token(
    "",
    ("width", "height"),
    f"a size, '<width>x<height>', '<width>x' or 'x<height>' with sides from 1 to {MAX_SIDE}",
    "The box in CSS pixels; a side that is left out follows from the proportions.",
    "300x200",
    _read_size,
    _write_size,
)

TOKENS: tuple[Token, ...] = (
    SIZE,
    _choice(Fit.COVER, "fit", "Fill the box and crop what is over. The default where both sides are given."),
    _choice(Fit.CONTAIN, "fit", "The whole image in the box, the rest of the box padded."),
    _choice(Fit.INSIDE, "fit", "The whole image, as large as fits into the box, without padding."),
    _choice(Fit.OUTSIDE, "fit", "The smallest image that covers the box, not cropped."),
    _choice(Fit.FILL, "fit", "Stretch to the box."),
    *(_choice(anchor, "anchor", f"What a crop keeps, or where padding leaves it: {anchor.value}.") for anchor in Anchor),
    Token(
        "focus",
        ("anchor",),
        "'focus<x>x<y>' with fractions of width and height from 0 to 1",
        "What a crop keeps as central as it can, as fractions of width and height.",
        "focus0.25x0.4",
        _read_focus,
        _write_focus,
    ),
    _flag("enlarge", "The result may have more pixels than the source gives."),
    Token(
        "crop",
        ("crop",),
        "'crop<left>x<top>x<width>x<height>', all four in whole pixels or all four as fractions with a decimal point",
        "Cut this out of the source first: pixels, or fractions of its sides when written with a decimal point.",
        "crop0.1x0.1x0.5x0.5",
        _read_crop,
        _write_crop,
    ),
    _number("trim", "trim", "Cut a border of one colour off first; how much it may vary.", "trim", whole=True, default=10),
    _number("rotate", "rotate", "Turn clockwise by degrees, after the orientation in the file.", "rotate90"),
    _flag("flip", "Mirror top to bottom, before turning."),
    _flag("flop", "Mirror left to right, before turning."),
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
    Token(
        "round",
        ("round",),
        f"'round' alone, or with a radius in whole pixels up to {MAX_SIDE}",
        "Round the corners by this radius; alone as far as it goes, which makes a square a circle.",
        "round20",
        _read_round,
        lambda t: "" if t.round == MAX_SIDE else str(t.round),
    ),
    _number("blur", "blur", "Blur by this sigma in pixels.", "blur5"),
    _number("sharpen", "sharpen", "Sharpen after resizing, by this sigma in pixels.", "sharpen", default=1),
    _flag("grayscale", "Take the colour out."),
    _number("brightness", "brightness", "Brightness in percent.", "brightness120", whole=True),
    _number("contrast", "contrast", "Contrast in percent.", "contrast80", whole=True),
    _number("saturation", "saturation", "Saturation in percent.", "saturation150", whole=True),
    Token(
        "still",
        (),
        "'still' alone",
        "The first frame of an animation only; the same as frame1.",
        "still",
        lambda value: None if value else {"frame": 1},
        lambda t: None,
    ),
    Token(
        "page",
        (),
        "'page' with a whole number from 1",
        "One page of a document, counted from 1; the same as frame.",
        "page2",
        lambda value: FRAME.read(value),
        lambda t: None,
    ),
    _number("frame", "frame", "One frame of an animation, counted from 1.", "frame3", whole=True),
    _number("dpr", "dpr", "Device pixels per CSS pixel: multiplies sizes, padding, corners and blur.", "dpr2"),
    _number("q", "quality", "Quality of a lossy format; each has a default of its own.", "q80", whole=True),
    _flag("lossless", "Lossless, for WebP and AVIF."),
)

_ROWS = {row.word: row for row in TOKENS}
FRAME = _ROWS["frame"]
#: Longest first, so that `northeast` is not read as `north`.
_WORDS = sorted((word for word in _ROWS if word), key=len, reverse=True)
