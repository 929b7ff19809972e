"""
What follows when a source changes.

S3 tells of every object that is put or deleted. One that we made ourselves is nobody's source, so nothing follows; any
other may have derivatives that show what was there before, and they are deleted: the next request makes them anew.
Events come more than once and in any order, so what is done is the same however often it is done.
"""

from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import unquote_plus, urlsplit

from firstsight import derivatives
from firstsight.errors import BadPath, SourceNotFound, StoreDenied
from firstsight.records import dataclass
from firstsight.service import Service
from firstsight.stores.blob import check_key


@dataclass(frozen=True, slots=True)
class Change:
    """A source that has been put or deleted. `key` is the object's whole key in its bucket."""

    bucket: str
    key: str


@dataclass(frozen=True, slots=True)
class Reaction:
    """What was done about a change: the derivative keys that were deleted."""

    change: Change
    deleted: tuple[str, ...]


def changes(records: Iterable[Mapping[str, Any]]) -> list[Change]:
    """
    Read S3's event records.

    Keys are encoded as in a form, with `+` for a space (S3 User Guide, event message structure).
    """
    return [
        Change(record["s3"]["bucket"]["name"], unquote_plus(record["s3"]["object"]["key"]))
        for record in records
        if record["eventName"].startswith(("ObjectCreated:", "ObjectRemoved:"))
    ]


def react(service: Service, change: Change) -> Reaction:
    """
    Delete the derivatives of a source that has changed, but none that is of the source as it is now.

    What is in the store decides, not what the event says, so events may come late, twice and in any order.
    Raises StoreError; doing it again is safe.
    """
    from firstsight import purging  # only here: a request has no use for it

    key = source_key(service, change)
    if key is None:
        return Reaction(change, ())
    try:
        source = service.sources.head(key)
    except (SourceNotFound, StoreDenied):  # S3 refuses what is missing to who may not list
        etag = ""
    else:
        if derivatives.is_derivative(source):
            return Reaction(change, ())
        etag = source.etag
    stale = (
        found for found in purging.of_source(service, key) if not etag or not derivatives.is_of(found.attributes, etag)
    )
    return Reaction(change, tuple(sorted(found.key for found in purging.purge(service.derivatives, stale))))


def source_key(service: Service, change: Change) -> str | None:
    """Give the key in the store of the sources that a change is of, or None where it is of nothing there."""
    sources, kept = urlsplit(service.sources.url), service.derivatives
    if sources.scheme == "s3" and sources.netloc != change.bucket:
        return None
    key = change.key.removeprefix(service.sources.prefix)
    if not change.key.startswith(service.sources.prefix) or not _is_key(key):
        return None
    # derivatives below a prefix of their own among the sources
    within = urlsplit(kept.url).netloc == sources.netloc and len(kept.prefix) > len(service.sources.prefix)
    return None if within and change.key.startswith(kept.prefix) else key


def _is_key(key: str) -> bool:
    """Whether there can be a source of that key; what shows as a folder in the console is `photos/`."""
    try:
        check_key(key)
    except BadPath:
        return False
    return True
