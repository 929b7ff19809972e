"""The filters of a thumbor URL as calls: how they are told from the image, and how their arguments are read."""

import base64
import binascii
import re

from firstsight.errors import BadToken
from firstsight.grammars.dialect import Changes, Mistake, read_colour, read_number
from firstsight.records import dataclass
from firstsight.settings import Settings
from firstsight.settings.dialects import Flavour
from firstsight.transform import Colour


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

    def colour(self, index: int) -> Colour:
        """Give an argument that has to be a colour. Raises Mistake."""
        colour = read_colour(self.arguments[index]) if index < len(self.arguments) else None
        if colour is None:
            raise Mistake(f"'{self.name}' with a colour such as ffcc00, or the name of a common one")
        return colour


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


def plain(text: str) -> str:
    """Give the text of an argument or an image that may be `b64:` and base64url."""
    if re.fullmatch("b64:[A-Za-z0-9_-]+", text):
        try:
            return base64.b64decode(text[4:] + "=" * (-len(text[4:]) % 4), altchars=b"-_").decode()
        except (binascii.Error, ValueError):
            return text
    return text
