"""The blocks of a GIF file (GIF89a)."""

from collections.abc import Iterator
from typing import NamedTuple

IMAGE, EXTENSION, TRAILER = 0x2C, 0x21, 0x3B


class Block(NamedTuple):
    """What begins with a byte of its own, and the bytes it takes."""

    kind: int
    start: int
    end: int


def header_end(data: bytes) -> int:
    """Say where the header and the global colours end."""
    return 13 + _table(data[10])


def blocks(data: bytes) -> Iterator[Block]:
    """
    Walk the blocks, up to the trailer, the end of the file, or what is no block.

    Raises IndexError when the file ends inside of one.
    """
    at = header_end(data)
    while at < len(data):
        start, kind = at, data[at]
        if kind == IMAGE:
            at = _data_end(data, at + 11 + _table(data[at + 9]))
        elif kind == EXTENSION:
            at = _data_end(data, at + 2)
        else:
            at += 1
        yield Block(kind, start, at)
        if kind not in (IMAGE, EXTENSION):
            return


def content(data: bytes, extension: Block) -> bytes:
    """Give what an extension holds, its name among it, in one piece."""
    parts, at = [], extension.start + 2
    while data[at]:
        parts.append(data[at + 1 : at + 1 + data[at]])
        at += 1 + data[at]
    return b"".join(parts)


def _table(flags: int) -> int:
    return 3 << ((flags & 7) + 1) if flags & 0x80 else 0


def _data_end(data: bytes, at: int) -> int:
    while data[at]:
        at += 1 + data[at]
    return at + 1
