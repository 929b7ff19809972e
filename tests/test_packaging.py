"""The wheel built from the tree, installed alone in an empty environment, does what the README promises."""

import json
import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
import venv
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from email.message import Message
from email.parser import Parser
from pathlib import Path
from typing import NoReturn

import pytest
import pyvips

WHEELHOUSE = Path(sys.prefix) / "wheels"


@dataclass(frozen=True)
class Installed:
    """An environment that holds the wheel and what it depends on, and nothing of the tree."""

    folder: Path
    environ: dict[str, str]

    def run(self, *command: str, stdin: bytes | None = None) -> bytes:
        """Run a command of the environment outside the tree; what it printed."""
        done = subprocess.run(
            command, cwd=self.folder, env=self.environ, input=stdin, capture_output=True, timeout=120, check=False
        )
        assert done.returncode == 0, done.stderr.decode()
        return done.stdout


@pytest.fixture(scope="module")
def wheel(root: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("dist")
    command = [sys.executable, "-m", "hatchling", "build", "--target", "wheel", "--directory", str(folder)]
    done = subprocess.run(command, cwd=root, capture_output=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr.decode()
    [path] = folder.glob("*.whl")
    return path


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory, require: Callable[[str], NoReturn]) -> Installed:
    if not WHEELHOUSE.is_dir():
        require(f"{WHEELHOUSE} holds no wheels to install offline: make clean .venv")
    folder = tmp_path_factory.mktemp("empty")
    programs = venv.EnvBuilder(with_pip=False).ensure_directories(folder / "venv").bin_path
    venv.create(folder / "venv", with_pip=False, symlinks=True)
    pip = [sys.executable, "-m", "pip", "--python", f"{programs}/python", "--disable-pip-version-check"]
    done = subprocess.run(
        [*pip, "install", "--no-index", "--find-links", str(WHEELHOUSE), "--only-binary", ":all:", str(wheel)],
        capture_output=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stderr.decode()
    environ = {
        "PATH": os.pathsep.join([programs, os.defpath]),
        "HOME": str(folder),
        "XDG_CACHE_HOME": str(folder / "cache"),
        "LANG": "C.UTF-8",
    }
    return Installed(folder, environ)


@pytest.fixture(scope="module")
def metadata(wheel: Path) -> Message:
    with zipfile.ZipFile(wheel) as archive:
        [name] = [name for name in archive.namelist() if name.endswith(".dist-info/METADATA")]
        return Parser().parsestr(archive.read(name).decode())


def size(image: bytes) -> tuple[str, int, int]:
    """The format and the sides of encoded bytes."""
    header = pyvips.Image.new_from_buffer(image, "")
    return header.get("vips-loader"), header.width, header.height


def test_the_wheel_holds_every_file_of_the_package_and_nothing_else(wheel: Path, root: Path) -> None:
    source = root / "src"
    wanted = {
        path.relative_to(source).as_posix()
        for path in (source / "firstsight").rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
    with zipfile.ZipFile(wheel) as archive:
        held = {name for name in archive.namelist() if ".dist-info/" not in name}
    assert held == wanted


@pytest.mark.parametrize("needed", ["py.typed", "web/*.html", "web/*.js", "web/*.css"])
def test_the_wheel_holds_what_is_not_python(wheel: Path, needed: str) -> None:
    with zipfile.ZipFile(wheel) as archive:
        assert [name for name in archive.namelist() if Path(name).match(f"firstsight/{needed}")]


def test_the_wheel_names_its_licence_and_carries_the_text(wheel: Path, metadata: Message) -> None:
    assert metadata["License-Expression"] == "Apache-2.0"
    with zipfile.ZipFile(wheel) as archive:
        assert [name for name in archive.namelist() if name.endswith(".dist-info/licenses/LICENSE")]


def test_only_the_aws_extra_asks_for_boto3(metadata: Message) -> None:
    asked = [line for line in metadata.get_all("Requires-Dist", []) if line.startswith("boto3")]
    assert [line.partition(";")[2].strip() for line in asked] == ["extra == 'aws'"]


def test_the_installed_command_says_its_version(installed: Installed, metadata: Message) -> None:
    assert installed.run("firstsight", "--version").decode().splitlines()[0] == f"firstsight {metadata['Version']}"


def test_the_installed_command_renders_a_file(installed: Installed, photos: Path) -> None:
    out = installed.folder / "coffee.webp"
    installed.run("firstsight", "render", str(photos / "coffee.png"), str(out), "300x200.webp")
    assert size(out.read_bytes()) == ("webpload_buffer", 300, 200)


def test_the_installed_library_renders_bytes(installed: Installed, photos: Path) -> None:
    program = (
        "import sys, firstsight\n"
        "made = firstsight.render(sys.stdin.buffer.read(), '300x200.webp')\n"
        "sys.stdout.buffer.write(made.data)\n"
    )
    made = installed.run("python", "-c", program, stdin=(photos / "coffee.png").read_bytes())
    assert size(made) == ("webpload_buffer", 300, 200)


@pytest.fixture
def server(installed: Installed, photos: Path, free_port: int) -> Iterator[str]:
    log = installed.folder / "server.log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            ["firstsight", "serve", str(photos), "--port", str(free_port)],
            cwd=installed.folder,
            env=installed.environ,
            stdout=output,
            stderr=subprocess.STDOUT,
        )
        address = f"http://127.0.0.1:{free_port}"
        try:
            deadline = time.monotonic() + 30
            while not answers(f"{address}/healthz"):
                assert process.poll() is None, log.read_text()
                assert time.monotonic() < deadline, log.read_text()
                time.sleep(0.05)
            yield address
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(timeout=30)


def answers(address: str) -> bool:
    """Whether a server answers there, with whatever status."""
    try:
        urllib.request.urlopen(address, timeout=5).close()
    except urllib.error.HTTPError as refused:
        refused.close()
        return True
    except OSError:
        return False
    return True


def test_the_installed_server_makes_an_image_once_and_then_serves_it_from_the_store(server: str, photos: Path) -> None:
    before = sorted(photos.iterdir())
    results = []
    for _ in range(2):
        with urllib.request.urlopen(f"{server}/coffee.png/300x200.webp", timeout=30) as response:
            results.append((response.headers["Firstsight-Result"], response.headers["Content-Type"]))
            assert size(response.read()) == ("webpload_buffer", 300, 200)
    assert results == [("made", "image/webp"), ("stored", "image/webp")]
    assert sorted(photos.iterdir()) == before


def test_the_installed_server_has_its_page(server: str) -> None:
    with urllib.request.urlopen(f"{server}/", timeout=30) as response:
        assert response.headers["Content-Type"].startswith("text/html")
        assert b"<html" in response.read().lower()


def test_the_installed_server_tells_about_an_image(server: str) -> None:
    with urllib.request.urlopen(f"{server}/coffee.png/info.json", timeout=30) as response:
        told = json.load(response)
    assert (told["width"], told["height"]) == (600, 400)
