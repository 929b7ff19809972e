"""
What a backfill has to look at: the sources in a listing, each with what the presets ask for. Pure.

A listing is read once and not held in memory. Derivatives in it are recognised by their names as far as possible: a
store that lists in the order of its keys, as S3 does, gives a source before the derivatives below it.
"""

from collections.abc import Iterable, Iterator, Sequence

from firstsight.errors import BadRequest
from firstsight.grammars import parse
from firstsight.grammars.ahead import wanted_ahead
from firstsight.grammars.wanted import Grammar, Wanted
from firstsight.records import dataclass
from firstsight.settings import GrammarName, Preset, Settings
from firstsight.stores import BlobInfo


@dataclass(frozen=True, slots=True)
class Item:
    """A source, and all that is wanted of it."""

    source: BlobInfo
    wanted: tuple[Wanted, ...]


def items(
    listing: Iterable[BlobInfo],
    presets: Sequence[Preset],
    settings: Settings,
    grammars: tuple[Grammar, ...],
    *,
    apart: str | None = None,
) -> Iterator[Item]:
    """
    Give the sources of a listing for which something is wanted.

    `apart` is the prefix, if there is one among the sources, below which there are derivatives only. What is given may
    still be a derivative whose name does not tell; its attributes do.
    """
    above: list[str] = []
    for source in listing:
        key = source.key
        if apart and key.startswith(apart):
            continue
        while above and not key.startswith(above[-1]):
            above.pop()
        if any(key.startswith(f"{other}/") for other in above) and _is_named(key, set(above), settings, grammars):
            continue
        if source.size:  # else it may be a folder's mark, and what is in the folder is no derivative of it
            above.append(key)
        wanted = wanted_ahead(key, presets, settings)
        if wanted:
            yield Item(source, wanted)


def without_names(presets: Iterable[Preset], settings: Settings) -> tuple[str, ...]:
    """Give the presets whose derivatives no enabled grammar can name; no URL can ask for them either."""
    spoken = GrammarName.CARRIERWAVE in settings.grammars
    return tuple(
        preset.name
        for preset in presets
        if not (spoken and preset.carrierwave) and not wanted_ahead("x.jpg", [preset], settings)
    )


def _is_named(key: str, above: set[str], settings: Settings, grammars: tuple[Grammar, ...]) -> bool:
    """Whether a key is that of a derivative of a source that has been listed."""
    try:
        wanted = parse(key, grammars, settings.presets)
    except BadRequest:
        return False
    return any(not one.untouched and one.source in above for one in wanted.readings or (wanted,))
