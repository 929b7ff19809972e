"""How large a result is at least, and what it is padded to: cases worked out by hand from imgproxy's documentation."""

import pytest

from firstsight import tokens
from firstsight.image.geometry import Rect, Size, plan


@pytest.mark.parametrize(
    ("source", "spec", "resized", "result", "offset"),
    [
        # at least so many pixels: enlarged, and cropped to the sides of the box that there are
        ((100, 50), "least200x", (200, 100), (200, 100), (0, 0)),
        ((100, 50), "leastx200", (400, 200), (400, 200), (0, 0)),
        ((100, 50), "least200x200", (400, 200), (400, 200), (0, 0)),
        ((100, 50), "least20x20", (100, 50), (100, 50), (0, 0)),
        ((400, 200), "100x-leastx100", (200, 100), (100, 100), (-50, 0)),
        ((400, 200), "100x-east-leastx100", (200, 100), (100, 100), (-100, 0)),
        ((400, 200), "100x100-inside-leastx100", (200, 100), (100, 100), (-50, 0)),
        ((400, 200), "100x100-inside-leastx60", (120, 60), (100, 60), (-10, 0)),
        ((400, 200), "100x100-inside-least50x", (100, 50), (100, 50), (0, 0)),
        ((400, 200), "100x100-least300x", (300, 150), (100, 100), (-100, -25)),
        ((400, 200), "100x100-inside-leastx60-dpr2", (240, 120), (200, 120), (-20, 0)),
        # padded to the box
        ((100, 50), "200x-padbox", (100, 50), (200, 50), (50, 0)),
        ((100, 50), "x200-padbox", (100, 50), (100, 200), (0, 75)),
        ((100, 50), "200x200-clip-padbox", (100, 50), (200, 200), (50, 75)),
        ((100, 50), "80x200-clip-padbox", (100, 50), (80, 200), (-10, 75)),
        ((100, 50), "80x200-clip-south-padbox", (100, 50), (80, 200), (-10, 150)),
        ((100, 50), "200x200-inside-padbox-dpr2", (100, 50), (200, 200), (50, 75)),  # the source has pixels for 1x
        ((800, 400), "200x200-inside-padbox-dpr2", (400, 200), (400, 400), (0, 100)),
        ((800, 400), "200x200-inside-padbox", (200, 100), (200, 200), (0, 50)),
        # padded to its proportions
        ((100, 50), "200x200-inside-padratio", (100, 50), (100, 100), (0, 25)),
        ((100, 50), "400x100-clip-padratio", (100, 50), (200, 50), (50, 0)),
        ((100, 50), "300x100-inside-west-padratio", (100, 50), (150, 50), (0, 0)),
        ((100, 50), "200x100-fill-padbox", (100, 50), (200, 100), (50, 25)),
    ],
)
def test_least_sides_and_padding_decide_the_size_of_a_result_and_its_place(
    source: tuple[int, int], spec: str, resized: tuple[int, int], result: tuple[int, int], offset: tuple[int, int]
) -> None:
    found = plan(Size(*source), tokens.parse(spec))
    assert (found.crop, found.resized) == (Rect(0, 0, *source), Size(*resized))
    assert (found.result, found.offset) == (Size(*result), offset)
