"""
What stands between a file's bytes and its decoder, where a decoder takes far longer than the bytes are worth.

A limit on time cannot help there: libvips looks at the clock between rows of pixels, and these files keep it from the
first one. A screen takes the bytes while they arrive and gives them on, or raises DamagedImage or TooManyPixels.
"""

import re
import struct
from collections.abc import Iterator

from firstsight.errors import DamagedImage, TooManyPixels

#: Passes over a JPEG. Encoders write some ten; each takes a decoder through the whole image for a few bytes.
MOST_SCANS = 100
#: Pages of a TIFF, each of which a decoder reads before it gives the first.
MOST_PAGES = 2_000
#: Frames of a WebP, whose decoder walks past all that came before to find the next.
MOST_FRAMES = 5_000
#: Chunks of a PNG that are unpacked before the first row, and of which no derivative keeps anything.
TEXTS = (b"zTXt", b"iTXt", b"tEXt")

#: A marker inside of a JPEG's coded data: neither a byte that is escaped, nor a restart, nor a filling.
_MARKER = re.compile(rb"\xff[^\x00\xd0-\xd7\xff]")
_START_OF_SCAN, _END = 0xDA, 0xD9
#: The frames of which one scan can be all: baseline, extended, and extended with arithmetic coding.
_SEQUENTIAL = (0xC0, 0xC1, 0xC9)


def jpeg_scans(chunks: Iterator[bytes]) -> Iterator[bytes]:
    """
    Refuse a JPEG with more scans than anybody writes.

    One whose first scan holds all components, and which is not progressive, has no more that a decoder would look at.
    """
    scans, coded, pending, at = 0, False, b"", 2  # two bytes say that it is a JPEG
    components = 0
    for chunk in chunks:
        pending = pending + chunk if pending else chunk
        while at + 4 <= len(pending):
            if coded:
                found = _MARKER.search(pending, at)
                coded = found is None
                at = found.start() if found else len(pending) - 1  # there may be the first half of one
                if coded:
                    break
                continue
            if pending[at] != 0xFF or pending[at + 1] == _END:  # the decoder does not look at what follows either
                yield chunk
                yield from chunks
                return
            if pending[at + 1] == 0xFF:
                at += 1
                continue
            if pending[at + 1] in _SEQUENTIAL and at + 10 <= len(pending):
                components = pending[at + 9]
            if pending[at + 1] == _START_OF_SCAN and at + 5 <= len(pending) and pending[at + 4] == components:
                yield chunk
                yield from chunks
                return
            if pending[at + 1] == _START_OF_SCAN:
                scans, coded = scans + 1, True
                if scans > MOST_SCANS:
                    raise DamagedImage(f"Expected a JPEG of at most {MOST_SCANS} scans.", remedy="Encode it anew.")
            at += 2 + int.from_bytes(pending[at + 2 : at + 4])
        done = min(at, len(pending))
        pending, at = pending[done:], at - done
        yield chunk


def png_texts(chunks: Iterator[bytes]) -> Iterator[bytes]:
    """Leave a PNG's texts out: a compressed one may unfold to a thousand times its size."""
    pending, left, wanted = b"", 8, True  # eight bytes say that it is a PNG
    for chunk in chunks:
        data = pending + chunk if pending else chunk
        at, start, pieces = 0, 0, []
        while left or at + 8 <= len(data):
            if not left:
                left = 12 + int.from_bytes(data[at : at + 4])
                text = data[at + 4 : at + 8] in TEXTS
                if text and wanted and at > start:
                    pieces.append(data[start:at])
                start, wanted = start if wanted and not text else at, not text
            step = min(left, len(data) - at)
            at, left = at + step, left - step
            if not step:
                break
        pending = data[at:]
        if wanted and at > start:
            pieces.append(data[start:at])
        yield from pieces
    if pending:
        yield pending


def tiff_pages(chunks: Iterator[bytes]) -> Iterator[bytes]:
    """Refuse a TIFF with very many pages. It is taken whole, as its decoder does: its folders may stand anywhere."""
    data = b"".join(chunks)
    order = "<" if data[:2] == b"II" else ">"
    big = data[2:4] in (b"+\0", b"\0+")
    count_form, link_form, entry = (f"{order}Q", f"{order}Q", 20) if big else (f"{order}H", f"{order}I", 12)
    place = 8 if big else 4
    for _ in range(MOST_PAGES + 1):
        try:
            (at,) = struct.unpack_from(link_form, data, place)
            (tags,) = struct.unpack_from(count_form, data, min(at, len(data)))  # a big TIFF's may be beyond any number
        except struct.error:
            break  # the decoder will say what it thinks of that
        if at == 0 or tags > len(data):
            break
        place = at + struct.calcsize(count_form) + entry * tags
    else:
        raise TooManyPixels(f"Expected a TIFF of at most {MOST_PAGES} pages.", remedy="Split it.")
    if data:
        yield data


def webp_frames(chunks: Iterator[bytes]) -> Iterator[bytes]:
    """Refuse a WebP with very many frames. It is taken whole, as its decoder does."""
    data = b"".join(chunks)
    at, frames = 12, 0
    while at + 8 <= len(data):
        frames += data[at : at + 4] == b"ANMF"
        size = int.from_bytes(data[at + 4 : at + 8], "little")
        at += 8 + size + size % 2
    if frames > MOST_FRAMES:
        raise TooManyPixels(f"Expected a WebP of at most {MOST_FRAMES} frames.", remedy="Make it a video.")
    if data:
        yield data
