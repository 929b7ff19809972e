"""
What a shared library is made for, read from its ELF headers.

System V Application Binary Interface, chapters 4 and 5; the versions of symbols after the Linux Standard Base,
"Symbol Versioning". Libraries of 64 bits and little-endian only, which all of Lambda's are.
"""

import re
import struct
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

Version = tuple[int, ...]

#: The architectures in the words that Linux has for them, by `e_machine`.
_MACHINES = {62: "x86_64", 183: "aarch64"}
#: The section that tells which versions of other libraries' symbols are needed.
_VERNEED = 0x6FFFFFFE
_HEADER = struct.Struct("<16sHHIQQQIHHHHHH")
_SECTION = struct.Struct("<IIQQQQIIQQ")
_NEED = struct.Struct("<HHIII")
_NEEDED = struct.Struct("<IHHII")
_NUMBERED = re.compile(r"([A-Z]+)_(\d+(?:\.\d+)*)\Z")


@dataclass(frozen=True, slots=True)
class Library:
    """The machine that a library runs on, and the highest version of each family of symbols that it needs."""

    machine: str
    #: By family: `{"GLIBC": (2, 28), "GLIBCXX": (3, 4, 22)}`.
    needs: Mapping[str, Version]


def read(data: bytes) -> Library:
    """Read the headers of a library. Raises ValueError for what is no ELF of this kind, or is cut short."""
    if data[:6] != b"\x7fELF\x02\x01":
        raise ValueError("no little-endian ELF of 64 bits")
    try:
        header = _HEADER.unpack_from(data)
        needs: dict[str, Version] = {}
        for family, version in _versions(data, header):
            needs[family] = max(version, needs.get(family, ()))
    except struct.error as error:
        raise ValueError("an ELF that is cut short") from error
    return Library(_MACHINES.get(header[2], f"machine {header[2]}"), needs)


def _versions(data: bytes, header: tuple[int, ...]) -> Iterator[tuple[str, Version]]:
    start, size, count = header[6], header[11], header[12]
    if not count:
        raise ValueError("an ELF without sections, which does not tell what it needs")
    sections = [_SECTION.unpack_from(data, start + i * size) for i in range(count)]
    for section in sections:
        if section[1] == _VERNEED:
            names = sections[section[6]][4]
            yield from filter(None, (_numbered(_text(data, names + name)) for name in _needed(data, section[4])))


def _needed(data: bytes, at: int) -> Iterator[int]:
    """Walk the libraries, and within each the versions: where their names are among the texts."""
    following = 1
    while following:
        _, _, _, first, following = _NEED.unpack_from(data, at)
        inner, more = at + first, 1
        while more:
            _, _, _, name, more = _NEEDED.unpack_from(data, inner)
            yield name
            inner += more
        at += following


def _text(data: bytes, at: int) -> str:
    return data[at : data.index(b"\0", at)].decode("ascii", "replace")


def _numbered(name: str) -> tuple[str, Version] | None:
    found = _NUMBERED.match(name)
    return (found[1], tuple(map(int, found[2].split(".")))) if found else None
