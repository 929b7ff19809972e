"""The bytes of a source, held, peeked at and counted."""

from collections.abc import Iterator

from hypothesis import given
from hypothesis import strategies as st

from firstsight.errors import TooManyBytes
from firstsight.image.reader import Reader


@given(st.lists(st.binary(min_size=1, max_size=50)), st.integers(0, 60), st.lists(st.integers(1, 40)))
def test_peeking_takes_nothing_and_reading_gives_every_byte_once(
    chunks: list[bytes], peek: int, takes: list[int]
) -> None:
    whole = b"".join(chunks)
    reader = Reader(iter(chunks), most=10_000)
    assert reader.peek(peek) == whole[:peek]
    read = b"".join(reader.read(size) for size in takes)
    assert whole.startswith(read)
    assert reader.whole() == whole
    assert reader.received == len(whole)


def test_bytes_that_need_not_be_held_are_let_go() -> None:
    reader = Reader(iter([b"ab", b"cd"]), most=10)
    reader.read(2)
    reader.forget()
    assert reader.whole() is None


def test_too_many_bytes_end_the_reading_and_are_told_of() -> None:
    reader = Reader(iter([b"abc", b"def"]), most=5)
    assert reader.read(10) == b"abc"
    assert reader.read(10) == b""
    assert isinstance(reader.error, TooManyBytes)
    assert reader.whole() is None


def test_what_the_store_raises_ends_the_reading() -> None:
    def chunks() -> Iterator[bytes]:
        yield b"abc"
        raise ConnectionError("lost")

    reader = Reader(chunks(), most=100)
    assert reader.peek(10) == b"abc"
    assert isinstance(reader.error, ConnectionError)
    assert reader.read(10) == b"abc"
    assert reader.read(10) == b""
