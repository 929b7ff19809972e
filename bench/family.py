"""
A family of images from one decode, against its largest alone: `render_many` of five widths of a large photograph.

Each side has its turn in short rounds, in one process with one thread.
"""

from collections.abc import Callable
from pathlib import Path
from time import perf_counter, process_time

import pyvips

import firstsight
from bench import photos
from bench.alternate import Sample, compare
from bench.tables import Cell, Report, Table
from firstsight.image import hold_memory

WIDTHS = (1600, 800, 400, 200, 100)
FORMATS = ("jpg", "webp")
TARGET = 1.6
ROUNDS = 7


def run() -> Report:
    """Measure the family against its largest, and against all of it one by one."""
    pyvips.concurrency_set(1)
    hold_memory()  # as the server does
    sources = {"baseline, 20 MP": photos.debian(photos.CAMERA), "progressive, 16 MP": photos.debian(photos.PROGRESSIVE)}
    rows = [_row(name, path, format) for name, path in sources.items() for format in FORMATS]
    table = Table(
        f"A family of {len(WIDTHS)} from one decode",
        (
            "JPEG",
            "as",
            "the largest alone, ms",
            "all, ms",
            "ratio",
            "quartiles",
            "CPU ratio",
            "one by one, ms",
            "of one by one",
        ),
        rows,
        target=f"Ratio: all over the largest alone. Wanted: at most {TARGET}.",
        note=f"`render_many` of {', '.join(map(str, WIDTHS))} pixels wide. The last column is its time over that of "
        "five single renders.",
    )
    return Report([table])


def _row(name: str, path: Path, format: str) -> list[Cell]:
    data, specs = path.read_bytes(), [f"{width}x.{format}" for width in WIDTHS]

    def family(repeat: int) -> Sample:
        return _sample(repeat, lambda: firstsight.render_many(data, specs))

    largest = compare(lambda repeat: _sample(repeat, lambda: firstsight.render(data, specs[0])), family, ROUNDS)
    single = compare(
        lambda repeat: _sample(repeat, lambda: [firstsight.render(data, spec) for spec in specs]), family, ROUNDS
    )
    times = largest.milliseconds
    return [
        name,
        format,
        *times,
        largest.ratio,
        largest.spread,
        largest.cpu_ratio,
        single.milliseconds[0],
        single.ratio,
    ]


def _sample(repeat: int, make: Callable[[], object]) -> Sample:
    began, used = perf_counter(), process_time()
    for _ in range(repeat):
        make()
    return Sample((perf_counter() - began) / repeat, (process_time() - used) / repeat)
