"""`firstsight import imgproxy|thumbor|dit FILE`: the configuration of another image server as settings."""

import tomllib
from pathlib import Path
from typing import Any

import tomlkit
from tomlkit.exceptions import TOMLKitError

from firstsight.cli import peers, terminal
from firstsight.cli.terminal import BadUsage
from firstsight.errors import BadSettings
from firstsight.settings import FILE, from_dict
from firstsight.settings.values import OWN_GRAMMARS


def import_peer(peer: str, files: list[str], config: Path | None, *, dry_run: bool) -> None:
    """Read a configuration and write what it means into the settings file, which keeps all else that is in it."""
    if len(files) != 1:
        raise BadUsage(
            f"Expected one file to import from {peer} but got {len(files)}.",
            remedy="An environment file, a thumbor.conf, or the variables of a function as JSON.",
        )
    taken = peers.take(peer, Path(files[0]).read_text(encoding="utf-8-sig"))
    path = config or Path(FILE)
    text = merged(path.read_bytes().decode("utf-8-sig") if path.exists() else "", taken)
    from_dict(tomllib.loads(text))  # before anything is written
    console = terminal.out()
    for name, what in taken.taken:
        console.print(f"{name}: {what}", soft_wrap=True)
    for name, sentence in taken.left:
        console.print(f"{name} {sentence}.", soft_wrap=True)
    if not dry_run:
        path.write_bytes(text.encode("utf-8"))
        console.print(f"Written to {path}.", soft_wrap=True)


def merged(text: str, taken: peers.Taken) -> str:
    """Give the text of a settings file with what has been taken over in it. Raises BadSettings for what is no TOML."""
    try:
        document: Any = tomlkit.parse(text)
    except TOMLKitError as error:
        raise BadSettings("The settings file is not valid TOML.", remedy=str(error)) from error
    grammars = list(document.get("grammars", [name.value for name in OWN_GRAMMARS]))
    document["grammars"] = [*grammars, *(name for name in taken.settings["grammars"] if name not in grammars)]
    for name, value in taken.settings.items():
        section, _, key = name.rpartition(".")
        if name != "grammars":
            table = document.setdefault(section, tomlkit.table()) if section else document
            table[key] = value
    if taken.presets:
        presets = document.setdefault("presets", tomlkit.table())
        for name, spec in taken.presets.items():
            if isinstance(presets.get(name), dict):  # an import writes texts, so a person has made this one
                taken.left.append((f"presets.{name}", "is in the settings file already, and stays as it is there"))
            else:
                presets[name] = spec
    return tomlkit.dumps(document)
