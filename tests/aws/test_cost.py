"""What a month costs, against sums that are written out by hand, and what must hold for any month."""

import dataclasses
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firstsight.aws import cost
from firstsight.aws.cost import Deployment, Estimate, Traffic
from firstsight.aws.durations import MEASURED, Durations
from firstsight.aws.prices import FRONTS, PRICES, Price
from firstsight.settings import Front, Topology

#: Round numbers, so that the sums can be followed.
ROUND = Durations(
    made=100, stored=20, start=500, cold=0.02, made_processor=40, stored_processor=5, kilobytes=100, source="a test"
)
FRONT = {Topology.CDN: Front.FUNCTION_URL, Topology.WEBSITE: Front.REST_API, Topology.DIRECT: Front.HTTP_API}
MONTH = Traffic(requests=1_000_000, hit_rate=0.98, cached=0.9, kilobytes=100, months=12, peak=3)


def deployment(topology: Topology, **changes: object) -> Deployment:
    given = {"front": FRONT[topology], "architecture": "arm64", "memory": 1536, "alarms": 3, "notified": True}
    return Deployment(topology, **{**given, **changes})  # type: ignore[arg-type]  # a table of any changes


def by_name(estimate: Estimate) -> dict[str, float]:
    return {row.what: row.dollars for row in estimate.costs}


# By hand: a million requests, of which 20,000 (2 %) are made; 100 KB each, which are 100,000 of the 1,073,741,824 bytes
# of a GB.

#: 20,000 makings of 100 ms, 20,000 news of them of 20 ms, and 2 % of the 40,000 calls begin with 500 ms: 2,800 s.
BEHIND_SECONDS = 20_000 * 0.1 + 20_000 * 0.02 + 800 * 0.5
#: 980,000 answers of what is stored come to it: 23,400 s without the starts, and 10,200 s for 20,400 of those.
DIRECT_SECONDS = 20_000 * 0.1 + (980_000 + 20_000) * 0.02 + 20_400 * 0.5
GIGABYTES = 1_000_000 * 100_000 / 1_073_741_824  # 93.13 GB

BY_HAND: dict[Topology, dict[str, float]] = {
    Topology.CDN: {
        "Lambda, compute": BEHIND_SECONDS * 1.5 * 0.0000133334,
        "Lambda, requests": 0.04 * 0.20,
        "S3, puts": 20 * 0.005,
        # of a making two (its source, whether it is there), of its news one, and what CloudFront does not hold: all but
        # nine tenths of 980,000
        "S3, gets": (40 + 20 + 118) * 0.0004,
        "S3, storage": GIGABYTES * 0.02 * 12 * 0.023,
        "CloudFront, requests": 1 * 1.00,
        "CloudFront, at the edge": 1 * 0.10,
        "CloudFront, transfer": GIGABYTES * 0.085,
        "Logs": (20_000 * 1_100 + 40_000 * 400) / 1_073_741_824 * 0.50,
        "3 alarms and a dashboard": 3 * 0.10 + 3.00,
    },
    Topology.WEBSITE: {
        "Lambda, compute": BEHIND_SECONDS * 1.5 * 0.0000133334,
        "Lambda, requests": 0.04 * 0.20,
        "API Gateway": 0.02 * 3.50,
        "S3, puts": 20 * 0.005,
        # the same 60,000, every request, and once more whoever was redirected
        "S3, gets": (40 + 20 + 1_000 + 20) * 0.0004,
        "S3, storage": GIGABYTES * 0.02 * 12 * 0.023,
        "Transfer": GIGABYTES * 0.09,
        "Logs": (20_000 * 1_100 + 40_000 * 400) / 1_073_741_824 * 0.50,
        "3 alarms and a dashboard": 3 * 0.10 + 3.00,
    },
    Topology.DIRECT: {
        "Lambda, compute": DIRECT_SECONDS * 1.5 * 0.0000133334,
        "Lambda, requests": 1.02 * 0.20,
        "API Gateway": 1 * 1.00,
        "S3, puts": 20 * 0.005,
        "S3, gets": (2_000 + 20) * 0.0004,
        "S3, storage": GIGABYTES * 0.02 * 12 * 0.023,
        "Transfer": GIGABYTES * 0.09,
        "Logs": (1_000_000 * 1_100 + 1_020_000 * 400) / 1_073_741_824 * 0.50,
        "3 alarms and a dashboard": 3 * 0.10 + 3.00,
    },
}


@pytest.mark.parametrize("topology", Topology)
def test_a_month_of_the_function_is_what_it_is_by_hand(topology: Topology) -> None:
    assert by_name(cost.function(deployment(topology), MONTH, ROUND)) == pytest.approx(BY_HAND[topology])


def test_a_month_of_containers_is_what_it_is_by_hand() -> None:
    """A thousand million requests to containers alone, on x86_64, of which 20 million are made."""
    traffic = dataclasses.replace(MONTH, requests=1e9)
    # 20e6 x 40 ms and 980e6 x 5 ms are 5.7e6 s of a processor; a month has 730 x 3600 s, so 2.169 processors on
    # average, 6.507 in the busiest hour, and 10.845 if each is to be used at 60 %
    asked = deployment(Topology.DIRECT, architecture="x86_64")
    assert cost.tasks_of(asked, traffic, ROUND) == 11
    rows = by_name(cost.container(asked, traffic, ROUND))
    assert rows["Containers, 11 x 1 processor"] == pytest.approx(11 * 730 * 0.04048)
    assert rows["Containers, 11 x 2 GB"] == pytest.approx(22 * 730 * 0.004445)
    assert rows["Load balancer"] == pytest.approx(730 * 0.0225)
    # 93,132 GB in 730 hours are 127.6 GB an hour; 380 requests a second over 25 are fewer units than that
    assert rows["Load balancer, capacity"] == pytest.approx(1000 * GIGABYTES * 0.008)
    assert rows["Transfer"] == pytest.approx(
        10_240 * 0.09 + 40_960 * 0.085 + (1000 * GIGABYTES - 51_200) * 0.07  # of 93,132 GB
    )


def test_a_month_without_requests_costs_the_containers_the_balancer_and_what_watches() -> None:
    nothing = dataclasses.replace(MONTH, requests=0)
    asked = deployment(Topology.CDN)
    assert cost.function(asked, nothing, ROUND).dollars == pytest.approx(3.30)
    containers = 2 * 730 * (0.03238 + 2 * 0.00356)
    assert cost.container(asked, nothing, ROUND).dollars == pytest.approx(containers + 730 * 0.0225 + 3.30)


@pytest.mark.parametrize(
    ("amount", "dollars"),
    [(0, 0), (10, 10), (100, 100), (150, 100 + 25), (1_000, 100 + 450), (1_001, 100 + 450 + 0.1)],
)
def test_each_part_of_an_amount_has_the_price_of_its_step(amount: float, dollars: float) -> None:
    price = Price("", "", "", ((100, 1.0), (1_000, 0.5), (math.inf, 0.1)))
    assert price.of(amount) == pytest.approx(dollars)


@pytest.mark.parametrize("name", PRICES)
def test_a_price_has_a_page_a_date_and_steps_that_rise_to_no_end_and_fall_in_price(name: str) -> None:
    price = PRICES[name]
    assert price.page
    assert len(price.date) == len("2025-06")
    limits, dollars = zip(*price.steps, strict=True)
    assert list(limits) == sorted(set(limits))
    assert limits[-1] == math.inf
    assert list(dollars) == sorted(dollars, reverse=True)


# What holds for any month.

MONTHS = st.builds(
    Traffic,
    requests=st.floats(0, 1e10),
    hit_rate=st.floats(0, 1),
    cached=st.floats(0, 1),
    kilobytes=st.floats(1, 1000),
    months=st.floats(0, 60),
    peak=st.floats(1, 20),
)
DEPLOYMENTS = st.builds(
    Deployment,
    topology=st.sampled_from(Topology),
    front=st.sampled_from((*FRONTS, Front.FUNCTION_URL)),
    architecture=st.sampled_from(("arm64", "x86_64")),
    memory=st.integers(128, 10_240),
    alarms=st.integers(0, 10),
    notified=st.booleans(),
)
EITHER = st.sampled_from((cost.function, cost.container))


@given(EITHER, DEPLOYMENTS, MONTHS, st.floats(1, 10))
def test_more_requests_never_cost_less(estimate: type, asked: Deployment, month: Traffic, factor: float) -> None:
    more = dataclasses.replace(month, requests=month.requests * factor)
    assert estimate(asked, more).dollars >= estimate(asked, month).dollars - 1e-6


@given(EITHER, DEPLOYMENTS, MONTHS, st.floats(0, 1))
def test_more_misses_never_cost_less(estimate: type, asked: Deployment, month: Traffic, part: float) -> None:
    worse = dataclasses.replace(month, hit_rate=month.hit_rate * part)
    assert estimate(asked, worse).dollars >= estimate(asked, month).dollars - 1e-6


@given(EITHER, DEPLOYMENTS, MONTHS)
def test_the_parts_add_up_to_the_whole_and_none_is_negative(estimate: type, asked: Deployment, month: Traffic) -> None:
    found = estimate(asked, month)
    assert all(row.dollars >= 0 for row in found.costs)
    assert found.dollars == pytest.approx(sum(row.dollars for row in found.costs))


@given(DEPLOYMENTS, MONTHS)
def test_containers_carry_the_busiest_hour(asked: Deployment, month: Traffic) -> None:
    handled = month.requests if asked.topology is Topology.DIRECT else month.requests * (1 - month.hit_rate)
    made = month.requests * (1 - month.hit_rate)
    work = made * MEASURED.made_processor + (handled - made) * MEASURED.stored_processor
    busiest = work / 1000 / (730 * 3600) * month.peak
    tasks = cost.tasks_of(asked, month)
    assert tasks >= 2
    assert busiest <= tasks * 0.6 * (1 + 1e-9)


# The crossover.


def test_the_crossover_is_where_two_straight_lines_meet() -> None:
    """Of $2 a million against $70 and $1 a million: at 70 million."""
    found = cost.crossover(lambda requests: 2e-6 * requests - (70 + 1e-6 * requests))
    assert found is not None
    assert list(found) == pytest.approx([70e6, 70e6], rel=1e-3)


def test_a_crossover_that_a_step_turns_back_is_given_as_its_first_and_its_last() -> None:
    """A container costs $10 and carries ten million; at $1.1 a million the function is cheaper again after a step."""
    found = cost.crossover(lambda requests: 1.1e-6 * requests - 10 * math.ceil(requests / 10e6))
    assert found is not None
    first, last = found
    assert first == pytest.approx(10e6 / 1.1, rel=1e-3)
    # ten containers cost $100, which are passed at 100 / 1.1 million; eleven, from 100 million on, cost $110, and so
    # does the function there
    assert last == pytest.approx(100e6 / 1.1, rel=1e-3)


def test_there_is_no_crossover_where_the_function_is_always_cheaper() -> None:
    assert cost.crossover(lambda requests: -1.0) is None


def test_a_crossover_below_all_that_is_looked_at_is_the_least_of_it() -> None:
    assert cost.crossover(lambda requests: 1.0) == (1e3, 1e3)
