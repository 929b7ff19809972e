"""
A server that is killed with SIGKILL in the middle of its puts, again and again, and started again.

Every derivative that is in the store afterwards is compared with what the library makes of the same source by itself:
there is to be none that is partial, and none is to be served.
"""

import itertools
import random
import tempfile
import threading
import time
from pathlib import Path

import firstsight
from bench import photos
from bench.running import start
from bench.tables import Report, Table

PUTS, KILLS, CLIENTS = 1_000, 20, 4


def run() -> Report:
    """Kill it after a random time in each round, and look at all that is there; at last ask for everything."""
    chance = random.Random(0)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        source = photos.examples()[0]
        (folder / "photos").mkdir()
        (folder / "made").mkdir()
        data = source.read_bytes()
        (folder / "photos" / source.name).write_bytes(data)
        specs = [f"{width}x.png" for width in range(100, 100 + PUTS)]
        waiting, kept, partial, cut_off = iter(specs), 0, 0, 0
        for _ in range(KILLS):
            cut_off += _round(folder, source.name, itertools.islice(waiting, PUTS // KILLS), chance)
            for file in _files(folder / "made"):
                kept += 1
                partial += file.read_bytes() != firstsight.render(data, file.parent.name).data
        unfinished = sum("#" in path.name for path in (folder / "made").rglob("*"))
        server = start(folder / "photos", folder / "made")
        answers = [(spec, server.ask(f"/{source.name}/{spec}")) for spec in specs]
        server.kill()
    wrong = sum(answer.body != firstsight.render(data, spec).data for spec, answer in answers)
    stored = sum(answer.headers.get("firstsight-result") == "stored" for _, answer in answers)
    table = Table(
        "Killed in the middle of 1,000 puts",
        (
            "kills",
            "requests cut off",
            "files looked at",
            "partial",
            "stored at last",
            "wrong answers",
            "scraps",
        ),
        [(KILLS, cut_off, kept, partial, stored, wrong, unfinished)],
        target="Wanted: none partial, none wrong.",
        note=f"PNGs of {source.name} up to {99 + PUTS} pixels wide, {CLIENTS} clients, derivatives in a folder. "
        "Scraps are files that were being written, which no request and no listing finds.",
    )
    return Report([table])


def _round(folder: Path, name: str, specs: "itertools.islice[str]", chance: random.Random) -> int:
    """Ask for new derivatives until the server is killed; how many got no answer."""
    server = start(folder / "photos", folder / "made")
    lock, cut_off = threading.Lock(), 0

    def client() -> None:
        nonlocal cut_off
        while True:
            with lock:
                spec = next(specs, None)
            if spec is None:
                return
            if not server.ask(f"/{name}/{spec}").status:
                with lock:
                    cut_off += 1
                return

    threads = [threading.Thread(target=client) for _ in range(CLIENTS)]
    for thread in threads:
        thread.start()
    time.sleep(chance.uniform(0.1, 0.8))
    server.kill()
    for thread in threads:
        thread.join()
    return cut_off


def _files(made: Path) -> list[Path]:
    return [path for path in made.rglob("*") if path.is_file() and "#" not in path.name]
