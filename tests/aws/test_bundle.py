"""The bundle of the Lambda function: the same bytes each time, for the right machine, and it runs."""

import _imp
import hashlib
import json
import struct
import subprocess
import sys
import zipfile
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any, NoReturn

import pytest
import pyvips

from firstsight import cli
from firstsight.aws import bundle, bytecode, elf
from firstsight.errors import BadSettings
from firstsight.stores import open_store
from tests.runtimes.emulator import BINARY, emulator
from tests.servers import clear_environment, make_bucket
from tests.test_locks import pins

WHEELS = Path(sys.prefix) / "lambda-wheels"
#: The wheels of the lock are there, so nothing is fetched.
OFFLINE = {"UV_OFFLINE": "1", "UV_FIND_LINKS": str(WHEELS)}
ARCHITECTURES = ("arm64", "x86_64")
CLIENT = ("awslambdaric", "simplejson", "snapshot_restore_py")
SETTINGS = 'source = "s3://photos"\naccess = "open"\n'


@dataclass(frozen=True)
class Built:
    """A bundle that was made by the command, and what it printed."""

    path: Path
    printed: str

    @property
    def data(self) -> bytes:
        return self.path.read_bytes()

    def files(self) -> dict[str, bytes]:
        with zipfile.ZipFile(self.path) as archive:
            return {entry.filename: archive.read(entry) for entry in archive.infolist()}


@pytest.fixture(autouse=True)
def _offline(monkeypatch: pytest.MonkeyPatch, require: Callable[[str], NoReturn]) -> None:
    if not (WHEELS / ".ready").exists():
        require(f"{WHEELS} holds nothing to make the bundle of: make test")
    for name, value in OFFLINE.items():
        monkeypatch.setenv(name, value)


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory, require: Callable[[str], NoReturn]) -> dict[str, Built]:
    """Both bundles, made by the command in a folder with a settings file."""
    if not (WHEELS / ".ready").exists():
        require(f"{WHEELS} holds nothing to make the bundle of: make test")
    try:
        bytecode.find_python()
    except bytecode.NoSuchPython as error:
        require(f"{error.message} {error.remedy}")
    folder = tmp_path_factory.mktemp("project")
    (folder / "firstsight.toml").write_text(SETTINGS)

    def build(architecture: str) -> Built:
        command = [str(Path(sys.executable).with_name("firstsight")), "bundle", "--arch", architecture, "--out", "made"]
        environ = {"PATH": "/usr/bin:/bin", "HOME": str(Path.home()), **OFFLINE, "UV_CACHE_DIR": str(folder / "cache")}
        done = subprocess.run(command, cwd=folder, env=environ, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        return Built(folder / done.stdout.splitlines()[0], done.stdout)

    with ThreadPoolExecutor() as pool:
        return dict(zip(ARCHITECTURES, pool.map(build, ARCHITECTURES), strict=True))


@pytest.fixture(params=ARCHITECTURES)
def architecture(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def files(built: dict[str, Built], architecture: str) -> dict[str, bytes]:
    return built[architecture].files()


def test_the_same_bytes_come_out_of_another_run_in_another_folder(
    built: dict[str, Built], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = tmp_path / "other.toml"
    config.write_text(SETTINGS)
    monkeypatch.setenv("PYTHONHASHSEED", "7")
    again = bundle.make("x86_64", tmp_path, config=config)
    assert again.path.read_bytes() == built["x86_64"].data
    assert again.sha256 == hashlib.sha256(built["x86_64"].data).digest()


def test_it_is_small_and_the_command_says_how_small(built: dict[str, Built], architecture: str) -> None:
    zipped = len(built[architecture].data)
    unzipped = sum(map(len, built[architecture].files().values()))
    assert zipped < 15_000_000
    sizes = f"{zipped / 2**20:.1f} of 50 MB zipped, {unzipped / 2**20:.1f} of 250 MB unzipped"
    assert sizes in built[architecture].printed.splitlines()


def test_it_holds_what_the_function_needs_and_nothing_else(files: dict[str, bytes], root: Path) -> None:
    source = root / "src"
    ours = {
        path.relative_to(source).as_posix()
        for path in (source / "firstsight").rglob("*.py")
        if path.relative_to(source).parts[1] not in ("aws", "backfill", "carrierwave", "cli", "doctor", "web")
        and path.name not in ("asgi.py", "changed.py", "child.py", "makers.py", "makings.py", "plot.py", "server.py")
    }
    assert {name for name in files if name.startswith("firstsight/") and name.endswith(".py")} == ours
    others = {PurePosixPath(name).parts[0] for name in files} - {"firstsight"}
    assert {name.partition(".")[0] for name in others if not name.endswith(".dist-info")} == {
        *("_cffi_backend", "_libvips", "firstsight", "obstore", "pyvips", "pyvips_binary"),
    }
    assert {name.partition("-")[0] for name in others if name.endswith(".dist-info")} == {
        *("cffi", "obstore", "pyvips", "pyvips_binary"),
    }
    suffixes = {PurePosixPath(name).suffix for name in files if ".dist-info" not in name}
    assert suffixes == {".py", ".pyc", ".so", ".42", ".toml"}
    assert files["firstsight.toml"].decode() == SETTINGS


def test_nothing_in_it_tells_where_or_when_it_was_made(built: dict[str, Built], architecture: str, root: Path) -> None:
    with zipfile.ZipFile(built[architecture].path) as archive:
        entries = archive.infolist()
    assert [entry.filename for entry in entries] == sorted(entry.filename for entry in entries)
    assert {entry.date_time for entry in entries} == {(1980, 1, 1, 0, 0, 0)}
    assert {(entry.external_attr >> 16, entry.create_system) for entry in entries} == {(0o100644, 3)}
    compiled = {name: data for name, data in built[architecture].files().items() if name.endswith(".pyc")}
    assert [name for name, data in compiled.items() if str(root).encode() in data or b"/tmp/" in data] == []


def test_every_source_has_bytecode_that_is_not_compared_with_it(files: dict[str, bytes]) -> None:
    for name, source in files.items():
        if name.endswith(".py"):
            path = PurePosixPath(name)
            data = files[str(path.parent / "__pycache__" / f"{path.stem}.cpython-313.pyc")]
            assert struct.unpack_from("<H2sI", data) == (3571, b"\r\n", 1), name  # Python 3.13; hash, unchecked
            assert data[8:16] == _imp.source_hash(int.from_bytes(data[:4], "little"), source), name


def test_every_library_is_for_the_machine_and_its_c_library(files: dict[str, bytes], architecture: str) -> None:
    libraries = {name: data for name, data in files.items() if ".so" in name}
    assert len(libraries) == 4
    for name, data in libraries.items():
        assert struct.unpack_from("<H", data, 18)[0] == {"x86_64": 62, "arm64": 183}[architecture], name
        found = elf.read(data)
        assert "GLIBC" in found.needs, name
        versions = [tuple(map(int, text.split(b"."))) for text in _versions(data)]
        assert found.needs["GLIBC"] == max(versions), name
        assert found.needs["GLIBC"] <= (2, 34), name


def _versions(data: bytes) -> Iterator[bytes]:
    """Every text in a file that looks like the version of a symbol; no library here defines such of its own."""
    import re

    yield from re.findall(rb"\0GLIBC_(\d+\.\d+(?:\.\d+)?)(?=\0)", data)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda data: data, "but it is for x86_64"),
        (lambda data: data[:18] + b"\xb7\0" + data[20:].replace(b"GLIBC_2.14\0", b"GLIBC_2.99\0"), "GLIBC_2.99, and"),
        (lambda data: data[:18] + b"\x08\0" + data[20:], "machine 8"),
        (lambda data: data[:5000], "cut short"),
        (lambda data: b"MZ" + data[2:], "no little-endian ELF"),
        (lambda data: b"", "no little-endian ELF"),
        (lambda data: data[:60] + b"\0\0" + data[62:], "without sections"),
    ],
)
def test_a_library_that_would_not_load_is_refused(
    built: dict[str, Built], change: Callable[[bytes], bytes], said: str
) -> None:
    [(name, data)] = [found for found in built["x86_64"].files().items() if found[0].startswith("_cffi_backend")]
    with pytest.raises(bundle.BundleFailed) as caught:
        bundle.check({name: change(data)}, "arm64")
    assert f"Expected {name} to be for Lambda on arm64" in caught.value.message
    assert said in caught.value.message
    assert caught.value.remedy


@pytest.fixture
def no_python(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bytecode, "_candidates", lambda: iter(["/nowhere/python3.13", "false", ""]))


@pytest.mark.usefixtures("no_python")
def test_without_a_python_of_that_version_the_remedy_is_told(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.run(["bundle", "--out", str(tmp_path)]) == 1
    said = capsys.readouterr().err
    assert "Error: Expected a Python 3.13 on this machine but found none." in said
    assert "--no-bytecode" in said
    assert list(tmp_path.iterdir()) == []


@pytest.mark.usefixtures("no_python")
def test_a_bundle_without_bytecode_has_to_be_asked_for(
    built: dict[str, Built], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert cli.run(["bundle", "--arch", "arm64", "--no-bytecode"]) == 0
    [made] = (tmp_path / "dist").glob("*.zip")
    [bill] = (tmp_path / "dist").glob("*.cdx.json")
    components = json.loads(bill.read_bytes())["components"]
    assert [part["name"] for part in components] == ["cffi", "obstore", "pyvips", "pyvips-binary"]
    assert all(part["licenses"] for part in components)
    with_bytecode = built["arm64"].files()
    expected = {name for name in with_bytecode if not name.endswith(".pyc")} - {"firstsight.toml"}
    assert set(Built(made, "").files()) == expected


def test_packages_that_are_not_those_of_the_lock_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for wheel in WHEELS.glob("*.whl"):
        (tmp_path / wheel.name).write_bytes(wheel.read_bytes() + b"\0" * wheel.name.startswith("obstore"))
    monkeypatch.setenv("UV_FIND_LINKS", str(tmp_path))
    monkeypatch.setenv("UV_CACHE_DIR", str(tmp_path / "cache"))
    with pytest.raises(bundle.BundleFailed, match="could not be installed for arm64") as caught:
        bundle.make("arm64", tmp_path / "dist")
    assert "Hash mismatch" in caught.value.log or "obstore" in caught.value.log


def test_settings_that_are_wrong_are_told_before_they_are_bundled(tmp_path: Path) -> None:
    (tmp_path / "wrong.toml").write_text('acess = "open"\n')
    with pytest.raises(BadSettings, match="acess"):
        bundle.settings_file(tmp_path / "wrong.toml")


@pytest.mark.parametrize("lock", ["lambda", "lambda-build"])
def test_the_locks_pin_by_hash_what_the_developers_have_and_name_no_address(root: Path, lock: str) -> None:
    path = root / "src" / "firstsight" / "aws" / f"{lock}.txt"
    pinned = pins(path)
    assert all(hashes for _, _, hashes in pinned)
    developers = {(name, version) for name, version, _ in pins(root / "requirements" / "dev.txt")}
    assert {(name, version) for name, version, _ in pinned} <= developers
    assert "://" not in path.read_text("utf-8")


# It runs.


@pytest.fixture(scope="module")
def task(built: dict[str, Built], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The bundle as Lambda unpacks it, and Amazon's runtime client beside it."""
    folder = tmp_path_factory.mktemp("var")
    with zipfile.ZipFile(built["x86_64"].path) as archive:
        archive.extractall(folder / "task")
    for name in CLIENT:
        [wheel] = WHEELS.glob(f"{name}-*.whl")
        with zipfile.ZipFile(wheel) as archive:
            archive.extractall(folder / "runtime")
    return folder


def function_url(path: str) -> dict[str, Any]:
    context = {"domainName": "a.lambda-url.eu-central-1.on.aws", "http": {"method": "GET", "path": path}}
    return {"version": "2.0", "rawPath": path, "headers": {"accept": "image/webp"}, "requestContext": context}


def test_the_bundle_makes_an_image_under_the_emulator(
    task: Path,
    s3_server: str,
    photos: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    require: Callable[[str], NoReturn],
) -> None:
    if sys.platform != "linux" or _machine() != "x86_64":
        pytest.skip("the bundle that is run is for Linux on x86_64")
    if not BINARY.exists():
        require("AWS's emulator of Lambda is not there: make test brings it")
    for name in clear_environment():
        monkeypatch.delenv(name)
    make_bucket(s3_server, "photos")
    credentials = {"AWS_ENDPOINT_URL": s3_server, "AWS_REGION": "us-east-1"}
    credentials |= {"AWS_ACCESS_KEY_ID": "a", "AWS_SECRET_ACCESS_KEY": "b"}
    for name, value in credentials.items():
        monkeypatch.setenv(name, value)
    store = open_store("s3://photos")
    store.put("coffee.png", (photos / "coffee.png").read_bytes())
    given = {**credentials, "PYTHONPATH": f"{task / 'task'}:{task / 'runtime'}", "PYTHONDONTWRITEBYTECODE": "1"}
    with emulator(tmp_path, given, python=bytecode.find_python(), code=task / "task") as function:
        answer = function.ask(function_url("/coffee.png/300x200.webp"))
        assert (answer.status, answer.headers["content-type"]) == (200, "image/webp")
        [line] = function.lines(status=200)
    made = pyvips.Image.new_from_buffer(answer.body, "")
    assert (made.get("vips-loader"), made.width, made.height) == ("webpload_buffer", 300, 200)
    assert store.get("coffee.png/300x200.webp").read() == answer.body
    assert line["result"] == "made"


def test_what_is_loaded_comes_from_the_bundle_and_from_its_bytecode(task: Path) -> None:
    program = (
        "import json, sys\n"
        "from firstsight.runtimes import lambda_function as function\n"
        "function._loaded()\n"
        "print(json.dumps({n: m.__file__ for n, m in sys.modules.items()"
        " if n.split('.')[0] in ('firstsight', 'obstore', 'pyvips', '_libvips', '_cffi_backend')"
        " and getattr(m, '__file__', None)}))\n"
    )
    if _machine() != "x86_64":
        pytest.skip("the bundle that is run is for x86_64")
    environ = {
        "PYTHONPATH": str(task / "task"),
        "FIRSTSIGHT_SOURCE": "memory://",
        "LAMBDA_TASK_ROOT": str(task / "task"),
    }
    command = [bytecode.find_python(), "-B", "-v", "-c", program]
    done = subprocess.run(command, env=environ, capture_output=True, text=True, check=False)
    assert done.returncode == 0, [line for line in done.stderr.splitlines() if "Error" in line]
    loaded = json.loads(done.stdout)
    assert "_libvips" in loaded
    assert [file for file in loaded.values() if not file.startswith(str(task / "task"))] == []
    assert done.stderr.count("firstsight/__pycache__/service.cpython-313.pyc matches") == 1
    assert f"# code object from {task}" not in done.stderr  # what Python says of a source that it has compiled


def test_a_python_that_is_only_on_the_path_compiles(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, require: Callable[[str], NoReturn]
) -> None:
    try:
        real = Path(bytecode.find_python()).resolve()
    except bytecode.NoSuchPython as error:
        require(f"{error.message} {error.remedy}")
    (tmp_path / "python3.13").symlink_to(real)
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    monkeypatch.setenv("PYENV_ROOT", str(tmp_path / "nothing"))
    assert bytecode.find_python() == str(tmp_path / "python3.13")
    assert bytecode.compile_all({"one.py": "x = 1\n"}).keys() == {"__pycache__/one.cpython-313.pyc"}


def _machine() -> str:
    import platform

    return platform.machine()
