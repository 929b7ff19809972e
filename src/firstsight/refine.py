"""
Refining: a derivative that was encoded quickly for its first client is encoded again, slowly, for all later ones.

    the event of its own put -> encoded quickly? -> its source still gives the same tag? -> made again with more effort
                             -> smaller? put in its place, marked `refined`; else marked `kept`

Either put is conditional on the derivative's etag (If-Match), so that a newer one is never replaced. The mark ends the
matter: the event of this put, or the same event once more, finds nothing to do.
"""

import time
from enum import StrEnum

from firstsight import derivatives, purging, tokens
from firstsight.access import watermark
from firstsight.errors import BadImage, NotAllowed, RenderTimeout, SourceNotFound, StoreDenied
from firstsight.image import Picture, finish, start
from firstsight.image.efforts import Effort
from firstsight.records import dataclass, replace
from firstsight.service import Service
from firstsight.settings import Damaged
from firstsight.stores import Blob, BlobInfo
from firstsight.transform import Format, Transform


class State(StrEnum):
    """What became of a derivative that was encoded quickly."""

    REFINED = "refined"
    #: The slow encoding is no smaller, or took too long.
    KEPT = "kept"
    #: Its source or its preset has changed, so it will be purged or made anew.
    STALE = "stale"
    #: A newer one was put, or it was deleted, meanwhile.
    GONE = "gone"


@dataclass(frozen=True, slots=True)
class Refined:
    """One derivative: what became of it, and its bytes before and after."""

    key: str
    state: State
    before: int
    after: int


def refine(service: Service, key: str, until: float = float("inf")) -> Refined | None:
    """
    Refine a derivative, or give None for one that was not encoded quickly.

    It may take until a time of the monotonic clock, and no longer than the limits say.
    Raises StoreError; doing it again is safe.
    """
    info = service.derivatives.head_or_none(key)
    if info is None or info.attributes.get(derivatives.ENCODING) != derivatives.FAST:
        return None
    before = info.size
    found = _source(service, key, info)
    if found is None:
        return Refined(key, State.STALE, before, before)
    source, transform, mark = found
    try:
        slow = _slowly(service, source, transform, mark, until)
    except (BadImage, RenderTimeout):
        slow = b""
    smaller = 0 < len(slow) < before
    state = State.REFINED if smaller else State.KEPT
    marked = {**info.attributes, derivatives.ENCODING: state.value, "Cache-Control": service.settings.cache_control}
    try:
        data = slow if smaller else service.derivatives.get(key).read()
    except SourceNotFound:
        return Refined(key, State.GONE, before, before)
    if not service.derivatives.put(key, data, marked, match=info.etag):
        return Refined(key, State.GONE, before, before)
    return Refined(key, state, before, len(data))


def _source(service: Service, key: str, info: BlobInfo) -> tuple[Blob, Transform, str] | None:
    """Find what gives the derivative's tag today: its source, opened, its transform, and its watermark's source key."""
    format = tokens.parse(info.attributes[derivatives.TRANSFORM]).format
    for reading in purging.readings(service, key, service.settings.presets):
        transform = reading.transform
        if transform.format is Format.AUTO:
            transform = replace(transform, format=format)
        try:
            mark = watermark(transform, service.settings)
            state = service.sources.head(mark).etag if mark else ""
            source = service.sources.get(reading.source)
        except (NotAllowed, SourceNotFound, StoreDenied):
            continue
        if derivatives.tag(source.info, transform, service.manner(state)) == info.attributes[derivatives.TAG]:
            return source, transform, mark
    return None


def _slowly(service: Service, source: Blob, transform: Transform, mark: str, until: float) -> bytes:
    settings = service.settings
    seconds = max(0.1, min(settings.limits.seconds, until - time.monotonic()))
    limits = replace(settings.limits, seconds=seconds)
    picture: Picture = start(
        source.chunks, limits, svg=settings.svg, strict=settings.damaged == Damaged.STRICT, size=source.info.size
    )
    return finish(
        picture,
        transform,
        limits,
        metadata=settings.metadata,
        similarity=settings.similarity,
        watermark=service.sources.get(mark).read() if mark else None,
        effort=Effort.SLOW,
    ).data
