"""
How much memory a render will take, estimated before anything is decoded.

The numbers are bounds on what `python -m bench peak` measures (docs/performance.md). What is decoded row by row takes
little whatever its size; what a library holds whole takes bytes for each pixel of the source.
"""

from firstsight.errors import TooMuchMemory
from firstsight.image.geometry import Plan
from firstsight.image.picture import Facts
from firstsight.settings import Limits
from firstsight.transform import Format

#: Bytes that a render takes whatever its size: rows on their way, tables, the encoder.
BASE = 24_000_000
#: Bytes for each pixel of the source while it is decoded, by its kind.
DECODING = {"jpeg": 0.3, "png": 0.8, "webp": 9.5, "avif": 17.0, "gif": 11.0, "tiff": 4.0, "svg": 0.0}
#: The same where the last pass over the file changes the first row, so that all of it is held.
INTERLACED = {"jpeg": 6.2, "png": 8.0}
#: Bytes for each pixel of a frame that is held to be turned, trimmed, or set in motion.
HELD = 8.0
#: Bytes for each pixel of the result while it is encoded.
ENCODING = {Format.JPEG: 8, Format.PNG: 12, Format.GIF: 16, Format.WEBP: 16, Format.AVIF: 44, Format.JSON: 8}


def estimate(facts: Facts, plan: Plan, format: Format, *, frames: int, held: bool) -> int:
    """
    Estimate the bytes that a render takes at most.

    `frames` are those that are kept, `held` says that the whole source is needed at once.
    """
    rates = INTERLACED if facts.interlaced else DECODING
    decoding = rates.get(facts.kind, DECODING[facts.kind]) * facts.size.pixels
    holding = HELD * facts.size.pixels * frames if held or frames > 1 else 0
    encoding = ENCODING[format] * max(plan.resized.pixels, plan.result.pixels) * frames
    return int(BASE + decoding + holding + encoding)


def check_memory(needed: int, limits: Limits) -> None:
    """Raise TooMuchMemory for a render that would not fit."""
    if needed > limits.memory:
        raise TooMuchMemory(
            f"Expected an image that can be made in {limits.memory / 1e6:,.0f} MB of memory "
            f"but this one needs about {needed / 1e6:,.0f} MB."
        )
