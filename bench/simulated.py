"""Simulations by events, each of one thing that a formula says or that no formula says. All are given their chance."""

import heapq
from collections import OrderedDict, deque
from dataclasses import dataclass

import numpy as np

from bench.popularity import Array, Popularity


@dataclass(frozen=True, slots=True)
class Started:
    """What became of calls of a function: how many began cold, and how many were at work at a time."""

    calls: int
    cold: int
    mean: float
    most: int

    @property
    def share(self) -> float:
        """Give the share that began cold."""
        return self.cold / max(1, self.calls)


def environments(times: Array, seconds: Array, *, start: float, idle: float, warm: float = 0) -> Started:
    """
    Send calls to environments that take one at a time, as Lambda does.

    The environment that was used last is taken; where none is free another starts, which takes `start` more; one that
    has been idle for so long is gone. Calls before `warm` are not counted.
    """
    busy: list[float] = []
    free: deque[float] = deque()
    calls = cold = most = 0
    worked = 0.0
    for time, work in zip(times.tolist(), seconds.tolist(), strict=True):
        while busy and busy[0] <= time:
            free.append(heapq.heappop(busy))
        while free and time - free[0] > idle:
            free.popleft()
        if free:
            free.pop()
            taken = work
        else:
            cold += time >= warm
            taken = work + start
        heapq.heappush(busy, time + taken)
        if time >= warm:
            calls += 1
            worked += taken
            most = max(most, len(busy))
    return Started(calls, cold, worked / (float(times[-1]) - warm), most)


def refused(times: Array, seconds: Array, servers: int) -> float:
    """Give the share that so many servers refuse, where nobody waits."""
    busy: list[float] = []
    count = 0
    for time, work in zip(times.tolist(), seconds.tolist(), strict=True):
        while busy and busy[0] <= time:
            heapq.heappop(busy)
        if len(busy) == servers:
            count += 1
        else:
            heapq.heappush(busy, time + work)
    return count / max(1, len(times))


def asked(random: np.random.Generator, popularity: Popularity, count: int) -> list[int]:
    """Give so many requests, each by the number of the thing that it is for."""
    found = np.searchsorted(np.cumsum(popularity.share), random.uniform(0, 1, count))
    return [int(number) for number in np.minimum(found, len(popularity.share) - 1)]


def lru(requests: list[int], held: int, warm: int) -> float:
    """Give the share of requests that a cache answers which has room for so many, those before `warm` not counted."""
    cache: OrderedDict[int, None] = OrderedDict()
    hits = 0
    for number, thing in enumerate(requests):
        if thing in cache:
            cache.move_to_end(thing)
            hits += number >= warm
            continue
        cache[thing] = None
        if len(cache) > held:
            cache.popitem(last=False)
    return hits / (len(requests) - warm)


def kept(times: Array, requests: list[int], life: float, warm: float) -> float:
    """Give the share of requests for what is not there, where things go a fixed life after they were made."""
    made: dict[int, float] = {}
    count = misses = 0
    for time, thing in zip(times.tolist(), requests, strict=True):
        missing = time - made.get(thing, -life - 1) > life
        if missing:
            made[thing] = time
        if time >= warm:
            count += 1
            misses += missing
    return misses / max(1, count)


def firsts(times: Array, requests: list[int], until: float, bins: int) -> Array:
    """Give the requests a second that are the first of their kind, in bins of time from nothing being there."""
    seen: set[int] = set()
    counts = np.zeros(bins)
    for time, thing in zip(times.tolist(), requests, strict=True):
        if thing not in seen:
            seen.add(thing)
            counts[min(bins - 1, int(time / until * bins))] += 1
    return counts / (until / bins)


def herd(random: np.random.Generator, rate: float, seconds: float, processes: int | None) -> int:
    """Give how often one new thing is made: by each call that comes meanwhile, or once by each process it comes to."""
    meanwhile = random.poisson(rate * seconds)
    if processes is None:
        return 1 + int(meanwhile)
    return len({0, *random.integers(0, processes, meanwhile).tolist()})
