"""What a store holds under a key, and which keys there can be."""

import re
from collections.abc import Iterator
from datetime import datetime

from firstsight.errors import BadPath
from firstsight.records import dataclass, field

#: Bytes a body is handed on in.
CHUNK = 65_536
#: An empty segment (so a leading or trailing slash, too), `.`, `..`, or a control character.
_FORBIDDEN = re.compile(r"(?:\A|/)\.{0,2}(?:/|\Z)|[\x00-\x1f\x7f]")


@dataclass(frozen=True, slots=True)
class BlobInfo:
    """What a store says of a blob without its bytes. `size` is in bytes; `etag` changes whenever the bytes do."""

    key: str
    size: int
    etag: str
    modified: datetime
    attributes: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Blob:
    """A blob that is being read: its bytes come in chunks while they arrive, once."""

    info: BlobInfo
    chunks: Iterator[bytes]

    def read(self) -> bytes:
        """Read the rest of it."""
        return b"".join(self.chunks)


def check_key(key: str) -> None:
    """Raise BadPath for a text that cannot be a key in any store."""
    try:
        key.encode()
    except UnicodeEncodeError:
        raise BadPath("Expected a name that can be written in UTF-8.") from None
    if _FORBIDDEN.search(key):
        raise BadPath("The name holds a segment that no store can hold: empty, '.', '..' or a control character.")
