"""
A file without what it says beside its pixels, which stay as they are, byte for byte.

Each kind is walked by its own rules, and anything that is not understood gives None: then the file is not used.
What follows the end of the image is dropped too; cameras hide previews there.
"""

import struct
from collections.abc import Callable, Iterator

from firstsight.image import gif

_PNG = b"\x89PNG\r\n\x1a\n"


class _NotUnderstood(Exception):
    """The file is not as its kind has to be."""


def strip(kind: str, data: bytes) -> bytes | None:
    """Give the file without its metadata, or None for a kind or a file that cannot be stripped safely."""
    walk = _WALKS.get(kind)
    if walk is None:
        return None
    try:
        return b"".join(walk(data))
    except (_NotUnderstood, struct.error, IndexError):
        return None


def _jpeg(data: bytes) -> Iterator[bytes]:
    """
    Keep what decodes the pixels (ITU T.81), Adobe's APP14, which says what the components are, and a bare JFIF.

    A marker that is inside of entropy-coded data is a restart, a stuffed zero, or its end.
    """
    yield data[:2]
    at = 2
    while True:
        if data[at] != 0xFF:
            raise _NotUnderstood
        marker = data[at + 1]
        if marker == 0xFF:  # padding
            at += 1
            continue
        if marker == 0xD9:
            yield b"\xff\xd9"
            return
        (length,) = struct.unpack_from(">H", data, at + 2)
        end = at + 2 + length
        if length < 2 or end > len(data):
            raise _NotUnderstood
        body = data[at + 4 : end]
        if marker == 0xE0 and body[:5] == b"JFIF\0" and len(body) >= 14:
            yield b"\xff\xe0\0\x10" + body[:12] + b"\0\0"
        elif not (0xE0 <= marker <= 0xEF or marker == 0xFE) or (marker == 0xEE and body[:5] == b"Adobe"):
            yield data[at:end]
        at = end
        if marker == 0xDA:
            at = _scan_end(data, end)
            yield data[end:at]


def _scan_end(data: bytes, at: int) -> int:
    while True:
        at = data.find(b"\xff", at)
        if at < 0 or at + 1 >= len(data):
            raise _NotUnderstood
        following = data[at + 1]
        if following and not 0xD0 <= following <= 0xD7 and following != 0xFF:
            return at
        at += 1 if following == 0xFF else 2


def _png(data: bytes) -> Iterator[bytes]:
    """Keep the critical chunks and transparency (PNG, third edition, 5.6); a moving one keeps its default image."""
    yield _PNG
    at = len(_PNG)
    while True:
        length, name = struct.unpack_from(">I4s", data, at)
        end = at + 12 + length
        if end > len(data):
            raise _NotUnderstood
        if name in (b"IHDR", b"PLTE", b"tRNS", b"IDAT", b"IEND"):
            yield data[at:end]
        elif not name[0] & 0x20:  # a critical chunk that is unknown
            raise _NotUnderstood
        if name == b"IEND":
            return
        at = end


def _webp(data: bytes) -> Iterator[bytes]:
    """Keep pixels, alpha and animation (RFC 9649), and say in the header that the rest is gone."""
    chunks = []
    (size,) = struct.unpack_from("<I", data, 4)
    at, last = 12, min(len(data), 8 + size)
    while at < last:
        name, length = struct.unpack_from("<4sI", data, at)
        end = at + 8 + length
        if end > last:
            raise _NotUnderstood
        body = data[at + 8 : end]
        if name == b"VP8X":
            body = bytes([body[0] & 0b0001_0010]) + body[1:]
        if name in (b"VP8X", b"VP8 ", b"VP8L", b"ALPH", b"ANIM", b"ANMF"):
            chunks.append(struct.pack("<4sI", name, length) + body + bytes(length & 1))
        at = end + (length & 1)
    whole = b"".join(chunks)
    yield b"RIFF" + struct.pack("<I", 4 + len(whole)) + b"WEBP" + whole


def _gif(data: bytes) -> Iterator[bytes]:
    """Keep the frames, how they follow each other, and how often (GIF89a; Netscape's extension)."""
    yield data[: gif.header_end(data)]
    for block in gif.blocks(data):
        label, name = data[block.start + 1 : block.start + 2], data[block.start + 3 : block.start + 14]
        timing = label == b"\xf9" or (label == b"\xff" and name in (b"NETSCAPE2.0", b"ANIMEXTS1.0"))
        if block.kind == gif.IMAGE or (block.kind == gif.EXTENSION and timing):
            yield data[block.start : block.end]
    yield bytes([gif.TRAILER])


_WALKS: dict[str, Callable[[bytes], Iterator[bytes]]] = {"jpeg": _jpeg, "png": _png, "webp": _webp, "gif": _gif}
