"""
What refining saves and costs, and what eager presets cost.

Each photograph is made by the code that serves it, in each format and width: usually, quickly as a first answer, and
slowly as its refinement, from the bytes of the source on, one thread, by the processor's clock. The similarity is to
the same result without loss. Costs are those of a function of 1536 MB on arm64, which has 0.87 of a processor, taken to
be as quick as this machine's; with the requests to Lambda and S3.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from statistics import mean

import pyvips

from bench import photos
from bench.ssim import luma, ssim
from bench.tables import Report, Table
from firstsight import tokens
from firstsight.aws.prices import PRICES
from firstsight.image import finish, render_many, start, use_threads
from firstsight.image.efforts import Effort
from firstsight.settings import Limits
from firstsight.transform import Transform

FORMATS, WIDTHS = ("webp", "avif"), (320, 720, 1280)
#: Photographs of 2 to 20 megapixels, as people upload them.
PHOTOGRAPHS = (photos.CAMERA, *(f"mate/nature/{name}.jpg" for name in ("Blinds", "Dune", "LadyBird", "Storm", "Wood")))
#: Three presets as a site has them, each in what `auto` may become.
PRESETS = ("1280x", "720x", "200x200")
NEGOTIATED = ("avif", "webp", "jpg")
ROUNDS = 3
#: Of Lambda: GB of memory, and the part of a processor that comes with it (1769 MB have a whole one).
GIGABYTES, PROCESSOR = 1.5, 1536 / 1769
LIMITS = Limits(seconds=60)
#: Seconds for which a call is billed that finds nothing to do: the event of each put of ours.
NOTHING = 0.02


@dataclass(frozen=True, slots=True)
class Requests:
    """What is asked of S3 for one thing, puts and lists alike, and the calls of the function that it leads to."""

    gets: int
    puts: int
    calls: int


#: Two looks at the derivative, one at the source, and its bytes; the put, and the call for its event.
REFINING = Requests(4, 1, 2)


@dataclass(frozen=True, slots=True)
class Made:
    """One way to make one image: bytes, processor time in seconds, and similarity."""

    bytes: int
    seconds: float
    similarity: float


def run() -> Report:
    """Measure both."""
    use_threads(1)
    pyvips.concurrency_set(1)
    return Report([_refining(), _eager()])


def _refining() -> Table:
    rows: list[tuple[str | float, ...]] = []
    for format in FORMATS:
        for width in WIDTHS:
            found = [_efforts(photos.debian(name).read_bytes(), f"{width}x.{format}") for name in PHOTOGRAPHS]
            usual, fast, slow = ([one[effort] for one in found] for effort in Effort)
            kept = [min(a.bytes, b.bytes) for a, b in zip(fast, slow, strict=True)]
            per_image = _kilobytes(fast) - mean(kept) / 1000
            rows.append(
                (
                    f"{format} {width}",
                    _milliseconds(usual),
                    _milliseconds(fast),
                    _milliseconds(slow),
                    _kilobytes(usual),
                    _kilobytes(fast),
                    mean(kept) / 1000,
                    f"{100 * (1 - mean(kept) / 1000 / _kilobytes(fast)):.0f} %",
                    f"{100 * (1 - mean(kept) / 1000 / _kilobytes(usual)):.0f} %",
                    *(f"{mean(one.similarity for one in some):.4f}" for some in (usual, fast, slow)),
                    f"{per_image:.1f}",
                    f"{_dollars(mean(one.seconds for one in slow), REFINING):.3f}",
                )
            )
    return Table(
        "Refining",
        (
            *("result", "usual, ms", "first, ms", "refining, ms", "usual, KB", "first, KB", "refined, KB"),
            *("than first", "than usual", "SSIM usual", "SSIM first", "SSIM refined"),
            *("MB saved by 1,000", "$ for 1,000"),
        ),
        rows,
        note=f"Averages over {len(PHOTOGRAPHS)} photographs of 2 to 20 megapixels; ms are processor time from the "
        "bytes of the source to those of the result. `usual` is what is made without the setting. Refined is what "
        "stays: the slow encoding, or the first where that is smaller. MB saved are of storage, against the first.",
    )


def _efforts(source: bytes, spec: str) -> dict[Effort, Made]:
    transform = tokens.parse(spec)
    lossless = luma(_pixels(_render(source, tokens.parse(f"{spec.partition('.')[0]}.png"), Effort.USUAL)))
    found = {}
    for effort in Effort:
        seconds, data = _timed(partial(_render, source, transform, effort))
        found[effort] = Made(len(data), seconds, ssim(lossless, luma(_pixels(data))))
    return found


def _eager() -> Table:
    specs = [f"{preset}.{format}" for preset in PRESETS for format in NEGOTIATED]
    transforms = [tokens.parse(spec) for spec in specs]
    rows: list[tuple[str | float, ...]] = []
    for name in PHOTOGRAPHS[:1] + PHOTOGRAPHS[-2:]:
        source = photos.debian(name).read_bytes()
        image = pyvips.Image.new_from_buffer(source, "")
        one, _ = _timed(partial(_one_by_one, source, transforms))
        together, _ = _timed(partial(_together, source, transforms))
        # looks at each, the source, two lists; then each put's event, with two looks
        asked = Requests(len(specs) + 4 + 2 * len(specs), len(specs) + 2, 1 + len(specs))
        rows.append(
            (
                f"{Path(name).stem.partition('_')[0]}, {image.width * image.height / 1e6:.0f} MP",
                one * 1000,
                together * 1000,
                f"{one / together:.2f}",
                f"{_dollars(together, asked):.3f}",
            )
        )
    return Table(
        "Eager presets",
        ("source", "one by one, ms", "from one decode, ms", "ratio", "$ for 1,000 uploads"),
        rows,
        note=f"{len(specs)} derivatives: {', '.join(PRESETS)}, each as {', '.join(NEGOTIATED)}; processor time. The "
        f"costs have {asked.gets} gets and {asked.puts} puts and lists of S3, and {asked.calls} calls of the function.",
    )


def _one_by_one(source: bytes, transforms: list[Transform]) -> bytes:
    return b"".join(_render(source, each, Effort.USUAL) for each in transforms)


def _together(source: bytes, transforms: list[Transform]) -> bytes:
    return b"".join(each.data for each in render_many(iter([source]), transforms, limits=LIMITS))


def _render(source: bytes, transform: Transform, effort: Effort) -> bytes:
    picture = start(iter([source]), LIMITS, size=len(source))
    return finish(picture, transform, LIMITS, effort=effort).data


def _timed(make: Callable[[], bytes]) -> tuple[float, bytes]:
    times = []
    for _ in range(ROUNDS):
        began = time.process_time()
        data = make()
        times.append(time.process_time() - began)
    return min(times), data


def _pixels(data: bytes) -> pyvips.Image:
    return pyvips.Image.new_from_buffer(data, "")


def _milliseconds(some: list[Made]) -> float:
    return mean(one.seconds for one in some) * 1000


def _kilobytes(some: list[Made]) -> float:
    return mean(one.bytes for one in some) / 1000


def _dollars(seconds: float, asked: Requests) -> float:
    """Give the dollars for a thousand, of so many seconds of a processor each."""
    billed = seconds / PROCESSOR + (asked.calls - 1) * NOTHING
    compute = PRICES["lambda-arm64"].of(1000 * billed * GIGABYTES)
    calls = PRICES["lambda-requests"].of(asked.calls / 1000)
    return compute + calls + PRICES["s3-gets"].of(asked.gets) + PRICES["s3-puts"].of(asked.puts)
