"""
The words of a spec: TOKENS, a row for each, in canonical order.

A row reads and writes one token and says what it means. How tokens make a spec is in tokens.py; the reference page and
the form of the page at `/` are made from these rows.
"""

import re
from collections.abc import Callable

from firstsight.records import dataclass, replace
from firstsight.spelling import (
    PLACES,
    Changes,
    number_text,
    read_colour,
    read_crop,
    read_focus,
    read_label,
    read_least,
    read_mark,
    read_max,
    read_numbers,
    read_pad,
    read_point,
    read_shift,
    read_size,
    read_tint,
    write_colour,
    write_crop,
    write_focus,
    write_label,
    write_least,
    write_mark,
    write_max,
    write_pad,
    write_point,
    write_shift,
    write_size,
    write_tint,
)
from firstsight.transform import (
    FRACTIONAL,
    MAX_SIDE,
    RANGES,
    Anchor,
    Backdrop,
    Fit,
    PadTo,
    Transform,
)


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


def find(text: str) -> Token | None:
    """Give the row that a token belongs to, rightly written or not, by its shape or the word it starts with."""
    if _SIZE.fullmatch(text):
        return SIZE
    word = re.split("[^a-z]", text, maxsplit=1)[0]
    return WORDS.get(word) or next((WORDS[name] for name in _BEFORE_LETTERS if word.startswith(name)), None)


#: The words whose value may begin with a letter: a colour's digit, the `m` of a minus, an `x`.
_BEFORE_LETTERS = ("bg", "tint", "shift", "least")
_SIZE = re.compile(r"[0-9]+(x[0-9]*)?|x[0-9]+")


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
        numbers = read_numbers(value)
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
    return replace(row, fields=(), write=lambda t: None)


# The rows that are of no kind but their own.


SIZE = Token(
    "",
    ("width", "height"),
    f"a size, '<width>x<height>', '<width>x' or 'x<height>' with sides from 1 to {MAX_SIDE}",
    "The box in CSS pixels; a side that is left out follows from the proportions.",
    "300x200",
    read_size,
    write_size,
)

_FITS = {
    Fit.COVER: "Fill the box and crop what is over. The default where both sides are given.",
    Fit.CONTAIN: "The whole image in the box, the rest of the box padded.",
    Fit.INSIDE: "The whole image, as large as fits into the box, without padding.",
    Fit.OUTSIDE: "The smallest image that covers the box, not cropped.",
    Fit.FILL: "Stretch to the box.",
    Fit.CLIP: "Fill the box and crop what is over; a side for which the source has too few pixels is cut short.",
}
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
        read_focus,
        write_focus,
    ),
    Token(
        "point",
        ("anchor",),
        "'point<x>x<y>' in whole pixels of the source",
        "What a crop keeps as central as it can, in pixels of the source as it is seen.",
        "point320x200",
        read_point,
        write_point,
    ),
    Token(
        "shift",
        ("shift",),
        f"'shift<x>x<y>' in whole pixels up to {MAX_SIDE}, or as fractions up to 1.0 with a decimal point, an 'm' "
        "before what is negative",
        "Move a crop, or the image in a larger box, from where its anchor puts it: inwards from a side, else right and "
        "down.",
        "shift10xm20",
        read_shift,
        write_shift,
    ),
    _word("enlarge", "enlarge", True, "The result may have more pixels than the source gives."),
    Token(
        "least",
        ("least_width", "least_height"),
        f"'least<width>x<height>', 'least<width>x' or 'leastx<height>' with sides from 1 to {MAX_SIDE}",
        "The result has at least so many pixels, enlarged if need be, and is then cropped to its box.",
        "least200x100",
        read_least,
        write_least,
    ),
    _word("padbox", "pad_to", PadTo.BOX, "What is smaller than the box is padded to it, whatever the fit."),
    _word("padratio", "pad_to", PadTo.RATIO, "The result is padded as far as it needs for the box's proportions."),
    Token(
        "crop",
        ("crop",),
        "'crop<left>x<top>x<width>x<height>', all four in whole pixels, or all four as fractions up to 1.0 with a "
        "decimal point, and neither width nor height 0",
        "Cut this out of the source first: pixels, or fractions of its sides when written with a decimal point.",
        "crop0.1x0.1x0.5x0.5",
        read_crop,
        write_crop,
    ),
    *(
        _word(
            f"from{anchor.value}", "crop_from", anchor, f"Count the crop's left and top inwards from: {anchor.value}."
        )
        for anchor in PLACES
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
        read_pad,
        write_pad,
    ),
    Token(
        "bg",
        ("background",),
        "'bg' with a colour as 6 or 8 lower-case hexadecimal digits",
        "The colour behind transparency and in added borders; without it transparent, or white where that cannot be.",
        "bgffcc00",
        read_colour,
        write_colour,
    ),
    _word("bgblur", "backdrop", Backdrop.BLUR, "Added borders show the picture itself, stretched and blurred."),
    _word("bgmean", "backdrop", Backdrop.MEAN, "Added borders have the mean of the picture's colours."),
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
        read_tint,
        write_tint,
    ),
    Token(
        "mark",
        ("mark",),
        "'mark' alone, or with an opacity in percent and a place or 'tile', then perhaps a scale in percent, that "
        "perhaps with 'x<x>x<y>', and these perhaps with 'x<key>'",
        "Lay the watermark of the settings over it, or another that they allow by its key: so opaque, there or in "
        "tiles, fitted into so much of the result (0 is its own size), moved inwards or parted by so many pixels. In "
        "the key all but small letters and digits, and x, are written as x and two hexadecimal digits.",
        "mark50southeast20x10x10",
        read_mark,
        write_mark,
    ),
    Token(
        "label",
        ("label",),
        "'label<size><place><x>x<y>x<colour>x<text>' with a size from 1 to 1000 in pixels, a place, offsets, a colour "
        "of 6 or 8 digits and a text of at most 200 bytes",
        "Write a line of text over it: so large, there, moved inwards by so many pixels, in this colour. In the text "
        "all but small letters and digits, and x, are written as x and two hexadecimal digits of UTF-8.",
        "label24south0x10xffffffxhellox20world",
        read_label,
        write_label,
    ),
    _word("normalize", "normalize", True, "Spread what is light and dark over all that can be shown."),
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
        read_max,
        write_max,
    ),
    _word("lossless", "lossless", True, "Lossless, for WebP and AVIF."),
)

#: The rows that start with a word, by it.
WORDS = {row.word: row for row in TOKENS if row.word}
