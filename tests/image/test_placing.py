"""Clip, adaptive boxes, shifts, focus points in pixels, and crops that count from anywhere."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firstsight import tokens
from firstsight.image.geometry import Plan, Rect, Size, plan
from tests.strategies import transforms


def planned(source: tuple[int, int], spec: str) -> Plan:
    return plan(Size(*source), tokens.parse(spec))


@pytest.mark.parametrize(
    ("source", "spec", "size"),
    [
        ((640, 480), "300x200-clip", (300, 200)),
        ((640, 480), "1000x200-clip", (640, 200)),
        ((640, 480), "200x1000-clip", (200, 480)),
        ((640, 480), "1000x1000-clip", (640, 480)),
        ((640, 480), "300x200-clip-dpr2", (600, 400)),
        # at 2x the box would be wider than the source: the ratio is lowered to 640 / 400
        ((640, 480), "400x200-clip-dpr2", (640, 320)),
        ((640, 480), "1000x200-clip-dpr2", (640, 200)),
        # adaptive: a box that lies otherwise is turned, or the whole image shown in it
        ((480, 640), "300x200-inside-adaptive", (200, 267)),
        ((640, 480), "300x200-inside-adaptive", (267, 200)),
        ((480, 640), "300x200-outside-adaptive", (225, 300)),
        ((480, 640), "300x200-adaptive", (150, 200)),
        ((640, 480), "300x200-adaptive", (300, 200)),
        ((480, 480), "200x300-adaptive", (200, 200)),
        ((480, 480), "200x300-inside-adaptive", (200, 200)),
    ],
)
def test_an_adaptive_box_is_turned_or_holds_the_whole_image_for_a_source_that_lies_the_other_way(
    source: tuple[int, int], spec: str, size: tuple[int, int]
) -> None:
    result = planned(source, spec).result
    assert (result.width, result.height) == size


@pytest.mark.parametrize(
    ("spec", "offset"),
    [
        ("200x200-shift30x0", (-230, 0)),
        ("200x200-shiftm30x0", (-170, 0)),
        ("200x200-west-shift30x0", (-30, 0)),
        ("200x200-east-shift30x0", (-370, 0)),
        ("200x200-west-shift0.1x0.0", (-60, 0)),
        ("200x200-west-shiftm30x0", (0, 0)),
        ("200x200-west-shift9000x0", (-400, 0)),
        ("100x100-west-shift30x0-dpr2", (-60, 0)),
        ("600x400-contain-shift0x10", (0, 110)),
        ("600x400-contain-south-shift0x10", (0, 190)),
        ("600x400-contain-south-shift0.0x0.1", (0, 160)),
        ("200x200-point450x9", (-350, 0)),
        ("200x200-point0x0", (0, 0)),
        ("200x200-point9000x0", (-400, 0)),
        # a point is of the source, not of what has been cropped
        ("100x100-crop200x0x300x200-point350x9", (-25, 0)),
    ],
)
def test_a_crop_is_moved_from_its_anchor_and_stays_inside(spec: str, offset: tuple[int, int]) -> None:
    assert planned((600, 200), spec).offset == offset


@pytest.mark.parametrize(
    ("crop", "rect"),
    [
        ("crop10x20x100x50", (10, 20, 100, 50)),
        ("crop10x20x100x50-fromnorthwest", (10, 20, 100, 50)),
        ("crop10x20x100x50-fromnortheast", (490, 20, 100, 50)),
        ("crop10x20x100x50-fromsouthwest", (10, 130, 100, 50)),
        ("crop10x20x100x50-fromsoutheast", (490, 130, 100, 50)),
        ("crop10x20x100x50-fromcenter", (260, 95, 100, 50)),
        ("crop0x20x100x50-fromnorth", (250, 20, 100, 50)),
        ("crop0.1x0.0x0.5x0.5-fromeast", (240, 50, 300, 100)),
        ("crop0x0x9000x50-fromcenter", (0, 75, 600, 50)),
        ("crop9000x0x100x50-fromeast", (0, 75, 100, 50)),
    ],
)
def test_a_crop_counts_from_where_it_says(crop: str, rect: tuple[int, int, int, int]) -> None:
    assert planned((600, 200), crop).crop == Rect(*rect)


sizes = st.builds(Size, st.integers(1, 3000), st.integers(1, 3000))


@given(sizes, transforms())
def test_no_plan_leaves_the_source_or_the_canvas(source: Size, transform: object) -> None:
    try:
        made = plan(source, transform)  # type: ignore[arg-type] # any transform
    except ValueError:  # a crop that starts outside
        return
    crop = made.crop
    assert 0 <= crop.left <= crop.left + crop.width <= source.width
    assert 0 <= crop.top <= crop.top + crop.height <= source.height
    for start, length, room in zip(
        made.offset,
        (made.resized.width, made.resized.height),
        (made.canvas.width, made.canvas.height),
        strict=True,
    ):
        assert min(0, room - length) <= start <= max(0, room - length)
