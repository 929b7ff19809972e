"""
The frontier of the encoders: bytes, time and similarity over quality and effort.

Each photograph is brought to 720 pixels wide once, without loss, and the pixels are then encoded in all the ways. On
each curve (one effort, rising quality) the bytes and the time at one similarity are interpolated: at that of sharp's
default (JPEG 80; WebP 80, effort 4; AVIF 50, effort 4), which is one of the points, for its encoders are the same.
"""

import csv
import io
import math
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import mean
from typing import Any

import numpy as np
import pyvips

from bench import photos
from bench.ssim import decibels, luma, ssim
from bench.tables import Report, Table
from firstsight.plot import Curve, Plot, draw

WIDTH = 720


@dataclass(frozen=True, slots=True)
class Way:
    """One curve: an encoder with its options, over qualities. `peer` is the quality at which it is sharp's default."""

    format: str
    name: str
    saver: str
    options: dict[str, Any]
    qualities: tuple[int, ...]
    peer: int = 0


@dataclass(frozen=True, slots=True)
class Point:
    """One encoding."""

    photograph: str
    quality: int
    bytes: int
    seconds: float
    similarity: float


def _ways() -> list[Way]:
    jpeg, webp, avif = (40, 55, 68, 76, 80, 86, 92), (40, 55, 68, 76, 80, 86, 92), (25, 35, 44, 50, 58, 68, 80)
    return [
        Way("JPEG", "optimised", "jpegsave_buffer", {"optimize_coding": True}, jpeg, peer=80),
        Way("JPEG", "not optimised", "jpegsave_buffer", {}, jpeg),
        Way("JPEG", "trellis", "jpegsave_buffer", {"optimize_coding": True, "trellis_quant": True}, jpeg),
        Way("JPEG", "progressive", "jpegsave_buffer", {"interlace": True}, jpeg),
        *(
            Way("WebP", f"effort {effort}", "webpsave_buffer", {"effort": effort}, webp, peer=80 if effort == 4 else 0)
            for effort in (0, 1, 2, 3, 4, 6)
        ),
        *(
            Way(
                "AVIF",
                f"effort {effort}",
                "heifsave_buffer",
                {"compression": "av1", "effort": effort},
                avif,
                peer=50 if effort == 4 else 0,
            )
            for effort in (0, 1, 2, 3, 4)
        ),
    ]


def run() -> Report:
    """Encode all photographs in all ways."""
    images = {path.stem.partition("_")[0]: _pixels(path) for path in photos.similar()}
    points = {(way.format, way.name): [*_points(way, images)] for way in _ways()}
    tables = [_table(format, points) for format in ("JPEG", "WebP", "AVIF")]
    drawings = {f"frontier-{format.lower()}.svg": _draw(format, points) for format in ("JPEG", "WebP", "AVIF")}
    return Report(tables, {**drawings, "frontier.csv": _csv(points)})


def _pixels(path: Path) -> pyvips.Image:
    image = pyvips.Image.new_from_file(str(path))
    image = image.flatten(background=255) if image.hasalpha() else image
    image = image.colourspace("srgb")
    return image.resize(min(1, WIDTH / image.width), kernel="lanczos3").copy_memory()


def _points(way: Way, images: dict[str, pyvips.Image]) -> Iterable[Point]:
    pyvips.concurrency_set(1)
    for name, image in images.items():
        plain = luma(image)
        for quality in way.qualities:
            times = []
            for _ in range(1 if way.format == "AVIF" else 3):
                began = time.process_time()
                data = getattr(image, way.saver)(Q=quality, keep="none", **way.options)
                times.append(time.process_time() - began)
            yield Point(name, quality, len(data), min(times), ssim(plain, luma(pyvips.Image.new_from_buffer(data, ""))))


Points = dict[tuple[str, str], list[Point]]


def _table(format: str, points: Points) -> Table:
    ways = [way for way in _ways() if way.format == format]
    peer = next(way for way in ways if way.peer)
    wanted = {point.photograph: point for point in points[format, peer.name] if point.quality == peer.peer}
    rows: list[tuple[str | float, ...]] = []
    for way in ways:
        ratios, times, quality = [], [], []
        for photograph, target in wanted.items():
            curve = [point for point in points[format, way.name] if point.photograph == photograph]
            at = decibels(target.similarity)
            ratios.append(math.exp(_at(at, curve, [math.log(point.bytes) for point in curve])) / target.bytes)
            times.append(_at(at, curve, [point.seconds for point in curve]) * 1000)
            quality.append(_at(at, curve, [float(point.quality) for point in curve]))
        bytes_ratio = math.exp(mean(math.log(ratio) for ratio in ratios))
        name = f"{way.name} (sharp's default)" if way.peer else way.name
        rows.append((name, mean(quality), bytes_ratio, max(ratios), mean(times), max(times)))
    similarity = mean(point.similarity for point in wanted.values())
    return Table(
        f"{format} at the similarity of sharp's default (SSIM {similarity:.4f} on average), {WIDTH} pixels wide",
        ("way", "quality", "bytes", "bytes, worst", "CPU, ms", "CPU, ms, worst"),
        rows,
        note=f"Averages over {len(wanted)} photographs; bytes are relative to sharp's default.",
    )


def _at(similarity: float, curve: Sequence[Point], values: Sequence[float]) -> float:
    order = np.argsort([decibels(point.similarity) for point in curve])
    return float(np.interp(similarity, [decibels(curve[i].similarity) for i in order], [values[i] for i in order]))


def _draw(format: str, points: Points) -> str:
    curves = []
    for way in _ways():
        if way.format != format:
            continue
        by_quality = {q: [p for p in points[format, way.name] if p.quality == q] for q in way.qualities}
        size = [mean(point.bytes for point in some) / 1000 for some in by_quality.values()]
        likeness = [mean(decibels(point.similarity) for point in some) for some in by_quality.values()]
        seconds = mean(point.seconds for point in points[format, way.name])
        marked = way.qualities.index(way.peer) if way.peer else None
        curves.append(Curve(f"{way.name}, {seconds * 1000:.0f} ms", size, likeness, marked))
    return draw(
        Plot(
            f"{format}, {WIDTH} pixels wide: similarity by bytes",
            "bytes of the file, KB (average)",
            "SSIM, dB (20 dB is 0.99)",
            curves,
            "the dot is sharp's default",
        )
    )


def _csv(points: Points) -> str:
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(("format", "way", "photograph", "quality", "bytes", "cpu_ms", "ssim"))
    for (format, way), some in points.items():
        for p in some:
            writer.writerow(
                (format, way, p.photograph, p.quality, p.bytes, f"{p.seconds * 1000:.2f}", f"{p.similarity:.5f}")
            )
    return out.getvalue()
