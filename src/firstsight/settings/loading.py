"""From firstsight.toml and FIRSTSIGHT_* to Settings. The environment wins over the file."""

import os
import re
from collections.abc import Collection, Mapping
from typing import TYPE_CHECKING, Any

from firstsight import records, tokens
from firstsight.errors import BadSettings, BadToken
from firstsight.settings.rows import PREFIX, PRESET, SETTINGS, Setting
from firstsight.settings.values import SECTIONS, Preset, Settings
from firstsight.transform import Format

if TYPE_CHECKING:
    from pathlib import Path  # loaded only where there is a file: it takes 2 ms of a cold start

#: The file that is read where none is named.
FILE = "firstsight.toml"

#: What Kubernetes gives FIRSTSIGHT_PORT to all that run beside a service called firstsight, the server itself included.
_LINK = re.compile("(?:tcp|udp|sctp)://")

_ROWS = {row.name: row for row in SETTINGS}


def load(
    path: "Path | str | None" = None,
    environ: Mapping[str, str] | None = None,
    *,
    defaults: Mapping[str, Any] | None = None,
    **overrides: Any,
) -> Settings:
    """
    Read the file, then the environment, then what was given as arguments (None is not given).

    Without a path, firstsight.toml in the working folder is read if it is there; `defaults` hold where none of these
    says anything.
    Raises BadSettings naming the setting, what was expected and what was got.
    """
    data = _read_file(path or FILE) if path is not None or os.path.isfile(FILE) else {}
    variables = _variables(os.environ if environ is None else environ)
    given = {name: value for name, value in overrides.items() if value is not None}
    return from_dict({**(defaults or {}), **data}, variables | given, called_by_variable=variables.keys() - given)


def _read_file(path: "Path | str") -> dict[str, Any]:
    import tomllib  # only here: a function on Lambda mostly has its settings in the environment
    from pathlib import Path

    try:
        return tomllib.loads(Path(path).read_text(encoding="utf-8-sig"))  # editors on Windows begin it with a mark
    except OSError as error:
        raise BadSettings(f"The settings file '{path}' cannot be read.", remedy=str(error.strerror)) from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise BadSettings(f"The settings file '{path}' is not valid TOML.", remedy=str(error)) from error


def from_dict(
    data: Mapping[str, Any],
    overrides: Mapping[str, Any] | None = None,
    *,
    called_by_variable: Collection[str] = (),
) -> Settings:
    """
    Build settings from what a settings file holds, with overrides by dotted name.

    Raises BadSettings, which calls a setting by its environment variable where that is said.
    """
    flat = {name: value for name, value in data.items() if name not in ("presets", *SECTIONS)}
    for section in SECTIONS:
        flat |= {f"{section}.{name}": value for name, value in _table(data, section).items()}
    flat |= overrides or {}
    values = {name: _read(name, value, _ROWS, by_variable=name in called_by_variable) for name, value in flat.items()}
    presets = {name: _preset(name, value) for name, value in _table(data, "presets").items()}
    _check_versions(presets)
    sections: dict[str, Any] = {
        section: build(**{name.split(".")[1]: v for name, v in values.items() if name.startswith(f"{section}.")})
        for section, build in SECTIONS.items()
    }
    rest = {name: value for name, value in values.items() if "." not in name}
    return Settings(**rest, **sections, presets=presets)


def _variables(environ: Mapping[str, str]) -> dict[str, str]:
    """Give what the environment sets, by the setting's name. One that is no setting but looks like one is refused."""
    known = {row.variable.removeprefix(PREFIX): row.name for row in SETTINGS}
    found = {name.removeprefix(PREFIX): value for name, value in environ.items() if name.startswith(PREFIX)}
    for name in found.keys() - known:
        # Others have variables of this prefix too: Kubernetes gives FIRSTSIGHT_SERVICE_HOST to a service's neighbours.
        if near := tokens.nearest(name, known, 0.75):
            raise BadSettings(f"There is no setting '{PREFIX}{name}'.", remedy=f"Did you mean '{PREFIX}{near[0]}'?")
    return {known[name]: value for name, value in found.items() if name in known and not _LINK.match(value)}


def _table(data: Mapping[str, Any], name: str) -> dict[str, Any]:
    table = data.get(name, {})
    if not isinstance(table, dict):
        raise BadSettings(
            f"Expected a table [{name}] but got {table!r}.", remedy=f"Write [{name}] on a line of its own."
        )
    return table


def _read(name: str, value: Any, rows: Mapping[str, Setting], *, by_variable: bool = False) -> Any:
    row = rows.get(name)
    if row is None:
        near = tokens.nearest(name, rows)
        raise BadSettings(
            f"There is no setting '{name}'.",
            remedy=f"Did you mean '{near[0]}'?" if near else f"Known are {', '.join(rows)}.",
        )
    called = row.variable if by_variable else name
    try:
        return row.read(value)
    except BadToken as error:
        raise BadSettings(f"In '{called}': {error.message}", remedy=error.remedy) from error
    except ValueError as error:
        got = "a value that is not shown" if row.secret else repr(value)
        raise BadSettings(
            f"Expected {error} for '{called}' but got {got}.",
            remedy=f"For example: {row.assignment if by_variable else row.line}",
        ) from error


def _preset(name: str, value: Any) -> Preset:
    table = {"transform": value} if isinstance(value, str) else value
    where = f"presets.{name}"
    if not re.fullmatch("[a-z0-9_]+", name):
        raise BadSettings(
            f"Expected a preset's name of a-z, 0-9 and _ but got '{name}'.", remedy="Choose another name."
        )
    if tokens.is_token(name):
        raise BadSettings(f"The preset's name '{name}' reads as a token.", remedy="Choose another name.")
    rows = {f"{where}.{row.name}": records.replace(row, name=f"{where}.{row.name}") for row in PRESET}
    if not isinstance(table, dict) or "transform" not in table:
        example = rows[f"{where}.transform"].line
        raise BadSettings(f"Expected a 'transform' in [{where}].", remedy=f"For example: {example}")
    values = {key: _read(f"{where}.{key}", value, rows) for key, value in table.items()}
    transform, format = values["transform"], values.get("format", Format.AUTO)
    if format is not Format.AUTO and transform.format not in (Format.AUTO, format):
        raise BadSettings(
            f"In [{where}] the transform has the format {transform.format.value}, and `format` is {format.value}.",
            remedy="Leave one of them out.",
        )
    if format is not Format.AUTO:
        transform = records.replace(transform, format=format)
    return Preset(name, transform, values.get("eager", False), values.get("carrierwave", ()))


def _check_versions(presets: Mapping[str, Preset]) -> None:
    owners: dict[str, str] = {}
    for preset in presets.values():
        for version in preset.carrierwave:
            other = owners.setdefault(version, preset.name)
            if other != preset.name:
                raise BadSettings(
                    f"Both [presets.{other}] and [presets.{preset.name}] are the version '{version}' of CarrierWave.",
                    remedy="Take it out of `carrierwave` of one of them.",
                )
