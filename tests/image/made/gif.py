"""A GIF writer (GIF89a) that compresses nothing: a code a pixel, and a clear code before the codes would grow."""

import struct
from dataclasses import dataclass
from typing import Any

import numpy as np

KEEP, TO_BACKGROUND, TO_PREVIOUS = 1, 2, 3


@dataclass(frozen=True)
class Frame:
    """Palette indices at an offset, shown for hundredths of a second, and then disposed of."""

    indices: "np.ndarray[Any, Any]"
    left: int = 0
    top: int = 0
    delay: int = 10
    disposal: int = KEEP
    transparent: int | None = None


def gif(
    size: tuple[int, int],
    colours: "np.ndarray[Any, Any]",
    frames: list[Frame],
    *,
    loop: int | None = None,
    extra: bytes = b"",
) -> bytes:
    """Write frames of a palette of up to 256 colours; `loop` counts repetitions, 0 is for ever, None is not at all."""
    table = np.zeros((256, 3), np.uint8)
    table[: len(colours)] = colours[:, :3]
    parts = [b"GIF89a", struct.pack("<HHBBB", *size, 0xF7, 0, 0), table.tobytes(), extra]
    if loop is not None:
        parts.append(b"\x21\xff\x0bNETSCAPE2.0\x03\x01" + struct.pack("<HB", loop, 0))
    for frame in frames:
        height, width = frame.indices.shape
        flags = frame.disposal << 2 | (frame.transparent is not None)
        parts += [
            b"\x21\xf9\x04" + struct.pack("<BHBB", flags, frame.delay, frame.transparent or 0, 0),
            b"\x2c" + struct.pack("<HHHHB", frame.left, frame.top, width, height, 0),
            b"\x08" + _blocks(_codes(frame.indices)),
        ]
    return b"".join([*parts, b"\x3b"])


def shown(size: tuple[int, int], colours: "np.ndarray[Any, Any]", frames: list[Frame]) -> list["np.ndarray[Any, Any]"]:
    """What a viewer sees at each frame, as RGBA."""
    canvas = np.zeros((size[1], size[0], 4), np.uint8)
    pictures = []
    for frame in frames:
        before = canvas.copy()
        height, width = frame.indices.shape
        place = canvas[frame.top : frame.top + height, frame.left : frame.left + width]
        drawn = np.ones(frame.indices.shape, bool) if frame.transparent is None else frame.indices != frame.transparent
        place[drawn, :3] = colours[frame.indices[drawn], :3]
        place[drawn, 3] = 255
        pictures.append(canvas.copy())
        if frame.disposal == TO_BACKGROUND:
            place[:] = 0
        elif frame.disposal == TO_PREVIOUS:
            canvas = before
    return pictures


def _codes(indices: "np.ndarray[Any, Any]") -> bytes:
    bits, clear, end = [], 256, 257
    for count, index in enumerate(indices.ravel()):
        if count % 250 == 0:
            bits.append(clear)
        bits.append(int(index))
    total = sum(code << (9 * place) for place, code in enumerate([*bits, end]))
    return total.to_bytes((9 * (len(bits) + 1) + 7) // 8, "little")


def _blocks(data: bytes) -> bytes:
    pieces = [data[i : i + 255] for i in range(0, len(data), 255)]
    return b"".join(bytes([len(piece)]) + piece for piece in pieces) + b"\0"
