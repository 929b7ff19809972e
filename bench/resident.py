"""
Memory that stays: 2,000 different derivatives of 20 photographs through the service, in one process.

The stores are folders, so that nothing but the process's own memory grows. The last thousand should add under 5 %.
"""

import json
import os
import subprocess
import sys
import tempfile
from collections import deque
from collections.abc import Iterator
from pathlib import Path
from statistics import mean

from bench import photos
from bench.tables import Report, Table
from bench.workers import ROOT
from firstsight.runtimes.child import HUGE_PAGES

DERIVATIVES = 2_000
MARKS = (1, 100, 500, 1_000, 1_500, 2_000)
FORMATS = ("jpg", "webp", "png", "jpg")
SOURCES = 20
WINDOW = 500


def run() -> Report:
    """Make them all in a process of its own, and give its resident memory on the way."""
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-m", "bench.resident", folder, *map(str, _sources())]
        environ = HUGE_PAGES | os.environ
        done = subprocess.run(command, cwd=ROOT, env=environ, stdout=subprocess.PIPE, text=True, check=True)
    sizes: dict[str, float] = json.loads(done.stdout)
    half, whole = sizes["1000"], sizes["2000"]
    table = Table(
        "Memory that stays",
        ("derivatives made", "resident, MB"),
        [(int(count), size) for count, size in sizes.items()],
        target=f"The last 1,000 added {100 * (whole - half) / half:.1f} %. Wanted: under 5 %.",
        note=f"{DERIVATIVES:,} different derivatives of {SOURCES} photographs of 0.1 to 5 megapixels, in turn; "
        f"each figure is the mean over the last {WINDOW} at most, for single ones differ with what has just been made.",
    )
    return Report([table], raw={"added": (whole - half) / half})


def _sources() -> list[Path]:
    small = sorted(path for path in (photos.debian("mate/nature")).iterdir() if path.suffix == ".jpg")
    with_alpha = [photos.debian(photos.ALPHA), photos.debian("mate/abstract/Flow.png")]
    return [*photos.examples(), *small, *with_alpha, photos.debian("mate/desktop/Float-into-MATE.png")][:SOURCES]


def _requests(names: list[str]) -> Iterator[str]:
    rounds = DERIVATIVES // len(names)
    for i in range(DERIVATIVES):
        width = 40 + i // len(names) * 37 % rounds * 4  # in no order, or the later ones would be the larger ones
        yield f"/{names[i % len(names)]}/{width}x.{FORMATS[i // len(names) % len(FORMATS)]}"


def resident() -> float:
    """Give this process's resident memory, in megabytes."""
    status = Path("/proc/self/status").read_text()
    return int(status.split("VmRSS:")[1].split()[0]) / 1000


def main() -> None:
    """Make the derivatives: the first argument is a folder to work in, the others are the sources."""
    from firstsight import Request, Settings, open_service
    from firstsight.image import hold_memory
    from firstsight.settings import Access

    hold_memory()  # as the server's makers do

    folder, sources = Path(sys.argv[1]), [Path(path) for path in sys.argv[2:]]
    for name in ("sources", "derivatives"):
        (folder / name).mkdir()
    for source in sources:
        (folder / "sources" / source.name).write_bytes(source.read_bytes())
    settings = Settings(source=str(folder / "sources"), derivatives=str(folder / "derivatives"), access=Access.OPEN)
    service = open_service(settings)
    sizes: dict[int, float] = {}
    last: deque[float] = deque(maxlen=WINDOW)
    for count, path in enumerate(_requests([source.name for source in sources]), start=1):
        response = service.handle(Request(path))
        assert response.status == 200, (path, response.status)
        assert response.headers["Firstsight-Result"] == "made", path
        last.append(resident())
        if count in MARKS:
            sizes[count] = mean(last)
    print(json.dumps(sizes))


if __name__ == "__main__":
    main()
