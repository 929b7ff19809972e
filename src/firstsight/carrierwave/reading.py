"""What exporter.rb writes, as values."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from firstsight.errors import FirstsightError

#: The form of the JSON that is understood; exporter.rb has the same number.
FORM = 1


class BadExport(FirstsightError):
    """The file is not what exporter.rb writes, or the exporter could not run."""

    code = "bad-export"
    title = "Bad export"
    remedy = "Make it anew with exporter.rb of this version: firstsight import carrierwave --exporter prints it."


@dataclass(frozen=True, slots=True)
class Processor:
    """
    One `process` of an uploader or a version.

    `place` is the file and line it stands in; `defined` is where the application defines the method, or nothing for
    one of CarrierWave's own; `condition` is where its `if:` or `unless:` is, or nothing.
    """

    method: str
    arguments: tuple[Any, ...]
    place: str
    defined: str
    condition: str


@dataclass(frozen=True, slots=True)
class Version:
    """A version and those nested in it. `own_name` is where the application names its file, or nothing."""

    name: str
    engine: str
    from_version: str
    condition: str
    place: str
    own_directory: bool
    own_name: str
    processors: tuple[Processor, ...]
    versions: "tuple[Version, ...]"


@dataclass(frozen=True, slots=True)
class Directory:
    """Where a model's files are: for two records that differ in their id only. Without any, `reason` says why."""

    model: str
    column: str
    store_dirs: tuple[str, ...]
    reason: str


@dataclass(frozen=True, slots=True)
class Uploader:
    """
    An uploader. Its own processors change the original before it is stored, and go on doing so.

    `extensions` are those of the files that may be uploaded, as far as it names them.
    """

    name: str
    place: str
    extensions: tuple[str, ...]
    processors: tuple[Processor, ...]
    directories: tuple[Directory, ...]
    versions: tuple[Version, ...]


@dataclass(frozen=True, slots=True)
class Export:
    """
    All uploaders, and the releases that they run with.

    Of CarrierWave the first number, and of the gem image_processing the first two, or nothing where there is none.
    """

    major: int
    image_processing: tuple[int, int] | None
    uploaders: tuple[Uploader, ...]


def read(text: str) -> Export:
    """Read the exporter's JSON. Raises BadExport."""
    try:
        data = json.loads(text)
        form = data["form"]
        if form != FORM:
            raise BadExport(f"Expected an export of the form {FORM} but got {form}.")
        release, second = (data.get(name) or "" for name in ("carrierwave", "image_processing"))
        numbers = [int(number) for number in second.split(".")[:2]] if second else []
        gem = (numbers[0], numbers[1]) if numbers else None
        return Export(int(release.split(".")[0]), gem, tuple(map(_uploader, data["uploaders"])))
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise BadExport("Expected the JSON that exporter.rb writes.", log=f"{type(error).__name__}: {error}") from error


def _uploader(data: Mapping[str, Any]) -> Uploader:
    return Uploader(
        data["name"],
        data["place"] or data["name"],
        tuple(data.get("extensions") or ()),
        tuple(map(_processor, data["processors"])),
        tuple(map(_directory, data["directories"])),
        tuple(map(_version, data["versions"])),
    )


def _version(data: Mapping[str, Any]) -> Version:
    return Version(
        data["name"],
        data["engine"] or "",
        data["from_version"] or "",
        _condition(data["condition"]),
        data["place"] or "",
        data["own_directory"],
        data["own_name"] or "",
        tuple(map(_processor, data["processors"])),
        tuple(map(_version, data["versions"])),
    )


def _processor(data: Mapping[str, Any]) -> Processor:
    return Processor(
        data["method"],
        tuple(data["arguments"]),
        data["place"] or "",
        data["defined"] or "",
        _condition(data["condition"]),
    )


def _directory(data: Mapping[str, Any]) -> Directory:
    return Directory(
        data.get("model") or "", data.get("column") or "", tuple(data["store_dirs"]), data.get("reason") or ""
    )


def _condition(data: Mapping[str, Any] | None) -> str:
    return "" if data is None else data.get("code") or data.get("method") or "?"
