"""Bytes that arrive in pieces of any size, taken in those that a walk through a file needs."""

import re
from collections.abc import Iterator

#: What is handed on as it came may be a view of it: several megabytes need not be copied to be looked at.
Piece = bytes | memoryview


class Pieces:
    """What is left of a file, from the first byte that nobody has taken."""

    def __init__(self, chunks: Iterator[bytes]) -> None:
        self._chunks = chunks
        self._held = b""
        self._at = 0

    def take(self, size: int) -> bytes:
        """Take so many bytes; fewer at the end of the file."""
        left = self._held[self._at : self._at + size]
        self._at += len(left)
        if len(left) == size:
            return left
        parts, got = [left], len(left)
        while got < size and self._more():
            part = self._held[: size - got]
            self._at, got = len(part), got + len(part)
            parts.append(part)
        return b"".join(parts)

    def through(self, size: int) -> Iterator[Piece]:
        """Give so many bytes as they arrive; fewer at the end of the file."""
        while size and (self._at < len(self._held) or self._more()):
            part = memoryview(self._held)[self._at : self._at + size]
            self._at, size = self._at + len(part), size - len(part)
            yield part

    def until(self, pair: re.Pattern[bytes]) -> Iterator[Piece]:
        """Give the bytes before a pair of bytes as they arrive; at the end of the file, the last one stays."""
        while True:
            found = pair.search(self._held, self._at)
            end = found.start() if found else len(self._held) - 1
            if end > self._at:
                yield memoryview(self._held)[self._at : end]
                self._at = end
            if found:
                return
            last, more = self._held[self._at :], self._more()
            self._held = last + self._held if more else last
            if not more:
                return

    def rest(self) -> Iterator[Piece]:
        """Give all that is left as it arrives."""
        if self._at < len(self._held):
            yield memoryview(self._held)[self._at :]
        yield from self._chunks

    def _more(self) -> bool:
        self._held, self._at = next(self._chunks, b""), 0
        return bool(self._held)


def joined(pieces: Iterator[Piece], whole: bytes) -> bytes:
    """Join what has passed of a file; where all of it has, that is the file itself, which is not copied."""
    passed = list(pieces)
    return whole if sum(map(len, passed)) == len(whole) else b"".join(passed)
