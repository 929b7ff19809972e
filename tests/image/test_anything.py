"""Any transform of any kind of source gives an image of the size that was planned, or an error that says why not."""

import pyvips
from hypothesis import given, settings
from hypothesis import strategies as st

import firstsight
from firstsight.errors import NotApplicable, TooManyPixels
from firstsight.image.lettering import has_font
from firstsight.transform import Format, Label, Sides, Transform
from tests.image.sources import KINDS, source
from tests.strategies import PLACES, TEXTS, transforms

FEW = st.none() | st.integers(1, 200)
OFFSETS = st.integers(-50, 50)
LABELS = st.none() | st.builds(Label, TEXTS, st.integers(1, 60), st.sampled_from(PLACES), OFFSETS, OFFSETS)

#: All that changes pixels, in sizes that are quickly made.
SMALL = transforms(
    width=FEW,
    height=FEW,
    least_width=FEW,
    least_height=FEW,
    pad=st.none() | st.builds(Sides, *[st.integers(0, 30)] * 4),
    dpr=st.sampled_from([1, 2, 0.5]),
    blur=st.sampled_from([0, 3]),
    rotate=st.sampled_from([0, 90, 45]),
    label=LABELS if has_font() else st.none(),
    mark=st.none(),
    crop=st.none(),
    quality_auto=st.just(False),
    max_bytes=st.none(),
    frame=st.none() | st.just(1),
    format=st.sampled_from([Format.JPEG, Format.PNG, Format.WEBP, Format.GIF]),
)


@settings(max_examples=150)
@given(SMALL, st.sampled_from([name for name, kind in KINDS.items() if kind.format != "svg"]))
def test_any_transform_gives_the_size_that_was_planned(transform: Transform, name: str) -> None:
    try:
        made = firstsight.render(source(name), transform)
    except (NotApplicable, TooManyPixels):
        return
    image = pyvips.Image.new_from_buffer(made.data, "", **({"n": -1} if made.frames > 1 else {}))
    assert (image.width, image.height // made.frames) == (made.size.width, made.size.height)
