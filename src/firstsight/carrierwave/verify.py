"""Comparing the versions that CarrierWave stored with the same versions made here: size, format and similarity."""

import random
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import groupby, islice

from firstsight import derivatives
from firstsight.carrierwave.originals import Pair, pairs
from firstsight.errors import FirstsightError, SourceNotFound
from firstsight.image import finish, start
from firstsight.image.geometry import Size
from firstsight.image.similarity import look, similarity
from firstsight.settings import Damaged, Settings
from firstsight.stores import Store

#: The least similarity that passes: below it a difference can be seen.
LEAST = 0.97
#: Originals with versions that are looked at to draw a sample from.
LOOKED_AT = 20_000


@dataclass(frozen=True, slots=True)
class Compared:
    """
    One version, as stored and as made.

    `kinds` are what the bytes are, `sizes` in pixels, as stored and as made; `alike` is their structural similarity,
    None where the sizes differ. `trouble` says why there is nothing to compare.
    """

    pair: Pair
    stored: bytes = b""
    made: bytes = b""
    kinds: tuple[str, str] = ("", "")
    sizes: tuple[Size, Size] = (Size(1, 1), Size(1, 1))
    alike: float | None = None
    trouble: str = ""

    @property
    def passes(self) -> bool:
        """Whether nobody would see a difference."""
        same = self.sizes[0] == self.sizes[1] and self.kinds[0] == self.kinds[1]
        return not self.trouble and same and self.alike is not None and self.alike >= LEAST


@dataclass(frozen=True, slots=True)
class Row:
    """One version over all of the sample."""

    name: str
    compared: int
    same_size: int
    same_kind: int
    least: float | None
    mean: float | None
    stored: int
    made: int
    trouble: int


def sample(store: Store, settings: Settings, count: int, seed: int = 0) -> list[list[Pair]]:
    """Draw originals whose versions are stored, each with all of these. The same seed draws the same ones."""
    groups = groupby(pairs(store, settings.presets), lambda pair: pair.original)
    found = list(islice((list(group) for _, group in groups), LOOKED_AT))
    return random.Random(seed).sample(found, min(count, len(found)))


def compare(store: Store, settings: Settings, drawn: Iterable[list[Pair]]) -> Iterator[Compared]:
    """Make each version in memory, and hold it against what is stored. Nothing is written."""
    for group in drawn:
        try:
            source = store.get(group[0].original).read()
        except FirstsightError as error:
            yield from (Compared(pair, trouble=error.message) for pair in group)
            continue
        for pair in group:
            try:
                yield _compare(store, settings, source, pair)
            except FirstsightError as error:
                yield Compared(pair, trouble=error.message)


def _compare(store: Store, settings: Settings, source: bytes, pair: Pair) -> Compared:
    blob = store.get(pair.version)
    if derivatives.is_derivative(blob.info):
        raise SourceNotFound("It was made by Firstsight, not by CarrierWave.")
    stored = blob.read()
    picture = start(iter([source]), settings.limits, svg=settings.svg, strict=settings.damaged == Damaged.STRICT)
    made = finish(picture, pair.wanted.transform, settings.limits, metadata=settings.metadata).data
    (kind, size), (made_kind, made_size) = look(stored), look(made)
    alike = similarity(stored, made) if size == made_size else None
    return Compared(pair, stored, made, (kind, made_kind), (size, made_size), alike)


def table(compared: Iterable[Compared]) -> list[Row]:
    """Sum up by version."""
    ordered = sorted(compared, key=lambda one: one.pair.name)
    return [_row(name, list(group)) for name, group in groupby(ordered, lambda one: one.pair.name)]


def worst(compared: Iterable[Compared], count: int) -> list[Compared]:
    """Give what differs most: what could not be compared first, then other sizes and formats, then the least alike."""
    return sorted(compared, key=lambda one: (one.trouble == "", one.alike or 0, one.pair.version))[:count]


def _row(name: str, group: list[Compared]) -> Row:
    whole = [one for one in group if not one.trouble]
    alike = [one.alike for one in whole if one.alike is not None]
    return Row(
        name,
        len(whole),
        sum(one.sizes[0] == one.sizes[1] for one in whole),
        sum(one.kinds[0] == one.kinds[1] for one in whole),
        min(alike, default=None),
        sum(alike) / len(alike) if alike else None,
        sum(len(one.stored) for one in whole),
        sum(len(one.made) for one in whole),
        len(group) - len(whole),
    )
