"""Sizes and offsets worked out by hand, and laws that hold for all of them; no pixels."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from firstsight.image.geometry import Orientation, Rect, Size, cut, fit, orientation, place, plan, shrink
from firstsight.records import replace
from firstsight.transform import Anchor, Crop, Fit, Focus, Sides, Transform

COVER, CONTAIN, INSIDE, OUTSIDE, FILL, CLIP = Fit
ENLARGE = {"enlarge": True}


@pytest.mark.parametrize(
    ("source", "box", "how", "more", "resized", "canvas"),
    [
        # no box: nothing happens, and dpr alone cannot enlarge
        ((640, 427), (None, None), COVER, {}, (640, 427), (640, 427)),
        ((640, 427), (None, None), COVER, {"dpr": 2}, (640, 427), (640, 427)),
        ((640, 427), (None, None), COVER, {"dpr": 0.5}, (320, 214), (320, 214)),
        # one side: the other follows; 427 * 320/640 = 213.5 is rounded up
        ((640, 427), (320, None), COVER, {}, (320, 214), (320, 214)),
        ((640, 427), (None, 100), COVER, {}, (150, 100), (150, 100)),
        ((641, 427), (None, 100), COVER, {}, (150, 100), (150, 100)),
        ((640, 427), (1280, None), COVER, {}, (640, 427), (640, 427)),
        ((640, 427), (1280, None), COVER, ENLARGE, (1280, 854), (1280, 854)),
        ((640, 427), (320, None), COVER, {"dpr": 2}, (640, 427), (640, 427)),
        ((640, 427), (321, None), COVER, {"dpr": 2}, (640, 427), (640, 427)),
        ((640, 427), (100, None), COVER, {"dpr": 1.5}, (150, 100), (150, 100)),
        # cover: the smallest that covers the box, then the box
        ((640, 427), (300, 200), COVER, {}, (300, 200), (300, 200)),
        ((640, 427), (200, 200), COVER, {}, (300, 200), (200, 200)),
        ((640, 427), (200, 300), COVER, {}, (450, 300), (200, 300)),
        ((427, 640), (200, 200), COVER, {}, (200, 300), (200, 200)),
        ((640, 427), (100, 100), COVER, {"dpr": 3}, (450, 300), (300, 300)),
        ((641, 427), (211, 97), COVER, {}, (211, 141), (211, 97)),
        # cover of more than there is: the box keeps its proportions and shrinks to what there is
        ((100, 100), (300, 200), COVER, {}, (100, 100), (100, 67)),
        ((640, 427), (1280, 427), COVER, {}, (640, 427), (640, 214)),
        ((640, 427), (640, 854), COVER, {}, (640, 427), (320, 427)),
        ((100, 100), (300, 200), COVER, ENLARGE, (300, 300), (300, 200)),
        ((100, 50), (100, 100), COVER, ENLARGE, (200, 100), (100, 100)),
        # contain: the whole image, and the box as canvas
        ((640, 427), (200, 200), CONTAIN, {}, (200, 133), (200, 200)),
        ((100, 50), (300, 200), CONTAIN, {}, (100, 50), (300, 200)),
        ((100, 50), (300, 200), CONTAIN, ENLARGE, (300, 150), (300, 200)),
        ((100, 50), (300, 200), CONTAIN, {"dpr": 2}, (100, 50), (600, 400)),
        # inside and outside: no canvas of their own
        ((640, 427), (200, 200), INSIDE, {}, (200, 133), (200, 133)),
        ((640, 427), (1000, 200), INSIDE, {}, (300, 200), (300, 200)),
        ((100, 50), (300, 200), INSIDE, {}, (100, 50), (100, 50)),
        ((100, 50), (300, 200), INSIDE, ENLARGE, (300, 150), (300, 150)),
        ((640, 427), (200, 200), OUTSIDE, {}, (300, 200), (300, 200)),
        ((100, 50), (80, 80), OUTSIDE, {}, (100, 50), (100, 50)),
        ((100, 50), (80, 80), OUTSIDE, ENLARGE, (160, 80), (160, 80)),
        # fill: stretched
        ((640, 427), (200, 200), FILL, {}, (200, 200), (200, 200)),
        ((100, 50), (200, 100), FILL, {}, (100, 50), (100, 50)),
        ((100, 50), (200, 25), FILL, {}, (100, 13), (100, 13)),
        ((100, 50), (200, 25), FILL, ENLARGE, (200, 25), (200, 25)),
        # extreme proportions: a side is never less than one pixel
        ((1, 10_000), (100, None), COVER, {}, (1, 10_000), (1, 10_000)),
        ((1, 10_000), (None, 100), COVER, {}, (1, 100), (1, 100)),
        ((10_000, 1), (100, 100), INSIDE, {}, (100, 1), (100, 1)),
        ((1, 10_000), (100, 100), COVER, {}, (1, 10_000), (1, 1)),
        ((1, 10_000), (100, 100), CONTAIN, {}, (1, 100), (100, 100)),
        ((10_000, 1), (100, 100), OUTSIDE, {}, (10_000, 1), (10_000, 1)),
        ((1, 10_000), (2, 3), FILL, {}, (1, 2), (1, 2)),
        ((1, 10_000), (2, 3), FILL, ENLARGE, (2, 3), (2, 3)),
        # one pixel
        ((1, 1), (100, 100), COVER, {}, (1, 1), (1, 1)),
        ((1, 1), (100, 50), COVER, ENLARGE, (100, 100), (100, 50)),
        ((1, 1), (100, 50), CONTAIN, {}, (1, 1), (100, 50)),
        ((5000, 5000), (1, 1), COVER, {}, (1, 1), (1, 1)),
        ((5000, 5000), (1, 1), COVER, {"dpr": 0.1}, (1, 1), (1, 1)),
    ],
)
def test_the_size_to_resize_to_and_the_canvas(
    source: tuple[int, int],
    box: tuple[int | None, int | None],
    how: Fit,
    more: dict[str, Any],
    resized: tuple[int, int],
    canvas: tuple[int, int],
) -> None:
    transform = Transform(width=box[0], height=box[1], fit=how, **more)
    assert fit(Size(*source), transform) == (Size(*resized), Size(*canvas))


# A cover crop of 300x200 to 200x200 is 100 pixels too wide, of 200x300 100 too high; odd ones are 101 and cut 50 first.
@pytest.mark.parametrize(
    ("anchor", "wide", "high", "odd"),
    [
        (Anchor.CENTER, (-50, 0), (0, -50), (-50, 0)),
        (Anchor.NORTH, (-50, 0), (0, 0), (-50, 0)),
        (Anchor.NORTHEAST, (-100, 0), (0, 0), (-101, 0)),
        (Anchor.EAST, (-100, 0), (0, -50), (-101, 0)),
        (Anchor.SOUTHEAST, (-100, 0), (0, -100), (-101, 0)),
        (Anchor.SOUTH, (-50, 0), (0, -100), (-50, 0)),
        (Anchor.SOUTHWEST, (0, 0), (0, -100), (0, 0)),
        (Anchor.WEST, (0, 0), (0, -50), (0, 0)),
        (Anchor.NORTHWEST, (0, 0), (0, 0), (0, 0)),
        (Anchor.SMART, (-50, 0), (0, -50), (-50, 0)),
        # the point at 3/4 of 300 is 225; to have it in the middle of 200 the crop starts at 125, but can only at 100
        (Focus(0.75, 0.75), (-100, 0), (0, -100), (-101, 0)),
        (Focus(0.5, 0.5), (-50, 0), (0, -50), (-51, 0)),
        (Focus(0.4, 0.4), (-20, 0), (0, -20), (-20, 0)),
        (Focus(0.1, 0.9), (0, 0), (0, -100), (0, 0)),
        (Focus(0, 1), (0, 0), (0, -100), (0, 0)),
    ],
)
def test_an_anchor_decides_what_a_cover_crop_cuts_off(
    anchor: Anchor | Focus, wide: tuple[int, int], high: tuple[int, int], odd: tuple[int, int]
) -> None:
    transform = Transform(width=200, height=200, anchor=anchor)
    assert plan(Size(300, 200), transform).offset == wide
    assert plan(Size(200, 300), transform).offset == high
    assert plan(Size(301, 200), transform).offset == odd


@pytest.mark.parametrize(
    ("anchor", "offset"),
    [
        (Anchor.CENTER, (0, 33)),  # 67 rows are free: 33 above, 34 below
        (Anchor.NORTH, (0, 0)),
        (Anchor.SOUTH, (0, 67)),
        (Anchor.EAST, (0, 33)),
        (Anchor.SOUTHEAST, (0, 67)),
        (Focus(0.5, 0.25), (0, 16)),
        (Focus(0, 1), (0, 67)),
    ],
)
def test_where_contain_places_the_image(anchor: Anchor | Focus, offset: tuple[int, int]) -> None:
    assert plan(Size(640, 427), Transform(width=200, height=200, fit=CONTAIN, anchor=anchor)).offset == offset


def test_only_a_cover_crop_that_cuts_something_looks_at_the_picture() -> None:
    smart: dict[str, Any] = {"width": 200, "height": 200, "anchor": Anchor.SMART}
    assert plan(Size(300, 200), Transform(**smart)).smart
    assert not plan(Size(300, 300), Transform(**smart)).smart
    assert not plan(Size(300, 200), Transform(**smart, fit=CONTAIN)).smart
    assert not plan(Size(300, 200), Transform(width=200, height=200)).smart


@pytest.mark.parametrize(
    ("source", "crop", "rect"),
    [
        ((640, 427), None, (0, 0, 640, 427)),
        ((640, 427), Crop(10, 20, 30, 40), (10, 20, 30, 40)),
        ((640, 427), Crop(600, 400, 100, 100), (600, 400, 40, 27)),
        ((640, 427), Crop(639, 426, 1, 1), (639, 426, 1, 1)),
        ((640, 427), Crop(0.1, 0.1, 0.5, 0.5, relative=True), (64, 43, 320, 213)),  # rows 42.7 to 256.2
        ((640, 427), Crop(0.0, 0.0, 1.0, 1.0, relative=True), (0, 0, 640, 427)),
        ((640, 427), Crop(0.75, 0.75, 0.75, 0.75, relative=True), (480, 320, 160, 107)),
        ((640, 427), Crop(0.5, 0.5, 0.0001, 0.0001, relative=True), (320, 214, 1, 1)),
        ((1, 10_000), Crop(0.5, 0.5, 0.5, 0.5, relative=True), None),  # starts at 0.5, which is pixel 1 of 1
        ((640, 427), Crop(640, 0, 10, 10), None),
        ((640, 427), Crop(0, 427, 10, 10), None),
    ],
)
def test_a_crop_takes_what_of_it_lies_inside_the_source(
    source: tuple[int, int], crop: Crop | None, rect: tuple[int, int, int, int] | None
) -> None:
    if rect is None:
        with pytest.raises(ValueError, match="Expected a crop inside"):
            cut(Size(*source), crop)
    else:
        assert cut(Size(*source), crop) == Rect(*rect)


def test_a_crop_comes_before_the_fit_and_the_padding_after_it() -> None:
    transform = Transform(width=50, height=50, crop=Crop(100, 0, 200, 100), pad=Sides(1, 2, 3, 4), dpr=1.5)
    found = plan(Size(640, 427), transform)
    assert (found.crop, found.resized, found.canvas) == (Rect(100, 0, 200, 100), Size(150, 75), Size(75, 75))
    assert found.offset == (-37, 0)
    assert found.pad == Sides(2, 3, 5, 6)  # 1.5, 3, 4.5 and 6, halves up
    assert found.result == Size(75 + 3 + 6, 75 + 2 + 5)


@pytest.mark.parametrize(
    ("crop", "resized", "factor"),
    [
        ((2725, 2225), (720, 588), 2),
        ((1440, 1176), (720, 588), 2),
        ((1439, 1176), (720, 588), 1),
        ((5760, 4704), (720, 588), 8),
        ((100_000, 100_000), (10, 10), 8),
        ((10, 10), (20, 20), 1),
        ((4000, 100), (1000, 100), 1),
    ],
)
def test_a_loader_never_shrinks_below_what_the_result_needs(
    crop: tuple[int, int], resized: tuple[int, int], factor: int
) -> None:
    assert shrink(Size(*crop), Size(*resized), (2, 4, 8)) == factor
    assert shrink(Size(*crop), Size(*resized), ()) == 1


# Laws.

lengths = st.one_of(st.integers(1, 20), st.integers(1, 5_000), st.sampled_from([1, 10_000]))
sizes = st.builds(Size, lengths, lengths)
sides = st.one_of(st.none(), st.integers(1, 20), st.integers(1, 5_000))
fractions = st.floats(0, 1)
anchors = st.one_of(st.sampled_from(Anchor), st.builds(Focus, fractions, fractions))
transforms = st.builds(
    Transform,
    width=sides,
    height=sides,
    fit=st.sampled_from(Fit),
    anchor=anchors,
    enlarge=st.booleans(),
    dpr=st.sampled_from([0.1, 0.5, 1, 1.5, 2, 3]),
)


def box_of(transform: Transform) -> tuple[float, float]:
    infinite = float("inf")
    width = max(1, np.floor(transform.width * transform.dpr + 0.5)) if transform.width else infinite
    height = max(1, np.floor(transform.height * transform.dpr + 0.5)) if transform.height else infinite
    return float(width), float(height)


@given(sizes, transforms)
def test_the_result_never_exceeds_the_box(source: Size, transform: Transform) -> None:
    # a ratio below 1 means less to `clip`, as it does to imgproxy, where the source has too little at 1
    transform = replace(transform, dpr=max(transform.dpr, 1)) if transform.fit is CLIP else transform
    width, height = box_of(transform)
    result = plan(source, transform).result
    if transform.fit is not OUTSIDE:
        assert result.width <= width
        assert result.height <= height
    assert result.width >= 1
    assert result.height >= 1


@given(sizes, transforms)
def test_cover_and_fill_equal_the_box_when_there_is_enough_or_it_may_be_enlarged(
    source: Size, transform: Transform
) -> None:
    box = box_of(transform)
    if transform.fit in (COVER, FILL) and transform.width and transform.height:
        enough = source.width >= box[0] and source.height >= box[1]
        if enough or transform.enlarge:
            result = plan(source, transform).result
            assert (result.width, result.height) == box


@given(sizes, transforms)
def test_nothing_is_enlarged_unless_asked(source: Size, transform: Transform) -> None:
    resized = plan(source, transform).resized
    if not transform.enlarge:
        assert resized.width <= source.width
        assert resized.height <= source.height


@given(sizes, transforms)
def test_proportions_are_kept_to_a_pixel_unless_it_is_stretched(source: Size, transform: Transform) -> None:
    resized = plan(source, transform).resized
    if transform.fit is FILL and transform.width and transform.height:
        return
    # both sides are within half a pixel of what one common scale gives
    skew = abs(resized.width * source.height - resized.height * source.width)
    assert 1 in (resized.width, resized.height) or skew <= (source.width + source.height) / 2 + 1e-6


@given(sizes, transforms)
def test_a_cover_crop_lies_inside_the_resized_image_and_contain_inside_the_canvas(
    source: Size, transform: Transform
) -> None:
    found = plan(source, transform)
    left, top = found.offset
    for offset, length, room in (
        (left, found.resized.width, found.canvas.width),
        (top, found.resized.height, found.canvas.height),
    ):
        assert min(0, room - length) <= offset <= max(0, room - length)


@given(st.integers(1, 3000), st.integers(1, 3000), fractions)
def test_a_focus_point_is_as_near_to_the_middle_as_the_edges_allow(length: int, room: int, fraction: float) -> None:
    if room >= length:
        return
    start = -place(length, room, fraction, focus=True)
    distances = [abs(fraction * length - (s + room / 2)) for s in range(length - room + 1)]
    assert abs(fraction * length - (start + room / 2)) <= min(distances) + 1e-6


# Orientation, against numpy on arrays whose every cell is different.

orientations = st.sampled_from(Orientation)
# What EXIF says of each value (TIFF 6.0): where the stored row 0 and column 0 are seen.
SEEN: dict[int, Any] = {
    1: lambda a: a,
    2: np.fliplr,
    3: lambda a: np.rot90(a, 2),
    4: np.flipud,
    5: lambda a: a.T,
    6: lambda a: np.rot90(a, -1),
    7: lambda a: np.rot90(a, 2).T,
    8: lambda a: np.rot90(a, 1),
}


def cells(width: int, height: int) -> "np.ndarray[Any, Any]":
    return np.arange(width * height).reshape(height, width)


def turned(array: "np.ndarray[Any, Any]", way: Orientation) -> "np.ndarray[Any, Any]":
    """What the two parts of an orientation do."""
    flop, turns = way.parts
    return np.rot90(np.fliplr(array) if flop else array, -turns)


@pytest.mark.parametrize("way", Orientation)
def test_the_parts_of_an_orientation_do_what_exif_says(way: Orientation) -> None:
    array = cells(3, 2)
    assert np.array_equal(turned(array, way), SEEN[way](array))
    assert way.swaps == (turned(array, way).shape != array.shape)


@given(orientations, orientations)
def test_two_orientations_one_after_the_other_are_one(first: Orientation, second: Orientation) -> None:
    array = cells(3, 2)
    assert np.array_equal(turned(array, first.then(second)), turned(turned(array, first), second))


@given(orientations, orientations, orientations)
def test_orientations_are_a_group(a: Orientation, b: Orientation, c: Orientation) -> None:
    assert a.then(b).then(c) is a.then(b.then(c))
    assert a.then(Orientation.NORMAL) is a is Orientation.NORMAL.then(a)
    assert sum(a.then(other) is Orientation.NORMAL for other in Orientation) == 1


@given(orientations, st.integers(1, 9), st.integers(1, 9), st.data())
def test_a_rectangle_is_found_in_the_stored_image(
    way: Orientation, width: int, height: int, data: st.DataObject
) -> None:
    stored = cells(width, height)
    seen = turned(stored, way)
    left, top = data.draw(st.integers(0, seen.shape[1] - 1)), data.draw(st.integers(0, seen.shape[0] - 1))
    across = data.draw(st.integers(1, seen.shape[1] - left))
    down = data.draw(st.integers(1, seen.shape[0] - top))
    rect = way.place(Rect(left, top, across, down), Size(width, height))
    found = stored[rect.top : rect.top + rect.height, rect.left : rect.left + rect.width]
    assert np.array_equal(turned(found, way), seen[top : top + down, left : left + across])


@pytest.mark.parametrize("exif", [0, 9, -1, 65_535])
def test_an_orientation_that_does_not_exist_counts_as_normal(exif: int) -> None:
    assert orientation(exif, Transform()) is Orientation.NORMAL


@given(orientations, st.booleans(), st.booleans(), st.sampled_from([0, 90, 180, 270]))
def test_flip_flop_and_turn_follow_the_orientation_in_the_file(
    exif: Orientation, flip: bool, flop: bool, degrees: int
) -> None:
    array = cells(3, 2)
    expected = SEEN[exif](array)
    expected = np.flipud(expected) if flip else expected
    expected = np.fliplr(expected) if flop else expected
    expected = np.rot90(expected, -degrees // 90)
    whole = orientation(int(exif), Transform(flip=flip, flop=flop, rotate=degrees))
    assert np.array_equal(turned(array, whole), expected)


def test_an_angle_that_is_not_a_right_one_is_no_orientation() -> None:
    assert orientation(6, Transform(rotate=45)) is Orientation.QUARTER
