"""The watermark: where it lies, how large and how opaque, against the same in numpy."""

from typing import Any

import numpy as np
import pytest

from firstsight import tokens
from firstsight.errors import NotApplicable
from firstsight.image import finish, start
from firstsight.settings import Limits
from tests.image.made import jpeg, png
from tests.image.made.exif import exif
from tests.image.seeing import decoded

Array = np.ndarray[Any, Any]
GRAY = np.full((60, 90, 3), 100)
RED = np.full((10, 20, 3), [255, 0, 0])


def marked(spec: str, base: Array = GRAY, mark: Array = RED, kind: int = png.RGB) -> Array:
    data = png.png(base, png.RGBA if base.shape[-1] == 4 else png.RGB)
    return laid(f"{spec}.png", data, png.png(mark, png.RGBA if mark.shape[-1] == 4 else png.RGB))


def laid(spec: str, base: bytes, mark: bytes) -> Array:
    picture = start(iter([base]), Limits())
    return decoded(finish(picture, tokens.parse(spec), Limits(), watermark=mark).data)[0]


def red(shown: Array) -> Array:
    return np.asarray(shown[..., 0].astype(int) > shown[..., 1].astype(int) + 20)


@pytest.mark.parametrize(
    ("spec", "left", "top"),
    [
        ("mark", 35, 25),
        ("mark100northwest", 0, 0),
        ("mark100southeast", 70, 50),
        ("mark100north", 35, 0),
        ("mark100southeast0x5x7", 65, 43),
        ("mark100northwest0x5x7", 5, 7),
        ("mark100center0x5xm7", 40, 18),
        ("mark100west0x5x7", 5, 32),
    ],
)
def test_it_lies_where_it_is_told_to(spec: str, left: int, top: int) -> None:
    expected = np.zeros((60, 90), bool)
    expected[top : top + 10, left : left + 20] = True
    assert np.array_equal(red(marked(spec)), expected)


def test_it_is_as_opaque_as_it_is_told_to_be() -> None:
    shown = marked("mark25center")
    assert np.abs(shown[30, 45, :3] - [100 + 155 * 0.25, 75, 75]).max() <= 1
    half = np.full((10, 20, 4), [255, 0, 0, 128])
    assert np.abs(marked("mark50center", mark=half)[30, 45, :3].astype(int) - [139, 75, 75]).max() <= 2


@pytest.mark.parametrize(("scale", "size"), [(50, (45, 22)), (100, (90, 45)), (10, (9, 4))])
def test_it_fits_into_a_part_of_the_result(scale: int, size: tuple[int, int]) -> None:
    found = red(marked(f"mark100northwest{scale}"))
    assert abs(int(found.any(0).sum()) - size[0]) <= 1
    assert abs(int(found.any(1).sum()) - size[1]) <= 1


def test_tiles_cover_all_of_it_parted_by_so_much() -> None:
    assert red(marked("mark100tile")).all()
    found = red(marked("mark100tile0x10x5"))
    y, x = np.mgrid[:60, :90]
    assert np.array_equal(found, (x % 30 < 20) & (y % 15 < 10))


def test_what_does_not_fit_is_cut_off() -> None:
    large = np.full((200, 300, 3), [255, 0, 0])
    assert red(marked("mark", mark=large)).all()


def test_it_grows_with_the_ratio_and_keeps_its_place() -> None:
    found = red(marked("20x20-mark100southeast0x1x1-dpr2"))
    assert found.shape == (40, 40)
    assert not found[:, -2:].any()
    assert not found[-2:].any()
    assert found[-3, -3]


def test_a_result_without_alpha_stays_without_and_one_with_keeps_it() -> None:
    assert (marked("mark")[..., 3] == 255).all()
    clear = np.zeros((60, 90, 4), int)
    shown = marked("mark", base=clear)
    assert shown[30, 45].tolist() == [255, 0, 0, 255]
    assert shown[0, 0, 3] == 0


def test_a_gray_picture_takes_a_colour_on() -> None:
    data = png.png(np.full((40, 40, 1), 100), png.GRAY)
    picture = start(iter([data]), Limits())
    made = finish(picture, tokens.parse("grayscale-mark.png"), Limits(), watermark=png.png(RED, png.RGB))
    assert red(decoded(made.data)[0]).any()


def test_without_a_watermark_it_cannot_be_laid() -> None:
    picture = start(iter([png.png(GRAY, png.RGB)]), Limits())
    with pytest.raises(NotApplicable, match="no watermark"):
        finish(picture, tokens.parse("mark.png"), Limits())


def test_it_is_upright_at_every_ratio() -> None:
    turned = jpeg.jpeg(jpeg.ycc(RED[:1, :2]), jpeg.exif_segment(exif(6)))
    for spec, size in (("mark100northwest", (16, 8)), ("mark100northwest-dpr2", (32, 16))):
        found = red(laid(f"45x30-{spec}.png", png.png(GRAY, png.RGB), turned))
        assert (found.any(1).sum(), found.any(0).sum()) == size


def test_it_may_be_larger_than_a_spec_can_ask_for() -> None:
    wide = png.png(np.full((2, 17_000, 3), 100), png.RGB)
    assert red(laid("mark100northwest100.png", wide, png.png(np.full((1, 9_000, 3), [255, 0, 0]), png.RGB))).any()
    large = np.full((2, 2_100, 3), [255, 0, 0])
    assert red(marked("30x-dpr8-mark100northwest", mark=large))[:8].all()
