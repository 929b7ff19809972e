"""Files with damage of every sort, the same for the same number."""

import random
import struct
import zlib
from collections.abc import Callable

import firstsight
from firstsight.errors import FirstsightError
from firstsight.settings import Limits
from tests.image.made.png import SIGNATURE
from tests.image.sources import KINDS, source

SPECS = (
    "full.png",
    "full.jpg",
    "32x.webp",
    "16x48-smart.jpg",
    "20x20-contain-bg10203080.png",
    "crop0.1x0.1x0.5x0.5-rotate90.webp",
    "rotate30.png",
    "trim.gif",
    "full.gif",
    "frame2.png",
    "grayscale-round.png",
    "24x.avif",
    "200x-enlarge-sharpen.jpg",
    "info.json",
)
#: No case may cost much, so that what takes long stands out.
LIMITS = Limits(source_pixels=4_000_000, output_pixels=1_000_000, animation_pixels=4_000_000, frames=50, seconds=5)
#: What a header's number may be changed to.
NUMBERS = (0, 1, 0x7F, 0x80, 0xFF, 0x7FFF, 0x8000, 0xFFFF, 0x7FFF_FFFF, 0x8000_0000, 0xFFFF_FFFF)


def flipped(chance: random.Random, data: bytearray) -> bytearray:
    """Flip bits, more of them near the beginning, where headers are."""
    for _ in range(chance.choice((1, 1, 2, 4, 16))):
        place = min(chance.randrange(len(data)), chance.randrange(len(data)))
        data[place] ^= 1 << chance.randrange(8)
    return data


def overwritten(chance: random.Random, data: bytearray) -> bytearray:
    """Write a number of one, two or four bytes that headers do not expect."""
    form = chance.choice(("B", "<H", ">H", "<I", ">I"))
    size = struct.calcsize(form)
    place = chance.randrange(min(len(data), 600))
    number = chance.choice(NUMBERS) & ((1 << 8 * size) - 1)
    data[place : place + size] = struct.pack(form, number)
    return data


def cut(chance: random.Random, data: bytearray) -> bytearray:
    """Cut the end off, or a piece out."""
    start = chance.randrange(len(data))
    return data[:start] if chance.random() < 0.5 else data[:start] + data[start + chance.randrange(1, 200) :]


def spliced(chance: random.Random, data: bytearray) -> bytearray:
    """Put a piece of any other file in."""
    other = source(chance.choice(list(KINDS)))
    start, place = chance.randrange(len(other)), chance.randrange(len(data))
    return data[:place] + bytearray(other[start : start + chance.randrange(1, 400)]) + data[place:]


def repeated(chance: random.Random, data: bytearray) -> bytearray:
    """Repeat a piece many times."""
    start = chance.randrange(len(data))
    piece = data[start : start + chance.randrange(1, 100)]
    return data[:start] + piece * chance.choice((2, 10, 100)) + data[start:]


MUTATIONS: tuple[Callable[[random.Random, bytearray], bytearray], ...] = (flipped, overwritten, cut, spliced, repeated)


def mended(data: bytes) -> bytes:
    """Make the checksums of a PNG right again, or its decoder would look no further."""
    parts, at = [data[:8]], 8
    while at + 12 <= len(data):
        length = int.from_bytes(data[at : at + 4])
        body = data[at + 4 : at + 8 + length]
        if len(body) < 4 + length:
            break
        parts.append(data[at : at + 4] + body + struct.pack(">I", zlib.crc32(body)))
        at += 12 + length
    return b"".join([*parts, data[at:]])


def damaged(number: int) -> tuple[str, bytes]:
    """Make the file of a case: the name of the kind it was, and its bytes."""
    chance = random.Random(number)
    name = chance.choice(list(KINDS))
    data = bytearray(source(name))
    for _ in range(chance.choice((1, 1, 2, 3))):
        data = chance.choice(MUTATIONS)(chance, data) or bytearray(b"\0")
    mend = data.startswith(SIGNATURE) and chance.random() < 0.7
    return name, mended(bytes(data)) if mend else bytes(data)


def outcome(number: int) -> str:
    """Render the file of a case. Gives `made`, or the code of an error of the client's; raises whatever else comes."""
    chance = random.Random(~number)
    _, data = damaged(number)
    try:
        made = firstsight.render(
            data,
            chance.choice(SPECS),
            limits=LIMITS,
            svg=True,
            strict=chance.random() < 0.5,
            metadata=chance.choice(("strip", "copyright", "profile")),
        )
    except FirstsightError as error:
        if 400 <= error.status < 500:
            return error.code
        raise
    return "made" if made.data else "nothing"
