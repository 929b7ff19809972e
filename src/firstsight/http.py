"""HTTP as values: requests, responses, and the rules of RFC 9110 and 9111 that an image service needs. No IO."""

import json
import re
import sys
from collections.abc import Mapping
from typing import Any

from firstsight import percent
from firstsight.errors import BadPath, FirstsightError, MethodNotAllowed
from firstsight.records import dataclass, field
from firstsight.transform import Format

if sys.version_info >= (3, 12):  # as Python's own `random` does: hashlib brings all of OpenSSL along, 3 ms to load
    from _sha2 import sha256
else:
    from hashlib import sha256


@dataclass(frozen=True, slots=True)
class Request:
    """
    What was asked.

    `path` is percent-encoded as it came, with its leading slash, and `query` is what followed its `?`; header names are
    lower case; `seconds` is how long the answer may take where the runtime has a deadline of its own.
    """

    path: str
    method: str = "GET"
    headers: Mapping[str, str] = field(default_factory=dict)
    seconds: float | None = None
    query: str = ""


@dataclass(frozen=True, slots=True)
class Response:
    """
    What is answered. Header names are as they are sent; `facts` are for the log only.
    """

    status: int
    headers: Mapping[str, str]
    body: bytes = b""
    facts: Mapping[str, Any] = field(default_factory=dict)


#: Sent with every answer, so that a browser neither guesses another media type nor runs anything in it.
SAFE_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; sandbox",
}


#: The control characters of ASCII and of Latin-1; a terminal that shows a log would obey both.
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]")


def check_method(method: str) -> None:
    """Raise MethodNotAllowed for anything but GET and HEAD."""
    if method not in ("GET", "HEAD"):
        raise MethodNotAllowed(f"Expected GET or HEAD but got {method[:20]}.")


def check_length(text: str, max_length: int) -> None:
    """Raise BadPath for a path, or a path and its query, that is too long."""
    if len(text) > max_length:
        raise BadPath(
            f"Expected a path of at most {max_length} bytes but got {len(text)}.",
            remedy="Use a preset, or raise limits.url_length.",
        )


def decode_path(path: str, max_length: int) -> str:
    """
    Decode a path once, without its leading slash, and refuse what no key can be.

    Raises BadPath for a path that is too long, not UTF-8, or has an empty segment, `.`, `..` or a control character.
    """
    check_length(path, max_length)
    try:
        key = percent.decode(path).decode().removeprefix("/")
    except UnicodeError:
        raise BadPath("Expected a path in UTF-8.", remedy="Percent-encode the bytes of the UTF-8 text.") from None
    return check_key(key)


def check_key(key: str) -> str:
    """Give a key as it is. Raises BadPath for one with an empty segment, `.`, `..` or a control character."""
    if _CONTROL.search(key):
        raise BadPath("Expected no control characters in the path.", remedy="Name the source by its key.")
    if key and not {"", ".", ".."}.isdisjoint(key.split("/")):
        raise BadPath("Expected no empty segment, '.' or '..' in the path.", remedy="Name the source by its key.")
    return key


def encode_path(key: str) -> str:
    """Percent-encode a key for a URL, with a leading slash."""
    return "/" + percent.encode(key, safe="/!$&'()*,;=:@")


def accepted(accept: str) -> frozenset[Format]:
    """
    Give which of AVIF and WebP an Accept header names outright.

    Ranges such as `image/*` do not count, because clients that cannot decode these formats send them too.
    """
    found = set()
    for part in accept.lower().split(","):
        media_type, *parameters = (piece.strip() for piece in part.split(";"))
        refused = any(p.startswith("q=") and not p[2:].strip("0.") for p in parameters)
        if not refused and media_type in ("image/avif", "image/webp"):
            found.add(Format(media_type.removeprefix("image/")))
    return frozenset(found)


def digest(*parts: str) -> str:
    """Give a short name for texts, the same on every machine."""
    return sha256("\n".join(parts).encode()).hexdigest()[:20]


def matches(if_none_match: str, etag: str) -> bool:
    """Whether an If-None-Match header names this strong ETag, by RFC 9110's weak comparison (13.1.2)."""
    tags = [tag.strip() for tag in if_none_match.split(",")]
    return tags == ["*"] or any(tag.removeprefix("W/") == etag for tag in tags)


def server_timing(stages: Mapping[str, float]) -> str:
    """Write seconds by stage as a Server-Timing header (milliseconds)."""
    return ", ".join(f"{name};dur={seconds * 1000:.1f}" for name, seconds in stages.items())


def shortened(cache_control: str, seconds: int) -> str:
    """Give a Cache-Control by which nothing is kept for longer than so many seconds."""

    def shorter(found: "re.Match[str]") -> str:
        return f"{found[1]}={min(int(found[2]), seconds)}"

    directives = (part.strip() for part in cache_control.split(","))
    kept = ", ".join(part for part in directives if part.lower() != "immutable")
    return re.sub(r"\b(max-age|s-maxage|stale-while-revalidate)=(\d+)", shorter, kept, flags=re.IGNORECASE)


def error_response(error: FirstsightError) -> Response:
    """Render an error as RFC 9457 problem details, cached for as long as the error says."""
    headers = {
        "Content-Type": "application/problem+json",
        "Cache-Control": "no-store" if error.max_age is None else f"public, max-age={error.max_age}",
        **error.headers,
        **SAFE_HEADERS,
    }
    return Response(error.status, headers, json.dumps(error.problem()).encode())
