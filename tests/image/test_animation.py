"""Animations: what stays moving, how, and what is cut short."""

import numpy as np
import pytest

import firstsight
from firstsight.image import cut_short, start
from firstsight.settings import Limits
from tests.image.made import gif
from tests.image.seeing import decoded, difference, middles, told
from tests.image.sources import KINDS, MOVES, source


@pytest.mark.parametrize("format", ["gif", "webp"])
@pytest.mark.parametrize(
    ("name", "delays", "loop"), [("gif moving", [100, 200, 300, 400, 500], 3), ("webp moving", [100, 200, 300], 3)]
)
@pytest.mark.parametrize("spec", ["full", "32x", "16x48", "rotate90", "128x-enlarge", "pad4-bgffffff"])
def test_an_animation_keeps_its_frames_delays_and_loops(
    name: str, delays: list[int], loop: int, format: str, spec: str
) -> None:
    made = firstsight.render(source(name), f"{spec}.{format}")
    assert (made.frames, made.still) == (len(delays), False)
    assert told(made.data, "delay") == delays
    assert told(made.data, "loop") == loop
    assert told(made.data, "page-height") == made.size.height


@pytest.mark.parametrize("spec", ["qauto", "qauto-max1k"])
def test_an_animation_of_any_size_has_its_quality_chosen(spec: str) -> None:
    for name in ("gif moving", "webp moving"):
        made = firstsight.render(source(name), f"{spec}.webp")
        assert made.frames == len(decoded(made.data)) == len(decoded(source(name)))


def test_each_frame_is_resized_by_itself() -> None:
    # frames of one colour each: any row that took something of a neighbour would show it
    colours = np.array([[255, 0, 0], [0, 0, 255], [255, 255, 0]])
    frames = [gif.Frame(np.full((30, 40), index)) for index in range(3)]
    made = firstsight.render(gif.gif((40, 30), colours, frames, loop=0), "20x15.webp-lossless".replace("-lossless", ""))
    for frame, colour in zip(decoded(made.data), colours, strict=True):
        assert np.abs(frame[..., :3] - colour).max() <= 8


@pytest.mark.parametrize("loop", [None, 0, 1, 5])
def test_how_often_a_gif_repeats_is_kept_to_the_letter(loop: int | None) -> None:
    frames = [gif.Frame(np.full((8, 8), index)) for index in range(2)]
    data = gif.gif((8, 8), np.array([[255, 0, 0], [0, 0, 255]]), frames, loop=loop)
    again = firstsight.render(data, "4x4.gif").data
    assert told(again, "loop") == told(data, "loop")
    assert (b"NETSCAPE2.0" in again) == (loop is not None)


@pytest.mark.parametrize("limits", [Limits(frames=4), Limits(animation_pixels=5 * 64 * 48 - 1)])
def test_beyond_a_limit_the_first_frame_is_given_and_told_of(limits: Limits) -> None:
    made = firstsight.render(source("gif moving"), "full.webp", limits=limits)
    assert (made.frames, made.still, made.source.frames) == (1, True, 5)
    shown = decoded(made.data)
    assert len(shown) == 1
    assert difference(middles(shown[0]), middles(KINDS["gif moving"].seen()[0])) <= 8


def test_at_the_limits_all_frames_are_kept() -> None:
    made = firstsight.render(source("gif moving"), "full.gif", limits=Limits(frames=5, animation_pixels=5 * 64 * 48))
    assert (made.frames, made.still) == (5, False)


def test_one_frame_that_was_asked_for_or_is_all_a_format_holds_is_not_cut_short() -> None:
    limits = Limits(frames=1)
    facts = start(iter([source("gif moving")]), limits).facts
    for spec, short in {
        "full.gif": True,
        "frame2.gif": False,
        "still.webp": False,
        "full.jpg": False,
        "info.json": False,
    }.items():
        assert cut_short(facts, firstsight.tokens.parse(spec), limits) is short, spec


@pytest.mark.parametrize("format", ["gif", "webp"])
def test_a_single_frame_of_an_animation_is_not_taken_for_several(format: str) -> None:
    # twice as high as a frame was: the savers would cut it in two by the height that the loader left
    made = firstsight.render(source("gif moving"), f"128x-enlarge-still.{format}")
    shown = decoded(made.data)
    assert [frame.shape[:2] for frame in shown] == [(96, 128)]


def test_moving_frames_and_the_picture_are_what_the_tables_say() -> None:
    assert len(MOVES) == KINDS["tiff pages"].pages
