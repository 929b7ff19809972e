"""What can be worked out without simulating: each function names its formula and where it is from."""

import math
from collections.abc import Callable

import numpy as np

from bench.popularity import Popularity


def mean_concurrency(rate: float, seconds: float) -> float:
    """Give how many are at work at a time, on average (J. Little, 1961): the rate times how long one takes."""
    return rate * seconds


def most_concurrency(rate: float, seconds: float, share: float) -> int:
    """
    Give how many are at work at most for this share of the time, where nobody has to wait (M/G/inf).

    Their number is Poisson's whatever the times of service are (L. Takacs, 1962). From 1,000 on by the normal one.
    """
    mean = mean_concurrency(rate, seconds)
    if mean > 1000:
        return math.ceil(mean + _quantile(share) * math.sqrt(mean))
    term = below = math.exp(-mean)
    count = 0
    while below < share:
        count += 1
        term *= mean / count
        below += term
    return count


def erlang_b(load: float, servers: int) -> float:
    """Give the share that is refused by servers without a queue (A. K. Erlang, 1917), by its recursion."""
    blocked = 1.0
    for count in range(1, servers + 1):
        blocked = load * blocked / (count + load * blocked)
    return blocked


def least_servers(load: float, share: float) -> int:
    """Give the fewest servers without a queue that refuse at most this share."""
    blocked, count = 1.0, 0
    while blocked > share:
        count += 1
        blocked = load * blocked / (count + load * blocked)
    return count


def cold_share(rate: float, seconds: float, idle: float) -> float:
    """
    Give the share of calls that start cold, where an environment goes that nobody has asked for so long.

    Environments are taken in order, so that one is asked by those who find all before it at work; that is Erlang's B of
    it less that of the next. An approximation: it takes those calls for a Poisson process of their own.
    """
    blocked, cold, count = 1.0, 0.0, 0
    while blocked > 1e-9:
        count += 1
        following = rate * seconds * blocked / (count + rate * seconds * blocked)
        asked = blocked - following
        cold += asked * math.exp(-rate * asked * idle)
        blocked = following
    return cold


def lru_hits(popularity: Popularity, held: float) -> float:
    """
    Give the share of requests that a cache of so many things answers, the least recently asked for leaving first.

    H. Che, Y. Tung, Z. Wang, "Hierarchical web caching systems: modeling, design and experimental results", 2002: there
    is one time t after which whatever is not asked for has left, the one by which as many are held as there is room.
    """
    share = popularity.share
    if held >= float(np.sum(popularity.many)):
        return 1.0
    time = _root(lambda t: popularity.sum(-np.expm1(-share * t)) - held)
    return popularity.sum(share * -np.expm1(-share * time))


def kept_misses(popularity: Popularity, rate: float, life: float) -> float:
    """
    Give the requests a second for what is not there, where each thing goes a fixed life after it was made.

    From one making of a thing to the next pass its life and then, on average, 1 / its rate (renewal theory; N. Choungmo
    Fofack et al., "Performance evaluation of hierarchical TTL-based cache networks", 2014). The same holds on average
    where the life is not fixed but random, as that of an image that is replaced at some time.
    """
    each = rate * popularity.share
    return popularity.sum(each / (1 + each * life))


def kept_things(popularity: Popularity, rate: float, life: float) -> float:
    """Give how many things are there, by the same: the life's part of the time from one making to the next."""
    each = rate * popularity.share
    return popularity.sum(each * life / (1 + each * life))


def first_requests(popularity: Popularity, rate: float, time: float) -> float:
    """Give the requests a second that are the first of their kind, so long after nothing was there."""
    each = rate * popularity.share
    return popularity.sum(each * np.exp(-each * time))


def herd_of_function(rate: float, seconds: float) -> float:
    """Give how often one new thing is made by calls that know nothing of each other: by all who come meanwhile."""
    return 1 + rate * seconds


def herd_of_processes(rate: float, seconds: float, processes: int) -> float:
    """Give how many of the processes of a server make it, each at most once: those that somebody comes to meanwhile."""
    return 1 + (processes - 1) * -math.expm1(-rate * seconds / processes)


def _root(rising: Callable[[float], float]) -> float:
    low, high = 0.0, 1.0
    while rising(high) < 0:
        high *= 2
    for _ in range(100):
        middle = (low + high) / 2
        low, high = (middle, high) if rising(middle) < 0 else (low, middle)
    return high


def _quantile(share: float) -> float:
    from statistics import NormalDist

    return NormalDist().inv_cdf(share)
