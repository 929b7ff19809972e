"""The settings file: names that are known, values that hold, presets that do not clash."""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from typing import Any

from firstsight import tokens
from firstsight.doctor import when
from firstsight.doctor.check import Check, Said
from firstsight.doctor.facts import Facts
from firstsight.doctor.finding import Verdict
from firstsight.settings import PRESET, SETTINGS, Access, GrammarName, Settings
from firstsight.settings.values import SECTIONS


def unknown(facts: Facts) -> Said | None:
    """Every name is known."""
    found = list(_unknown(facts.file.data))
    if not found:
        return None
    lines = tuple(f"{name}: did you mean {near}?" if near else name for name, near in found)
    near = found[0][1]
    remedy = f"Write {near} in place of {found[0][0]}." if near else f"Delete {found[0][0]}."
    return Said(
        f"{facts.file.path} has a name that no setting has: {found[0][0]}.",
        lines,
        f"{remedy} All names: docs/reference/settings.md.",
    )


def wrong(facts: Facts) -> Said | None:
    """Every value holds."""
    if not facts.file.refused:
        return None
    return Said(facts.file.refused, (f"read from {facts.file.path} and FIRSTSIGHT_*",), facts.file.remedy)


def clash(facts: Facts) -> Said | None:
    """No two presets are the same, or read as each other."""
    found = [*_same(when.settings(facts)), *_within(when.settings(facts))]
    if not found:
        return None
    return Said(
        "Presets clash.",
        tuple(found),
        "Rename one of them, or keep one only; links to it change with it.",
        Verdict.WARNING,
    )


def nothing(facts: Facts) -> Said | None:
    """There is something that may be asked for."""
    settings = when.settings(facts)
    if "access" not in facts.file.data and facts.local.sources is not None:
        return None  # a server that only this machine reaches is open until somebody decides
    if settings.access is Access.PRESETS and not settings.presets and not settings.sizes:
        return Said(
            "Nothing may be asked for: access is by presets, and there are none.",
            ('access = "presets"', "presets: none", "sizes: none"),
            "Add a [presets.NAME] with a transform, or `sizes`.",
            Verdict.WARNING,
        )
    if settings.access is Access.SIGNED and not settings.keys:
        return Said(
            "Nothing can be signed: access is by signature, and there is no key.",
            ('access = "signed"', "keys: none"),
            "firstsight keys new makes one.",
        )
    return None


def _unknown(data: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Give each name that is not known, with the nearest that is."""
    rows = [row.name for row in SETTINGS]
    top = {*(name for name in rows if "." not in name), *SECTIONS, "presets"}
    for name, value in data.items():
        if name not in top:
            yield name, _nearest(name, top)
        elif name in SECTIONS and isinstance(value, Mapping):
            within = {row.partition(".")[2] for row in rows if row.startswith(f"{name}.")}
            yield from ((f"{name}.{key}", _nearest(key, within)) for key in value if key not in within)
    presets = data.get("presets", {})
    for preset, table in presets.items() if isinstance(presets, Mapping) else ():
        known = {row.name for row in PRESET}
        for key in table if isinstance(table, Mapping) else ():
            if key not in known:
                yield f"presets.{preset}.{key}", _nearest(key, known)


def _nearest(name: str, known: set[str]) -> str:
    return next(iter(tokens.nearest(name, sorted(known))), "")


def _same(settings: Settings) -> Iterator[str]:
    groups: dict[str, list[str]] = defaultdict(list)
    for preset in settings.presets.values():
        groups[tokens.canonical(preset.transform)].append(preset.name)
    for canonical, names in groups.items():
        if len(names) > 1:
            yield f"{' and '.join(names)} are the same transform, {canonical}: each image is made and stored twice"


def _within(settings: Settings) -> Iterator[str]:
    """Say which names read in two ways in CarrierWave's file names, `thumb_small_cat.jpg`."""
    if GrammarName.CARRIERWAVE not in settings.grammars:
        return
    for short in settings.presets:
        for long in settings.presets:
            if long.startswith(f"{short}_"):
                rest = long.removeprefix(f"{short}_")
                yield f"{long}_cat.jpg is {long} of cat.jpg, and also {short} of {rest}_cat.jpg"


CHECKS = (
    Check(
        "settings-unknown",
        "Every name in the settings file is known.",
        "A misspelt setting would have no effect, so nothing starts with one.",
        when.always,
        unknown,
        ("settings-wrong",),
    ),
    Check(
        "settings-wrong",
        "Every setting holds.",
        "Neither the server nor the function starts with settings that do not hold.",
        when.always,
        wrong,
    ),
    Check(
        "presets-clash",
        "No two presets clash.",
        "A name that reads in two ways is taken for one of them, and not always for the one that was meant.",
        when.settled,
        clash,
    ),
    Check(
        "settings-allow-nothing",
        "There is something that may be asked for.",
        "Every request is answered with 403.",
        when.settled,
        nothing,
    ),
)
