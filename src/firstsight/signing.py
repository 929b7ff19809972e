"""
Signatures: `/~<key id>.<mac>/<canonical path>`, or `/~<key id>.<expiry>.<mac>/<canonical path>`.

The MAC is HMAC-SHA256 (RFC 2104) with the key's secret over the decoded canonical path with its leading slash, in
UTF-8, cut to 16 bytes and written in base64url without padding. With an expiry, whole seconds since 1970, the text that
is signed is the expiry, a colon, and the path. The path is the one a redirect to the canonical URL would lead to, so a
signature names one derivative and no other. A source key cannot start with `~`.
"""

import re
from collections.abc import Sequence

from firstsight.errors import BadSignature, SignatureExpired
from firstsight.settings import Key

#: One text for each signature: no zeros in front of an expiry.
_FORM = re.compile(r"~([A-Za-z0-9]+)\.(?:(0|[1-9][0-9]{0,11})\.)?([A-Za-z0-9_-]{22})")


def split(path: str) -> tuple[str, str]:
    """Split a decoded path without its leading slash into the signature segment, or nothing, and the rest."""
    first, slash, rest = path.partition("/")
    return (first, rest) if slash and first.startswith("~") else ("", path)


def sign(path: str, key: Key, expires: int | None = None) -> str:
    """Give the signature segment for a canonical path (with its leading slash), valid until `expires` or for ever."""
    middle = "" if expires is None else f"{expires}."
    return f"~{key.id}.{middle}{_mac(path, key, expires)}"


def verify(path: str, signature: str, keys: Sequence[Key], now: float) -> None:
    """
    Check a signature segment against a canonical path with its leading slash.

    Raises BadSignature when it is not of the right form or not one of the keys', SignatureExpired when its time is
    over.
    """
    match = _FORM.fullmatch(signature)
    if match is None:
        raise BadSignature(
            "Expected a path that starts with '~' to start with a signature, "
            "~<key id>.<mac> or ~<key id>.<expiry>.<mac>."
        )
    import hmac  # only here and below: most requests of a function have no signature, and it takes 3 ms to load

    name, expiry, mac = match.groups()
    expires = None if expiry is None else int(expiry)
    candidates = [key for key in keys if key.id == name]
    if not any(hmac.compare_digest(mac, _mac(path, key, expires)) for key in candidates):
        raise BadSignature("The signature is not valid for this path.")
    if expires is not None and now >= expires:
        raise SignatureExpired("The signature was valid until a time that has passed.")


def _mac(path: str, key: Key, expires: int | None) -> str:
    import base64
    import hashlib
    import hmac

    text = path if expires is None else f"{expires}:{path}"
    mac = hmac.new(key.secret, text.encode(), hashlib.sha256).digest()[:16]
    return base64.urlsafe_b64encode(mac).decode().rstrip("=")
