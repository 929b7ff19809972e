"""The classic grammar: one table both ways, odd keys, and what it leaves to the native one."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firstsight.errors import BadPath, BadToken
from firstsight.grammars import classic, native, parse, select
from firstsight.grammars.wanted import Wanted
from firstsight.transform import Fit, Format, Transform

#: A path, the source it names, the box, and the format.
CASES = [
    ("300x200/cat.jpg", "cat.jpg", (300, 200), Format.JPEG),
    ("300x200/photos/2024/cat.png", "photos/2024/cat.png", (300, 200), Format.PNG),
    ("1x16383/cat.webp", "cat.webp", (1, 16_383), Format.WEBP),
    ("90x90/cat.avif", "cat.avif", (90, 90), Format.AVIF),
    ("90x90/cat.gif", "cat.gif", (90, 90), Format.GIF),
    ("90x90/cat.jpeg", "cat.jpeg", (90, 90), Format.JPEG),
    ("90x90/cat.PNG", "cat.PNG", (90, 90), Format.PNG),
    # What is not written here becomes JPEG, whatever a source by that name may be.
    ("90x90/cat.tiff", "cat.tiff", (90, 90), Format.JPEG),
    ("90x90/cat.svg", "cat.svg", (90, 90), Format.JPEG),
    ("90x90/cat.json", "cat.json", (90, 90), Format.JPEG),
    ("90x90/cat.auto", "cat.auto", (90, 90), Format.JPEG),
    ("90x90/cat", "cat", (90, 90), Format.JPEG),
    ("90x90/png", "png", (90, 90), Format.PNG),
    ("90x90/cat.", "cat.", (90, 90), Format.JPEG),
    ("90x90/.png", ".png", (90, 90), Format.PNG),
    ("90x90/photos.png/cat", "photos.png/cat", (90, 90), Format.JPEG),
    ("90x90/cat.png.jpg", "cat.png.jpg", (90, 90), Format.JPEG),
    # Odd keys.
    ("90x90/300x200", "300x200", (90, 90), Format.JPEG),
    ("90x90/300x200/cat.png", "300x200/cat.png", (90, 90), Format.PNG),
    ("90x90/cat.jpg/300x200.webp", "cat.jpg/300x200.webp", (90, 90), Format.WEBP),
    ("90x90/a b+c%2F?#é🐈.png", "a b+c%2F?#é🐈.png", (90, 90), Format.PNG),
    ("90x90/cafe\u0301.png", "cafe\u0301.png", (90, 90), Format.PNG),
    ("90x90/~cat.png", "~cat.png", (90, 90), Format.PNG),
]


@pytest.mark.parametrize(("path", "source", "box", "format"), CASES)
def test_a_path_is_read_and_written(path: str, source: str, box: tuple[int, int], format: Format) -> None:
    width, height = box
    transform = Transform(width=width, height=height, fit=Fit.COVER, enlarge=True, format=format)
    wanted = Wanted(classic.GRAMMAR, source, transform)
    assert classic.parse(path, {}) == wanted
    assert wanted.key == classic.build(wanted) == path


def test_zeros_in_front_are_another_spelling() -> None:
    wanted = classic.parse("0300x0200/cat.jpg", {})
    assert wanted is not None
    assert wanted.key == "300x200/cat.jpg"


@pytest.mark.parametrize("size", ["0x200", "300x0", "16384x1", "1x99999", "9" * 5000 + "x1"])
def test_a_size_out_of_range_is_named(size: str) -> None:
    with pytest.raises(BadToken, match=r"with sides from 1 to 16383 but got '") as raised:
        classic.parse(f"{size}/cat.jpg", {})
    assert raised.value.token == size
    assert raised.value.remedy == "For example '300x200'."


@pytest.mark.parametrize(
    "path",
    ["", "300x200", "300x200/", "300x/cat.jpg", "x200/cat.jpg", "300X200/a", "-1x2/a", "a/1x2", "\u0663x\u0662/a"],
)
def test_other_forms_are_not_classic(path: str) -> None:
    assert classic.parse(path, {}) is None


def test_the_particular_form_has_a_path_that_two_grammars_know_whatever_the_order_of_the_settings() -> None:
    for names in (("native", "classic"), ("classic", "native")):
        assert parse("300x200/cat.jpg/100x100", select(names), {}).grammar is classic.GRAMMAR
        assert parse("cat.jpg/300x200", select(names), {}).grammar is native.GRAMMAR
    assert parse("300x200/cat.jpg/100x100", select(("native",)), {}).source == "300x200/cat.jpg"


def test_a_path_of_no_form_says_which_forms_there_are() -> None:
    with pytest.raises(BadPath) as raised:
        parse("cat.jpg", select(("native", "classic")), {})
    assert raised.value.message == (
        "Expected a path of the form /<width>x<height>/<source key> or /<source key>/<spec>.<format>."
    )


@given(st.text() | st.builds("{}x{}/{}".format, st.integers(), st.integers(), st.text()))
def test_any_path_is_wanted_or_not_classic_or_a_bad_token(path: str) -> None:
    try:
        wanted = classic.parse(path, {})
    except BadToken:
        return
    if wanted is not None:
        assert classic.parse(wanted.key, {}) == wanted
