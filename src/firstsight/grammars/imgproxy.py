"""
imgproxy: `/<signature>/<option>:<arguments>/.../plain/<address>[@<format>]`, or `.../<base64 address>[.<format>]`.

    /unsafe/rs:fill:300:400/g:sm/plain/s3://bucket/key.jpg@webp
    /<signature>/w:300/aHR0cHM6Ly9leGFtcGxl/LmNvbS9hLmpwZw.webp

The signature is an HMAC-SHA256 of the salt and the path after it, from its slash on, as it came or decoded; without
keys in the settings it is any text and proves nothing. What the options mean is in imgproxy_options.py.
"""

import base64
import binascii
import re

from firstsight.errors import BadPath
from firstsight.grammars import imgproxy_options as options
from firstsight.grammars.dialect import Dialect, Notes, RawUrl, build, decoded, source_format, with_quality
from firstsight.grammars.imgproxy_chosen import Options
from firstsight.grammars.native import GRAMMAR as NATIVE
from firstsight.grammars.proof import Proof, mac
from firstsight.grammars.sources import locate
from firstsight.grammars.wanted import Wanted
from firstsight.records import replace
from firstsight.settings import Settings
from firstsight.tokens import FORMAT_NAMES
from firstsight.transform import Format

#: The quality where a URL names none; ours is 80 for JPEG too.
QUALITIES = {Format.WEBP: 79, Format.AVIF: 63}


def read(url: RawUrl, settings: Settings, notes: Notes) -> Wanted | None:
    """Read a path with a signature, options, and an address that is plain or in base64."""
    signature, slash, rest = url.path.partition("/")
    if not slash or ":" in signature or not signature:
        return None
    segments = rest.split("/")
    count = next((index for index, segment in enumerate(segments) if ":" not in segment), len(segments))
    given, address = segments[:count], segments[count:]
    if not address or not (given or address[0] == "plain" or _is_base64(address)):
        return None
    if given and options.name_of(given[0]) is None and address[0] != "plain":
        return None
    notes.add(signature, "the signature")
    chosen = Options()
    if "default" in settings.presets:
        chosen.use("default", settings, notes)
    for segment in given:
        options.read(chosen, decoded(segment), settings, notes)
    name, extension = _plain(address[1:]) if address[0] == "plain" and len(address) > 1 else _base64(address)
    source = locate(name, settings)
    notes.add("/".join(address), f"the source '{source}'")
    if extension:
        options.read(chosen, f"format:{extension}", settings, notes)
    return _wanted(signature, rest, source, chosen, settings, notes)


def sign(path: str, key: bytes, salt: bytes, length: int = 32) -> str:
    """Give the signature of a path, which starts with a slash."""
    made = mac("sha256", key, salt, path.encode("utf-8", "surrogateescape"))
    return base64.urlsafe_b64encode(made[:length]).decode().rstrip("=")


def _wanted(signature: str, rest: str, source: str, chosen: Options, settings: Settings, notes: Notes) -> Wanted:
    changes = chosen.settle(notes)
    preset = settings.presets[chosen.presets[0]] if len(chosen.presets) == 1 else None
    if chosen.base is not None:
        if "format" not in changes and chosen.base.format is Format.AUTO:
            changes["format"] = source_format(source, settings)
        transform = build({field: getattr(chosen.base, field) for field in chosen.base.__slots__} | changes, rest)
    else:
        changes.setdefault("format", source_format(source, settings))
        changes = with_quality(changes, QUALITIES | chosen.qualities)
        transform = build(changes, rest)
    proof = Proof("dialects.imgproxy_keys")
    if settings.dialects.imgproxy_keys and signature not in ("unsafe", "insecure", "_"):
        length = settings.dialects.imgproxy_signature_bytes
        texts = _spellings(rest)
        expected = [
            sign(f"/{text}", key, salt, length) for key, salt in settings.dialects.imgproxy_keys for text in texts
        ]
        proof = replace(proof, signature=signature, expected=tuple(expected))
    if chosen.expires is not None:
        proof = replace(proof, expires=chosen.expires)
    kind = FORMAT_NAMES.get(source.rpartition(".")[2].lower())
    skipped = kind in chosen.skipped and chosen.values.get("format", kind) is kind
    found = Wanted(NATIVE, source, transform, preset, proof=proof, filename=chosen.filename, attached=chosen.attached)
    # the source itself is no preset, whatever else the URL names
    return replace(found, untouched=True, preset=None) if chosen.raw or skipped else found


def _spellings(rest: str) -> list[str]:
    """Give what may have been signed: the path as it is, with both slashes of the address, and decoded."""
    whole = re.sub(r"(^|/)(plain/[A-Za-z0-9+.-]+):/(?=[^/])", r"\1\2://", rest)
    found = [rest, whole]
    if "%25" not in rest:  # or what is decoded could be decoded once more
        found += [decoded(rest), decoded(whole)]
    return list(dict.fromkeys(found))


def _plain(segments: list[str]) -> tuple[str, str]:
    name, *extensions = "/".join(segments).split("@")
    if len(extensions) > 1:
        raise BadPath("Expected one format after the address.", remedy="Write a '@' of the address as %40.")
    return decoded(name), "".join(extensions)


def _base64(segments: list[str]) -> tuple[str, str]:
    encoded, *extensions = "".join(segments).split(".")
    if len(extensions) > 1:
        raise BadPath("Expected one format after the address.", remedy="Write it as <base64>.<format>.")
    text = encoded.rstrip("=")
    try:
        if not re.fullmatch("[A-Za-z0-9_-]+", text):
            raise ValueError(text)
        return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)).decode(), "".join(extensions)
    except (binascii.Error, ValueError):
        raise BadPath(
            "Expected 'plain/' and an address, or an address in base64.",
            remedy="Write it in base64url, cut by slashes if you like.",
        ) from None


def _is_base64(segments: list[str]) -> bool:
    """Whether this is no path of another form: what it decodes to is a name, and the format one of imgproxy's."""
    try:
        name, extension = _base64(segments)
    except BadPath:
        return False
    return name.isprintable() and ("/" in name or "." in name) and (not extension or extension in FORMAT_NAMES)


DIALECT = Dialect("imgproxy", "/<signature>/<options>/plain/<address>@<format>", read)
