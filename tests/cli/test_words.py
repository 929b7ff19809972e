"""Transforms and limits in plain words."""

import dataclasses

import pytest

from firstsight import Transform, tokens
from firstsight.cli import words
from firstsight.settings import Limits


@pytest.mark.parametrize(
    ("spec", "said"),
    [
        ("full", "its own size, AVIF, WebP or what else the browser takes"),
        ("320x.webp", "at most 320 wide, always webp"),
        ("x200-enlarge.png", "200 high, enlarged where needed, always png"),
        ("90x90-smart-q80.jpg", "90x90, cropped to fill it, around what stands out, quality 80, always jpg"),
        ("90x60-north.jpg", "90x60, cropped to fill it, from the north, always jpg"),
        ("90x60-focus0.25x0.5.jpg", "90x60, cropped to fill it, around 25 % across and 50 % down, always jpg"),
        ("90x60-contain-bgff0000.jpg", "90x60, the whole image, padded, on #ff0000, always jpg"),
        ("90x60-inside.jpg", "the whole image within 90x60, always jpg"),
        ("90x60-outside.jpg", "as small as covers 90x60, not cropped, always jpg"),
        ("90x60-fill.jpg", "stretched to 90x60, always jpg"),
        ("90x90-round.png", "90x90, cropped to fill it, as round as it gets, always png"),
        (
            "round20-rotate90-grayscale-dpr2.png",
            "turned by 90°, corners rounded by 20, without colour, times 2, always png",
        ),
    ],
)
def test_a_transform_is_described(spec: str, said: str) -> None:
    assert words.describe(tokens.parse(spec)).removeprefix("its own size, " if spec.startswith("round") else "") == said


def test_every_field_of_a_transform_has_its_words() -> None:
    by_themselves = {"width", "height", "fit", "format"}
    assert {field.name for field in dataclasses.fields(Transform)} - by_themselves == words.FIELDS.keys()


def test_every_limit_has_its_words() -> None:
    assert [field.name for field in dataclasses.fields(Limits)] == sorted(
        words.LIMITS, key=[field.name for field in dataclasses.fields(Limits)].index
    )
    said = [limit(Limits()) for limit in words.LIMITS.values()]
    assert len(set(said)) == len(said)


@pytest.mark.parametrize(
    ("count", "said"),
    [(1, "1 bytes"), (999, "999 bytes"), (2_500, "2.5 kB"), (100_000_000, "100 MB"), (10**11, "100 GB")],
)
def test_bytes_are_counted_in_thousands(count: int, said: str) -> None:
    assert words.size(count) == said


@pytest.mark.parametrize(("number", "said"), [(0, "0 images"), (1, "1 image"), (2, "2 images"), (1234, "1,234 images")])
def test_a_noun_is_singular_or_plural_by_its_number(number: int, said: str) -> None:
    assert words.count(number, "image") == said


@pytest.mark.parametrize(
    ("seconds", "said"),
    [(0.2, "1 second"), (119, "119 seconds"), (600, "10 minutes"), (8000, "2 hours"), (864_000, "10 days")],
)
def test_times_are_in_the_one_unit_that_suits_them(seconds: float, said: str) -> None:
    assert words.duration(seconds) == said
