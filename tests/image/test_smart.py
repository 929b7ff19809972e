"""What `smart` keeps of the photographs at hand, and that it always keeps something."""

from pathlib import Path

import numpy as np
import pytest
import pyvips
from hypothesis import given, settings
from hypothesis import strategies as st

import firstsight
from firstsight.image import smart
from firstsight.image.geometry import Size, plan
from firstsight.transform import Transform
from tests.image.made import png
from tests.image.seeing import decoded
from tests.image.sources import source

#: Left, top, right and bottom of what each photograph is of, marked by hand; the galaxies are of nothing in particular.
SUBJECTS = {
    "astronaut.png": (155, 15, 300, 190),  # her face and hair
    "chelsea.png": (130, 75, 350, 270),  # the cat's eyes and nose
    "coffee.png": (170, 15, 425, 330),  # the cup with its handle, and the spoon
    "rocket.jpg": (305, 125, 336, 405),
}
SHAPES = [(1, 1), (1, 2), (2, 1), (1, 3), (3, 1), (3, 4), (4, 3), (16, 9), (9, 16)]


def kept(subject: tuple[int, int, int, int], left: float, top: float, right: float, bottom: float) -> float:
    """How much of a subject a crop holds, of what it could hold at best."""
    across = min(subject[2], right) - max(subject[0], left)
    down = min(subject[3], bottom) - max(subject[1], top)
    most = min(subject[2] - subject[0], right - left) * min(subject[3] - subject[1], bottom - top)
    return max(0.0, across) * max(0.0, down) / most


def compared(photo: Path, shape: tuple[int, int]) -> tuple[float, float]:
    """How much `smart` and the centre keep, when a photograph is cropped to a shape."""
    image = pyvips.Image.new_from_file(str(photo))
    scale = 240 / max(shape)
    found = plan(Size(image.width, image.height), Transform(width=int(shape[0] * scale), height=int(shape[1] * scale)))
    resized = image.resize(found.resized.width / image.width, vscale=found.resized.height / image.height)
    size, unit = found.canvas, image.width / found.resized.width
    offsets = (smart.window(resized.copy_memory(), size.width, size.height), (-found.offset[0], -found.offset[1]))
    by_smart, by_centre = (
        kept(SUBJECTS[photo.name], x * unit, y * unit, (x + size.width) * unit, (y + size.height) * unit)
        for x, y in offsets
    )
    return by_smart, by_centre


def test_more_is_kept_of_the_subjects_than_by_the_centre_and_never_much_less(photos: Path) -> None:
    found = [compared(photos / name, shape) for name in SUBJECTS for shape in SHAPES]
    assert sum(by_smart for by_smart, _ in found) >= sum(by_centre for _, by_centre in found) + 1
    assert all(by_smart >= by_centre - 0.11 for by_smart, by_centre in found)


def test_where_the_centre_cuts_into_a_subject_more_is_kept_in_most_cases(photos: Path) -> None:
    found = [compared(photos / name, shape) for name in SUBJECTS for shape in SHAPES]
    cut = [(by_smart, by_centre) for by_smart, by_centre in found if by_centre < 0.97]
    assert len(cut) >= 10
    assert sum(by_smart > by_centre + 0.01 for by_smart, by_centre in cut) >= 0.7 * len(cut)


def test_a_face_above_the_centre_is_kept(photos: Path) -> None:
    for shape in ((4, 3), (16, 9), (2, 1)):
        by_smart, by_centre = compared(photos / "astronaut.png", shape)
        assert by_smart >= by_centre + 0.2
        assert by_smart >= 0.75


@pytest.mark.parametrize(("x", "spec"), [(10, "60x60-smart"), (150, "60x60-smart"), (85, "60x60-smart")])
def test_the_one_thing_to_see_is_found_wherever_it_is(x: int, spec: str) -> None:
    pixels = np.full((60, 200, 3), 90)
    pixels[20:40, x : x + 20] = [200, 150, 120]
    shown = decoded(firstsight.render(png.png(pixels, png.RGB), f"{spec}.png").data)[0]
    assert shown.shape[:2] == (60, 60)
    assert np.count_nonzero(np.abs(shown[..., :3] - [200, 150, 120]).max(-1) <= 2) == 400


def test_what_is_transparent_is_not_looked_at() -> None:
    pixels = np.zeros((60, 200, 4), int)
    pixels[:, :60] = np.random.default_rng(1).integers(0, 256, (60, 60, 4)) * [1, 1, 1, 0]
    pixels[20:40, 150:170] = [30, 60, 200, 255]
    shown = decoded(firstsight.render(png.png(pixels, png.RGBA), "60x60-smart.png").data)[0]
    assert np.count_nonzero(shown[..., 3]) == 400


def test_without_anything_to_see_it_is_the_centre() -> None:
    for value in (0, 128, 255):
        flat = pyvips.Image.black(300, 200, bands=3).linear(1, value).cast("uchar").copy(interpretation="srgb")
        assert smart.window(flat, 100, 200) == (100, 0)
        assert smart.window(flat, 300, 50) == (0, 75)


@settings(max_examples=60)
@given(
    st.integers(1, 150),
    st.integers(1, 150),
    st.integers(1, 4),
    st.floats(0.01, 1),
    st.floats(0.01, 1),
    st.integers(0, 2**32 - 1),
)
def test_it_never_fails_and_never_leaves_the_picture(
    width: int, height: int, bands: int, across: float, down: float, seed: int
) -> None:
    pixels = np.random.default_rng(seed).integers(0, 256, (height, width, bands)).astype(np.uint8)
    image = pyvips.Image.new_from_array(pixels).copy(interpretation="b-w" if bands < 3 else "srgb")
    box = max(1, int(width * across)), max(1, int(height * down))
    left, top = smart.window(image, *box)
    assert 0 <= left <= width - box[0]
    assert 0 <= top <= height - box[1]


@pytest.mark.parametrize("name", ["jpeg gray", "png gray alpha 16", "jpeg cmyk", "gif moving", "png palette 1"])
def test_every_kind_of_source_can_be_cropped_so(name: str) -> None:
    for spec in ("20x40-smart.webp", "64x8-smart.png", "1x1-smart.jpg"):
        assert firstsight.render(source(name), spec).size.width == int(spec.split("x")[0])


def test_all_frames_of_an_animation_are_cropped_alike() -> None:
    made = firstsight.render(source("webp moving"), "16x48-smart.webp")
    assert [frame.shape for frame in decoded(made.data)] == [(48, 16, 4)] * 3
