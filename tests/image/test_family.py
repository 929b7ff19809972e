"""Many derivatives from one decode: the same as one by one, and decoded once."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import pyvips

from firstsight import tokens
from firstsight.errors import DamagedImage, NotApplicable, TooManyBytes
from firstsight.image import render, render_many
from firstsight.image.picture import Picture
from firstsight.settings import Limits
from firstsight.transform import Format

LIMITS = Limits()


def pixels(data: bytes) -> Any:
    return pyvips.Image.new_from_buffer(data, "").numpy().astype(float)


#: What a team has as presets, and what must not be shared: other frames, turns, trims, enlargements.
SPECS = (
    "100x.png",
    "800x.png",
    "400x300.png",
    "200x200-smart.png",
    "200x200-contain-bgff0000.png",
    "crop0.5x0.5x0.4x0.4-150x.png",
    "320x-rotate90-flop.png",
    "120x-rotate30.png",
    "trim-300x.png",
    "1200x-enlarge.png",
    "64x64-round.webp",
    "full.png",
    "info.json",
)


@pytest.mark.parametrize("photo", ["hubble_deep_field.jpg", "chelsea.png"])
def test_each_is_what_a_single_render_gives(photos: Path, photo: str) -> None:
    data = (photos / photo).read_bytes()
    transforms = [tokens.parse(spec) for spec in SPECS]
    together = render_many(iter([data]), transforms, limits=LIMITS)
    for spec, transform, made in zip(SPECS, transforms, together, strict=True):
        alone = render(iter([data]), transform, limits=LIMITS)
        assert (made.format, made.size, made.frames) == (alone.format, alone.size, alone.frames), spec
        if made.format is not Format.JSON and "smart" not in spec:
            difference = np.abs(pixels(made.data) - pixels(alone.data))
            assert difference.mean() < 4, spec  # a field of stars, resized twice


def test_the_source_is_decoded_once(photos: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    decoded = []
    stock = Picture.pixels

    def pixels(self: Picture, **options: Any) -> pyvips.Image:
        if self.held is None:
            decoded.append(options)
        return stock(self, **options)

    monkeypatch.setattr(Picture, "pixels", pixels)
    data = (photos / "hubble_deep_field.jpg").read_bytes()
    render_many(iter([data]), [tokens.parse(f"{width}x.jpg") for width in (100, 200, 400, 800)], limits=LIMITS)
    assert len(decoded) == 1


def test_an_animation_keeps_its_frames_and_its_still_is_the_first(photos: Path) -> None:
    frames = [pyvips.Image.black(40, 30, bands=3).copy(interpretation="srgb") + shade for shade in (10, 120, 240)]
    strip = pyvips.Image.arrayjoin([frame.cast("uchar") for frame in frames], across=1).copy()
    strip.set_type(pyvips.GValue.gint_type, "page-height", 30)
    data = bytes(strip.webpsave_buffer(lossless=True))
    moving, still = render_many(iter([data]), [tokens.parse("20x.webp"), tokens.parse("20x.png")], limits=LIMITS)
    assert (moving.frames, still.frames) == (3, 1)
    assert abs(pixels(still.data).mean() - 10) < 2


def test_a_damaged_source_fails_for_all(photos: Path) -> None:
    data = (photos / "hubble_deep_field.jpg").read_bytes()[:200_000]
    with pytest.raises(DamagedImage):
        render_many(iter([data]), [tokens.parse("100x.jpg"), tokens.parse("200x.jpg")], limits=LIMITS)


def test_a_transform_that_does_not_apply_and_a_source_that_is_too_large_are_told(photos: Path) -> None:
    data = (photos / "chelsea.png").read_bytes()
    with pytest.raises(NotApplicable):
        render_many(iter([data]), [tokens.parse("100x.jpg"), tokens.parse("frame2.jpg")], limits=LIMITS)

    def endless() -> Iterator[bytes]:
        while True:
            yield data

    with pytest.raises(TooManyBytes):
        render_many(endless(), [tokens.parse("100x.jpg")], limits=Limits(source_bytes=1_000_000))
