"""
From one machine to a thousand million images: on paper, and by simulation. The figures of docs/scale.md.

Every simulation has a formula beside it where there is one. The seed is fixed, so a run gives what the page shows.
"""

import math
from statistics import mean

import numpy as np

from bench import closed_forms as closed
from bench import scale_paper as paper
from bench import simulated
from bench.popularity import DAY, Array, Popularity, course, daily, poisson, zipf
from bench.tables import Cell, Report, Table
from firstsight.aws.durations import MEASURED
from firstsight.aws.prices import PRICES
from firstsight.plot import Curve, Plot, draw

SEED = 20260106
#: Seconds after which an environment that nobody asks is taken to be gone; Amazon does not say.
IDLE = 600
#: A making's times are spread as a lognormal of this deviation: images differ.
SPREAD = 0.6
#: The derivatives of what is simulated of caches, and the requests.
THINGS, REQUESTS = 20_000, 240_000
#: The derivatives of what is simulated of expiry, and for how many of their lives.
FEW, LIVES = 2_000, 20


def run() -> Report:
    """Work everything out."""
    random = np.random.default_rng(SEED)
    starts, starts_plot = _starts(random)
    caches, caches_plot = _caches(random)
    storm, storm_plot = _storm(random)
    drawings = {"scale-starts.svg": starts_plot, "scale-caches.svg": caches_plot, "scale-storm.svg": storm_plot}
    tables = [starts, _refused(random), caches, storm, _herd(random), _expiry(random)]
    return Report([*paper.tables(), *tables], drawings)


def seconds_of(random: np.random.Generator, count: int) -> Array:
    """Give how long makings take: as measured on average, and spread."""
    return random.lognormal(math.log(paper.MADE) - SPREAD**2 / 2, SPREAD, count)


def _starts(random: np.random.Generator) -> tuple[Table, str]:
    rows: list[list[Cell]] = []
    rates, found, paper_shares = [], [], []
    start, at = MEASURED.start / 1000, course((np.arange(288) + 0.5) * DAY / 288)
    for rate, span, told in (
        (0.0001, 120 * DAY, "120 days"),
        (0.001, 30 * DAY, "30 days"),
        (0.01, 10 * DAY, "10 days"),
        (0.1, 4 * DAY, "4 days"),
        (1.0, 2 * DAY, "2 days"),
        (10.0, DAY / 4, "the rise of a day"),
        (100.0, DAY / 24, "the steepest hour"),
    ):
        times = daily(random, rate, span)
        warm = 1200.0 if rate > 1 else 0.0
        seen = simulated.environments(times, seconds_of(random, len(times)), start=start, idle=IDLE, warm=warm)
        share = mean(x * closed.cold_share(rate * x, paper.MADE, IDLE) for x in at)
        at_work = closed.mean_concurrency(seen.calls / (span - warm), paper.MADE + seen.share * start)
        rows.append(
            [
                f"{rate:g}",
                told,
                f"{seen.calls:,}",
                f"{share * 100:.2g}",
                f"{seen.share * 100:.2g}",
                f"{at_work:.2g}",
                f"{seen.mean:.2g}",
                seen.most,
            ]
        )
        rates.append(rate)
        found.append(max(1e-6, seen.share))
        paper_shares.append(share)
    table = Table(
        "Cold starts",
        (
            "calls/s",
            "simulated",
            "calls",
            "cold, %, on paper",
            "simulated",
            "at work, on paper",
            "simulated",
            "most at once",
        ),
        rows,
        note=f"An environment is taken to be gone after {IDLE // 60} minutes; a call takes {MEASURED.made:.0f} ms, and "
        f"{MEASURED.start:.0f} more if it starts cold. Calls follow the day.",
    )
    curves = [Curve("on paper", rates, paper_shares), Curve("simulated", rates, found)]
    return table, draw(Plot("Calls that start cold", "calls a second", "share that starts cold", curves, log="xy"))


def _refused(random: np.random.Generator) -> Table:
    rows: list[list[Cell]] = []
    for servers in (2, 8, 64, 1000):
        for use in (0.5, 0.8, 1.0, 1.2):
            load = servers * use
            span = 400_000 * paper.MADE / load
            times = poisson(random, load / paper.MADE, span)
            found = simulated.refused(times, seconds_of(random, len(times)), servers)
            rows.append(
                [
                    servers,
                    f"{use * 100:.0f} %",
                    f"{load / paper.MADE:,.0f}",
                    closed.erlang_b(load, servers) * 100,
                    found * 100,
                ]
            )
    return Table(
        "Refused where nobody waits",
        ("at once", "load", "makings/s", "refused, %, Erlang B", "refused, %, simulated"),
        rows,
        note="At once: the renderers of a server with `queue = 0`, or the concurrency that a function is allowed.",
    )


def _caches(random: np.random.Generator) -> tuple[Table, str]:
    rows: list[list[Cell]] = []
    curves = []
    for exponent in (0.6, 0.8, 1.0):
        things = _things(exponent)
        asked = simulated.asked(random, things, REQUESTS)
        shares = (0.001, 0.003, 0.01, 0.03, 0.1, 0.3)
        formula, found = [], []
        for share in shares:
            held = int(THINGS * share)
            formula.append(closed.lru_hits(things, held) * 100)
            found.append(simulated.lru(asked, held, REQUESTS // 3) * 100)
            large = (
                closed.lru_hits(zipf(paper.SIZES[-1] * paper.EACH, exponent), paper.SIZES[-1] * paper.EACH * share)
                * 100
            )
            if share in (0.001, 0.01, 0.1):
                rows.append([f"{exponent:g}", f"{share * 100:g} %", formula[-1], found[-1], large])
        curves += [
            Curve(f"Zipf {exponent:g}, Che", shares, formula),
            Curve(f"Zipf {exponent:g}, simulated", shares, found),
        ]
    table = Table(
        "A cache that holds a part of all derivatives",
        ("Zipf", "held", "hits, %, by Che", "hits, %, simulated", "of 5,000,000,000, %, by Che"),
        rows,
        note=f"Least recently asked for leaves first. Simulated with {THINGS:,} derivatives and {REQUESTS:,} requests.",
    )
    plot = Plot("Hits of a cache by how much it holds", "share of all derivatives held", "hits, %", curves, log="x")
    return table, draw(plot)


def _storm(random: np.random.Generator) -> tuple[Table, str]:
    moments = {"at once": 0.0, "1 minute": 60.0, "1 hour": 3600.0, "1 day": DAY, "7 days": 7 * DAY, "30 days": 30 * DAY}
    rows: list[list[Cell]] = []
    curves = []
    axis = np.geomspace(60, 30 * DAY, 60)
    for images in paper.SIZES:
        site = paper.Site(images)
        popularity = site.popularity
        made = [closed.first_requests(popularity, site.rate, after) for after in moments.values()]
        rows.append([f"{images:,}", *map(paper.few, made), paper.few(closed.mean_concurrency(made[0], paper.MADE))])
        curve = [closed.first_requests(popularity, site.rate, after) for after in axis]
        curves.append(Curve(f"{images:,} images", axis.tolist(), curve))
    site, bins = paper.Site(paper.SIZES[0]), 30
    until = 30 * DAY
    times = poisson(random, site.rate, until)
    asked = simulated.asked(random, _all(site.derivatives, paper.EXPONENT), len(times))
    found = simulated.firsts(times, asked, until, bins)
    middle = [(number + 0.5) * until / bins for number in range(bins)]
    curves.append(Curve("10,000, simulated", middle, [max(1e-4, value) for value in found]))
    table = Table(
        "After every derivative has gone at once, by a purge say: made a second",
        ("images", *moments, "calls at once, at first"),
        rows,
        note="With average traffic: at the busiest moment it is three times as much.",
    )
    plot = Plot("Made a second after everything has gone", "seconds after it", "made a second", curves, log="xy")
    return table, draw(plot)


def _herd(random: np.random.Generator) -> Table:
    rows: list[list[Cell]] = []
    for rate in (1, 10, 100, 1000):
        cells: list[Cell] = [rate]
        for processes in (None, 2, 8):
            runs = [simulated.herd(random, rate, paper.MADE, processes) for _ in range(4000)]
            formula = (
                closed.herd_of_function(rate, paper.MADE)
                if processes is None
                else closed.herd_of_processes(rate, paper.MADE, processes)
            )
            cells += [formula, mean(runs)]
        rows.append(cells)
    return Table(
        "One new derivative that everybody asks for: how often it is made",
        ("requests/s", "function", "simulated", "server of 2 processes", "simulated", "server of 8", "simulated"),
        rows,
        note=f"It takes {MEASURED.made:.0f} ms. Whatever the number, one is stored: the put says If-None-Match, and "
        "who comes second answers with what is there.",
    )


def _expiry(random: np.random.Generator) -> Table:
    rows: list[list[Cell]] = []
    site = paper.Site(1_000_000)
    popularity = site.popularity
    things, rate = _all(FEW, paper.EXPONENT), FEW * paper.ASKED / paper.EACH / paper.MONTH
    for months in (1, 3, 6, 12, 24):
        life = months * paper.MONTH
        misses = closed.kept_misses(popularity, site.rate, life)
        stored = closed.kept_things(popularity, site.rate, life)
        span = LIVES * life
        times = poisson(random, rate, span)
        found = simulated.kept(times, simulated.asked(random, things, len(times)), life, span / 4)
        small = closed.kept_misses(things, rate, life) / rate
        made = misses * paper.MONTH
        making = PRICES["lambda-arm64"].of(made * paper.MADE * 1.5) + PRICES["lambda-requests"].of(made / 1e6)
        making += PRICES["s3-puts"].of(made / 1e3) + PRICES["s3-gets"].of(2 * made / 1e3)
        keeping = PRICES["s3-storage"].of(stored * MEASURED.kilobytes * 1000 / 2**30)
        rows.append(
            [
                months,
                misses / site.rate * 100,
                small * 100,
                found * 100,
                stored / 1e6,
                making,
                keeping,
                making + keeping,
            ]
        )
    return Table(
        "Expiry: 1,000,000 images whose derivatives go so many months after they were made",
        (
            "months",
            "made, %",
            f"made, % of {FEW:,}",
            "simulated",
            "stored, millions",
            "making, $ a month",
            "keeping, $ a month",
            "both",
        ),
        rows,
    )


def _things(exponent: float) -> Popularity:
    return _all(THINGS, exponent)


def _all(count: int, exponent: float) -> Popularity:
    """Give the popularity with a bin for each thing, for what is simulated."""
    weights = np.arange(1, count + 1, dtype=np.float64) ** -exponent
    return Popularity(np.ones(count), weights / weights.sum())
