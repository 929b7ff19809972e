"""
What follows when a source changes.

S3 tells of every object that is put or deleted. One that we made ourselves is nobody's source, so nothing follows; any
other may have derivatives that show what was there before, and they are deleted: the next request makes them anew.
Events come more than once and in any order, so what is done is the same however often it is done.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any
from urllib.parse import unquote_plus

from firstsight import derivatives
from firstsight.errors import SourceNotFound, StoreDenied
from firstsight.records import dataclass
from firstsight.service import Service


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
    """Delete the derivatives of a source that has changed. Raises StoreError; doing it again is safe."""
    key = change.key.removeprefix(service.sources.prefix)
    if not change.key.startswith(service.sources.prefix) or _is_ours(service, key):
        return Reaction(change, ())
    deleted = []
    for name in (*(found.key for found in service.derivatives.list(key)), *_beside(service, key)):
        if _is_ours(service, name):
            service.derivatives.delete(name)
            deleted.append(name)
    return Reaction(change, tuple(sorted(deleted)))


def _beside(service: Service, key: str) -> Iterator[str]:
    """Give the derivative keys that do not start with the source's, in grammars that know all of them."""
    for grammar in service.grammars:
        if grammar.names is not None:
            yield from grammar.names(key, service.settings.presets)


def _is_ours(service: Service, key: str) -> bool:
    try:
        blob = service.derivatives.get(key)
    except (SourceNotFound, StoreDenied):  # S3 refuses what is missing to who may not list
        return False
    return derivatives.is_derivative(blob.info)
