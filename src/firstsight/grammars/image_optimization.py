"""
AWS's image-optimization sample: `/<source key>?format=...&width=...`, stored as `<source key>/format=...,width=...`.

| in the query                    | in the stored key | here                                                         |
|---------------------------------|-------------------|--------------------------------------------------------------|
| `width=300`, `height=200`       | the same          | that box, fit cover, enlarged where needed                   |
| `format=jpeg`, webp, avif ...   | the same          | that format                                                  |
| `format=auto`                   | what it becomes   | chosen from `Accept`                                         |
| `quality=80`                    | the same          | q80, where the format is lossy                               |
| nothing of these                | `original`        | the source in its own format                                 |

In the stored key they stand in the order format, quality, width, height. Its edge function rewrites one form to the
other, and S3 has what is stored: so this grammar names derivatives as the sample does, and reads both forms.
"""

import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qsl

from firstsight.errors import BadToken
from firstsight.grammars.bare import is_bare
from firstsight.grammars.dialect import Changes, Dialect, Notes, RawUrl, build, decoded, first_of, read_number
from firstsight.grammars.proof import Proof
from firstsight.grammars.wanted import Grammar, Wanted
from firstsight.settings import Preset, Settings
from firstsight.tokens import FORMAT_NAMES
from firstsight.transform import MAX_SIDE, Format

ORIGINAL = "original"
_NAMES = ("format", "quality", "width", "height")
_STORED = re.compile(r"(?:format|quality|width|height)=[^,/=]*(?:,(?:format|quality|width|height)=[^,/=]*)*")
_WRITTEN: dict[Format, str] = {format: format.value for format in Format} | {Format.JPEG: "jpeg"}


def parse(path: str, presets: Mapping[str, Preset]) -> Wanted | None:
    """Read a stored key: a source key, and operations joined by commas or `original` as the last segment."""
    source, _, last = path.rpartition("/")
    if not source or (last != ORIGINAL and not _STORED.fullmatch(last)):
        return None
    pairs = [] if last == ORIGINAL else [pair.split("=") for pair in last.split(",")]
    if len({name for name, _ in pairs}) < len(pairs):
        raise BadToken(last, "each of format, quality, width and height once")
    return _wanted(source, dict(pairs), Notes())


def write(wanted: Wanted) -> str:
    """Write the stored key."""
    if wanted.path:  # the sample names also what has no effect, such as a quality for PNG
        return wanted.path
    transform = wanted.transform
    values = {"format": _WRITTEN[transform.format], "quality": transform.quality}
    return f"{wanted.source}/{_operations(values | {'width': transform.width, 'height': transform.height})}"


def read(url: RawUrl, settings: Settings, notes: Notes) -> Wanted | None:
    """Read a source key with a query, or one without where none of our own grammars reads it."""
    source = decoded(url.path)
    query = first_of(parse_qsl(url.query, keep_blank_values=True))
    if not source or parse(source, {}) is not None or not (query.keys() & set(_NAMES) or is_bare(source, settings)):
        return None
    notes.add(source, f"the source '{source}'")
    for name in query.keys() - set(_NAMES):
        notes.add(f"{name}={query[name]}", "nothing")
    wanted = _wanted(source, {name: query[name] for name in _NAMES if name in query}, notes)
    return Wanted(wanted.grammar, source, wanted.transform, path=wanted.path, proof=Proof("keys"))


def _wanted(source: str, pairs: Mapping[str, str], notes: Notes) -> Wanted:
    changes: Changes = {}
    for name, value in pairs.items():
        found = _OPERATIONS[name](value)
        word = f"{name}={value}"
        changes |= notes.add(word, found) if found is not None else notes.refuse(word, _EXPECTED[name])
    if changes.keys() & {"width", "height"}:
        changes["enlarge"] = True
    named = "format" in changes
    if not named:
        extension = source.rpartition(".")[2].lower()
        changes["format"] = FORMAT_NAMES.get(extension, Format.PNG if extension == "svg" else Format.JPEG)
    written = {**changes, "format": _WRITTEN[changes["format"]] if named else ""}
    negotiated = changes["format"] is Format.AUTO
    path = "" if negotiated else f"{source}/{_operations(written)}"
    return Wanted(GRAMMAR, source, build(changes, source), path=path)


def _operations(values: Mapping[str, Any]) -> str:
    return ",".join(f"{name}={values[name]}" for name in _NAMES if values.get(name)) or ORIGINAL


def _number(name: str, most: int) -> Any:
    def read(text: str) -> Changes | None:
        value = read_number(text, 1, most)
        return {name: int(value)} if value is not None and value == int(value) else None

    return read


def _format(text: str) -> Changes | None:
    name = text.lower()
    return (
        {"format": Format.AUTO} if name == "auto" else {"format": FORMAT_NAMES[name]} if name in FORMAT_NAMES else None
    )


_OPERATIONS = {
    "format": _format,
    "quality": _number("quality", 100),
    "width": _number("width", MAX_SIDE),
    "height": _number("height", MAX_SIDE),
}
_EXPECTED = {
    "format": "a format, one of auto, " + ", ".join(FORMAT_NAMES),
    "quality": "a quality from 1 to 100",
    "width": f"a width from 1 to {MAX_SIDE}",
    "height": f"a height from 1 to {MAX_SIDE}",
}

GRAMMAR = Grammar("image_optimization", "/<source key>/format=<format>,quality=<q>,width=<w>,height=<h>", parse, write)
DIALECT = Dialect("image_optimization", "/<source key>?format=<format>&width=<w>&height=<h>&quality=<q>", read)
