"""
Versions as presets, and in plain words what could not be taken over.

Versions of one name that mean the same everywhere share a preset of that name; else the uploader's name stands before
it. A version that is left out goes on being made by the application, as long as its uploader does not include the
module.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import count

from firstsight import tokens
from firstsight.carrierwave.meaning import USUAL_RELEASE, Engine, NotTaken, finished, meaning, then
from firstsight.carrierwave.reading import Directory, Export, Processor, Uploader, Version
from firstsight.grammars.carrierwave import EXTENSIONS
from firstsight.settings import Preset
from firstsight.transform import Transform

#: The extensions of files that are read here, in lower case.
READ = {*EXTENSIONS, "jpe", "jfif"}


@dataclass(frozen=True, slots=True)
class Remark:
    """A sentence about an uploader or a version for whoever imports it; `left_out` says that it became no preset."""

    place: str
    about: str
    sentence: str
    left_out: bool = False


@dataclass(frozen=True, slots=True)
class Taken:
    """The presets, by name, and remarks on them and on what was left out."""

    presets: Mapping[str, Preset]
    remarks: tuple[Remark, ...]


@dataclass(frozen=True, slots=True)
class _Meant:
    """A version, by its name with those it is nested in, and the directories its files are in."""

    uploader: str
    name: str
    transform: Transform
    directories: tuple[str, ...]


def take(export: Export, existing: Mapping[str, Preset]) -> Taken:
    """
    Make presets of all versions.

    `existing` presets keep their names and what they mean, unless they are versions themselves, made by an earlier
    import. Those keep their versions in directories that this export says nothing of: it may be of some uploaders only.
    """
    meant: list[_Meant] = []
    remarks: list[Remark] = []
    for uploader in export.uploaders:
        remarks += _about(uploader)
        directories, unknown = _directories(uploader)
        remarks += unknown
        for version in _walk(uploader, export):
            if isinstance(version, Remark):
                remarks.append(version)
            elif directories:
                meant.append(_Meant(uploader.name, *version, directories))
            else:
                remarks.append(_by_hand(uploader, *version))
    told = {directory for uploader in export.uploaders for directory in _directories(uploader)[0]}
    others = {
        name: tuple(entry for entry in preset.carrierwave if entry.rpartition("/")[0] not in told)
        for name, preset in existing.items()
    }
    kept = {name: one.transform for name, one in existing.items() if not one.carrierwave or others[name]}
    return Taken(_named(meant, kept, others), tuple(dict.fromkeys(remarks)))


def _named(
    meant: list[_Meant], kept: Mapping[str, Transform], others: Mapping[str, tuple[str, ...]]
) -> dict[str, Preset]:
    """Name the presets; no name ever stands for two transforms, nor for another than it has in the settings."""
    transforms: dict[str, set[Transform]] = {}
    for version in meant:
        transforms.setdefault(_valid(version.name), set()).add(version.transform)
    several = {name for name, found in transforms.items() if len(found) > 1}
    presets: dict[str, Preset] = {}
    for version in meant:
        name = next(
            name
            for name in _names(version)
            if name not in several and not tokens.is_token(name)
            if kept.get(name, version.transform) == version.transform
            if name not in presets or presets[name].transform == version.transform
        )
        entries = tuple(f"{directory}/{version.name}".lstrip("/") for directory in version.directories)
        before = presets[name].carrierwave if name in presets else others.get(name, ())
        presets[name] = Preset(name, version.transform, carrierwave=tuple(dict.fromkeys([*before, *entries])))
    return presets


def _names(version: _Meant) -> Iterator[str]:
    """Give the names that a version's preset may have, the best first: its own, with its uploader's, and numbered."""
    yield _valid(version.name)
    whole = _valid(f"{_snake(version.uploader)}_{version.name}")
    yield whole
    yield from (f"{whole}_{number}" for number in count(2))


def _walk(uploader: Uploader, export: Export) -> Iterator[tuple[str, Transform] | Remark]:
    """Give every version's whole name and transform, or why it is left out."""
    made = _Chains(uploader, export)
    for names, version in _nested(uploader.versions, ()):
        about = ".".join([uploader.name, *names])
        place = version.place or uploader.place
        if version.condition:
            sentence = f"The application still decides when it gives its URL ({version.condition}); here it is made"
            yield Remark(place, about, f"{sentence} whenever it is asked for.")
        try:
            transform = made.of(names)
        except NotTaken as reason:
            yield Remark(place, about, f"Left out: {reason}.", left_out=True)
            continue
        for processor in version.processors:
            if processor.defined:
                yield Remark(processor.place or place, about, _assumed(processor))
        yield "_".join(names), transform


def _by_hand(uploader: Uploader, name: str, transform: Transform) -> Remark:
    sentence = f"As a preset by hand its transform is '{tokens.canonical(transform)}'."
    return Remark(uploader.place, f"{uploader.name}, version {name}", sentence)


def _assumed(processor: Processor) -> str:
    arguments = ", ".join(map(str, processor.arguments))
    call = f"{processor.method}({arguments})" if arguments else processor.method
    return f"'{call}' is taken for what its name says; the method is your own ({processor.defined})."


def _nested(versions: tuple[Version, ...], above: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], Version]]:
    for version in versions:
        yield (*above, version.name), version
        yield from _nested(version.versions, (*above, version.name))


class _Chains:
    """What is done to the original for a version: by those it is nested in or made from first, then by itself."""

    def __init__(self, uploader: Uploader, export: Export) -> None:
        self._versions = dict(_nested(uploader.versions, ()))
        self._export = export

    def of(self, names: tuple[str, ...]) -> Transform:
        """Give a version's transform. Raises NotTaken."""
        version = self._versions[names]
        if version.own_directory:
            raise NotTaken("it is kept in another directory than its original")
        if version.own_name:
            raise NotTaken(f"its file has a name of its own ({version.own_name})")
        return finished(self._chain(names, ()), self._engine(version))

    def _engine(self, version: Version) -> Engine:
        return Engine(version.engine, self._export.major, self._export.image_processing or USUAL_RELEASE)

    def _chain(self, names: tuple[str, ...], above: tuple[tuple[str, ...], ...]) -> Transform:
        version = self._versions.get(names)
        if version is None or names in above:
            raise NotTaken(f"it is made from '{names[-1]}', which there is not")
        whole = Transform()
        source = (*names[:-1], version.from_version) if version.from_version else names[:-1]
        if source:
            whole = self._chain(source, (*above, names))
        for processor in version.processors:
            whole = then(whole, meaning(processor, self._engine(version)))
        return whole


def _about(uploader: Uploader) -> Iterator[Remark]:
    for processor in uploader.processors:
        sentence = f"'{processor.method}' changes the original before it is stored; the application goes on doing so."
        yield Remark(processor.place or uploader.place, uploader.name, sentence)
    unread = [extension for extension in uploader.extensions if extension.lower() not in READ]
    if unread:
        sentence = f"Files that end in {', '.join(unread)} may be uploaded; versions of those are not made here."
        yield Remark(uploader.place, uploader.name, sentence)
    engines = {version.engine for _, version in _nested(uploader.versions, ())}
    if "Vips" in engines:
        for names, version in _nested(uploader.versions, ()):
            if any(p.method == "resize_and_pad" and not p.arguments[2:3] for p in version.processors):
                sentence = "The border is white in a JPEG; Vips made it black where no background is given."
                yield Remark(version.place, ".".join([uploader.name, *names]), sentence)


def _directories(uploader: Uploader) -> tuple[tuple[str, ...], list[Remark]]:
    """Give the directories of an uploader's files, `*` for a segment that is another for each record."""
    found, remarks = [], []
    for directory in uploader.directories:
        pattern = _pattern(directory)
        if pattern is None:
            where = f"{directory.model}.{directory.column}" if directory.model else uploader.name
            reason = directory.reason or "it has another form for each record"
            remarks.append(
                Remark(
                    uploader.place,
                    where,
                    f"Left out: the directory of its files is not known ({reason}). "
                    "Add it by hand to `carrierwave` of the presets.",
                    left_out=True,
                )
            )
        else:
            found.append(pattern)
    return tuple(dict.fromkeys(found)), remarks


def _pattern(directory: Directory) -> str | None:
    segments = [path.strip("/").split("/") for path in directory.store_dirs]
    if not segments or any(len(other) != len(segments[0]) for other in segments):
        return None
    if segments[0] != [""] and any(name in ("", ".", "..") for names in segments for name in names):
        return None  # no store here holds such a key
    parts = [names[0] if len(set(names)) == 1 else "*" for names in zip(*segments, strict=True)]
    return "/".join(parts)


def _snake(name: str) -> str:
    words = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name.replace("::", "_")).lower()
    return words.removesuffix("_uploader")


def _valid(name: str) -> str:
    return re.sub("[^a-z0-9_]", "_", name.lower())
