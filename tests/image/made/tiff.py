"""A TIFF writer (TIFF 6.0): a page of samples each, as they are or in LZW codes."""

import struct
from typing import Any

import numpy as np

GRAY, RGB, CMYK = 1, 2, 5
NONE, LZW = 1, 5
SHORT, LONG, UNDEFINED = 3, 4, 7
_CODES = {SHORT: "H", LONG: "I"}


def tiff(
    *pages: "np.ndarray[Any, Any]",
    space: int = RGB,
    depth: int = 8,
    compression: int = NONE,
    order: str = "<",
    orientation: int = 1,
    icc: bytes = b"",
    alpha: bool = False,
) -> bytes:
    """Write pages of rows x columns x channels, of 8 or 16 bits."""
    data = bytearray((b"II*\0" if order == "<" else b"MM\0*") + bytes(4))
    link = 4  # where the place of the next folder is to be written
    for samples in pages:
        height, width, channels = samples.shape
        pixels = samples.astype(f"{order}u{depth // 8}").tobytes()
        pixels = _lzw(pixels) if compression == LZW else pixels
        tags: list[tuple[int, int, list[int] | bytes]] = [
            (256, LONG, [width]),
            (257, LONG, [height]),
            (258, SHORT, [depth] * channels),
            (259, SHORT, [compression]),
            (262, SHORT, [space]),
            (273, LONG, [len(data)]),
            (274, SHORT, [orientation]),
            (277, SHORT, [channels]),
            (278, LONG, [height]),
            (279, LONG, [len(pixels)]),
        ]
        tags += [(338, SHORT, [2])] if alpha else []
        tags += [(34675, UNDEFINED, icc)] if icc else []
        data += pixels + bytes(len(pixels) % 2)
        struct.pack_into(f"{order}I", data, link, len(data))
        folder, extra = struct.pack(f"{order}H", len(tags)), b""
        link = len(data) + 2 + 12 * len(tags)
        for tag, kind, values in tags:
            body = values if isinstance(values, bytes) else struct.pack(f"{order}{len(values)}{_CODES[kind]}", *values)
            if len(body) > 4:
                place = struct.pack(f"{order}I", link + 4 + len(extra))
                extra += body + bytes(len(body) % 2)
                body = place
            folder += struct.pack(f"{order}HHI", tag, kind, len(values)) + body.ljust(4, b"\0")
        data += folder + bytes(4) + extra
    return bytes(data)


def _lzw(data: bytes) -> bytes:
    """Write codes of 9 bits, one a byte, with a clear code before they would have to grow."""
    clear, end = 256, 257
    codes = [code for at, byte in enumerate(data) for code in ((clear, byte) if at % 250 == 0 else (byte,))]
    bits = "".join(f"{code:09b}" for code in [*codes, end])
    bits += "0" * (-len(bits) % 8)
    return int(bits, 2).to_bytes(len(bits) // 8)
