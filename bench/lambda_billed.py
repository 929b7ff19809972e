"""
What Lambda bills of ours, and what a processor does of it: the figures that `firstsight cost` goes by.

The emulator reports how long each invocation ran, which is from the event until the runtime asks for the next one: the
put of the derivative, which comes after the answer, is in it.
"""

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from statistics import mean, median

from bench.lambda_environments import Environment, Function, start
from bench.tables import Table

COUNT, COLDS = 100, 10
#: Milliseconds that the kernel counts a processor's time in.
TICK = 10
_RAN = re.compile(r"^REPORT .*?\tDuration: ([\d.]+) ms", re.MULTILINE)
_LINE = re.compile(r"^\{.*\}$", re.MULTILINE)


def measure(ours: Function, work: Path, paths: Iterator[str]) -> Table:
    """Make images in environments that have just started, and in one that is warm, and ask for those again."""
    colds = []
    for number in range(COLDS):
        with start(ours, work / f"cold{number}.log") as environment:
            environment.make(next(paths))
        colds += _ran(work / f"cold{number}.log")
    log, asked = work / "billed.log", [next(paths) for _ in range(COUNT)]
    with start(ours, log) as environment:
        environment.make(next(paths))
        made = _processor(environment, lambda: [environment.make(path) for path in asked])
        stored = _processor(environment, lambda: [environment.make(path) for path in asked])
    ran = _ran(log)[1:]
    lines = _LINE.findall(log.read_text())
    warm = median(ran[:COUNT])
    return Table(
        "What is billed",
        ("invocation", "billed, ms", "of a processor, ms"),
        [
            ["made", f"{warm:.0f}", f"{made:.0f}"],
            ["stored already", f"{median(ran[COUNT:]):.0f}", f"{stored:.0f}"],
            ["what a cold start adds", f"{median(colds) - warm:.0f}", ""],
        ],
        f"`firstsight cost` goes by these. A line of the log has {mean(map(len, lines)):.0f} bytes.",
    )


def _ran(log: Path) -> list[float]:
    return [float(milliseconds) for milliseconds in _RAN.findall(log.read_text())]


def _processor(environment: Environment, make: Callable[[], object]) -> float:
    before = environment.processor()
    make()
    return (environment.processor() - before) * TICK / COUNT
