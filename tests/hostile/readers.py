"""
Whether a file is damaged, as far as anyone can tell who reads it without our code.

Each kind is walked as its specification says, and its pixels are decoded by Pillow, which has decoders of its own. What
neither finds anything wrong with is an image: a bit may have been flipped in its pixels, and nobody can know.
"""

import io
import struct
import warnings
import zlib
from collections.abc import Callable, Iterator

from PIL import Image, ImageFile

from tests.image.made.png import SIGNATURE

ImageFile.LOAD_TRUNCATED_IMAGES = False


class Damaged(Exception):
    """What is wrong, in words."""


def damage(data: bytes, *, every_frame: bool) -> str:
    """Say what is wrong with a file, or nothing; with its pixels, only as far as they are asked for."""
    walk = next((walk for magic, walk in WALKS.items() if data.startswith(magic)), None)
    if data[4:8] == b"ftyp":
        walk = avif
    if walk is None:
        return "it begins like no image"
    try:
        walk(data)
        pixels(data, every_frame=every_frame)
    except Damaged as found:
        return str(found)
    except (struct.error, IndexError):
        return "it ends within something"
    return ""


def pixels(data: bytes, *, every_frame: bool) -> None:
    """Decode."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of metadata that cannot be read
            Image.open(io.BytesIO(data)).verify()
            image = Image.open(io.BytesIO(data))
            image.load()
            moving = every_frame and image.format in ("GIF", "WEBP")  # a moving PNG is its default image
            for frame in range(1, getattr(image, "n_frames", 1) if moving else 1):
                image.seek(frame)
                image.load()
    except Exception as error:  # of any sort: whatever a decoder trips over
        raise Damaged(f"Pillow says {type(error).__name__}: {error}") from error


def png(data: bytes) -> None:
    """Walk the chunks, up to the last one (PNG, third edition, 5.3)."""
    at = len(SIGNATURE)
    while True:
        size, name = struct.unpack_from(">I4s", data, at)
        (checksum,) = struct.unpack_from(">I", data, at + 8 + size)
        if checksum != zlib.crc32(data[at + 4 : at + 8 + size]):
            raise Damaged(f"the checksum of {name!r} is wrong")
        at += 12 + size
        if name == b"IEND":
            return


def jpeg(data: bytes) -> None:
    """Walk the markers, up to the end of the image (ITU T.81, annex B)."""
    at = 2
    while True:
        if data[at] != 0xFF:
            raise Damaged(f"{data[at]:#x} where a marker has to be")
        at += 1
        marker = data[at]
        if marker == 0xFF:
            continue
        at += 1
        if marker == 0xD9:
            return
        if not 0xC0 <= marker <= 0xFE or marker == 0xD8 or 0xF0 <= marker <= 0xFD:
            raise Damaged(f"a marker {marker:#x}, which no image has")
        if 0xD0 <= marker <= 0xD7:
            continue
        (size,) = struct.unpack_from(">H", data, at)
        if size < 2 or at + size > len(data):
            raise Damaged("a segment that is too long or too short")
        at += size
        while marker == 0xDA and not (data[at] == 0xFF and data[at + 1] not in (0, *range(0xD0, 0xD8))):
            at += 1


def gif(data: bytes) -> None:
    """Walk the blocks, up to the trailer (GIF89a, 17 to 27)."""
    at = 13 + (6 << (data[10] & 7) if data[10] > 127 else 0)
    while data[at] != 0x3B:
        if data[at] == 0x2C:
            flags = data[at + 9]
            at += 11 + (6 << (flags & 7) if flags > 127 else 0)
        elif data[at] == 0x21:
            at += 2
        else:
            raise Damaged(f"a block of kind {data[at]:#x}")
        while size := data[at]:
            at += 1 + size
        at += 1


def webp(data: bytes) -> None:
    """Walk the chunks of the RIFF (RFC 9649, 2.3)."""
    (size,) = struct.unpack_from("<I", data, 4)
    if 8 + size > len(data):
        raise Damaged("it is shorter than it says")
    at = 12
    while at < 8 + size:
        (length,) = struct.unpack_from("<I", data, at + 4)
        if at + 8 + length > 8 + size:
            raise Damaged("a chunk is longer than the file")
        at += 8 + length + length % 2


def tiff(data: bytes) -> None:
    """Walk the folders, their values and strips (TIFF 6.0, section 2)."""
    order = "<" if data[:2] == b"II" else ">"
    sizes = {1: 1, 2: 1, 3: 2, 4: 4, 5: 8, 6: 1, 7: 1, 8: 2, 9: 4, 10: 8, 11: 4, 12: 8}
    link, seen = 4, set()
    while at := struct.unpack_from(order + "I", data, link)[0]:
        if at in seen:
            raise Damaged("its pages go round in a circle")
        seen.add(at)
        (count,) = struct.unpack_from(order + "H", data, at)
        found: dict[int, int] = {}
        for entry in range(at + 2, at + 2 + 12 * count, 12):
            tag, kind, number, value = struct.unpack_from(order + "HHII", data, entry)
            length = sizes.get(kind, 0) * number
            if length > 4 and value + length > len(data):
                raise Damaged(f"the value of tag {tag} is beyond its end")
            if kind == 4 and number == 1:
                found[tag] = value
        if found.get(273, 0) > len(data):
            raise Damaged("its pixels are beyond its end")
        link = at + 2 + 12 * count


def avif(data: bytes) -> None:
    """Walk the boxes, and where the items are (ISO/IEC 14496-12, 4.2 and 8.11.3)."""
    for name, body in boxes(data):
        if name != b"meta":
            continue
        for inner, location in boxes(body[4:]):
            if inner == b"iloc" and location[0] < 2:
                for offset, length in extents(location):
                    if offset + length > len(data):
                        raise Damaged("an item is beyond its end")


def boxes(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Give the boxes of a box."""
    at = 0
    while at < len(data):
        size, name = struct.unpack_from(">I4s", data, at)
        head = 8
        if size == 1:
            (size,) = struct.unpack_from(">Q", data, at + 8)
            head = 16
        size = size or len(data) - at
        if size < head or at + size > len(data):
            raise Damaged(f"the box {name!r} is longer than what it is in")
        yield name, data[at + head : at + size]
        at += size


def extents(location: bytes) -> Iterator[tuple[int, int]]:
    """Give where in the file each item is, and its length; of those that are in the file."""
    version, (offsets, bases) = location[0], location[4:6]
    widths = offsets >> 4, offsets & 15, bases >> 4, bases & 15 if version else 0
    (count,) = struct.unpack_from(">H", location, 6)
    at = 8

    def number(width: int) -> int:
        nonlocal at
        at += width
        if at > len(location):
            raise Damaged("its list of items is cut short")
        return int.from_bytes(location[at - width : at])

    for _ in range(count):
        number(2)
        method = number(2) if version else 0
        number(2)
        base = number(widths[2])
        for _ in range(number(2)):
            number(widths[3])
            offset, length = number(widths[0]), number(widths[1])
            if method == 0:
                yield base + offset, length


WALKS: dict[bytes, Callable[[bytes], None]] = {
    SIGNATURE: png,
    b"\xff\xd8": jpeg,
    b"GIF8": gif,
    b"RIFF": webp,
    b"II*\0": tiff,
    b"MM\0*": tiff,
}
