"""What the dialects of other image servers need to know: keys, sources, and how strictly they are read."""

import re
from enum import StrEnum
from typing import Any

from firstsight.records import dataclass, field
from firstsight.settings.readers import items


class Flavour(StrEnum):
    """Whose defaults the thumbor dialect has."""

    THUMBOR = "thumbor"
    IMAGOR = "imagor"


class Digest(StrEnum):
    """The hashes that sign the thumbor dialect."""

    SHA1 = "sha1"
    SHA256 = "sha256"
    SHA512 = "sha512"


@dataclass(frozen=True, slots=True)
class Dialects:
    """What holds for URLs of other image servers. The keys are never shown, not even in a traceback."""

    lenient: bool = False
    auto_format: bool = False
    sources: tuple[tuple[str, str], ...] = ()
    thumbor: Flavour = Flavour.THUMBOR
    thumbor_oriented: bool = False
    thumbor_keys: tuple[str, ...] = field(default=(), repr=False)
    thumbor_digest: Digest = Digest.SHA1
    thumbor_length: int = 0
    imgproxy_keys: tuple[tuple[bytes, bytes], ...] = field(default=(), repr=False)
    imgproxy_signature_bytes: int = 32
    dit_keys: tuple[str, ...] = field(default=(), repr=False)


def source_table(value: Any) -> tuple[tuple[str, str], ...]:
    """Read `["https://img.example.com/=uploads/", ...]`: prefixes of addresses and the prefixes of keys they are."""
    found = []
    for word in items(value):
        prefix, equals, key = word.rpartition("=") if isinstance(word, str) else ("", "", "")
        if not equals or not prefix or key.startswith("/"):
            raise ValueError(
                'a list of prefixes and what they stand for, such as ["https://img.example.com/=uploads/"]'
            )
        found.append((prefix, key))
    return tuple(found)


def secrets(value: Any) -> tuple[str, ...]:
    """Read a list of secrets."""
    words = items(value)
    if not all(isinstance(word, str) and word for word in words):
        raise ValueError('a list of secrets, such as ["MY_SECURE_KEY"]')
    return tuple(words)


def key_pairs(value: Any) -> tuple[tuple[bytes, bytes], ...]:
    """Read `["<key>:<salt>", ...]`, both in hexadecimal digits."""
    found = []
    for word in items(value):
        match = re.fullmatch(r"((?:[0-9a-fA-F]{2})+):((?:[0-9a-fA-F]{2})*)", word) if isinstance(word, str) else None
        if match is None:
            raise ValueError('a list of keys and salts in hexadecimal digits, such as ["736563726574:68656c6c6f"]')
        found.append((bytes.fromhex(match[1]), bytes.fromhex(match[2])))
    return tuple(found)
