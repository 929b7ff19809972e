"""The commands of the Makefile, where they can go wrong on a new user's machine."""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest


@dataclass(frozen=True)
class Checkout:
    """A copy of what `make .venv` reads, in a folder of its own."""

    folder: Path
    program: str

    def make(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run make there, with no network and without the flags of a make that may be running us."""
        environ = {name: value for name, value in os.environ.items() if not name.startswith(("MAKE", "MFLAGS"))}
        environ["PIP_NO_INDEX"] = "1"
        command = [self.program, *arguments]
        return subprocess.run(
            command, cwd=self.folder, env=environ, text=True, capture_output=True, timeout=120, check=False
        )

    def python(self, script: str) -> Path:
        """A shell script that stands in for an interpreter."""
        path = self.folder / "python-of-the-user"
        path.write_text(f"#!/bin/sh\n{script}\n")
        path.chmod(0o755)
        return path


@pytest.fixture
def checkout(root: Path, tmp_path: Path, require_tool: Callable[[str], str]) -> Checkout:
    for name in ("Makefile", "pyproject.toml"):
        shutil.copy(root / name, tmp_path)
    shutil.copytree(root / "requirements", tmp_path / "requirements")
    return Checkout(tmp_path, require_tool("make"))


def test_too_old_a_python_is_answered_with_a_remedy(checkout: Checkout) -> None:
    old = checkout.python("exit 1")
    done = checkout.make("serve", f"PYTHON={old}")
    assert done.returncode != 0
    assert f"Firstsight needs Python 3.11 or newer, and {old} is not that." in done.stderr
    assert "make PYTHON=/path/to/python3.13 serve" in done.stderr
    assert not (checkout.folder / ".venv").exists()


def test_a_python_without_venv_is_answered_with_a_remedy(checkout: Checkout) -> None:
    bare = checkout.python(f'case "$2" in *ensurepip*) exit 1;; *) exec {sys.executable} "$@";; esac')
    done = checkout.make(".venv", f"PYTHON={bare}")
    assert done.returncode != 0
    assert "apt-get install python3-venv" in done.stderr


def test_an_environment_whose_making_was_cut_short_is_not_taken_for_ready(checkout: Checkout) -> None:
    (checkout.folder / "requirements" / "build.txt").write_text("nothing-that-exists==1 --hash=sha256:0\n")
    for _ in range(2):
        done = checkout.make(".venv", f"PYTHON={sys.executable}")
        assert done.returncode != 0
        assert "Making .venv" in done.stdout
        assert not (checkout.folder / ".venv" / ".ready").exists()


def test_help_tells_of_every_command(checkout: Checkout) -> None:
    commands = set(re.findall(r"^\.PHONY: (\S+)$", (checkout.folder / "Makefile").read_text(), re.MULTILINE))
    listed = set(re.findall(r"^  make (\S+) +\S", checkout.make("help").stdout, re.MULTILINE))
    assert listed == commands
    assert commands >= {"serve", "test", "check", "bench", "docs", "lock", ".venv"}
