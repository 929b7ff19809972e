"""ICC profiles of version 2, small and made by hand (ICC.1:2001-04)."""

import struct
from collections.abc import Callable
from typing import Any

import numpy as np

from tests.image import colour


def fixed(value: float) -> bytes:
    """Write an s15Fixed16Number."""
    return struct.pack(">i", round(value * 65_536))


def xyz(values: Any) -> bytes:
    """Write an XYZType."""
    return b"XYZ \0\0\0\0" + b"".join(fixed(float(value)) for value in values)


def gamma(value: float) -> bytes:
    """Write a curve that is a power."""
    return b"curv\0\0\0\0" + struct.pack(">IH", 1, round(value * 256))


def curve(function: Callable[[Any], Any], points: int = 1024) -> bytes:
    """Write a curve as a table."""
    table = np.rint(function(np.linspace(0, 1, points)) * 65_535).astype(">u2")
    return b"curv\0\0\0\0" + struct.pack(">I", points) + bytes(table.tobytes())


def text(value: str) -> bytes:
    """Write a textDescriptionType."""
    data = value.encode() + b"\0"
    return b"desc\0\0\0\0" + struct.pack(">I", len(data)) + data + struct.pack(">IIHB", 0, 0, 0, 0) + bytes(67)


def profile(kind: bytes, space: bytes, connection: bytes, tags: dict[bytes, bytes]) -> bytes:
    """Write the header, the table of tags and the tags."""
    named = {b"desc": text("made for a test"), b"cprt": b"text\0\0\0\0none\0", b"wtpt": xyz(colour.D50), **tags}
    table, body, start = b"", b"", 128 + 4 + 12 * len(named)
    for name, data in named.items():
        table += name + struct.pack(">II", start + len(body), len(data))
        body += data + bytes(-len(data) % 4)
    illuminant = struct.pack(">III", 0xF6D6, 0x10000, 0xD32D)
    head = struct.pack(">I4sI4s4s4s12x4s", start + len(body), b"", 0x02100000, kind, space, connection, b"acsp")
    head = head.ljust(68, b"\0") + illuminant
    return head.ljust(128, b"\0") + struct.pack(">I", len(named)) + table + body


def rgb(space: colour.Space, *, table: bool = False) -> bytes:
    """Write the profile of an RGB space, with its curve as a table or as a power."""
    columns = (colour.D65_TO_D50 @ space.matrix).T
    trc = curve(space.decode) if table else gamma(space.gamma)
    tags = dict(zip((b"rXYZ", b"gXYZ", b"bXYZ"), map(xyz, columns), strict=True))
    return profile(b"mntr", b"RGB ", b"XYZ ", {**tags, b"rTRC": trc, b"gTRC": trc, b"bTRC": trc})


def gray(power: float) -> bytes:
    """Write the profile of a gray scale."""
    return profile(b"mntr", b"GRAY", b"XYZ ", {b"kTRC": gamma(power)})


def cmyk(corner: Callable[[tuple[int, ...]], tuple[float, float, float]]) -> bytes:
    """Write a profile by the Lab colour of each of the 16 ways to print all or nothing of each ink."""
    ramp = bytes(range(256))
    lut = b"mft1\0\0\0\0" + bytes([4, 3, 2, 0]) + b"".join(fixed(value) for value in np.eye(3).ravel()) + ramp * 4
    for number in range(16):
        lightness, a, b = corner(tuple(number >> place & 1 for place in (3, 2, 1, 0)))
        lut += bytes([round(lightness * 2.55), round(a + 128), round(b + 128)])
    lut += ramp * 3
    paper = colour.D50 * [0.85, 0.85, 0.6]  # yellowish, which only an absolute rendering would show
    return profile(b"prtr", b"CMYK", b"Lab ", {b"A2B0": lut, b"wtpt": xyz(paper)})
