"""
Eager presets: made when the source arrives, before anybody asks.

    a source -> its eager presets -> what of them is missing -> made from one decode, and kept (ahead.py)

A failure that lies in the source is reported as a Problem, since trying again would not help. A failure of a store, or
a lack of time, is raised, so that whoever sent the event sends it again; what is stored by then is not made twice.
"""

import time

from firstsight import ahead
from firstsight.errors import (
    BadImage,
    NotApplicable,
    RenderTimeout,
    SourceNotFound,
    StoreDenied,
    StoreError,
    StoreFailed,
    StoreTimeout,
    UnsupportedFormat,
)
from firstsight.grammars import Wanted, parse
from firstsight.grammars.ahead import wanted_ahead
from firstsight.grammars.carrierwave import versions_in
from firstsight.records import dataclass
from firstsight.service import Service
from firstsight.settings import GrammarName, Preset
from firstsight.stores import BlobInfo

#: How many derivatives are made from one decode; fewer where they are encoded slowly. They are stored before the next
#: ones are made, so that an event that is sent again for lack of time finds them.
TOGETHER, SLOWLY = 12, 3
#: The extensions of images. Another file in the bucket is not reported as an image that cannot be decoded.
EXTENSIONS = frozenset(
    (
        *("jpg", "jpeg", "jpe", "jfif", "png", "apng", "webp", "avif", "gif", "tif", "tiff", "svg", "heic", "heif"),
        *("bmp", "ico", "jp2", "jxl", "psd", "dng", "cr2", "cr3", "nef", "arw"),
    )
)
_AGAIN = {error.code: error for error in (StoreError, StoreFailed, StoreDenied, StoreTimeout, RenderTimeout)}
_NO_MATTER = (NotApplicable.code, SourceNotFound.code)


@dataclass(frozen=True, slots=True)
class Problem:
    """Why a source cannot be made into its eager presets: the code of an error, and what it says."""

    code: str
    reason: str


@dataclass(frozen=True, slots=True)
class Eager:
    """What became of a source's eager presets: the derivative keys that were made, and what is wrong with it."""

    made: tuple[str, ...] = ()
    problem: Problem | None = None


def presets_for(service: Service, key: str) -> tuple[Preset, ...]:
    """Give the eager presets of a source. One that stands for versions of CarrierWave is for their directories only."""
    settings = service.settings
    versions = versions_in(key.rpartition("/")[0], settings.presets.values())
    there = {preset.name for preset in versions.values()}
    return tuple(
        preset
        for preset in settings.presets.values()
        if preset.eager and (not preset.carrierwave or preset.name in there)
    )


def make(service: Service, source: BlobInfo, until: float = float("inf")) -> Eager:
    """
    Make what is missing of the eager presets of a source, until a time of the monotonic clock.

    Raises StoreError, and RenderTimeout where not all could be made by then; doing it again makes the rest.
    """
    presets = presets_for(service, source.key)
    wanted = wanted_ahead(source.key, presets, service.settings)
    try:
        wanted = tuple(one for one in wanted if not _is_anothers(service, one))
        if not wanted:
            return Eager()
        missing = ahead.missing(service, source, wanted)
    except SourceNotFound:
        return Eager()
    except BadImage as error:
        return Eager((), _problem(source.key, error.code, error.message))
    made: list[str] = []
    problem = None
    together = SLOWLY if service.settings.refine else TOGETHER
    for start in range(0, len(missing), together):
        if time.monotonic() > until:
            raise RenderTimeout(f"Only {len(made)} of {len(missing)} eager derivatives could be made in time.")
        for outcome in ahead.make(service, source.key, missing[start : start + together]):
            if outcome.error in _AGAIN:
                why = f"{outcome.key!r}: {outcome.reason}"
                raise _AGAIN[outcome.error]("An eager derivative was not made.", log=why)
            if not outcome.error:
                made.append(outcome.key)
            elif outcome.error not in _NO_MATTER:
                problem = problem or _problem(source.key, outcome.error, outcome.reason)
    return Eager(tuple(made), problem)


def _is_anothers(service: Service, wanted: Wanted) -> bool:
    """
    Whether a version of CarrierWave's is to be made from another source than this one.

    Two sources can share a version's name: `thumb_x.jpg` may be of `x.jpg` and of `x.png`. The reading that comes first
    among those whose source exists is the one that a request would be answered from.
    """
    if wanted.grammar.name != GrammarName.CARRIERWAVE:
        return False
    for reading in parse(wanted.key, service.grammars, service.settings.presets).readings:
        if not reading.untouched:
            if reading.source == wanted.source:
                return False
            if service.sources.head_or_none(reading.source) is not None:
                return True
    return False


def _problem(key: str, code: str, reason: str) -> Problem | None:
    named = key.rpartition("/")[2].rpartition(".")[2].lower() in EXTENSIONS
    return None if code == UnsupportedFormat.code and not named else Problem(code, reason)
