"""
The text of a transform, both ways: `300x200-contain-bgffffff.webp`.

A spec is tokens joined by `-`, each of letters and digits (and a decimal point where a number needs one), then a dot
and the format. Every transform has one canonical text, which spells nothing that is as it would be anyway, in the
order of TOKENS.
"""

import re
from collections.abc import Iterable, Iterator
from functools import lru_cache

from firstsight import records
from firstsight.errors import BadToken
from firstsight.spelling import Changes, number_text
from firstsight.transform import Format, Transform, applies
from firstsight.vocabulary import SIZE, TOKENS, Token, find

__all__ = [
    "FORMAT_ALIASES",
    "FORMAT_NAMES",
    "FULL",
    "INFO",
    "SIZE",
    "TOKENS",
    "Token",
    "apply",
    "build",
    "canonical",
    "check_count",
    "extension",
    "is_token",
    "number_text",
    "parse",
    "read_format",
    "split_format",
    "unknown",
]

#: The spec of a transform that changes nothing but, perhaps, the format.
FULL = "full"
#: The spec of a description of the source.
INFO = "info"
#: Other spellings of a format, answered with a redirect to the canonical one.
FORMAT_ALIASES = {"jpeg": "jpg"}
#: The formats that an image can be written in, by all their names, which are also the extensions of their files.
FORMAT_NAMES = {format.value: format for format in Format if format not in (Format.AUTO, Format.JSON)}
FORMAT_NAMES |= {alias: FORMAT_NAMES[name] for alias, name in FORMAT_ALIASES.items()}


@lru_cache(4096)  # a request asks for the same few texts again and again
def parse(text: str) -> Transform:
    """Read a spec, with its format if it names one. Raises BadToken naming the first token that is not understood."""
    spec, format = split_format(text)
    if not spec:
        raise BadToken(
            text, "a spec before the format", remedy="For example '300x200.webp', or 'full.webp' for its own size."
        )
    if spec == INFO:
        if format not in (None, Format.JSON):
            raise BadToken(text, f"'{INFO}.json'", remedy=f"For an image of its own size, '{FULL}{extension(format)}'.")
        return Transform(format=Format.JSON)
    return apply([] if spec == FULL else spec.split("-"), Transform(), format)


def check_count(spec: str, most: int) -> None:
    """Raise BadToken for a spec of more tokens than that, before any of them is read."""
    count = spec.count("-") + 1
    if count > most:
        raise BadToken(spec, f"at most {most} tokens", remedy="Leave some out, or raise limits.tokens.")


def apply(tokens: list[str], base: Transform, format: Format | None) -> Transform:
    """
    Change a base, a preset's transform say, by tokens and the format. Raises BadToken.

    A token that can have no effect on the result leaves what the base has, which no token could take away.
    """
    changes: Changes = {}
    for text in tokens:
        for name, value in _read(text).items():
            if name in changes and changes[name] != value:
                raise BadToken(text, f"only one token to set {name}", remedy="Leave one of them out.")
            changes[name] = value
    if format is not None:
        changes["format"] = format
    changed = records.replace(base, **changes)
    had = {name: getattr(base, name) for name in changes if not applies(changed, name)}
    return records.replace(changed, **had)


@lru_cache(4096)  # as above
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
    if not dot or re.match("[0-9]", name):  # the dot is a number's decimal point
        return text, None
    return spec, read_format(name)


def read_format(name: str) -> Format:
    """Read the name of a format. Raises BadToken."""
    try:
        return Format(FORMAT_ALIASES.get(name, name))
    except ValueError:
        known = [format.value for format in Format]
        near = nearest(name.lower(), [*known, *FORMAT_ALIASES])
        remedy = f"Did you mean '{near[0]}'?" if near else "Leave it out to have one chosen."
        raise BadToken(name, f"a format, one of {', '.join(known)}", remedy=remedy) from None


def is_token(text: str) -> bool:
    """Whether the text reads as a token or a whole spec, right or wrong, so that no preset can have this name."""
    return text in (FULL, INFO) or (find(text) is not None and "_" not in text)


def unknown(text: str, presets: Iterable[str] = ()) -> BadToken:
    """Give the error for what is neither a token nor one of the presets, naming what is nearest to it."""
    names, small = list(presets), text.lower()
    word = re.sub(r"[0-9.].*", "", small) or small
    near = [small] if find(small) else nearest(word, [*names, *_KNOWN])
    remedy = f"Did you mean '{_KNOWN.get(near[0], near[0])}'?" if near else "See the list of tokens."
    return BadToken(
        text,
        "a preset or a known token" if names else "a known token",
        remedy=remedy if text else "Write a single '-' between two tokens, and none at the ends.",
    )


def nearest(word: str, known: Iterable[str], alike: float = 0.6) -> list[str]:
    """Give what is meant by a word that is not known, if anything is: one known word that is so much alike."""
    import difflib  # only here: nothing is misspelt on the way to an image

    return difflib.get_close_matches(word, list(known), 1, alike)


#: What people write for a token, and a token as it is written: its word, the field it sets, or a format by itself.
_KNOWN = (
    {format.value: FULL + extension(format) for format in Format}
    | {name: row.example for row in reversed(TOKENS) for name in row.fields}
    | {row.word: row.example for row in TOKENS if row.word}
    | {FULL: FULL, INFO: INFO}
)


def _read(text: str) -> Changes:
    if text in (FULL, INFO):
        raise BadToken(text, f"'{text}' alone", remedy="Leave it out.")
    row = find(text)
    if row is None:
        raise unknown(text)
    changes = row.read(text.removeprefix(row.word))
    if changes is None:
        raise BadToken(text, row.expected, remedy=f"For example '{row.example}'.")
    return changes


def _write(transform: Transform, base: Transform) -> Iterator[str]:
    for row in TOKENS:
        changed = (name for name in row.fields if getattr(transform, name) != getattr(base, name))
        if any(applies(transform, name) for name in changed):
            value = row.write(transform)
            if value is not None:
                yield row.word + value
