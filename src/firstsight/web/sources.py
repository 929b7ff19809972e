"""
The images of the source store, a page at a time and in the order of their keys.

A store lists in no particular order, so a page is cut from a whole listing that is then sorted. A listing ends after
MOST_LOOKED_AT blobs or MOST_SECONDS, whichever comes first, and then says that it was cut short: the first page of a
store with a billion keys comes as soon as that of a large one, and any other image can still be opened by its key. A
listing is kept for ten times as long as it took, so that a folder is as good as always up to date and a bucket is not
listed for every page.
"""

import bisect
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from firstsight.errors import BadRequest, FirstsightError
from firstsight.grammars import Grammar, native
from firstsight.image.loaders import READ_KINDS
from firstsight.service import Service
from firstsight.settings import Settings
from firstsight.stores import Store

MOST_LOOKED_AT = 50_000
MOST_SECONDS = 4.0
#: How many images a page has if not told, and at most.
PAGE, MOST_PAGE = 60, 500

#: How files are named that hold a kind that is read, where it is not by the kind's own name.
EXTENSIONS = {"jpeg": ("jpg", "jpeg", "jpe", "jfif"), "tiff": ("tif", "tiff")}


@dataclass(frozen=True, slots=True)
class Query:
    """Which images are asked for: those whose key comes after one and holds a text, whatever the case."""

    after: str = ""
    find: str = ""
    limit: int = PAGE


@dataclass(frozen=True, slots=True)
class Listing:
    """The keys of a store's images, sorted, with their sizes in bytes, and whether there may be more."""

    images: tuple[tuple[str, int], ...]
    cut_short: bool = False


class Sources:
    """The listing of a service's sources, made when it is asked for."""

    def __init__(self, service: Service) -> None:
        self._service = service
        self._lock = threading.Lock()
        self._listing = Listing(())
        self._until = 0.0

    def page(self, query: Query) -> Mapping[str, Any]:
        """Give a page of the images, and the key after which the next starts. Raises what listing the store does."""
        listing = self._current()
        store = self._service.sources
        name = store.root.name if store.root is not None else store.url
        return {"store": name, **cut(listing, query)}

    def _current(self) -> Listing:
        with self._lock:
            began = time.monotonic()
            if began >= self._until:
                self._listing = look(self._service)
                now = time.monotonic()
                self._until = now + 10 * (now - began)
            return self._listing


def read_query(query: Mapping[str, str]) -> Query:
    """Read `after`, `find` and `limit`. Raises BadRequest."""
    limit = query.get("limit", str(PAGE))
    if not (limit.isascii() and limit.isdigit() and 1 <= int(limit[:6]) <= MOST_PAGE):
        raise BadRequest(f"Expected a limit from 1 to {MOST_PAGE} but got '{limit[:20]}'.")
    return Query(query.get("after", ""), query.get("find", ""), int(limit))


def cut(listing: Listing, query: Query) -> Mapping[str, Any]:
    """Cut a page out of a listing: the images, how many match in all, and `next`, which is None on the last page."""
    wanted = query.find.casefold()
    matching = [image for image in listing.images if wanted in image[0].casefold()]
    start = bisect.bisect_right(matching, query.after, key=lambda image: image[0])
    page = matching[start : start + query.limit]
    return {
        "images": [{"key": key, "bytes": size} for key, size in page],
        "next": page[-1][0] if start + len(page) < len(matching) else None,
        "total": len(matching),
        "cut_short": listing.cut_short,
    }


def look(service: Service) -> Listing:
    """List the images among a store's blobs. An error of the store is raised if it has given none yet."""
    extensions = image_extensions(service.settings)
    grammars = service.grammars if _holds(service.sources, service.derivatives) else ()
    images: list[tuple[str, int]] = []
    until = time.monotonic() + MOST_SECONDS
    blobs = enumerate(service.sources.list(), 1)
    while True:
        try:
            count, blob = next(blobs, (0, None))
        except FirstsightError:  # a folder that may not be read, say, is no reason to hide the others
            if images:
                return Listing(tuple(sorted(images)), cut_short=True)
            raise
        if blob is None:
            return Listing(tuple(sorted(images)))
        if is_image(blob.key, extensions) and not is_derivative_key(blob.key, extensions, grammars, service.settings):
            images.append((blob.key, blob.size))
        if count >= MOST_LOOKED_AT or time.monotonic() > until:
            return Listing(tuple(sorted(images)), cut_short=True)


def image_extensions(settings: Settings) -> frozenset[str]:
    """Give the extensions of what can be decoded."""
    kinds = (kind for kind in READ_KINDS if kind != "svg" or settings.svg)
    return frozenset(extension for kind in kinds for extension in EXTENSIONS.get(kind, (kind,)))


def is_image(key: str, extensions: frozenset[str]) -> bool:
    """Whether a key looks like that of an image; what is hidden (`.thumbnails/cat.jpg`) does not."""
    hidden = any(segment.startswith(".") for segment in key.split("/"))
    _, dot, extension = key.rpartition(".")
    return bool(dot) and not hidden and extension.lower() in extensions


def is_derivative_key(key: str, extensions: frozenset[str], grammars: tuple[Grammar, ...], settings: Settings) -> bool:
    """Whether a grammar reads the key as that of a derivative of an image, one that is kept among the sources."""
    for grammar in grammars:
        if grammar is native.GRAMMAR and not is_image(key.rpartition("/")[0], extensions):
            continue  # `photos/full.jpg` is a photo; its folder is none
        try:
            wanted = grammar.parse(key, settings.presets)
        except FirstsightError:
            continue
        if wanted is not None and is_image(wanted.source, extensions):
            return True
    return False


def _holds(sources: Store, derivatives: Store) -> bool:
    return f"{derivatives.url.rstrip('/')}/".startswith(f"{sources.url.rstrip('/')}/")
