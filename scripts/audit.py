"""
The packages of the lock files, looked up by pip-audit in OSV's list of known weaknesses.

    .venv/bin/python scripts/audit.py               where the list cannot be reached, says so and goes on
    .venv/bin/python scripts/audit.py --required    where it cannot be reached, fails

It ends with 0 when no weakness is known or nobody could be asked, 1 when one is, and 2 when nobody could be asked and
it is required. `FIRSTSIGHT_OSV` is the address of another OSV, a mirror say.
"""

import argparse
import json
import os
import re
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

ROOT = Path(__file__).resolve().parents[1]
INSTALLED = ROOT / ".venv" / "audit"  # by make
OSV = "https://api.osv.dev/v1/query"
#: Every lock file, for what runs, builds, tests and measures this project.
LOCKS = (
    *sorted((ROOT / "requirements").glob("*.txt")),
    *sorted((ROOT / "src" / "firstsight" / "aws").glob("*.txt")),
    ROOT / "tests" / "cloudlab" / "requirements.txt",
)
#: Seconds until the list counts as out of reach.
PATIENCE = 5


class NotAsked(Exception):
    """Why nobody could be asked."""


def main() -> int:
    """Look all of them up."""
    parser = argparse.ArgumentParser(description="Look the locked packages up in a list of known weaknesses.")
    parser.add_argument("--required", action="store_true", help="fail where the list cannot be reached")
    parser.add_argument("lock", nargs="*", type=Path, help="the lock files, all of them when none is named")
    options = parser.parse_args()
    locks = options.lock or LOCKS
    try:
        packages = look_up(os.environ.get("FIRSTSIGHT_OSV", OSV), locks)
    except NotAsked as why:
        print(f"\nNOT AUDITED: {why}\nWhether the locked packages have known weaknesses is not known.", file=sys.stderr)
        return 2 if options.required else 0
    found = list(weaknesses(packages))
    print("\n".join(found) or f"No weakness is known of the {len(packages)} locked packages.")
    return 1 if found else 0


def look_up(osv: str, locks: Iterable[Path]) -> list[dict[str, Any]]:
    """Give each package with what is known of it. Raises NotAsked."""
    url = urlsplit(osv)
    host, port = url.hostname or "", url.port or (443 if url.scheme == "https" else 80)
    try:
        socket.create_connection((host, port), PATIENCE).close()
    except OSError as error:
        raise NotAsked(f"{host} cannot be reached ({str(error).lower()}).") from None
    return [package for pins in rounds(locks) for package in _audit(osv, pins)]


def rounds(locks: Iterable[Path]) -> list[list[str]]:
    """Give the pins of lock files, each once, in lists that have a package once, as pip-audit wants them."""
    found: dict[str, dict[str, str]] = {}
    for lock in locks:
        for pin in re.findall(r"^[a-z0-9].*==(?:.*\\\n)*.*$", lock.read_text("utf-8"), re.MULTILINE):
            name, version = re.split(r"==|[ ;\\]", pin)[:2]
            # without the conditions under which it is installed: it is looked up for all machines
            found.setdefault(name, {}).setdefault(
                version, f"{name}=={version} " + " ".join(re.findall("--hash=[^ \n]+", pin))
            )
    most = max(map(len, found.values()), default=0)
    return [[list(pins.values())[i] for pins in found.values() if i < len(pins)] for i in range(most)]


def _audit(osv: str, pins: list[str]) -> list[dict[str, Any]]:
    command = [sys.executable, "-m", "pip_audit", "--vulnerability-service", "osv", "--osv-url", osv]
    command += ["--format", "json", "--progress-spinner", "off", "--disable-pip", "--require-hashes", "--strict"]
    with tempfile.NamedTemporaryFile("w", suffix=".txt") as file:
        file.write("\n".join(pins) + "\n")
        file.flush()
        environ = {**os.environ, "PYTHONPATH": str(INSTALLED)}
        command += ["--requirement", file.name]
        done = subprocess.run(command, env=environ, capture_output=True, text=True, check=False)
    try:
        packages: list[dict[str, Any]] = json.loads(done.stdout)["dependencies"]
    except (ValueError, KeyError):
        said = done.stderr.strip().splitlines() or ["it said nothing"]
        raise NotAsked(f"pip-audit failed: {said[-1][:300]}") from None
    return packages


def weaknesses(packages: list[dict[str, Any]]) -> Iterator[str]:
    """Say what is known, a line for each weakness."""
    for package in packages:
        for weakness in package.get("vulns", ()):
            mended = ", ".join(weakness["fix_versions"]) or "no version yet"
            yield f"{package['name']} {package['version']}: {weakness['id']}, mended in {mended}"


if __name__ == "__main__":
    sys.exit(main())
