"""The quality that is chosen for an image, and the one that fits into a number of bytes."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import pyvips

import firstsight
from firstsight import tokens
from firstsight.image import quality
from firstsight.image.similarity import compare

PHOTOS = ("astronaut.png", "chelsea.png", "coffee.png", "hubble_deep_field.jpg", "rocket.jpg")


class Encoder:
    """Gives as many bytes as the quality times ten, and counts."""

    def __init__(self) -> None:
        self.tried: list[int] = []

    def __call__(self, quality: int) -> bytes:
        self.tried.append(quality)
        return bytes(quality * 10)


@pytest.mark.parametrize("most", [5, 10, 55, 300, 333, 799, 800, 10_000])
def test_the_bytes_fit_within_four_tries_and_are_not_far_below(most: int) -> None:
    encoder = Encoder()
    data = quality.within(encoder, most, 80)
    assert len(encoder.tried) <= 4
    assert len(data) <= max(most, 10)  # less than the least quality there is not
    if most >= 10:
        assert len(data) >= min(800, most) * 0.7


def noise(side: int) -> pyvips.Image:
    pixels = np.random.default_rng(1).integers(0, 255, (side, side, 3), dtype=np.uint8)
    return pyvips.Image.new_from_array(pixels, interpretation="srgb")


def jpeg(image: pyvips.Image, q: int) -> bytes:
    return bytes(image.jpegsave_buffer(Q=q))


def test_an_easy_image_gets_the_least_quality_and_a_hard_one_the_highest() -> None:
    flat = pyvips.Image.black(400, 400, bands=3).copy(interpretation="srgb") + 128
    assert quality.alike(flat.cast("uchar").copy_memory(), jpeg, 0.94, 80) <= quality.LEAST + 2
    assert quality.alike(noise(400), jpeg, 0.999, 80) == 80


def test_no_more_than_four_samples_are_encoded_and_they_are_small() -> None:
    sizes: list[Any] = []

    def encode(image: pyvips.Image, q: int) -> bytes:
        sizes.append((image.width, image.height))
        return jpeg(image, q)

    quality.alike(noise(1000), encode, 0.9, 80)
    assert 1 <= len(sizes) <= 4
    assert set(sizes) == {(288, 288)}


def test_a_sample_shows_all_parts_of_an_image_in_its_own_resolution() -> None:
    image = noise(1000)
    tiles = quality.sample(image).numpy()
    whole = image.numpy()
    for row, top in enumerate((0, 452, 904)):
        for column, left in enumerate((0, 452, 904)):
            tile = tiles[row * 96 : row * 96 + 96, column * 96 : column * 96 + 96]
            assert (tile == whole[top : top + 96, left : left + 96]).all()
    small = noise(200)
    assert quality.sample(small) is small


@pytest.mark.parametrize("format", ["jpg", "webp", "avif"])
def test_it_saves_bytes_and_the_worst_image_is_as_good_as_with_the_default(photos: Path, format: str) -> None:
    usual: list[tuple[float, int]] = []
    chosen: list[tuple[float, int]] = []
    for name in PHOTOS:
        original = pyvips.Image.new_from_buffer(firstsight.render(photos / name, "400x.png").data, "")
        for spec, found in ((f"400x.{format}", usual), (f"400x-qauto.{format}", chosen)):
            data = firstsight.render(photos / name, spec).data
            found.append((compare(original, pyvips.Image.new_from_buffer(data, "")), len(data)))
    assert all(ours[1] <= theirs[1] for ours, theirs in zip(chosen, usual, strict=True))
    assert sum(size for _, size in chosen) < sum(size for _, size in usual)
    assert min(similarity for similarity, _ in chosen) >= min(similarity for similarity, _ in usual) - 0.001


def test_the_best_quality_under_a_number_of_bytes_is_found_below_the_chosen_one(photos: Path) -> None:
    chosen = len(firstsight.render(photos / "coffee.png", "qauto.jpg").data)
    both = len(firstsight.render(photos / "coffee.png", tokens.parse("qauto-max20k.jpg")).data)
    assert 15_000 < both <= 20_000 < chosen
