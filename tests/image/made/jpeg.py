"""
A JPEG writer whose pixels are exact: every 8x8 block is flat.

A flat block has only a DC coefficient, 8 * (value - 128), and with a quantiser of 8 nothing of it is lost (ITU T.81).
"""

import struct
from typing import Any

import numpy as np

#: Huffman codes all of the same length, 4 bits for the 12 categories of DC; AC needs nothing but "end of block".
DC_TABLE = bytes([0, 0, 0, 12, *[0] * 12]) + bytes(range(12))
AC_TABLE = bytes([1, *[0] * 15, 0])
BLOCK = 8


def segment(marker: int, body: bytes) -> bytes:
    """Write a marker with its length and body."""
    return struct.pack(">BBH", 0xFF, marker, len(body) + 2) + body


def adobe(transform: int) -> bytes:
    """Write Adobe's APP14: 0 for RGB and CMYK, 1 for YCbCr, 2 for YCCK; with it CMYK is stored inverted."""
    return segment(0xEE, b"Adobe" + struct.pack(">HHHB", 100, 0, 0, transform))


def exif_segment(exif: bytes) -> bytes:
    """Write an EXIF block as APP1."""
    return segment(0xE1, b"Exif\0\0" + exif)


def icc_segments(profile: bytes, size: int = 65_000) -> bytes:
    """Write a profile as APP2, in pieces where it is long."""
    pieces = [profile[i : i + size] for i in range(0, len(profile), size)]
    return b"".join(
        segment(0xE2, b"ICC_PROFILE\0" + bytes([number, len(pieces)]) + piece) for number, piece in enumerate(pieces, 1)
    )


def jpeg(planes: "np.ndarray[Any, Any]", *segments: bytes, progressive: bool = False) -> bytes:
    """
    Write flat blocks: `planes` is height x width x components, a value for each block, in the stored colour space.

    One component is gray, three are YCbCr unless an Adobe segment says RGB, four are CMYK. The segments go in front.
    """
    height, width, components = planes.shape
    ids = range(1, components + 1)
    frame = struct.pack(">BHHB", 8, height * BLOCK, width * BLOCK, components)
    frame += b"".join(bytes([number, 0x11, 0]) for number in ids)
    tables = (
        segment(0xDB, bytes([0, *[BLOCK] * 64])) + segment(0xC4, b"\x00" + DC_TABLE) + segment(0xC4, b"\x10" + AC_TABLE)
    )
    start = segment(0xC2 if progressive else 0xC0, frame)
    dc = bytes([components]) + b"".join(bytes([number, 0]) for number in ids)
    if progressive:  # the DC of all components, then the AC of each, or a decoder would smooth what is flat
        blocks = height * width
        nothing = _bytes("0" * blocks)
        scans = segment(0xDA, dc + b"\0\0\0") + _entropy(planes.astype(int), end_of_block="")
        scans += b"".join(segment(0xDA, bytes([1, number, 0, 1, 63, 0])) + nothing for number in ids)
    else:
        scans = segment(0xDA, dc + b"\0\x3f\0") + _entropy(planes.astype(int), end_of_block="0")
    return b"".join([b"\xff\xd8", *segments, tables, start, scans, b"\xff\xd9"])


def ycc(rgb: "np.ndarray[Any, Any]") -> "np.ndarray[Any, Any]":
    """Convert RGB to YCbCr as JFIF does, rounded to whole numbers."""
    r, g, b = np.moveaxis(rgb.astype(float), -1, 0)
    y = 0.299 * r + 0.587 * g + 0.114 * b
    converted = np.stack([y, 128 + (b - y) / 1.772, 128 + (r - y) / 1.402], -1)
    rounded: np.ndarray[Any, Any] = np.clip(np.rint(converted), 0, 255)
    return rounded


def _entropy(values: "np.ndarray[Any, Any]", end_of_block: str) -> bytes:
    bits, previous = [], [0] * values.shape[2]
    for block in values.reshape(-1, values.shape[2]):
        for component, value in enumerate(block):
            difference = int(value) - 128 - previous[component]
            previous[component] = int(value) - 128
            size = abs(difference).bit_length()
            extra = difference if difference >= 0 else difference + (1 << size) - 1
            bits.append(f"{size:04b}" + (f"{extra:0{size}b}" if size else "") + end_of_block)
    return _bytes("".join(bits))


def _bytes(bits: str) -> bytes:
    bits += "1" * (-len(bits) % 8)
    return int(bits, 2).to_bytes(len(bits) // 8).replace(b"\xff", b"\xff\0")
