"""
What stands between a file's bytes and its decoder, which sees less of them than there is to see.

Some files keep a decoder busy for far longer than their bytes are worth, and a limit on time cannot help: libvips looks
at the clock between rows of pixels, and these files keep it from the first one. Of others a decoder does not see that
their end is missing or that they have been changed, since it has all pixels by then.

A screen takes the bytes while they arrive and gives them on, or raises DamagedImage or TooManyPixels. A strict one also
refuses what is not whole, ends where the image ends, and raises UnsupportedFormat for what is more than an image.
Here are those of the kinds that are decoded while they arrive; wholes.py has the others.
"""

import re
import zlib
from collections.abc import Iterator

from firstsight.errors import DamagedImage, TooManyPixels
from firstsight.image import foreign
from firstsight.image.pieces import Piece, Pieces

#: Passes over a JPEG. Encoders write some ten; each takes a decoder through the whole image for a few bytes.
MOST_SCANS = 100
#: Frames of an animation. A WebP's decoder walks past all that came before to find the next.
MOST_FRAMES = 5_000
#: Chunks of a PNG beside its pixels and frames. Encoders write some ten.
MOST_CHUNKS = 10_000
#: Bytes that a PNG's packed texts and its profile may unfold to together: a thousand times what they are in the file.
MOST_UNFOLDED = 32 << 20
#: Chunks of a PNG that are unpacked before the first row, and of which no derivative keeps anything.
TEXTS = (b"zTXt", b"iTXt", b"tEXt")

#: A marker inside of a JPEG's coded data: neither a byte that is escaped, nor a restart, nor a filling.
_MARKER = re.compile(rb"\xff[^\x00\xd0-\xd7\xff]")
#: A marker or what fills the room before one, behind which no escaped byte may stand.
_FILLED = re.compile(rb"\xff[^\x00\xd0-\xd7]")
_START_OF_SCAN, _END = 0xDA, 0xD9
#: Markers that nothing belongs to: a temporary one, and restarts.
_BARE = (0x01, *range(0xD0, 0xD8))
#: The frames of which one scan can be all: baseline, extended, and extended with arithmetic coding.
_SEQUENTIAL = (0xC0, 0xC1, 0xC9)
#: Markers that no JPEG has after its first byte: reserved ones, and a second start.
_IMPOSSIBLE = (0x00, *range(0x02, 0xC0), 0xD8, *range(0xF0, 0xFE))
#: Markers of frames, of which a JPEG has one, and of a scan.
_PIXELS = (*range(0xC0, 0xC4), *range(0xC5, 0xC8), *range(0xC9, 0xCC), *range(0xCD, 0xD0), _START_OF_SCAN)
#: What may hold a text: APP0 to APP15, and a comment.
_METADATA = (*range(0xE0, 0xF0), 0xFE)


def jpeg_scans(chunks: Iterator[bytes], strict: bool = False) -> Iterator[Piece]:
    """
    Refuse a JPEG with more scans than anybody writes; a strict one without its end, or with what belongs to no JPEG.

    One whose first scan holds all components, and which is not progressive, has no more that a decoder would look at.
    (ITU T.81, annex B)
    """
    pieces = Pieces(chunks)
    if start := pieces.take(2):
        yield start
    scans, components, complete, ending = 0, 0, False, _FILLED if strict else _MARKER
    while marker := pieces.take(2):
        while marker == b"\xff\xff":
            yield b"\xff"
            marker = b"\xff" + pieces.take(1)
        yield marker
        kind = marker[-1]
        if len(marker) < 2:
            break
        if marker[0] != 0xFF or kind == _END:  # the decoder does not look at what follows either
            if not strict:
                yield from pieces.rest()
            elif marker[0] == 0xFF:
                foreign.check_rest(pieces)
            else:
                raise cut_or_changed("a JPEG", "a marker", marker)
            return
        if strict and (kind in _IMPOSSIBLE or (complete and kind in _PIXELS)):
            raise cut_or_changed("a JPEG", "its end" if complete else "a marker", marker)
        if kind in _BARE:
            if scans:
                yield from pieces.until(ending)
            continue
        length = pieces.take(2)
        body = pieces.take(max(0, int.from_bytes(length) - 2)) if len(length) == 2 else b""
        if length:
            yield length + body
        if strict and len(body) + 2 != int.from_bytes(length):
            break
        if strict and kind in _METADATA:
            foreign.check_text(body)
        if kind in _SEQUENTIAL and len(body) > 5:
            components = body[5]
        if kind == _START_OF_SCAN:
            scans, complete = scans + 1, bool(body) and body[0] == components
            if scans > MOST_SCANS:
                raise DamagedImage(f"Expected a JPEG of at most {MOST_SCANS} scans.", remedy="Encode it anew.")
            if complete and not strict:
                yield from pieces.rest()
                return
            yield from pieces.until(ending)
    if strict:
        raise cut_or_changed("a JPEG", "its end", b"")


def png_texts(chunks: Iterator[bytes], strict: bool = False) -> Iterator[Piece]:
    """
    Leave a PNG's texts out, and refuse one of which more unfolds, or which has more chunks, than anybody writes.

    A strict one needs its end and, in all but the pixels, of which the decoder sees that, the right checksums.
    (PNG, third edition, 5)
    """
    pieces = Pieces(chunks)
    if start := pieces.take(8):
        yield start
    count, frames, unfolded = 0, 0, 0
    while head := pieces.take(8):
        size, name = int.from_bytes(head[:4]) + 4, head[4:]
        if len(head) < 8:
            yield head
            break
        if name in (b"IDAT", b"fdAT"):
            yield head
            for piece in pieces.through(size):
                size -= len(piece)
                yield piece
            if size:
                break
            continue
        body = pieces.take(size)
        frames, count = frames + (name == b"fcTL"), count + (name != b"fcTL")
        if frames > MOST_FRAMES:
            raise too_many_frames("PNG")
        if count > MOST_CHUNKS:
            raise DamagedImage(f"Expected a PNG of at most {MOST_CHUNKS} chunks.", remedy="Encode it anew.")
        if strict and len(body) < size:
            break
        if strict and zlib.crc32(body[:-4], zlib.crc32(name)) != int.from_bytes(body[-4:]):
            raise cut_or_changed("a PNG", "the checksum of what it has", name)
        for text in _texts(name, body):
            unfolded += len(text)
            if unfolded > MOST_UNFOLDED:
                raise DamagedImage(
                    f"Expected a PNG whose texts and profile unfold to at most {MOST_UNFOLDED} bytes.",
                    remedy="Encode it anew.",
                )
            if strict:
                foreign.check_text(text)
        if strict and name in (b"tEXt", b"iTXt", b"eXIf"):
            foreign.check_text(body)
        if name not in TEXTS:
            yield head + body
        if name == b"IEND":
            if strict:
                foreign.check_rest(pieces)
            else:
                yield from pieces.rest()
            return
    if strict:
        raise cut_or_changed("a PNG", "its end", b"")


def _texts(name: bytes, body: bytes) -> Iterator[bytes]:
    """Unfold what is packed in a chunk, piece by piece, as far as it can be."""
    if name not in (b"zTXt", b"iTXt", b"iCCP"):
        return
    _, _, packed = body[:-4].partition(b"\0")  # a key before it, and the method
    method, packed = packed[:1], packed[1:]
    if name == b"iTXt":
        if method == b"\0":  # which says here that it is not packed
            return
        packed = packed[1:].split(b"\0", 2)[-1]  # a method, a language, and the key in it
    unpacker = zlib.decompressobj()
    try:
        while text := unpacker.decompress(packed, 1 << 20):
            yield text
            packed = unpacker.unconsumed_tail
    except zlib.error:  # a decoder leaves out what it cannot unpack
        return


def too_many_frames(kind: str) -> TooManyPixels:
    """Give the error for an animation that goes on and on."""
    return TooManyPixels(f"Expected a {kind} of at most {MOST_FRAMES} frames.", remedy="Make it a video.")


def cut_or_changed(kind: str, expected: str, got: bytes) -> DamagedImage:
    """Give the error for a file that is not whole."""
    return DamagedImage(
        "The source is damaged or cut short.",
        remedy='Store it anew, or set `damaged = "best_effort"`.',
        log=f"expected {expected} of {kind} but got {got!r}" if got else f"{kind} ended without {expected}",
    )
