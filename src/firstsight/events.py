"""
What follows when a source changes.

S3 sends an event for every object that is put or deleted. For a derivative of ours mostly nothing follows; it is
refined if it was encoded quickly, or deleted if its source has changed while it was made. For a source the derivatives
that show its earlier state are deleted: eager ones are made again at once, the others with the next request for them.
Events come late, twice and in any order, so handling one again changes nothing.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any
from urllib.parse import unquote_plus, urlsplit

from firstsight import derivatives, eager, purging, refine
from firstsight.eager import Problem
from firstsight.errors import BadPath, StoreFailed
from firstsight.records import dataclass
from firstsight.refine import Refined, State
from firstsight.service import Service
from firstsight.stores import BlobInfo, Store
from firstsight.stores.blob import check_key

#: How often a change is handled again from the start because the source has changed meanwhile.
TRIES = 5


@dataclass(frozen=True, slots=True)
class Change:
    """A source that has been put or deleted. `key` is the object's whole key in its bucket."""

    bucket: str
    key: str


@dataclass(frozen=True, slots=True)
class Reaction:
    """
    What was done about a change: the derivative keys that were deleted, and those that were made before anybody asks.

    `problem` is what keeps the source from being made into its eager presets, `refined` is set for a derivative that
    was encoded again.
    """

    change: Change
    deleted: tuple[str, ...] = ()
    made: tuple[str, ...] = ()
    problem: Problem | None = None
    refined: Refined | None = None


def changes(records: Iterable[Mapping[str, Any]]) -> list[Change]:
    """
    Read S3's event records.

    Keys are encoded as in a form, with `+` for a space (S3 User Guide, event message structure). What a rule of the
    bucket's lifecycle deletes has events of its own.
    """
    return [
        Change(record["s3"]["bucket"]["name"], unquote_plus(record["s3"]["object"]["key"]))
        for record in records
        if record["eventName"].startswith(("ObjectCreated:", "ObjectRemoved:", "LifecycleExpiration:"))
    ]


def react(
    service: Service,
    change: Change,
    until: float = float("inf"),
    forget: Callable[[str, Sequence[str]], None] = lambda source, keys: None,
) -> Reaction:
    """
    Delete the derivatives that a changed source has outdated, and make its eager ones.

    What is in the store now decides, not what the event says. `forget` is called with the source key and the keys of
    the derivatives as soon as they are deleted, so that caches can be told. `until` is a time of the monotonic clock.
    Raises StoreError, and RenderTimeout where not all could be done in time; calling it again is safe.
    """
    refined = _refined(service, change, until)
    if refined is not None and refined.state is not State.STALE:
        return Reaction(change, refined=refined)
    key = source_key(service, change)
    if key is None:
        return Reaction(change)
    deleted: list[str] = []
    made: list[str] = []
    for _ in range(TRIES):
        source = service.sources.head_or_none(key)
        if source is not None and derivatives.is_derivative(source):
            return Reaction(change, _overtaken(service, source, forget), refined=refined)
        stale = (
            found
            for found in purging.of_source(service, key)
            if source is None or not derivatives.is_of(found.attributes, source.etag)
        )
        gone = [found.key for found in purging.purge(service.derivatives, stale)]
        if gone:
            forget(key, gone)
        deleted += gone
        if source is None:
            return Reaction(change, tuple(sorted(deleted)), tuple(made))
        ahead = eager.make(service, source, until)
        made += ahead.made
        now = service.sources.head_or_none(key) if ahead.made else source
        if now is not None and now.etag == source.etag:
            return Reaction(change, tuple(sorted(deleted)), tuple(made), ahead.problem)
    raise StoreFailed("The source keeps changing.", log=f"{key!r} has changed {TRIES} times meanwhile")


def _overtaken(service: Service, kept: BlobInfo, forget: Callable[[str, Sequence[str]], None]) -> tuple[str, ...]:
    """Delete a derivative whose source changed while it was being made, so that it was stored out of date."""
    readings = purging.readings(service, kept.key, service.settings.presets)
    sources = [service.sources.head_or_none(reading.source) for reading in readings]
    if not readings or any(source and derivatives.is_of(kept.attributes, source.etag) for source in sources):
        return ()
    there = service.derivatives.head_or_none(kept.key)
    if there is None or there.etag != kept.etag:  # derivatives are kept elsewhere by now, and this is another blob
        return ()
    service.derivatives.delete(kept.key)
    forget(readings[0].source, [kept.key])
    return (kept.key,)


def _refined(service: Service, change: Change, until: float) -> Refined | None:
    key = _key_in(service.derivatives, change) if service.settings.refine else None
    return refine.refine(service, key, until) if key is not None else None


def source_key(service: Service, change: Change) -> str | None:
    """Give the key in the store of the sources that a change is of, or None where it is of nothing there."""
    key = _key_in(service.sources, change)
    sources, kept = service.sources, service.derivatives
    # derivatives below a prefix of their own among the sources
    within = urlsplit(kept.url).netloc == urlsplit(sources.url).netloc and len(kept.prefix) > len(sources.prefix)
    return None if within and change.key.startswith(kept.prefix) else key


def _key_in(store: Store, change: Change) -> str | None:
    """Give the key in a store that a change is of, or None where it is of nothing there."""
    url = urlsplit(store.url)
    if url.scheme == "s3" and url.netloc != change.bucket:
        return None
    key = change.key.removeprefix(store.prefix)
    return key if change.key.startswith(store.prefix) and _is_key(key) else None


def _is_key(key: str) -> bool:
    """Whether a source can have that key; a folder made in S3's console is an object `photos/`, which cannot."""
    try:
        check_key(key)
    except BadPath:
        return False
    return True
