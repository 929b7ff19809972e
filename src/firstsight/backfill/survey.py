"""
What a backfill would do: counted by asking the stores, and estimated by making a few of the images in memory.

Nothing is written anywhere.
"""

import random
from collections.abc import Iterable, Iterator
from itertools import islice

from firstsight.ahead import Outcome, Variant
from firstsight.backfill import local
from firstsight.backfill.plan import Item
from firstsight.records import dataclass
from firstsight.service import Service

#: Sources that are made in memory, taken at random.
SAMPLED = 8


@dataclass(slots=True)
class Survey:
    """
    How many sources there are, how many of them lack something, and how many derivatives that is.

    `failures` are of sources of which it could not be found out. `seconds` are of one processor, `size` is in bytes.
    """

    sources: int = 0
    lacking: int = 0
    derivatives: int = 0
    seconds: float = 0.0
    size: int = 0
    failures: tuple[Outcome, ...] = ()


def survey(service: Service, items: Iterable[Item]) -> Iterator[Survey]:
    """Give the counts so far after each source, and at the end once more, with the estimate."""
    known = Survey()
    sampled: list[tuple[Item, tuple[Variant, ...]]] = []
    dice = random.Random(0)  # the same sample of the same sources
    for item, found in local.survey(service, items):
        known.sources += 1
        if isinstance(found, Outcome):
            known.failures = (*islice(known.failures, 1000), found)
        elif found:
            known.lacking += 1
            known.derivatives += len(found)
            # each of those that have been seen is in the sample with the same chance (Vitter, Algorithm R, 1985)
            place = len(sampled) if len(sampled) < SAMPLED else dice.randrange(known.lacking)
            if place < SAMPLED:
                sampled[place : place + 1] = [(item, found)]
        yield known
    sample = local.sample(service, sampled)
    if sample.items:
        known.seconds = sample.seconds / sample.items * known.lacking
        known.size = round(sample.size / sample.items * known.lacking)
    yield known
