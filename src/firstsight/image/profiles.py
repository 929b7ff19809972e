"""
Colour profiles, read only as far as to see whether one says nothing new.

Most photographs carry a profile of sRGB itself. Converting by it would change nothing and takes longer than the resize.
"""

import struct

#: The columns of sRGB's primaries in XYZ under D50, as every sRGB profile holds them (IEC 61966-2-1; ICC.1:2010).
COLUMNS = {b"rXYZ": (0.4361, 0.2225, 0.0139), b"gXYZ": (0.3851, 0.7169, 0.0971), b"bXYZ": (0.1431, 0.0606, 0.7141)}
#: How far a profile may be from these and from sRGB's curve; a step of 8 bits is 0.004.
NEAR = 0.002


def is_srgb(profile: bytes) -> bool:
    """Whether an ICC profile is of a matrix and curves, and they are sRGB's. Anything unexpected counts as no."""
    try:
        if profile[16:20] != b"RGB ":
            return False
        tags = _tags(profile)
        if any(name in tags for name in (b"A2B0", b"A2B1")):
            return False
        columns = all(
            abs(value - expected) < NEAR
            for name, column in COLUMNS.items()
            for value, expected in zip(_xyz(tags[name]), column, strict=True)
        )
        return columns and all(_is_srgb_curve(tags[name]) for name in (b"rTRC", b"gTRC", b"bTRC"))
    except (KeyError, IndexError, struct.error):
        return False


def _tags(profile: bytes) -> dict[bytes, bytes]:
    (count,) = struct.unpack_from(">I", profile, 128)
    rows = (struct.unpack_from(">4sII", profile, 132 + 12 * row) for row in range(min(count, 100)))
    return {name: profile[start : start + size] for name, start, size in rows}


def _fixed(tag: bytes, start: int, count: int) -> list[float]:
    return [value / 65_536 for value in struct.unpack_from(f">{count}i", tag, start)]


def _xyz(tag: bytes) -> list[float]:
    return _fixed(tag, 8, 3)


def _is_srgb_curve(tag: bytes) -> bool:
    if tag[:4] == b"para":
        kind, values = struct.unpack_from(">H", tag, 8)[0], _fixed(tag, 12, 5)
        return kind == 3 and all(
            abs(value - expected) < NEAR
            for value, expected in zip(values, (2.4, 1 / 1.055, 0.055 / 1.055, 1 / 12.92, 0.04045), strict=True)
        )
    (count,) = struct.unpack_from(">I", tag, 8)
    if tag[:4] != b"curv" or count < 256:
        return False
    for step in range(17):
        place = step * (count - 1) // 16
        (value,) = struct.unpack_from(">H", tag, 12 + 2 * place)
        if abs(value / 65_535 - _decode(place / (count - 1))) > NEAR:
            return False
    return True


def _decode(value: float) -> float:
    return value / 12.92 if value <= 0.04045 else float(((value + 0.055) / 1.055) ** 2.4)
