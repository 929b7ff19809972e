"""
Stored derivatives that are to go: those of a source, of all sources below a prefix, or of a preset.

Which blobs are looked at is decided by their names; that one is a derivative of ours is then read from its attributes,
and nothing else is ever deleted. A listing is handled in pieces, so that millions take no more memory than thousands.
"""

import contextlib
import re
from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from itertools import islice
from typing import TypeVar

from firstsight import derivatives
from firstsight.errors import FirstsightError
from firstsight.grammars import DIALECTS, Wanted, native, parse
from firstsight.records import dataclass
from firstsight.service import Service
from firstsight.settings import Access, GrammarName, Preset
from firstsight.stores import Store
from firstsight.transform import Transform

T = TypeVar("T")

#: Requests to a store at the same time.
AT_ONCE = 16
#: Blobs that are looked at, or deleted, in one piece, and how many of them one request deletes.
PIECE, REQUEST = 1_000, 250
_SIZE = re.compile(r"[0-9]+x[0-9]+")


@dataclass(frozen=True, slots=True)
class Found:
    """
    A stored derivative: the key of its blob, its derivative key, its size in bytes, and its blob's attributes.

    In a local folder the two keys differ, and there are no attributes.
    """

    blob: str
    key: str
    size: int
    attributes: Mapping[str, str]


def of_source(service: Service, source: str, *, everywhere: bool = False) -> Iterator[Found]:
    """
    Find the derivatives of a source.

    The classic grammar's derivatives do not start with the source's key, but with their size. They are looked for under
    the sizes that the settings list; with `everywhere`, or where access allows other sizes, under all that the store
    holds. Raises StoreError.
    """
    return look(service.derivatives, _of_source(service, source, everywhere=everywhere))


def below(service: Service, prefix: str) -> Iterator[Found]:
    """Find the derivatives of all sources below a prefix, which ends at a segment; of all, where it is empty."""
    store = service.derivatives
    start = derivatives.place(store, prefix) if prefix else ""
    sizes = _sizes(store) if prefix and GrammarName.CLASSIC in service.settings.grammars else ()
    prefixes = [start, *(f"{size}/{start}" for size in sizes)]
    blobs = (info.key for each in prefixes for info in store.list(each))
    if holds_sources(service):
        presets = service.settings.presets
        blobs = (blob for blob in blobs if readings(service, derivatives.key_of(store, blob), presets))
    return look(store, blobs)


def of_preset(service: Service, name: str) -> Iterator[Found]:
    """Find the derivatives that are named by a preset, which may have been taken out of the settings already."""
    presets = {name: Preset(name, Transform()), **service.settings.presets}
    store = service.derivatives
    return look(store, (info.key for info in store.list() if name in _presets(service, store, info.key, presets)))


def look(store: Store, blobs: Iterable[str]) -> Iterator[Found]:
    """Look blobs up, and give those that are derivatives. Raises StoreError."""
    with ThreadPoolExecutor(AT_ONCE) as pool:
        for piece in _pieces(blobs):
            for found in pool.map(lambda blob: _look(store, blob), piece):
                if found is not None:
                    yield found


def purge(store: Store, doomed: Iterable[Found]) -> Iterator[Found]:
    """Delete derivatives, and give each that has been. Raises StoreError; doing it again is safe."""
    with ThreadPoolExecutor(AT_ONCE) as pool:
        for piece in _pieces(doomed):
            blobs = [found.blob for found in piece]
            requests = (blobs[start : start + REQUEST] for start in range(0, len(blobs), REQUEST))
            list(pool.map(store.delete_all, requests))
            yield from piece


def readings(service: Service, key: str, presets: Mapping[str, Preset]) -> tuple[Wanted, ...]:
    """
    Read a derivative key in every way that it can be meant; nothing where no grammar reads it.

    Derivatives asked for in the dialects of other image servers have native keys.
    """
    found: list[Wanted] = []
    foreign = native.GRAMMAR not in service.grammars and any(name in service.settings.grammars for name in DIALECTS)
    for grammars in (service.grammars, (native.GRAMMAR,) if foreign else ()):
        with contextlib.suppress(FirstsightError):
            wanted = parse(key, grammars, presets)
            found += wanted.readings or (wanted,)
    return tuple(reading for reading in found if not reading.untouched)


def holds_sources(service: Service) -> bool:
    """Whether the folder of the derivatives has the sources in it, so that a file's name alone does not tell them."""
    kept, sources = service.derivatives.root, service.sources.root
    return kept is not None and sources is not None and sources.is_relative_to(kept)


def beside(service: Service, source: str) -> Iterator[str]:
    """Give the derivative keys of a source that do not start with its own key, in grammars where these are finite."""
    for grammar in service.grammars:
        if grammar.names is not None:
            yield from grammar.names(source, service.settings)


def _of_source(service: Service, source: str, *, everywhere: bool) -> Iterator[str]:
    store = service.derivatives
    start = derivatives.place(store, source)
    for info in store.list(start):
        key = derivatives.key_of(store, info.key)
        # further down are those of a source whose name begins with this one's
        if key.rpartition("/")[0] == start and _may_be_of(service, key, start):
            yield info.key
    names = dict.fromkeys(beside(service, source))
    if GrammarName.CLASSIC in service.settings.grammars and (everywhere or service.settings.access != Access.PRESETS):
        names |= dict.fromkeys(f"{size}/{source}" for size in _sizes(store))
    for name in names:
        if store.keeps_attributes:
            yield name
        else:
            folder = derivatives.place(store, name)
            yield from (info.key for info in store.list(folder) if derivatives.key_of(store, info.key) == folder)


def _may_be_of(service: Service, key: str, source: str) -> bool:
    """Whether a key below a source's may be its derivative. One that no grammar reads may be of an earlier setting."""
    found = readings(service, key, service.settings.presets)
    return not found or any(reading.source == source for reading in found)


def _presets(service: Service, store: Store, blob: str, presets: Mapping[str, Preset]) -> set[str]:
    found = readings(service, derivatives.key_of(store, blob), presets)
    return {reading.preset.name for reading in found if reading.preset is not None}


def _sizes(store: Store) -> tuple[str, ...]:
    return tuple(name for name in store.folders() if _SIZE.fullmatch(name))


def _pieces(items: Iterable[T]) -> Iterator[list[T]]:
    iterator = iter(items)
    while piece := list(islice(iterator, PIECE)):
        yield piece


def _look(store: Store, blob: str) -> Found | None:
    key = derivatives.key_of(store, blob)
    info = store.head_or_none(blob)
    if info is None or not key or (store.keeps_attributes and not derivatives.is_derivative(info)):
        return None
    return Found(blob, key, info.size, info.attributes)
