"""Transforms as URLs of other servers: read again, each means what it was built of."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firstsight import tokens
from firstsight.grammars import RawUrl, read
from firstsight.grammars.building import WRITTEN, build
from firstsight.settings import GrammarName, Settings, from_dict
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
    Shift,
    Transform,
)
from tests.grammars import imgproxy, test_dit, test_imgproxy, test_thumbor, thumbor
from tests.strategies import PLACES, TEXTS, sides, transforms

THUMBOR, IMAGOR = (
    from_dict({"grammars": ["thumbor"], "watermark": "m.png", "dialects": {"thumbor": name, "thumbor_oriented": True}})
    for name in ("thumbor", "imagor")
)
IMGPROXY = from_dict({"grammars": ["imgproxy"], "watermark": "m.png"})
DIT = from_dict({"grammars": ["dit"], "watermark": "m.png", "watermarks": ["brand/"]})

BY = {"thumbor": THUMBOR, "imagor": IMAGOR, "imgproxy": IMGPROXY, "dit": DIT}


def name_of(by: Settings) -> GrammarName:
    return by.grammars[0]


@pytest.mark.parametrize("by", BY.values(), ids=BY)
@given(transform=transforms(), source=st.sampled_from(["a.jpg", "photos/a b.png", "300x200/smart/ü%2F.webp", "cat"]))
def test_what_can_be_said_means_the_same_when_it_is_read(by: Settings, transform: Transform, source: str) -> None:
    path = build(name_of(by), source, transform, by)
    if path is not None:
        found = read(RawUrl(path), by)
        assert found is not None
        assert (found.source, found.transform) == (source, transform)


FEW = st.integers(1, 2000)
DEGREES = st.sampled_from([0, 90, 180, 270])
FRACTIONS = st.integers(0, 9999).map(lambda n: n / 10_000)
SHIFTS = st.builds(Shift, st.integers(-500, 500), st.integers(-500, 500))
OPAQUE = st.builds(Colour, *[st.integers(0, 255)] * 3)
MARKS = st.builds(Mark, st.integers(1, 99), st.sampled_from([*PLACES, None]), st.integers(0, 99))
CROPS = st.builds(Crop, st.integers(0, 500), st.integers(0, 500), FEW, FEW)

#: What every one of them has words for, whatever else is asked.
COMMON: dict[str, st.SearchStrategy[Any]] = {
    "width": FEW,
    "height": FEW,
    "anchor": st.sampled_from(Anchor),
    "crop": CROPS,
    "rotate": DEGREES,
    "flip": st.booleans(),
    "flop": st.booleans(),
    "mark": MARKS,
    "quality": st.integers(1, 100),
    "format": st.sampled_from([Format.JPEG, Format.PNG, Format.GIF]),
}
#: What one of them has words for beside that.
OWN: dict[str, dict[str, st.SearchStrategy[Any]]] = {
    "thumbor": {
        "pad": sides(),
        "background": OPAQUE,
        "blur": st.integers(1, 99),
        "pixelate": FEW,
        "grayscale": st.booleans(),
        "trim": st.integers(0, 255),
        "max_bytes": FEW,
        "label": st.builds(Label, TEXTS, st.integers(1, 999), st.sampled_from(PLACES), st.just(0), st.just(0), OPAQUE),
    },
    "imgproxy": {
        "fit": st.sampled_from([Fit.INSIDE, Fit.CLIP, Fit.COVER]),
        "enlarge": st.booleans(),
        "shift": SHIFTS,
        "pad": sides(),
        "background": OPAQUE,
        "blur": st.integers(1, 99),
        "sharpen": st.integers(1, 10),
        "pixelate": FEW,
        "trim": st.integers(0, 255),
        "oriented": st.booleans(),
        "least_width": FEW,
        "least_height": FEW,
        "max_bytes": FEW,
    },
    "dit": {
        "mark": MARKS.filter(lambda mark: mark.place is not None),
        "fit": st.sampled_from([Fit.INSIDE, Fit.OUTSIDE, Fit.FILL]),
        "background": OPAQUE,
        "grayscale": st.booleans(),
        "normalize": st.booleans(),
        "blur": st.integers(1, 99),
        "sharpen": st.integers(1, 10),
        "tint": OPAQUE,
        "trim": st.integers(1, 255),
        "brightness": st.integers(0, 1000),
        "saturation": st.integers(0, 1000),
    },
}
OWN["imagor"] = OWN["thumbor"]


@pytest.mark.parametrize("dialect", OWN)
@given(data=st.data())
def test_whatever_it_has_words_for_it_says(dialect: str, data: st.DataObject) -> None:
    by = BY[dialect]
    fields = data.draw(st.fixed_dictionaries({}, optional=COMMON | OWN[dialect]))
    if not {"width", "height"} <= fields.keys():
        fields = {name: value for name, value in fields.items() if name not in ("fit", "anchor", "shift")}
    if "crop" in fields and dialect in ("thumbor", "imagor"):  # it cuts before it turns, so from another corner
        fields = {name: value for name, value in fields.items() if name not in ("rotate", "flip", "flop")}
    usual = {"format": Format.JPEG, "quality": 70, "enlarge": dialect != "imgproxy"}
    transform = Transform(**{**usual, **fields})
    assert build(name_of(by), "a.jpg", transform, by) is not None, tokens.canonical(transform)


@pytest.mark.parametrize(
    ("dialect", "spec", "path"),
    [
        ("thumbor", "300x200-enlarge.jpg", "unsafe/300x200/filters:format(jpeg)/a.jpg"),
        ("thumbor", "300x200-inside.webp", "unsafe/fit-in/300x200/filters:format(webp)/a.jpg"),
        ("thumbor", "300x200-contain-bgblur.jpg", "unsafe/fit-in/300x200/filters:fill(blur):format(jpeg)/a.jpg"),
        (
            "imagor",
            "300x200-inside-q80.jpg",
            "unsafe/fit-in/300x200/filters:no_upscale():format(jpeg):quality(80)/a.jpg",
        ),
        ("imgproxy", "300x200-clip-smart-q70.webp", "unsafe/rt:fill/w:300/h:200/q:70/g:sm/plain/a.jpg@webp"),
        ("imgproxy", "300x-least100x50.jpg", "unsafe/w:300/mw:100/mh:50/plain/a.jpg@jpg"),
    ],
)
def test_a_url_says_it_in_the_servers_own_words(dialect: str, spec: str, path: str) -> None:
    assert build(name_of(BY[dialect]), "a.jpg", tokens.parse(spec), BY[dialect]) == path


#: What a server has no words for.
UNSAID = [
    (name, transform)
    for name, transforms_ in {
        "thumbor": (Transform(normalize=True), Transform(width=9, height=9, fit=Fit.CLIP, shift=Shift(1, 1))),
        "imagor": (Transform(tint=Colour(1, 2, 3)), Transform(width=9, pad_to=PadTo.BOX)),
        "imgproxy": (
            Transform(grayscale=True),
            Transform(width=9, height=9, fit=Fit.OUTSIDE),
            Transform(pad=None, width=9, height=9, fit=Fit.CONTAIN, backdrop=Backdrop.BLUR),
            Transform(label=Label("x")),
            Transform(width=9, height=9, anchor=Focus(0, 0), fit=Fit.CONTAIN),
        ),
        "dit": (
            Transform(width=9, dpr=2),
            Transform(label=Label("x")),
            Transform(crop=Crop(0, 0, 0.5, 1, relative=True)),
        ),
    }.items()
    for transform in (*transforms_, Transform(format=Format.JSON))
]


@pytest.mark.parametrize(("dialect", "transform"), UNSAID)
def test_what_a_server_has_no_words_for_is_not_said(dialect: str, transform: Transform) -> None:
    assert build(name_of(BY[dialect]), "a.jpg", transform, BY[dialect]) is None


def test_nearly_all_that_is_read_can_be_said_again() -> None:
    urls = {
        GrammarName.THUMBOR: [thumbor.wanted(f"unsafe/{path}") for path, _ in test_thumbor.THUMBORS],
        GrammarName.IMGPROXY: [imgproxy.wanted(f"_/{options}/plain/a.png") for options, _ in test_imgproxy.OPTIONS],
        GrammarName.DIT: [test_dit.wanted(test_dit.encoded(edits)) for edits, _ in test_dit.EDITS],
    }
    by = {
        GrammarName.THUMBOR: thumbor.THUMBOR,
        GrammarName.IMGPROXY: imgproxy.OPEN,
        GrammarName.DIT: test_dit.PLAIN,
    }
    assert tuple(urls) == WRITTEN
    for name, all_ in urls.items():
        unsaid = [one.key for one in all_ if build(name, one.source, one.transform, by[name]) is None]
        assert unsaid == []
