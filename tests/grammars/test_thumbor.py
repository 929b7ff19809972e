"""Thumbor's URLs: a table of them with the native spec that each stands for, and what is refused."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firstsight.errors import BadPath, BadToken, FirstsightError, NotAllowed
from firstsight.grammars import Notes, RawUrl, read
from firstsight.grammars.thumbor_filters import FILTERS
from tests.grammars.thumbor import IMAGOR, THUMBOR, settings, wanted

#: A path of thumbor's without its `unsafe/`, and the native key.
THUMBORS = [
    ("300x200/a.jpg", "a.jpg/300x200-enlarge.jpg"),
    ("300x200/path/to/image.jpg", "path/to/image.jpg/300x200-enlarge.jpg"),
    ("300x/a.jpg", "a.jpg/300x-enlarge.jpg"),
    ("300x0/a.jpg", "a.jpg/300x-enlarge.jpg"),
    ("x200/a.jpg", "a.jpg/x200-enlarge.jpg"),
    ("0x200/a.jpg", "a.jpg/x200-enlarge.jpg"),
    ("0x0/a.jpg", "a.jpg/full.jpg"),
    ("x/a.jpg", "a.jpg/full.jpg"),
    ("origxorig/a.jpg", "a.jpg/full.jpg"),
    ("a.jpg", "a.jpg/full.jpg"),
    ("-300x200/a.jpg", "a.jpg/300x200-enlarge-flop.jpg"),
    ("300x-200/a.jpg", "a.jpg/300x200-enlarge-flip.jpg"),
    ("-300x-200/a.jpg", "a.jpg/300x200-enlarge-flip-flop.jpg"),
    ("-0x-0/a.jpg", "a.jpg/flip-flop.jpg"),
    # the crop is taken before it is mirrored, so its anchor is mirrored with it
    ("-300x200/left/a.jpg", "a.jpg/300x200-east-enlarge-flop.jpg"),
    ("300x-200/top/a.jpg", "a.jpg/300x200-south-enlarge-flip.jpg"),
    ("-300x-200/left/top/smart/a.jpg", "a.jpg/300x200-smart-enlarge-flip-flop.jpg"),
    ("300x200/left/a.jpg", "a.jpg/300x200-west-enlarge.jpg"),
    ("300x200/right/a.jpg", "a.jpg/300x200-east-enlarge.jpg"),
    ("300x200/center/a.jpg", "a.jpg/300x200-enlarge.jpg"),
    ("300x200/top/a.jpg", "a.jpg/300x200-north-enlarge.jpg"),
    ("300x200/bottom/a.jpg", "a.jpg/300x200-south-enlarge.jpg"),
    ("300x200/middle/a.jpg", "a.jpg/300x200-enlarge.jpg"),
    ("300x200/left/top/a.jpg", "a.jpg/300x200-northwest-enlarge.jpg"),
    ("300x200/right/bottom/a.jpg", "a.jpg/300x200-southeast-enlarge.jpg"),
    ("300x200/smart/a.jpg", "a.jpg/300x200-smart-enlarge.jpg"),
    ("fit-in/300x200/a.jpg", "a.jpg/300x200-inside.jpg"),
    ("fit-in/300x/a.jpg", "a.jpg/300x.jpg"),
    ("full-fit-in/300x200/a.jpg", "a.jpg/300x200-outside-enlarge.jpg"),
    ("adaptive-fit-in/300x200/a.jpg", "a.jpg/300x200-inside-adaptive.jpg"),
    ("adaptive-full-fit-in/300x200/a.jpg", "a.jpg/300x200-outside-adaptive-enlarge.jpg"),
    ("10x20:110x220/a.jpg", "a.jpg/crop10x20x100x200.jpg"),
    ("10x20:110x220/300x200/a.jpg", "a.jpg/300x200-enlarge-crop10x20x100x200.jpg"),
    ("10x20:110x220/-300x200/a.jpg", "a.jpg/300x200-enlarge-crop10x20x100x200-fromnortheast-flop.jpg"),
    ("trim/300x200/a.jpg", "a.jpg/300x200-enlarge-trim0.jpg"),
    ("trim:top-left/a.jpg", "a.jpg/trim0.jpg"),
    ("trim:top-left:40/a.jpg", "a.jpg/trim40.jpg"),
    ("trim:50/a.jpg", "a.jpg/trim50.jpg"),
    ("a.png", "a.png/full.png"),
    ("a.webp", "a.webp/full.webp"),
    ("a.gif", "a.gif/full.gif"),
    ("a.JPEG", "a.JPEG/full.jpg"),
    ("a.avif", "a.avif/q80.avif"),  # thumbor's quality is 80 for all formats
    ("a.tiff", "a.tiff/full"),
    ("smart/a.jpg", "a.jpg/full.jpg"),
    ("filters:quality(70)/a.jpg", "a.jpg/q70.jpg"),
    ("fit-in/300x/filters:quality(80):format(webp)/a.jpg", "a.jpg/300x-q80.webp"),
    ("filters:format(jpeg)/a.png", "a.png/full.jpg"),
    ("filters:autojpg()/a.png", "a.png/full.jpg"),
    ("filters:grayscale()/a.jpg", "a.jpg/grayscale.jpg"),
    ("filters:blur(7)/a.jpg", "a.jpg/blur7.jpg"),
    ("filters:blur(4, 2)/a.jpg", "a.jpg/blur2.jpg"),
    ("filters:sharpen(2,1.0,true)/a.jpg", "a.jpg/sharpen1.5.jpg"),
    ("filters:brightness(10)/a.jpg", "a.jpg/brightness125-contrast80.jpg"),
    ("filters:contrast(100)/a.jpg", "a.jpg/contrast400.jpg"),
    ("filters:saturation(1.5)/a.jpg", "a.jpg/saturation150.jpg"),
    ("filters:rotate(90)/a.jpg", "a.jpg/rotate270.jpg"),  # thumbor turns anticlockwise
    ("300x200/left/filters:rotate(90)/a.jpg", "a.jpg/200x300-south-enlarge-rotate270.jpg"),
    ("300x200/filters:proportion(0.5)/a.jpg", "a.jpg/300x200-enlarge-dpr0.5.jpg"),
    ("300x200/filters:no_upscale()/a.jpg", "a.jpg/300x200-clip.jpg"),
    ("fit-in/300x200/filters:upscale()/a.jpg", "a.jpg/300x200-inside-enlarge.jpg"),
    ("300x200/filters:stretch()/a.jpg", "a.jpg/300x200-fill-enlarge.jpg"),
    ("fit-in/300x200/filters:fill(blue)/a.jpg", "a.jpg/300x200-contain-bg0000ff.jpg"),
    ("fit-in/300x200/filters:fill(f00)/a.jpg", "a.jpg/300x200-contain-bgff0000.jpg"),
    ("fit-in/300x200/filters:fill(auto)/a.jpg", "a.jpg/300x200-contain-bgmean.jpg"),
    ("fit-in/300x200/filters:fill(blur)/a.jpg", "a.jpg/300x200-contain-bgblur.jpg"),
    ("300x200/filters:fill(blur)/a.jpg", "a.jpg/300x200-enlarge.jpg"),
    ("300x200/filters:fill(ff0000,1)/a.png", "a.png/300x200-enlarge-bgff0000.png"),
    ("filters:background_color(white)/a.png", "a.png/bgffffff.png"),
    ("filters:round_corner(20,255,255,255)/a.jpg", "a.jpg/bgffffff-round20.jpg"),
    ("filters:round_corner(20|20,0,0,0)/a.jpg", "a.jpg/bg000000-round20.jpg"),
    ("filters:round_corner(20,255,255,255,1)/a.png", "a.png/round20.png"),
    ("300x200/filters:focal(100x80:200x180)/a.jpg", "a.jpg/300x200-point150x130-enlarge.jpg"),
    ("filters:max_bytes(40000)/a.jpg", "a.jpg/max40k.jpg"),
    ("filters:cover()/a.gif", "a.gif/frame1.gif"),
    ("filters:strip_exif():strip_icc():max_age(360)/a.jpg", "a.jpg/full.jpg"),
    ("filters:quality(70)/a%20b%28c%29.jpg", "a b(c).jpg/q70.jpg"),
]


@pytest.mark.parametrize(("path", "key"), THUMBORS)
def test_a_url_of_thumbor_is_read(path: str, key: str) -> None:
    assert wanted(f"unsafe/{path}").key == key


def test_thumbor_leaves_the_orientation_alone_unless_it_is_told() -> None:
    assert wanted("unsafe/300x200/a.jpg", settings()).key == "a.jpg/300x200-enlarge-unoriented.jpg"


def test_without_a_format_one_may_be_chosen_for_the_client() -> None:
    assert wanted("unsafe/300x200/a.jpg", settings(auto_format=True, thumbor_oriented=True)).key == (
        "a.jpg/300x200-enlarge"
    )


REFUSED = [
    ("debug/300x200/a.jpg", "debug"),
    ("meta/300x200/a.jpg", "meta"),
    ("trim:bottom-right/a.jpg", "trim"),
    ("origx200/a.jpg", "origx200"),
    ("99999x200/a.jpg", "99999x200"),
    ("5x5:5x9/a.jpg", "5x5:5x9"),
    ("filters:watermark(a.png,0,0,50)/a.jpg", "watermark"),
    ("filters:equalize()/a.jpg", "equalize"),
    ("filters:convolution(1;2;1,3,true)/a.jpg", "convolution"),
    ("filters:label(x,0,0,20,red,0,serif)/a.jpg", "label"),
    ("filters:label(x,20p,0)/a.jpg", "label"),
    ("filters:label()/a.jpg", "label"),
    ("filters:label(%20)/a.jpg", "label"),
    ("filters:label(x,0,0,20,auto)/a.jpg", "label"),
    ("filters:text(x,0,0,serif-20)/a.jpg", "text"),
    ("filters:text(x,0,0,sans-20,red,0,multiply)/a.jpg", "text"),
    ("filters:text(x,0,0,sans-20,red,0,,300)/a.jpg", "text"),
    ("filters:expire(soon)/a.jpg", "expire"),
    ("filters:orient(45)/a.jpg", "orient"),
    ("-300x200/filters:orient(90)/a.jpg", "orient"),
    ("filters:quality(101)/a.jpg", "quality"),
    ("filters:quality()/a.jpg", "quality"),
    ("filters:format(bmp)/a.jpg", "format"),
    ("filters:rotate(45)/a.jpg", "rotate"),
    ("filters:round_corner(10|20,0,0,0)/a.jpg", "round_corner"),
    ("filters:nosuch(1)/a.jpg", "nosuch"),
    ("filters:brightness(60)/a.jpg", "brightness"),
    ("-300x200/filters:focal(1x2:30x40)/a.jpg", "focal"),
]


@pytest.mark.parametrize(("path", "name"), REFUSED)
def test_what_cannot_be_done_is_refused_by_its_name(path: str, name: str) -> None:
    with pytest.raises(BadToken) as raised:
        wanted(f"unsafe/{path}")
    assert raised.value.token.startswith(name)


def test_what_cannot_be_done_is_passed_over_where_the_settings_say_so() -> None:
    by = settings(lenient=True, thumbor_oriented=True)
    notes = Notes(lenient=True)
    found = read(RawUrl("unsafe/300x200/filters:equalize():quality(70)/a.jpg"), by, notes)
    assert found is not None
    assert found.key == "a.jpg/300x200-enlarge-q70.jpg"
    assert ("equalize()", "left out") in notes.lines


def test_an_address_stands_for_a_key_where_the_settings_say_so_and_is_never_fetched() -> None:
    by = settings(sources=["https://img.example.com/=", "img.example.com/old/=older/"], thumbor_oriented=True)
    for image in (
        "https://img.example.com/a.jpg",
        "https:/img.example.com/a.jpg?v=2",
        "https%3A%2F%2Fimg.example.com%2Fa.jpg",
    ):
        assert wanted(f"unsafe/{image}", by).source == "a.jpg"
    assert wanted("unsafe/img.example.com/old/a.jpg", by).source == "older/a.jpg"
    with pytest.raises(NotAllowed, match="known source"):
        wanted("unsafe/https://evil.example/a.jpg", by)


@pytest.mark.parametrize(
    "path", ["", "unsafe", "unsafely/300x200/a.jpg", "300x200/a.jpg", "cat.jpg/300x200", "A" * 28 + "/a"]
)
def test_other_forms_are_not_thumbors(path: str) -> None:
    assert read(RawUrl(path), THUMBOR) is None


def test_nothing_is_no_image() -> None:
    with pytest.raises(BadPath):
        wanted("unsafe/300x200/")


PIECES = st.sampled_from(
    "unsafe/ A fit-in/ 300x200/ -x- smart/ filters: quality( ) , 80 : 10x20:30x40/ trim a.jpg %2F %C3 b64: ( é".split()  # noqa: SIM905
)


@given(st.lists(PIECES | st.text(max_size=5), max_size=8))
def test_any_path_is_wanted_or_not_or_an_error_of_ours(pieces: list[str]) -> None:
    path = "".join(pieces)
    for by in (THUMBOR, IMAGOR):
        for asked in (path, f"unsafe/{path}"):
            try:
                found = read(RawUrl(asked), by)
            except FirstsightError:
                continue
            assert found is None or found.key


ARGUMENTS = st.sampled_from(["", "0", "10", "-10", "0.5", "red", "auto", "b64:YQ", "center", "repeat", "a.png"])


@given(
    st.sampled_from(sorted({*FILTERS, "raw", "expire", "attachment", "orient"})),
    st.lists(ARGUMENTS | st.text(max_size=4), max_size=8),
)
def test_any_arguments_of_a_filter_are_wanted_or_an_error_of_ours(name: str, arguments: list[str]) -> None:
    for by in (THUMBOR, IMAGOR, settings(lenient=True)):
        for fit in ("", "fit-in/30x20/"):
            try:
                found = read(RawUrl(f"unsafe/{fit}filters:{name}({','.join(arguments)})/a.jpg"), by)
            except FirstsightError:
                continue
            assert found is None or found.key
