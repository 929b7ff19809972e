"""
What is asked: how popular each of many things is, and when requests come.

Popularity is Zipf's, the share of the thing at rank r being as r^-a; for the web a is 0.6 to 0.9 (L. Breslau, P. Cao,
L. Fan, G. Phillips, S. Shenker, "Web caching and Zipf-like distributions: evidence and implications", INFOCOM 1999).
Requests come independently (a Poisson process), more by day than by night.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

#: The ranks that have a bin of their own, and the bins for each power of ten after them.
EXACT, BINS = 10_000, 100
DAY = 86_400.0
#: The busiest moment of a day over the average one is 3 with this: e^k over Bessel's I0(k).
COURSE = 1.785


@dataclass(frozen=True, slots=True)
class Popularity:
    """Things in bins of equal popularity: how many each bin has, and the share of all requests that one thing has."""

    many: Array
    share: Array

    def sum(self, values: Array) -> float:
        """Add up a value of each thing over all things."""
        return float(np.sum(self.many * values))


def zipf(count: int, exponent: float) -> Popularity:
    """Give the popularity of so many things: the first exactly, the rest in bins that grow with the rank."""
    first = np.arange(1, min(count, EXACT) + 1, dtype=np.float64)
    if count <= EXACT:
        return _whole(np.ones_like(first), first**-exponent)
    bins = int(np.ceil(BINS * np.log10(count / EXACT)))
    edges = np.geomspace(EXACT + 0.5, count + 0.5, bins + 1)
    many = np.diff(edges)
    # the mean of r^-a over a bin, by its integral
    power = 1 - exponent
    mass = np.diff(np.log(edges)) if abs(power) < 1e-12 else np.diff(edges**power) / power
    return _whole(np.concatenate([np.ones_like(first), many]), np.concatenate([first**-exponent, mass / many]))


def _whole(many: Array, weight: Array) -> Popularity:
    return Popularity(many, weight / np.sum(many * weight))


def poisson(random: np.random.Generator, rate: float, seconds: float) -> Array:
    """Give the times of requests that come at a rate a second."""
    return np.sort(random.uniform(0, seconds, random.poisson(rate * seconds)))


def daily(random: np.random.Generator, rate: float, seconds: float) -> Array:
    """Give times at a rate that follows the day, by thinning (P. Lewis, G. Shedler, 1979); `rate` is its average."""
    times = poisson(random, rate * busiest(), seconds)
    return times[random.uniform(0, busiest(), len(times)) < course(times)]


def course(times: Array) -> Array:
    """Give the rate at times of the day over the average one: calm at night, one peak."""
    return np.asarray(np.exp(COURSE * np.sin(2 * np.pi * times / DAY)) / np.i0(COURSE))


def busiest() -> float:
    """Give the rate at the busiest moment over the average one."""
    return float(np.exp(COURSE) / np.i0(COURSE))
