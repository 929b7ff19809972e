"""
Presets into a settings file, which keeps all else that is in it: its order, its comments, its spacing.
"""

import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import tomlkit
from tomlkit.exceptions import TOMLKitError
from tomlkit.items import InlineTable

from firstsight import tokens
from firstsight.errors import BadSettings
from firstsight.settings import GrammarName, Preset


def merged(text: str, presets: Mapping[str, Preset]) -> str:
    """
    Give the text of a settings file with these presets in it.

    One that is there and was written by an import gets its transform and its versions anew, and one whose versions are
    all another's now goes. Where the file lists the grammars, `carrierwave` is among them afterwards.
    Raises BadSettings for a text that is no TOML, and for one into which they cannot be written.
    """
    try:
        document = tomlkit.parse(text)
    except TOMLKitError as error:
        raise BadSettings("The settings file is not valid TOML.", remedy=str(error)) from error
    grammars = document.get("grammars")
    if isinstance(grammars, list) and GrammarName.CARRIERWAVE not in grammars:
        grammars.append(GrammarName.CARRIERWAVE.value)
    if presets and "presets" not in document:
        document.append("presets", tomlkit.table(is_super_table=True))
    if presets:
        _give_up(document["presets"], presets)
    for preset in presets.values():
        _put(document["presets"], preset)
    text = tomlkit.dumps(document)
    if not _says(text, document.unwrap()):  # a table that was put before dotted names takes these as its own
        raise BadSettings(
            "The presets cannot be written among the dotted names of this settings file.",
            remedy="Write these as tables: [presets.thumb] on a line, and below it transform = ...",
        )
    return text


def _says(text: str, values: Mapping[str, Any]) -> bool:
    try:
        return tomllib.loads(text) == values
    except tomllib.TOMLDecodeError:
        return False


def write(path: Path, presets: Mapping[str, Preset]) -> None:
    """Put presets into a settings file, which is made if it is not there."""
    # bytes, so that the ends of its lines stay as they are; editors on Windows begin a file with a mark
    text = path.read_bytes().decode("utf-8-sig") if path.exists() else ""
    path.write_bytes(merged(text, presets).encode("utf-8"))


def _give_up(table: Any, presets: Mapping[str, Preset]) -> None:
    """Take versions away from presets that had them by an earlier import, under another name."""
    owners = {version: preset.name for preset in presets.values() for version in preset.carrierwave}
    for name, there in list(table.items()):
        versions = there.get("carrierwave", []) if isinstance(there, dict) else []
        left = [version for version in versions if owners.get(version, name) == name]
        if versions and not left:
            del table[name]
        elif len(left) < len(versions):
            there["carrierwave"] = left


def _put(table: Any, preset: Preset) -> None:
    values = {"transform": tokens.canonical(preset.transform), "carrierwave": list(preset.carrierwave)}
    there = table.get(preset.name)
    if isinstance(there, dict):
        there.pop("format", None)  # the transform has it
        for name, value in values.items():
            if there.get(name) != value:
                there[name] = value
        return
    if there is not None:
        del table[preset.name]
    inline = isinstance(table, InlineTable)  # `presets = { ... }`, which holds no other tables
    made: Any = tomlkit.inline_table() if inline else tomlkit.table()
    for name, value in values.items():
        made.add(name, value)
    if not inline:
        made.add(tomlkit.nl())
    table[preset.name] = made
