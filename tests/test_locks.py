"""The lock files pin everything, by hash, and say nothing of where it comes from."""

import json
import re
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

LOCKS = ("build", "runtime", "aws", "dev", "audit", "fuzz")
PIN = re.compile(r"^(?P<name>[a-z0-9._-]+)==(?P<version>\S+)(?: ; (?P<marker>.*?))? \\$")


def pins(path: Path) -> list[tuple[str, str, int]]:
    """Name, version and number of hashes of each package of a lock file."""
    found: list[tuple[str, str, int]] = []
    for line in path.read_text("utf-8").splitlines():
        if pin := PIN.match(line):
            found.append((pin["name"], pin["version"], 0))
        elif line.startswith("    --hash=sha256:"):
            name, version, hashes = found[-1]
            found[-1] = (name, version, hashes + 1)
        else:
            assert line.startswith("    # via"), f"{path.name}: what is {line!r}?"
    return found


@pytest.mark.parametrize("lock", LOCKS)
def test_every_package_has_one_version_and_hashes(root: Path, lock: str) -> None:
    found = pins(root / "requirements" / f"{lock}.txt")
    assert found
    assert [name for name, _, hashes in found if not hashes] == []


@pytest.mark.parametrize("lock", LOCKS)
def test_no_lock_file_names_an_address(root: Path, lock: str) -> None:
    text = (root / "requirements" / f"{lock}.txt").read_text("utf-8")
    assert "://" not in text
    assert "--index" not in text
    assert "--find-links" not in text


def test_the_private_aws_is_pinned_by_hash_and_names_no_address(root: Path) -> None:
    lock = root / "tests" / "cloudlab" / "requirements.txt"
    found = pins(lock)
    assert found
    assert [name for name, _, hashes in found if not hashes] == []
    assert "://" not in lock.read_text("utf-8")


def test_the_packages_for_node_are_pinned_by_hash_and_name_no_address(root: Path) -> None:
    lock = json.loads((root / "tests" / "azurite" / "package-lock.json").read_text("utf-8"))
    packages = {name: package for name, package in lock["packages"].items() if name}
    assert packages
    assert [name for name, package in packages.items() if not package["integrity"].startswith("sha512-")] == []
    assert [name for name, package in packages.items() if "resolved" in package] == []


@pytest.mark.parametrize("lock", ["build", "runtime", "aws"])
def test_the_small_lock_files_are_parts_of_the_developers(root: Path, lock: str) -> None:
    whole = {(name, version) for name, version, _ in pins(root / "requirements" / "dev.txt")}
    part = {(name, version) for name, version, _ in pins(root / "requirements" / f"{lock}.txt")}
    assert part - whole == set()


@pytest.mark.parametrize(("lock", "extra"), [("runtime", None), ("aws", "aws")])
def test_the_lock_files_hold_what_pyproject_asks_for(root: Path, lock: str, extra: str | None) -> None:
    project = tomllib.loads((root / "pyproject.toml").read_text("utf-8"))["project"]
    asked = project["dependencies"] + (project["optional-dependencies"][extra] if extra else [])
    locked = {name: version for name, version, _ in pins(root / "requirements" / f"{lock}.txt")}
    for line in asked:
        requirement = Requirement(line)
        assert locked.get(canonicalize_name(requirement.name), "0") in requirement.specifier, f"make lock: {line}"
