"""The native grammar: one table both ways, presets with tokens after them, and laws."""

from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from firstsight.errors import BadPath, BadToken
from firstsight.grammars import GRAMMARS, native, parse, select
from firstsight.grammars.native import build_spec, parse_spec
from firstsight.grammars.wanted import Wanted
from firstsight.settings import Preset
from firstsight.transform import Anchor, Colour, Crop, Fit, Format, PadTo, Sides, Transform
from tests.strategies import presets, specs, transforms

THUMB = Preset("thumb", Transform(width=200, height=200, anchor=Anchor.SMART, quality=80))
BANNER = Preset("banner", Transform(width=1200, pad=Sides(4, 4, 4, 4), dpr=2, format=Format.WEBP))
PART = Preset("part", Transform(crop=Crop(10, 10, 50, 50), background=Colour(0, 0, 0), blur=5))
HALF = Preset("half", Transform(dpr=0.5))
PRESETS = {preset.name: preset for preset in (THUMB, BANNER, PART, HALF)}

SQUARE: dict[str, Any] = {"width": 200, "height": 200, "anchor": Anchor.SMART, "quality": 80}
WIDE: dict[str, Any] = {"width": 1200, "pad": Sides(4, 4, 4, 4), "dpr": 2, "format": Format.WEBP}

#: A canonical path, the source it names, the preset, and what is wanted.
CASES: list[tuple[str, str, Preset | None, dict[str, Any]]] = [
    ("cat.jpg/300x200.webp", "cat.jpg", None, {"width": 300, "height": 200, "format": Format.WEBP}),
    ("photos/2024/cat.jpg/320x.avif", "photos/2024/cat.jpg", None, {"width": 320, "format": Format.AVIF}),
    ("cat.jpg/200x200-smart", "cat.jpg", None, {"width": 200, "height": 200, "anchor": Anchor.SMART}),
    ("cat.jpg/full", "cat.jpg", None, {}),
    ("cat.jpg/full.png", "cat.jpg", None, {"format": Format.PNG}),
    ("cat.jpg/info.json", "cat.jpg", None, {"format": Format.JSON}),
    ("cat.jpg/thumb", "cat.jpg", THUMB, SQUARE),
    ("cat.jpg/thumb.webp", "cat.jpg", THUMB, {**SQUARE, "format": Format.WEBP}),
    ("cat.jpg/thumb.png", "cat.jpg", THUMB, {**SQUARE, "quality": None, "format": Format.PNG}),
    ("cat.jpg/thumb-dpr2.webp", "cat.jpg", THUMB, {**SQUARE, "dpr": 2, "format": Format.WEBP}),
    ("cat.jpg/thumb-center-blur5", "cat.jpg", THUMB, {**SQUARE, "anchor": Anchor.CENTER, "blur": 5}),
    ("cat.jpg/thumb-contain", "cat.jpg", THUMB, {**SQUARE, "fit": Fit.CONTAIN}),
    ("cat.jpg/thumb-x300-q70.jpg", "cat.jpg", THUMB, {"height": 300, "quality": 70, "format": Format.JPEG}),
    ("cat.jpg/banner.webp", "cat.jpg", BANNER, WIDE),
    ("cat.jpg/banner-pad0-dpr1.webp", "cat.jpg", BANNER, {**WIDE, "pad": None, "dpr": 1}),
    ("cat.jpg/banner.auto", "cat.jpg", BANNER, {**WIDE, "format": Format.AUTO}),
    # Taking back what a preset says.
    (
        "cat.jpg/part-crop0.0x0.0x1.0x1.0-bg00000000-blur0",
        "cat.jpg",
        PART,
        {"background": Colour(0, 0, 0, 0)},
    ),
    ("cat.jpg/half-dpr1", "cat.jpg", HALF, {}),
    # Any source key.
    ("full/full", "full", None, {}),
    ("cat.jpg/300x200.webp/full", "cat.jpg/300x200.webp", None, {}),
    ("thumb/thumb", "thumb", THUMB, SQUARE),
    ("a b+c%2F?#é🐈.jpg/full", "a b+c%2F?#é🐈.jpg", None, {}),
    ("cafe\u0301.jpg/full", "cafe\u0301.jpg", None, {}),
    ("300-x200/full", "300-x200", None, {}),
]


@pytest.mark.parametrize(("path", "source", "preset", "fields"), CASES)
def test_a_canonical_path_is_read_and_written(
    path: str, source: str, preset: Preset | None, fields: dict[str, Any]
) -> None:
    wanted = Wanted(native.GRAMMAR, source, Transform(**fields), preset)
    assert native.parse(path, PRESETS) == wanted
    assert wanted.key == native.build(wanted) == path


@pytest.mark.parametrize(
    ("path", "key"),
    [
        ("cat.jpg/thumb.auto", "cat.jpg/thumb"),
        ("cat.jpg/thumb.jpeg", "cat.jpg/thumb.jpg"),
        ("cat.jpg/thumb-200x200-smart-q80", "cat.jpg/thumb"),
        ("cat.jpg/thumb-q70.png", "cat.jpg/thumb.png"),
        ("cat.jpg/thumb-dpr1.0", "cat.jpg/thumb"),
        ("cat.jpg/thumb.json", "cat.jpg/info.json"),
        ("cat.jpg/thumb-blur5.json", "cat.jpg/info.json"),
        ("cat.jpg/banner", "cat.jpg/banner.webp"),
        ("cat.jpg/info", "cat.jpg/info.json"),
        ("cat.jpg/200x200-smart-q80", "cat.jpg/200x200-smart-q80"),  # a preset's transform, but not by its name
    ],
)
def test_another_spelling_has_the_same_key(path: str, key: str) -> None:
    wanted = native.parse(path, PRESETS)
    assert wanted is not None
    assert wanted.key == key


@pytest.mark.parametrize(
    ("text", "token", "expected", "remedy"),
    [
        ("thmub.webp", "thmub", "a preset or a known token", "Did you mean 'thumb'?"),
        ("cat.jpg", "cat", "a preset or a known token", "See the list of tokens."),
        ("Thumb", "Thumb", "a preset or a known token", "Did you mean 'thumb'?"),
        ("thumb-banner", "banner", "a known token", "See the list of tokens."),
        ("300x200-thumb", "thumb", "a known token", "See the list of tokens."),
        ("thumb-full", "full", "'full' alone", "Leave it out."),
        ("thumb-", "", "a known token", "Write a single '-' between two tokens, and none at the ends."),
        ("thumb-sepia.json", "sepia", "a known token", "See the list of tokens."),
        (
            "thumb.bmp",
            "bmp",
            "a format, one of jpg, png, webp, avif, gif, auto, json",
            "Leave it out to have one chosen.",
        ),
        (".webp", ".webp", "a spec before the format", "For example '300x200.webp', or 'full.webp' for its own size."),
    ],
)
def test_a_mistake_names_the_token_what_was_expected_and_what_to_do(
    text: str, token: str, expected: str, remedy: str
) -> None:
    with pytest.raises(BadToken) as raised:
        parse_spec("cat.jpg", text, PRESETS)
    assert (raised.value.token, raised.value.expected, raised.value.remedy) == (token, expected, remedy)


@pytest.mark.parametrize("path", ["holiday/rocket.jpg", "holiday/IMG-2026.JPG", "holiday/2026/a.tiff"])
def test_a_source_that_is_asked_for_by_its_key_alone_is_told_what_to_add(path: str) -> None:
    with pytest.raises(BadToken) as raised:
        native.parse(path, PRESETS)
    assert raised.value.remedy == f"If '{path}' is a source, say what is wanted of it, as in '/{path}/300x200.webp'."


def test_a_spec_of_a_source_is_not_taken_for_a_source() -> None:
    with pytest.raises(BadToken, match="smrt") as raised:
        native.parse("holiday/rocket.jpg/smrt.jpg", PRESETS)
    assert raised.value.remedy == "Did you mean 'smart'?"


def test_without_presets_nobody_is_told_of_any() -> None:
    with pytest.raises(BadToken, match=r"^Expected a known token but got 'sepia'\.$"):
        parse_spec("cat.jpg", "sepia", {})


@pytest.mark.parametrize("path", ["", "cat.jpg", "/300x200"])
def test_a_path_without_a_source_and_a_spec_is_not_native(path: str) -> None:
    assert native.parse(path, PRESETS) is None
    with pytest.raises(BadPath, match=r"^Expected a path of the form /<source key>/<spec>\.<format>\."):
        parse(path, select(("native",)), PRESETS)


@given(transforms())
def test_every_transform_has_a_path(transform: Transform) -> None:
    wanted = Wanted(native.GRAMMAR, "photos/cat.jpg", transform)
    assert native.parse(wanted.key, {}) == wanted


def test_a_token_that_can_have_no_effect_leaves_what_the_preset_has() -> None:
    known = {"tall": Preset("tall", Transform(height=40, pad_to=PadTo.BOX))}
    wanted = parse_spec("cat.jpg", "tall-padratio", known)  # a box of one side has no proportions
    assert (wanted.transform.pad_to, build_spec(wanted)) == (PadTo.BOX, "tall")
    assert parse_spec("cat.jpg", "tall-padratio-50x30-inside", known).transform.pad_to is PadTo.RATIO


@given(st.lists(presets(), min_size=1, max_size=3), st.data())
def test_whatever_is_asked_of_a_preset_has_one_path_that_asks_for_the_same(given: list[Preset], data: Any) -> None:
    known = {preset.name: preset for preset in given}
    text = data.draw(specs(data.draw(st.sampled_from(sorted(known)))))
    try:
        wanted = parse_spec("cat.jpg", text, known)
    except BadToken:
        assume(False)  # two tokens contradict each other
    written = build_spec(wanted)
    assert parse_spec("cat.jpg", written, known) == wanted
    assert build_spec(parse_spec("cat.jpg", written, known)) == written


@given(st.text(), st.lists(presets(), max_size=2))
def test_any_path_is_wanted_a_bad_path_or_a_bad_token(path: str, given: list[Preset]) -> None:
    try:
        wanted = parse(path, select(GRAMMARS), {preset.name: preset for preset in given})
    except (BadPath, BadToken):
        return
    assert path.endswith(wanted.source) or path.startswith(f"{wanted.source}/")


def test_all_derivatives_of_a_source_share_its_prefix() -> None:
    for path, source, _, _ in CASES:
        assert path.startswith(f"{source}/")
