"""
Overload: ten times as many new images as can be made, for a minute.

Requests come at their times whether or not earlier ones have been answered, as they do from many people. What is too
much is to be refused at once, what is accepted to take not much longer than it does alone, and all of it to be over
soon after.
"""

import itertools
import os
import tempfile
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pyvips

from bench import photos
from bench.running import Answer, Server, running
from bench.tables import Report, Table
from firstsight.settings import Settings

Ask = Callable[[], Answer]

FACTOR, SECONDS, ALONE = 10, 60, 10
#: The longest queues that are measured: the default, and none.
QUEUES = (Settings().queue, 0)
CLIENTS = 400


def run() -> Report:
    """Measure what can be made, then ask for ten times as much, then see how soon it is over."""
    rows = []
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "photos").mkdir()
        image = pyvips.Image.thumbnail(str(photos.examples()[0]), 4000, size="both")
        image.write_to_file(str(folder / "photos" / "large.jpg"), Q=90)
        for queue in QUEUES:
            with running(folder / "photos", folder / f"made-{queue}", queue=queue) as server:
                rows.append(_measure(server, queue))
    table = Table(
        "Ten times too much",
        (
            "queue",
            "alone, 95 %, ms",
            "made/s alone",
            "asked/s",
            "made/s",
            "accepted, 95 %, ms",
            "refused",
            "refused with Retry-After",
            "other answers",
            "refusal, 95 %, ms",
            "alone again after, s",
        ),
        rows,
        target="Wanted: the surplus refused with 503 and Retry-After; the 95 % of what is accepted within twice that "
        "of alone; full speed within 5 s.",
        note=f"New derivatives of a photograph of 12 megapixels and more; alone means one client for each processor; "
        f"then {SECONDS} s of requests at fixed times. Clients and server share the machine.",
    )
    return Report([table])


def _paths() -> "itertools.chain[str]":
    """New derivatives, one after the other."""
    return itertools.chain.from_iterable(
        (f"/large.jpg/{width}x-q{quality}.jpg" for width in range(900, 1600)) for quality in range(95, 40, -1)
    )


def _measure(server: Server, queue: int) -> tuple[str | int | float, ...]:
    paths, lock = _paths(), threading.Lock()

    def ask() -> Answer:
        with lock:
            path = next(paths)
        return server.ask(path)

    for _ in range(4):
        ask()
    alone, rate = _alone(ask, ALONE)
    answers = _flood(ask, rate * FACTOR)
    ended = time.perf_counter()
    again = None
    while again is None and time.perf_counter() - ended < 30:
        times, _ = _alone(ask, 0.5)
        if times and _share(times, 0.5) < 1.25 * _share(alone, 0.5):
            again = time.perf_counter() - ended - 0.5
    accepted = [answer.seconds for answer in answers if answer.status == 200]
    refused = [answer for answer in answers if answer.status == 503]
    return (
        queue,
        1000 * _share(alone, 0.95),
        rate,
        rate * FACTOR,
        len(accepted) / SECONDS,
        1000 * _share(accepted, 0.95),
        len(refused),
        sum("retry-after" in answer.headers for answer in refused),
        len(answers) - len(accepted) - len(refused),
        1000 * _share([answer.seconds for answer in refused] or [0], 0.95),
        "over 30" if again is None else max(0.0, again),
    )


def _alone(ask: Ask, seconds: float) -> tuple[list[float], float]:
    """Ask with a client for each processor; the times, and the rate."""
    began, times = time.perf_counter(), list[float]()

    def client() -> None:
        while time.perf_counter() - began < seconds:
            answer = ask()
            if answer.status == 200:
                times.append(answer.seconds)

    threads = [threading.Thread(target=client) for _ in range(os.cpu_count() or 1)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return times, len(times) / (time.perf_counter() - began)


def _flood(ask: Ask, rate: float) -> list[Answer]:
    """Ask at a rate, by as many threads as that takes."""
    began = time.perf_counter()
    with ThreadPoolExecutor(CLIENTS) as pool:
        asked = []
        for number in range(int(rate * SECONDS)):
            time.sleep(max(0, began + number / rate - time.perf_counter()))
            asked.append(pool.submit(ask))
        return [future.result() for future in asked]


def _share(times: list[float], share: float) -> float:
    return sorted(times)[min(len(times) - 1, int(len(times) * share))]
