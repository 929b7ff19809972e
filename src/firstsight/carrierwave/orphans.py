"""
Derivatives that nobody asks for any more: their source is gone, or their version is not configured.

A blob whose name can be read as a path, and whose source is in the store, is no orphan. For any other blob beside the
sources the attributes are read, since only they say whether it is a derivative of ours. In a local folder, which keeps
no attributes, derivatives are in a folder of their own, and everything in it is ours.
"""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from firstsight import derivatives
from firstsight.errors import FirstsightError, SourceNotFound
from firstsight.grammars import parse, select
from firstsight.service import Service

#: Blobs whose attributes are asked for at the same time.
AT_ONCE = 16


@dataclass(frozen=True, slots=True)
class Orphan:
    """A derivative that nobody asks for any more, and why. `size` is in bytes."""

    key: str
    size: int
    reason: str


def find(service: Service) -> Iterator[Orphan]:
    """Find the orphans in the store of the derivatives, in no particular order. Raises StoreError."""
    sources = {info.key for info in service.sources.list()}
    kept = service.derivatives
    beside = kept.url == service.sources.url
    doubtful = [
        (info, reason)
        for info in kept.list()
        if (reason := _reason(_asked(service, info.key), sources, service, {info.key} if beside else set()))
    ]
    if not kept.keeps_attributes:
        yield from (Orphan(info.key, info.size, reason) for info, reason in doubtful)
        return
    with ThreadPoolExecutor(AT_ONCE) as pool:
        ours = pool.map(lambda found: _is_ours(service, found[0].key), doubtful)
        for (info, reason), is_ours in zip(doubtful, ours, strict=True):
            if is_ours:
                yield Orphan(info.key, info.size, reason)


def _asked(service: Service, key: str) -> str:
    """Give the derivative key of a blob: in a folder it is a folder, and the blob in it is named by its tag."""
    return key if service.derivatives.keeps_attributes else key.rpartition("/")[0]


def _reason(key: str, sources: set[str], service: Service, itself: set[str]) -> str:
    """Say why a derivative is an orphan by its name, or nothing where its name explains it."""
    try:
        wanted = parse(key, select(service.settings.grammars), service.settings.presets)
    except FirstsightError:
        return "no preset or version of that name is configured"
    readings = [reading for reading in wanted.readings or (wanted,) if not reading.untouched]
    if not readings:
        return "no preset or version of that name is configured"
    there = any(reading.source in sources and reading.source not in itself for reading in readings)
    return "" if there else f"its source is gone: {readings[0].source}"


def _is_ours(service: Service, key: str) -> bool:
    try:
        return derivatives.is_derivative(service.derivatives.head(key))
    except SourceNotFound:
        return False
