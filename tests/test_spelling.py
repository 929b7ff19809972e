"""How texts are spelled in a token, what is no spelling, and which names read as tokens."""

from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firstsight import tokens
from firstsight.errors import BadToken
from firstsight.spelling import read_words, write_words
from firstsight.tokens import TOKENS, parse
from firstsight.transform import MAX_TEXT, Anchor, Colour, Label


@given(st.text())
def test_any_text_is_written_in_small_letters_and_digits_and_read_back(text: str) -> None:
    try:
        text.encode()
    except UnicodeError:
        return
    written = write_words(text)
    assert quote(written, safe="") == written == written.lower()
    assert read_words(written) == text


@pytest.mark.parametrize(
    ("text", "written"),
    [("hello", "hello"), ("Hi 5!", "x48ix205x21"), ("x", "x78"), ("é", "xc3xa9"), ("a/b.png", "ax2fbx2epng")],
)
def test_a_text_has_one_spelling(text: str, written: str) -> None:
    assert write_words(text) == written


@pytest.mark.parametrize("written", ["x", "x4", "x61", "xff", "A", "x2F", "a b", "xc3"])
def test_what_is_no_spelling_or_another_one_is_not_read(written: str) -> None:
    assert read_words(written) is None


@pytest.mark.parametrize(
    "token",
    [
        "label",
        "label24",
        "label24south",
        "label24south0x0xffffff",
        "label24south0x0xffffffx",
        "label24south0x0xfffffxhi",
        "label0south0x0xffffffxhi",
        "label1001south0x0xffffffxhi",
        "label24smart0x0xffffffxhi",
        "label24tile0x0xffffffxhi",
        "label24south0x99999xffffffxhi",
        "label24south0x0xffffffxx20",  # nothing to be seen
        "label24south0x0xffffffxax0ab",  # a line break
        "label24south0x0xffffffxx61",  # another spelling of `a`
        "label24south0x0xffffffx" + "a" * (MAX_TEXT + 1),
        "mark50south0x0x0x",
        "mark50southxaa",
        "mark50south0x0x0xx20",
        "least",
        "least0x5",
        "least99999x",
        "padbox5",
        "bgblur5",
        "normalize1",
    ],
)
def test_a_token_of_a_wrong_form_is_refused_by_its_name(token: str) -> None:
    with pytest.raises(BadToken) as raised:
        parse(f"300x200-{token}.webp")
    assert raised.value.token == token


def test_the_longest_text_is_read() -> None:
    label = Label("a" * MAX_TEXT, 24, Anchor.SOUTH, colour=Colour(255, 255, 255))
    assert parse("label24south0x0xffffffx" + "a" * MAX_TEXT).label == label


@pytest.mark.parametrize(
    ("name", "taken"),
    [
        *[(row.word, True) for row in TOKENS if row.word],
        *[(row.example, True) for row in TOKENS],
        ("full", True),
        ("info", True),
        ("q", True),
        ("q999", True),
        ("300", True),
        ("2x", True),
        ("bgred", True),
        ("thumb", False),
        ("cover_photo", False),
        ("2col", False),
        ("quality", False),
        ("northern", False),
        ("json", False),
        ("webp", False),
        ("", False),
    ],
)
def test_a_name_that_reads_as_a_token_is_known_for_one(name: str, taken: bool) -> None:
    assert tokens.is_token(name) is taken
