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
from firstsight.tokens import FORMAT_NAMES, SIZE
from firstsight.transform import Format, Transform


def parse(path: str, presets: Mapping[str, Preset]) -> Wanted | None:
    """Read a path whose first segment is two numbers joined by x."""
    match = re.fullmatch(r"([0-9]+x[0-9]+)/(.+)", path, re.DOTALL)
    if match is None:
        return None
    size, source = match.groups()
    box = SIZE.read(size)
    if box is None:
        raise BadToken(size, SIZE.expected, remedy=f"For example '{SIZE.example}'.")
    # never negotiated: a derivative has one name here, whatever a client accepts
    format = FORMAT_NAMES.get(source.rpartition(".")[2].lower(), Format.JPEG)
    return Wanted(GRAMMAR, source, Transform(**box, enlarge=True, format=format))


def build(wanted: Wanted) -> str:
    """Write the path back; the format is in the source key."""
    return f"{wanted.transform.width}x{wanted.transform.height}/{wanted.source}"


def names(source: str, settings: Settings) -> Iterator[str]:
    """Give the path of every listed size."""
    return (f"{width}x{height}/{source}" for width, height in settings.sizes)


GRAMMAR = Grammar("classic", "/<width>x<height>/<source key>", parse, build, names)
