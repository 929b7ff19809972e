"""A real application with CarrierWave against moto's S3, before and after the move."""

import json
import os
import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NoReturn

import pytest

from firstsight.carrierwave import exporting
from firstsight.http import digest
from firstsight.stores import Store, open_store
from tests.servers import make_bucket

APP = Path(__file__).parent / "app"
LIBRARIES = "active_support/time carrierwave fog/aws mini_magick"
#: Checkouts of another release of CarrierWave, and of gems that it needs, which are tried instead of those that are
#: installed; as in PATH. CI has none: it has what Debian has.
CHECKOUTS = os.environ.get("FIRSTSIGHT_CARRIERWAVE", "")
CURE = "apt-get install ruby-carrierwave ruby-fog-aws ruby-mini-magick ruby-rmagick imagemagick"

#: Names as an upload has them: plain, and with what a key or a URL could stumble over. Square brackets are not among
#: them, because ImageMagick takes those of a file's name for the number of a frame, so that the old way fails.
NAMES = ("rocket.jpg", "Grüße (2) a+b.jpg", "thumb_x.jpg", "mini_x.jpg", "astronaut.png")


class Application:
    """The application in tests/carrierwave/app, run as a process."""

    def __init__(self, ruby: str, server: str, scratch: Path) -> None:
        self.ruby, self.server, self.scratch = ruby, server, scratch
        self.module = scratch / exporting.MODULE
        self.module.write_text(exporting.script(exporting.MODULE), encoding="utf-8")

    def run(self, bucket: str, *files: Path, **environ: str) -> list[dict[str, Any]]:
        """Store each file as an avatar of its own; what the application shows of it."""
        given = {"S3": self.server, "BUCKET": bucket, "ROOT": str(self.scratch / "public"), "LANG": "C.UTF-8"}
        command = [self.ruby, "run.rb", *map(str, files)]
        done = subprocess.run(command, cwd=APP, env=os.environ | given | environ, capture_output=True, check=False)
        assert done.returncode == 0, done.stderr.decode()
        told: list[dict[str, Any]] = json.loads(done.stdout)
        return told

    def moved(self, bucket: str, *files: Path, **environ: str) -> list[dict[str, Any]]:
        """The same, with Firstsight's module in its uploaders."""
        return self.run(bucket, *files, FIRSTSIGHT=str(self.module), **environ)

    def store(self, bucket: str) -> Store:
        """Its bucket, made if it is not there."""
        return open_store(f"s3://{bucket}")


@pytest.fixture(scope="session", autouse=True)
def _checkouts() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        if CHECKOUTS:
            folders = (Path(checkout).absolute() / "lib" for checkout in CHECKOUTS.split(os.pathsep))
            patch.setenv("RUBYLIB", os.pathsep.join(map(str, folders)))
        yield


@pytest.fixture(scope="session")
def ruby(require_tool: Callable[[str], str], require: Callable[[str], NoReturn]) -> str:
    """Ruby with CarrierWave and what it needs."""
    program = require_tool("ruby")
    code = f"%w[{LIBRARIES}].each {{ |name| require name }}"
    done = subprocess.run([program, "-e", code], capture_output=True, check=False)
    if done.returncode or shutil.which("mogrify") is None:
        require(f"CarrierWave is not there: {CURE}")
    return program


@pytest.fixture(scope="session")
def uploads(photos: Path, tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """Photographs under NAMES."""
    folder = tmp_path_factory.mktemp("uploads")
    found = []
    for name in NAMES:
        path = folder / name
        shutil.copy(photos / ("astronaut.png" if path.suffix == ".png" else "rocket.jpg"), path)
        found.append(path)
    return found


@pytest.fixture(scope="session")
def application(ruby: str, s3_server: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Application]:
    """The application, and in this process the environment that leads to its store."""
    environ = {
        "AWS_ENDPOINT_URL": s3_server,
        "AWS_ACCESS_KEY_ID": "a",
        "AWS_SECRET_ACCESS_KEY": "b",
        "AWS_REGION": "us-east-1",
    }
    with pytest.MonkeyPatch.context() as patch:
        for name, value in environ.items():
            patch.setenv(name, value)
        yield Application(ruby, s3_server, tmp_path_factory.mktemp("application"))


@pytest.fixture(scope="session")
def old(application: Application, uploads: list[Path]) -> list[dict[str, Any]]:
    """What the application shows that makes its versions itself; they are in the bucket `carrierwave-old`."""
    make_bucket(application.server, "carrierwave-old")
    return application.run("carrierwave-old", *uploads, LOOSE="1", TALL="1")


@pytest.fixture(scope="session")
def new(application: Application, uploads: list[Path]) -> list[dict[str, Any]]:
    """What it shows after the move; the originals are in the bucket `carrierwave-new`."""
    make_bucket(application.server, "carrierwave-new")
    return application.moved("carrierwave-new", *uploads, LOOSE="1", TALL="1")


@pytest.fixture
def bucket(application: Application, request: pytest.FixtureRequest) -> str:
    """A bucket of the test's own."""
    name = f"carrierwave-{digest(request.node.nodeid)}"
    make_bucket(application.server, name)
    return name


@pytest.fixture(scope="session")
def export(application: Application) -> str:
    """What the exporter says of the application."""
    return exporting.run(None, APP / "environment.rb", [])
