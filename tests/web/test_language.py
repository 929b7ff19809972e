"""The language of specs as the form gets it: complete, and true to what the tokens themselves read."""

from typing import Any

import pytest

from firstsight import tokens
from firstsight.errors import BadToken
from firstsight.settings import from_dict
from firstsight.tokens import TOKENS
from firstsight.transform import Format
from firstsight.web import language

ROWS = {row["word"]: row for row in language.describe({})["tokens"]}


def test_every_token_is_there_in_canonical_order_with_its_help() -> None:
    assert [(row["word"], row["help"]) for row in ROWS.values()] == [(token.word, token.help) for token in TOKENS]


def test_every_field_has_a_group() -> None:
    groups = language.describe({})["groups"]
    slots = [slot for group in groups for slot in group["slots"]]
    assert sorted(slots) == sorted({row["slot"] for row in ROWS.values()})
    assert "More" not in [group["name"] for group in groups]


@pytest.mark.parametrize(
    ("word", "kind"),
    [
        ("", "size"),
        ("contain", "choice"),
        ("smart", "choice"),
        ("focus", "point"),
        ("crop", "rect"),
        ("pad", "sides"),
        ("bg", "colour"),
        ("grayscale", "flag"),
        ("q", "number"),
        ("round", "number"),
        ("still", "alias"),
        ("page", "alias"),
    ],
)
def test_a_token_has_the_kind_of_what_follows_its_word(word: str, kind: str) -> None:
    assert ROWS[word]["kind"] == kind


@pytest.mark.parametrize("row", [r for r in ROWS.values() if r["kind"] == "number"], ids=lambda row: row["word"])
def test_a_number_reaches_from_its_lowest_to_its_highest_value_and_no_further(row: dict[str, Any]) -> None:
    for value in (row["low"], row["high"]):
        tokens.parse(f"{row['word']}{tokens.number_text(value)}.webp")
    with pytest.raises(BadToken):
        tokens.parse(f"{row['word']}{tokens.number_text(row['high'] + 1)}.webp")
    if "slider" in row:
        slider = row["slider"]
        assert row["low"] <= slider["low"] <= slider["rest"] <= slider["high"] <= row["high"]
        assert not row["whole"] or slider["step"] == int(slider["step"])


def test_only_numbers_that_may_have_decimals_are_not_whole() -> None:
    whole = {word for word, row in ROWS.items() if row.get("whole")}
    assert whole == {"trim", "round", "brightness", "contrast", "saturation", "frame", "q", "pixelate"}


def test_a_word_that_can_stand_alone_says_what_it_then_means() -> None:
    assert {word: row["bare"] for word, row in ROWS.items() if "bare" in row} == {
        "trim": 10,
        "round": 16_383,
        "sharpen": 1,
    }


def test_the_compass_has_nine_places_and_smart_has_none() -> None:
    places = {word: row["at"] for word, row in ROWS.items() if "at" in row}
    assert places["northwest"] == (0, 0)
    assert places["south"] == (0.5, 1)
    assert set(places.values()) == {(x, y) for x in (0, 0.5, 1) for y in (0, 0.5, 1)}
    assert "smart" not in places


def test_the_formats_are_all_there_and_presets_are_told_with_what_they_are() -> None:
    settings = from_dict({"presets": {"thumb": "200x200-smart-q80", "wide": {"transform": "640x", "format": "webp"}}})
    told = language.describe(settings.presets)
    assert [format["name"] for format in told["formats"]] == [format.value for format in Format]
    assert told["presets"] == [
        {"name": "thumb", "spec": "200x200-smart-q80"},
        {"name": "wide", "spec": "640x.webp"},
    ]
