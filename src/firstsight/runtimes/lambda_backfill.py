"""
What the Lambda function does with a batch of a backfill, which Step Functions hands to it.

    {"BatchInput": {"presets": ["thumb"]}, "Items": [{"Key": "photos/cat.jpg", ...}, ...]}

The answer is the next question: the same with the items that are left when time is over, and what has been done so far.
The state machine asks until none is left, so a batch may be of any size, whatever the function's timeout.
"""

import time
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from firstsight import ahead, derivatives
from firstsight.ahead import Outcome
from firstsight.errors import BadSettings, FirstsightError, RenderTimeout, SourceNotFound
from firstsight.events import Change, source_key
from firstsight.grammars.ahead import wanted_ahead
from firstsight.records import replace
from firstsight.runtimes import logs
from firstsight.service import Service
from firstsight.settings import Preset

#: The most characters of a reason that are handed on: Step Functions takes 256 KB in all.
MOST_REASON = 200


def go_on(service: Service, event: Mapping[str, Any], until: float) -> dict[str, Any]:
    """
    Make what the sources of a batch lack, until a time of the monotonic clock; the first of them in any case.

    Raises BadSettings for a preset that the function's settings do not have.
    """
    presets = _presets(service, event["BatchInput"]["presets"])
    items = event["Items"]
    counts = {name: event.get(name, 0) for name in ("sources", "made", "bytes")}
    failed = list(event.get("failed", ()))
    done = 0
    for item in items:
        outcomes = _outcomes(service, item["Key"], presets, until)
        if done and any(outcome.error == RenderTimeout.code for outcome in outcomes):
            break  # it is asked for again, and then has all of the time
        done += 1
        counts["made"] += sum(not outcome.error for outcome in outcomes)
        counts["bytes"] += sum(outcome.size for outcome in outcomes)
        failed += [_failure(outcome) for outcome in outcomes if outcome.error]
        if time.monotonic() > until:
            break
    counts["sources"] += done
    logs.LOGGER.info("backfill: %d sources done, %d left, %d derivatives made", done, len(items) - done, counts["made"])
    return {"BatchInput": event["BatchInput"], "Items": items[done:], **counts, "failed": failed}


def _outcomes(service: Service, object_key: str, presets: tuple[Preset, ...], until: float) -> list[Outcome]:
    """Make what an object of the bucket lacks, where it is a source."""
    key = source_key(service, Change(urlsplit(service.sources.url).netloc, object_key))
    wanted = wanted_ahead(key, presets, service.settings) if key is not None else ()
    if key is None or not wanted:
        return []
    limits = service.settings.limits
    seconds = max(0.5, min(limits.seconds, until - time.monotonic()))
    hurried = replace(service, settings=replace(service.settings, limits=replace(limits, seconds=seconds)))
    try:
        source = service.sources.head(key)
        missing = () if derivatives.is_derivative(source) else ahead.missing(hurried, source, wanted)
        return ahead.make(hurried, key, missing) if missing else []
    except SourceNotFound:  # it has been deleted since it was listed
        return []
    except FirstsightError as error:
        return [Outcome(key, "", 0, error.code, f"{error.message} {error.log}".strip())]
    except Exception as bug:
        logs.LOGGER.exception("backfill of %r", key)
        return [Outcome(key, "", 0, "internal-error", f"{type(bug).__name__}: {bug}")]


def _failure(outcome: Outcome) -> dict[str, str]:
    reason = outcome.reason[:MOST_REASON]
    return {"source": outcome.source, "key": outcome.key, "error": outcome.error, "reason": reason}


def _presets(service: Service, names: list[str]) -> tuple[Preset, ...]:
    known = service.settings.presets
    for name in names:
        if name not in known:
            raise BadSettings(f"The function has no preset '{name}'.", remedy="Deploy the settings that have it.")
    return tuple(known[name] for name in names)
