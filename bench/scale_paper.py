"""Scale on paper: tables of what formulas and prices say, from ten thousand images to a thousand million."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from bench import closed_forms as closed
from bench.popularity import Popularity, busiest, zipf
from bench.tables import Cell, Table
from firstsight.aws.cost import USED, Deployment, Traffic, alarms_of, container, function
from firstsight.aws.durations import MEASURED
from firstsight.aws.prices import PRICES
from firstsight.settings import Front, Topology

#: What is assumed of a site: derivatives of an image that are ever asked for, and requests for it a month.
EACH, ASKED, EXPONENT = 5, 10, 0.8
#: How long an image stays before it is replaced or gone, in months, and a month in seconds.
LIFE, MONTH = 12, 730 * 3600
#: The share of what is there that CloudFront has in its caches.
CACHED = 0.9
SIZES = (10_000, 1_000_000, 100_000_000, 1_000_000_000)
#: S3's requests a second for each prefix (S3 User Guide, best practices design patterns), and the keys of one list.
PUTS, GETS, LISTED = 3_500, 5_500, 1_000
#: Seconds of a list, and billed seconds of a call that makes five presets from one decode, with their puts. Estimates.
LIST_SECONDS, FAMILY_SECONDS = 0.1, 0.16
#: A call to make one, in seconds.
MADE = MEASURED.made / 1000


@dataclass(frozen=True, slots=True)
class Site:
    """A site of so many images."""

    images: int

    @property
    def derivatives(self) -> int:
        """Give how many derivatives could be asked for."""
        return self.images * EACH

    @property
    def requests(self) -> float:
        """Give the requests a month."""
        return float(self.images * ASKED)

    @property
    def rate(self) -> float:
        """Give the requests a second, on average."""
        return self.requests / MONTH

    @property
    def popularity(self) -> Popularity:
        """Give how popular its derivatives are."""
        return zipf(self.derivatives, EXPONENT)

    @property
    def misses(self) -> float:
        """Give the share of requests for what is not there."""
        return closed.kept_misses(self.popularity, self.rate, LIFE * MONTH) / self.rate

    @property
    def stored(self) -> float:
        """Give how many derivatives are stored."""
        return closed.kept_things(self.popularity, self.rate, LIFE * MONTH)


def tables() -> list[Table]:
    """Give the tables."""
    sites = [Site(images) for images in SIZES]
    return [_traffic(sites), _prefixes(sites[1]), _money(sites), _chores(sites)]


def _traffic(sites: Sequence[Site]) -> Table:
    rows: list[list[Cell]] = []
    for site in sites:
        peak = site.rate * busiest()
        made = peak * site.misses
        gets = 3 * made + peak - peak * (1 - site.misses) * CACHED
        at_once = closed.most_concurrency(made, MADE, 0.999)
        rows.append(
            [
                f"{site.images:,}",
                f"{site.requests:,.0f}",
                few(peak),
                site.misses * 100,
                few(made),
                at_once,
                few(gets),
                f"{made / PUTS * 100:.2g} %",
                max(1, math.ceil(made * MEASURED.made_processor / 1000 / USED)),
            ]
        )
    return Table(
        "Traffic",
        (
            "images",
            "requests a month",
            "requests/s",
            "made, %",
            "made/s",
            "calls at once",
            "S3 gets/s",
            "of a prefix's puts",
            "processors of a server",
        ),
        rows,
        note=f"At the busiest moment of a day, {busiest():.1f} times the average. {EACH} derivatives and {ASKED} "
        f"requests a month of each image, popularity by Zipf with {EXPONENT}, images replaced after {LIFE} months; "
        f"CloudFront answers {CACHED * 100:.0f} % of what is there. Calls at once: not more for 99.9 % of the time, a "
        f"making taking {MEASURED.made:.0f} ms. S3 takes {PUTS:,} puts a second of one prefix. "
        f"Processors: used to {USED * 100:.0f} %, where a server makes the images and not the function.",
    )


def _prefixes(site: Site) -> Table:
    rows: list[list[Cell]] = []
    miss = site.misses
    for topology, gets in (
        (Topology.CDN, 3 * miss + 1 - (1 - miss) * CACHED),
        (Topology.WEBSITE, 3 * miss + 1 + miss),
        (Topology.DIRECT, 2.0 + miss),
    ):
        by_gets, by_puts = GETS / gets, PUTS / miss
        least = min(by_gets, by_puts)
        rows.append(
            [
                topology.value,
                gets,
                miss,
                f"{by_gets:,.0f}",
                f"{by_puts:,.0f}",
                f"{least * MONTH / busiest() / 1e6:,.0f}",
            ]
        )
    return Table(
        "What one prefix of S3 carries",
        (
            "topology",
            "gets a request",
            "puts a request",
            "requests/s, by gets",
            "requests/s, by puts",
            "millions a month",
        ),
        rows,
        note=f"{miss * 100:.1f} % are made. The last column is what the smaller of the two carries at the busiest "
        "moment.",
    )


def _money(sites: Sequence[Site]) -> Table:
    rows: list[list[Cell]] = []
    for site in sites:
        traffic = Traffic(site.requests, 1 - site.misses, CACHED, months=site.stored / (site.requests * site.misses))
        sides = []
        for topology, front in ((Topology.CDN, Front.FUNCTION_URL), (Topology.WEBSITE, Front.REST_API)):
            asked = Deployment(topology, front, "arm64", 1536, alarms_of(topology))
            ours = function(asked, traffic)
            own = sum(row.dollars for row in ours.costs if row.what.startswith(("Lambda", "API")))
            sides += [_dollars(own), _dollars(ours.dollars), _dollars(container(asked, traffic).dollars)]
        rows.append([f"{site.images:,}", f"{_terabytes(site.stored):,.2f}", *sides])
    return Table(
        "US dollars a month",
        (
            "images",
            "stored, TB",
            "cdn: Lambda",
            "cdn: all",
            "cdn, containers: all",
            "website: Lambda and API",
            "website: all",
            "website, containers: all",
        ),
        rows,
        note="As `firstsight cost` counts, with list prices; at the last two sizes prices are agreed.",
    )


def _chores(sites: Sequence[Site]) -> Table:
    rows: list[list[Cell]] = []
    for site in sites:
        lists = (site.images + site.stored) / LISTED
        work = site.images * FAMILY_SECONDS * 1.5
        puts = site.derivatives
        rows.append(
            [
                f"{site.images:,}",
                f"{lists:,.0f}",
                _dollars(PRICES["s3-puts"].of(lists / 1e3)),
                _time(lists * LIST_SECONDS),
                _dollars(PRICES["lambda-arm64"].of(work) + PRICES["lambda-requests"].of(site.images / 1e6)),
                _dollars(PRICES["s3-puts"].of(puts / 1e3)),
                _time(puts / PUTS),
                _dollars(PRICES["s3-storage"].of(_terabytes(puts) * 1024)),
            ]
        )
    return Table(
        "Listing everything, and making everything ahead",
        (
            "images",
            "lists",
            "lists, $",
            "one after another",
            "backfill: Lambda, $",
            "backfill: puts, $",
            "at the puts of one prefix",
            "then storage, $ a month",
        ),
        rows,
        note=f"A list gives {LISTED:,} keys in about {LIST_SECONDS * 1000:.0f} ms. Making ahead is of all {EACH} "
        f"derivatives of every image, from one decode, in about {FAMILY_SECONDS * 1000:.0f} ms of 1536 MB.",
    )


def _terabytes(images: float) -> float:
    return images * MEASURED.kilobytes * 1000 / 2**40


def few(value: float) -> str:
    """Write a number with two digits, or as many as it has before the point."""
    return f"{value:,.0f}" if value >= 100 else f"{value:.2g}"


def _dollars(amount: float) -> str:
    return f"{amount:,.0f}" if amount >= 10 else f"{amount:.2f}"


def _time(seconds: float) -> str:
    for unit, length in (("days", 86_400), ("h", 3_600), ("min", 60)):
        if seconds >= 1.5 * length:
            return f"{seconds / length:,.{0 if seconds >= 10 * length else 1}f} {unit}"
    return f"{math.ceil(seconds)} s"
