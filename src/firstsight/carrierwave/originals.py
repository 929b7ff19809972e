"""The files of a store: which are originals, and which are versions of them by their names."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import groupby

from firstsight.grammars import Wanted, carrierwave
from firstsight.settings import Preset
from firstsight.stores import Store


@dataclass(frozen=True, slots=True)
class Pair:
    """An original and one of its versions, both in the store. `wanted` is how the version's name is read."""

    original: str
    version: str
    name: str
    wanted: Wanted


def roots(presets: Iterable[Preset]) -> tuple[str, ...]:
    """Give the directories that hold all that presets have versions for, none within another."""
    found = set()
    for preset in presets:
        for entry in preset.carrierwave:
            segments = entry.split("/")[:-1]
            fixed = segments[: segments.index("*")] if "*" in segments else segments
            found.add("/".join(fixed))
    outer = (root for root in found if not any(root != other and f"{root}/".startswith(f"{other}/") for other in found))
    return ("",) if "" in found else tuple(sorted(outer))


def pairs(store: Store, presets: Mapping[str, Preset]) -> Iterator[Pair]:
    """Find the versions that are stored together with their originals, an original after the other."""
    for root in roots(presets.values()):
        keys = sorted((info.key for info in store.list(root)), key=lambda key: (_directory(key), key))
        for directory, found in groupby(keys, _directory):
            yield from _pairs_in(directory, set(found), presets)


def _pairs_in(directory: str, keys: set[str], presets: Mapping[str, Preset]) -> Iterator[Pair]:
    """Pair the files of one directory. A version's own versions are not its: `thumb_mini_x.jpg` is `x.jpg`'s."""
    read = {key: _original(key, keys, presets) for key in sorted(keys)}
    for key, wanted in sorted(read.items()):
        if wanted is not None and wanted.preset is not None and read[wanted.source] is None:
            yield Pair(wanted.source, key, wanted.preset.name, wanted)


def _original(key: str, keys: set[str], presets: Mapping[str, Preset]) -> Wanted | None:
    wanted = carrierwave.parse(key, presets)
    readings = wanted.readings if wanted else ()
    return next((reading for reading in readings if not reading.untouched and reading.source in keys), None)


def _directory(key: str) -> str:
    return key.rpartition("/")[0]
