"""
The Lambda function against one that a team writes by itself: `make bench-lambda`.

Both run under Amazon's emulator: ours from its bundle, by Amazon's runtime client for Python; theirs in Node with sharp
and Amazon's SDK, by a runtime client of 40 lines that is lighter than Amazon's. Both read the same S3, which is as slow
as S3 is, and both are asked in turn.
"""

import argparse
import contextlib
import itertools
import shutil
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Iterator
from pathlib import Path
from statistics import median, quantiles

from bench import lambda_billed, lambda_node, machine, photos
from bench.lambda_environments import Function, start
from bench.lambda_s3 import LATENCY, RATE
from bench.sharp import node
from bench.tables import Table
from firstsight.aws import bundle
from firstsight.aws.bytecode import find_python
from firstsight.aws.desired import MALLOC

ROOT = Path(__file__).parent.parent
CLIENT = ROOT / ".venv" / "lambda-wheels"
RUNTIME = ("-m", "awslambdaric")
HANDLER = "firstsight.runtimes.lambda_function.handler"
TARGETS = {"cold": 0.33, "warm": 0.60, "memory": 0.40}
IMAGES = 50
#: A number for each image that is asked for: one that has been made is not made again.
_NUMBERS = itertools.count(10_000)


def main() -> None:
    """Measure, and print the tables."""
    parser = argparse.ArgumentParser(prog="python -m bench.lambda_bench")
    parser.add_argument("--colds", type=int, default=15, help="environments started of either side")
    parser.add_argument("--warms", type=int, default=200, help="images made by either side")
    parser.add_argument("--many", type=int, default=1000, help="images made by ours to see whether memory grows")
    parser.add_argument("--markdown", action="store_true", help="print the tables as Markdown, for docs/performance.md")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        work = Path(folder)
        with _s3(work) as address:
            ours, theirs = _ours(work, address), _theirs(address)
            rows, notes = _compared(ours, theirs, work, options.colds, options.warms)
            tables = [
                Table("Lambda: cold, warm, memory", ("", "ours", "Node", "ours / Node", "target"), rows, notes),
                _least(ours, work, options.colds, options.warms),
                _bytecode(ours, work, options.colds),
                _overhead(work),
                lambda_billed.measure(ours, work, _paths("photo.jpg")),
                _growth(ours, work, options.many),
            ]
    facts = machine.describe(peers=False) | {"node": lambda_node.versions(), "python": "3.13, of the function"}
    print("\n".join(f"- {name}: {value}" for name, value in facts.items()))
    for table in tables:
        print(f"\n{table.markdown() if options.markdown else table.text()}")


def _compared(ours: Function, theirs: Function, work: Path, colds: int, warms: int) -> tuple[list[list[str]], str]:
    cold = {side.name: [] for side in (ours, theirs)}  # type: dict[str, list[float]]
    paths = _paths("photo.jpg")
    sizes = {}
    for _ in range(colds):
        for side in (ours, theirs):
            with start(side, work / "log") as environment:
                seconds, sizes[side.name] = environment.make(next(paths))
                cold[side.name].append(seconds)
    warm = {side.name: [] for side in (ours, theirs)}  # type: dict[str, list[float]]
    with start(ours, work / "log") as mine, start(theirs, work / "log") as other:
        for _ in range(warms):
            for side, environment in ((ours, mine), (theirs, other)):
                warm[side.name].append(environment.make(next(paths))[0])
        memory = {ours.name: [mine.resident()], theirs.name: [other.resident()]}
    rows = [
        _row("cold start to first image, ms", cold, 1000, TARGETS["cold"]),
        _row("warm, a new derivative, ms", {name: times[5:] for name, times in warm.items()}, 1000, TARGETS["warm"]),
        _row(f"memory after {warms}, MB", memory, 1, TARGETS["memory"]),
    ]
    note = (
        f"{photos.sharp_task().stat().st_size // 1000} KB JPEG of 2725x2225 to 720 wide; answers of "
        f"{sizes['ours'] // 1000} and {sizes['Node'] // 1000} KB. S3 with {LATENCY * 1000:.0f} ms to the first byte "
        f"and {RATE // 10**6} MB/s. Medians of {colds} starts and {warms} images, asked in turn, quartiles in "
        "brackets; the ratio is the median of the ratios of neighbours."
    )
    return rows, note


def _row(what: str, sides: dict[str, list[float]], factor: float, target: float) -> list[str]:
    ratio = median(a / b for a, b in zip(*sides.values(), strict=True))
    return [what, *(_shown(times, factor) for times in sides.values()), f"{ratio:.2f}", f"{target:.2f}"]


def _shown(values: list[float], factor: float) -> str:
    if len(values) < 2:
        return f"{values[0] * factor:.0f}"
    low, middle, high = (value * factor for value in quantiles(values, n=4))
    return f"{middle:.0f} ({low:.0f} to {high:.0f})"


def _least(ours: Function, work: Path, colds: int, warms: int) -> Table:
    """Ours beside the same libraries with nothing around them."""
    shutil.copy(ROOT / "bench" / "lambda_least.py", ours.folder)
    subprocess.run([find_python(), "-m", "compileall", "-q", str(ours.folder / "lambda_least.py")], check=True)
    python, *client, _ = ours.command
    sides = (ours, Function("least", (python, *client, "lambda_least.handler"), ours.folder, ours.environment))
    paths = _paths("photo.jpg")
    cold: dict[str, list[float]] = {side.name: [] for side in sides}
    for _ in range(colds):
        for side in sides:
            with start(side, work / "log") as environment:
                cold[side.name].append(environment.make(next(paths))[0])
    warm: dict[str, list[float]] = {side.name: [] for side in sides}
    with start(sides[0], work / "log") as mine, start(sides[1], work / "log") as other:
        for _ in range(warms):
            for side, environment in ((sides[0], mine), (sides[1], other)):
                warm[side.name].append(environment.make(next(paths))[0])
    rows = [
        [what, *(_shown(times, 1000) for times in found.values())]
        for what, found in (("cold start to first image, ms", cold), ("warm, a new derivative, ms", warm))
    ]
    return Table("The least that these libraries take", ("", "ours", "pyvips and obstore alone"), rows)


def _bytecode(ours: Function, work: Path, colds: int) -> Table:
    """Ours with and without the bytecode in its bundle."""
    bare = work / "bare"
    shutil.copytree(ours.folder, bare, ignore=shutil.ignore_patterns("__pycache__"))
    without = Function("without", ours.command, bare, _environment(bare, ours.environment))
    paths = _paths("photo.jpg")
    times: dict[str, list[float]] = {"with": [], "without": []}
    for _ in range(colds):
        for name, side in (("with", ours), ("without", without)):
            with start(side, work / "log") as environment:
                times[name].append(environment.make(next(paths))[0])
    rows = [[name, _shown(values, 1000)] for name, values in times.items()]
    return Table("Bytecode in the bundle", ("bytecode", "cold start to first image, ms"), rows)


def _overhead(work: Path) -> Table:
    """What ours takes beside the image and S3, over a handler that does nothing."""
    task, python = work / "task", find_python()
    shutil.copy(ROOT / "bench" / "lambda_stubs.py", task)
    memory = {"FIRSTSIGHT_SOURCE": "memory://", "FIRSTSIGHT_DERIVATIVES": "memory://", "FIRSTSIGHT_ACCESS": "open"}
    times: dict[str, list[float]] = {}
    sides = [
        Function(name, (python, *RUNTIME, f"lambda_stubs.{name}"), task, _environment(task, memory | given))
        for name, given in (("stubbed", {"STUBBED": "1"}), ("nothing", {}))
    ]
    with start(sides[0], work / "log") as stubbed, start(sides[1], work / "log") as nothing:
        for number in range(300):
            for name, environment in (("stubbed", stubbed), ("nothing", nothing)):
                times.setdefault(name, []).append(environment.make(f"/photo.jpg/{number + 10}x.jpg")[0])
    rows = [[name, f"{median(values[20:]) * 1000:.2f}"] for name, values in times.items()]
    rows.append(["ours alone", f"{(median(times['stubbed'][20:]) - median(times['nothing'][20:])) * 1000:.2f}"])
    return Table("Overhead of the runtime (target: under 2 ms)", ("handler", "invocation to answer, ms"), rows)


def _growth(ours: Function, work: Path, many: int) -> Table:
    """The memory of ours while it makes many images of 50 sources."""
    rows: list[list[str]] = []
    with start(ours, work / "log") as environment:
        for number in range(many):
            environment.make(f"/{number}/{number % IMAGES}.jpg/{300 + number % 7 * 100}x.jpg")
            if (number + 1) % max(1, many // 10) == 0:
                rows.append([str(number + 1), f"{environment.resident():.1f}"])
    return Table(f"Memory over {many} warm invocations, {IMAGES} sources", ("invocations", "resident, MB"), rows)


def _paths(name: str) -> Iterator[str]:
    while True:
        yield f"/{next(_NUMBERS)}/{name}/720x.jpg"


@contextlib.contextmanager
def _s3(work: Path) -> Iterator[str]:
    import pyvips

    folder = work / "photos"
    folder.mkdir()
    shutil.copy(photos.sharp_task(), folder / "photo.jpg")
    image = pyvips.Image.new_from_file(str(photos.sharp_task()))
    for number in range(IMAGES):
        image.thumbnail_image(800 + 30 * number).jpegsave(str(folder / f"{number}.jpg"), Q=85)
    command = [sys.executable, "-m", "bench.lambda_s3", str(folder)]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as server:
        try:
            assert server.stdout is not None
            yield server.stdout.readline().strip()
        finally:
            server.kill()


def _ours(work: Path, address: str) -> Function:
    made = bundle.make("x86_64", work / "dist")
    task = work / "task"
    with zipfile.ZipFile(made.path) as zipped:
        zipped.extractall(task)
    for wheel in [
        found for name in ("awslambdaric", "simplejson", "snapshot") for found in CLIENT.glob(f"{name}*.whl")
    ]:
        with zipfile.ZipFile(wheel) as zipped:
            zipped.extractall(work / "client")
    # Amazon's own client comes compiled
    subprocess.run([find_python(), "-m", "compileall", "-q", str(work / "client")], check=True)
    variables = {"FIRSTSIGHT_SOURCE": "s3://bucket", "FIRSTSIGHT_ACCESS": "open", **_credentials(address)}
    return Function("ours", (find_python(), *RUNTIME, HANDLER), task, _environment(task, variables))


def _environment(task: Path, given: dict[str, str]) -> dict[str, str]:
    # Lambda's folder of the function cannot be written to, either
    client = task.parent / "client"
    return {**given, **MALLOC, "PYTHONPATH": f"{task}:{client}", "PYTHONDONTWRITEBYTECODE": "1"}


def _theirs(address: str) -> Function:
    return Function(
        "Node", (node(), "runtime.mjs"), lambda_node.install(), {"BUCKET": "bucket", **_credentials(address)}
    )


def _credentials(address: str) -> dict[str, str]:
    keys = {"AWS_ACCESS_KEY_ID": "bench", "AWS_SECRET_ACCESS_KEY": "bench"}
    return {"AWS_ENDPOINT_URL": address, "AWS_REGION": "eu-central-1", **keys}


if __name__ == "__main__":
    main()
