"""
Presets that have changed since derivatives were stored by them.

A server notices this when such a derivative is asked for, and makes it anew. S3 and a CDN do not notice, and go on
serving it until it is deleted. A derivative's attributes say by which transform it was made; in a local folder its file
name says only whether source, preset and settings are all unchanged.
"""

import functools
from collections.abc import Callable, Iterator

from firstsight import derivatives, purging, tokens
from firstsight.access import watermark
from firstsight.errors import FirstsightError
from firstsight.grammars import Wanted
from firstsight.purging import Found
from firstsight.records import dataclass, replace
from firstsight.service import Service
from firstsight.settings import Settings, Topology
from firstsight.transform import Format

#: The most blobs that are listed, and the most derivatives of a preset that are looked at, so that it takes seconds.
LISTED, LOOKED = 10_000, 100


@dataclass(frozen=True, slots=True)
class Changed:
    """A preset: how many of its derivatives were looked at, and how many of these would be made otherwise now."""

    preset: str
    looked: int
    outdated: int


@dataclass(frozen=True, slots=True)
class Survey:
    """The presets that have changed; `whole` is whether every stored derivative of a preset was looked at."""

    changed: tuple[Changed, ...]
    whole: bool


def survey(service: Service, *, listed: int = LISTED, looked: int = LOOKED) -> Survey:
    """Look at the first derivatives of each preset in the store, up to so many. Raises StoreError."""
    chosen: dict[str, list[str]] = {}
    whole = True
    for number, info in enumerate(service.derivatives.list()):
        if number == listed:
            whole = False
            break
        for reading in _readings(service, derivatives.key_of(service.derivatives, info.key))[:1]:
            blobs = chosen.setdefault(reading.preset.name if reading.preset else "", [])
            whole = whole and len(blobs) < looked
            blobs.extend([info.key] if len(blobs) < looked else [])
    etag = functools.cache(lambda key: service.sources.head(key).etag)
    changed = []
    for name, blobs in sorted(chosen.items()):
        judged = [_is_current(service, found, etag) for found in purging.look(service.derivatives, blobs)]
        known = [verdict for verdict in judged if verdict is not None]
        if not all(known):
            changed.append(Changed(name, len(known), known.count(False)))
    return Survey(tuple(changed), whole)


def is_served(settings: Settings) -> bool:
    """Whether S3 or a CDN serves stored derivatives without asking the function."""
    return settings.aws.topology in (Topology.WEBSITE, Topology.CDN)


def sentences(found: Survey, *, served: bool) -> Iterator[str]:
    """Say of each preset that it has changed, and the remedy. `served`: S3 or a CDN serves what is stored."""
    for one in found.changed:
        which = "" if found.whole else " that were looked at (there may be more)"
        otherwise = "with other settings" if served else "with other settings, or from another source,"
        until = "They are served until they are deleted" if served else "They are made anew when they are asked for"
        yield (
            f"The preset '{one.preset}' has changed: {one.outdated:,} of its {one.looked:,} stored derivatives{which} "
            f"were made {otherwise} than now. {until}: firstsight purge --preset {one.preset}."
        )


def _readings(service: Service, key: str) -> list[Wanted]:
    readings = purging.readings(service, key, service.settings.presets)
    return [reading for reading in readings if reading.preset is not None]


def _is_current(service: Service, found: Found, etag: Callable[[str], str]) -> bool | None:
    """Whether it would be made the same now; None where that is unknown, for example because its source is gone."""
    tags = [_tag(service, found, reading, etag) for reading in _readings(service, found.key)]
    if not any(tags):
        return None
    kept = found.attributes.get(derivatives.TAG) or found.blob.rpartition("/")[2].partition(".")[0]
    return kept in tags


def _tag(service: Service, found: Found, reading: Wanted, etag: Callable[[str], str]) -> str:
    """Give the tag that a derivative of the same source would get now; nothing where that is unknown."""
    transform, made_by = reading.transform, found.attributes.get(derivatives.TRANSFORM)
    try:
        if transform.format is Format.AUTO:  # on a website the name does not tell it
            transform = replace(transform, format=tokens.parse(made_by or "").format)
        source = found.attributes.get(derivatives.SOURCE) or etag(reading.source)
        mark = watermark(transform, service.settings)
        return derivatives.tag_of(source, transform, service.manner(etag(mark) if mark else ""))
    except FirstsightError:
        return ""
