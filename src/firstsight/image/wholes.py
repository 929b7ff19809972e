"""The screens of the kinds that their decoders take whole, so that these do too (screens.py says what a screen is)."""

import struct
from collections.abc import Iterator

from firstsight.errors import TooManyPixels
from firstsight.image import foreign, gif
from firstsight.image.screens import MOST_FRAMES, cut_or_changed, too_many_frames
from firstsight.records import dataclass

#: Pixels of a GIF by its header, of which its decoder believes its frames more.
MOST_SCREEN = 2**28
#: Pages of a TIFF, each of which a decoder reads before it gives the first.
MOST_PAGES = 2_000
#: Strips and tiles of all pages of a TIFF.
MOST_STRIPS = 1_000_000
#: Boxes in one box of an AVIF, and how deep they may be in each other.
MOST_BOXES, DEEPEST = 100_000, 8
#: The boxes that hold others, and the bytes before those: a version and flags, and in one how many there are.
_INNER = {b"meta": 4, b"iprp": 0, b"ipco": 0, b"iref": 4, b"iinf": 6}
#: Bytes of a value of a TIFF, by its type (TIFF 6.0, section 2; BigTIFF).
_WIDTHS = {1: 1, 2: 1, 3: 2, 4: 4, 5: 8, 6: 1, 7: 1, 8: 2, 9: 4, 10: 8, 11: 4, 12: 8, 13: 4, 16: 8, 17: 8, 18: 8}
_NUMBERS = {3: "H", 4: "I", 16: "Q"}
#: Where the strips or tiles are, and how long.
_PLACES, _LENGTHS = (273, 324), (279, 325)
_COMPRESSION, _XMP = 259, 700
_ASCII = 2


def gif_frames(chunks: Iterator[bytes], strict: bool = False) -> Iterator[bytes]:
    """
    Refuse a GIF with very many frames; a strict one without a frame, or whose blocks do not lead to its trailer.

    Nothing but the trailer tells an animation from one that was cut between two frames. (GIF89a)
    """
    data = b"".join(chunks)
    frames, end = 0, 0
    width, height = data[6:8], data[8:10]
    if int.from_bytes(width, "little") * int.from_bytes(height, "little") > MOST_SCREEN:
        raise TooManyPixels(f"Expected a GIF of at most {MOST_SCREEN} pixels.", remedy="Make it smaller.")
    try:
        for block in gif.blocks(data):
            frames += block.kind == gif.IMAGE
            if frames > MOST_FRAMES:
                raise too_many_frames("GIF")
            if strict and block.kind == gif.EXTENSION and data[block.start + 1] != 0xF9:
                foreign.check_text(gif.content(data, block))
            if block.kind == gif.TRAILER:
                end = block.end
    except IndexError:
        pass
    if strict and not (frames and end):
        raise cut_or_changed("a GIF", "its trailer" if frames else "a frame", b"")
    if strict:
        foreign.check_tail(data[end : end + foreign.LOOKED_AT])
        data = data[:end]
    if data:
        yield data


def webp_frames(chunks: Iterator[bytes], strict: bool = False) -> Iterator[bytes]:
    """Refuse a WebP with very many frames; a strict one whose chunks do not fill it. (RFC 9649)"""
    data = b"".join(chunks)
    last = 8 + int.from_bytes(data[4:8], "little") if strict else len(data)
    if strict and last > len(data):
        raise cut_or_changed("a WebP", "its end", b"")
    at, frames = 12, 0
    while at + 8 <= last:
        name, size = data[at : at + 4], int.from_bytes(data[at + 4 : at + 8], "little")
        frames += name == b"ANMF"
        if strict and at + 8 + size > last:
            raise cut_or_changed("a WebP", "the end of a chunk", name)
        if strict and name in (b"EXIF", b"XMP "):
            foreign.check_text(data[at + 8 : at + 8 + size])
        at += 8 + size + size % 2
    if frames > MOST_FRAMES:
        raise too_many_frames("WebP")
    if strict and at < last:
        raise cut_or_changed("a WebP", "a chunk", data[at:last])
    if strict:
        foreign.check_tail(data[last : last + foreign.LOOKED_AT])
        data = data[:last]
    if data:
        yield data


def avif_boxes(chunks: Iterator[bytes], strict: bool = False) -> Iterator[bytes]:
    """Refuse a strict AVIF whose boxes do not fill it, or each other. (ISO/IEC 14496-12, 4.2; 23008-12)"""
    data = b"".join(chunks)
    if strict:
        data = data[: _walk(data, 0, len(data), 0)]
    if data:
        yield data


def _walk(data: bytes, at: int, last: int, depth: int) -> int:
    """Walk boxes, and those in them of which the image is put together; give where they end."""
    count = 0
    while at < last:
        size, name = int.from_bytes(data[at : at + 4]), data[at + 4 : at + 8]
        head = 8
        if size == 1:
            size, head = int.from_bytes(data[at + 8 : at + 16]), 16
        elif size == 0 and depth == 0:
            if not any(data[at:last]):  # padding
                return at
            size = last - at
        count += 1
        if count > MOST_BOXES or depth > DEEPEST:
            raise cut_or_changed("an AVIF", "fewer boxes", name)
        if size < head or at + size > last:
            if depth == 0:
                foreign.check_tail(data[at : at + foreign.LOOKED_AT])
            raise cut_or_changed("an AVIF", "the end of a box", name)
        inner = _INNER.get(name)
        if inner is not None:
            long = name == b"iinf" and data[at + head : at + head + 1] != b"\0"
            _walk(data, at + head + inner + 2 * long, at + size, depth + 1)
        at += size
    return at


def tiff_pages(chunks: Iterator[bytes], strict: bool = False) -> Iterator[bytes]:
    """Refuse a TIFF with very many pages; a strict one that speaks of bytes it has not. (TIFF 6.0, section 2)"""
    data = b"".join(chunks)
    form = _Form("<" if data[:2] == b"II" else ">", data[2:4] in (b"+\0", b"\0+"))
    place, end, strips, last = 8 if form.big else 4, 0, 0, False
    for _ in range(MOST_PAGES + 1):
        try:
            (at,) = struct.unpack_from(form.link, data, place)
            last = at == 0
            (tags,) = struct.unpack_from(form.count, data, min(at, len(data)))  # a big one's may be beyond any number
        except struct.error:
            break  # the decoder will say what it thinks of that
        first = at + struct.calcsize(form.count)
        place = first + struct.calcsize(form.entry) * tags
        if last or tags > len(data):
            break
        if not strict:
            continue
        if place > len(data):
            break
        reach, count = _reach(data, form, first, tags)
        end, strips = max(end, reach, place + struct.calcsize(form.link)), strips + count
        if strips > MOST_STRIPS:
            raise TooManyPixels(f"Expected a TIFF of at most {MOST_STRIPS} strips.", remedy="Encode it anew.")
    else:
        raise TooManyPixels(f"Expected a TIFF of at most {MOST_PAGES} pages.", remedy="Split it.")
    if strict and (not last or end > len(data)):
        raise cut_or_changed("a TIFF", "what it speaks of" if last else "its last page", b"")
    if strict:
        foreign.check_tail(data[end : end + foreign.LOOKED_AT])
    if data:
        yield data


@dataclass(frozen=True, slots=True)
class _Form:
    """How a TIFF writes its numbers."""

    order: str
    big: bool

    @property
    def link(self) -> str:
        """A place in the file."""
        return self.order + ("Q" if self.big else "I")

    @property
    def count(self) -> str:
        """How many tags a page has."""
        return self.order + ("Q" if self.big else "H")

    @property
    def entry(self) -> str:
        """A tag, its type, how many values it has, and those or their place."""
        return self.order + ("HHQ8s" if self.big else "HHI4s")


def _reach(data: bytes, form: _Form, first: int, tags: int) -> tuple[int, int]:
    """Say up to where a page's values and pixels reach, and of how many strips and tiles it is."""
    end = 0
    lists: dict[int, tuple[int, ...]] = {}
    size = struct.calcsize(form.entry)
    for at in range(first, first + size * tags, size):
        tag, kind, count, value = struct.unpack_from(form.entry, data, at)
        place, length = at + size - len(value), count * _WIDTHS.get(kind, 0)
        if length > len(value):
            (place,) = struct.unpack(form.link, value)
            end = max(end, place + length)
        if (kind == _ASCII or tag == _XMP) and length:
            foreign.check_text(data[place : place + length])
        if tag in (*_PLACES, *_LENGTHS, _COMPRESSION) and kind in _NUMBERS and place + length <= len(data):
            if count > MOST_STRIPS:
                return end, count
            lists[tag] = struct.unpack_from(f"{form.order}{count}{_NUMBERS[kind]}", data, place)
    packed = lists.get(_COMPRESSION, (1,)) != (1,)
    for places, lengths in zip(_PLACES, _LENGTHS, strict=True):
        for place, length in zip(lists.get(places, ()), lists.get(lengths, ()), strict=False):
            # of what is not packed a decoder takes the rows there are, and some writers count those that there are not
            end = max(end, place + length if packed else min(place + length, max(place, len(data))))
    return end, sum(len(lists.get(places, ())) for places in _PLACES)
