"""Tables, as a terminal and as Markdown show them."""

import pytest

from bench.tables import Table, show

TABLE = Table(
    "Speed", ("way", "ms", "note"), [("ours", 1.234, ""), ("theirs", 12345, "x")], note="By hand.", target="1"
)


def test_numbers_stand_right_and_words_left() -> None:
    assert TABLE.text().splitlines()[2:6] == [
        "way        ms  note",
        "------  -----  ----",
        "ours     1.23",
        "theirs  12345  x",
    ]


def test_markdown_has_a_heading_the_target_the_table_and_the_note() -> None:
    assert TABLE.markdown().splitlines() == [
        "### Speed",
        "",
        "1",
        "",
        "| way | ms | note |",
        "| --- | ---: | --- |",
        "| ours | 1.23 |  |",
        "| theirs | 12345 | x |",
        "",
        "By hand.",
    ]


@pytest.mark.parametrize(
    ("cell", "expected"), [(0.5, "0.50"), (9.994, "9.99"), (12.34, "12.3"), (123.4, "123"), (7, "7"), ("a", "a")]
)
def test_a_number_has_about_three_digits(cell: float | str, expected: str) -> None:
    assert show(cell) == expected
