"""
Encoders at equal similarity: what ours and sharp's defaults cost for a result that is equally like the unencoded one.

sharp encodes at its defaults. Ours then encodes at the lowest quality whose SSIM to its own unencoded result is no
lower than sharp's to its own; the times of both, from the bytes of the source on, are taken in turn.
"""

import math
import tempfile
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from statistics import median

import pyvips

from bench import photos
from bench.alternate import compare
from bench.ssim import Plane, luma, ssim
from bench.tables import Report, Table
from bench.workers import Task, Worker, pair

WIDTH = 720
FORMATS = ("jpeg", "webp", "avif")
ROUNDS = 5
PHOTOGRAPHS = (photos.CAMERA, *(f"mate/nature/{name}.jpg" for name in ("Blinds", "Dune", "LadyBird", "Wood")))
COLUMNS = (
    "format",
    "photograph",
    "SSIM",
    "our quality",
    "ours, KB",
    "sharp, KB",
    "bytes",
    "ours, ms",
    "sharp, ms",
    "ratio",
    "CPU ratio",
)

Row = tuple[str | int | float, ...]


def run() -> Report:
    """Measure each format on each photograph, and those with alpha on one that is cut out."""
    sources = [photos.debian(name) for name in PHOTOGRAPHS]
    rows: list[Row] = []
    with pair() as (ours, theirs), tempfile.TemporaryDirectory() as folder:
        for format in FORMATS:
            found = [_row(format, source, ours, theirs, Path(folder)) for source in sources]
            rows += [*found, _summary(format, found)]
        rows += [_row(format, photos.cut_out(), ours, theirs, Path(folder)) for format in ("webp", "avif")]
    table = Table(
        f"Encoders at equal similarity, {WIDTH} pixels wide",
        COLUMNS,
        rows,
        target="Bytes: ours over sharp's. Ratio: sharp's time over ours. Wanted: bytes at most 1, ratio 1.05 or more.",
        note="sharp at its default quality and effort: JPEG 80, WebP 80 and effort 4, AVIF 50 and effort 4. "
        "The cut-out is the first photograph with a soft oval for its alpha, seen on white; it is in no average.",
    )
    return Report([table])


def _row(format: str, source: Path, ours: Worker, theirs: Worker, folder: Path) -> Row:
    out = folder / "made"
    task = Task(str(source), WIDTH, format=format, out=str(out))

    def similarity(worker: Worker, task: Task) -> float:
        worker.make(task)
        return ssim(_unencoded(worker, task), read(out))

    wanted = similarity(theirs, task)
    low, high = 1, 100
    while low < high:
        middle = (low + high) // 2
        low, high = (low, middle) if similarity(ours, _at(task, middle)) >= wanted else (middle + 1, high)
    chosen = _at(task, low)
    compared = compare(
        lambda repeat: ours.make(chosen, repeat=repeat).sample,
        lambda repeat: theirs.make(task, repeat=repeat).sample,
        ROUNDS,
    )
    sizes = [worker.make(asked).bytes / 1000 for worker, asked in ((ours, chosen), (theirs, task))]
    name = source.stem.partition("_")[0]
    return (
        format,
        name,
        f"{wanted:.4f}",
        low,
        *sizes,
        sizes[0] / sizes[1],
        *compared.milliseconds,
        compared.ratio,
        compared.cpu_ratio,
    )


def _summary(format: str, rows: Sequence[Row]) -> Row:
    def middle(column: int) -> float:
        return median(float(row[column]) for row in rows)

    bytes_ratio = math.exp(sum(math.log(float(row[6])) for row in rows) / len(rows))
    return (
        format,
        "all",
        "",
        round(middle(3)),
        middle(4),
        middle(5),
        bytes_ratio,
        middle(7),
        middle(8),
        middle(9),
        middle(10),
    )


_planes: dict[tuple[str, str], Plane] = {}


def _unencoded(worker: Worker, task: Task) -> Plane:
    key = worker.name, task.source
    if key not in _planes:
        assert task.out is not None
        plain = Path(task.out).with_name("plain.png")
        worker.make(task, format="png", quality=None, out=str(plain))
        _planes[key] = read(plain)
    return _planes[key]


def read(path: Path) -> Plane:
    """Give the luma of an image file."""
    return luma(pyvips.Image.new_from_file(str(path)))


def _at(task: Task, quality: int) -> Task:
    return replace(task, quality=quality)
