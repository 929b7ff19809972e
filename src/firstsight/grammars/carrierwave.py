"""
CarrierWave: `/<directory>/<version>_<file>`, the names that its uploaders give to versions.

| in the path                        | here                                                            |
|------------------------------------|-----------------------------------------------------------------|
| `uploads/user/avatar/7/thumb_x.jpg`| the version `thumb` of `uploads/user/avatar/7/x.jpg`            |
| `.../thumb_mini_x.jpg`             | the version `mini` nested in `thumb`, or `thumb` of `mini_x.jpg`|
| the extension                      | the format, unless the preset has one                           |
| `.../x.jpg`                        | the original, byte for byte                                     |

The versions in a directory are those that `carrierwave` of the presets lists for it; if several of the listed
directories match, the most particular one counts.

A path can be read in several ways, and what is stored decides which is meant. First comes a file of exactly that name,
because an original may itself be called `thumb_x.jpg`, and versions that CarrierWave has stored are served as they are.
Then comes each version, the longest name first. CarrierWave 3 changes the extension of a version that it converts, so
the original of such a version is looked for under all known extensions.
"""

from collections.abc import Iterable, Iterator, Mapping

from firstsight import tokens
from firstsight.grammars.wanted import Grammar, Wanted
from firstsight.records import replace
from firstsight.settings import Preset, Settings
from firstsight.transform import Format, Transform

#: What an original may end in when its version has been converted, the likeliest first.
EXTENSIONS = ("jpg", "jpeg", "png", "JPG", "JPEG", "PNG", "webp", "gif", "avif", "tif", "tiff", "svg")


def parse(path: str, presets: Mapping[str, Preset]) -> Wanted | None:
    """Read a path in one of the directories that presets have versions for."""
    directory, slash, file = path.rpartition("/")
    versions = versions_in(directory, presets.values())
    if not versions or not file:
        return None
    itself = Wanted(GRAMMAR, path, Transform(), untouched=True, path=path)
    made = tuple(_made(path, directory + slash, file, versions))
    if not made:
        return itself
    return replace(made[0], readings=(itself, *made))


def build(wanted: Wanted) -> str:
    """Give the path as it was written; it cannot be built from the rest, which lacks the version's name."""
    return wanted.path


def versions_in(directory: str, presets: Iterable[Preset]) -> dict[str, Preset]:
    """Give the versions of a directory by name, the longest first."""
    found: dict[int, dict[str, Preset]] = {}
    for preset in presets:
        for entry in preset.carrierwave:
            pattern, _, name = entry.rpartition("/")
            rank = _match(pattern, directory)
            if rank is not None:
                found.setdefault(rank, {})[name] = preset
    best = found[max(found)] if found else {}
    return dict(sorted(best.items(), key=lambda item: (-len(item[0]), item[0])))


def names(source: str, presets: Mapping[str, Preset]) -> Iterator[str]:
    """Give every path that a version of a source may have, with both extensions where it is converted."""
    directory, slash, file = source.rpartition("/")
    for version, preset in versions_in(directory, presets.values()).items():
        path = f"{directory}{slash}{version}_{file}"
        yield path
        stem, dot, extension = path.rpartition(".")
        own = preset.transform.format
        if own is not Format.AUTO and dot and extension != own.value:
            yield f"{stem}.{own.value}"


def _match(pattern: str, directory: str) -> int | None:
    """Count the segments that a pattern has in common with a directory, or give None for one that it does not match."""
    wanted, given = pattern.split("/"), directory.split("/")
    if len(given) != len(wanted) or any(a not in ("*", b) for a, b in zip(wanted, given, strict=True)):
        return None
    return sum(segment != "*" for segment in wanted)


def _made(path: str, folder: str, file: str, versions: Mapping[str, Preset]) -> Iterator[Wanted]:
    for version, preset in versions.items():
        rest = file.removeprefix(f"{version}_")
        if rest == file or not rest:
            continue
        stem, dot, extension = rest.rpartition(".")
        own = preset.transform.format
        format = own if own is not Format.AUTO else _format(extension)
        transform = replace(preset.transform, format=format)
        yield Wanted(GRAMMAR, folder + rest, transform, preset, path=path)
        if dot and own is not Format.AUTO and _format(extension) is own:
            for other in EXTENSIONS:
                if other != extension:
                    yield Wanted(GRAMMAR, f"{folder}{stem}.{other}", transform, preset, path=path)


def _names(source: str, settings: Settings) -> Iterator[str]:
    return names(source, settings.presets)


def _format(extension: str) -> Format:
    return tokens.FORMAT_NAMES.get(extension.lower(), Format.JPEG)


GRAMMAR = Grammar(
    "carrierwave",
    "/<directory>/<version>_<file>",
    parse,
    build,
    _names,
)
