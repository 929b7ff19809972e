"""
CloudWatch metrics in the log line itself, in the embedded metric format (CloudWatch user guide, specification).

METRICS is all of them. A line carries those it has values for, so nothing is sent and nothing has to be waited for.
"""

import os
import time
from collections.abc import Callable, Mapping
from typing import Any

from firstsight.records import dataclass

NAMESPACE = "Firstsight"

Facts = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Metric:
    """One metric: its name and unit in CloudWatch, and its value in the members of a log line, None for no value."""

    name: str
    unit: str
    value: Callable[[Facts], float | None]


def _stage(name: str) -> Callable[[Facts], float | None]:
    return lambda facts: facts.get("ms", {}).get(name)


def _count(condition: Callable[[Facts], bool]) -> Callable[[Facts], float | None]:
    return lambda facts: 1 if condition(facts) else None


def _saved(facts: Facts) -> float | None:
    if facts.get("result") != "made":
        return None
    return max(0, int(facts["source_bytes"]) - int(facts["bytes_out"]))


def _refined(facts: Facts) -> float | None:
    return int(facts["bytes_before"]) - int(facts["bytes_after"]) if facts.get("refined") == "refined" else None


STAGES = ("find", "header", "wait", "pixels", "encode", "put")

METRICS: tuple[Metric, ...] = (
    Metric("Duration", "Milliseconds", lambda facts: facts.get("total_ms")),
    *(Metric(f"{stage.capitalize()}Time", "Milliseconds", _stage(stage)) for stage in STAGES),
    Metric("Made", "Count", _count(lambda facts: facts.get("result") == "made")),
    Metric("Stored", "Count", _count(lambda facts: facts.get("result") == "stored")),
    Metric("Errors", "Count", _count(lambda facts: "error" in facts)),
    Metric("NotKept", "Count", _count(lambda facts: "not_kept" in facts)),
    Metric("ColdStarts", "Count", _count(lambda facts: facts.get("cold") is True)),
    Metric("BytesSaved", "Bytes", _saved),
    Metric("Deleted", "Count", lambda facts: facts.get("deleted") or None),
    Metric("MadeEagerly", "Count", lambda facts: facts.get("made_eagerly") or None),
    Metric("BytesRefined", "Bytes", _refined),
    Metric("Memory", "Megabytes", lambda facts: facts.get("memory_mb")),
)


def embedded(facts: Facts) -> dict[str, Any]:
    """Give the members that make CloudWatch read metrics from a line with these facts."""
    values = {metric: metric.value(facts) for metric in METRICS}
    known = {metric: value for metric, value in values.items() if value is not None}
    # one function is not taken for another, and errors are counted by code as well as in all
    dimensions = [["function"], ["function", "error"]] if "error" in facts else [["function"]]
    definition = {
        "Namespace": NAMESPACE,
        "Dimensions": dimensions,
        "Metrics": [{"Name": metric.name, "Unit": metric.unit} for metric in known],
    }
    described = {"Timestamp": int(time.time() * 1000), "CloudWatchMetrics": [definition]}
    function = os.environ.get("AWS_LAMBDA_FUNCTION_NAME", "")
    return {"_aws": described, "function": function, **{metric.name: value for metric, value in known.items()}}
