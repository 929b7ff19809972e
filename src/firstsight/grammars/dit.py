"""
AWS's Dynamic Image Transformation v7, which was the Serverless Image Handler.

| the request                                           | here                                                     |
|-------------------------------------------------------|----------------------------------------------------------|
| `/<base64 of {"bucket", "key", "edits", ...}>`        | the edits, sharp's words: see dit_edits.py               |
| `/fit-in/400x0/filters:fill(ffffff)/<key>`            | the same edits in thumbor's words: see dit_filters.py    |
| `/<key>`, where no other grammar reads it             | the source in its own format                             |
| `?format, fit, width, height, rotate, flip, flop, grayscale` | edits; a size in a query replaces all of `resize` |
| `?signature`                                          | HMAC-SHA256 over the path and the sorted rest of the query|
| `?expires=YYYYMMDDTHHmmssZ`                           | until when the URL is valid                              |

Its defaults are sharp's: cover, enlarged where needed, black behind `contain`. It leaves the orientation to the viewer;
here it is always followed.
"""

import base64
import binascii
import json
import re
from typing import Any
from urllib.parse import parse_qsl

from firstsight.errors import BadPath, BadToken
from firstsight.grammars.bare import is_bare
from firstsight.grammars.dialect import Dialect, Notes, RawUrl, build, decoded, source_format
from firstsight.grammars.dit_edits import read_edits
from firstsight.grammars.dit_filters import Path, split
from firstsight.grammars.native import GRAMMAR as NATIVE
from firstsight.grammars.proof import Proof, mac
from firstsight.grammars.sources import locate, watermark
from firstsight.grammars.wanted import Wanted
from firstsight.settings import Settings
from firstsight.transform import Format

_QUERY = ("format", "fit", "width", "height", "rotate", "flip", "flop", "grayscale", "greyscale")


def read(url: RawUrl, settings: Settings, notes: Notes) -> Wanted | None:
    """Read a path in base64 or in thumbor's words, or one that only a query makes this dialect's."""
    path = decoded(url.path)
    query = dict(parse_qsl(url.query, keep_blank_values=True))
    request = _in_base64(path)
    if request is not None:
        name, edits, format = _request(request)
        notes.add(path, f"the source '{name}'")
    else:
        found = split(path)
        if not found.edits and not query.keys() & {*_QUERY, "signature", "expires"} and not is_bare(path, settings):
            return None
        name, edits, format = _named(found), found.edits, ""
        for word, known in found.refused:
            notes.refuse(word, known)
        notes.add(path, f"the source '{name}'")
    edits = {**edits, **_edits_of(query, notes)}
    source = locate(name, settings)
    changes = read_edits(
        edits,
        format,
        source_format(source, settings),
        notes,
        lambda bucket, key: watermark(f"s3://{bucket}/{key}" if bucket else key, settings),
    )
    if source.lower().endswith(".svg") and changes["format"] is Format.AUTO and edits:
        changes["format"] = Format.PNG
    return Wanted(NATIVE, source, build(changes, path), proof=_proof(url, path, query, settings))


def sign(path: str, query: dict[str, str], secret: str) -> str:
    """Give the signature of a path with its leading slash, and the rest of its query."""
    pairs = "&".join(f"{name}={value}" for name, value in sorted(query.items()) if name != "signature")
    text = f"{path}?{pairs}" if pairs else path
    return mac("sha256", secret.encode(), text.encode("utf-8", "surrogateescape")).hex()


def _in_base64(path: str) -> dict[str, Any] | None:
    if not re.fullmatch(r"(?:[0-9a-zA-Z+/]{4})*(?:[0-9a-zA-Z+/]{2}==|[0-9a-zA-Z+/]{3}=)?", path) or not path:
        return None
    try:
        request = json.loads(base64.b64decode(path))
    except (binascii.Error, ValueError, RecursionError):
        return None
    return request if isinstance(request, dict) else None


def _request(request: dict[str, Any]) -> tuple[str, dict[str, Any], str]:
    key, bucket, edits = request.get("key"), request.get("bucket"), request.get("edits") or {}
    if not isinstance(key, str) or not (bucket is None or isinstance(bucket, str)) or not isinstance(edits, dict):
        raise BadPath('Expected a request such as {"key": "cat.jpg", "edits": {}}.', remedy="Name the source as `key`.")
    format = request.get("outputFormat") or ""
    if not isinstance(format, str):
        raise BadToken("outputFormat", "the name of a format as 'outputFormat'")
    return (f"s3://{bucket}/{key.lstrip('/')}" if bucket else key), edits, format


def _named(path: Path) -> str:
    return f"s3://{path.bucket}/{path.key}" if path.bucket else path.key


def _edits_of(query: dict[str, str], notes: Notes) -> dict[str, Any]:
    edits: dict[str, Any] = {}
    for name, value in query.items():
        if name in ("width", "height", "fit"):
            edits.setdefault("resize", {})[name] = value or None
        elif name == "format":
            edits["toFormat"] = value
        elif name == "rotate":
            edits["rotate"] = value or None
        elif name in _QUERY:
            edits["grayscale" if name == "greyscale" else name] = value.lower() not in ("0", "false", "")
        elif name not in ("signature", "expires"):
            notes.add(f"{name}={value}", "nothing")
    return edits


def _proof(url: RawUrl, path: str, query: dict[str, str], settings: Settings) -> Proof:
    signature = query.get("signature", "")
    paths = {f"/{url.path}"} if "%25" in url.path else {f"/{url.path}", f"/{path}"}
    expected = (
        tuple(sign(each, query, secret) for secret in settings.dialects.dit_keys for each in sorted(paths))
        if signature
        else ()
    )
    return Proof("dialects.dit_keys", signature, expected, _expiry(query["expires"]) if "expires" in query else None)


def _expiry(text: str) -> int:
    from datetime import UTC, datetime  # only here: few URLs have one

    match = re.fullmatch(r"(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z", text, re.ASCII)
    try:
        if match is None:
            raise ValueError(text)
        return int(datetime(*map(int, match.groups()), tzinfo=UTC).timestamp())  # type: ignore[misc, arg-type] # six
    except ValueError:
        raise BadToken(f"expires={text}", "a time in UTC such as 20300102T120304Z") from None


DIALECT = Dialect("dit", "/<base64 of a request> or /<words>/filters:<filters>/<key>?<edits>", read)
