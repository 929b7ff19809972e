"""The canonical URL of a derivative, signed where that is asked for."""

import re
import secrets
import time
from urllib.parse import urlsplit

from firstsight import signing
from firstsight.access import authorize
from firstsight.cli import terminal
from firstsight.cli.terminal import BadUsage
from firstsight.errors import BadPath, BadSettings, Forbidden
from firstsight.grammars import Wanted, building, native, parse, select
from firstsight.http import decode_path, encode_path
from firstsight.image.formats import QUALITIES
from firstsight.records import replace
from firstsight.settings import GrammarName, Key, Settings

_SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86_400, "w": 604_800}


def want(key: str, spec: str, settings: Settings) -> Wanted:
    """
    Read a source key and a spec as the server of these settings would.

    Raises BadPath for what is no key, or is read as something else there, and BadToken for the spec.
    """
    wanted = native.parse_spec(_source(key, settings), spec, settings.presets)
    check(wanted, settings)
    return wanted


def _source(key: str, settings: Settings) -> str:
    """Give a key as the command line has it. Raises BadPath for one that cannot be."""
    try:
        path = encode_path(key.removeprefix("/"))
    except UnicodeEncodeError:
        raise BadPath(f"Expected a key in UTF-8 but got {key!a}.", remedy="Give the file another name.") from None
    return decode_path(path, settings.limits.url_length)


def check(wanted: Wanted, settings: Settings) -> None:
    """Raise BadPath, or BadToken, for what the server of these settings would not read as it is meant."""
    decode_path(encode_path(wanted.key), settings.limits.url_length)
    if signing.split(wanted.key)[0]:
        raise BadPath(
            f"The first segment of '/{wanted.key}' is read as a signature there, because it starts with '~'.",
            remedy="Keep the image under another name.",
        )
    understood = parse(wanted.key, select(settings.grammars), settings.presets, settings.limits.tokens)
    if understood.source != wanted.source:
        raise BadPath(
            f"'/{wanted.key}' is read as {understood.grammar.name} there, with '{understood.source}' as the source.",
            remedy=f"Leave '{understood.grammar.name}' out of `grammars`, or keep the image under another name.",
        )


def address(wanted: Wanted, *, key: Key | None = None, expires: int | None = None, base: str = "") -> str:
    """
    Write the canonical URL below a base, signed with a key if there is one.

    `expires` is in whole seconds since 1970.
    """
    segments = [signing.sign(f"/{wanted.key}", key, expires), wanted.key] if key else [wanted.key]
    return base.rstrip("/") + encode_path("/".join(segments))


def in_dialect(key: str, spec: str, name: str, settings: Settings, *, signed: bool) -> str:
    """
    Write the path of an image in the dialect of another server.

    Raises BadUsage for one that is not written, BadPath for what it has no words for, BadSettings without its keys.
    """
    if name not in building.WRITTEN:
        raise BadUsage(f"'{name}' is not written here.", remedy="Name one of " + ", ".join(building.WRITTEN) + ".")
    dialect = GrammarName(name)
    source = _source(key, settings)
    transform = native.parse_spec(source, spec, settings.presets).transform
    if transform.quality is None and transform.format in QUALITIES:  # the other server may have another default
        transform = replace(transform, quality=QUALITIES[transform.format])
    path = building.build(dialect, source, transform, replace(settings, grammars=(dialect,)))
    if path is None:
        raise BadPath(f"{name} has no words for '{spec}', or not with these settings.", remedy="Use the native URL.")
    return "/" + (building.sign(dialect, path, settings) if signed else path)


def note_refusal(wanted: Wanted, settings: Settings) -> None:
    """Tell it where the settings refuse an unsigned URL."""
    try:
        authorize(wanted, "", settings, time.time())
    except Forbidden as error:
        terminal.note(f"By these settings it is refused. {error.message} {error.remedy}")


def newest_key(settings: Settings) -> Key:
    """Give the key that signs. Raises BadSettings where there is none."""
    if not settings.keys:
        raise BadSettings(
            "There is no key to sign with.",
            remedy=f'Put one into the settings, for example this new one: keys = ["a:{secrets.token_hex(16)}"]',
        )
    return settings.keys[-1]


def expiry(duration: str) -> int:
    """Give the time that lies so far ahead, `2h` say, in whole seconds since 1970. Raises BadUsage."""
    match = re.fullmatch(r"(\d{1,6})([smhdw])", duration)
    if match is None or not int(match[1]):
        raise BadUsage(
            f"Expected a duration such as 90s, 15m, 2h, 7d or 4w for --expires but got '{duration}'.",
            remedy="It is counted from now.",
        )
    return int(time.time()) + int(match[1]) * _SECONDS[match[2]]


def check_base(base: str) -> None:
    """Raise BadUsage for a base that a path cannot follow."""
    parts = urlsplit(base)
    placed = base.startswith("/") or (parts.scheme in ("http", "https") and parts.netloc)
    if base and (not placed or parts.query or parts.fragment or any(character.isspace() for character in base)):
        raise BadUsage(
            f"Expected a base such as https://images.example.com but got '{base}'.",
            remedy="It is what stands before the path; leave --base out to get the path alone.",
        )
