"""
Classic: `/<width>x<height>/<source key>`, the form of AWS's serverless-image-resizing sample.

| in the path         | here                                                        |
|---------------------|-------------------------------------------------------------|
| `300x200`           | width 300, height 200, fit cover, enlarged where needed     |
| the key's extension | the format; JPEG for one that is not written here           |

The sample crops to cover and enlarges; it wrote PNG whatever the name said, this writes what the name says.
"""

import re
from collections.abc import Iterator, Mapping

from firstsight.errors import BadToken
from firstsight.grammars.wanted import Grammar, Wanted
from firstsight.settings import Preset, Settings
from firstsight.tokens import FORMAT_ALIASES, SIZE
from firstsight.transform import Format, Transform

#: What an extension can decide; the format is never negotiated, because the key has one name for all.
_WRITTEN = {format.value: format for format in Format if format not in (Format.AUTO, Format.JSON)}


def parse(path: str, presets: Mapping[str, Preset]) -> Wanted | None:
    """Read a path whose first segment is two numbers joined by x."""
    match = re.fullmatch(r"([0-9]+x[0-9]+)/(.+)", path, re.DOTALL)
    if match is None:
        return None
    size, source = match.groups()
    box = SIZE.read(size)
    if box is None:
        raise BadToken(size, SIZE.expected, remedy=f"For example '{SIZE.example}'.")
    extension = source.rpartition(".")[2].lower()
    format = _WRITTEN.get(FORMAT_ALIASES.get(extension, extension), Format.JPEG)
    return Wanted(GRAMMAR, source, Transform(**box, enlarge=True, format=format))


def build(wanted: Wanted) -> str:
    """Write the path back; the format is in the source key."""
    return f"{wanted.transform.width}x{wanted.transform.height}/{wanted.source}"


def names(source: str, settings: Settings) -> Iterator[str]:
    """Give the path of every listed size."""
    return (f"{width}x{height}/{source}" for width, height in settings.sizes)


GRAMMAR = Grammar("classic", "/<width>x<height>/<source key>", parse, build, names)
