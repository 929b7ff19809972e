"""
What a month costs, from a table of prices with a date. Pure, and an estimate: list prices of us-east-1 in US dollars.

Other regions cost up to half as much again. Free tiers are left out, and so is what is there without us: keeping the
sources, and the transfer from S3 to whom it serves.
"""

from dataclasses import dataclass

from firstsight.settings import Front, Topology

#: The month of the price lists.
DATE = "2025-06"
#: By the second and GB of memory; by the million of requests; by the thousand of puts; by the GB.
LAMBDA_GB_SECOND = {"arm64": 0.0000133334, "x86_64": 0.0000166667}
LAMBDA_REQUESTS = 0.20
FRONT_REQUESTS = {Front.REST_API: 3.50, Front.HTTP_API: 1.00, Front.FUNCTION_URL: 0.0}
CLOUDFRONT_REQUESTS, EDGE_CALLS, CLOUDFRONT_GB = 1.00, 0.10, 0.085
S3_THOUSAND_PUTS, S3_THOUSAND_GETS, S3_GB = 0.005, 0.0004, 0.023
LOGS_GB, ALARM, DASHBOARD = 0.50, 0.10, 3.00

#: What a request is taken to be: one in twenty is the first of its kind; a derivative's KB; seconds to make one; a log
#: line's KB.
FIRST, KILOBYTES, SECONDS, LOG_KILOBYTES = 0.05, 50, 0.15, 1.5
REQUESTS = 1_000_000


@dataclass(frozen=True, slots=True)
class Cost:
    """One row: what for, and US dollars a month."""

    what: str
    dollars: float


@dataclass(frozen=True, slots=True)
class Estimate:
    """A month at so many requests."""

    requests: int
    costs: tuple[Cost, ...]

    @property
    def dollars(self) -> float:
        """Give the sum."""
        return sum(cost.dollars for cost in self.costs)


def estimate(
    topology: Topology, front: Front, architecture: str, memory: int, *, alarms: int, notified: bool, requests: int
) -> Estimate:
    """Estimate a month. `notified` is whether each derivative that is kept tells the function of itself."""
    first = requests * FIRST
    asked = first if topology is not Topology.DIRECT else requests
    calls = asked + (first if notified else 0)
    seconds = first * SECONDS + (calls - first) * 0.02
    gigabytes = requests * KILOBYTES / 1e6
    rows = [
        Cost(
            f"Lambda, {calls:,.0f} calls",
            calls / 1e6 * LAMBDA_REQUESTS + _gigabyte_seconds(seconds, memory, architecture),
        ),
        Cost(f"S3, {first:,.0f} derivatives kept", first / 1e3 * S3_THOUSAND_PUTS + first * KILOBYTES / 1e6 * S3_GB),
        Cost(f"S3, {requests:,.0f} reads", requests / 1e3 * S3_THOUSAND_GETS),
        Cost("Logs", calls * LOG_KILOBYTES / 1e6 * LOGS_GB),
        Cost(f"{alarms} alarms and a dashboard", alarms * ALARM + DASHBOARD),
    ]
    if FRONT_REQUESTS[front]:
        rows.insert(1, Cost(f"API Gateway, {asked:,.0f} requests", asked / 1e6 * FRONT_REQUESTS[front]))
    if topology is Topology.CDN:
        edge = requests / 1e6 * (CLOUDFRONT_REQUESTS + EDGE_CALLS)
        rows.insert(1, Cost(f"CloudFront, {gigabytes:,.0f} GB", edge + gigabytes * CLOUDFRONT_GB))
    return Estimate(requests, tuple(rows))


def _gigabyte_seconds(seconds: float, memory: int, architecture: str) -> float:
    return seconds * memory / 1024 * LAMBDA_GB_SECOND[architecture]
