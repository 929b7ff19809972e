"""The text of a transform: one table both ways, and laws that hold for all of them."""

import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firstsight import tokens
from firstsight.errors import BadToken
from firstsight.tokens import TOKENS, canonical, parse
from firstsight.transform import (
    Anchor,
    Backdrop,
    Colour,
    Crop,
    Fit,
    Focus,
    Format,
    Label,
    Mark,
    PadTo,
    Point,
    Shift,
    Sides,
    Transform,
)
from tests.strategies import presets, specs, transforms

BOX: dict[str, Any] = {"width": 300, "height": 200}

CONTAIN_SOUTH: dict[str, Any] = {**BOX, "fit": Fit.CONTAIN, "anchor": Anchor.SOUTH}

EVERYTHING = (
    "300x200-contain-west-enlarge-crop1x2x3x4-trim5-rotate12.5-flip-flop-pad1-bg000000-round2-blur3-sharpen4"
    "-grayscale-brightness50-contrast60-frame3-dpr2-q70.jpg"
)

#: A canonical text and what it means.
CASES: list[tuple[str, dict[str, Any]]] = [
    ("full", {}),
    ("full.webp", {"format": Format.WEBP}),
    ("info.json", {"format": Format.JSON}),
    ("300x200", BOX),
    ("300x", {"width": 300}),
    ("x200", {"height": 200}),
    ("1x16383.png", {"width": 1, "height": 16_383, "format": Format.PNG}),
    ("300x200-contain", {**BOX, "fit": Fit.CONTAIN}),
    ("300x200-inside", {**BOX, "fit": Fit.INSIDE}),
    ("300x200-outside", {**BOX, "fit": Fit.OUTSIDE}),
    ("300x200-fill", {**BOX, "fit": Fit.FILL}),
    ("300x200-north", {**BOX, "anchor": Anchor.NORTH}),
    ("300x200-northeast", {**BOX, "anchor": Anchor.NORTHEAST}),
    ("300x200-contain-southwest", {**BOX, "fit": Fit.CONTAIN, "anchor": Anchor.SOUTHWEST}),
    ("300x200-smart", {**BOX, "anchor": Anchor.SMART}),
    ("300x200-focus0.25x0.4", {**BOX, "anchor": Focus(0.25, 0.4)}),
    ("300x200-focus0x1", {**BOX, "anchor": Focus(0, 1)}),
    ("300x200-point320x200", {**BOX, "anchor": Point(320, 200)}),
    ("300x200-shiftm1x0", {**BOX, "shift": Shift(-1, 0)}),
    ("300x200-shift10xm20", {**BOX, "shift": Shift(10, -20)}),
    ("300x200-contain-south-shift0.0x0.5", {**CONTAIN_SOUTH, "shift": Shift(0, 0.5, relative=True)}),
    ("300x200-clip", {**BOX, "fit": Fit.CLIP}),
    ("300x200-adaptive", {**BOX, "adaptive": True}),
    ("300x200-outside-adaptive", {**BOX, "fit": Fit.OUTSIDE, "adaptive": True}),
    ("300x200-enlarge", {**BOX, "enlarge": True}),
    ("crop10x20x300x200", {"crop": Crop(10, 20, 300, 200)}),
    ("crop0.0x0.25x1.0x0.5", {"crop": Crop(0, 0.25, 1, 0.5, relative=True)}),
    ("crop1x1x1x1", {"crop": Crop(1, 1, 1, 1)}),
    ("crop1000000x0x1000000x1", {"crop": Crop(1_000_000, 0, 1_000_000, 1)}),
    *[
        (f"crop1x1x5x5-from{place.value}", {"crop": Crop(1, 1, 5, 5), "crop_from": place})
        for place in Anchor
        if place not in (Anchor.SMART, Anchor.NORTHWEST)
    ],
    ("trim", {"trim": 10}),
    ("trim0", {"trim": 0}),
    ("300x200-fine", {**BOX, "fine": True}),
    ("unoriented", {"oriented": False}),
    ("rotate90", {"rotate": 90}),
    ("rotate0.0001", {"rotate": 0.0001}),
    ("flip", {"flip": True}),
    ("flop", {"flop": True}),
    ("pad20", {"pad": Sides(20, 20, 20, 20)}),
    ("pad20x10", {"pad": Sides(20, 10, 20, 10)}),
    ("pad1x2x3x4", {"pad": Sides(1, 2, 3, 4)}),
    ("pad1x2x3x2", {"pad": Sides(1, 2, 3, 2)}),
    ("bgffcc00", {"background": Colour(255, 204, 0)}),
    ("bgffcc0000", {"background": Colour(255, 204, 0, 0)}),
    ("bgfffffffe", {"background": Colour(255, 255, 255, 254)}),
    ("round", {"round": 16_383}),
    ("round20", {"round": 20}),
    ("blur2.5", {"blur": 2.5}),
    ("sharpen", {"sharpen": 1}),
    ("sharpen0.5", {"sharpen": 0.5}),
    ("pixelate12", {"pixelate": 12}),
    ("tintbada55", {"tint": Colour(186, 218, 85)}),
    ("mark", {"mark": Mark()}),
    ("mark50southeast", {"mark": Mark(50, Anchor.SOUTHEAST)}),
    ("mark100tile", {"mark": Mark(100, None)}),
    ("mark80north20", {"mark": Mark(80, Anchor.NORTH, 20)}),
    ("mark80east0x10xm5", {"mark": Mark(80, Anchor.EAST, 0, 10, -5)}),
    ("mark80east0x0x0xlogosx2fax2epng", {"mark": Mark(80, Anchor.EAST, image="logos/a.png")}),
    ("label9southwest1xm2xff0000xx48x2di", {"label": Label("H-i", 9, Anchor.SOUTHWEST, 1, -2, Colour(255, 0, 0))}),
    ("normalize", {"normalize": True}),
    ("300x-least400x", {"width": 300, "least_width": 400}),
    ("leastx9", {"least_height": 9}),
    ("300x-padbox", {"width": 300, "pad_to": PadTo.BOX}),
    ("300x200-inside-south-padratio", {**BOX, "fit": Fit.INSIDE, "anchor": Anchor.SOUTH, "pad_to": PadTo.RATIO}),
    ("pad20-bgblur", {"pad": Sides(20, 20, 20, 20), "backdrop": Backdrop.BLUR}),
    ("300x200-contain-bgmean", {**BOX, "fit": Fit.CONTAIN, "backdrop": Backdrop.MEAN}),
    ("grayscale", {"grayscale": True}),
    ("brightness0", {"brightness": 0}),
    ("contrast80", {"contrast": 80}),
    ("saturation1000", {"saturation": 1000}),
    ("frame1", {"frame": 1}),
    ("300x-dpr1.5", {"width": 300, "dpr": 1.5}),
    ("q80", {"quality": 80}),
    ("qauto.webp", {"quality_auto": True, "format": Format.WEBP}),
    ("max200k.webp", {"max_bytes": 200_000, "format": Format.WEBP}),
    ("max123456", {"max_bytes": 123_456}),
    ("lossless.avif", {"lossless": True, "format": Format.AVIF}),
    (
        EVERYTHING,
        {
            **BOX,
            "fit": Fit.CONTAIN,
            "anchor": Anchor.WEST,
            "enlarge": True,
            "crop": Crop(1, 2, 3, 4),
            "trim": 5,
            "rotate": 12.5,
            "flip": True,
            "flop": True,
            "pad": Sides(1, 1, 1, 1),
            "background": Colour(0, 0, 0),
            "round": 2,
            "blur": 3,
            "sharpen": 4,
            "grayscale": True,
            "brightness": 50,
            "contrast": 60,
            "frame": 3,
            "dpr": 2,
            "quality": 70,
            "format": Format.JPEG,
        },
    ),
]


@pytest.mark.parametrize(("text", "fields"), CASES)
def test_a_canonical_text_is_read_and_written(text: str, fields: dict[str, Any]) -> None:
    assert parse(text) == Transform(**fields)
    assert canonical(Transform(**fields)) == text


def test_the_table_has_every_token() -> None:
    words = {
        re.split(
            "[^a-z]", word.replace("bgff", "bg").replace("tintbada", "tint").replace("shiftm", "shift"), maxsplit=1
        )[0]
        for text, _ in CASES
        for word in text.split("-")
    }
    aliases = {row.word for row in TOKENS if not row.fields}
    # Defaults, and seven of the nine compass names, are written as their neighbours are.
    assert {row.word for row in TOKENS} - words - aliases - {f.value for f in Fit} - {a.value for a in Anchor} == {
        "fromnorthwest"
    }


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("0300x0200", "300x200"),
        ("300x200-cover-center", "300x200"),
        ("smart-300x200", "300x200-smart"),
        ("q80-200x-blur5", "200x-blur5-q80"),
        ("300x-smart-contain", "300x"),
        ("200x-200x", "200x"),
        ("crop0.0x0.0x1.0x1.0", "full"),
        ("crop0.10x0.20x0.30x0.40", "crop0.1x0.2x0.3x0.4"),
        ("trim10", "trim"),
        ("rotate090.50", "rotate90.5"),
        ("pad20x20x20x20", "pad20"),
        ("pad20x10x20x10", "pad20x10"),
        ("pad0", "full"),
        ("bgffcc00ff", "bgffcc00"),
        ("round16383", "round"),
        ("blur0-sharpen0-brightness100", "full"),
        ("grayscale-saturation50", "grayscale"),
        ("still", "frame1"),
        ("page2", "frame2"),
        ("still-frame1", "frame1"),
        ("dpr2", "full"),
        ("300x200-clip-enlarge", "300x200-enlarge"),
        ("300x-adaptive-shift5x5", "300x"),
        ("300x200-smart-shift5x5", "300x200-smart"),
        ("300x200-shift0x0", "300x200"),
        ("fromsouth", "full"),
        ("crop1x1x5x5-fromnorthwest", "crop1x1x5x5"),
        ("max1000", "max1k"),
        ("mark100center", "mark"),
        ("mark50tile0x0x0", "mark50tile"),
        ("max200k.png", "full.png"),
        ("300x-dpr1.0", "300x"),
        ("lossless-q80.webp", "lossless.webp"),
        ("q80.png", "full.png"),
        ("300x200.jpeg", "300x200.jpg"),
        ("300x200.auto", "300x200"),
        ("info", "info.json"),
        ("full.json", "info.json"),
        ("300x200-smart.json", "info.json"),
    ],
)
def test_another_spelling_is_read_and_written_canonically(text: str, written: str) -> None:
    assert canonical(parse(text)) == written


SIZES = "a size, '<width>x<height>', '<width>x' or 'x<height>' with sides from 1 to 16383"
FORMATS = "a format, one of jpg, png, webp, avif, gif, auto, json"

#: A wrong text, what was expected, the word that is named, and the remedy.
MISTAKES = [
    ("0x200", SIZES, "0x200", "For example '300x200'."),
    ("300x0", SIZES, "300x0", "For example '300x200'."),
    ("16384x", SIZES, "16384x", "For example '300x200'."),
    ("300", SIZES, "300", "For example '300x200'."),
    ("-300x200", "a known token", "", "Write a single '-' between two tokens, and none at the ends."),
    ("300x-200", SIZES, "200", "For example '300x200'."),
    ("300x200-", "a known token", "", "Write a single '-' between two tokens, and none at the ends."),
    ("300x200--smart", "a known token", "", "Write a single '-' between two tokens, and none at the ends."),
    ("9" * 5000 + "x", SIZES, "9" * 5000 + "x", "For example '300x200'."),
    ("300x200x100", "a known token", "300x200x100", "See the list of tokens."),
    ("300X200", "a known token", "300X200", "Did you mean '300x200'?"),
    ("\u0663x\u0662", "a known token", "\u0663x\u0662", "See the list of tokens."),  # digits, but not ours
    ("x", "a known token", "x", "See the list of tokens."),
    ("sepia", "a known token", "sepia", "See the list of tokens."),
    ("greyscale", "a known token", "greyscale", "Did you mean 'grayscale'?"),
    ("300x200-centre", "a known token", "centre", "Did you mean 'center'?"),
    ("quality80", "a known token", "quality80", "Did you mean 'q80'?"),
    ("background", "a known token", "background", "Did you mean 'bgffcc00'?"),
    ("width300", "a known token", "width300", "Did you mean '300x200'?"),
    ("webp", "a known token", "webp", "Did you mean 'full.webp'?"),
    ("SMART", "a known token", "SMART", "Did you mean 'smart'?"),
    ("cover1", "'cover' alone", "cover1", "For example 'cover'."),
    ("flip1", "'flip' alone", "flip1", "For example 'flip'."),
    ("still2", "'still' alone", "still2", "For example 'still'."),
    (
        "focus0.5",
        "'focus<x>x<y>' with fractions of width and height from 0 to 1",
        "focus0.5",
        "For example 'focus0.25x0.4'.",
    ),
    (
        "focus1x2",
        "'focus<x>x<y>' with fractions of width and height from 0 to 1",
        "focus1x2",
        "For example 'focus0.25x0.4'.",
    ),
    ("trim256", "'trim' alone or with a whole number from 0 to 255", "trim256", "For example 'trim'."),
    ("trim1.5", "'trim' alone or with a whole number from 0 to 255", "trim1.5", "For example 'trim'."),
    ("rotate360", "'rotate' with a number from 0 to 359.9999", "rotate360", "For example 'rotate90'."),
    ("rotate", "'rotate' with a number from 0 to 359.9999", "rotate", "For example 'rotate90'."),
    ("rotate1.23456", "'rotate' with a number from 0 to 359.9999", "rotate1.23456", "For example 'rotate90'."),
    (
        "pad1x2x3",
        "'pad' with one, two or four whole numbers joined by x, each at most 16383",
        "pad1x2x3",
        "For example 'pad20'.",
    ),
    (
        "pad99999",
        "'pad' with one, two or four whole numbers joined by x, each at most 16383",
        "pad99999",
        "For example 'pad20'.",
    ),
    ("bgfff", "'bg' with a colour as 6 or 8 lower-case hexadecimal digits", "bgfff", "For example 'bgffcc00'."),
    ("bgFFFFFF", "'bg' with a colour as 6 or 8 lower-case hexadecimal digits", "bgFFFFFF", "For example 'bgffcc00'."),
    ("bgred", "'bg' with a colour as 6 or 8 lower-case hexadecimal digits", "bgred", "For example 'bgffcc00'."),
    ("round16384", "'round' alone or with a whole number from 0 to 16383", "round16384", "For example 'round20'."),
    ("blur101", "'blur' with a number from 0 to 100", "blur101", "For example 'blur5'."),
    ("frame0", "'frame' with a whole number from 1 to 100000", "frame0", "For example 'frame3'."),
    ("page0", "'page' with a whole number from 1 to 100000", "page0", "For example 'page2'."),
    ("dpr0", "'dpr' with a number from 0.1 to 8", "dpr0", "For example 'dpr2'."),
    ("q0", "'q' with a whole number from 1 to 100", "q0", "For example 'q80'."),
    ("q101", "'q' with a whole number from 1 to 100", "q101", "For example 'q80'."),
    ("300x-400x", "only one token to set width", "400x", "Leave one of them out."),
    ("cover-contain", "only one token to set fit", "contain", "Leave one of them out."),
    ("still-frame2", "only one token to set frame", "frame2", "Leave one of them out."),
    ("300x200-full", "'full' alone", "full", "Leave it out."),
    ("info-300x200", "'info' alone", "info", "Leave it out."),
    ("info.webp", "'info.json'", "info.webp", "For an image of its own size, 'full.webp'."),
    ("", "a spec before the format", "", "For example '300x200.webp', or 'full.webp' for its own size."),
    (".webp", "a spec before the format", ".webp", "For example '300x200.webp', or 'full.webp' for its own size."),
    ("300x200.bmp", FORMATS, "bmp", "Leave it out to have one chosen."),
    ("300x200.JPG", FORMATS, "JPG", "Did you mean 'jpg'?"),
    ("300x200.", FORMATS, "", "Leave it out to have one chosen."),
    ("300x200.jpg.webp", "a known token", "300x200.jpg", "See the list of tokens."),
]


@pytest.mark.parametrize(("text", "expected", "token", "remedy"), MISTAKES)
def test_a_mistake_names_the_token_what_was_expected_and_what_to_do(
    text: str, expected: str, token: str, remedy: str
) -> None:
    with pytest.raises(BadToken) as raised:
        parse(text)
    error = raised.value
    assert (error.token, error.expected, error.remedy) == (token, expected, remedy)
    shown = token if len(token) <= 40 else token[:37] + "..."
    assert error.message == f"Expected {expected} but got '{shown}'."


def test_a_crop_says_all_that_it_has_to_be() -> None:
    for text in ("crop1x2x3", "crop0x0x0x5", "crop0.1x0.1x0.5x1", "crop0.0x0.0x1.5x1.0", "crop-1x0x5x5", "crop1xbxcxd"):
        with pytest.raises(BadToken, match="all four in whole pixels, or all four as fractions") as raised:
            parse(text)
        assert raised.value.token == text.partition("-")[0] or raised.value.token == text


@given(transforms())
def test_what_is_written_is_read_as_the_same_transform(transform: Transform) -> None:
    assert parse(canonical(transform)) == transform


@given(transforms())
def test_a_spec_needs_no_percent_encoding_and_survives_every_proxy(transform: Transform) -> None:
    assert re.fullmatch(r"[A-Za-z0-9.-]+", canonical(transform))


@given(transforms(), transforms())
def test_transforms_are_equal_exactly_if_their_texts_are(one: Transform, other: Transform) -> None:
    assert (one == other) == (canonical(one) == canonical(other))
    assert hash(one) == hash(other) or one != other


@given(specs())
def test_the_canonical_text_of_what_was_read_is_read_and_written_as_it_is(text: str) -> None:
    try:
        transform = parse(text)
    except BadToken:
        return  # two tokens contradict each other
    written = canonical(transform)
    assert parse(written) == transform
    assert canonical(parse(written)) == written


@given(st.text() | st.text("0123456789x.-abcdefgnoprtuw") | specs().flatmap(lambda s: st.text(s, max_size=30)))
def test_any_text_is_a_transform_or_a_bad_token(text: str) -> None:
    try:
        assert isinstance(parse(text), Transform)
    except BadToken as error:
        mistake = error
    else:
        return
    assert mistake.message.startswith(f"Expected {mistake.expected} but got '")
    assert mistake.token in text
    assert mistake.remedy.endswith((".", "?"))


@given(presets(), specs())
def test_what_is_written_against_a_preset_is_read_against_it_as_the_same(preset: Any, text: str) -> None:
    spec, format = tokens.split_format(text)
    try:
        transform = tokens.apply(spec.split("-"), preset.transform, format)
    except BadToken:
        return
    if transform.format is not Format.JSON:
        written = tokens.build(transform, preset.transform)
        assert tokens.apply(written.split("-") if written else [], preset.transform, transform.format) == transform


@pytest.mark.parametrize("row", TOKENS, ids=lambda row: row.word or "size")
def test_the_example_of_every_row_is_read_by_that_row(row: tokens.Token) -> None:
    fields = row.read(row.example.removeprefix(row.word))
    assert fields is not None
    assert not row.fields or set(row.fields) == fields.keys()
    parse(row.example)
