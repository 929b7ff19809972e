"""What properties are tested with: any transform there can be, any preset, and specs as people write them."""

from dataclasses import fields
from typing import Any

from hypothesis import strategies as st

from firstsight.settings import Preset
from firstsight.tokens import is_token
from firstsight.transform import (
    Anchor,
    Backdrop,
    Colour,
    Crop,
    Fit,
    Focus,
    Format,
    Label,
    Mark,
    PadTo,
    Point,
    Shift,
    Sides,
    Transform,
)

SIDES = st.integers(1, 16_383)
FRACTIONS = st.floats(0, 1)


def crops() -> st.SearchStrategy[Crop]:
    """Crops in pixels and in fractions, the whole source among them."""
    places, lengths = st.integers(0, 1_000_000), st.integers(1, 1_000_000)
    parts = st.floats(0.0001, 1)
    return (
        st.builds(Crop, places, places, lengths, lengths)
        | st.builds(Crop, FRACTIONS, FRACTIONS, parts, parts, relative=st.just(True))
        | st.just(Crop(0, 0, 1, 1, relative=True))
    )


def sides() -> st.SearchStrategy[Sides]:
    """Paddings, with sides alike as often as not."""
    few = st.sampled_from([0, 1, 20, 16_383])
    return st.builds(Sides, few, few, few, few) | st.builds(Sides, *[st.integers(0, 16_383)] * 4)


#: The nine places that an anchor can name.
PLACES = [anchor for anchor in Anchor if anchor is not Anchor.SMART]


def shifts() -> st.SearchStrategy[Shift]:
    """Shifts in pixels and in fractions, to all sides."""
    pixels, parts = st.integers(-16_383, 16_383), st.floats(-1, 1)
    return st.builds(Shift, pixels, pixels) | st.builds(Shift, parts, parts, relative=st.just(True))


def marks() -> st.SearchStrategy[Mark]:
    """Watermarks at all places and in tiles."""
    offsets = st.integers(-16_383, 16_383) | st.just(0)
    places = st.sampled_from([*PLACES, None])
    images = st.just("") | TEXTS
    return st.builds(Mark, st.integers(1, 100), places, st.integers(0, 100), offsets, offsets, images)


#: Texts as they may be written over an image.
TEXTS = st.text(min_size=1, max_size=40).filter(lambda text: bool(text.strip()) and text.isprintable())


def labels() -> st.SearchStrategy[Label]:
    """Labels of any text, at all places and in all colours."""
    offsets = st.integers(-16_383, 16_383) | st.just(0)
    colours = st.builds(Colour, *[st.integers(0, 255)] * 4)
    return st.builds(Label, TEXTS, st.integers(1, 1000), st.sampled_from(PLACES), offsets, offsets, colours)


#: A strategy for every field of Transform.
FIELDS: dict[str, st.SearchStrategy[Any]] = {
    "width": st.none() | SIDES,
    "height": st.none() | SIDES,
    "fit": st.sampled_from(Fit),
    "adaptive": st.booleans(),
    "anchor": st.sampled_from(Anchor)
    | st.builds(Focus, FRACTIONS, FRACTIONS)
    | st.builds(Point, st.integers(0, 1_000_000), st.integers(0, 1_000_000)),
    "shift": st.none() | shifts(),
    "enlarge": st.booleans(),
    "least_width": st.none() | SIDES,
    "least_height": st.none() | SIDES,
    "pad_to": st.none() | st.sampled_from(PadTo),
    "crop": st.none() | crops(),
    "crop_from": st.sampled_from(PLACES),
    "trim": st.none() | st.integers(0, 255),
    "oriented": st.booleans(),
    "rotate": st.sampled_from([0, 90, 180, 270]) | st.floats(0, 359.9999),
    "flip": st.booleans(),
    "flop": st.booleans(),
    "pad": st.none() | sides(),
    "background": st.none() | st.builds(Colour, *[st.integers(0, 255)] * 4),
    "backdrop": st.none() | st.sampled_from(Backdrop),
    "round": st.sampled_from([0, 1, 16_383]) | st.integers(0, 16_383),
    "fine": st.booleans(),
    "blur": st.just(0) | st.floats(0, 100),
    "sharpen": st.sampled_from([0, 1]) | st.floats(0, 10),
    "pixelate": st.sampled_from([0, 8]) | st.integers(0, 16_383),
    "tint": st.none() | st.builds(Colour, *[st.integers(0, 255)] * 3),
    "mark": st.none() | marks(),
    "label": st.none() | labels(),
    "normalize": st.booleans(),
    "grayscale": st.booleans(),
    "brightness": st.just(100) | st.integers(0, 1000),
    "contrast": st.just(100) | st.integers(0, 1000),
    "saturation": st.just(100) | st.integers(0, 1000),
    "frame": st.none() | st.integers(1, 100_000),
    "dpr": st.sampled_from([1, 2]) | st.floats(0.1, 8),
    "quality": st.none() | st.integers(1, 100),
    "quality_auto": st.booleans(),
    "max_bytes": st.none() | st.sampled_from([1, 200_000, 1_000_000_000]) | st.integers(1, 1_000_000_000),
    "lossless": st.booleans(),
    "format": st.sampled_from(Format),
}


def transforms(**fixed: st.SearchStrategy[Any]) -> st.SearchStrategy[Transform]:
    """Transforms with any fields set, few or all; `fixed` replaces the strategy of a field."""
    return st.fixed_dictionaries({}, optional=FIELDS | fixed).map(lambda values: Transform(**values))


def presets() -> st.SearchStrategy[Preset]:
    """Presets of any name that one may have."""
    images = st.sampled_from([format for format in Format if format is not Format.JSON])
    names = st.text("abcdefghijklmnopqrstuvwxyz0123456789_", min_size=1, max_size=8)
    return st.builds(Preset, names.filter(lambda name: not is_token(name)), transforms(format=images))


#: Tokens as they are written.
TOKEN_TEXTS = st.sampled_from(
    """
    300x200 300x x200 0300x200 cover contain inside outside fill center north southeast smart focus0.5x0.25
    focus1x0 point320x200 shift10xm20 shift0.5xm0.25 clip adaptive fromsouth enlarge
    crop10x0x300x200 crop0.0x0.0x1.0x1.0 crop0.1x0.1x0.5x0.5 trim trim0 trim10 trim255 rotate0
    rotate90 rotate12.5 flip flop pad0 pad20 pad5x10 pad1x2x3x4 bgffcc00 bgffcc00ff bg00000000 round round0
    round20 round16383 blur0 blur5 blur0.5 sharpen sharpen0 sharpen1.0 sharpen2.5 grayscale brightness100
    brightness120 contrast80 saturation0 saturation150 still page2 frame1 frame3 dpr0.5 dpr1 dpr2 dpr1.50 q1 q80
    lossless unoriented pixelate8 mark mark50tile mark100center mark50southeast20x10xm5 tint704214 max200k max1
    least200x100 leastx50 padbox padratio bgblur bgmean normalize label24south0xm10xffffffxhellox20world
    label9northeast1x2xff000080xx48 mark50southeast20x10x0xax2epng
    """.split()  # noqa: SIM905 (a page of quotes would be no easier to read)
)


def specs(first: str = "") -> st.SearchStrategy[str]:
    """Specs of some tokens and perhaps a format, starting with a preset's name if one is given."""
    words = st.lists(TOKEN_TEXTS, min_size=0 if first else 1, max_size=4)
    formats = st.sampled_from(["", *(f".{format.value}" for format in Format), ".jpeg"])
    return st.builds(lambda found, format: "-".join(filter(None, [first, *found])) + format, words, formats)


assert list(FIELDS) == [field.name for field in fields(Transform)]
