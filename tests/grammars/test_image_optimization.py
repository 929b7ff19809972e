"""AWS's image-optimization sample: its queries and its stored keys, one table for both."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firstsight.errors import BadToken, FirstsightError
from firstsight.grammars import RawUrl, parse, read, select
from firstsight.settings import from_dict
from firstsight.transform import Format, Transform

SETTINGS = from_dict({"grammars": ["image_optimization", "native"]})
FORMATS = {"jpeg": Format.JPEG, "webp": Format.WEBP, "avif": Format.AVIF, "png": Format.PNG, "gif": Format.GIF}

#: Queries, the operations of the stored key, and the transform, for a source photos/a.jpg.
CASES: list[tuple[str, str, dict[str, Any]]] = [
    ("", "original", {"format": Format.JPEG}),
    ("width=300", "width=300", {"width": 300, "enlarge": True, "format": Format.JPEG}),
    ("height=200", "height=200", {"height": 200, "enlarge": True, "format": Format.JPEG}),
    (
        "height=200&width=300",
        "width=300,height=200",
        {"width": 300, "height": 200, "enlarge": True, "format": Format.JPEG},
    ),
    (
        "format=webp&width=300&height=200&quality=80",
        "format=webp,quality=80,width=300,height=200",
        {"width": 300, "height": 200, "enlarge": True, "quality": 80, "format": Format.WEBP},
    ),
    ("quality=50", "quality=50", {"quality": 50, "format": Format.JPEG}),
    ("format=jpg", "format=jpeg", {"format": Format.JPEG}),
    ("format=WebP", "format=webp", {"format": Format.WEBP}),
    # the sample names the quality of a format that has none
    ("format=png&quality=70", "format=png,quality=70", {"format": Format.PNG}),
    ("width=0300", "width=300", {"width": 300, "enlarge": True, "format": Format.JPEG}),
    ("width=300&v=2", "width=300", {"width": 300, "enlarge": True, "format": Format.JPEG}),
    ("width=300&width=400", "width=300", {"width": 300, "enlarge": True, "format": Format.JPEG}),
]
CASES += [
    (
        f"format={name}&{side}={length}&quality={quality}",
        f"format={name},quality={quality},{side}={length}",
        {side: length, "enlarge": True, "quality": quality, "format": format},
    )
    for name, format in FORMATS.items()
    for side, length in (("width", 1), ("height", 640), ("width", 16_383))
    for quality in (1, 60, 100)
]
CASES += [(f"format={name}", f"format={name}", {"format": format}) for name, format in FORMATS.items()]


@pytest.mark.parametrize(("query", "operations", "fields"), CASES)
def test_a_query_is_stored_under_the_key_that_the_sample_asks_for(
    query: str, operations: str, fields: dict[str, Any]
) -> None:
    asked = read(RawUrl("photos/a.jpg", query), SETTINGS)
    assert asked is not None
    assert (asked.source, asked.transform) == ("photos/a.jpg", Transform(**fields))
    assert asked.key == f"photos/a.jpg/{operations}"
    stored = parse(asked.key, select(SETTINGS.grammars), {})
    assert (stored.source, stored.transform, stored.key) == (asked.source, asked.transform, asked.key)


def test_auto_is_stored_under_the_format_it_becomes() -> None:
    asked = read(RawUrl("a.png", "format=auto&width=300"), SETTINGS)
    assert asked is not None
    assert asked.key == "a.png/format=auto,width=300"
    made = asked.with_transform(Transform(width=300, enlarge=True, format=Format.AVIF))
    assert made.key == "a.png/format=avif,width=300"


@pytest.mark.parametrize(
    ("source", "format"),
    [("a.png", Format.PNG), ("a.webp", Format.WEBP), ("a.svg", Format.PNG), ("a.tiff", Format.JPEG)],
)
def test_without_a_format_it_is_the_sources(source: str, format: Format) -> None:
    asked = read(RawUrl(source, "width=9"), SETTINGS)
    assert asked is not None
    assert asked.transform.format is format
    assert asked.key == f"{source}/width=9"


def test_operations_in_another_order_are_written_in_the_samples() -> None:
    found = parse("a.jpg/width=3,format=webp", select(SETTINGS.grammars), {})
    assert found.key == "a.jpg/format=webp,width=3"


@pytest.mark.parametrize(
    "query", ["width=0", "width=-1", "width=x", "width=16384", "height=1.5", "quality=0", "quality=101", "format=bmp"]
)
def test_a_wrong_value_is_refused_by_its_name(query: str) -> None:
    with pytest.raises(BadToken) as raised:
        read(RawUrl("a.jpg", query), SETTINGS)
    assert raised.value.token == query
    lenient = from_dict({"grammars": ["image_optimization"], "dialects": {"lenient": True}})
    found = read(RawUrl("a.jpg", query), lenient)
    assert found is not None
    assert found.key == "a.jpg/original"


def test_an_operation_that_is_there_twice_is_refused() -> None:
    with pytest.raises(BadToken):
        parse("a.jpg/width=3,width=4", select(SETTINGS.grammars), {})


@pytest.mark.parametrize("path", ["a.jpg/300x200.webp", "a.jpg/info.json", "cat", "", "a.jpg/original"])
def test_what_our_own_grammars_read_is_theirs(path: str) -> None:
    assert read(RawUrl(path), SETTINGS) is None


@given(
    st.lists(
        st.sampled_from(["a.jpg", "/", "original", "format=", "auto", "width=", "3", ",", "%2F"]) | st.text(max_size=3)
    ),
    st.text(max_size=20),
)
def test_any_request_is_wanted_or_not_or_an_error_of_ours(pieces: list[str], query: str) -> None:
    path = "".join(pieces)
    try:
        found = read(RawUrl(path, query), SETTINGS)
        stored = parse(path, select(("image_optimization",)), {})
    except FirstsightError:
        return
    assert found is None or found.key
    assert parse(stored.key, select(("image_optimization",)), {}) == stored
