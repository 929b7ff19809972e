"""How a month's cost is shown: as a table, as JSON, and as a drawing."""

import itertools
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass, replace
from typing import Any

from rich.console import Console
from rich.table import Table

from firstsight.aws import cost, durations, prices
from firstsight.plot import Curve, Plot, draw
from firstsight.settings import Settings

#: The requests a month that a drawing spans at least, its points, and the least dollars that it shows.
_FROM, _TO, _POINTS, _LEAST = 1e5, 1e10, 100, 0.01


@dataclass(frozen=True, slots=True)
class Month:
    """What an estimate is made of."""

    deployment: cost.Deployment
    traffic: cost.Traffic
    durations: durations.Durations

    def sides(self, requests: float | None = None) -> tuple[cost.Estimate, cost.Estimate]:
        """Give the function's month and the containers', at these or other requests."""
        traffic = self.traffic if requests is None else replace(self.traffic, requests=requests)
        given = self.deployment, traffic, self.durations
        return cost.function(*given), cost.container(*given)

    def crossover(self) -> tuple[float, float] | None:
        """Give the requests a month from which on the containers cost less, first and for good."""

        def difference(requests: float) -> float:
            function, containers = self.sides(requests)
            return function.dollars - containers.dollars

        return cost.crossover(difference)


def logged(settings: Settings, *, minutes: int, most: int) -> durations.Durations:
    """Read how long the function takes from its log. Raises NothingLogged, NoAws, AwsRefused, BadSettings."""
    import time

    from firstsight.aws import names, reading

    cloud = reading.connect(settings)
    since = int((time.time() - minutes * 60) * 1000)
    found = cloud.log_lines(f"/aws/lambda/{names.stack_name(settings)}", since, "")
    return durations.from_log(message for _, _, message in itertools.islice(found, most))


def show(month: Month, console: Console) -> None:
    """Print both sides part by part, the crossover, and what all of it goes by."""
    function, containers = month.sides()
    traffic = month.traffic
    console.print(
        f"A month of {traffic.requests:,.0f} requests, {traffic.hit_rate * 100:.4g} % of them there already: "
        f"{traffic.made:,.0f} images are made.\n",
        soft_wrap=True,
    )
    table = Table(box=None, pad_edge=False, padding=(0, 3, 0, 0))
    for name in ("US dollars a month", "amount", "function", "containers"):
        table.add_column(name, justify="right" if name in ("function", "containers") else "left", no_wrap=True)
    for what, amount, ours, theirs in _rows(function, containers):
        table.add_row(what, amount, *("-" if side is None else f"{side:,.2f}" for side in (ours, theirs)))
    table.add_section()
    table.add_row("all", "", f"{function.dollars:,.2f}", f"{containers.dollars:,.2f}", style="bold")
    console.print(table)
    console.print(f"\n{_crossover(month)}", soft_wrap=True)
    console.print(
        f"Containers: Fargate, as many as the busiest hour needs, all the month; the rest is the same.\n"
        f"Durations: {month.durations.source}.\n"
        f"Prices: lists of us-east-1, {prices.DATE}, without free tiers.",
        style="dim",
        soft_wrap=True,
    )


def data(month: Month) -> dict[str, Any]:
    """Give all of it as JSON."""
    function, containers = month.sides()
    crossover = month.crossover()
    return {
        "traffic": asdict(month.traffic),
        "deployment": asdict(month.deployment),
        "durations": asdict(month.durations),
        "function": _side(function),
        "containers": _side(containers),
        "crossover": [round(requests) for requests in crossover] if crossover else None,
        "prices": [
            {
                "what": price.what,
                "unit": price.unit,
                "page": price.page,
                "date": price.date,
                "steps": [
                    {"dollars": dollars, "up_to": None if upto == float("inf") else upto}
                    for upto, dollars in price.steps
                ],
            }
            for price in prices.PRICES.values()
        ],
    }


def drawing(month: Month) -> str:
    """Draw both sides over requests a month, with a dot at the crossover."""
    crossover = month.crossover()
    asked = month.traffic.requests or _FROM
    low, high = min(_FROM, asked / 10), max(_TO, asked * 10)
    requests = [low * (high / low) ** (step / _POINTS) for step in range(_POINTS + 1)]
    requests = sorted([*requests, *(crossover or ())[:1]])
    months = [month.sides(one) for one in requests]
    parts = [[*_rows(*sides)] for sides in months]
    marked = requests.index(crossover[0]) if crossover else None
    traffic = month.traffic
    return draw(
        Plot(
            f"A month on AWS by requests ({month.deployment.topology}, {traffic.hit_rate * 100:.4g} % there already)",
            "requests a month",
            "US dollars a month",
            [
                Curve("function", requests, [function.dollars for function, _ in months], marked),
                Curve("containers", requests, [containers.dollars for _, containers in months]),
                Curve("Lambda alone", requests, [_alone(row[2] for row in rows if row[3] is None) for rows in parts]),
                Curve(
                    "containers alone", requests, [_alone(row[3] for row in rows if row[2] is None) for rows in parts]
                ),
            ],
            f"dot: they cost the same,\nat {_round(crossover[0])}" if crossover else "",
            log="xy",
        )
    )


def _rows(function: cost.Estimate, containers: cost.Estimate) -> Iterator[tuple[str, str, float | None, float | None]]:
    """Give each part with its amount and the dollars of either side: ours alone, theirs alone, and what both have."""
    ours, theirs = ({row.what: row for row in side.costs} for side in (function, containers))
    yield from ((row.what, row.amount, row.dollars, None) for row in ours.values() if row.what not in theirs)
    yield from ((row.what, row.amount, None, row.dollars) for row in theirs.values() if row.what not in ours)
    for name in ours:
        if name in theirs:
            yield name, ours[name].amount, ours[name].dollars, theirs[name].dollars


def _alone(dollars: Iterable[float | None]) -> float:
    return max(_LEAST, sum(filter(None, dollars)))


def _crossover(month: Month) -> str:
    found = month.crossover()
    if found is None:
        return "The function costs less than containers however many requests there are."
    first, last = map(_round, found)
    if first == last:
        return f"The function costs less than containers up to {first} requests a month, and more from there on."
    return (
        f"The function costs less than containers up to {first} requests a month, and more from {last} on; "
        "between, it depends on whether another container has just been added."
    )


def _round(requests: float) -> str:
    return f"{float(f'{requests:.2g}'):,.0f}"


def _side(estimate: cost.Estimate) -> dict[str, Any]:
    return {
        "dollars_a_month": round(estimate.dollars, 2),
        "rows": [{**asdict(row), "dollars": round(row.dollars, 6)} for row in estimate.costs],
    }
