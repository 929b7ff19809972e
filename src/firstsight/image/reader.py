"""The bytes of a source on their way to the decoder."""

import time
from collections.abc import Callable, Iterator
from itertools import chain

from firstsight.errors import TooManyBytes
from firstsight.image.pieces import Piece


class Arriving:
    """The bytes as they come from the store, one piece after the other."""

    def __init__(self, chunks: Iterator[bytes], most: int) -> None:
        self._chunks = chunks
        self._most = most
        self.held: list[bytes] | None = []
        self.error: Exception | None = None
        self.waited = 0.0
        self.received = 0

    def next(self) -> bytes:
        """Give the next piece; nothing at the end, and from an error on."""
        if self.error is not None:
            return b""
        began = time.perf_counter()
        try:
            chunk = next(self._chunks, b"")
            self.received += len(chunk)
            check_bytes(self.received, self._most)
        except Exception as error:  # it must not pass through libvips' C code; the caller raises it
            self.error = error
            return b""
        finally:
            self.waited += time.perf_counter() - began
        if self.held is not None:
            self.held.append(chunk)
        return chunk


class Reader:
    """
    A source's bytes on their way to libvips, read while they still arrive.

    What goes wrong on the way is kept in `error`: libvips sees the end of the file, and the caller must look here
    before it believes a result. `most` bytes are read at most; `size` says how many there will be, if that is known.
    """

    def __init__(self, chunks: Iterator[bytes], most: int, size: int | None = None) -> None:
        # apart, so that a screen holds these and not its reader: a circle would keep the bytes until it is looked for
        self._arriving = Arriving(chunks, most)
        self._size = size
        self._buffer = memoryview(b"")
        self._screened: Iterator[Piece] | None = None

    @property
    def error(self) -> Exception | None:
        """What went wrong."""
        return self._arriving.error

    @property
    def waited(self) -> float:
        """Seconds spent waiting for the store."""
        return self._arriving.waited

    @property
    def received(self) -> int:
        """Bytes that have arrived."""
        return self._arriving.received

    def peek(self, size: int) -> bytes:
        """Look at the first bytes without taking them."""
        while len(self._buffer) < size and (more := self._arriving.next()):
            self._buffer = memoryview(bytes(self._buffer) + more if self._buffer else more)
        return bytes(self._buffer[:size])

    def arrived(self) -> bytes | None:
        """Give all bytes, if peeking has brought as many as were said to be."""
        if not self._buffer or len(self._buffer) != self._size:
            return None
        held = self._buffer.obj  # in one piece, as it mostly is, it need not be copied
        return held if isinstance(held, bytes) and len(held) == self._size else bytes(self._buffer)

    def read(self, size: int) -> bytes:
        """Take up to so many bytes; nothing at the end or after an error."""
        if not self._buffer:
            self._buffer = memoryview(self._arriving.next() if self._screened is None else self._pass(self._screened))
        taken, self._buffer = self._buffer[:size], self._buffer[size:]
        return bytes(taken)

    def screen(self, screen: Callable[[Iterator[bytes]], Iterator[Piece]]) -> None:
        """Let what is read from now on pass through this first; what it raises is an error like any other."""
        first, self._buffer = bytes(self._buffer), memoryview(b"")
        self._screened = screen(chain([first] if first else [], iter(self._arriving.next, b"")))

    def screened(self) -> bytes:
        """Give what has not been read yet and passes through the screen; look at `error` before it is believed."""
        screened = self._screened
        return b"" if screened is None else b"".join(iter(lambda: self._pass(screened), b""))

    def see_the_end(self) -> None:
        """Let what has not been read yet pass through the screen, which may have something to say of it."""
        while self._screened is not None and self._pass(self._screened):
            pass

    def forget(self) -> None:
        """Hold the bytes no longer; until then all that have arrived are held, for `whole`."""
        self._arriving.held = None

    def whole(self) -> bytes | None:
        """Read what is left and give all bytes from the first, or None when they were not held or do not all arrive."""
        if self._arriving.held is None:
            return None
        self.see_the_end()
        while self._arriving.next():
            pass
        return None if self.error is not None else b"".join(self._arriving.held)

    def _pass(self, screened: Iterator[Piece]) -> Piece:
        try:
            return next(screened, b"") if self.error is None else b""
        except Exception as error:  # as in `Arriving.next`
            self._arriving.error = error
            return b""


def check_bytes(size: int, most: int) -> None:
    """Raise TooManyBytes for a source that is larger than the limit, as far as is known yet."""
    if size > most:
        raise TooManyBytes(
            f"Expected a source of at most {most} bytes but got {size} or more.", remedy="Raise limits.source_bytes."
        )
