"""
Who made an image: all that a derivative may say beside its pixels and a profile, and never where it was made.

An EXIF block is read only for its two texts, and a new one is written with just these (EXIF 2.32, 4.6.5), so that no
place, serial number or preview can come along.
"""

import struct

import pyvips

ARTIST, COPYRIGHT = 0x013B, 0x8298
_ASCII = 2


def read(exif: bytes) -> dict[int, bytes]:
    """Read the artist and the copyright from an EXIF block, as they are stored; what is damaged is left out."""
    block = exif.removeprefix(b"Exif\0\0")
    order = {b"II": "<", b"MM": ">"}.get(block[:2])
    if order is None:
        return {}
    found = {}
    try:
        (start,) = struct.unpack_from(f"{order}I", block, 4)
        (count,) = struct.unpack_from(f"{order}H", block, start)
        for entry in range(start + 2, start + 2 + 12 * count, 12):
            tag, kind, length, place = struct.unpack_from(f"{order}HHII", block, entry)
            if tag in (ARTIST, COPYRIGHT) and kind == _ASCII:
                place = entry + 8 if length <= 4 else place
                text = block[place : place + length].rstrip(b"\0 ")
                if text and len(text) <= 4_000:
                    found[tag] = text
    except struct.error:
        return found
    return found


def write(texts: dict[int, bytes]) -> bytes:
    """Write an EXIF block with these texts and nothing else."""
    start = 8 + 2 + 12 * len(texts) + 4
    entries, data = b"", b""
    for tag, text in sorted(texts.items()):
        stored = text + b"\0"
        place = stored.ljust(4, b"\0") if len(stored) <= 4 else struct.pack("<I", start + len(data))
        data += stored if len(stored) > 4 else b""
        entries += struct.pack("<HHI", tag, _ASCII, len(stored)) + place
    return b"Exif\0\0II*\0\x08\0\0\0" + struct.pack("<H", len(texts)) + entries + bytes(4) + data


def of(header: pyvips.Image) -> dict[int, bytes]:
    """Read the artist and the copyright of a source."""
    return read(header.get("exif-data")) if header.get_typeof("exif-data") else {}


def sign(image: pyvips.Image, texts: dict[int, bytes]) -> pyvips.Image:
    """Give the image with an EXIF block of these texts in place of all it had."""
    image = image.copy()
    for name in image.get_fields():
        if name.startswith("exif-") or name == "orientation":
            image.remove(name)
    image.set_type(pyvips.GValue.blob_type, "exif-data", write(texts))
    return image
