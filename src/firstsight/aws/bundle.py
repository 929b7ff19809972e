"""
The function's bundle: a zip that Lambda takes, made on any machine, and always the same.

    install what lambda.txt locks, for Lambda's platform -> our own modules -> the settings file
    -> leave out what the function has no use for -> check each library -> bytecode -> zip
"""

import fnmatch
import hashlib
import importlib.util
import io
import os
import re
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import firstsight
from firstsight import settings
from firstsight.aws import elf, sbom
from firstsight.aws.bytecode import VERSION, compile_all
from firstsight.errors import FirstsightError

#: Lambda's names of its architectures, and Linux's.
ARCHITECTURES = {"arm64": "aarch64", "x86_64": "x86_64"}
#: What Amazon Linux 2023, which Lambda's Python 3.13 runs on, has of each family of symbols: it is manylinux_2_34.
MOST = {"GLIBC": (2, 34), "GLIBCXX": (3, 4, 29), "CXXABI": (1, 3, 13)}
#: Bytes that a function may have (Lambda quotas): of a zip that is uploaded directly, and unpacked.
MOST_ZIPPED, MOST_UNZIPPED = 50 * 2**20, 250 * 2**20

#: The lock, with hashes: what the function needs, and what builds the one package among it that has no wheel.
LOCK, BUILD_LOCK = (Path(__file__).with_name(name) for name in ("lambda.txt", "lambda-build.txt"))
#: It is pure Python beside the libvips of its own wheel, and is taken as that: nothing is compiled.
FROM_SOURCE = "pyvips"

#: What stays, whatever is left out, and what is left out.
KEPT = ("*.dist-info/METADATA", "*.dist-info/licenses/*")
LEFT_OUT = (
    "*.dist-info/*",
    *("*.pyi", "*/py.typed", ".lock", "bin/*", "*/__pycache__/*"),
    "cffi/*",  # libvips' binding is compiled, so only the backend is asked for
    *("pyvips/pyvips_build.py", "pyvips/vdecls.py"),  # the same
    *("obstore/fsspec.py", "obstore/auth/*"),
    *(f"firstsight/{folder}/*" for folder in ("aws", "backfill", "carrierwave", "cli", "doctor", "web")),
    *("firstsight/changed.py", "firstsight/plot.py"),
    *(f"firstsight/runtimes/{module}.py" for module in ("asgi", "child", "makers", "makings", "server")),
)
#: The oldest date that a zip can say.
_DATE = (1980, 1, 1, 0, 0, 0)
_FILE_MODE = 0o100644


class BundleFailed(FirstsightError):
    """The bundle could not be made, or what was made would not run on Lambda."""

    code = "bundle-failed"
    title = "Bundle failed"


@dataclass(frozen=True, slots=True)
class Bundle:
    """A bundle that has been written. Sizes are in bytes; `sha256` is that of the zip."""

    path: Path
    zipped: int
    unzipped: int
    sha256: bytes


def make(architecture: str, out: Path, *, config: Path | None = None, bytecode: bool = True) -> Bundle:
    """
    Make the bundle for an architecture, and write it into a folder, with its bill of materials beside it.

    `config` is the settings file that goes in; without it firstsight.toml of the working folder does, if it is there.
    Raises BundleFailed, BadSettings, and NoSuchPython.
    """
    files = {**_installed(architecture), **_own(), **settings_file(config)}
    files = {name: data for name, data in files.items() if is_needed(name)}
    check(files, architecture)
    if bytecode:
        files |= compile_all({name: data.decode() for name, data in files.items() if name.endswith(".py")})
    data = archive(files)
    unzipped = sum(map(len, files.values()))
    if len(data) > MOST_ZIPPED or unzipped > MOST_UNZIPPED:
        raise BundleFailed(
            f"Expected at most {MOST_ZIPPED} bytes zipped and {MOST_UNZIPPED} unzipped, which is what Lambda takes, "
            f"but got {len(data)} and {unzipped}."
        )
    out.mkdir(parents=True, exist_ok=True)
    path = out / f"firstsight-{firstsight.__version__}-{architecture}.zip"
    path.write_bytes(data)
    digest = hashlib.sha256(data).digest()
    path.with_suffix(".cdx.json").write_bytes(sbom.bill(files, architecture, digest))
    return Bundle(path, len(data), unzipped, digest)


def is_needed(name: str) -> bool:
    """Whether the function has a use for a file."""
    return _matches(name, KEPT) or not _matches(name, LEFT_OUT)


def settings_file(config: Path | None) -> dict[str, bytes]:
    """Give the settings file that goes in, if there is one. Raises BadSettings for what is wrong with it."""
    file = config or Path(settings.FILE)
    if config is None and not file.is_file():
        return {}
    settings.load(file, {})
    return {settings.FILE: file.read_bytes()}


def check(files: Mapping[str, bytes], architecture: str) -> None:
    """Look into every library. Raises BundleFailed for one that would not load on Lambda."""
    for name, data in sorted(files.items()):
        if ".so" in Path(name).suffixes:
            wrong = _wrong(data, architecture)
            if wrong:
                raise BundleFailed(
                    f"Expected {name} to be for Lambda on {architecture} but it is {wrong}.",
                    remedy="Remove what replaces the packages of the lock (UV_FIND_LINKS, UV_OVERRIDE and the like).",
                )


def archive(files: Mapping[str, bytes]) -> bytes:
    """Zip files so that the same files give the same bytes: sorted, without times, readable by everyone."""
    zipped = io.BytesIO()
    with zipfile.ZipFile(zipped, "w") as writer:
        for name, data in sorted(files.items()):
            entry = zipfile.ZipInfo(name, _DATE)
            entry.create_system = 3  # Unix, on whatever system this is
            entry.external_attr = _FILE_MODE << 16
            writer.writestr(entry, data, zipfile.ZIP_DEFLATED, 6)
    return zipped.getvalue()


def _matches(name: str, patterns: tuple[str, ...]) -> bool:
    return any(fnmatch.fnmatchcase(name, pattern) for pattern in patterns)


def _wrong(data: bytes, architecture: str) -> str:
    """Say what is wrong with a library, or nothing."""
    try:
        library = elf.read(data)
    except ValueError as error:
        return str(error)
    if library.machine != ARCHITECTURES[architecture]:
        return f"for {library.machine}"
    for family, most in MOST.items():
        needed = library.needs.get(family, ())
        if needed > most:
            return f"in need of {_dotted(family, needed)}, and there is {_dotted(family, most)}"
    return ""


def _dotted(family: str, version: elf.Version) -> str:
    return f"{family}_{'.'.join(map(str, version))}"


def _installed(architecture: str) -> dict[str, bytes]:
    """Install the locked packages into a folder that is read and forgotten."""
    requirements = _requirements()
    source = requirements.pop(FROM_SOURCE)
    with tempfile.TemporaryDirectory() as folder:
        wheels, pure = Path(folder, "wheels"), Path(folder, "pure")
        _install("".join(requirements.values()), wheels, architecture, "--only-binary", ":all:")
        # without the cache, which may hold a build that was linked to a libvips of this machine
        _install(source, pure, architecture, "--no-cache", "--build-constraints", str(BUILD_LOCK))
        return _read(wheels) | {name: data for name, data in _read(pure).items() if name.startswith(FROM_SOURCE)}


def _requirements() -> dict[str, str]:
    """Give the lines of the lock by the package they are for."""
    blocks = re.split(r"^(?=\S)", LOCK.read_text(encoding="utf-8"), flags=re.MULTILINE)
    return {block.partition("==")[0]: block for block in blocks if "==" in block}


def _install(requirements: str, target: Path, architecture: str, *options: str) -> None:
    if importlib.util.find_spec("uv") is None:
        raise BundleFailed(
            "uv is not installed, and it is what installs for Lambda.", remedy="In the checkout: pip install '.[aws]'."
        )
    target.mkdir()
    nothing = target.with_name("no-system-libraries")
    nothing.mkdir(exist_ok=True)
    command = [
        sys.executable,
        "-m",
        "uv",
        "pip",
        "install",
        "--quiet",
        "--python",
        sys.executable,
        "--target",
        str(target),
    ]
    command += ["--python-platform", f"{ARCHITECTURES[architecture]}-manylinux_2_34", "--python-version", VERSION]
    command += ["--no-deps", "--require-hashes", "--requirements", "-", *options]
    environment = os.environ | {"PKG_CONFIG_PATH": "", "PKG_CONFIG_LIBDIR": str(nothing)}
    done = subprocess.run(command, input=requirements, env=environment, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise BundleFailed(
            f"The locked packages could not be installed for {architecture}.",
            remedy="Check the way to the package index; UV_DEFAULT_INDEX or UV_FIND_LINKS name another.",
            log=" ".join(done.stderr.split()),
        )


def _own() -> dict[str, bytes]:
    package = Path(firstsight.__file__).parent
    return {f"{package.name}/{name}": data for name, data in _read(package).items() if name.endswith(".py")}


def _read(folder: Path) -> dict[str, bytes]:
    files = (path for path in sorted(folder.rglob("*")) if path.is_file())
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in files}
