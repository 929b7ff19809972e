"""
What the dialects of other image servers share: the URL as it came, notes on its words, and readers of common arguments.

A dialect is another spelling of native derivatives: a URL in it is turned into what the native grammar would have read,
so a derivative is stored under one name in whichever dialect it is asked for. The path and the query are read as they
came, still percent-encoded, because the other servers sign them like that.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from firstsight import percent
from firstsight.errors import BadPath, BadToken
from firstsight.grammars.wanted import Wanted
from firstsight.records import dataclass, field
from firstsight.settings import Settings
from firstsight.tokens import FORMAT_NAMES
from firstsight.transform import LOSSY, Colour, Format, Transform

Changes = dict[str, Any]


@dataclass(frozen=True, slots=True)
class RawUrl:
    """A URL as it came, percent-encoded: the path without its leading slash, and the query without its `?`."""

    path: str
    query: str = ""


@dataclass(slots=True)
class Notes:
    """
    Notes on a URL: each of its words, in order, and what it means here. `firstsight translate` prints them.

    A word that cannot be done here is refused, or with `lenient` noted as left out. A URL of more than `most` words is
    refused as well.
    """

    lenient: bool = False
    most: int | None = None
    lines: list[tuple[str, Changes | str]] = field(default_factory=list)

    def add(self, word: str, meaning: Changes | str) -> Changes:
        """
        Note what a word means, as changes of a transform or in a sentence, and give the changes.

        Raises BadToken for one word too many.
        """
        if self.most is not None and len(self.lines) >= self.most:
            raise BadToken(word, f"at most {self.most} words", remedy="Leave some out, or raise limits.tokens.")
        self.lines.append((word, meaning))
        return {} if isinstance(meaning, str) else meaning

    def refuse(self, word: str, expected: str) -> Changes:
        """Raise BadToken, or note that the word is left out."""
        if not self.lenient:
            name = re.split(r"[:(=]", word, maxsplit=1)[0]
            raise BadToken(
                word, expected, remedy=f"Leave '{name}' out, or set dialects.lenient to have such words passed over."
            )
        return self.add(word, "left out")


class Mistake(ValueError):
    """A word's arguments are wrong. The text is what was expected of them, as `Notes.refuse` takes it."""


@dataclass(frozen=True, slots=True)
class Dialect:
    """
    One dialect: its name, its form, and how it is read.

    `read` gives None for a request that is not of its form, and raises BadPath, BadToken or NotAllowed for one that is,
    with a mistake in it.
    """

    name: str
    form: str
    read: Callable[[RawUrl, Settings, Notes], Wanted | None]


def decoded(text: str) -> str:
    """Decode percent signs. Raises BadPath for what is not UTF-8 then."""
    try:
        return percent.decode(text).decode()
    except UnicodeError:
        raise BadPath("Expected a path in UTF-8.", remedy="Percent-encode the bytes of the UTF-8 text.") from None


def build(changes: Mapping[str, Any], word: str) -> Transform:
    """Make the transform of some changes. Raises BadToken for a number out of range."""
    try:
        return Transform(**changes)
    except ValueError as error:
        raise BadToken(
            word, str(error).removeprefix("Expected ").partition(" but got")[0], remedy="Mend the number."
        ) from None


def source_format(source: str, settings: Settings) -> Format:
    """
    Give the format where a URL names none: the source's, by the end of its name, or `auto` where the settings say so.

    A name that does not tell gets `auto` too.
    """
    if settings.dialects.auto_format:
        return Format.AUTO
    return FORMAT_NAMES.get(source.rpartition(".")[2].lower(), Format.AUTO)


def with_quality(changes: Changes, qualities: Mapping[Format, int]) -> Changes:
    """Add a dialect's own default quality for the format, where the URL names none."""
    format = changes.get("format", Format.AUTO)
    if "quality" in changes or format not in LOSSY or format not in qualities:
        return changes
    return {**changes, "quality": qualities[format]}


def read_number(text: str, low: float, high: float) -> float | None:
    """Read a decimal number in a range, or give None."""
    if not re.fullmatch(r"[+-]?([0-9]{1,12}(\.[0-9]{0,12})?|\.[0-9]{1,12})", text, re.ASCII):
        return None
    value = float(text)
    return (int(value) if value == int(value) else value) if low <= value <= high else None


#: The colours that HTML 4 and CSS 1 name, and some more that are used.
_NAMED = dict(
    re.findall(
        "([a-z]+)=([0-9a-f]+)",
        "black=000000 silver=c0c0c0 gray=808080 grey=808080 white=ffffff maroon=800000 red=ff0000 purple=800080 "
        "fuchsia=ff00ff magenta=ff00ff green=008000 lime=00ff00 olive=808000 yellow=ffff00 navy=000080 blue=0000ff "
        "teal=008080 aqua=00ffff cyan=00ffff orange=ffa500 pink=ffc0cb gold=ffd700 brown=a52a2a transparent=ffffff00 "
        "none=ffffff00",
    )
)


def read_colour(text: str) -> Colour | None:
    """Read `ffcc00`, `#ffcc00`, `fc0`, with or without alpha, or the name of a colour."""
    digits = _NAMED.get(text.lower(), text.removeprefix("#"))
    if re.fullmatch("[0-9a-fA-F]{3,4}", digits):
        digits = "".join(digit * 2 for digit in digits)
    if not re.fullmatch("([0-9a-fA-F]{2}){3,4}", digits):
        return None
    return Colour(*bytes.fromhex(digits))


def first_of(pairs: Iterable[tuple[str, str]]) -> dict[str, str]:
    """Give a mapping of which the first of several values holds."""
    found: dict[str, str] = {}
    for name, value in pairs:
        found.setdefault(name, value)
    return found
