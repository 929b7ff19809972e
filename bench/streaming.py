"""
Decoding while the bytes arrive, against downloading first.

Both read from a store on loopback that answers as S3 does, after 15 ms and then at 60 or 90 MB a second, as a bucket in
the same region does to one connection. The store runs in a process of its own; the two ways take turns.
"""

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from bench import photos, slow_store
from bench.alternate import Sample, compare
from bench.tables import Report, Table
from bench.workers import ROOT
from firstsight import tokens
from firstsight.image import render
from firstsight.settings import Limits
from firstsight.stores import Store, open_store
from firstsight.transform import Transform

LATENCY = 0.015
RATES = (60e6, 90e6)
MEGAPIXELS = (1, 5, 20)
KINDS = ("jpg", "png", "webp")
SPEC = "720x-q80.jpg"
COLUMNS = ("source", "MB", "MB/s", "streaming, ms", "downloading first, ms", "ratio")
ROUNDS = 7


def run() -> Report:
    """Measure every kind, size and rate."""
    sources = [(kind, size, photos.sized(size, kind)) for kind in KINDS for size in MEGAPIXELS]
    rows = []
    for rate in RATES:
        with _store(photos.MADE, rate) as store:
            for kind, size, path in sources:
                compared = compare(_streaming(store, path.name), _downloading(store, path.name), ROUNDS)
                name, megabytes = f"{kind} {size} MP", path.stat().st_size / 1e6
                rows.append((name, megabytes, round(rate / 1e6), *compared.milliseconds, 1 / compared.ratio))
    table = Table(
        "Decoding while the bytes arrive",
        COLUMNS,
        rows,
        target="Ratio: time to a JPEG 720 wide by streaming, over that by downloading first. Wanted: at most 0.75.",
        note="The larger of the two, arriving and decoding, bounds streaming from below: where one of them is much the "
        "longer, little can be hidden behind it. libvips reads a WebP whole before it decodes any of it.",
    )
    return Report([table])


def _streaming(store: Store, key: str) -> Callable[[int], Sample]:
    def once(transform: Transform) -> None:
        blob = store.get(key)
        render(blob.chunks, transform, limits=Limits(), size=blob.info.size)

    return _timed(once)


def _downloading(store: Store, key: str) -> Callable[[int], Sample]:
    def once(transform: Transform) -> None:
        data = store.get(key).read()
        render(iter([data]), transform, limits=Limits(), size=len(data))

    return _timed(once)


def _timed(once: Callable[[Transform], None]) -> Callable[[int], Sample]:
    transform = tokens.parse(SPEC)

    def side(repeat: int) -> Sample:
        began, used = time.perf_counter(), time.process_time()
        for _ in range(repeat):
            once(transform)
        return Sample((time.perf_counter() - began) / repeat, (time.process_time() - used) / repeat)

    return side


@contextmanager
def _store(folder: Path, rate: float) -> Iterator[Store]:
    command = [sys.executable, "-m", "bench.slow_store", str(folder), str(LATENCY), str(rate)]
    with subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        settings = {
            "AWS_ENDPOINT_URL": process.stdout.readline().strip(),
            "AWS_REGION": "us-east-1",
            "AWS_ACCESS_KEY_ID": "bench",
            "AWS_SECRET_ACCESS_KEY": "bench",
        }
        before = {name: os.environ.get(name) for name in settings}
        os.environ.update(settings)
        try:
            yield open_store(f"s3://{slow_store.BUCKET}")
        finally:
            for name, value in before.items():
                os.environ.pop(name) if value is None else os.environ.update({name: value})
            process.stdin.close()
