"""The plots: ticks are round and cover the values; the picture is a drawing that can be parsed."""

import xml.etree.ElementTree as ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firstsight.plot import Curve, Plot, decades, draw, ticks


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ([0.3, 9.7], [0, 2, 4, 6, 8, 10]),
        ([12, 61], [10, 20, 30, 40, 50, 60, 70]),
        ([0.95, 0.99], [0.95, 0.96, 0.97, 0.98, 0.99]),
    ],
)
def test_ticks_are_round(values: list[float], expected: list[float]) -> None:
    assert ticks(values) == pytest.approx(expected)


@given(st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=20))
def test_ticks_cover_all_values_and_are_few(values: list[float]) -> None:
    found = ticks(values)
    assert found[0] <= min(values) + 1e-6
    assert found[-1] >= max(values) - 1e-6
    assert 2 <= len(found) <= 12


def test_a_plot_has_a_line_a_curve_a_dot_and_their_names() -> None:
    drawing = draw(
        Plot("Bytes & time", "KB", "dB", [Curve("a<b", [1, 2, 3], [4, 5, 6], 1), Curve("c", [1, 2], [3, 4])])
    )
    root = ElementTree.fromstring(drawing)
    space = "{http://www.w3.org/2000/svg}"
    assert len(root.findall(f"{space}polyline")) == 2
    assert len(root.findall(f"{space}circle")) == 1
    texts = [element.text for element in root.iter(f"{space}text")]
    assert {"Bytes & time", "a<b", "c", "KB", "dB"} <= set(texts)


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ([3, 700], [1, 10, 100, 1000]),
        ([0.02, 0.5], [0.01, 0.1, 1]),
        ([10, 10], [10, 100]),
        ([1, 1e12], [1, 1e2, 1e4, 1e6, 1e8, 1e10, 1e12]),
    ],
)
def test_decades_are_powers_of_ten(values: list[float], expected: list[float]) -> None:
    assert decades(values) == pytest.approx(expected)


def test_on_a_logarithmic_axis_equal_factors_are_equal_distances() -> None:
    drawing = draw(Plot("", "", "", [Curve("", [1, 10, 100, 1e6], [5, 5, 5, 5])], log="x"))
    line = ElementTree.fromstring(drawing).find("{http://www.w3.org/2000/svg}polyline")
    assert line is not None
    a, b, c, d = (float(point.partition(",")[0]) for point in line.attrib["points"].split())
    assert (b - a, c - b, d - c) == pytest.approx((b - a, b - a, 4 * (b - a)), abs=0.5)
    assert "10⁶" in drawing


def test_what_a_logarithm_cannot_show_is_refused() -> None:
    with pytest.raises(ValueError, match=r"expected a positive|math domain"):
        draw(Plot("", "", "", [Curve("", [0, 1], [1, 2])], log="x"))
