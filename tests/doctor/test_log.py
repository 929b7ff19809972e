"""From lines of CloudWatch, as Lambda and a private AWS write them, to what became of each invocation."""

import json
from typing import Any

import pytest

from firstsight.aws.log_facts import Line
from firstsight.doctor.log import Trouble, invocations

START, END = "START RequestId: 1-2 Version: 7\n", "END RequestId: 1-2\n"
REPORT = "REPORT RequestId: 1-2\tDuration: 33.64 ms\tMemory Size: 1536 MB\tMax Memory Used: 181 MB\t\n"
LATE = REPORT.replace("33.64", "3000.00")


def ours(level: str = "error", **members: Any) -> str:
    return json.dumps({"time": "2026-01-01T00:00:00Z", "level": level, "message": "request", **members}) + "\n"


TRACEBACK = (
    "Traceback (most recent call last):\n"
    '\xa0\xa0File "/var/task/firstsight/service.py", line 12, in answer\n'
    "\xa0\xa0\xa0\xa0raise ValueError('of no use')\n"
)
LOADING = (
    "Traceback (most recent call last):\n"
    '\xa0\xa0File "/var/lang/lib/python3.13/importlib/__init__.py", line 88, in import_module\n'
    '\xa0\xa0File "<frozen importlib._bootstrap>", line 241, in _call_with_frames_removed\n'
    '\xa0\xa0File "/var/task/firstsight/runtimes/lambda_function.py", line 1, in <module>\n'
)
LATE_IMPORT = LOADING.replace("in import_module", "in handler")

CASES = (
    ("answered", [START, END, REPORT], Trouble.NONE, ""),
    ("ours, answered", [START, ours("info", status=200), END, REPORT], Trouble.NONE, ""),
    (
        "a module that is not there",
        [
            "INIT_START Runtime Version: python:3.13.v20\n",
            "[ERROR] Runtime.ImportModuleError: No module named 'x'\n",
            START,
            END,
            REPORT,
        ],
        Trouble.IMPORT,
        "Runtime.ImportModuleError: No module named 'x'",
    ),
    (
        "an exception while the code is loaded",
        [START, f"[ERROR] RuntimeError: broken\n{LOADING}", END, REPORT],
        Trouble.IMPORT,
        "RuntimeError: broken (firstsight/runtimes/lambda_function.py, line 1)",
    ),
    (
        "the same, a line an event",
        [START, "[ERROR] RuntimeError: broken\n", *(f"{line}\n" for line in LOADING.splitlines()), END],
        Trouble.IMPORT,
        "RuntimeError: broken (firstsight/runtimes/lambda_function.py, line 1)",
    ),
    (
        "an import within the handler is no start that failed",
        [START, f"[ERROR] RuntimeError: broken\n{LATE_IMPORT}", END, REPORT],
        Trouble.RAISED,
        "RuntimeError: broken (firstsight/runtimes/lambda_function.py, line 1)",
    ),
    (
        "an exception",
        [START, f"[ERROR] ValueError: of no use\n{TRACEBACK}", END, REPORT],
        Trouble.RAISED,
        "ValueError: of no use (firstsight/service.py, line 12)",
    ),
    (
        "an exception of our own log",
        [START, ours(status=500, traceback=f"{TRACEBACK.replace(chr(160), ' ')}ValueError: of no use"), END, REPORT],
        Trouble.RAISED,
        "ValueError: of no use (firstsight/service.py, line 12)",
    ),
    (
        "a library that does not load, with the first request",
        [
            START,
            ours(
                status=500, traceback=f"{TRACEBACK.replace(chr(160), ' ')}ImportError: _libvips.abi3.so: no such file"
            ),
            END,
            REPORT,
        ],
        Trouble.IMPORT,
        "ImportError: _libvips.abi3.so: no such file (firstsight/service.py, line 12)",
    ),
    (
        "an error of ours",
        [START, ours(status=502, error="store-denied", detail="The store refused access.", log="403"), END, REPORT],
        Trouble.STORE,
        "502 store-denied The store refused access. 403",
    ),
    (
        "a timeout of ours",
        [START, ours(status=504, error="render-timeout", detail="There was no answer."), END, REPORT],
        Trouble.TIMEOUT,
        "504 render-timeout There was no answer.",
    ),
    ("too many at once", [START, ours(status=503, error="overloaded"), END, REPORT], Trouble.NONE, ""),
    (
        "a timeout, told after the report",
        [START, END, LATE, "2026-01-01T00:00:03.000Z 1-2 Task timed out after 3.00 seconds\n\n"],
        Trouble.TIMEOUT,
        "Task timed out after 3.00 seconds",
    ),
    (
        "a timeout, by the report's status",
        [START, END, f"{REPORT.strip()}Status: timeout\n"],
        Trouble.TIMEOUT,
        "REPORT RequestId: 1-2",
    ),
    ("a timeout, by its duration", [START, END, LATE], Trouble.TIMEOUT, "REPORT RequestId: 1-2"),
    (
        "a start that was slow, and done with the first request",
        ["INIT_REPORT Init Duration: 9999.00 ms\tPhase: init\tStatus: timeout\n", START, END, REPORT],
        Trouble.NONE,
        "",
    ),
    (
        "killed",
        [
            START,
            "RequestId: 1-2 Error: Runtime exited with error: signal: killed\n",
            "Runtime.ExitError\n",
            END,
            REPORT,
        ],
        Trouble.KILLED,
        "RequestId: 1-2 Error: Runtime exited with error: signal: killed",
    ),
    (
        "no program at all",
        [
            START,
            "RequestId: 1-2 Error: fork/exec /var/runtime/bootstrap: exec format error\n",
            "Runtime.InvalidEntrypoint\n",
            END,
        ],
        Trouble.IMPORT,
        "RequestId: 1-2 Error: fork/exec /var/runtime/bootstrap: exec format error",
    ),
)


def lines(texts: list[str], stream: str = "2026/01/01/[7]abc", at: int = 1000) -> list[Line]:
    return [Line(at + number, stream, "7", text) for number, text in enumerate(texts)]


@pytest.mark.parametrize(("name", "texts", "trouble", "line"), CASES, ids=[case[0] for case in CASES])
def test_what_became_of_an_invocation(name: str, texts: list[str], trouble: Trouble, line: str) -> None:
    [one] = invocations(lines(texts), 3)
    assert one.trouble is trouble
    assert one.line.startswith(line) if line.startswith("REPORT") else one.line == line
    assert one.version == "7"


def test_a_stream_is_one_invocation_after_the_other_and_streams_are_in_order_of_time() -> None:
    later = lines([START, "[ERROR] ValueError: b\n", END, REPORT, START, END, REPORT], "[7]b", at=5000)
    earlier = lines([START, END, REPORT], "[7]a")
    found = invocations([*later, *earlier], 3)
    assert [one.trouble for one in found] == [Trouble.NONE, Trouble.RAISED, Trouble.NONE]


def test_memory_is_read_from_the_report() -> None:
    [one] = invocations(lines([START, END, REPORT]), 3)
    assert (one.memory, one.size) == (181, 1536)


def test_an_empty_log_has_no_invocations() -> None:
    assert invocations([], 3) == ()
