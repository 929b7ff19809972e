"""`fine` keeps details that a JPEG loses where it is decoded as small as the result."""

from pathlib import Path

import pytest
import pyvips

from bench.ssim import luma, ssim
from firstsight import render
from firstsight.image.geometry import Rect, Size, plan, shrink
from firstsight.image.similarity import similarity
from firstsight.tokens import parse


@pytest.mark.parametrize(("spare", "factor"), [(1, 4), (2, 2), (4, 1)])
def test_it_leaves_twice_the_pixels_that_are_needed(spare: float, factor: int) -> None:
    assert shrink(Size(1000, 800), Size(240, 190), (2, 4, 8), spare) == factor


def test_the_result_is_nearer_to_one_of_the_whole_picture(photos: Path) -> None:
    source = photos / "rocket.jpg"
    whole = pyvips.Image.new_from_file(str(source)).icc_transform("srgb", embedded=True)
    ideal = whole.resize(300 / whole.width, vscale=200 / whole.height).pngsave_buffer()
    quick = similarity(render(source, "300x200-fill.png").data, ideal)
    fine = similarity(render(source, "300x200-fill-fine.png").data, ideal)
    assert fine > 0.99 > quick


def test_the_similarity_is_that_of_the_benchmarks(photos: Path) -> None:
    one, other = (render(photos / "coffee.png", f"300x200-{look}.png").data for look in ("blur1", "sharpen"))
    planes = [luma(pyvips.Image.new_from_buffer(data, "")) for data in (one, other)]
    assert similarity(one, other) == pytest.approx(ssim(*planes), abs=0.01)
    assert similarity(one, one) == pytest.approx(1)
    with pytest.raises(ValueError, match="Expected one size but got 300x200 and 150x100"):
        similarity(one, render(photos / "coffee.png", "150x100.png").data)


@pytest.mark.parametrize(
    ("source", "spec", "crop"),
    [
        # 300x200 of which 200x200 are kept, from 50 on: of the source the middle 600 from 150 on
        (Size(900, 600), "200x200-fine-dpr0.25", Rect(150, 0, 600, 600)),
        # 301x200 would be cut at 50, not at 50.5
        (Size(903, 600), "200x200-fine-dpr0.25", Rect(150, 0, 600, 600)),
        (Size(600, 900), "200x100-south-fine-dpr0.5", Rect(0, 600, 600, 300)),
        (Size(900, 600), "200x200-fine", Rect(0, 0, 900, 600)),
        (Size(900, 600), "200x200-dpr0.25", Rect(0, 0, 900, 600)),
    ],
)
def test_a_part_of_the_pixel_ratio_shows_what_the_whole_shows(source: Size, spec: str, crop: Rect) -> None:
    assert plan(source, parse(spec)).crop == crop
