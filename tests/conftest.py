"""What tests share: tools of the machine, the example photographs, a free port, and how hypothesis behaves."""

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NoReturn

import hypothesis
import pytest

from tests import ports

ROOT = Path(__file__).parents[1]

# A program that some test needs beside Python, and the Debian package that has it. Add the package to .ci/run as well.
TOOLS = {
    "bundle": "bundler",
    "chromium": "chromium",
    "make": "make",
    "node": "nodejs",
    "npm": "npm",
    "ruby": "ruby",
}

# Its assertions are to be explained like a test module's.
pytest.register_assert_rewrite("tests.store_contract")

# In CI the same examples every time, so that a red run can be repeated; elsewhere new ones, so that bugs are found.
hypothesis.settings.register_profile("ci", derandomize=True, deadline=None, print_blob=True)
hypothesis.settings.register_profile("local", deadline=None)
hypothesis.settings.load_profile("ci" if os.environ.get("CI") else "local")


def find_tool(name: str) -> str:
    """
    The path of a program the test needs.

    Without it the test is skipped with the Debian package's name, and where `CI` is set it fails: there a missing tool
    is a mistake in `.ci/run`, and a skip would hide it.
    """
    package = TOOLS[name]
    path = shutil.which(name)
    if path is None:
        missing(f"{name} is not on the path: apt-get install {package}")
    return path


def missing(sentence: str) -> NoReturn:
    """Skip the test, or fail it where `CI` is set, because the machine lacks something; the sentence names the cure."""
    if os.environ.get("CI"):
        pytest.fail(sentence, pytrace=False)
    pytest.skip(sentence)


@pytest.fixture(scope="session")
def require_tool() -> Callable[[str], str]:
    """`require_tool("chromium")` is the program's path; see `find_tool` for what happens without it."""
    return find_tool


@pytest.fixture(scope="session")
def require() -> Callable[[str], NoReturn]:
    """`require("sentence")` skips the test for want of something, or fails it where `CI` is set."""
    return missing


@pytest.fixture(scope="session")
def root() -> Path:
    """The project's folder."""
    return ROOT


@pytest.fixture(scope="session")
def photos() -> Path:
    """The folder of example photographs; read only."""
    return ROOT / "examples" / "photos"


@pytest.fixture
def free_port() -> int:
    """A loopback TCP port that nothing listens on."""
    return ports.free_port()


@pytest.fixture(scope="session")
def s3_server() -> Iterator[str]:
    """The address of moto's S3, which runs in this process."""
    from tests.servers import s3_server as running

    with running() as address:
        yield address
