"""Percent-encoding, held against Python's own."""

from urllib.parse import quote, unquote_to_bytes

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firstsight import percent

TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=40)
SAFE = st.text(st.sampled_from("/~%!$&'()*+,;=:@"), max_size=8)


@given(TEXTS, SAFE)
def test_it_encodes_as_pythons_own_does(text: str, safe: str) -> None:
    assert percent.encode(text, safe) == quote(text, safe)


@given(st.one_of(TEXTS, st.text("%0aF/é", max_size=12)))
def test_it_decodes_as_pythons_own_does(text: str) -> None:
    assert percent.decode(text) == unquote_to_bytes(text)


@given(TEXTS)
def test_what_has_been_encoded_is_decoded_to_itself(text: str) -> None:
    assert percent.decode(percent.encode(text)).decode() == text


@pytest.mark.parametrize(("text", "decoded"), [("%", b"%"), ("%4", b"%4"), ("%zz", b"%zz"), ("%2541", b"%41")])
def test_a_percent_sign_that_encodes_nothing_stays(text: str, decoded: bytes) -> None:
    assert percent.decode(text) == decoded
