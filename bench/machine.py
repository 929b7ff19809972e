"""What a figure was measured with: the machine and the versions of both sides."""

import json
import os
import platform
import re
import subprocess
from importlib.metadata import version
from pathlib import Path

import pyvips

from bench import sharp


def describe(*, peers: bool) -> dict[str, str]:
    """Name the processor, its cores, and the versions; of sharp and node only where they take part."""
    facts = {
        "machine": f"{_processor()}, {os.cpu_count()} cores, {_memory()} GB",
        "system": f"{platform.system()} {platform.release()}",
        "load": f"{os.getloadavg()[0]:.2f} at the start",
        "python": platform.python_version(),
        "firstsight": version("firstsight"),
        "pyvips": pyvips.__version__,
        "libvips": ".".join(str(pyvips.version(i)) for i in range(3)),
    }
    if peers:
        facts |= _peers()
    return facts


def _peers() -> dict[str, str]:
    script = "console.log(JSON.stringify({node: process.version, ...require('sharp').versions}))"
    folder = sharp.install()
    done = subprocess.run([sharp.node(), "-e", script], cwd=folder, capture_output=True, text=True, check=True)
    said = json.loads(done.stdout)
    return {"node": said["node"].lstrip("v"), "sharp": f"{said['sharp']} (libvips {said['vips']})"}


def _processor() -> str:
    try:
        found = re.search(r"^model name\s*:\s*(.+)$", Path("/proc/cpuinfo").read_text(), re.MULTILINE)
    except OSError:
        found = None
    return found.group(1) if found else platform.processor() or platform.machine()


def _memory() -> int:
    return round(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30)
