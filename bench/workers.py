"""The two sides of a comparison, each a long-lived process that times itself."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from bench import sharp
from bench.alternate import Sample
from firstsight.runtimes.child import HUGE_PAGES

ROOT = Path(__file__).parent.parent


@dataclass(frozen=True, slots=True)
class Task:
    """
    One image to make.

    `source` is a path; without `height` the proportions are kept; without `quality` each side uses its own default;
    `raw` says that the source is bare pixels of that width, height and number of bands (sharp only).
    """

    source: str
    width: int | None
    height: int | None = None
    format: str = "jpeg"
    quality: int | None = None
    raw: tuple[int, int, int] | None = None
    repeat: int = 1
    out: str | None = None


@dataclass(frozen=True, slots=True)
class Made:
    """The mean of the repeats, in seconds of the clock and of the processor, and the size of what was made."""

    seconds: float
    cpu: float
    bytes: int

    @property
    def sample(self) -> Sample:
        """The times alone."""
        return Sample(self.seconds, self.cpu)


@dataclass(frozen=True, slots=True)
class Worker:
    """A process that makes images."""

    name: str
    process: "subprocess.Popen[str]"

    def make(self, task: Task, **changes: Any) -> Made:
        """Do a task, perhaps changed. Raises RuntimeError with what the worker said if it failed."""
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write(json.dumps(asdict(replace(task, **changes))) + "\n")
        self.process.stdin.flush()
        line = self.process.stdout.readline()
        answer = json.loads(line) if line else {"error": f"it ended with {self.process.wait()}"}
        if "error" in answer:
            raise RuntimeError(f"{self.name}: {answer['error']}")
        return Made(**answer)


@contextmanager
def pair() -> Iterator[tuple[Worker, Worker]]:
    """Start ours and sharp's, one thread each."""
    with (
        _start("ours", [sys.executable, "-m", "bench.ours"], ROOT, HUGE_PAGES) as ours,  # as the server's makers
        _start("sharp", [sharp.node(), "worker.mjs"], sharp.install(), {}) as theirs,
    ):
        yield ours, theirs


@contextmanager
def _start(name: str, command: list[str], folder: Path, environ: dict[str, str]) -> Iterator[Worker]:
    single = {"VIPS_CONCURRENCY": "1", "UV_THREADPOOL_SIZE": "1"}
    with subprocess.Popen(
        command, cwd=folder, env=os.environ | single | environ, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        try:
            yield Worker(name, process)
        finally:
            assert process.stdin is not None
            process.stdin.close()
