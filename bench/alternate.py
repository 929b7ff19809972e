"""
Two ways of doing the same, measured in turn: A B A B, in short rounds, so that a machine that slows down slows both.

The ratio is taken round by round and its median quoted; a ratio of two medians would keep the drift in. Beside the
clock's the processor's time is compared, which another process on the same machine disturbs much less.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from statistics import median, quantiles

#: Seconds that one side's part of a round should take at least; short tasks are repeated to fill it.
ROUND = 0.08
ROUNDS = 15


@dataclass(frozen=True, slots=True)
class Sample:
    """What one took, in seconds of the clock and, over all threads, of the processor."""

    seconds: float
    cpu: float


Side = Callable[[int], Sample]


@dataclass(frozen=True, slots=True)
class Compared:
    """The samples of either side, by round."""

    ours: Sequence[Sample]
    theirs: Sequence[Sample]

    @property
    def ratio(self) -> float:
        """How many of ours are made in the time of one of theirs: over 1 is faster."""
        return median(self._ratios())

    @property
    def spread(self) -> str:
        """The quartiles of that ratio."""
        low, _, high = quantiles(self._ratios(), n=4)
        return f"{low:.2f} to {high:.2f}"

    @property
    def cpu_ratio(self) -> float:
        """The same of the processor's time."""
        return median(theirs.cpu / ours.cpu for ours, theirs in zip(self.ours, self.theirs, strict=True))

    @property
    def milliseconds(self) -> tuple[float, float]:
        """The medians of either side, by the clock."""
        return median(s.seconds for s in self.ours) * 1000, median(s.seconds for s in self.theirs) * 1000

    def _ratios(self) -> list[float]:
        return [theirs.seconds / ours.seconds for ours, theirs in zip(self.ours, self.theirs, strict=True)]


def compare(ours: Side, theirs: Side, rounds: int = ROUNDS) -> Compared:
    """Measure two functions that do their work so many times and give the mean of one."""
    again_ours, again_theirs = _repeats(ours), _repeats(theirs)
    samples = [(ours(again_ours), theirs(again_theirs)) for _ in range(rounds)]
    return Compared([sample for sample, _ in samples], [sample for _, sample in samples])


def _repeats(side: Side) -> int:
    side(1)  # warms up
    return max(1, round(ROUND / max(side(1).seconds, 1e-6)))
