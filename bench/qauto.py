"""
`qauto` against one quality for all: bytes, and how alike the worst of the photographs is to what it was.

Each photograph is brought to 720 pixels wide by ours, without loss and in each of the ways. The similarity is SSIM on
all of the result, by numpy; `qauto` itself looks at a sample only, by libvips.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from time import process_time

import pyvips

from bench import photos
from bench.ssim import Plane, luma, ssim
from bench.tables import Cell, Report, Table
from firstsight import tokens
from firstsight.image import finish, start
from firstsight.settings import Limits, Settings

WIDTH = 720
#: The qualities that `qauto` is compared with: the usual one of each format.
FORMATS = {"jpg": 80, "webp": 80, "avif": 50}
USUAL = Settings().similarity


@dataclass(frozen=True, slots=True)
class Made:
    """What came of a photograph: bytes, similarity, and seconds of the processor."""

    bytes: int
    similarity: float
    seconds: float


def run() -> Report:
    """Make all photographs in all ways."""
    sources = photos.similar()
    plain = [luma(pyvips.Image.new_from_buffer(_render(source, f"{WIDTH}x.png", USUAL), "")) for source in sources]
    rows: list[list[Cell]] = []
    each: list[list[Cell]] = [[source.stem.partition("_")[0]] for source in sources]
    for format, quality in FORMATS.items():
        fixed = _all(sources, plain, f"{WIDTH}x-q{quality}.{format}", USUAL)
        chosen = _all(sources, plain, f"{WIDTH}x-qauto.{format}", USUAL)
        rows.append(_row(format, quality, fixed, chosen))
        for cells, one, other in zip(each, fixed, chosen, strict=True):
            cells += [one.bytes / 1000, f"{one.similarity:.4f}", other.bytes / 1000, f"{other.similarity:.4f}"]
    overall = Table(
        f"qauto against one quality for all, {WIDTH} pixels wide",
        (
            "format",
            "quality",
            "fixed, KB",
            "qauto, KB",
            "saved, %",
            "worst SSIM, fixed",
            "worst SSIM, qauto",
            "CPU, qauto / fixed",
        ),
        rows,
        target="Wanted: fewer bytes at no lower worst similarity.",
        note=f"All bytes of {len(sources)} photographs, with `similarity` at its default of {USUAL}. `qauto` never "
        "exceeds the usual quality, so what that leaves less alike stays as it is.",
    )
    columns = [f"{format}, {what}" for format in FORMATS for what in ("KB", "SSIM", "qauto, KB", "SSIM")]
    return Report([overall, Table("The same by photograph", ("photograph", *columns), each)])


def _row(format: str, quality: int, fixed: Sequence[Made], chosen: Sequence[Made]) -> list[Cell]:
    sizes = [sum(made.bytes for made in some) / 1000 for some in (fixed, chosen)]
    worst = [f"{min(made.similarity for made in some):.4f}" for some in (fixed, chosen)]
    effort = median(b.seconds / a.seconds for a, b in zip(fixed, chosen, strict=True))
    return [format, quality, *sizes, (1 - sizes[1] / sizes[0]) * 100, *worst, effort]


def _all(sources: Sequence[Path], plain: Sequence[Plane], spec: str, similarity: float) -> list[Made]:
    return [_made(source, pixels, spec, similarity) for source, pixels in zip(sources, plain, strict=True)]


def _made(source: Path, plain: Plane, spec: str, similarity: float) -> Made:
    began = process_time()
    data = _render(source, spec, similarity)
    seconds = process_time() - began
    return Made(len(data), ssim(plain, luma(pyvips.Image.new_from_buffer(data, ""))), seconds)


def _render(source: Path, spec: str, similarity: float) -> bytes:
    data, limits = source.read_bytes(), Limits(seconds=60)
    picture = start(iter([data]), limits, svg=False, strict=True, size=len(data))
    return finish(picture, tokens.parse(spec), limits, similarity=similarity).data
