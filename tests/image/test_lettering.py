"""Labels: where the letters lie, in what colour, and what happens where there is no font."""

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import firstsight
from firstsight import tokens
from firstsight.errors import TooManyPixels
from firstsight.image.lettering import has_font
from firstsight.transform import Anchor, Colour, Format, Label, Transform
from tests.conftest import missing
from tests.image.made import png
from tests.image.seeing import decoded
from tests.image.sources import source

Array = np.ndarray[Any, Any]
GRAY = png.png(np.full((100, 200, 3), 100), png.RGB)
WHITE = Colour(255, 255, 255)
needs_font = pytest.mark.usefixtures("font")


@pytest.fixture
def font() -> None:
    """A font on this machine."""
    if not has_font():
        missing("there is no font: apt-get install fonts-dejavu-core")


def written(label: Label, data: bytes = GRAY, **more: Any) -> Array:
    return decoded(firstsight.render(data, Transform(label=label, format=Format.PNG, **more)).data)[0]


def box(shown: Array) -> tuple[int, int, int, int]:
    """The left, top, right and bottom of what is not gray."""
    differs = np.abs(shown[..., :3] - 100).max(-1) > 8
    ys, xs = np.nonzero(differs)
    return int(xs.min()), int(ys.min()), int(xs.max()) + 1, int(ys.max()) + 1


@needs_font
@pytest.mark.parametrize(
    ("place", "left", "top", "right", "bottom"),
    [
        (Anchor.NORTHWEST, 5, 7, None, None),
        (Anchor.SOUTHEAST, None, None, 195, 93),
        (Anchor.NORTHEAST, None, 7, 195, None),
        (Anchor.SOUTHWEST, 5, None, None, 93),
    ],
)
def test_letters_lie_at_their_place_moved_inwards(
    place: Anchor, left: int | None, top: int | None, right: int | None, bottom: int | None
) -> None:
    found = box(written(Label("Hx", 30, place, 5, 7, WHITE)))
    for seen, expected in zip(found, (left, top, right, bottom), strict=True):
        assert expected is None or abs(seen - expected) <= 1
    assert 15 <= found[3] - found[1] <= 30  # a capital letter is some seven tenths of the font's size


@needs_font
def test_letters_lie_in_the_middle_and_grow_with_their_size_and_the_ratio() -> None:
    small, large = (box(written(Label("Hx", size, colour=WHITE))) for size in (20, 40))
    assert abs(small[0] + small[2] - 200) <= 2
    assert abs(small[1] + small[3] - 100) <= 2
    assert abs((large[2] - large[0]) / (small[2] - small[0]) - 2) < 0.2
    twice = box(written(Label("Hx", 20, colour=WHITE), dpr=2))
    assert abs((twice[2] - twice[0]) - (large[2] - large[0])) <= 1


@needs_font
def test_letters_have_their_colour_and_are_as_sheer_as_it_is() -> None:
    solid = written(Label("HHHH", 60, colour=Colour(255, 0, 0)))
    assert [255, 0, 0, 255] in solid.reshape(-1, 4).tolist()
    half = written(Label("HHHH", 60, colour=Colour(255, 0, 0, 128)))
    strongest = half.reshape(-1, 4)[half[..., 0].argmax()]
    assert np.abs(strongest - [178, 50, 50, 255]).max() <= 2


@needs_font
def test_what_would_be_markup_is_text_and_a_gray_picture_takes_a_colour_on() -> None:
    marked = written(Label("<b>&amp;", 20, colour=WHITE))
    plain = written(Label("b", 20, colour=WHITE))
    assert box(marked)[2] - box(marked)[0] > 4 * (box(plain)[2] - box(plain)[0])
    gray = png.png(np.full((40, 40, 1), 100), png.GRAY)
    shown = written(Label("HH", 30, colour=Colour(255, 0, 0)), gray)
    assert (shown[..., 0] - shown[..., 1]).max() > 200


@needs_font
def test_what_does_not_fit_is_cut_off_and_what_would_take_too_much_memory_is_refused() -> None:
    assert written(Label("W" * 100, 200, colour=WHITE)).shape[:2] == (100, 200)
    for size in (1000, 350):  # too many pixels, and more across than can be drawn
        with pytest.raises(TooManyPixels, match="200 letters"):
            written(Label("W" * 200, size))


@needs_font
def test_a_letter_is_on_every_frame_of_an_animation() -> None:
    shown = decoded(firstsight.render(source("gif moving"), "label30center0x0xffffffxx48x48.webp").data)
    plain = decoded(firstsight.render(source("gif moving"), "full.webp").data)
    assert len(shown) == len(plain) > 1
    assert all(np.abs(a - b).max() > 50 for a, b in zip(plain, shown, strict=True))


def test_without_a_font_it_is_said_and_no_boxes_are_drawn(tmp_path: Path) -> None:
    config = tmp_path / "fonts.conf"
    config.write_text(
        '<?xml version="1.0"?><!DOCTYPE fontconfig SYSTEM "fonts.dtd"><fontconfig></fontconfig>', encoding="ascii"
    )
    source = tmp_path / "gray.png"
    source.write_bytes(GRAY)
    spec = tokens.canonical(Transform(label=Label("Hx"), format=Format.PNG))
    script = f"import firstsight; firstsight.render({str(source)!r}, {spec!r})"
    run = subprocess.run(
        [sys.executable, "-c", script],
        env=os.environ | {"FONTCONFIG_FILE": str(config)},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert "There is no font here" in run.stderr
