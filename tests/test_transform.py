"""A transform holds only what a spec can spell, and only what has an effect."""

import dataclasses
import math
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given

from firstsight.transform import (
    APPLIES,
    DEFAULTS,
    RANGES,
    Anchor,
    Colour,
    Crop,
    Fit,
    Focus,
    Format,
    Sides,
    Transform,
    applies,
)
from tests.strategies import transforms

BOX: dict[str, Any] = {"width": 300, "height": 200}


def make(name: str, value: Any) -> Transform:
    return Transform(**{name: value})


@pytest.mark.parametrize(
    ("given", "same"),
    [
        # Without a box of two sides there is nothing to fit or to crop.
        ({"width": 300, "fit": Fit.FILL}, {"width": 300}),
        ({"fit": Fit.CONTAIN, "anchor": Anchor.NORTH, "enlarge": True}, {}),
        ({"width": 300, "anchor": Anchor.NORTH, "enlarge": True}, {"width": 300, "enlarge": True}),
        ({**BOX, "fit": Fit.INSIDE, "anchor": Anchor.NORTH}, {**BOX, "fit": Fit.INSIDE}),
        ({**BOX, "fit": Fit.FILL, "anchor": Focus(0.1, 0.2)}, {**BOX, "fit": Fit.FILL}),
        ({"crop": Crop(0, 0, 1, 1, relative=True)}, {}),
        ({"pad": Sides(0, 0, 0, 0)}, {}),
        ({"grayscale": True, "saturation": 150}, {"grayscale": True}),
        # Nothing is enlarged, so a larger ratio has nothing to multiply.
        ({"dpr": 2}, {}),
        ({"dpr": 2, "round": 16_383}, {"round": 16_383}),
        ({"format": Format.PNG, "quality": 80}, {"format": Format.PNG}),
        ({"format": Format.GIF, "quality": 80, "lossless": True}, {"format": Format.GIF}),
        ({"format": Format.JPEG, "quality": 80, "lossless": True}, {"format": Format.JPEG, "quality": 80}),
        ({"format": Format.WEBP, "quality": 80, "lossless": True}, {"format": Format.WEBP, "lossless": True}),
        ({**BOX, "format": Format.JSON, "blur": 5, "dpr": 2, "frame": 3}, {"format": Format.JSON}),
        # Numbers are kept to four decimals, and a whole one is whole.
        ({"blur": 1.23456}, {"blur": 1.2346}),
        ({"rotate": 90.0}, {"rotate": 90}),
        ({"width": 300.0}, {"width": 300}),
        ({"blur": -0.00001}, {"blur": 0}),
    ],
)
def test_what_has_no_effect_is_as_if_it_had_not_been_said(given: dict[str, Any], same: dict[str, Any]) -> None:
    assert Transform(**given) == Transform(**same)


@pytest.mark.parametrize(
    "given",
    [
        {**BOX, "fit": Fit.CONTAIN, "anchor": Anchor.NORTH},
        {**BOX, "anchor": Anchor.SMART},
        {"height": 200, "enlarge": True},
        {"dpr": 0.5},
        {"dpr": 2, "height": 200},
        {"dpr": 2, "pad": Sides(1, 0, 0, 0)},
        {"dpr": 2, "round": 10},
        {"dpr": 2, "blur": 5},
        {"saturation": 150},
        {"quality": 80},
        {"lossless": True, "format": Format.AVIF},
        {"frame": 2, "trim": 0, "background": Colour(0, 0, 0, 0)},
    ],
)
def test_what_has_an_effect_stays(given: dict[str, Any]) -> None:
    transform = Transform(**given)
    assert {name: getattr(transform, name) for name in given} == given
    assert transform != Transform(**dict(list(given.items())[1:]))


@given(transforms())
def test_a_transform_built_again_from_its_fields_is_the_same(transform: Transform) -> None:
    values = {field.name: getattr(transform, field.name) for field in dataclasses.fields(transform)}
    assert Transform(**values) == transform


@given(transforms())
def test_no_number_is_out_of_range_and_whole_ones_are_whole(transform: Transform) -> None:
    for name, (low, high) in RANGES.items():
        value = getattr(transform, name)
        if value is not None:
            assert low <= value <= high
            assert value == round(value, 4)
            assert isinstance(value, int) or value != int(value)


@given(transforms())
def test_a_field_that_does_not_apply_has_its_default(transform: Transform) -> None:
    for name in APPLIES:
        if not applies(transform, name):
            assert getattr(transform, name) == DEFAULTS[name]


@pytest.mark.parametrize("name", RANGES)
def test_the_ends_of_every_range_are_in_it_and_what_is_beyond_is_refused(name: str) -> None:
    low, high = RANGES[name]
    for value in (low, high):
        make(name, value)
    for value in (low - 1, high + 1, -math.inf, math.inf, math.nan, 10**400, -(10**400)):
        with pytest.raises(ValueError, match=rf"^Expected {name} to be a .*number from {low} to {high} but got "):
            make(name, value)


@pytest.mark.parametrize("name", sorted(RANGES.keys() - {"rotate", "blur", "sharpen", "dpr"}))
def test_a_number_that_has_to_be_whole_is_not_cut(name: str) -> None:
    with pytest.raises(ValueError, match=rf"^Expected {name} to be a whole number from .* but got 5\.5\.$"):
        make(name, 5.5)


@pytest.mark.parametrize(
    ("part", "sentence"),
    [
        (lambda: Crop(-1, 0, 10, 10), "Expected crop left to be a whole number from 0 to 1000000 but got -1."),
        (lambda: Crop(0, 0, 0, 10), "Expected crop width to be a whole number from 1 to 1000000 but got 0."),
        (lambda: Crop(0, 0, 10, 0.5), "Expected crop height to be a whole number from 1 to 1000000 but got 0.5."),
        (
            lambda: Crop(0, 0, 10, 1_000_001),
            "Expected crop height to be a whole number from 1 to 1000000 but got 1000001.",
        ),
        (lambda: Crop(0, 1.1, 1, 1, relative=True), "Expected crop top to be a number from 0 to 1 but got 1.1."),
        (lambda: Crop(0, 0, 0, 1, relative=True), "Expected crop width to be a number from 0.0001 to 1 but got 0."),
        (lambda: Focus(1.5, 0), "Expected focus x to be a number from 0 to 1 but got 1.5."),
        (lambda: Focus(0, math.nan), "Expected focus y to be a number from 0 to 1 but got nan."),
        (lambda: Sides(1, 2, -3, 4), "Expected padding bottom to be a whole number from 0 to 16383 but got -3."),
        (lambda: Colour(0, 256, 0), "Expected colour green to be a whole number from 0 to 255 but got 256."),
        (lambda: Colour(0, 0, 0, -1), "Expected colour alpha to be a whole number from 0 to 255 but got -1."),
    ],
)
def test_a_part_that_cannot_be_says_which_number_is_wrong(part: Callable[[], object], sentence: str) -> None:
    with pytest.raises(ValueError) as raised:
        part()
    assert str(raised.value) == sentence


@pytest.mark.parametrize(
    ("anchor", "point"),
    [
        (Anchor.CENTER, (0.5, 0.5)),
        (Anchor.NORTH, (0.5, 0)),
        (Anchor.NORTHEAST, (1, 0)),
        (Anchor.EAST, (1, 0.5)),
        (Anchor.SOUTHEAST, (1, 1)),
        (Anchor.SOUTH, (0.5, 1)),
        (Anchor.SOUTHWEST, (0, 1)),
        (Anchor.WEST, (0, 0.5)),
        (Anchor.NORTHWEST, (0, 0)),
        (Anchor.SMART, (0.5, 0.5)),
    ],
)
def test_an_anchor_is_a_point(anchor: Anchor, point: tuple[float, float]) -> None:
    assert anchor.focus == point
