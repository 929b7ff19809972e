"""Sizes and crops of thumbor, worked out by its own arithmetic as it is documented."""

import math

import pytest

from firstsight.image.geometry import Size, plan
from tests.grammars.sizes import BOXES, SOURCES, shown
from tests.grammars.thumbor import wanted


@pytest.mark.parametrize("box", BOXES)
@pytest.mark.parametrize("source", SOURCES)
def test_sizes_are_those_of_thumbors_arithmetic(source: tuple[int, int], box: tuple[int, int]) -> None:
    (w, h), (bw, bh) = source, box
    size = f"{bw}x{bh}"
    # transformer.py: a plain box is cropped to its proportions and resized to just that
    assert shown(source, wanted(f"unsafe/{size}/a.jpg").transform) == box
    # fit_in_resize: nothing is done where the box is as large both ways, else the tighter side decides
    if bw >= w and bh >= h:
        inside = source
    elif w / bw >= h / bh:
        inside = bw, max(1, int(h * bw / w + 0.5))
    else:
        inside = max(1, int(w * bh / h + 0.5)), bh
    assert shown(source, wanted(f"unsafe/fit-in/{size}/a.jpg").transform) == inside
    # full-fit-in: the looser side decides, and it is enlarged
    outside = (bw, int(h * bw / w + 0.5)) if w / bw <= h / bh else (int(w * bh / h + 0.5), bh)
    assert shown(source, wanted(f"unsafe/full-fit-in/{size}/a.jpg").transform) == outside
    # adaptive: the box is turned where it lies the other way
    across = (w < h and bw > bh) or (w > h and bw < bh)
    turned = f"{bh}x{bw}" if across else size
    adapted = wanted(f"unsafe/adaptive-fit-in/{size}/a.jpg").transform
    assert shown(source, adapted) == shown(source, wanted(f"unsafe/fit-in/{turned}/a.jpg").transform)
    # no_upscale: each side of the box is at most the source's
    clipped = min(bw, w), min(bh, h)
    assert shown(source, wanted(f"unsafe/{size}/filters:no_upscale()/a.jpg").transform) == clipped


def test_a_focal_point_is_as_central_as_the_edges_allow() -> None:
    # a 600x200 source cropped to a square: 200 wide, around the middle of the focal box at 450
    transform = wanted("unsafe/200x200/filters:focal(400x0:500x200)/a.jpg").transform
    assert plan(Size(600, 200), transform).offset == (-350, 0)
    transform = wanted("unsafe/200x200/filters:focal(580x0:600x200)/a.jpg").transform
    assert plan(Size(600, 200), transform).offset == (-400, 0)


def auto_crop(source: tuple[int, int], box: tuple[int, int], focal: tuple[int, int]) -> tuple[int, int, int, int]:
    """What thumbor crops before it resizes: left, top, width and height (transformer.py, auto_crop)."""
    (w, h), (bw, bh) = source, box
    if bw / w > bh / h:
        width, height = w, round(w * bh / bw)
    else:
        width, height = math.ceil(bw * h / bh), h
    left = round(min(max(focal[0] - width / 2, 0), w - width))
    top = round(min(max(focal[1] - height / 2, 0), h - height))
    return left, top, width, height


def close(source: tuple[int, int], path: str, expected: tuple[int, int, int, int]) -> bool:
    """Whether ours keeps the same part, but for what a pixel of the result is in the source, and one of the source."""
    found = plan(Size(*source), wanted(path).transform)
    across, down = source[0] / found.resized.width, source[1] / found.resized.height
    left, top = -found.offset[0] * across, -found.offset[1] * down
    got = left, top, found.result.width * across, found.result.height * down
    most = (across + 1, down + 1, across + 1, down + 1)
    return all(abs(a - b) <= c for a, b, c in zip(got, expected, most, strict=True))


@pytest.mark.parametrize("down", ["top", "middle", "bottom"])
@pytest.mark.parametrize("across", ["left", "center", "right"])
@pytest.mark.parametrize("box", BOXES)
@pytest.mark.parametrize("source", SOURCES)
def test_a_crop_is_aligned_as_thumbor_aligns_it(
    source: tuple[int, int], box: tuple[int, int], across: str, down: str
) -> None:
    # FocalPoint.from_alignment: the alignment is a focal point at that part of either side
    parts = {"left": 0, "top": 0, "center": 0.5, "middle": 0.5, "right": 1, "bottom": 1}
    focal = int(source[0] * parts[across]), int(source[1] * parts[down])
    path = f"unsafe/{box[0]}x{box[1]}/{across}/{down}/a.jpg"
    assert close(source, path, auto_crop(source, box, focal))


@pytest.mark.parametrize("at", [(0.1, 0.1), (0.3, 0.8), (0.5, 0.5), (0.77, 0.2), (0.95, 0.95)])
@pytest.mark.parametrize("box", BOXES)
@pytest.mark.parametrize("source", SOURCES)
def test_a_crop_is_around_its_focal_point(
    source: tuple[int, int], box: tuple[int, int], at: tuple[float, float]
) -> None:
    x, y = (int(side * part) for side, part in zip(source, at, strict=True))
    path = f"unsafe/{box[0]}x{box[1]}/filters:focal({x - 2}x{y - 2}:{x + 2}x{y + 2})/a.jpg"
    assert close(source, path, auto_crop(source, box, (x, y)))
