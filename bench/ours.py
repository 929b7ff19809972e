"""
Makes images with Firstsight as it is told: a JSON task a line on standard input, a JSON answer a line on output.

The counterpart of sharp/worker.mjs: both time what they do inside their own process, with one thread.
"""

import json
import sys
import time
from pathlib import Path
from typing import Any

import firstsight
from firstsight.image import hold_memory


def main() -> None:
    """Answer tasks until the input ends."""
    hold_memory()  # as the server does
    path, data = "", b""
    for line in sys.stdin:
        task = json.loads(line)
        if task["source"] != path:
            path, data = task["source"], Path(task["source"]).read_bytes()
        print(json.dumps(_answer(data, task)), flush=True)


def spec(task: dict[str, Any]) -> str:
    """Give the spec of a task: the box by `cover`, which is sharp's default too."""
    quality = f"-q{task['quality']}" if task["quality"] else ""
    return f"{task['width']}x{task['height'] or ''}{quality}.{task['format'].replace('jpeg', 'jpg')}"


def _answer(data: bytes, task: dict[str, Any]) -> dict[str, Any]:
    wanted = spec(task)
    began, used = time.perf_counter(), time.process_time()
    for _ in range(task["repeat"]):
        made = firstsight.render(data, wanted)
    seconds = (time.perf_counter() - began) / task["repeat"]
    cpu = (time.process_time() - used) / task["repeat"]
    if task["out"]:
        Path(task["out"]).write_bytes(made.data)
    return {"seconds": seconds, "cpu": cpu, "bytes": len(made.data)}


if __name__ == "__main__":
    main()
