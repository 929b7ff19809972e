"""The formulas, against values that are known, against sums written out, and against what is simulated by events."""

import math

import numpy as np
import pytest

from bench import closed_forms as closed
from bench import simulated
from bench.popularity import Array, Popularity, poisson


@pytest.fixture
def random() -> np.random.Generator:
    return np.random.default_rng(20260106)


def everything(count: int, exponent: float = 0.8) -> Popularity:
    """Each thing with a bin of its own."""
    weights = np.arange(1, count + 1, dtype=np.float64) ** -exponent
    return Popularity(np.ones(count), weights / weights.sum())


def spread(random: np.random.Generator, mean: float, deviation: float, count: int) -> Array:
    return random.lognormal(math.log(mean) - deviation**2 / 2, deviation, count)


# At work at a time, and refused.


@pytest.mark.parametrize("deviation", [0.0, 0.6, 1.2])
@pytest.mark.parametrize("rate", [2, 50])
def test_as_many_are_at_work_as_come_in_the_time_that_one_takes(
    random: np.random.Generator, rate: float, deviation: float
) -> None:
    """Whatever the spread of the times is: M/G/inf."""
    times = poisson(random, rate, 100_000 / rate)
    found = simulated.environments(times, spread(random, 0.1, deviation, len(times)), start=0, idle=math.inf)
    assert found.mean == pytest.approx(closed.mean_concurrency(rate, 0.1), rel=0.03)


def test_what_is_at_work_at_most_is_a_quantile_of_poissons() -> None:
    """Of a mean of 2 the sums of e^-2 2^k / k! are 0.9834 up to 5, 0.9955 up to 6 and 0.9989 up to 7."""
    assert [closed.most_concurrency(20, 0.1, share) for share in (0.98, 0.99, 0.998)] == [5, 6, 7]
    assert closed.most_concurrency(0, 0.1, 0.999) == 0
    assert closed.most_concurrency(100_000, 0.1, 0.5) == pytest.approx(10_000, abs=1)


@pytest.mark.parametrize(
    ("load", "servers", "share"),
    [
        (1, 1, 1 / 2),
        (1, 2, 1 / 5),  # (1/2) / (1 + 1 + 1/2)
        (2, 2, 2 / 5),  # 2 / (1 + 2 + 2)
        (3, 3, 4.5 / 13),  # (27/6) / (1 + 3 + 9/2 + 27/6)
        (20, 30, 0.008457),  # tables of Erlang B
    ],
)
def test_erlangs_b_is_what_it_is_by_hand(load: float, servers: int, share: float) -> None:
    assert closed.erlang_b(load, servers) == pytest.approx(share, rel=1e-3)


@pytest.mark.parametrize(("load", "servers"), [(1.0, 2), (8.0, 8), (70.0, 64)])
def test_servers_without_a_queue_refuse_what_erlangs_b_says(
    random: np.random.Generator, load: float, servers: int
) -> None:
    times = poisson(random, load / 0.1, 10_000 / load)
    found = simulated.refused(times, spread(random, 0.1, 0.6, len(times)), servers)
    assert found == pytest.approx(closed.erlang_b(load, servers), rel=0.06)


def test_the_fewest_servers_are_those_that_refuse_little_enough() -> None:
    count = closed.least_servers(50, 0.01)
    assert closed.erlang_b(50, count) <= 0.01 < closed.erlang_b(50, count - 1)


# Cold starts.


@pytest.mark.parametrize("rate", [0.0005, 0.002, 0.004])
def test_of_rare_calls_those_start_cold_before_which_nobody_came_for_long(
    random: np.random.Generator, rate: float
) -> None:
    times = poisson(random, rate, 20_000 / rate)
    found = simulated.environments(times, np.full(len(times), 1e-6), start=0.1, idle=600)
    assert found.share == pytest.approx(math.exp(-rate * 600), rel=0.05)
    assert closed.cold_share(rate, 1e-6, 600) == pytest.approx(math.exp(-rate * 600), rel=1e-3)


@pytest.mark.parametrize("rate", [0.05, 0.5, 3.0])
def test_of_many_calls_few_start_cold_as_the_approximation_says(random: np.random.Generator, rate: float) -> None:
    times = poisson(random, rate, 300_000 / rate)
    found = simulated.environments(times, spread(random, 0.06, 0.6, len(times)), start=0.1, idle=600, warm=2000)
    assert found.share == pytest.approx(closed.cold_share(rate, 0.06, 600), rel=0.3)


def test_environments_are_taken_again_and_go_when_they_are_idle() -> None:
    """At 0 and 1 two start; at 3 both are free, and one is taken; at 20 both have been idle for too long."""
    times, seconds = np.array([0.0, 1.0, 3.0, 20.0]), np.array([1.5, 1.5, 1.0, 1.0])
    found = simulated.environments(times, seconds, start=0.0, idle=10)
    assert (found.calls, found.cold, found.most) == (4, 3, 2)
    assert found.mean == pytest.approx(5 / 20)


def test_an_environment_that_the_others_spare_goes_although_they_are_asked() -> None:
    """Two are at work at 1; until 17 one is enough, and then the second starts anew."""
    times, seconds = np.array([0.0, 1.0, 5.0, 9.0, 13.0, 17.0, 17.1]), np.full(7, 1.5)
    assert simulated.environments(times, seconds, start=0.0, idle=10).cold == 3


def test_the_approximation_holds_where_many_are_at_work(random: np.random.Generator) -> None:
    times = poisson(random, 40, 4_000)
    found = simulated.environments(times, spread(random, 0.05, 0.6, len(times)), start=0, idle=1, warm=100)
    assert found.share == pytest.approx(closed.cold_share(40, 0.05, 1), rel=0.2)


@pytest.mark.parametrize("rate", [0.01, 1, 400])
def test_where_nothing_is_kept_every_call_starts_cold(rate: float) -> None:
    assert closed.cold_share(rate, 0.05, 0) == pytest.approx(1)


# Caches, lives and herds.


@pytest.mark.parametrize("exponent", [0.6, 1.0])
@pytest.mark.parametrize("held", [10, 100, 1000])
def test_a_cache_answers_what_ches_approximation_says(random: np.random.Generator, exponent: float, held: int) -> None:
    things = everything(5_000, exponent)
    found = simulated.lru(simulated.asked(random, things, 120_000), held, 40_000)
    assert found == pytest.approx(closed.lru_hits(things, held), rel=0.04, abs=0.002)


def test_a_cache_with_room_for_all_answers_all_and_one_of_equals_what_it_holds() -> None:
    equal = Popularity(np.ones(1000), np.full(1000, 0.001))
    assert closed.lru_hits(equal, 1000) == 1
    assert closed.lru_hits(equal, 250) == pytest.approx(0.25, rel=1e-6)


def test_what_lives_for_a_time_is_made_once_a_life_and_the_wait_after_it(random: np.random.Generator) -> None:
    """One thing asked for twice an hour that lives for one: made every hour and a half, there for two thirds of it."""
    one = Popularity(np.ones(1), np.ones(1))
    assert closed.kept_misses(one, 2, 1) == pytest.approx(1 / 1.5)
    assert closed.kept_things(one, 2, 1) == pytest.approx(2 / 3)
    things = everything(1_000)
    times = poisson(random, 100, 1_800)
    found = simulated.kept(times, simulated.asked(random, things, len(times)), 60, 0)
    assert found == pytest.approx(closed.kept_misses(things, 100, 60) / 100, rel=0.03)


def test_the_first_requests_of_things_become_fewer(random: np.random.Generator) -> None:
    things = everything(2_000)
    times = poisson(random, 50, 400)
    found = simulated.firsts(times, simulated.asked(random, things, len(times)), 400, 4)
    for number, rate in enumerate(found):
        expected = np.mean([closed.first_requests(things, 50, number * 100 + after) for after in range(100)])
        assert rate == pytest.approx(expected, rel=0.15)
    assert closed.first_requests(things, 50, 0) == pytest.approx(50)


@pytest.mark.parametrize("rate", [1, 30, 500])
@pytest.mark.parametrize("processes", [None, 2, 8])
def test_a_herd_makes_one_thing_as_often_as_the_formula_says(
    random: np.random.Generator, rate: float, processes: int | None
) -> None:
    mean = np.mean([simulated.herd(random, rate, 0.06, processes) for _ in range(3_000)])
    formula = (
        closed.herd_of_function(rate, 0.06) if processes is None else closed.herd_of_processes(rate, 0.06, processes)
    )
    assert mean == pytest.approx(formula, rel=0.04)
    assert processes is None or formula <= processes
