"""Who made an image: read from EXIF, and written anew."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firstsight.image import credits
from tests.image.made.exif import exif

texts = st.dictionaries(
    st.sampled_from([credits.ARTIST, credits.COPYRIGHT]),
    st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), min_size=1, max_size=60)
    .map(str.strip)
    .filter(bool)
    .map(str.encode),
)


@given(texts)
def test_what_is_written_is_read_again(found: dict[int, bytes]) -> None:
    assert credits.read(credits.write(found)) == found


@pytest.mark.parametrize("order", ["<", ">"])
def test_the_two_texts_are_read_in_either_byte_order_and_nothing_else(order: str) -> None:
    block = exif(6, artist="Ada", copyright="(c) Ada Example, 2024", gps=True, order=order)
    expected = {credits.ARTIST: b"Ada", credits.COPYRIGHT: b"(c) Ada Example, 2024"}
    assert credits.read(block) == credits.read(b"Exif\0\0" + block) == expected


@given(st.binary(max_size=80), st.integers(0, 200))
def test_a_damaged_block_is_never_an_error(noise: bytes, cut: int) -> None:
    assert isinstance(credits.read(noise), dict)
    block = exif(6, artist="Ada Example", copyright="(c) Ada")
    assert isinstance(credits.read(block[:cut] + noise), dict)
