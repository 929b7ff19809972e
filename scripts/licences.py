"""
The page docs/licences.md: the licence of every package that is installed with Firstsight, by its own metadata.

    .venv/bin/python scripts/licences.py              print it
    .venv/bin/python scripts/licences.py --write      write it

`tests/test_licences.py` fails where the page is not what this makes.
"""

import re
import sys
from importlib.metadata import PackageNotFoundError, metadata
from pathlib import Path

from firstsight.aws.sbom import licence_of

ROOT = Path(__file__).resolve().parents[1]
PAGE = ROOT / "docs" / "licences.md"
LOCKS = {"runtime": ROOT / "requirements" / "runtime.txt", "aws": ROOT / "requirements" / "aws.txt"}

INTRODUCTION = """<!-- Printed by scripts/licences.py from the packages' metadata: change that. -->

# Licences

Firstsight is under the Apache License 2.0. What is installed with it, and under which licence, in SPDX's words,
by the metadata of the packages that are locked in `requirements/`:
"""

AFTERWARDS = """
`pyvips-binary` holds libvips and the libraries that it is made of, each under a licence of its own: its own page lists
them. Libvips is loaded at run time and may be replaced by another of the same interface.

Which packages are in the Lambda function is said by the bill of materials that `firstsight bundle` writes beside it,
`firstsight-VERSION-ARCHITECTURE.cdx.json`, in the form of CycloneDX.
"""


def packages(lock: Path) -> dict[str, str]:
    """Give the names and versions that a lock file pins."""
    return dict(re.findall(r"^([a-z0-9._-]+)==([^\s;]+)", lock.read_text("utf-8"), re.MULTILINE))


def page() -> str:
    """Write the page. Raises PackageNotFoundError for a package that is locked and not installed."""
    runtime = packages(LOCKS["runtime"])
    more = {name: version for name, version in packages(LOCKS["aws"]).items() if name not in runtime}
    lines = [INTRODUCTION, "| package | version | licence |", "|---|---|---|"]
    lines += [_row(name, version) for name, version in runtime.items()]
    lines += ["", "And with the extra `aws`:", "", "| package | version | licence |", "|---|---|---|"]
    lines += [_row(name, version) for name, version in more.items()]
    return "\n".join(lines) + "\n" + AFTERWARDS


def _row(name: str, version: str) -> str:
    found = licence_of(metadata(name))  # type: ignore[arg-type]  # it is a message of email
    return f"| `{name}` | {version} | {found or 'not said'} |"


def main() -> None:
    """Print the page, or write it."""
    try:
        made = page()
    except PackageNotFoundError as error:
        sys.exit(f"{error.name} is not installed: make .venv")
    if "--write" in sys.argv[1:]:
        PAGE.write_text(made, encoding="utf-8")
    else:
        sys.stdout.write(made)


if __name__ == "__main__":
    main()
