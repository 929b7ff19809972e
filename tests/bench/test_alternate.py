"""Two ways measured in turn: their ratio is taken round by round."""

from collections.abc import Callable

import pytest

from bench.alternate import Compared, Sample, compare


def test_the_ratio_is_the_median_of_the_rounds_so_drift_cancels() -> None:
    slower_and_slower = [1.0, 2.0, 4.0, 8.0, 16.0]
    ours = [Sample(drift, drift) for drift in slower_and_slower]
    theirs = [Sample(3 * drift, 2 * drift) for drift in slower_and_slower]
    compared = Compared(ours, theirs)
    assert compared.ratio == pytest.approx(3)
    assert compared.cpu_ratio == pytest.approx(2)
    assert compared.spread == "3.00 to 3.00"
    assert compared.milliseconds == pytest.approx((4000, 12000))


def test_the_sides_take_turns_after_a_warm_up_and_short_ones_are_repeated() -> None:
    calls: list[tuple[str, int]] = []

    def side(name: str, seconds: float) -> Callable[[int], Sample]:
        def run(repeat: int) -> Sample:
            calls.append((name, repeat))
            return Sample(seconds, seconds)

        return run

    compared = compare(side("ours", 0.01), side("theirs", 0.5), rounds=3)
    assert calls == [("ours", 1), ("ours", 1), ("theirs", 1), ("theirs", 1)] + [("ours", 8), ("theirs", 1)] * 3
    assert compared.ratio == pytest.approx(50)
