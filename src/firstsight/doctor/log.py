"""From the lines of the function's log to what became of each invocation. Pure."""

import json
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import groupby
from typing import Any

from firstsight.aws.log_facts import Line


class Trouble(StrEnum):
    """What may become of an invocation."""

    NONE = "none"
    IMPORT = "import"
    RAISED = "raised"
    TIMEOUT = "timeout"
    KILLED = "killed"
    STORE = "store"


@dataclass(frozen=True, slots=True)
class Invocation:
    """
    One invocation, or a start that came to none; its time is in milliseconds.

    `line` is the exception in one line, with the place it was raised at. `memory` is in MB, of `size` that there are.
    """

    at: int
    version: str
    trouble: Trouble = Trouble.NONE
    line: str = ""
    memory: int = 0
    size: int = 0


#: The exceptions that Lambda's runtime gives a name to, for a module that does not load.
_IMPORT = re.compile(r"Runtime\.(?:ImportModuleError|HandlerNotFound|UserCodeSyntaxError|InvalidEntrypoint|MalformedH)")
#: What Python says of a module that is not there or does not load; the function loads some with its first request.
_NOT_LOADED = re.compile("(?:ImportError|ModuleNotFoundError)")
_ERROR = re.compile(r"^(?:\[ERROR\]\s+)(?P<what>[A-Za-z_][\w.]*(?:: .*)?)$", re.MULTILINE)
_FRAME = re.compile(r'^\W*File "(?P<file>[^"]+)", line (?P<line>\d+), in (?P<name>\S+)$', re.MULTILINE)
_EXITED = re.compile(
    r"^.*?(Runtime exited|exec format error|Runtime\.ExitError|Runtime\.OutOfMemory)[^\n]*", re.MULTILINE
)
_KILLED = re.compile(r"signal: killed|Runtime\.OutOfMemory|MemoryError")
_TIMEOUT = re.compile(
    r"Task timed out after [\d.]+ seconds|^REPORT .*Status: timeout|Reset initiated: Timeout", re.MULTILINE
)
_DURATION = re.compile(r"^REPORT .*?\tDuration: ([\d.]+) ms", re.MULTILINE)
_MEMORY = re.compile(r"Memory Size: (\d+) MB\s+Max Memory Used: (\d+) MB")
#: Codes of our own errors, by what they tell.
_OURS = {
    "render-timeout": Trouble.TIMEOUT,
    "store-timeout": Trouble.TIMEOUT,
    "store-denied": Trouble.STORE,
    "store-failed": Trouble.STORE,
    "overloaded": Trouble.NONE,
}


def invocations(lines: Sequence[Line], seconds: float) -> tuple[Invocation, ...]:
    """Read them, the earliest first. `seconds` is the function's timeout."""
    found: list[Invocation] = []
    for _, stream in groupby(lines, lambda line: line.stream):
        found += [_invocation(part, seconds) for part in _parts(stream)]
    return tuple(sorted(found, key=lambda one: one.at))


def _parts(lines: Iterable[Line]) -> Iterator[list[Line]]:
    """Cut a stream before each START; what comes before the first, and of a start that failed, goes with the next."""
    part: list[Line] = []
    started = False
    for line in lines:
        if line.text.startswith("START ") and started:
            yield part
            part = []
        started = started or line.text.startswith("START ")
        part.append(line)
    if part:
        yield part


def _invocation(lines: list[Line], seconds: float) -> Invocation:
    text = "".join(line.text if line.text.endswith("\n") else f"{line.text}\n" for line in lines).replace("\xa0", " ")
    trouble, line = _trouble(text, seconds)
    memory = _MEMORY.search(text)
    size, used = (int(memory[1]), int(memory[2])) if memory else (0, 0)
    return Invocation(lines[-1].at, lines[-1].version, trouble, line, used, size)


def _trouble(text: str, seconds: float) -> tuple[Trouble, str]:
    if match := _ERROR.search(text):
        return _raised(match["what"], text[match.start() :])
    ours = _ours(text)
    if ours:
        return ours
    if match := _TIMEOUT.search(text):
        return Trouble.TIMEOUT, match[0] if "Task" in match[0] else _report(text)
    took = _DURATION.search(text)
    if took and float(took[1]) >= seconds * 1000:
        return Trouble.TIMEOUT, _report(text)
    if match := _EXITED.search(text):
        killed = _KILLED.search(text)
        return Trouble.KILLED if killed else Trouble.IMPORT, match[0].strip()
    return Trouble.NONE, ""


def _raised(what: str, text: str) -> tuple[Trouble, str]:
    frames = list(_FRAME.finditer(text))
    where = f" ({_short(frames[-1]['file'])}, line {frames[-1]['line']})" if frames else ""
    if _KILLED.search(what):
        return Trouble.KILLED, what
    loading = any(frame["name"] == "<module>" for frame in frames) and not any(
        frame["name"] == "handler" for frame in frames
    )
    return Trouble.IMPORT if _IMPORT.search(what) or loading else Trouble.RAISED, what + where


def _ours(text: str) -> tuple[Trouble, str] | None:
    """Read the line that we write of a request that failed, or of an error while the function starts."""
    for line in text.splitlines():
        found = _json(line)
        if found.get("level") != "error":
            continue
        if "traceback" in found:
            last = str(found["traceback"]).strip().splitlines()[-1]
            frames = list(_FRAME.finditer(str(found["traceback"])))
            where = f" ({_short(frames[-1]['file'])}, line {frames[-1]['line']})" if frames else ""
            return Trouble.IMPORT if _NOT_LOADED.match(last) else Trouble.RAISED, last + where
        error = str(found.get("error", ""))
        told = " ".join(str(found[name]) for name in ("status", "error", "detail", "log") if name in found)
        trouble = _OURS.get(error, Trouble.RAISED)
        return (trouble, told or str(found.get("message", ""))) if trouble is not Trouble.NONE else None
    return None


def _json(line: str) -> dict[str, Any]:
    if not line.startswith("{"):
        return {}
    try:
        found = json.loads(line)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def _report(text: str) -> str:
    return next((line.replace("\t", " ").strip() for line in text.splitlines() if line.startswith("REPORT ")), "")


def _short(file: str) -> str:
    """Give a file's path as it is in the bundle."""
    return file.rpartition("/code/")[2].removeprefix("/var/task/").removeprefix("/opt/python/")
