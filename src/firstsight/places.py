"""The stores that the settings name, opened, and connected to ahead of the first request."""

import functools
import os

from firstsight.http import digest
from firstsight.settings import Settings
from firstsight.stores import Store, open_store
from firstsight.threads import in_thread


def open_stores(settings: Settings) -> tuple[Store, Store]:
    """Open the stores of the sources and of the derivatives. Raises BadSettings."""
    seconds = settings.limits.seconds
    sources = open_store(settings.source, seconds=seconds)
    kept = derivatives_url(settings, sources)
    if kept == settings.source and sources.gives_links:  # one bucket, so one client and its connections
        return sources, sources
    return sources, open_store(kept, seconds=seconds, create=True)


def derivatives_url(settings: Settings, sources: Store) -> str:
    """Say where derivatives are kept: as set, or a cache folder for a local source, or else beside the sources."""
    if settings.derivatives:
        return settings.derivatives
    if sources.root is None:
        return settings.source
    cache = os.environ.get("XDG_CACHE_HOME") or "~/.cache"
    return os.path.join(os.path.expanduser(cache), "firstsight", f"{sources.root.name}-{digest(sources.url)[:8]}")


def connect(*stores: Store) -> None:
    """
    Begin to connect to each of these stores, by a request for a key that need not exist.

    A store that is given twice gets two connections. A failure is not looked at: the first request will meet it again.
    """
    for store in stores:
        in_thread(functools.partial(store.head, "firstsight"))
