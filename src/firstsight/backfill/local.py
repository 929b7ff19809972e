"""
A backfill on this machine: what is missing is asked of the stores by threads, and made by processes.

    listing -> items -> is it there? (threads, which wait for the stores) -> made and kept (a process for each core)

No more than a fixed number of items is under way, however long the listing is, and a process holds one image at a time.
What is stored is never made again, so an end in the middle, by whatever means, costs what was under way.
"""

import os
import queue
import threading
import time
from collections.abc import Generator, Iterable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from typing import Any
from urllib.parse import urlsplit

from firstsight import ahead, derivatives
from firstsight.ahead import Outcome, Variant
from firstsight.backfill import plan
from firstsight.backfill.plan import Item
from firstsight.errors import FirstsightError, InternalError, RenderTimeout, SourceNotFound
from firstsight.image import hold_memory, use_threads, warm
from firstsight.records import dataclass, replace
from firstsight.runtimes import child
from firstsight.runtimes.child import Child
from firstsight.service import Service, open_service
from firstsight.settings import Preset, Settings
from firstsight.stores import BlobInfo, Store, open_store

#: Items under way, nearly all of which wait for a store or for a process.
AT_ONCE = 24
#: Seconds beyond what the images may take that a process is given: to read the source, and to keep what was made.
MORE_SECONDS = 30


@dataclass(frozen=True, slots=True)
class Done:
    """
    What became of an item: how many derivatives it lacked, and the outcome of each.

    Where it could not be found out what it lacked, `lacking` is 0 and the one outcome says why.
    """

    source: str
    lacking: int
    outcomes: tuple[Outcome, ...] = ()


@dataclass(frozen=True, slots=True)
class Sample:
    """What it took to make the missing derivatives of some items: seconds of one processor, and bytes."""

    items: int
    seconds: float
    size: int


def cores() -> int:
    """Count the processors that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def makers(service: Service) -> int:
    """Say how many processes make images: one for each core, or two where reading means waiting for a network."""
    return cores() * (1 if service.sources.root is not None and service.derivatives.root is not None else 2)


def found(service: Service, presets: Sequence[Preset], prefix: str = "") -> Iterator[Item]:
    """List the sources below a prefix, and what the presets ask for of each. Raises StoreError while it lists."""
    sources, kept = service.sources, service.derivatives
    listing: Iterator[BlobInfo] = sources.list(prefix.strip("/"))
    apart = below(sources, kept)
    if apart == "" and not kept.keeps_attributes:  # a folder that has both tells a derivative by its file's name
        listing = (info for info in listing if not derivatives.key_of(kept, info.key))
    return plan.items(listing, presets, service.settings, service.grammars, apart=apart)


def below(sources: Store, kept: Store) -> str | None:
    """Give the prefix among the sources below which the derivatives are: nothing for all, None where they are not."""
    if sources.root is not None and kept.root is not None:
        if not kept.root.is_relative_to(sources.root):
            return None
        inner = kept.root.relative_to(sources.root).as_posix()
        return "" if inner == "." else f"{inner}/"
    one, other = urlsplit(sources.url), urlsplit(kept.url)
    if (one.scheme, one.netloc) != (other.scheme, other.netloc) or not kept.prefix.startswith(sources.prefix):
        return None
    return kept.prefix.removeprefix(sources.prefix)


def run(service: Service, items: Iterable[Item]) -> Generator[Done, None, None]:
    """
    Make all that items lack, and give what became of each.

    Closing the generator in the middle waits for what has begun, and begins nothing more.
    """
    idle: queue.SimpleQueue[Child | None] = queue.SimpleQueue()
    for _ in range(makers(service)):
        idle.put(None)  # started when it is needed
    stopping = threading.Event()

    def work(item: Item) -> Done:
        found = look(service, item)
        if isinstance(found, Outcome):
            return Done(item.source.key, 0, (found,))
        if not found:
            return Done(item.source.key, 0)
        maker = idle.get()
        try:
            if stopping.is_set():
                return Done(item.source.key, len(found))
            maker = maker or Child(__name__, service.settings)
            outcomes = _ask(maker, service, item.source.key, found)
            maker = maker if maker.lives else None
        finally:
            idle.put(maker)
        return Done(item.source.key, len(found), outcomes)

    try:
        yield from _each(work, items)
    finally:
        stopping.set()
        for _ in range(makers(service)):
            maker = idle.get()
            if maker is not None:
                maker.close()
        idle.put(None)  # for those who still wait, one after the other


def survey(service: Service, items: Iterable[Item]) -> Iterator[tuple[Item, tuple[Variant, ...] | Outcome]]:
    """Give what each item lacks, or why that could not be found out; nothing is made."""
    yield from _each(lambda item: (item, look(service, item)), items)


def look(service: Service, item: Item) -> tuple[Variant, ...] | Outcome:
    """Give what an item lacks, or why that could not be found out."""
    try:
        return ahead.missing(service, item.source, item.wanted)
    except SourceNotFound:  # deleted since it was listed; or S3's mark of a folder, `photos/`, listed without the slash
        return ()
    except FirstsightError as error:
        return ahead.failed(item.source.key, "", error)


def sample(service: Service, lacking: Iterable[tuple[Item, tuple[Variant, ...]]]) -> Sample:
    """Make what some items lack in memory, one after the other, and keep none of it."""
    use_threads(1)
    trial = replace(service, derivatives=open_store("memory://"))
    began, count, size = time.perf_counter(), 0, 0
    for item, variants in lacking:
        size += sum(outcome.size for outcome in ahead.make(trial, item.source.key, variants))
        count += 1
    return Sample(count, time.perf_counter() - began, size)


def _each(work: Any, items: Iterable[Item]) -> Iterator[Any]:
    """Call a function for each item in threads, with a fixed number of items under way."""
    pool = ThreadPoolExecutor(AT_ONCE, thread_name_prefix="backfill")
    under_way: set[Future[Any]] = set()
    try:
        for item in items:
            under_way.add(pool.submit(work, item))
            if len(under_way) >= AT_ONCE:
                done, under_way = wait(under_way, return_when=FIRST_COMPLETED)
                yield from (one.result() for one in done)
        while under_way:
            done, under_way = wait(under_way, return_when=FIRST_COMPLETED)
            yield from (one.result() for one in done)
    finally:
        pool.shutdown(wait=False, cancel_futures=True)


def _ask(maker: Child, service: Service, key: str, variants: tuple[Variant, ...]) -> tuple[Outcome, ...]:
    seconds = service.settings.limits.seconds * len(variants) + MORE_SECONDS
    try:
        outcomes: tuple[Outcome, ...] = maker.ask((key, variants), seconds)
        return outcomes
    except child.Late:
        maker.kill()
        why = (RenderTimeout.code, f"Making it took longer than {seconds:g} seconds; its process was ended.")
    except child.Gone:
        maker.kill()
        why = (InternalError.code, "The process that made it ended by itself.")
    return tuple(Outcome(key, variant.key, 0, *why) for variant in variants)


def main() -> None:
    """Be a process that makes what sources lack."""

    def prepare(settings: Settings) -> Any:
        hold_memory()
        use_threads(1)  # there is a process for each core
        service = open_service(settings)
        warm()
        return lambda question: _made(service, *question)

    child.answer(prepare)


def _made(service: Service, key: str, variants: tuple[Variant, ...]) -> tuple[Outcome, ...]:
    try:
        return tuple(ahead.make(service, key, variants))
    except Exception as bug:
        said = f"{type(bug).__name__}: {bug}"
        return tuple(Outcome(key, variant.key, 0, InternalError.code, said) for variant in variants)
