"""The estimate of a render's memory: never less than it takes, and a refusal before anything is decoded."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import pyvips

from firstsight import tokens
from firstsight.errors import TooMuchMemory
from firstsight.image import render
from firstsight.image.geometry import Size, plan
from firstsight.image.memory import BASE, estimate
from firstsight.image.picture import Facts
from firstsight.settings import Limits
from firstsight.transform import Format

#: Renders a file named on the command line and prints the most memory the process ever held, in bytes.
PEAK = """
import sys
from pathlib import Path
from firstsight.image import render, warm
from firstsight import tokens
from firstsight.settings import Limits

def peak():
    line = next(line for line in Path("/proc/self/status").read_text().splitlines() if line.startswith("VmHWM"))
    return int(line.split()[1]) * 1024

warm()
before = peak()
if len(sys.argv) > 2:
    file = open(sys.argv[1], "rb")
    render(iter(lambda: file.read(65536), b""), tokens.parse(sys.argv[2]), limits=Limits(frames=1000))
print(peak() - before)
"""

#: The kind, how pyvips writes it, and what is asked of it.
RENDERS = [
    ("jpeg", "jpegsave_buffer", {}, "400x.jpg"),
    ("jpeg", "jpegsave_buffer", {"interlace": True}, "400x.jpg"),
    ("jpeg", "jpegsave_buffer", {"interlace": True, "subsample_mode": "off"}, "400x.jpg"),
    ("png", "pngsave_buffer", {"compression": 1}, "400x.jpg"),
    ("png", "pngsave_buffer", {"compression": 1, "interlace": True}, "400x.jpg"),
    ("webp", "webpsave_buffer", {"effort": 0}, "400x.webp"),
    ("avif", "heifsave_buffer", {"compression": "av1", "effort": 0}, "400x.avif"),
    ("tiff", "tiffsave_buffer", {"compression": "lzw"}, "400x.jpg"),
    ("jpeg", "jpegsave_buffer", {}, "lossless.avif"),
    ("jpeg", "jpegsave_buffer", {}, "1500x.webp"),
    ("jpeg", "jpegsave_buffer", {}, "trim-400x.jpg"),
]


def picture() -> pyvips.Image:
    small = np.random.default_rng(3).integers(0, 255, (80, 100, 3), dtype=np.uint8)
    return pyvips.Image.new_from_array(small, interpretation="srgb").resize(25, kernel="linear")  # 2500x2000


@pytest.mark.parametrize(("kind", "saver", "options", "spec"), RENDERS)
def test_a_render_takes_no_more_than_was_estimated(
    kind: str, saver: str, options: dict[str, object], spec: str, tmp_path: Path
) -> None:
    file = tmp_path / "source"
    file.write_bytes(getattr(picture(), saver)(**options))
    done = subprocess.run([sys.executable, "-c", PEAK, str(file), spec], capture_output=True, text=True, check=True)
    transform = tokens.parse(spec)
    size = Size(2500, 2000)
    facts = Facts(kind, size, 1, 1, False, False, False, interlaced=bool(options.get("interlace")))
    held = transform.trim is not None
    estimated = estimate(facts, plan(size, transform), transform.format, frames=1, held=held)
    assert int(done.stdout) <= estimated
    assert estimated < 400_000_000


def test_what_is_decoded_row_by_row_takes_little_and_what_is_held_takes_all() -> None:
    size = Size(10_000, 10_000)
    small = plan(size, tokens.parse("400x.jpg"))

    def needs(kind: str, **more: bool) -> int:
        return estimate(Facts(kind, size, 1, 1, False, False, False, **more), small, Format.JPEG, frames=1, held=False)

    assert BASE < needs("jpeg") < 200_000_000
    assert 300_000_000 < needs("jpeg", interlaced=True) < 700_000_000
    assert needs("avif") > 1_500_000_000


def test_what_would_not_fit_is_refused_before_it_is_decoded() -> None:
    data = bytes(picture().webpsave_buffer(effort=0))

    def chunks() -> Iterator[bytes]:
        for start in range(0, len(data), 4096):
            yield data[start : start + 4096]

    with pytest.raises(TooMuchMemory, match="60 MB") as raised:
        render(chunks(), tokens.parse("400x.jpg"), limits=Limits(memory=60_000_000))
    assert "limits.memory" in raised.value.remedy
    render(iter([data]), tokens.parse("400x.jpg"), limits=Limits())


def test_an_animation_is_estimated_by_all_of_its_frames() -> None:
    size = Size(500, 500)
    asked = plan(size, tokens.parse("100x.gif"))
    facts = Facts("gif", size, 200, 1, True, False, True)
    assert estimate(facts, asked, Format.GIF, frames=200, held=False) > 200 * 500 * 500 * 4
