"""
How hard an encoder tries: usually, or quickly for whoever waits and slowly afterwards for everyone else.

EFFORTS is in libvips' own numbers, by the most pixels of a result for which each holds; docs/eager.md says what they
cost and save. A format without a row has one effort only.
"""

from enum import StrEnum

from firstsight.transform import Format


class Effort(StrEnum):
    """How hard an encoder tries."""

    USUAL = "usual"
    FAST = "fast"
    SLOW = "slow"


_ANY = 10**12
EFFORTS: dict[tuple[Format, Effort], tuple[tuple[int, int], ...]] = {
    (Format.WEBP, Effort.FAST): ((_ANY, 2),),
    (Format.WEBP, Effort.SLOW): ((_ANY, 6),),
    (Format.AVIF, Effort.FAST): ((_ANY, 0),),
    (Format.AVIF, Effort.SLOW): ((4_000_000, 4), (10_000_000, 3), (_ANY, 2)),
}


def chosen(format: Format, effort: Effort, pixels: int) -> dict[str, int]:
    """Give the option of libvips' saver for an effort; nothing for the usual one, which the format has by itself."""
    table = EFFORTS.get((format, effort), ())
    return {"effort": next(number for most, number in table if pixels <= most)} if table else {}


def has_choice(format: Format) -> bool:
    """Whether a format can be made quickly first, and better later."""
    return (format, Effort.SLOW) in EFFORTS
