"""
Peak memory of one render, by the kind of its source: the most that a process of its own ever held (VmHWM of /proc).

A process that has only loaded the program stands in the first row; what a render needs is the difference.
"""

import json
import subprocess
import sys
from pathlib import Path

from bench import photos
from bench.tables import Report, Table
from bench.workers import ROOT

SPEC = "400x-q80.jpg"


def run() -> Report:
    """Render each kind once, each in a process of its own."""
    base = _measure(None)
    rows: list[tuple[str, str | float, str | float, str | float]] = [
        ("the program loaded, nothing rendered", "", base, 0.0)
    ]
    for name, path in _sources().items():
        peak = _measure(path)
        rows.append((name, path.stat().st_size / 1e6, peak, peak - base))
    table = Table(
        "Peak memory of one render to a JPEG 400 wide",
        ("source", "file, MB", "peak, MB", "above the base, MB"),
        rows,
        target="Wanted: a JPEG of 100 megapixels under 200 MB, a progressive one under 600 MB.",
        note="Baseline JPEG, PNG and TIFF are decoded row by row. Progressive JPEG and interlaced PNG are held whole, "
        "for their last pass changes the first row; WebP, AVIF and GIF are decoded whole by their libraries.",
    )
    return Report([table])


def _sources() -> dict[str, Path]:
    return {
        "JPEG 2.5 MP": photos.debian("mate/nature/Storm.jpg"),
        "JPEG 20 MP": photos.debian(photos.CAMERA),
        "JPEG 100 MP": photos.huge(progressive=False),
        "JPEG 17 MP, progressive": photos.debian(photos.PROGRESSIVE),
        "JPEG 100 MP, progressive": photos.huge(progressive=True),
        "PNG 2.3 MP with alpha": photos.debian(photos.ALPHA),
        "PNG 20 MP": photos.sized(20, "png"),
        "PNG 20 MP, interlaced": photos.sized(20, "interlaced.png"),
        "WebP 20 MP": photos.sized(20, "webp"),
        "AVIF 20 MP": photos.sized(20, "avif"),
        "TIFF 20 MP, LZW": photos.sized(20, "tif"),
        "GIF 5 MP": photos.sized(5, "gif"),
    }


def _measure(path: Path | None) -> float:
    command = [sys.executable, "-m", "bench.peak", *([str(path)] if path else [])]
    done = subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, text=True, check=True)
    return float(json.loads(done.stdout))


def main() -> None:
    """Render the file that is named, if one is, and print the most memory that was held, in megabytes."""
    import firstsight

    for path in sys.argv[1:]:
        firstsight.render(path, SPEC, limits=firstsight.Limits(seconds=600))
    status = Path("/proc/self/status").read_text()
    print(json.dumps(int(status.split("VmHWM:")[1].split()[0]) / 1000))


if __name__ == "__main__":
    main()
