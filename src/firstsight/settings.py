"""
What the operator decides: firstsight.toml and FIRSTSIGHT_* into one frozen Settings.

SETTINGS is the whole of it: a row names, reads, defaults and documents one setting. The environment wins over the file.
"""

import dataclasses
import difflib
import os
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import Enum
from pathlib import Path
from typing import Any

from firstsight import tokens
from firstsight.errors import BadSettings, BadToken
from firstsight.transform import Format, Transform

#: The file that is read where none is named.
FILE = "firstsight.toml"


class Topology(Enum):
    """How requests reach the function on AWS: S3's website, CloudFront, or the function alone."""

    WEBSITE = "website"
    CDN = "cdn"
    DIRECT = "direct"


@dataclass(frozen=True, slots=True)
class Preset:
    """A transform that the operator has named. `eager` presets are made when the source arrives."""

    name: str
    transform: Transform
    eager: bool = False


@dataclass(frozen=True, slots=True)
class Key:
    """A signing key. Its secret is never shown, not even in a traceback."""

    id: str
    secret: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Limits:
    """How much one request may cost. Where a limit is met the error names it."""

    source_bytes: int = 100_000_000
    source_pixels: int = 100_000_000
    output_pixels: int = 25_000_000
    frames: int = 500
    animation_pixels: int = 100_000_000
    seconds: float = 10
    url_length: int = 2_000


@dataclass(frozen=True, slots=True)
class Aws:
    """What holds on AWS only."""

    topology: Topology = Topology.DIRECT
    public_url: str = ""


#: The tables of the settings file that are not presets.
SECTIONS: dict[str, type[Limits] | type[Aws]] = {"limits": Limits, "aws": Aws}


@dataclass(frozen=True, slots=True)
class Settings:
    """All settings, validated. The rows of SETTINGS say what each means."""

    source: str = "."
    derivatives: str = ""
    grammars: tuple[str, ...] = ("native", "classic")
    access: str = "presets"
    sizes: tuple[tuple[int, int], ...] = ()
    keys: tuple[Key, ...] = ()
    presets: Mapping[str, Preset] = field(default_factory=dict)
    limits: Limits = Limits()
    cache_control: str = "public, max-age=3600"
    damaged: str = "strict"
    metadata: str = "strip"
    svg: bool = False
    host: str = "127.0.0.1"
    port: int = 8000
    workers: int = 1
    renders: int = 0
    queue: int = 64
    aws: Aws = Aws()


@dataclass(frozen=True, slots=True)
class Setting:
    """
    One row: a dotted name in the file, the reader of its value, and its help.

    `read` takes what TOML or the environment gives and raises ValueError saying what was expected.
    """

    name: str
    read: Callable[[Any], Any]
    help: str
    example: str

    @property
    def variable(self) -> str:
        """The environment variable that overrides it."""
        return "FIRSTSIGHT_" + self.name.replace(".", "_").upper()

    @property
    def default(self) -> Any:
        """What holds where it is not set."""
        section, _, name = self.name.rpartition(".")
        return getattr(SECTIONS[section]() if section else Settings(), name)


def text(value: Any) -> str:
    """Read a text."""
    if not isinstance(value, str):
        raise ValueError("a text in quotes")
    return value


def one_of(*choices: str) -> Callable[[Any], str]:
    """Read one of these words."""

    def read(value: Any) -> str:
        if value not in choices:
            raise ValueError("one of " + ", ".join(f'"{choice}"' for choice in choices))
        return str(value)

    return read


def some_of(*choices: str) -> Callable[[Any], tuple[str, ...]]:
    """Read a list of these words; in the environment they are joined by commas."""

    def read(value: Any) -> tuple[str, ...]:
        words = _list(value)
        if not words or not all(word in choices for word in words):
            raise ValueError("a list of some of " + ", ".join(f'"{choice}"' for choice in choices))
        return tuple(words)

    return read


def number(low: float, high: float, *, whole: bool = True) -> Callable[[Any], Any]:
    """Read a number in a range."""

    def read(value: Any) -> Any:
        try:
            result = float(value) if not isinstance(value, bool) else None
        except (TypeError, ValueError):
            result = None
        if result is None or not low <= result <= high or (whole and result != int(result)):
            kind = "a whole number" if whole else "a number"
            raise ValueError(f"{kind} from {tokens.number_text(low)} to {tokens.number_text(high)}")
        return int(result) if whole else result

    return read


def truth(value: Any) -> bool:
    """Read true or false."""
    words = {"true": True, "1": True, "yes": True, "false": False, "0": False, "no": False}
    result = value if isinstance(value, bool) else words.get(str(value).lower())
    if result is None:
        raise ValueError("true or false")
    return result


def sizes(value: Any) -> tuple[tuple[int, int], ...]:
    """Read `["300x200", ...]`."""
    found = []
    for word in _list(value):
        box = tokens.SIZE.read(word) if isinstance(word, str) else None
        if box is None or None in box.values():
            raise ValueError('a list of sizes such as ["300x200", "90x90"]')
        found.append((box["width"], box["height"]))
    return tuple(found)


def keys(value: Any) -> tuple[Key, ...]:
    """Read `["id:secret", ...]`, oldest first; the newest, the last, signs."""
    found = []
    for word in _list(value):
        name, colon, secret = word.partition(":") if isinstance(word, str) else ("", "", "")
        if not colon or not name.isalnum() or len(secret) < 16:
            raise ValueError('a list of keys such as ["a:<at least 16 characters>"], oldest first')
        found.append(Key(name, secret.encode()))
    return tuple(found)


def _list(value: Any) -> list[Any]:
    if isinstance(value, str):
        return [word.strip() for word in value.split(",") if word.strip()]
    if not isinstance(value, list):
        raise ValueError("a list")
    return value


SETTINGS: tuple[Setting, ...] = (
    Setting(
        "source", text, "The store of the sources: a folder, or a URL such as s3://bucket/prefix.", '"s3://my-photos"'
    ),
    Setting(
        "derivatives",
        text,
        "The store of the derivatives. Empty: the user's cache folder for a local source, else the source's own store.",
        '"s3://my-photos-made"',
    ),
    Setting("grammars", some_of("native", "classic"), "The URL dialects that are understood.", '["native", "classic"]'),
    Setting(
        "access",
        one_of("presets", "signed", "open"),
        "Who may ask for what. presets: only presets, with dpr up to 3 and any format, and the listed sizes; "
        "signed: also anything with a valid signature; open: anything.",
        '"presets"',
    ),
    Setting("sizes", sizes, "Classic sizes that are allowed beside the presets.", '["300x300", "90x90"]'),
    Setting(
        "keys",
        keys,
        "Signing keys, each an id and a secret of at least 16 characters joined by a colon, oldest first; the last signs.",
        '["a:change-me-to-a-long-secret"]',
    ),
    Setting("cache_control", text, "The Cache-Control of derivatives.", '"public, max-age=86400"'),
    Setting(
        "damaged",
        one_of("strict", "best_effort"),
        "What to do with a source that is cut or damaged: refuse it, or show what can be decoded.",
        '"strict"',
    ),
    Setting(
        "metadata",
        one_of("strip", "copyright", "profile"),
        "What a derivative keeps of the source's metadata. strip: nothing; copyright: the EXIF artist and copyright, "
        "where the format holds EXIF; profile: the colours stay in the space of the embedded profile, which is kept, "
        "instead of being converted to sRGB. Never where a picture was taken.",
        '"copyright"',
    ),
    Setting("svg", truth, "Whether SVG sources are drawn. Nothing they refer to is loaded.", "false"),
    Setting("host", text, "The address the server listens on.", '"127.0.0.1"'),
    Setting("port", number(0, 65535), "The port the server listens on; 0 takes a free one.", "8000"),
    Setting("workers", number(1, 256), "Server processes.", "2"),
    Setting("renders", number(0, 256), "Images made at the same time in a process; 0 is one a processor.", "2"),
    Setting(
        "queue", number(0, 100_000), "Images that may wait to be made in a process; one more is answered 503.", "64"
    ),
    Setting(
        "aws.topology",
        lambda value: Topology(one_of(*(topology.value for topology in Topology))(value)),
        "How requests reach the function: website (S3's 404 rule redirects to it, and it redirects back), "
        "cdn (CloudFront asks it for what S3 does not have) or direct.",
        '"cdn"',
    ),
    Setting(
        "aws.public_url",
        text,
        "Where derivatives are served: the address of the website or of the CDN, without a slash at the end.",
        '"https://img.example.com"',
    ),
    Setting("limits.source_bytes", number(1, 10**12), "Bytes of a source file.", "100000000"),
    Setting("limits.source_pixels", number(1, 10**10), "Pixels of a source, width times height.", "100000000"),
    Setting("limits.output_pixels", number(1, 10**10), "Pixels of a result, width times height.", "25000000"),
    Setting("limits.frames", number(1, 10**6), "Frames of an animation that is kept moving.", "500"),
    Setting(
        "limits.animation_pixels",
        number(1, 10**11),
        "Pixels of all frames of an animation together; beyond this or `frames` the first frame is given.",
        "100000000",
    ),
    Setting(
        "limits.seconds",
        number(0.1, 900, whole=False),
        "Seconds a request may take, the store's answer included.",
        "10",
    ),
    Setting("limits.url_length", number(50, 100_000), "Bytes of a path.", "2000"),
)

_ROWS = {row.name: row for row in SETTINGS}


def load(
    path: Path | None = None,
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
    file = path or Path(FILE)
    data: dict[str, Any] = {}
    if path is not None or file.is_file():
        try:
            data = tomllib.loads(file.read_text(encoding="utf-8"))
        except OSError as error:
            raise BadSettings(f"The settings file '{file}' cannot be read.", remedy=str(error.strerror)) from error
        except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
            raise BadSettings(f"The settings file '{file}' is not valid TOML.", remedy=str(error)) from error
    environment = os.environ if environ is None else environ
    variables = {row.name: environment[row.variable] for row in SETTINGS if row.variable in environment}
    given = {name: value for name, value in overrides.items() if value is not None}
    return from_dict({**(defaults or {}), **data}, variables | given)


def from_dict(data: Mapping[str, Any], overrides: Mapping[str, Any] | None = None) -> Settings:
    """Build settings from what a settings file holds, with overrides by dotted name. Raises BadSettings."""
    flat = {name: value for name, value in data.items() if name not in ("presets", *SECTIONS)}
    for section in SECTIONS:
        flat |= {f"{section}.{name}": value for name, value in _table(data, section).items()}
    flat |= overrides or {}
    values = {name: _read(name, value) for name, value in flat.items()}
    presets = {name: _preset(name, value) for name, value in _table(data, "presets").items()}
    sections: dict[str, Any] = {
        section: build(**{name.split(".")[1]: v for name, v in values.items() if name.startswith(f"{section}.")})
        for section, build in SECTIONS.items()
    }
    rest = {name: value for name, value in values.items() if "." not in name}
    return Settings(**rest, **sections, presets=presets)


def _table(data: Mapping[str, Any], name: str) -> dict[str, Any]:
    table = data.get(name, {})
    if not isinstance(table, dict):
        raise BadSettings(
            f"Expected a table [{name}] but got {table!r}.", remedy=f"Write [{name}] on a line of its own."
        )
    return table


def _read(name: str, value: Any) -> Any:
    row = _ROWS.get(name) or _unknown(name, list(_ROWS))
    try:
        return row.read(value)
    except ValueError as error:
        got = "a value that is not shown" if name == "keys" else repr(value)
        raise BadSettings(
            f"Expected {error} for '{name}' but got {got}.", remedy=f"For example: {row.example}"
        ) from error


def _unknown(name: str, known: list[str]) -> Any:
    near = difflib.get_close_matches(name, known, 1)
    raise BadSettings(
        f"There is no setting '{name}'.",
        remedy=f"Did you mean '{near[0]}'?" if near else f"Known are {', '.join(known)}.",
    )


def _preset(name: str, value: Any) -> Preset:
    table = {"transform": value} if isinstance(value, str) else value
    where = f"presets.{name}"
    if not name.replace("_", "a").isalnum() or name != name.lower() or not name.isascii():
        raise BadSettings(
            f"Expected a preset's name of a-z, 0-9 and _ but got '{name}'.", remedy="Choose another name."
        )
    if tokens.is_token(name) or name in (tokens.FULL, tokens.INFO):
        raise BadSettings(f"The preset name '{name}' is also a token.", remedy="Choose another name.")
    if not isinstance(table, dict) or not isinstance(table.get("transform"), str):
        raise BadSettings(
            f"Expected a 'transform' in [{where}].", remedy=f'For example: transform = "200x200-smart" in [{where}].'
        )
    unknown = sorted(table.keys() - {"transform", "format", "eager"})
    if unknown:
        _unknown(f"{where}.{unknown[0]}", [f"{where}.{known}" for known in ("transform", "format", "eager")])
    try:
        transform = tokens.parse(table["transform"])
        if "format" in table:
            transform = dataclasses.replace(
                transform, format=Format(tokens.FORMAT_ALIASES.get(table["format"], table["format"]))
            )
        return Preset(name, transform, truth(table.get("eager", False)))
    except BadToken as error:
        raise BadSettings(f"In [{where}]: {error.message}", remedy=error.remedy) from error
    except ValueError as error:
        raise BadSettings(f"In [{where}]: {error}.", remedy="See docs/reference/settings.md.") from error
