"""Signing keys: read from a list, or from where they are kept, and then again every now and then."""

import logging
import re
import threading
import time
from collections.abc import Iterable, Sequence
from typing import Any, overload

from firstsight import references
from firstsight.errors import BadSettings
from firstsight.settings.readers import items
from firstsight.settings.values import Key

#: Seconds after which keys that are kept elsewhere are read again.
REFRESH = 300
_WANTED = 'a list of keys such as ["a:<at least 16 characters>"], each id of letters and digits, or a reference'


def keys(value: Any) -> Sequence[Key]:
    """Read `["id:secret", ...]`, or a reference to a text of such keys."""
    if isinstance(value, str) and references.is_reference(value):
        return KeysElsewhere(value)
    return _parsed(items(value))


class KeysElsewhere(Sequence[Key]):
    """
    The keys that a reference leads to, separated by commas or lines.

    They are read when they are first needed, and again whenever they are needed more than REFRESH seconds later. If
    reading fails the first time, BadSettings is raised; later the earlier keys stay in use.
    """

    def __init__(self, reference: str) -> None:
        self.reference = reference
        self._keys: tuple[Key, ...] | None = None
        self._read_at = 0.0
        self._lock = threading.Lock()

    def _now(self) -> tuple[Key, ...]:
        with self._lock:
            if self._keys is None or time.monotonic() - self._read_at > REFRESH:
                self._read_at = time.monotonic()  # before, so that a failure is not tried again with every request
                try:
                    self._keys = self._fetch()
                except BadSettings as error:
                    if self._keys is None:
                        raise
                    logging.getLogger("firstsight").warning("the keys stay as they were: %s %s", error, error.log)
            return self._keys

    def _fetch(self) -> tuple[Key, ...]:
        words = (word.strip() for word in re.split(r"[,\n]", references.read(self.reference)))
        try:
            found = _parsed(filter(None, words))
        except ValueError:
            found = ()
        if not found:
            raise BadSettings(
                f"Expected keys, each an id and a secret joined by a colon, in '{self.reference}'.",
                remedy="Write one on a line: firstsight keys new.",
            )
        return found

    @overload
    def __getitem__(self, index: int) -> Key: ...
    @overload
    def __getitem__(self, index: slice) -> tuple[Key, ...]: ...
    def __getitem__(self, index: int | slice) -> Key | tuple[Key, ...]:
        return self._now()[index]

    def __len__(self) -> int:
        return len(self._now())

    def __eq__(self, other: object) -> bool:
        return isinstance(other, KeysElsewhere) and other.reference == self.reference

    def __hash__(self) -> int:
        return hash(self.reference)

    def __repr__(self) -> str:
        return f"KeysElsewhere({self.reference!r})"

    def __reduce__(self) -> Any:
        return KeysElsewhere, (self.reference,)


def _parsed(words: Iterable[Any]) -> tuple[Key, ...]:
    found = []
    for word in words:
        name, colon, secret = word.partition(":") if isinstance(word, str) else ("", "", "")
        if not colon or not re.fullmatch("[A-Za-z0-9]+", name) or len(secret) < 16 or not secret.isprintable():
            raise ValueError(_WANTED)
        found.append(Key(name, secret.encode()))
    return tuple(found)
