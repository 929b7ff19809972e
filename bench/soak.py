"""
A soak: 20,000 requests over 200 photographs at two workers, one in twenty of them bad.

Memory is that of all processes of the server. After the first half everything has been loaded and used; whatever it
grows by in the second is lost.
"""

import collections
import random
import tempfile
import threading
from pathlib import Path
from statistics import median

import pyvips

from bench import photos
from bench.running import Server, running
from bench.tables import Report, Table
from tests.hostile.urls import hostile_url

REQUESTS, PHOTOS, CLIENTS = 20_000, 200, 8
BAD = 0.05
SPECS = ("200x200-smart.webp", "320x.jpg", "640x.webp", "400x300-contain.png", "160x.avif", "info.json", "800x", "64x")
#: Requests between two looks at the memory.
LOOK = 500


def run() -> Report:
    """Ask, and look at the memory on the way."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        _fill(folder / "photos")
        with running(folder / "photos", folder / "made", workers=2) as server:
            statuses, times, sizes = _soak(server)
    bad = sum(count for status, count in statuses.items() if status >= 500 or not status)
    half = len(sizes) // 2
    third, fourth = median(sizes[half : half * 3 // 2]), median(sizes[half * 3 // 2 :])
    quarters = [median(sizes[i * len(sizes) // 4 : (i + 1) * len(sizes) // 4]) for i in range(4)]
    times.sort()
    answers = Table(
        "A soak",
        ("requests", "answers", "5xx or none", "median, ms", "95 %, ms"),
        [
            (
                sum(statuses.values()),
                ", ".join(f"{count} x {status}" for status, count in sorted(statuses.items())),
                bad,
                1000 * times[len(times) // 2],
                1000 * times[len(times) * 95 // 100],
            )
        ],
        target="Wanted: no 5xx.",
        note=f"{PHOTOS} photographs, {len(SPECS)} derivatives of each, {CLIENTS} clients, two workers; "
        f"{BAD:.0%} of the requests are for hostile URLs.",
    )
    memory = Table(
        "Its memory",
        ("quarter of the requests", "resident, MB"),
        [(i + 1, quarter) for i, quarter in enumerate(quarters)],
        target=f"From the third quarter to the fourth it changed by {100 * (fourth - third) / third:+.1f} %. "
        "Wanted: flat.",
        note="All processes of the server together, the median of a quarter.",
    )
    return Report([answers, memory], raw={"resident": sizes})


def _fill(folder: Path) -> None:
    """Write the photographs: parts of the examples, in sizes of 0.1 to 2 megapixels, in three formats."""
    folder.mkdir()
    chance = random.Random(0)
    examples = photos.examples()
    for number in range(PHOTOS):
        image = pyvips.Image.thumbnail(str(examples[number % len(examples)]), chance.randrange(400, 1600), size="both")
        suffix = (".jpg", ".jpg", ".png", ".webp")[number % 4]
        image.write_to_file(str(folder / f"{number}{suffix}"))


def _soak(server: Server) -> tuple[collections.Counter[int], list[float], list[float]]:
    statuses: collections.Counter[int] = collections.Counter()
    times: list[float] = []
    sizes: list[float] = []
    lock, chance = threading.Lock(), random.Random(1)
    names = [f"{i}{('.jpg', '.jpg', '.png', '.webp')[i % 4]}" for i in range(PHOTOS)]
    paths = iter(
        [
            hostile_url(number) if chance.random() < BAD else f"/{chance.choice(names)}/{chance.choice(SPECS)}"
            for number in range(REQUESTS)
        ]
    )

    def client() -> None:
        connection = server.connect()
        while True:
            with lock:
                path = next(paths, None)
            if path is None:
                connection.close()
                return
            answer = server.ask(path, connection)
            with lock:
                statuses[answer.status] += 1
                times.append(answer.seconds)
                if len(times) % LOOK == 0:
                    sizes.append(server.memory())

    threads = [threading.Thread(target=client) for _ in range(CLIENTS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return statuses, times, sizes
