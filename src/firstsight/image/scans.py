"""
A progressive JPEG for who wants an eighth of its size, without what is not seen there.

At an eighth each block of 8x8 becomes one pixel, its mean, which is the first of its 64 coefficients (DC); the other 63
(AC) play no part. In a progressive file DC comes in scans of its own, often less than a tenth of the bytes, and yet a
decoder takes every scan apart before it gives a pixel. So the file is written anew: everything is copied as it stands
but for the AC scans, in place of which a short one for each component says that all of them are zero. It has to be
there, for libjpeg-turbo guesses at AC that is missing from the blocks around, and at DC with it.

Only the components of the finest sampling lose their AC. Coarser ones are decoded at more than an eighth instead of
being enlarged afterwards, which takes AC.

Clauses and figures are those of ITU-T T.81.
"""

import re
import struct
from collections.abc import Iterator

#: A marker inside of coded data: neither a byte that is escaped, nor a restart, nor a filling (B.1.1.2, B.1.1.5).
_MARKER = re.compile(rb"\xff[^\x00\xd0-\xd7\xff]")
_FILL = 0xFF
#: The markers of table B.1 that are understood here.
_FRAME, _TABLES, _END, _SCAN, _COMMENT = 0xC2, (0xC4, 0xDB, 0xDD), 0xD9, 0xDA, 0xFE
_KNOWN = frozenset((_FRAME, *_TABLES, _END, _SCAN, _COMMENT, *range(0xE0, 0xF0)))
#: Coefficients of a block, and bits that a first scan may leave out at most (table B.3).
_COEFFICIENTS, _MOST_LEFT = 64, 13
#: The codes of "end of band" for runs of 2^n blocks and more, n being 0 to 14 (table G.1): each is n itself, in 4 bits.
_RUNS = 15
_NO_RESTARTS = b"\xff\xdd\0\4\0\0"
_RUN_TABLE = struct.pack(">BBHB16s15s", 0xFF, 0xC4, 34, 0x10, bytes([0, 0, 0, _RUNS]), bytes(n << 4 for n in range(15)))


class _NotUnderstood(Exception):
    """The file is not a progressive JPEG that is whole and as everybody writes it."""


def at_an_eighth(data: bytes) -> bytes | None:
    """
    Give a JPEG that has the same pixels at an eighth of the size, the same header, and mostly far fewer bytes.

    None for any other than a whole progressive file with Huffman codes, and for what is unusual in any way: scans out
    of order, coefficients that are sent twice or not to their last bit. What follows the end of the image is left out.
    """
    try:
        return _lighter(data)
    except (_NotUnderstood, IndexError, KeyError, struct.error):
        return None


class _Frame:
    """The components of the frame (B.2.2) by their identifiers, and how much of their coefficients has been seen."""

    __slots__ = ("_most", "_size", "bits", "sampling")

    def __init__(self, parameters: bytes) -> None:
        precision, height, width, count = struct.unpack_from(">BHHB", parameters)
        components = [struct.unpack_from("BB", parameters, 6 + 3 * number) for number in range(count)]
        self.sampling: dict[int, tuple[int, int]] = {name: (factors >> 4, factors & 15) for name, factors in components}
        _expect(precision == 8 and height > 0 and width > 0 and 1 <= count <= 4)
        _expect(len(self.sampling) == count and len(parameters) == 6 + 3 * count)
        _expect(all(1 <= factor <= 4 for pair in self.sampling.values() for factor in pair))
        self._size: tuple[int, int] = (width, height)
        self._most = max(h for h, _ in self.sampling.values()), max(v for _, v in self.sampling.values())
        #: For each component and coefficient the lowest bit that has been sent.
        self.bits: dict[int, list[int | None]] = {name: [None] * _COEFFICIENTS for name in self.sampling}

    @property
    def finest(self) -> list[int]:
        """The components of the finest sampling."""
        return [name for name, factors in self.sampling.items() if factors == self._most]

    def blocks(self, name: int) -> int:
        """Count the blocks of a component in a scan of its own (A.1.1, A.2.2)."""
        across, down = self.sampling[name]
        columns = -(-self._size[0] * across // (8 * self._most[0]))
        return columns * -(-self._size[1] * down // (8 * self._most[1]))

    def note(self, names: bytes, first: int, last: int, bits: int) -> None:
        """Note what a scan sends (B.2.3, G.1.1.1)."""
        high, low = bits >> 4, bits & 15
        _expect(first <= last < _COEFFICIENTS and low <= _MOST_LEFT and (not high or low == high - 1))
        _expect(last == 0 if first == 0 else len(names) == 1)
        _expect(len(set(names)) == len(names))
        for name in names:
            seen = self.bits[name]
            _expect(first == 0 or seen[0] is not None)
            _expect(set(seen[first : last + 1]) == {high or None})
            seen[first : last + 1] = [low] * (last + 1 - first)

    @property
    def complete(self) -> bool:
        """Whether every coefficient of every component has been sent to its last bit."""
        return all(set(seen) == {0} for seen in self.bits.values())


def _lighter(data: bytes) -> bytes | None:
    view = memoryview(data)
    kept: list[bytes | memoryview] = [view[:2]]
    frame: _Frame | None = None
    left_out: set[int] = set()
    for marker, start, end, following in _segments(data):
        if marker == _FRAME:
            _expect(frame is None)
            frame = _Frame(data[start + 4 : end])
        elif marker == _SCAN:
            _expect(frame is not None)
            assert frame is not None
            count = data[start + 4]
            _expect(1 <= count <= 4 and end - start == 8 + 2 * count)
            names, (first, last, bits) = data[start + 5 : end - 3 : 2], data[end - 3 : end]
            frame.note(names, first, last, bits)
            if first and names[0] in frame.finest:
                left_out.add(names[0])
                continue
        kept.append(view[start:following])
    _expect(frame is not None and frame.complete and len(left_out) > 0)
    assert frame is not None
    kept += [_NO_RESTARTS, _RUN_TABLE]
    kept += [_zeros(name, frame.blocks(name)) for name in sorted(left_out)]
    return b"".join([*kept, bytes([0xFF, _END])])


def _segments(data: bytes) -> Iterator[tuple[int, int, int, int]]:
    """
    Walk the marker segments up to the end of the image (B.1.1.4).

    Each with where it starts, where its parameters end, and where the next one starts, which for a scan is after its
    coded data.
    """
    at = 2
    while True:
        while data[at] == 0xFF and data[at + 1] == _FILL:
            at += 1
        marker = data[at + 1]
        _expect(data[at] == 0xFF and marker in _KNOWN)
        if marker == _END:
            return
        (length,) = struct.unpack_from(">H", data, at + 2)
        end = following = at + 2 + length
        if marker == _SCAN:
            found = _MARKER.search(data, end)
            _expect(found is not None)
            assert found is not None
            following = found.start()
        yield marker, at, end, following
        at = following


def _zeros(name: int, blocks: int) -> bytes:
    """Write the scan that says that all AC of a component is zero, in runs of "end of band" (G.1.2.2)."""
    codes = []
    while blocks:
        power = min(blocks.bit_length(), _RUNS) - 1
        more = min(blocks, (2 << power) - 1) - (1 << power)
        codes.append(f"{power:04b}" + (f"{more:0{power}b}" if power else ""))
        blocks -= (1 << power) + more
    bits = "".join(codes)
    bits += "1" * (-len(bits) % 8)
    header = struct.pack(">BBHBBBBBB", 0xFF, _SCAN, 8, 1, name, 0, 1, _COEFFICIENTS - 1, 0)
    return header + int(bits, 2).to_bytes(len(bits) // 8).replace(b"\xff", b"\xff\0")


def _expect(condition: bool) -> None:
    if not condition:
        raise _NotUnderstood
