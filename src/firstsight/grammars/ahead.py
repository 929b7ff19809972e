"""
The names under which a preset's derivatives are stored when they are made before anybody asks.

| grammars                    | a preset's derivative of a source is called                                         |
|-----------------------------|-------------------------------------------------------------------------------------|
| carrierwave                 | each of its versions in the source's directory, under both extensions it may have   |
| native                      | `<source key>/<preset>.<format>`, where it has no such version                      |
| thumbor, imgproxy, dit      | without native: as they store it, `<source key>/<spec>.<format>`                    |
| classic, image_optimization | without native: as they spell it, if they can                                       |
"""

from collections.abc import Iterable, Iterator

from firstsight.errors import BadToken
from firstsight.grammars import carrierwave, grammar
from firstsight.grammars.wanted import Wanted
from firstsight.settings import GrammarName, Preset, Settings
from firstsight.transform import Format

#: The formats that browsers name in Accept, the most frequent first: both, WebP alone, or neither.
NEGOTIATED = (frozenset({Format.AVIF, Format.WEBP}), frozenset({Format.WEBP}), frozenset[Format]())

_SPELLED = (GrammarName.THUMBOR, GrammarName.IMGPROXY, GrammarName.DIT)
_READ_BACK = (GrammarName.CLASSIC, GrammarName.IMAGE_OPTIMIZATION)


def wanted_ahead(source: str, presets: Iterable[Preset], settings: Settings) -> tuple[Wanted, ...]:
    """Give what presets want of a source. One whose format is `auto` stands for a derivative in each format."""
    return tuple(wanted for preset in presets for wanted in _of(source, preset, settings))


def _of(source: str, preset: Preset, settings: Settings) -> Iterator[Wanted]:
    versions = tuple(_versions(source, preset)) if GrammarName.CARRIERWAVE in settings.grammars else ()
    if versions:
        yield from versions
    elif GrammarName.NATIVE in settings.grammars:
        yield Wanted(grammar(GrammarName.NATIVE), source, preset.transform, preset)
    elif any(name in settings.grammars for name in _SPELLED):
        yield Wanted(grammar(GrammarName.NATIVE), source, preset.transform)
    else:
        for name in _READ_BACK:
            if name in settings.grammars:
                yield from _read_back(source, preset, name)


def _versions(source: str, preset: Preset) -> Iterator[Wanted]:
    presets = {preset.name: preset}
    for path in carrierwave.names(source, presets):
        read = carrierwave.parse(path, presets)
        readings = read.readings if read is not None else ()
        yield from (one for one in readings if one.source == source and not one.untouched)


def _read_back(source: str, preset: Preset, name: GrammarName) -> Iterator[Wanted]:
    """Spell the preset in a grammar that can spell little, and give it if reading it again gives the same."""
    wanted = Wanted(grammar(name), source, preset.transform)
    try:
        read = wanted.grammar.parse(wanted.key, {})
    except (BadToken, KeyError):
        return
    if read is not None and (read.source, read.transform) == (source, preset.transform):
        yield wanted
