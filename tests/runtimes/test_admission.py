"""Who waits and who is refused, in a model of a server: requests at times, and makings that take as long as they do."""

import heapq
import random
from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from firstsight.runtimes.admission import Admission

RENDERS, QUEUE, MAKING = 2, 32, 0.06
#: Makings in a second, at most.
CAPACITY = RENDERS / MAKING


@dataclass(frozen=True)
class Outcome:
    """When a request came, and the seconds until it had its image; None if it was refused."""

    came: float
    seconds: float | None


def serve(times: list[float], queue: int = QUEUE, making: float = MAKING, seconds: float = 10) -> list[Outcome]:
    """Serve requests at these times, first come first served."""
    admission = Admission(renders=RENDERS, queue=queue, seconds=seconds)
    admission.made(making)
    free, ends, outcomes = [0.0] * RENDERS, list[float](), []
    for now in times:
        while ends and ends[0] <= now:
            heapq.heappop(ends)
            admission.made(making)
        if not admission.admits(len(ends), now):
            outcomes.append(Outcome(now, None))
            continue
        end = max(now, heapq.heappop(free)) + making
        heapq.heappush(free, end)
        heapq.heappush(ends, end)
        outcomes.append(Outcome(now, end - now))
    return outcomes


def arrivals(load: float, start: float, end: float) -> Iterator[float]:
    """Times of people who know nothing of each other, so many times as many as can be served."""
    chance, now = random.Random(0), start
    while (now := now + chance.expovariate(load * CAPACITY)) < end:
        yield now


def accepted(outcomes: list[Outcome]) -> list[float]:
    return sorted(outcome.seconds for outcome in outcomes if outcome.seconds is not None)


def test_a_burst_as_long_as_the_queue_is_served_and_one_more_is_not() -> None:
    outcomes = serve([0.0] * (RENDERS + QUEUE + 5))
    assert [outcome.seconds is not None for outcome in outcomes] == [True] * (RENDERS + QUEUE) + [False] * 5


def test_bursts_that_can_be_made_before_the_next_are_all_served() -> None:
    times = [second + n / 1000 for second in (0, 2, 4, 6) for n in range(30)]
    assert len(accepted(serve(times))) == len(times)


@pytest.mark.parametrize("load", [2, 10, 50])
def test_under_a_load_that_stays_what_is_accepted_is_made_at_once(load: float) -> None:
    outcomes = serve(list(arrivals(load, 0, 60)))
    times = accepted(outcomes)
    assert times[len(times) * 95 // 100] <= 2 * MAKING
    assert len(times) > 0.8 * 60 * CAPACITY if load >= 10 else True
    late = [outcome for outcome in outcomes if outcome.seconds and outcome.seconds > 2 * MAKING]
    assert late
    assert max(outcome.came for outcome in late) < 5  # only the first, who came before it was known that it would stay


@pytest.mark.parametrize(("load", "most"), [(0.5, 0.0), (0.8, 0.0), (0.9, 0.01)])
def test_a_load_that_can_be_borne_is_borne(load: float, most: float) -> None:
    outcomes = serve(list(arrivals(load, 0, 120)))
    assert 1 - len(accepted(outcomes)) / len(outcomes) <= most


@pytest.mark.parametrize("load", [0.3, 0.8])
def test_soon_after_too_much_bursts_are_served_again(load: float) -> None:
    times = [*arrivals(10, 0, 10), *arrivals(load, 10, 20)]
    outcomes = [outcome for outcome in serve(times) if outcome.came > 15]
    assert len(accepted(outcomes)) == len(outcomes)
    burst = [*arrivals(10, 0, 10), *([15.0] * (RENDERS + QUEUE))]
    assert all(outcome.seconds for outcome in serve(burst) if outcome.came == 15)


def test_without_a_queue_nobody_waits() -> None:
    times = accepted(serve(list(arrivals(3, 0, 20)), queue=0))
    assert times == pytest.approx([MAKING] * len(times))


def test_nobody_waits_who_would_not_be_served_in_time() -> None:
    outcomes = serve([0.0] * 30, making=3.0, seconds=10)
    assert accepted(outcomes) == pytest.approx([3, 3, 6, 6, 9, 9])


def test_before_the_first_making_nothing_is_known_of_the_time_it_takes() -> None:
    admission = Admission(renders=1, queue=2, seconds=1)
    assert [admission.admits(n, now=n) for n in range(4)] == [True, True, True, False]
