"""
Firstsight against sharp, one thread each, from the bytes of a file to the bytes of the result.

Each side has a process of its own and times itself; the rounds alternate. Both stand on libvips and the same JPEG
encoder, so what differs is what each makes of them.
"""

from pathlib import Path

from bench import photos
from bench.alternate import compare
from bench.tables import Report, Table
from bench.workers import Task, Worker, pair

COLUMNS = ("task", "ours, ms", "sharp, ms", "ratio", "quartiles", "CPU ratio", "ours, KB", "sharp, KB")


def tasks() -> dict[str, Task]:
    """Give the tasks by what they are. Raises Missing."""

    def task(path: Path, width: int, height: int | None = None, format: str = "jpeg") -> Task:
        return Task(str(path), width, height, format, quality=80)

    return {
        "JPEG 2725x2225 to 720x588": task(photos.sharp_task(), 720, 588),
        "JPEG 20 MP to 1200 wide": task(photos.debian(photos.CAMERA), 1200),
        "progressive JPEG 16 MP, 4:4:4, to 400 wide": task(photos.debian(photos.PROGRESSIVE), 400),
        "progressive JPEG 20 MP, 4:2:0, to 400 wide": task(photos.sized(20, "progressive.jpg"), 400),
        "JPEG 24 MP with an sRGB profile to 800 wide": task(photos.debian(photos.PROFILED), 800),
        "JPEG 2 MP to 400 wide": task(photos.debian("mate/nature/Storm.jpg"), 400),
        "PNG 2 MP with alpha to 720 wide, as PNG": Task(str(photos.debian(photos.ALPHA)), 720, format="png"),
        "PNG 2 MP with alpha to 720 wide, as WebP": task(photos.debian(photos.ALPHA), 720, format="webp"),
        "JPEG 640x427 to 300 wide": task(photos.EXAMPLES / "rocket.jpg", 300),
    }


def run() -> Report:
    """Measure all tasks."""
    with pair() as (ours, theirs):
        rows = [_row(name, task, ours, theirs) for name, task in tasks().items()]
    return Report(
        [
            Table(
                "Making an image, against sharp",
                COLUMNS,
                rows,
                target="Ratio: how many images ours makes in the time in which sharp makes one, by the clock and by "
                "the processor. Wanted: 1.05 or more.",
                note="The first is the task of sharp's own benchmark, with a stand-in for its photograph: a camera's "
                "JPEG brought to the same size and number of bytes. JPEG and WebP at quality 80, PNG by "
                "each one's default.",
            )
        ]
    )


def _row(name: str, task: Task, ours: Worker, theirs: Worker) -> tuple[str | int | float, ...]:
    compared = compare(
        lambda repeat: ours.make(task, repeat=repeat).sample, lambda repeat: theirs.make(task, repeat=repeat).sample
    )
    sizes = [round(worker.make(task).bytes / 1000, 1) for worker in (ours, theirs)]
    return (name, *compared.milliseconds, compared.ratio, compared.spread, compared.cpu_ratio, *sizes)
