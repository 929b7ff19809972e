"""The last lines of the function's log, by the version that wrote them."""

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from firstsight.aws.facts import Fact

if TYPE_CHECKING:
    from firstsight.aws.cloud import Cloud

#: How many streams are read, the latest first, and how many lines of each.
STREAMS, LINES = 10, 300
_VERSION = re.compile(r"\[([^\]]+)\]")


@dataclass(frozen=True, slots=True)
class Line:
    """One event of the log: its time in milliseconds, the stream it is from, and the version that wrote it."""

    at: int
    stream: str
    version: str
    text: str


def read(cloud: "Cloud", name: str) -> Fact[tuple[Line, ...]]:
    """Read the last lines of the latest streams, the oldest first within each; None where there is no log."""
    client, group = cloud.client("logs"), f"/aws/lambda/{name}"
    streams = cloud.ask(
        lambda: client.describe_log_streams(
            logGroupName=group, orderBy="LastEventTime", descending=True, limit=STREAMS
        ),
        "ResourceNotFoundException",
    )
    if streams.value is None:
        return Fact(unknown=streams.unknown)
    lines: list[Line] = []
    for stream in (one["logStreamName"] for one in streams.value["logStreams"]):
        match = _VERSION.search(stream)
        fact = _lines(cloud, group, stream)
        if fact.unknown:
            return Fact(unknown=fact.unknown)
        for event in (fact.value or {}).get("events", ()):
            lines.append(Line(event["timestamp"], stream, match[1] if match else "", event["message"]))
    return Fact(tuple(lines))


def _lines(cloud: "Cloud", group: str, stream: str) -> Fact[Any]:
    client = cloud.client("logs")
    return cloud.ask(
        lambda: client.get_log_events(logGroupName=group, logStreamName=stream, startFromHead=False, limit=LINES),
        "ResourceNotFoundException",
    )
