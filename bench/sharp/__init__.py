"""sharp, the peer: installed from its lock file on first use, into a folder that is not committed."""

import shutil
import subprocess
from pathlib import Path

from bench.missing import Missing

HERE = Path(__file__).parent
INSTALLED = HERE.parent.parent / ".bench" / "sharp"
FILES = ("package.json", "package-lock.json", ".npmrc", "worker.mjs")


def node() -> str:
    """Find node. Raises Missing."""
    found = shutil.which("node")
    if found is None or shutil.which("npm") is None:
        raise Missing("node and npm", "apt-get install nodejs npm (node 20.9 or newer)")
    return found


def install() -> Path:
    """Bring the installed sharp in line with the lock file, and give its folder. Raises Missing."""
    node()
    lock, done = HERE / "package-lock.json", INSTALLED / "installed-lock.json"
    INSTALLED.mkdir(parents=True, exist_ok=True)
    for name in FILES:
        shutil.copyfile(HERE / name, INSTALLED / name)
    if not done.exists() or done.read_bytes() != lock.read_bytes():
        try:
            subprocess.run(["npm", "ci", "--no-audit", "--no-fund"], cwd=INSTALLED, check=True, capture_output=True)
        except subprocess.CalledProcessError as error:
            raise Missing("sharp", f"npm ci in {INSTALLED} failed: {error.stderr.decode().strip()}") from error
        shutil.copyfile(lock, done)
    return INSTALLED
