"""The same source and transform give the same bytes, whoever makes them: so it does not matter who stores them."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.image.sources import source

#: A spec of each format, and of each step that chooses, draws or searches.
SPECS = (
    "300x200.jpg",
    "300x200-smart-qauto.jpg",
    "300x200-max2k.webp",
    "300x200.webp",
    "300x200-lossless.webp",
    "100x160-smart.avif",
    "160x-qauto.avif",
    "300x.png",
    "300x-rotate30-label24south0x10xffffffxhellox20world.png",
    "200x-sharpen-round.gif",
    "info.json",
)
PROGRAM = """
import hashlib, json, sys
import firstsight
from firstsight.image import use_threads

use_threads(int(sys.argv[1]))
photo, moving, specs = open(sys.argv[2], "rb").read(), open(sys.argv[3], "rb").read(), json.loads(sys.argv[4])
made = {spec: firstsight.render(photo, spec).data for spec in specs}
made |= {f"moving {format}": firstsight.render(moving, f"32x.{format}").data for format in ("gif", "webp")}
print(json.dumps({spec: hashlib.sha256(data).hexdigest() for spec, data in made.items()}))
"""


@pytest.fixture(scope="module")
def moving(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("moving") / "moving.gif"
    path.write_bytes(source("gif moving"))
    return path


def made(photo: Path, moving: Path, threads: int, seed: int) -> dict[str, str]:
    """Digests of what a process of its own makes, by spec."""
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, str(threads), str(photo), str(moving), json.dumps(SPECS)],
        env={**os.environ, "PYTHONHASHSEED": str(seed)},
        capture_output=True,
        check=True,
    )
    found: dict[str, str] = json.loads(done.stdout)
    return found


def test_processes_make_the_same_bytes_with_as_many_threads_and_but_for_avif_with_any_number(
    photos: Path, moving: Path
) -> None:
    photo = photos / "rocket.jpg"
    one, again, two, too = (made(photo, moving, *how) for how in ((1, 0), (1, 4242), (2, 1), (2, 7)))
    assert len(set(one.values())) == len(SPECS) + 2
    assert one == again
    assert two == too
    # libaom cuts an AVIF into as many tiles as there are threads to encode them
    assert {spec for spec in one if one[spec] != two[spec]} <= {spec for spec in SPECS if spec.endswith(".avif")}
