"""
Derivatives that nobody asks for any more: their source is gone, or their version is not configured.

A blob whose name can be read as a path, and whose source is in the store, is no orphan. For any other blob beside the
sources the attributes are read, since only they say whether it is a derivative of ours. A local folder keeps none, so
there the name of the file says it; one that is not named as ours are is somebody else's.
"""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from firstsight import derivatives, purging
from firstsight.errors import SourceNotFound
from firstsight.service import Service

#: Blobs whose attributes are asked for at the same time.
AT_ONCE = 16
#: Why a derivative is one whose name nothing in the settings explains any more.
UNREAD = "no preset or version of that name is configured"


@dataclass(frozen=True, slots=True)
class Orphan:
    """A derivative that nobody asks for any more, and why. `size` is in bytes."""

    key: str
    size: int
    reason: str


def find(service: Service) -> Iterator[Orphan]:
    """Find the orphans in the store of the derivatives, in no particular order. Raises StoreError."""
    kept = service.derivatives
    # a folder has a derivative under the name that it can hold, and that may be a shorter one
    sources = {derivatives.place(kept, info.key) for info in service.sources.list()}
    beside = kept.url == service.sources.url
    doubtful = [
        (info, reason)
        for info in kept.list()
        if (key := derivatives.key_of(kept, info.key))
        and (reason := _reason(key, sources, service, {info.key} if beside else set()))
    ]
    if not kept.keeps_attributes:
        # beside the sources a photo may have a name like that of a derivative
        unread = UNREAD if purging.holds_sources(service) else ""
        yield from (Orphan(info.key, info.size, reason) for info, reason in doubtful if reason != unread)
        return
    with ThreadPoolExecutor(AT_ONCE) as pool:
        ours = pool.map(lambda found: _is_ours(service, found[0].key), doubtful)
        for (info, reason), is_ours in zip(doubtful, ours, strict=True):
            if is_ours:
                yield Orphan(info.key, info.size, reason)


def _reason(key: str, sources: set[str], service: Service, itself: set[str]) -> str:
    """Say why a derivative is an orphan by its name, or nothing where its name explains it."""
    readings = purging.readings(service, key, service.settings.presets)
    if not readings:
        return UNREAD
    there = any(reading.source in sources and reading.source not in itself for reading in readings)
    return "" if there else f"its source is gone: {readings[0].source}"


def _is_ours(service: Service, key: str) -> bool:
    try:
        return derivatives.is_derivative(service.derivatives.head(key))
    except SourceNotFound:
        return False
