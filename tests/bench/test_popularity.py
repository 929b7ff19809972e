"""What is asked, and when."""

import numpy as np
import pytest

from bench.popularity import DAY, EXACT, busiest, course, daily, poisson, zipf


@pytest.mark.parametrize("exponent", [0.6, 0.8, 1.0])
@pytest.mark.parametrize("count", [1, 100, EXACT, 1_000_000])
def test_bins_add_up_to_what_all_ranks_do(count: int, exponent: float) -> None:
    weights = np.arange(1, count + 1, dtype=np.float64) ** -exponent
    share = weights / weights.sum()
    found = zipf(count, exponent)
    assert found.many.sum() == pytest.approx(count, rel=1e-6)
    assert found.sum(found.share) == pytest.approx(1)
    assert found.share[0] == pytest.approx(share[0], rel=1e-4)
    # what is asked for at least once among a million requests, as an example of a sum that bends
    assert found.sum(-np.expm1(-found.share * 1e6)) == pytest.approx(float(-np.expm1(-share * 1e6).sum()), rel=1e-3)


def test_the_second_is_half_as_popular_as_the_first_where_the_exponent_is_1() -> None:
    found = zipf(1000, 1.0)
    assert found.share[0] / found.share[1:4] == pytest.approx([2, 3, 4])


def test_requests_come_at_their_rate_and_independently() -> None:
    times = poisson(np.random.default_rng(1), 5, 20_000)
    gaps = np.diff(times)
    assert len(times) == pytest.approx(100_000, rel=0.02)
    assert np.std(gaps) / np.mean(gaps) == pytest.approx(1, rel=0.02), "the times between them are exponential"


def test_a_day_has_its_average_and_its_busiest_moment() -> None:
    moments = np.arange(0, DAY, 10)
    assert course(moments).mean() == pytest.approx(1, rel=1e-6)
    assert course(moments).max() == pytest.approx(busiest(), rel=1e-6)
    assert busiest() == pytest.approx(3, rel=0.02)
    times = daily(np.random.default_rng(1), 0.5, 10 * DAY)
    assert len(times) == pytest.approx(0.5 * 10 * DAY, rel=0.02)
    counts = np.bincount((times % DAY // 3600).astype(int), minlength=24) / (10 * 3600 * 0.5)
    assert counts == pytest.approx(course(np.arange(1800, DAY, 3600, dtype=np.float64)), rel=0.12)
