"""No text and no file makes a parser fail in a way that is not meant; coverage-guided for longer by the benchmarks."""

import random
from collections.abc import Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.hostile.parsers import PARSERS, Parser
from tests.hostile.urls import hostile_url

EXAMPLES = 150


def inputs(parser: Parser) -> st.SearchStrategy[bytes]:
    """Bytes that a parser finds something in: its words between others, and its seeds with changes in them."""
    words = st.sampled_from([word.encode() for word in parser.words]) if parser.words else st.binary(max_size=4)
    pieces = words | st.binary(max_size=8) | st.text(max_size=8).map(str.encode) | st.sampled_from(parser.seeds)
    return st.lists(pieces, max_size=8).map(b"".join) | st.builds(
        _changed, st.sampled_from(parser.seeds), st.lists(st.tuples(st.integers(0, 10_000), pieces), max_size=4)
    )


def _changed(seed: bytes, changes: list[tuple[int, bytes]]) -> bytes:
    data = bytearray(seed)
    for place, piece in changes:
        at = place % (len(data) + 1)
        data[at : at + place % 3] = piece
    return bytes(data)


@pytest.mark.parametrize("name", PARSERS)
def test_a_parser_refuses_as_it_is_meant_to_whatever_it_is_given(name: str) -> None:
    parser = PARSERS[name]

    @settings(max_examples=EXAMPLES)
    @given(inputs(parser))
    def holds(data: bytes) -> None:
        parser.read(data)

    for seed in parser.seeds:
        parser.read(seed)
    holds()


def texts() -> Iterator[bytes]:
    """The hostile URLs, and what is left of them in the middle."""
    chance = random.Random(0)
    for number in range(2_000):
        url = hostile_url(number).lstrip("/").encode("utf-8", "surrogatepass")
        yield url[: chance.randrange(1, len(url) + 1)] if number % 2 and url else url


@pytest.mark.parametrize("name", ["path", "thumbor", "imgproxy", "dit", "image-optimization", "signature"])
def test_hostile_urls_are_refused_as_is_meant(name: str) -> None:
    for data in texts():
        PARSERS[name].read(data)
