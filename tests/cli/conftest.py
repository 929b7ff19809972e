"""The command as a user runs it, in an empty folder and with nothing set."""

import os
import subprocess
from pathlib import Path

import pytest

from tests.cli.told import SCRIPT, Command


@pytest.fixture
def environ(tmp_path: Path) -> dict[str, str]:
    """The environment of a user who has set nothing."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("FIRSTSIGHT_", "AWS_"))}
    return kept | {"XDG_CACHE_HOME": str(tmp_path / "cache"), "COLUMNS": "80", "TERM": "xterm-256color"}


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, environ: dict[str, str]) -> Path:
    """An empty working folder, for this process too."""
    for name in os.environ.keys() - environ.keys():
        monkeypatch.delenv(name)
    for name, value in environ.items():
        monkeypatch.setenv(name, value)
    path = tmp_path / "here"
    path.mkdir()
    monkeypatch.chdir(path)
    return path


@pytest.fixture
def command(folder: Path) -> Command:
    """`command("url", "cat.jpg", "full")` runs the console script in that folder."""

    def run(*arguments: str | Path, stdin: bytes = b"", **environ: str) -> subprocess.CompletedProcess[bytes]:
        done = subprocess.run(
            [SCRIPT, *arguments],
            cwd=folder,
            env=os.environ | environ,
            input=stdin,
            capture_output=True,
            timeout=60,
            check=False,
        )
        assert b"Traceback" not in done.stderr, done.stderr.decode()
        return done

    return run
