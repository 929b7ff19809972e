"""imgproxy's sizes, gravities and crops, worked out by its own arithmetic as it is documented."""

import math
from typing import NamedTuple

import pytest

from firstsight.image.geometry import Size, plan
from tests.grammars.imgproxy import wanted
from tests.grammars.sizes import BOXES, SOURCES, shown


class Wish(NamedTuple):
    """What the options of a URL ask for."""

    kind: str
    box: tuple[int, int]
    dpr: float = 1
    enlarge: bool = False
    least: tuple[int, int] = (0, 0)
    extend: bool = False
    ratio: bool = False

    @property
    def path(self) -> str:
        """A path that asks for it."""
        (w, h), (mw, mh) = self.box, self.least
        words = [f"rs:{self.kind}:{w}:{h}:{int(self.enlarge)}", f"dpr:{self.dpr}", f"mw:{mw}", f"mh:{mh}"]
        return "/".join(["_", *words, f"ex:{int(self.extend)}", f"exar:{int(self.ratio)}", "plain/a.jpg"])


def rounded(value: float) -> int:
    return math.floor(value + 0.5)


def theirs(source: tuple[int, int], wish: Wish) -> tuple[int, int]:
    """The size of the result by imgproxy's calcScale and calcSizes (processing/prepare.go), its crop and its extend."""
    (w, h), (bw, bh) = source, wish.box
    across, down = w / (bw or w), h / (bh or h)
    kind = wish.kind
    if kind == "auto":
        kind = "fill" if (w - h >= 0) == (bw - bh >= 0) else "fit"
    if not bw or not bh:
        across = down = down if not bw else across
    elif kind == "fit":
        across = down = max(across, down)
    elif kind in ("fill", "fill-down"):
        across = down = min(across, down)
    scale = wish.dpr
    if not wish.enlarge:
        least = min(across, down)
        if least < 1:
            across, down = across / least, down / least
            scale = scale if wish.extend else scale / least
        scale = min(scale, across, down)
    for most in [side / part for side, part in zip(source, wish.least, strict=True) if part]:
        if most < min(across, down):
            across, down = across * most / min(across, down), down * most / min(across, down)
    target = rounded(bw * scale), rounded(bh * scale)
    scaled = max(1, rounded(w / min(across / scale, w))), max(1, rounded(h / min(down / scale, h)))
    cut = target
    if wish.kind == "fill-down" and not wish.enlarge:
        wide, high = target[0] / scaled[0], target[1] / scaled[1]
        if wide > high and wide > 1:
            cut = scaled[0], max(1, rounded(scaled[0] * target[1] / target[0]))
        elif high > wide and high > 1:
            cut = max(1, rounded(scaled[1] * target[0] / target[1])), scaled[1]
    out = min(cut[0] or scaled[0], scaled[0]), min(cut[1] or scaled[1], scaled[1])
    if wish.extend:
        return max(out[0], target[0]), max(out[1], target[1])
    if wish.ratio and bw and bh:
        wide, high = target[0] / out[0], target[1] / out[1]
        if high > wide:
            return out[0], rounded(out[0] * target[1] / target[0])
        if wide > high:
            return rounded(out[1] * target[0] / target[1]), out[1]
    return out


@pytest.mark.parametrize("enlarge", [False, True])
@pytest.mark.parametrize("dpr", [1, 2, 0.5])
@pytest.mark.parametrize("kind", ["fit", "fill", "fill-down", "force", "auto"])
@pytest.mark.parametrize("box", BOXES)
@pytest.mark.parametrize("source", SOURCES)
def test_sizes_are_those_of_imgproxys_arithmetic(
    source: tuple[int, int], box: tuple[int, int], kind: str, dpr: float, enlarge: bool
) -> None:
    wish = Wish(kind, box, dpr, enlarge)
    got, expected = shown(source, wanted(wish.path).transform), theirs(source, wish)
    if dpr >= 1 or enlarge or kind in ("fill", "auto"):
        assert got == expected
    else:  # theirs rounds a box of which a ratio below 1 has been made up for; ours multiplies the box first
        assert all(side <= max(1, rounded(most * dpr)) + 1 for side, most in zip(got, box, strict=True))


@pytest.mark.parametrize("dpr", [1, 2])
@pytest.mark.parametrize("kind", ["fit", "fill", "fill-down", "auto"])
@pytest.mark.parametrize("least", [(150, 0), (0, 150), (400, 400), (20, 20)])
@pytest.mark.parametrize("box", [*BOXES, (300, 0), (0, 200), (0, 0)])
@pytest.mark.parametrize("source", SOURCES)
def test_the_least_sides_are_those_of_imgproxys_arithmetic(
    source: tuple[int, int], box: tuple[int, int], least: tuple[int, int], kind: str, dpr: float
) -> None:
    if kind == "fill-down" and not all(box):
        return  # imgproxy crops the other side to a pixel then
    wish = Wish(kind, box, dpr, least=least)
    got, expected = shown(source, wanted(wish.path).transform), theirs(source, wish)
    assert all(abs(a - b) <= 1 for a, b in zip(got, expected, strict=True)), (got, expected)


@pytest.mark.parametrize("enlarge", [False, True])
@pytest.mark.parametrize("dpr", [1, 2])
@pytest.mark.parametrize("room", ["extend", "ratio"])
@pytest.mark.parametrize("kind", ["fit", "fill", "force", "auto"])
@pytest.mark.parametrize("box", BOXES)
@pytest.mark.parametrize("source", SOURCES)
def test_what_is_extended_has_the_size_of_imgproxys_arithmetic(
    source: tuple[int, int], box: tuple[int, int], kind: str, room: str, dpr: float, enlarge: bool
) -> None:
    wish = Wish(kind, box, dpr, enlarge, extend=room == "extend", ratio=room == "ratio")
    assert shown(source, wanted(wish.path).transform) == theirs(source, wish)


@pytest.mark.parametrize("kind", ["fit", "fill"])
@pytest.mark.parametrize("box", BOXES)
@pytest.mark.parametrize("source", SOURCES)
def test_what_is_extended_at_half_the_ratio_shows_the_same(
    source: tuple[int, int], box: tuple[int, int], kind: str
) -> None:
    wish = Wish(kind, box, 0.5, extend=True)
    found = plan(Size(*source), wanted(wish.path).transform)
    assert (found.result.width, found.result.height) == theirs(source, wish)
    whole = plan(Size(*source), wanted(wish._replace(dpr=1).path).transform).resized
    assert abs(found.resized.width - whole.width / 2) <= 1
    assert abs(found.resized.height - whole.height / 2) <= 1


@pytest.mark.parametrize("dpr", [1, 2])
@pytest.mark.parametrize("box", [(300, 0), (0, 200), (1000, 0)])
@pytest.mark.parametrize("source", SOURCES)
def test_one_side_is_extended_too(source: tuple[int, int], box: tuple[int, int], dpr: float) -> None:
    wish = Wish("fit", box, dpr, extend=True)
    assert shown(source, wanted(wish.path).transform) == theirs(source, wish)


@pytest.mark.parametrize(
    ("gravity", "offset"),
    [
        # a 600x200 image cropped to 200x200: 400 to spare
        ("ce", 200),
        ("we", 0),
        ("ea", 400),
        ("we:30:0", 30),
        ("ea:30:0", 370),
        ("ce:30:0", 230),
        ("ce:-30:0", 170),
        ("we:0.1:0", 60),  # a tenth of the image's width
        ("ea:0.1:0", 340),
        ("we:900:0", 400),
        ("we:-30:0", 0),
        ("fp:0.5:0.5", 200),
        ("fp:0.25:0.5", 50),
        ("fp:0:0", 0),
    ],
)
def test_a_gravity_and_its_offsets_place_the_crop_as_calcposition_does(gravity: str, offset: int) -> None:
    transform = wanted(f"_/rs:fill:200:200/g:{gravity}/plain/a.jpg").transform
    assert plan(Size(600, 200), transform).offset == (-offset, 0)


@pytest.mark.parametrize(
    ("crop", "rect"),
    [
        ("100:50", (250, 75, 100, 50)),
        ("100:50:nowe", (0, 0, 100, 50)),
        ("100:50:nowe:10:20", (10, 20, 100, 50)),
        ("100:50:soea:10:20", (490, 130, 100, 50)),
        ("100:50:no", (250, 0, 100, 50)),
        ("0:50:so", (0, 150, 600, 50)),
        ("0.5:0.5", (150, 50, 300, 100)),
        ("0.5:0:ea", (300, 0, 300, 200)),
        ("9000:50:ce", (0, 75, 600, 50)),
    ],
)
def test_a_crop_takes_what_calcposition_says(crop: str, rect: tuple[int, int, int, int]) -> None:
    found = plan(Size(600, 200), wanted(f"_/c:{crop}/plain/a.jpg").transform).crop
    assert (found.left, found.top, found.width, found.height) == rect


def calc_position(length: int, inner: int, at: float, offset: float, dpr: float) -> int:
    """Where a crop starts along one side, by imgproxy's calcPosition; `at` is 0, 0.5 or 1."""
    by = round(offset * dpr) if abs(offset) >= 1 else round(length * offset)
    start = {0: by, 0.5: (length - inner + 1) // 2 + by, 1: length - inner - by}[at]
    return max(0, min(start, length - inner))


PLACES = {
    "ce": (0.5, 0.5),
    "no": (0.5, 0),
    "so": (0.5, 1),
    "ea": (1, 0.5),
    "we": (0, 0.5),
    "noea": (1, 0),
    "nowe": (0, 0),
    "soea": (1, 1),
    "sowe": (0, 1),
}


@pytest.mark.parametrize("dpr", [1, 2])
@pytest.mark.parametrize("offsets", [(0, 0), (10, 20), (-10, -20), (0.1, 0.25), (-0.1, 0.05), (999, 999)])
@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("source", [(1600, 800), (800, 1600)])
def test_offsets_move_a_crop_as_calcposition_does(
    source: tuple[int, int], place: str, offsets: tuple[float, float], dpr: float
) -> None:
    found = plan(
        Size(*source), wanted(f"_/rs:fill:300:300/dpr:{dpr}/g:{place}:{offsets[0]}:{offsets[1]}/plain/a.jpg").transform
    )
    scaled = found.resized.width, found.resized.height
    assert min(scaled) == 300 * dpr
    expected = [
        calc_position(length, int(300 * dpr), at, offset, dpr)
        for length, at, offset in zip(scaled, PLACES[place], offsets, strict=True)
    ]
    # from the middle imgproxy rounds up
    assert all(abs(-got - start) <= 1 for got, start in zip(found.offset, expected, strict=True))


@pytest.mark.parametrize("dpr", [1, 2])
@pytest.mark.parametrize("place", PLACES)
def test_an_extended_image_lies_where_its_gravity_says(place: str, dpr: float) -> None:
    found = plan(Size(1600, 800), wanted(f"_/rs:fit:300:300:0:1:{place}/dpr:{dpr}/plain/a.jpg").transform)
    room = int(300 * dpr) - found.resized.height
    assert found.offset == (0, int(room * PLACES[place][1]))
