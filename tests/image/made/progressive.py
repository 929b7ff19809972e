"""
A writer of progressive JPEGs by any list of scans, with coefficients that are drawn by lot (ITU T.81, annex G).

All codes are of one length: 4 bits for the 12 categories of DC, 8 for the symbols of AC.
"""

import math
import struct
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from tests.image.made.jpeg import DC_TABLE, segment

AC_TABLE = bytes([0] * 7 + [255] + [0] * 8) + bytes(range(255))


@dataclass(frozen=True)
class Scan:
    """Which components, by number, which coefficients, in zigzag order, and which bits: from `high` down to `low`."""

    components: tuple[int, ...]
    first: int
    last: int
    high: int = 0
    low: int = 0
    #: The restart interval from here on, in MCUs.
    restart: int | None = None


def whole(count: int) -> tuple[Scan, ...]:
    """Give the shortest list: DC of all, then AC of each."""
    return (Scan(tuple(range(count)), 0, 0), *(Scan((number,), 1, 63) for number in range(count)))


def refined(count: int) -> tuple[Scan, ...]:
    """Give the list that libjpeg writes: spectral selection and successive approximation."""
    each = range(count)
    return (
        Scan(tuple(each), 0, 0, 0, 1),
        *(Scan((number,), 1, 5, 0, 2) for number in each),
        *(Scan((number,), 6, 63, 0, 2) for number in each),
        *(Scan((number,), 1, 63, 2, 1) for number in each),
        Scan(tuple(each), 0, 0, 1, 0),
        *(Scan((number,), 1, 63, 1, 0) for number in each),
    )


def progressive(
    width: int,
    height: int,
    sampling: Sequence[tuple[int, int]],
    scans: Sequence[Scan],
    *segments: bytes,
    seed: int = 1,
) -> bytes:
    """
    Write a JPEG with a component for each pair of sampling factors.

    DC runs up and down all over the range, and every block has some AC.
    """
    most = (max(across for across, _ in sampling), max(down for _, down in sampling))
    planes = _planes(width, height, sampling, most, seed)
    frame = struct.pack(">BHHB", 8, height, width, len(sampling))
    frame += b"".join(bytes([number + 1, across << 4 | down, 0]) for number, (across, down) in enumerate(sampling))
    parts = [b"\xff\xd8", *segments, segment(0xDB, bytes([0, 8, *[3] * 63])), segment(0xC2, frame)]
    parts += [segment(0xC4, b"\x00" + DC_TABLE), segment(0xC4, b"\x10" + AC_TABLE)]
    restart = 0
    for scan in scans:
        if scan.restart is not None:
            restart = scan.restart
            parts.append(segment(0xDD, struct.pack(">H", restart)))
        header = bytes([len(scan.components)]) + b"".join(bytes([number + 1, 0]) for number in scan.components)
        parts.append(segment(0xDA, header + bytes([scan.first, scan.last, scan.high << 4 | scan.low])))
        units = list(_units(scan, planes, sampling, (width, height), most))
        step = restart or len(units)
        for number, start in enumerate(range(0, len(units), step)):
            parts.append(bytes([0xFF, 0xD0 + (number - 1) % 8]) if number else b"")
            parts.append(_bytes("".join(_coded(scan, units[start : start + step]))))
    return b"".join([*parts, b"\xff\xd9"])


Block = tuple[int, "np.ndarray[Any, Any]"]


def _planes(
    width: int, height: int, sampling: Sequence[tuple[int, int]], most: tuple[int, int], seed: int
) -> list["np.ndarray[Any, Any]"]:
    chance = np.random.default_rng(seed)
    columns, rows = -(-width // (8 * most[0])), -(-height // (8 * most[1]))
    planes = []
    for across, down in sampling:
        plane = np.zeros((rows * down, columns * across, 64), int)
        plane[:, :, 0] = chance.integers(-127, 128, plane.shape[:2])
        seldom = chance.random(plane.shape) < 0.15
        seldom[:, :, 0] = False
        plane[seldom] = (chance.normal(0, 12, plane.shape).astype(int))[seldom]
        planes.append(plane)
    return planes


def _units(
    scan: Scan,
    planes: Sequence["np.ndarray[Any, Any]"],
    sampling: Sequence[tuple[int, int]],
    size: tuple[int, int],
    most: tuple[int, int],
) -> Iterator[list[Block]]:
    """Give the blocks of each MCU: of one component row by row as far as the picture goes, else interleaved (A.2)."""
    if len(scan.components) == 1:
        (number,) = scan.components
        samples = [side * factor / top for side, factor, top in zip(size, sampling[number], most, strict=True)]
        columns, rows = (math.ceil(math.ceil(length) / 8) for length in samples)
        for row in planes[number][:rows, :columns]:
            yield from ([(number, block)] for block in row)
        return
    for top in range(-(-size[1] // (8 * most[1]))):
        for left in range(-(-size[0] // (8 * most[0]))):
            yield [
                (number, planes[number][top * down + y, left * across + x])
                for number in scan.components
                for across, down in [sampling[number]]
                for y in range(down)
                for x in range(across)
            ]


def _coded(scan: Scan, units: Sequence[list[Block]]) -> Iterator[str]:
    previous: dict[int, int] = {}
    for unit in units:
        for number, block in unit:
            if scan.first == 0 and scan.high:
                yield str(int(block[0]) >> scan.low & 1)
            elif scan.first == 0:
                value = int(block[0]) >> scan.low
                yield _number(value - previous.get(number, 0), 4)
                previous[number] = value
            elif scan.high:
                yield from _correction(block, scan)
            else:
                yield from _selection(block, scan)


def _number(value: int, length: int, run: int = 0) -> str:
    """Write a run and the category of a value in a code of that length, and the value's bits (F.1.2.1)."""
    size = abs(value).bit_length()
    extra = value if value >= 0 else value + (1 << size) - 1
    return f"{run << 4 | size:0{length}b}" + (f"{extra:0{size}b}" if size else "")


def _selection(block: "np.ndarray[Any, Any]", scan: Scan) -> Iterator[str]:
    """Write a band for the first time (G.1.2.2), each block with an end of its own."""
    run = 0
    for value in (int(value) for value in block[scan.first : scan.last + 1]):
        cut = (abs(value) >> scan.low) * (1 if value > 0 else -1)
        if not cut:
            run += 1
            continue
        yield f"{0xF0:08b}" * (run // 16) + _number(cut, 8, run % 16)
        run = 0
    if run:
        yield "0" * 8


def _correction(block: "np.ndarray[Any, Any]", scan: Scan) -> Iterator[str]:
    """Write one bit more of a band (G.1.2.3)."""
    values = [int(value) for value in block[scan.first : scan.last + 1]]
    cut = [abs(value) >> scan.low for value in values]
    last = max((place for place, value in enumerate(cut) if value == 1), default=-1)
    run, pending = 0, ""
    for place, (value, whole) in enumerate(zip(cut, values, strict=True)):
        if not value:
            run += 1
            continue
        while run > 15 and place <= last:
            yield f"{0xF0:08b}" + pending
            run, pending = run - 16, ""
        if value > 1:
            pending += str(value & 1)
            continue
        yield f"{run << 4 | 1:08b}" + ("1" if whole > 0 else "0") + pending
        run, pending = 0, ""
    if run or pending:
        yield "0" * 8 + pending


def _bytes(bits: str) -> bytes:
    bits += "1" * (-len(bits) % 8)
    return int(bits, 2).to_bytes(len(bits) // 8).replace(b"\xff", b"\xff\0") if bits else b""
