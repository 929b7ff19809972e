"""
How the value of a setting is read, from TOML or from the text of an environment variable.

A reader gives the value, or raises ValueError saying what was expected.
"""

import re
from collections.abc import Callable
from enum import StrEnum
from typing import Any, TypeVar

from firstsight.tokens import SIZE, number_text

Choice = TypeVar("Choice", bound=StrEnum)


def text(value: Any) -> str:
    """Read a text."""
    if not isinstance(value, str):
        raise ValueError("a text in quotes")
    return value


def texts(value: Any) -> tuple[str, ...]:
    """Read a list of texts."""
    words = items(value)
    if not all(isinstance(word, str) and word for word in words):
        raise ValueError("a list of texts in quotes")
    return tuple(words)


def header(value: Any) -> str:
    """Read the value of an HTTP header."""
    if not isinstance(value, str) or not re.fullmatch(r"[\x20-\x7e]*", value):
        raise ValueError("a line of ASCII in quotes")
    return value.strip()


def one_of(kind: type[Choice]) -> Callable[[Any], Choice]:
    """Read one of the words of an enum."""

    def read(value: Any) -> Choice:
        try:
            return kind(value)
        except ValueError:
            raise ValueError("one of " + _quoted(kind)) from None

    return read


def some_of(kind: type[Choice]) -> Callable[[Any], tuple[Choice, ...]]:
    """Read a list of words of an enum, at least one."""

    def read(value: Any) -> tuple[Choice, ...]:
        try:
            words = tuple(kind(word) for word in items(value))
        except ValueError:
            words = ()
        if not words:
            raise ValueError("a list of some of " + _quoted(kind))
        return words

    return read


def number(low: float, high: float, *, whole: bool = True) -> Callable[[Any], Any]:
    """Read a number in a range."""

    def read(value: Any) -> Any:
        try:
            result = float(value) if not isinstance(value, bool) else None
        except (TypeError, ValueError, OverflowError):
            result = None
        if result is None or not low <= result <= high or (whole and result != int(result)):
            kind = "a whole number" if whole else "a number"
            raise ValueError(f"{kind} from {number_text(low)} to {number_text(high)}")
        return int(result) if whole else result

    return read


def truth(value: Any) -> bool:
    """Read true or false."""
    words = {"true": True, "1": True, "yes": True, "false": False, "0": False, "no": False}
    result = value if isinstance(value, bool) else words.get(str(value).lower())
    if result is None:
        raise ValueError("true or false")
    return result


def sizes(value: Any) -> tuple[tuple[int, int], ...]:
    """Read a list of sizes of which both sides are given."""
    found = []
    for word in items(value):
        box = SIZE.read(word) if isinstance(word, str) else None
        if box is None or None in box.values():
            raise ValueError('a list of sizes such as ["300x200", "90x90"]')
        found.append((box["width"], box["height"]))
    return tuple(found)


def versions(value: Any) -> tuple[str, ...]:
    """Read versions of CarrierWave: each a directory, in which `*` is any one segment, and the version's name."""
    if not isinstance(value, list) or not all(
        isinstance(word, str) and re.fullmatch(r"(?:[^/]+/)*[^/]+", word) for word in value
    ):
        raise ValueError('a list of directories with the name of a version, such as ["uploads/user/avatar/*/thumb"]')
    return tuple(value)


def items(value: Any) -> list[Any]:
    """Read a list; in an environment variable its items are joined by commas."""
    if isinstance(value, str):
        return [word.strip() for word in value.split(",") if word.strip()]
    if not isinstance(value, list):
        raise ValueError("a list")
    return value


def _quoted(kind: type[StrEnum]) -> str:
    return ", ".join(f'"{choice.value}"' for choice in kind)
