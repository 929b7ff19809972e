"""What this machine has: Python, libvips, packages, the settings file, and the folders that the settings name."""

import importlib.metadata
import os
import platform
import re
import shutil
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Any

from firstsight.errors import FirstsightError
from firstsight.places import derivatives_url
from firstsight.settings import FILE, Settings, load
from firstsight.stores import open_store

#: How many keys of a folder are looked at.
SOME_KEYS = 2000
_REQUIREMENT = re.compile(r"(?P<name>[A-Za-z0-9._-]+)(?:\[[^\]]*\])?\s*>=\s*(?P<least>[\d.]+)(?P<rest>.*)")


@dataclass(frozen=True, slots=True)
class File:
    """The settings file as it is written, and why it, or the environment, gives no settings."""

    path: str
    exists: bool = False
    data: Mapping[str, Any] = field(default_factory=dict)
    refused: str = ""
    remedy: str = ""


@dataclass(frozen=True, slots=True)
class Folder:
    """A folder that the settings name. `free` is in bytes, on its disk; `keys` are some of what it holds."""

    path: str
    exists: bool = True
    readable: bool = True
    writable: bool = True
    free: int = 0
    keys: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Package:
    """A package that is needed, the version that is installed (nothing where none is), and the least that will do."""

    name: str
    installed: str
    least: str


@dataclass(frozen=True, slots=True)
class Local:
    """This machine, as far as it matters."""

    python: str = ""
    libvips: str = ""
    reads: tuple[str, ...] = ()
    writes: tuple[str, ...] = ()
    #: Why libvips does not load.
    broken: str = ""
    packages: tuple[Package, ...] = ()
    sources: Folder | None = None
    derivatives: Folder | None = None


def settings(config: Path | None) -> tuple[File, Settings | None]:
    """Read the settings, and the file as it is written whatever is wrong with it."""
    path = config or Path(FILE)
    try:
        data = tomllib.loads(path.read_text("utf-8")) if path.is_file() else {}
    except (OSError, ValueError):
        data = {}  # load says what is wrong with it
    found = File(str(path), path.is_file(), data)
    try:
        return found, load(config)
    except FirstsightError as error:
        return File(str(path), path.is_file(), data, error.message, error.remedy), None


def read(settings: Settings | None) -> Local:
    """Look at this machine."""
    version, reads, writes, broken = _libvips()
    sources, derivatives = _folders(settings) if settings else (None, None)
    return Local(platform.python_version(), version, reads, writes, broken, tuple(_packages()), sources, derivatives)


def _libvips() -> tuple[str, tuple[str, ...], tuple[str, ...], str]:
    try:
        from firstsight.image import installed

        return installed.libvips(), installed.read(), installed.written(), ""
    except (ImportError, OSError) as error:
        return "", (), (), f"{type(error).__name__}: {error}"


def _packages() -> Iterator[Package]:
    """Give what our own package needs, by its metadata."""
    try:
        needed = importlib.metadata.requires("firstsight") or []
    except importlib.metadata.PackageNotFoundError:  # a checkout that is not installed
        needed = []
    for one in needed:
        match = _REQUIREMENT.match(one)
        rest = match["rest"] if match else ""
        if not match or "sys_platform" in rest or ("extra" in rest and "aws" not in rest):
            continue
        try:
            installed = importlib.metadata.version(match["name"])
        except importlib.metadata.PackageNotFoundError:
            if "extra" in rest:
                continue  # nobody needs it who does not deploy; who does is told that AWS cannot be read
            installed = ""
        yield Package(match["name"], installed, match["least"])


def _folders(settings: Settings) -> tuple[Folder | None, Folder | None]:
    path = _path(settings.source)
    sources = _folder(path) if path else None
    try:
        kept = derivatives_url(settings, open_store(settings.source))
    except FirstsightError:
        kept = settings.derivatives
    below = _path(kept) if kept else None
    return sources, _folder(below, keys=False) if below else None


def _path(url: str) -> Path | None:
    if "://" in url and not url.startswith("file://"):
        return None
    return Path(url.removeprefix("file://")).expanduser()


def _folder(path: Path, *, keys: bool = True) -> Folder:
    there = path
    while not there.exists() and there != there.parent:
        there = there.parent
    return Folder(
        str(path),
        exists=path.is_dir(),
        readable=os.access(path, os.R_OK | os.X_OK),
        writable=os.access(there, os.W_OK | os.X_OK),
        free=shutil.disk_usage(there).free,
        keys=tuple(islice(_files(path), SOME_KEYS)) if keys and path.is_dir() else (),
    )


def _files(path: Path) -> Iterator[str]:
    for folder, folders, names in os.walk(path):
        folders.sort()
        yield from (Path(folder, name).relative_to(path).as_posix() for name in sorted(names))
