"""
Hostile files and URLs against a server: the status, the time and the memory of each.

The corpus is that of tests/hostile; here it is asked over HTTP, and what it costs is measured.
"""

import collections
import tempfile
from collections.abc import Iterator
from pathlib import Path
from statistics import median

from bench.running import Answer, Server, running
from bench.tables import Report, Table
from tests.hostile.bombs import BOMBS, LARGEST, POLYGLOTS, truncated
from tests.hostile.readers import damage
from tests.hostile.urls import hostile_url
from tests.image.mutations import damaged
from tests.image.sources import KINDS, source
from tests.service.places import JPEG

URLS = 2_000
MUTATED = 500
SPECS = ("32x.png", "full.webp")

Case = tuple[str, bytes]


def run() -> Report:
    """Ask for each file in two ways, and for each URL once."""
    mutated: dict[bool, list[Case]] = {True: [], False: []}
    for number in range(MUTATED):
        data = damaged(number)[1]
        seen = damage(data, every_frame=False)  # a later frame is no part of what is asked for in one of the ways
        mutated[bool(seen)].append((f"case {number}", data))
    groups: dict[str, list[Case]] = {
        "bombs": [(name, make()) for name, make in BOMBS.items()],
        "polyglots": [(name, make()) for name, make in POLYGLOTS.items()],
        "cut short": list(_cut()),
        "mutated": mutated[True],
        "mutated so that nobody can tell": mutated[False],
        "the largest that are allowed": [(name, make()) for name, make in LARGEST.items()],
    }
    rows = []
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "photos").mkdir()
        with running(folder / "photos", folder / "made") as server:
            _settle(server, folder / "photos")
            for group, cases in groups.items():
                rows.append(_files(server, folder / "photos" / "file.jpg", group, cases))
        with running(folder / "photos", folder / "other", access="presets", sizes="20x20") as server:
            _settle(server, folder / "photos")
            rows.append(_row(server, "URLs", ((number, server.ask(hostile_url(number))) for number in range(URLS))))
    table = Table(
        "Hostile files and URLs",
        ("what", "requests", "answers", "5xx or none", "slowest, s", "median, s", "peak memory, MB above base"),
        rows,
        target="Wanted: a 4xx each, within 1 s and 150 MB; no 5xx for what is no attack.",
        note="A server of one worker with the default limits; memory is that of all its processes together.",
    )
    return Report([table])


def _cut() -> Iterator[Case]:
    for name in KINDS:
        yield from truncated(name, source(name))


def _settle(server: Server, photos: Path) -> None:
    """Let everything be loaded that a good image needs."""
    (photos / "cat.jpg").write_bytes(JPEG)
    for width in range(20, 60):
        server.ask(f"/cat.jpg/{width}x.webp")
        server.ask(f"/20x20/cat.jpg?{width}")


def _files(server: Server, file: Path, group: str, cases: list[Case]) -> tuple[str | int | float, ...]:
    def answers() -> Iterator[tuple[str, Answer]]:
        for name, data in cases:
            file.write_bytes(data)
            for spec in SPECS:
                yield name, server.ask(f"/file.jpg/{spec}")

    return _row(server, group, answers())


def _row(server: Server, group: str, answers: "Iterator[tuple[object, Answer]]") -> tuple[str | int | float, ...]:
    server.forget_peak()
    base = server.memory()
    found = list(answers)
    statuses = collections.Counter(answer.status for _, answer in found)
    slowest = max(found, key=lambda pair: pair[1].seconds)
    failed = [name for name, answer in found if answer.status >= 500 or not answer.status]
    said = ", ".join(f"{count} x {status}" for status, count in sorted(statuses.items()))
    print(f"{group}: slowest {slowest[0]}, failed {failed[:20]}")
    times = [answer.seconds for _, answer in found]
    peak = server.memory("VmHWM") - base
    return group, len(found), said, len(failed), slowest[1].seconds, median(times), round(peak)
