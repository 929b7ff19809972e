"""`fine` keeps details that a JPEG loses where it is decoded as small as the result."""

from pathlib import Path

import pytest
import pyvips

from bench.ssim import luma, ssim
from firstsight import render
from firstsight.image.geometry import Size, shrink
from firstsight.image.similarity import similarity


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
