"""The function's log in CloudWatch, as lines to read."""

import json
import time
from collections.abc import Callable, Iterator
from typing import Any

from firstsight.aws.cloud import Cloud

#: What Lambda itself writes around each invocation.
NOISE = ("START ", "END ", "REPORT ", "INIT_START ", "EXTENSION")
#: Lines that tell of a failure: ours by level, those of Python and of Lambda by their words.
FAILED = '?error ?warning ?Traceback ?"Task timed out" ?errorMessage ?ERROR'
_SECONDS = 2
#: What followed from a change, as the log has it, in words.
_FOLLOWED = {"deleted": "{} deleted", "made_eagerly": "{} made", "refined": "the quick encoding is {}"}


def lines(
    cloud: Cloud,
    name: str,
    *,
    minutes: int,
    errors: bool,
    follow: bool,
    pause: Callable[[float], Any] = time.sleep,
) -> Iterator[str]:
    """Give what the log has of the last minutes, and with `follow` what comes, for ever."""
    since = int((time.time() - minutes * 60) * 1000)
    seen: set[str] = set()
    while True:
        for identifier, stamp, message in cloud.log_lines(f"/aws/lambda/{name}", since, FAILED if errors else ""):
            wanted = has_failed(message) if errors else not message.startswith(NOISE)
            if identifier not in seen and wanted:
                yield readable(stamp, message)
            seen.add(identifier)
            since = max(since, stamp)
        if not follow:
            return
        pause(_SECONDS)


def has_failed(message: str) -> bool:
    """Whether a line tells of a failure."""
    try:
        return json.loads(message)["level"] in ("error", "warning")
    except (ValueError, KeyError, TypeError):
        return any(word in message for word in ("Traceback", "Task timed out", "errorMessage", "ERROR"))


def readable(stamp: int, message: str) -> str:
    """Give a line for a person: the time, and of a line of ours what matters."""
    when = time.strftime("%Y-%m-%d %H:%M:%S", time.gmtime(stamp / 1000))
    try:
        found = json.loads(message)
        if "status" in found:
            result = found.get("error") or found.get("result", "")
            told = f"{found['status']} {result} {found['total_ms']} ms {found['path']}"
        else:  # of a change: the key, and what followed
            what = (words.format(found[name]) for name, words in _FOLLOWED.items() if found.get(name))
            parts = (found["level"], found["message"], found.get("key", ""), found.get("error", ""), ", ".join(what))
            told = " ".join(part for part in parts if part)
        why = " ".join(str(found[key]) for key in ("detail", "log", "reason", "traceback") if key in found)
    except (ValueError, KeyError, TypeError):
        return f"{when}  {message.rstrip()}"
    return f"{when}  {told}" + (f"\n    {why}" if why else "")
