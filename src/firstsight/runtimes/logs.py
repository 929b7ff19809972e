"""
Logs: one line a request, JSON unless a person reads it on a terminal.

A line has what the operator needs to find a cause (key, transform, stages, the error's private part), and never a
secret: the path is written without its signature.
"""

import json
import logging
import sys
import time
from collections.abc import Callable, Mapping
from typing import Any, TextIO

from firstsight import percent, signing
from firstsight.errors import FirstsightError
from firstsight.http import Request, Response, encode_path

LOGGER = logging.getLogger("firstsight")
#: The attribute of a log record that holds a line's members.
_MEMBERS = "members"


def configure(stream: TextIO = sys.stderr) -> None:
    """Send all logs to a stream, in the form that suits it."""
    handler = logging.StreamHandler(stream)
    handler.setFormatter(_Readable() if stream.isatty() else _Json())
    logging.basicConfig(level=logging.INFO, handlers=[handler], force=True)
    logging.getLogger("uvicorn").setLevel(logging.WARNING)


def request_line(
    request: Request,
    response: Response,
    request_id: str,
    seconds: float,
    error: Exception | None = None,
    measure: Callable[[Mapping[str, Any]], Mapping[str, Any]] = lambda members: {},
) -> None:
    """
    Log how a request went.

    `seconds` is from its arrival to its answer; `measure` gives members that are made of the others, metrics say.
    """
    members: dict[str, Any] = {
        "method": request.method,
        "path": unsigned(request.path),
        "status": response.status,
        "total_ms": round(seconds * 1000, 1),
        "request_id": request_id,
        **response.facts,
    }
    if isinstance(error, FirstsightError):
        members |= {"error": error.code, "detail": error.message} | ({"log": error.log} if error.log else {})
    level = logging.ERROR if response.status >= 500 else logging.WARNING if "not_kept" in members else logging.INFO
    bug = error if error is not None and not isinstance(error, FirstsightError) else None
    LOGGER.log(level, "request", extra={_MEMBERS: {**members, **measure(members)}}, exc_info=bug)


def change_line(
    members: Mapping[str, Any],
    level: int,
    measure: Callable[[Mapping[str, Any]], Mapping[str, Any]] = lambda members: {},
    bug: Exception | None = None,
) -> None:
    """Log what followed when something in the bucket changed."""
    LOGGER.log(level, "change", extra={_MEMBERS: {**members, **measure(members)}}, exc_info=bug)


def unsigned(path: str) -> str:
    """Give a path without its signature, which is none the less one where it is percent-encoded."""
    decoded = percent.decode(path.encode(errors="replace").decode()).decode(errors="replace")
    signature, rest = signing.split(decoded.removeprefix("/"))
    return f"/~{encode_path(rest)}" if signature else path


class _Json(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        stamp = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(record.created)) + f".{int(record.msecs):03d}Z"
        line = {"time": stamp, "level": record.levelname.lower(), "message": record.getMessage(), **_members(record)}
        if record.exc_info:
            line["traceback"] = self.formatException(record.exc_info)
        return json.dumps(line, ensure_ascii=False, default=str)


class _Readable(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        members = _members(record)
        if "path" not in members:
            line = " ".join([record.getMessage(), *(f"{name}={value}" for name, value in members.items())])
        else:
            result = members.get("error") or members.get("result", "")
            took = f"{members['total_ms']:7.1f} ms"
            line = f"{members['status']} {result:<10} {took}  {members['method']} {members['path']}"
            why = " ".join(str(members[name]) for name in ("detail", "log", "reason") if name in members)
            line += f"\n    {why}" if why else ""
        return f"{line}\n{self.formatException(record.exc_info)}" if record.exc_info else line


def _members(record: logging.LogRecord) -> Mapping[str, Any]:
    members: Mapping[str, Any] = getattr(record, _MEMBERS, {})
    return members
