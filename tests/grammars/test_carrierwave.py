"""The grammar of CarrierWave's names: what a path may mean, in which order, and where."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firstsight.grammars import carrierwave, parse, select
from firstsight.settings import Preset
from firstsight.transform import Fit, Format, Transform

SMALL = Transform(width=200, height=200, quality=80)
WIDE = Transform(width=320, height=100, fit=Fit.INSIDE)


def presets(**given: tuple[Transform, str]) -> dict[str, Preset]:
    return {
        name: Preset(name, transform, carrierwave=tuple(entries.split()))
        for name, (transform, entries) in given.items()
    }


PRESETS = presets(
    thumb=(SMALL, "uploads/user/avatar/*/thumb"),
    mini=(SMALL, "uploads/user/avatar/*/thumb_mini"),
    cover=(WIDE, "uploads/post/*/thumb uploads/post/own/thumb_x"),
    drawn=(Transform(width=100, format=Format.PNG), "uploads/user/avatar/*/drawn"),
    flat=(SMALL, "thumb"),
)

#: A path, and the sources it may mean with the preset each, in the order in which they are looked for.
READINGS: list[tuple[str, list[tuple[str, str]]]] = [
    ("uploads/user/avatar/7/thumb_cat.jpg", [("uploads/user/avatar/7/cat.jpg", "thumb")]),
    (
        "uploads/user/avatar/7/thumb_mini_cat.jpg",
        [("uploads/user/avatar/7/cat.jpg", "mini"), ("uploads/user/avatar/7/mini_cat.jpg", "thumb")],
    ),
    ("uploads/user/avatar/7/thumb_thumb_cat.jpg", [("uploads/user/avatar/7/thumb_cat.jpg", "thumb")]),
    ("uploads/post/cover/thumb_cat.jpg", [("uploads/post/cover/cat.jpg", "cover")]),
    ("thumb_a b+(2)[x]é.jpg", [("a b+(2)[x]é.jpg", "flat")]),
    ("thumb__.jpg", [("_.jpg", "flat")]),
]


@pytest.mark.parametrize(("path", "sources"), READINGS)
def test_a_path_is_read_in_every_way_that_is_configured_the_file_itself_first(
    path: str, sources: list[tuple[str, str]]
) -> None:
    wanted = carrierwave.parse(path, PRESETS)
    assert wanted is not None
    itself, *made = wanted.readings
    assert (itself.source, itself.untouched) == (path, True)
    assert [(reading.source, reading.preset and reading.preset.name) for reading in made] == sources
    assert {reading.key for reading in wanted.readings} == {wanted.key} == {path}


@pytest.mark.parametrize(
    "path",
    [
        "uploads/user/avatar/thumb_cat.jpg",
        "uploads/user/avatar/7/8/thumb_cat.jpg",
        "uploads/user/banner/7/thumb_cat.jpg",
        "other/thumb_cat.jpg",
        "uploads/user/avatar/7/cat.jpg/thumb.webp",
        "",
    ],
)
def test_other_directories_are_left_to_the_other_grammars(path: str) -> None:
    assert carrierwave.parse(path, PRESETS) is None or path == ""


@pytest.mark.parametrize(
    "file", ["cat.jpg", "thumbcat.jpg", "Thumb_cat.jpg", "cat_thumb.jpg", "thumb_", "poster_a.jpg"]
)
def test_a_file_that_is_no_version_is_an_original(file: str) -> None:
    path = f"uploads/user/avatar/7/{file}"
    wanted = carrierwave.parse(path, PRESETS)
    assert wanted is not None
    assert (wanted.source, wanted.untouched, wanted.preset, wanted.readings) == (path, True, None, ())


@pytest.mark.parametrize(
    ("name", "format"),
    [
        ("thumb_cat.jpg", Format.JPEG),
        ("thumb_cat.JPEG", Format.JPEG),
        ("thumb_cat.png", Format.PNG),
        ("thumb_cat.webp", Format.WEBP),
        ("thumb_cat.gif", Format.GIF),
        ("thumb_cat.heic", Format.JPEG),
        ("thumb_cat", Format.JPEG),
        ("drawn_cat.jpg", Format.PNG),  # CarrierWave 1 and 2 keep the extension of what they convert
        ("drawn_cat.png", Format.PNG),
    ],
)
def test_the_extension_decides_the_format_unless_the_preset_does(name: str, format: Format) -> None:
    wanted = carrierwave.parse(f"uploads/user/avatar/7/{name}", PRESETS)
    assert wanted is not None
    assert wanted.transform.format is format


def test_the_original_of_a_converted_version_is_looked_for_under_other_extensions() -> None:
    wanted = carrierwave.parse("uploads/user/avatar/7/drawn_cat.v2.png", PRESETS)
    assert wanted is not None
    names = [reading.source.rpartition("/")[2] for reading in wanted.readings]
    assert names[:5] == ["drawn_cat.v2.png", "cat.v2.png", "cat.v2.jpg", "cat.v2.jpeg", "cat.v2.JPG"]
    assert len(set(names)) == len(names)
    kept = carrierwave.parse("uploads/user/avatar/7/drawn_cat.jpg", PRESETS)
    assert kept is not None
    assert len(kept.readings) == 2


def test_the_most_particular_directory_counts_alone() -> None:
    assert list(carrierwave.versions_in("uploads/post/own", PRESETS.values())) == ["thumb_x"]
    assert list(carrierwave.versions_in("uploads/post/cover", PRESETS.values())) == ["thumb"]


def test_the_names_of_a_sources_versions_are_read_as_that_source() -> None:
    source = "uploads/user/avatar/7/cat.jpg"
    paths = list(carrierwave.names(source, PRESETS))
    names = sorted(path.rpartition("/")[2] for path in paths)
    assert names == ["drawn_cat.jpg", "drawn_cat.png", "thumb_cat.jpg", "thumb_mini_cat.jpg"]
    for path in paths:
        wanted = carrierwave.parse(path, PRESETS)
        assert wanted is not None
        assert source in [reading.source for reading in wanted.readings]


def test_without_a_version_in_the_presets_nothing_is_carrierwaves() -> None:
    plain = {"thumb": Preset("thumb", SMALL)}
    wanted = parse("uploads/user/avatar/7/thumb", select(("carrierwave", "native")), plain)
    assert wanted.grammar.name == "native"


@given(st.text())
def test_any_path_is_read_or_left_alone(path: str) -> None:
    wanted = carrierwave.parse(path, PRESETS)
    if wanted is not None:
        assert wanted.key == path
