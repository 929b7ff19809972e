"""A PNG writer for every kind of pixel (PNG, third edition), interlaced and moving ones too."""

import struct
import zlib
from typing import Any

import numpy as np

GRAY, RGB, PALETTE, GRAY_ALPHA, RGBA = 0, 2, 3, 4, 6
SIGNATURE = b"\x89PNG\r\n\x1a\n"
#: First row and column, and the steps between them, of each pass of Adam7.
ADAM7 = ((0, 0, 8, 8), (0, 4, 8, 8), (4, 0, 8, 4), (0, 2, 4, 4), (2, 0, 4, 2), (0, 1, 2, 2), (1, 0, 2, 1))


def chunk(name: bytes, body: bytes) -> bytes:
    """Write a chunk."""
    return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))


def packed(samples: "np.ndarray[Any, Any]", depth: int) -> bytes:
    """Pack rows x columns x channels of samples, unfiltered, each row from a whole byte."""
    rows = samples.reshape(len(samples), -1).astype(np.uint16)
    if depth == 16:
        raw = rows.astype(">u2").view(np.uint8)
    else:
        bits = (rows[:, :, None] >> np.arange(depth - 1, -1, -1)) & 1
        raw = np.packbits(bits.reshape(len(rows), -1).astype(np.uint8), axis=1)
    return b"".join(b"\0" + row.tobytes() for row in raw)


def png(
    samples: "np.ndarray[Any, Any]",
    colour: int,
    depth: int = 8,
    *chunks: bytes,
    interlaced: bool = False,
    later: bytes = b"",
) -> bytes:
    """Write samples of 0 to 2**depth - 1; the chunks (PLTE, tRNS, iCCP, acTL) go before the pixels, `later` after."""
    height, width = samples.shape[:2]
    if interlaced:
        passes = (samples[top::down, left::across] for top, left, down, across in ADAM7)
        data = b"".join(packed(part, depth) for part in passes if part.size)
    else:
        data = packed(samples, depth)
    header = struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, interlaced)
    pixels = chunk(b"IDAT", zlib.compress(data))
    return b"".join([SIGNATURE, chunk(b"IHDR", header), *chunks, pixels, later, chunk(b"IEND", b"")])


def palette(colours: "np.ndarray[Any, Any]") -> list[bytes]:
    """Write PLTE, and tRNS when the colours have a fourth column."""
    chunks = [chunk(b"PLTE", colours[:, :3].astype(np.uint8).tobytes())]
    return [*chunks, chunk(b"tRNS", colours[:, 3].astype(np.uint8).tobytes())] if colours.shape[1] == 4 else chunks


def profile(data: bytes) -> bytes:
    """Write iCCP."""
    return chunk(b"iCCP", b"made\0\0" + zlib.compress(data))


def moving(frames: list["np.ndarray[Any, Any]"], delay: int = 100) -> bytes:
    """Write an APNG of RGB frames, whose default image is its first frame."""
    height, width = frames[0].shape[:2]

    def control(sequence: int) -> bytes:
        return chunk(b"fcTL", struct.pack(">IIIIIHHBB", sequence, width, height, 0, 0, delay, 1000, 0, 0))

    later, sequence = b"", 1
    for frame in frames[1:]:
        pixels = struct.pack(">I", sequence + 1) + zlib.compress(packed(frame, 8))
        later += control(sequence) + chunk(b"fdAT", pixels)
        sequence += 2
    header = chunk(b"acTL", struct.pack(">II", len(frames), 0))
    return png(frames[0], RGB, 8, header, control(0), later=later)
