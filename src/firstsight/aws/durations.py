"""How long the function takes: as it was measured here, or as the function's own log has it. Pure."""

import json
import math
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from statistics import mean
from typing import Any

from firstsight.errors import FirstsightError

#: What Lambda itself writes after an invocation: "Duration: 60.2 ms" and the like, between tabs, in no promised order.
_REPORT = "REPORT RequestId: "
#: The stages of a making that need a processor.
_WORK = ("header", "pixels", "encode")


class NothingLogged(FirstsightError):
    """The log has no image that was made, so it does not say how long that takes."""

    code = "nothing-logged"
    title = "Nothing logged"
    remedy = "Ask for some images first, look further back with --minutes, or leave --from-logs out."


@dataclass(frozen=True, slots=True)
class Durations:
    """Means over invocations, in milliseconds that are billed; those of the processor are what a container needs."""

    made: float
    stored: float
    #: What a cold start adds, which is billed since August 2025 (AWS Compute Blog), and the share that starts cold.
    start: float
    cold: float
    made_processor: float
    stored_processor: float
    #: Of an answer.
    kilobytes: float
    #: Where these are from, and when that was.
    source: str


#: `make bench-lambda`, its table "What is billed". The share of cold starts is Amazon's "under 1 %".
MEASURED = Durations(
    made=59,
    stored=21,
    start=107,
    cold=0.01,
    made_processor=30,
    stored_processor=4,
    kilobytes=44,
    source="measured on 2026-11-24 under Amazon's emulator on two cores of an AMD EPYC, x86_64: "
    "a JPEG of 6 megapixels and 819 KB to 720 pixels wide, S3 with 15 ms to the first byte",
)


def from_log(messages: Iterable[str]) -> Durations:
    """
    Read the lines of the function's log: ours, a line a request, and Lambda's own reports of what it bills.

    Raises NothingLogged. Where nothing was stored before, or nothing started cold, what was measured stands in.
    """
    told: dict[str, dict[str, Any]] = {}
    reports: dict[str, dict[str, float]] = {}
    for message in messages:
        if message.startswith(_REPORT):
            identifier, _, rest = message.removeprefix(_REPORT).partition("\t")
            reports[identifier] = _report(rest)
        elif (line := _line(message)) is not None:
            told[line["request_id"]] = line
    seen: dict[str, list[tuple[dict[str, float], dict[str, Any]]]] = defaultdict(list)
    for identifier in told.keys() & reports.keys():
        seen[told[identifier].get("result", "")].append((reports[identifier], told[identifier]))
    made, stored = seen["made"], seen["stored"]
    if not made:
        raise NothingLogged("The function's log has no image that was made, with Lambda's report of it.")
    starts = [report["Init Duration"] for report in reports.values() if "Init Duration" in report]
    return Durations(
        made=mean(math.ceil(report["Duration"]) for report, _ in made),
        stored=mean(math.ceil(report["Duration"]) for report, _ in stored) if stored else MEASURED.stored,
        start=mean(starts) if starts else MEASURED.start,
        cold=len(starts) / len(reports),
        made_processor=mean(sum(line["ms"].get(stage, 0) for stage in _WORK) for _, line in made),
        stored_processor=MEASURED.stored_processor,
        kilobytes=mean(line["bytes_out"] for _, line in [*made, *stored]) / 1000,
        source=f"the function's log: {len(made):,} images made, {len(stored):,} that were stored, "
        f"{len(starts):,} cold starts of {len(reports):,}",
    )


def _report(text: str) -> dict[str, float]:
    """Give what is told in milliseconds."""
    told = (
        part.strip().removesuffix(" ms").partition(": ") for part in text.split("\t") if part.strip().endswith(" ms")
    )
    return {name: float(value) for name, _, value in told}


def _line(message: str) -> dict[str, Any] | None:
    """Give a request's line of ours that has what is wanted of it."""
    try:
        line: dict[str, Any] = json.loads(message)
        return line if line["request_id"] and line["bytes_out"] and "ms" in line else None
    except (ValueError, KeyError, TypeError):
        return None
