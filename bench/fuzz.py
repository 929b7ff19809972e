"""
Renders many damaged files in processes of their own, and tells of crashes, hangs and memory that does not come back.

    python -m bench.fuzz --count 10000

A case is a number: `--from 1234 --count 1` repeats it, and tests/image/mutations.py makes its file.
"""

import argparse
import collections
import contextlib
import ctypes
import os
import queue
import subprocess
import sys
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path

#: Seconds that one case may take, the limit of a render being 5.
DEADLINE = 15
#: Cases after which a process's memory has settled, and by how many MB it may grow from then on.
SETTLED, MOST_GROWTH = 1000, 48
#: As in service: with an arena for each of libvips' threads, memory is scattered and looks like a leak.
ALLOCATOR = {"MALLOC_ARENA_MAX": "2"}


@dataclass
class Tally:
    """What came of the cases so far."""

    outcomes: collections.Counter[str] = field(default_factory=collections.Counter)
    failures: list[str] = field(default_factory=list)
    slowest: float = 0
    slowest_case: int = -1
    growth: float = 0
    lock: threading.Lock = field(default_factory=threading.Lock)


def main() -> int:
    """Run what the command line asks for; 1 when anything failed."""
    parser = argparse.ArgumentParser(prog="python -m bench.fuzz", description="Render damaged files.")
    parser.add_argument("--count", type=int, default=10_000, help="how many")
    parser.add_argument("--from", dest="start", type=int, default=0, help="the number of the first")
    parser.add_argument("--processes", type=int, default=2, help="how many at the same time")
    parser.add_argument("--worker", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    numbers = range(options.start, options.start + options.count)
    if options.worker:
        return _work(range(numbers.start, numbers.stop, options.processes))
    tally, began = Tally(), time.monotonic()
    threads = [
        threading.Thread(target=_watch, args=(range(numbers.start + i, numbers.stop, options.processes), tally))
        for i in range(options.processes)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    print(f"{sum(tally.outcomes.values())} cases in {time.monotonic() - began:.0f} s")
    print(", ".join(f"{count} {name}" for name, count in tally.outcomes.most_common()))
    print(f"slowest {tally.slowest * 1000:.0f} ms (case {tally.slowest_case}), memory grew by {tally.growth:.1f} MB")
    if tally.growth > MOST_GROWTH:
        tally.failures.append(f"memory grew by {tally.growth:.1f} MB after the first {SETTLED} cases")
    print("\n".join(tally.failures) or "no crash, no hang, no leak")
    return 1 if tally.failures else 0


def _work(numbers: range) -> int:
    """Do cases, one after the other, and write a line about each."""
    import logging

    from tests.image.mutations import outcome

    logging.disable()
    for number in numbers:
        began = time.perf_counter()
        try:
            result = outcome(number)
        except Exception as error:
            result = f"!{type(error).__name__}: {' '.join(str(error).split())[:120]}"
        print(number, f"{time.perf_counter() - began:.4f}", f"{_resident():.1f}", result, flush=True)
    return 0


def _watch(numbers: range, tally: Tally) -> None:
    """Have cases done by a process; start it anew after a crash or a hang, from the next case on."""
    while numbers:
        command = [sys.executable, "-m", "bench.fuzz", "--worker", "--from", str(numbers.start)]
        command += ["--count", str(numbers.stop - numbers.start), "--processes", str(numbers.step)]
        process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env={**os.environ, **ALLOCATOR})
        lines: queue.Queue[str] = queue.Queue()
        reader = threading.Thread(target=_read, args=(process, lines), daemon=True)
        reader.start()
        done = _follow(process, lines, numbers, tally)
        numbers = numbers[done + 1 :] if done < len(numbers) else range(0)


def _read(process: "subprocess.Popen[str]", lines: "queue.Queue[str]") -> None:
    assert process.stdout is not None
    for line in process.stdout:
        lines.put(line)
    lines.put("")


def _follow(process: "subprocess.Popen[str]", lines: "queue.Queue[str]", numbers: range, tally: Tally) -> int:
    """Note each case; the answer is how many came to an end."""
    settled = 0.0
    for done, number in enumerate(numbers):
        try:
            line = lines.get(timeout=DEADLINE + (30 if done == 0 else 0))  # the first waits for the imports
        except queue.Empty:
            process.kill()
            tally.failures.append(f"case {number} hung")
            return done
        if not line:
            tally.failures.append(f"case {number} ended its process with {process.wait()}")
            return done
        _, seconds, resident, result = line.split(maxsplit=3)
        with tally.lock:
            tally.outcomes[result.strip().partition(":")[0]] += 1
            if result.startswith("!"):
                tally.failures.append(f"case {number}: {result.strip()}")
            if float(seconds) > tally.slowest:
                tally.slowest, tally.slowest_case = float(seconds), number
            settled = float(resident) if done <= SETTLED else settled
            tally.growth = max(tally.growth, float(resident) - settled)
    process.wait()
    return len(numbers)


def _resident() -> float:
    """Give this process's resident memory in MB, without what it has freed and the allocator has kept."""
    with contextlib.suppress(OSError, AttributeError):  # only glibc has it
        ctypes.CDLL("libc.so.6").malloc_trim(0)
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * 4096 / 1e6


if __name__ == "__main__":
    sys.exit(main())
