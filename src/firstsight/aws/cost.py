"""
What a month costs, part by part, and what an always-on container in the function's place would cost. Pure.

An estimate of what is there because of us: keeping the sources is left out. GB are of 2^30 bytes, as AWS counts them.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass

from firstsight.aws.desired import front_of
from firstsight.aws.durations import MEASURED, Durations
from firstsight.aws.prices import FRONTS, PRICES
from firstsight.records import replace
from firstsight.settings import Architecture, Front, Settings, Topology

REQUESTS = 1_000_000
HOURS = 730
_SECONDS = HOURS * 3600
#: The KB of a line a request in the log, and of Lambda's own lines around each call.
_LINE, _REPORT = 1.1, 0.4
#: Containers: processors and GB of each, how much of a processor the busiest hour may use, and the least of them.
PROCESSORS, GIGABYTES, USED, LEAST = 1, 2, 0.6, 2
#: What a unit of a load balancer's capacity is (Elastic Load Balancing pricing): GB an hour, new connections a second.
_UNIT_GIGABYTES, _UNIT_CONNECTIONS = 1, 25
#: The requests a month between which a crossover is looked for, and how finely.
_FROM, _TO, _STEPS_A_DECADE = 1e3, 1e12, 200


@dataclass(frozen=True, slots=True)
class Traffic:
    """
    What is asked in a month.

    `hit_rate` is the share of requests whose derivative is there already, wherever; `cached` is the share of those
    that CloudFront answers without asking S3; `months` is for how long derivatives are kept; `peak` is the busiest hour
    over the average one.
    """

    requests: float = REQUESTS
    hit_rate: float = 0.95
    cached: float = 0.9
    kilobytes: float = MEASURED.kilobytes
    months: float = 12
    peak: float = 3

    @property
    def made(self) -> float:
        """How many derivatives are made in a month."""
        return self.requests * (1 - self.hit_rate)


@dataclass(frozen=True, slots=True)
class Deployment:
    """What has been deployed, as far as it costs. `notified`: each derivative that is kept tells the function of it."""

    topology: Topology
    front: Front
    architecture: str
    memory: int
    alarms: int
    notified: bool = True


def alarms_of(topology: Topology) -> int:
    """Give how many alarms watch.py makes; a test compares."""
    return 4 if topology is Topology.DIRECT else 5


def deployment_of(
    settings: Settings,
    *,
    topology: Topology | None = None,
    memory: int | None = None,
    architecture: Architecture | None = None,
) -> Deployment:
    """Give what the settings would deploy, with what is asked for instead. Raises BadSettings."""
    aws = settings.aws
    # a front is chosen for a topology, so that another topology takes its own
    chosen = aws if topology in (None, aws.topology) else replace(aws, topology=topology, front=Front.AUTO)
    return Deployment(
        chosen.topology,
        front_of(replace(settings, aws=chosen)),
        (architecture or aws.architecture).value,
        memory or aws.memory,
        alarms=alarms_of(chosen.topology),
        notified=settings.derivatives in ("", settings.source),
    )


@dataclass(frozen=True, slots=True)
class Cost:
    """One part: what for, how much of it, and US dollars a month."""

    what: str
    amount: str
    dollars: float


@dataclass(frozen=True, slots=True)
class Estimate:
    """A month at so many requests."""

    requests: float
    costs: tuple[Cost, ...]

    @property
    def dollars(self) -> float:
        """Give the sum."""
        return math.fsum(cost.dollars for cost in self.costs)


def function(deployment: Deployment, traffic: Traffic, durations: Durations = MEASURED) -> Estimate:
    """Estimate a month of the function and all that is around it."""
    made, found, told = traffic.made, _found(deployment, traffic), traffic.made if deployment.notified else 0
    calls = made + found + told
    # news of a derivative of ours costs a look at it, as one that is stored does
    seconds = (
        made * durations.made + (found + told) * durations.stored + calls * durations.cold * durations.start
    ) / 1000
    rows = [
        cost_of(
            "Lambda, compute", f"lambda-{deployment.architecture}", seconds * deployment.memory / 1024, "GB-seconds"
        ),
        cost_of("Lambda, requests", "lambda-requests", calls / 1e6, "million"),
    ]
    if deployment.front in FRONTS:
        rows.append(cost_of("API Gateway", FRONTS[deployment.front], (made + found) / 1e6, "million"))
    return Estimate(
        traffic.requests,
        (*rows, *_around(deployment, traffic, logged=(made + found) * _LINE + calls * _REPORT, looks=told)),
    )


def container(deployment: Deployment, traffic: Traffic, durations: Durations = MEASURED) -> Estimate:
    """
    Estimate a month of Fargate containers that do what the function does, in its place, behind a load balancer.

    There are as many as the busiest hour needs, all the month. The store and CloudFront are the same.
    """
    tasks, answered = tasks_of(deployment, traffic, durations), traffic.made + _found(deployment, traffic)
    units = max(
        _gigabytes(answered, traffic.kilobytes) / HOURS / _UNIT_GIGABYTES, answered / _SECONDS / _UNIT_CONNECTIONS
    )
    name = f"fargate-{deployment.architecture}"
    rows = [
        cost_of(
            f"Containers, {tasks:,} x {PROCESSORS} processor", f"{name}-cpu", tasks * PROCESSORS * HOURS, "vCPU-hours"
        ),
        cost_of(f"Containers, {tasks:,} x {GIGABYTES} GB", f"{name}-memory", tasks * GIGABYTES * HOURS, "GB-hours"),
        cost_of("Load balancer", "balancer", HOURS, "hours"),
        cost_of("Load balancer, capacity", "balancer-capacity", units * HOURS, "LCU-hours"),
    ]
    return Estimate(traffic.requests, (*rows, *_around(deployment, traffic, logged=answered * _LINE, looks=0)))


def tasks_of(deployment: Deployment, traffic: Traffic, durations: Durations = MEASURED) -> int:
    """Give how many containers the busiest hour needs."""
    work = traffic.made * durations.made_processor + _found(deployment, traffic) * durations.stored_processor
    busiest = work / 1000 / _SECONDS * traffic.peak
    return max(LEAST, math.ceil(busiest / PROCESSORS / USED))


def crossover(difference: Callable[[float], float]) -> tuple[float, float] | None:
    """
    Give the requests a month at which the function first costs more than containers, and from which on it always does.

    `difference` is the function's dollars less the containers'. The two differ where one more container changes the
    sign back. None if the containers are still dearer at the end, 10^12 requests a month.
    """
    decades = math.log10(_TO / _FROM)
    grid = [_FROM * 10 ** (step / _STEPS_A_DECADE) for step in range(round(decades * _STEPS_A_DECADE) + 1)]
    dearer = [difference(requests) > 0 for requests in grid]
    if not dearer[-1]:
        return None
    last = len(grid) - dearer[::-1].index(False) if False in dearer else 0
    return _sharpened(difference, grid, dearer.index(True)), _sharpened(difference, grid, last)


def _sharpened(difference: Callable[[float], float], grid: list[float], index: int) -> float:
    if index == 0:
        return grid[0]
    low, high = grid[index - 1], grid[index]
    while high / low > 1.0001:
        middle = math.sqrt(low * high)
        low, high = (low, middle) if difference(middle) > 0 else (middle, high)
    return high


def _found(deployment: Deployment, traffic: Traffic) -> float:
    """Give the requests that reach the function for what is there: all, where nothing stands before it."""
    return traffic.requests - traffic.made if deployment.topology is Topology.DIRECT else 0.0


def _around(deployment: Deployment, traffic: Traffic, *, logged: float, looks: float) -> list[Cost]:
    """Give what either has around it: the store, the way to the viewer, and what watches."""
    made, hits = traffic.made, traffic.requests - traffic.made
    # the source, and whether the derivative is there
    reads = 2 * (made + _found(deployment, traffic)) + looks
    if deployment.topology is Topology.WEBSITE:
        reads += traffic.requests + made  # who was redirected comes back
    elif deployment.topology is Topology.CDN:
        reads += traffic.requests - hits * traffic.cached
    kept = _gigabytes(made * traffic.months, traffic.kilobytes)
    sent = _gigabytes(traffic.requests, traffic.kilobytes)
    return [
        cost_of("S3, puts", "s3-puts", made / 1e3, "thousand"),
        cost_of("S3, gets", "s3-gets", reads / 1e3, "thousand"),
        cost_of("S3, storage", "s3-storage", kept, "GB"),
        *_way(deployment, traffic.requests / 1e6, sent),
        cost_of("Logs", "logs", _gigabytes(logged, 1), "GB"),
        Cost(
            f"{deployment.alarms} alarms and a dashboard",
            "",
            PRICES["alarm"].of(deployment.alarms) + PRICES["dashboard"].of(1),
        ),
    ]


def _way(deployment: Deployment, millions: float, gigabytes: float) -> list[Cost]:
    if deployment.topology is not Topology.CDN:
        return [cost_of("Transfer", "transfer", gigabytes, "GB")]
    return [
        cost_of("CloudFront, requests", "cdn-requests", millions, "million"),
        cost_of("CloudFront, at the edge", "cdn-edge", millions, "million"),
        cost_of("CloudFront, transfer", "cdn-transfer", gigabytes, "GB"),
    ]


def _gigabytes(count: float, kilobytes: float) -> float:
    return count * kilobytes * 1000 / 2**30


def cost_of(what: str, price: str, amount: float, unit: str) -> Cost:
    """Give what an amount costs by a row of the price list."""
    return Cost(what, f"{amount:,.{0 if amount >= 100 else 2}f} {unit}", PRICES[price].of(amount))
