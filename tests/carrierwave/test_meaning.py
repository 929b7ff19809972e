"""What processors mean, one by one and one after the other, by engine and release; and what cannot be taken over."""

from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from firstsight.carrierwave.meaning import Engine, NotTaken, finished, meaning, then
from firstsight.carrierwave.reading import Processor
from firstsight.image.geometry import Size, plan
from firstsight.tokens import canonical, parse

MAGICK1, MAGICK3 = Engine("MiniMagick", 1), Engine("MiniMagick", 3)
RMAGICK1, RMAGICK3, VIPS = Engine("RMagick", 1), Engine("RMagick", 3), Engine("Vips", 3)


def call(method: str, *arguments: Any, defined: str = "", condition: str = "") -> Processor:
    return Processor(method, arguments, "a.rb:1", defined, condition)


#: A processor, the dialects in which it means the same, and the spec.
MEANINGS = [
    ("resize_to_fit", (300, 200), (MAGICK1, MAGICK3, RMAGICK1, VIPS), "300x200-inside-enlarge"),
    ("resize_to_fit", (300, None), (MAGICK1, VIPS), "300x-enlarge"),
    ("resize_to_fit", ("300", "200"), (MAGICK1,), "300x200-inside-enlarge"),
    ("resize_to_limit", (300, 200), (MAGICK1, MAGICK3, RMAGICK1, VIPS), "300x200-inside"),
    ("resize_to_limit", (None, 200), (MAGICK3,), "x200"),
    ("resize_to_fill", (300, 200), (MAGICK1, MAGICK3, RMAGICK1, VIPS), "300x200-enlarge"),
    ("resize_to_fill", (300, 200, "North"), (MAGICK1, MAGICK3), "300x200-north-enlarge"),
    ("resize_to_fill", (300, 200, "NorthWestGravity"), (RMAGICK1, RMAGICK3), "300x200-northwest-enlarge"),
    ("resize_to_fill", (300, 200, "north"), (VIPS,), "300x200-enlarge"),  # Vips does not look at it
    ("resize_and_pad", (300, 200), (MAGICK1,), "300x200-contain"),  # which alone does not enlarge
    ("resize_and_pad", (300, 200), (MAGICK3, RMAGICK1, VIPS), "300x200-contain-enlarge"),
    ("resize_and_pad", (300, 200, "#fc0", "South"), (MAGICK3,), "300x200-contain-south-enlarge-bgffcc00"),
    ("resize_and_pad", (300, 200, "transparent", "Center"), (MAGICK3,), "300x200-contain-enlarge"),
    ("resize_and_pad", (300, 200, [255, 0, 0], "south-west"), (VIPS,), "300x200-contain-southwest-enlarge-bgff0000"),
    ("resize_and_pad", (300, 200, "White"), (RMAGICK3,), "300x200-contain-enlarge-bgffffff"),
    ("resize_to_geometry_string", ("300x200>",), (RMAGICK1,), "300x200-inside"),
    ("resize_to_geometry_string", ("300x200^",), (RMAGICK1,), "300x200-outside-enlarge"),
    ("resize_to_geometry_string", ("300x200!",), (RMAGICK1,), "300x200-fill-enlarge"),
    ("resize_to_geometry_string", ("300x",), (RMAGICK1,), "300x-enlarge"),
    ("crop", (10, 20, 300, 200), (MAGICK3, VIPS), "full-crop10x20x300x200"),
    ("convert", ("jpg",), (MAGICK1, VIPS), "full.jpg"),
    ("convert", ("JPEG",), (MAGICK1,), "full.jpg"),
    ("convert", (".webp",), (VIPS,), "full.webp"),
]


@pytest.mark.parametrize(
    ("method", "arguments", "engine", "spec"),
    [(method, arguments, engine, spec) for method, arguments, dialects, spec in MEANINGS for engine in dialects],
)
def test_a_processor_means_the_same_here(method: str, arguments: tuple[Any, ...], engine: Engine, spec: str) -> None:
    expected = parse(spec) if not spec.startswith("full-") else parse(spec.removeprefix("full-"))
    assert meaning(call(method, *arguments), engine) == expected


def test_640x480_gives_what_carrierwave_gives() -> None:
    """The sizes are those of CarrierWave's own documentation and of ImageMagick."""
    for method, box, size in (
        ("resize_to_fit", (1000, 1000), (1000, 750)),
        ("resize_to_limit", (1000, 1000), (640, 480)),
        ("resize_to_fill", (1000, 1000), (1000, 1000)),
        ("resize_and_pad", (1000, 1000), (1000, 1000)),
        ("resize_to_fit", (100, None), (100, 75)),
    ):
        result = plan(Size(640, 480), meaning(call(method, *box), MAGICK3)).result
        assert (result.width, result.height) == size


@pytest.mark.parametrize("method", ["auto_orient", "fix_exif_rotation", "strip"])
def test_what_is_always_done_here_is_nothing(method: str) -> None:
    assert meaning(call(method, defined="a.rb:9"), MAGICK1) == parse("full")


def test_a_method_called_quality_is_the_quality() -> None:
    assert meaning(call("quality", 60, defined="a.rb:9"), MAGICK1) == parse("q60")


@pytest.mark.parametrize(
    ("processor", "reason"),
    [
        (call("sepia", defined="app/x.rb:7"), r"'sepia' is a method of your own \(app/x.rb:7\)"),
        (call("resize_to_fit", 3, 4, defined="app/x.rb:7"), "'resize_to_fit' is a method of your own"),
        (call("resize_to_fit", 3, 4, condition="app/x.rb:8"), r"is done under a condition \(app/x.rb:8\)"),
        (call("resize_to_fit", {"proc": "x.rb:2"}, 4), r"gets its size from code \(x.rb:2\)"),
        (call("resize_to_fit", 3, 4, {"combine_options": {"blur": "1"}}), "has options for MiniMagick"),
        (call("resize_to_fit", "wide", 4), r"arguments that are not understood \('wide', 4\)"),
        (call("resize_to_fit", None, None), "arguments that are not understood"),
        (call("resize_to_fit", 99999, 4), "arguments that are not understood"),
        (call("resize_and_pad", 3, 4, "papayawhip"), "arguments that are not understood"),
        (call("resize_to_geometry_string", "50%"), "arguments that are not understood"),
        (call("convert", "pdf"), "it writes PDF, which is not written here"),
    ],
)
def test_what_cannot_be_taken_over_says_why(processor: Processor, reason: str) -> None:
    with pytest.raises(NotTaken, match=reason):
        meaning(processor, MAGICK1)


@pytest.mark.parametrize(
    ("first", "second", "both"),
    [
        ("300x300-inside", "q60", "300x300-inside-q60"),
        ("300x300-inside", "full.png", "300x300-inside.png"),
        ("full.png", "300x300-inside", "300x300-inside.png"),
        ("crop1x2x300x200", "100x100", "100x100-crop1x2x300x200"),
        ("300x300-inside", "100x200-inside", "100x200-inside"),
        ("100x300-inside", "200x200-inside", "100x200-inside"),
        ("300x300-inside-enlarge", "100x200-inside", "100x200-inside-enlarge"),
        ("300x300-inside", "100x100-inside-enlarge", "100x100-inside-enlarge"),
        ("300x300-inside", "100x100-enlarge", "100x100-enlarge"),
        ("300x300-inside-enlarge", "200x100-contain", "200x100-contain-enlarge"),
        ("300x300-inside", "200x100-contain", "200x100-contain"),
        ("200x100-north-enlarge", "50x50-inside", "200x100-north-enlarge-dpr0.25"),
        ("200x100-enlarge", "400x400-inside", "200x100-enlarge"),
        ("200x100-enlarge", "400x400-inside-enlarge", "400x200-enlarge"),
        ("200x100-enlarge", "100x50-enlarge", "200x100-enlarge-dpr0.5"),
        ("200x100-contain-enlarge-bgff0000", "50x50-inside", "50x25-contain-enlarge-bgff0000"),
    ],
)
def test_two_processors_are_one_transform(first: str, second: str, both: str) -> None:
    assert canonical(then(parse(first), parse(second))) == both


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("200x100-enlarge", "100x100-enlarge"),
        ("200x100-enlarge", "300x300-contain-enlarge"),
        ("100x100-inside", "200x200-contain"),
        ("200x100-contain", "50x50-inside"),
        ("300x300-inside", "crop1x2x30x20"),
    ],
)
def test_two_that_are_no_single_one_are_left_out(first: str, second: str) -> None:
    with pytest.raises(NotTaken):
        then(parse(first), parse(second))


SIDES = st.none() | st.integers(1, 900)
BOXES = st.tuples(SIDES, SIDES).filter(lambda box: box != (None, None))
METHODS = st.sampled_from(["resize_to_fit", "resize_to_limit", "resize_to_fill", "resize_and_pad"])


@example("resize_to_fill", (11, 8), "resize_to_fit", (None, 1), 50, 50)  # less than a tenth of what was before
@given(METHODS, BOXES, METHODS, BOXES, st.integers(50, 2000), st.integers(50, 2000))
def test_one_transform_for_two_gives_the_size_that_two_give(
    one: str, box: tuple[Any, Any], other: str, small: tuple[Any, Any], width: int, height: int
) -> None:
    try:
        first, second = meaning(call(one, *box), MAGICK3), meaning(call(other, *small), MAGICK3)
        both = then(first, second)
    except NotTaken:
        return
    step = plan(Size(width, height), first).result
    twice, once = plan(step, second).result, plan(Size(width, height), both).result
    # a size that was rounded in between has its proportions rounded, too
    for a, b, own in ((twice.width, once.width, step.width), (twice.height, once.height, step.height)):
        assert abs(a - b) <= 1 + max(a, b) / min(step.width, step.height, own)


@pytest.mark.parametrize(
    ("spec", "engine", "whole"),
    [
        ("300x300", MAGICK1, "300x300-fine-q95"),
        ("300x300-q60", MAGICK1, "300x300-fine-q60"),
        ("300x300.webp", MAGICK3, "300x300-fine-q75.webp"),
        ("300x300.png", RMAGICK1, "300x300-fine.png"),
        ("300x300", VIPS, "300x300-fine-sharpen0.5-q75"),
        ("300x300", Engine("Vips", 3, (2, 0)), "300x300-fine-q75"),
        ("300x300", Engine("MiniMagick", 3, (1, 10)), "300x300-fine-sharpen0.8-q95"),
        ("300x300", Engine("MiniMagick", 2, (1, 11)), "300x300-fine-q95"),
        ("300x300", Engine("MiniMagick", 1, (1, 10)), "300x300-fine-q95"),
        ("300x300", Engine("RMagick", 2, (1, 10)), "300x300-fine-q95"),
        ("full.jpg", VIPS, "q75.jpg"),
    ],
)
def test_the_engines_own_ways_are_added(spec: str, engine: Engine, whole: str) -> None:
    assert canonical(finished(parse(spec), engine)) == whole
