"""
Two ways of doing the same, measured in turn: A B A B, in short rounds, so that a machine that slows down slows both.

The ratio is taken round by round and its median quoted; a ratio of two medians would keep the drift in.
"""

from collections.abc import Callable
from dataclasses import dataclass
from statistics import median, quantiles

#: Seconds that one side's part of a round should take at least; short tasks are repeated to fill it.
ROUND = 0.08
ROUNDS = 15


@dataclass(frozen=True, slots=True)
class Compared:
    """Seconds by round of either side."""

    ours: tuple[float, ...]
    theirs: tuple[float, ...]

    @property
    def ratios(self) -> list[float]:
        """How many of ours are made in the time of one of theirs, by round: over 1 is faster."""
        return [theirs / ours for ours, theirs in zip(self.ours, self.theirs, strict=True)]

    @property
    def ratio(self) -> float:
        """The median of the ratios."""
        return median(self.ratios)

    @property
    def spread(self) -> str:
        """The quartiles of the ratios."""
        low, _, high = quantiles(self.ratios, n=4)
        return f"{low:.2f} to {high:.2f}"


def compare(ours: Callable[[int], float], theirs: Callable[[int], float], rounds: int = ROUNDS) -> Compared:
    """Measure two functions that do their work so many times and give the mean seconds of one."""
    again_ours, again_theirs = _repeats(ours), _repeats(theirs)
    times = [(ours(again_ours), theirs(again_theirs)) for _ in range(rounds)]
    return Compared(tuple(a for a, _ in times), tuple(b for _, b in times))


def _repeats(side: Callable[[int], float]) -> int:
    side(1)  # warms up
    return max(1, round(ROUND / max(side(1), 1e-6)))
