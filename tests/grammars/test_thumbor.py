"""Thumbor's URLs: a table of them with the native spec that each stands for, signatures, and what is refused."""

import base64
import hashlib
import hmac
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firstsight.errors import BadPath, BadToken, FirstsightError, NotAllowed
from firstsight.grammars import Asked, Told, Wanted, read
from firstsight.grammars.thumbor import sign
from firstsight.image.geometry import Size, plan
from firstsight.settings import Settings, from_dict
from firstsight.transform import Transform

KEY = "MY_SECURE_KEY"


def settings(**dialects: Any) -> Settings:
    return from_dict({"grammars": ["thumbor", "native"], "dialects": dialects})


THUMBOR = settings(thumbor_keys=[KEY], thumbor_oriented=True)
IMAGOR = settings(thumbor_keys=["mysecret"], thumbor="imagor")


def wanted(path: str, by: Settings = THUMBOR) -> Wanted:
    found = read(Asked(path), by)
    assert found is not None
    return found


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


#: The same for imagor.
IMAGORS = [
    ("300x200/a.png", "a.png/300x200-enlarge.png"),
    ("300x200/a.jpg", "a.jpg/300x200-enlarge-q75.jpg"),
    ("fit-in/300x200/a.png", "a.png/300x200-inside-enlarge.png"),
    ("fit-in/300x200/filters:no_upscale()/a.png", "a.png/300x200-inside.png"),
    ("adaptive-fit-in/300x200/a.png", "a.png/300x200-inside-adaptive-enlarge.png"),
    ("stretch/300x200/a.png", "a.png/300x200-fill-enlarge.png"),
    ("300x200/10x20/a.png", "a.png/300x200-enlarge-pad20x10.png"),
    (
        "fit-in/200x150/10x20:30x40/filters:fill(yellow)/a.png",
        "a.png/200x150-contain-enlarge-pad20x30x40x10-bgffff00.png",
    ),
    ("0.1x0.2:0.9x0.8/a.png", "a.png/crop0.1x0.2x0.8x0.6.png"),
    (
        "500x500/top/raw.githubusercontent.com/gopher.png",
        "raw.githubusercontent.com/gopher.png/500x500-north-enlarge.png",
    ),
    ("300x200/filters:focal(0.35x0.25:0.65x0.35)/a.png", "a.png/300x200-focus0.5x0.3-enlarge.png"),
    ("filters:blur(4)/a.png", "a.png/blur2.png"),
    ("filters:rotate(90)/a.png", "a.png/rotate90.png"),
    ("filters:saturation(50)/a.png", "a.png/saturation150.png"),
    ("filters:proportion(50)/a.png", "a.png/dpr0.5.png"),
    ("filters:pixelate(8)/a.png", "a.png/pixelate8.png"),
    ("filters:page(3)/a.gif", "a.gif/frame3.gif"),
    ("filters:max_frames(1)/a.gif", "a.gif/frame1.gif"),
    ("filters:round_corner(10)/a.png", "a.png/round10.png"),
    ("filters:padding(red,5)/a.png", "a.png/pad5-bgff0000.png"),
    ("filters:lossless()/a.webp", "a.webp/lossless.webp"),
    ("b64:cGhvdG9zL2EgYi5wbmc/", "b64:cGhvdG9zL2EgYi5wbmc//full"),
    ("300x200/b64:cGhvdG9zL2EgYi5wbmc", "photos/a b.png/300x200-enlarge.png"),
]


@pytest.mark.parametrize(("path", "key"), IMAGORS)
def test_a_url_of_imagor_is_read(path: str, key: str) -> None:
    assert wanted(f"unsafe/{path}", IMAGOR).key == key


def test_thumbor_leaves_the_orientation_alone_unless_it_is_told() -> None:
    assert wanted("unsafe/300x200/a.jpg", settings()).key == "a.jpg/300x200-enlarge-unoriented.jpg"


def test_without_a_format_one_may_be_chosen_for_the_client() -> None:
    assert wanted("unsafe/300x200/a.jpg", settings(auto_format=True, thumbor_oriented=True)).key == (
        "a.jpg/300x200-enlarge"
    )


#: Settings, the signature, and the path it is over.
VECTORS = [
    (THUMBOR, "3ZAFIB9OK_j_R10MafCdhFO99mE=", "300x200/smart/path/to/image.jpg"),
    (
        IMAGOR,
        "cST4Ko5_FqwT3BDn-Wf4gO3RFSk=",
        "500x500/top/raw.githubusercontent.com/cshum/imagor/master/testdata/gopher.png",
    ),
]


@pytest.mark.parametrize(("by", "signature", "path"), VECTORS)
def test_a_signature_is_one_of_thumbors(by: Settings, signature: str, path: str) -> None:
    for shown_one, valid in ((signature, True), ("A" * 27 + "=", False)):
        proof = wanted(f"{shown_one}/{path}", by).proof
        assert proof is not None
        assert proof.is_valid is valid
    assert sign(path, by.dialects.thumbor_keys[0], by) == signature


@pytest.mark.parametrize("digest", ["sha1", "sha256", "sha512"])
@pytest.mark.parametrize("length", [0, 20, 40, 88, 128])
def test_signatures_may_be_of_another_hash_and_cut(digest: str, length: int) -> None:
    by = settings(thumbor_keys=["old", "new"], thumbor_digest=digest, thumbor_length=length)
    path = "300x200/a.jpg"
    whole = base64.urlsafe_b64encode(hmac.new(b"new", path.encode(), getattr(hashlib, digest)).digest()).decode()
    proof = wanted(f"{whole[: length or None]}/{path}", by).proof
    assert proof is not None
    assert proof.is_valid


def test_a_proxy_may_have_encoded_or_decoded_what_was_signed() -> None:
    for signed, sent in (("a b.jpg", "a%20b.jpg"), ("a%20b.jpg", "a%20b.jpg"), ("a.jpg", "%61.jpg")):
        proof = wanted(f"{sign(signed, KEY, THUMBOR)}/{sent}").proof
        assert proof is not None
        assert proof.is_valid
    # but what is decoded twice is another image
    proof = wanted(f"{sign('a%20b.jpg', KEY, THUMBOR)}/a%2520b.jpg").proof
    assert proof is not None
    assert not proof.is_valid


def test_no_key_is_shown() -> None:
    assert "SECURE" not in repr(THUMBOR)
    assert sign("a.jpg", KEY, THUMBOR) not in repr(wanted(f"{'A' * 27}=/a.jpg"))


#: Arguments of the watermark filter, and the token.
WATERMARKS = [
    ("brand/mark.png,10,20,50", "mark50northwest0x10x20"),
    ("brand/mark.png,-10,-20,0", "mark100southeast0x10x20"),
    ("brand/mark.png,center,center,0", "mark"),
    ("brand/mark.png,center,-5,20", "mark80south0x0x5"),
    ("brand/mark.png,repeat,repeat,70", "mark30tile"),
    ("brand/mark.png,0,0,50,20,20", "mark50northwest20"),
    ("https://img.example.com/brand/mark.png,0,0,0,none,none", "mark100northwest"),
]


@pytest.mark.parametrize(("arguments", "token"), WATERMARKS)
def test_a_watermark_that_the_settings_name_is_laid_over_it(arguments: str, token: str) -> None:
    by = from_dict(
        {
            "grammars": ["thumbor"],
            "watermark": "brand/mark.png",
            "dialects": {"thumbor_oriented": True, "sources": ["https://img.example.com/="]},
        }
    )
    assert wanted(f"unsafe/filters:watermark({arguments})/a.png", by).key == f"a.png/{token}.png"
    with pytest.raises(BadToken):
        wanted("unsafe/filters:watermark(other.png,0,0,0)/a.png", by)
    with pytest.raises(BadToken):
        wanted("unsafe/filters:watermark(https://evil.example/mark.png,0,0,0)/a.png", by)


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
    told = Told(lenient=True)
    found = read(Asked("unsafe/300x200/filters:equalize():quality(70)/a.jpg"), by, told)
    assert found is not None
    assert found.key == "a.jpg/300x200-enlarge-q70.jpg"
    assert ("equalize()", "left out") in told.lines


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
    assert read(Asked(path), THUMBOR) is None


def test_nothing_is_no_image() -> None:
    with pytest.raises(BadPath):
        wanted("unsafe/300x200/")


SOURCES = [(640, 480), (480, 640), (300, 300), (100, 50), (37, 113), (3000, 1000)]
BOXES = [(300, 200), (200, 300), (1000, 100), (100, 1000), (640, 480), (50, 50)]


def shown(source: tuple[int, int], transform: Transform) -> tuple[int, int]:
    size = plan(Size(*source), transform).result
    return size.width, size.height


@pytest.mark.parametrize("box", BOXES)
@pytest.mark.parametrize("source", SOURCES)
def test_sizes_are_those_of_thumbors_arithmetic(source: tuple[int, int], box: tuple[int, int]) -> None:
    (w, h), (bw, bh) = source, box
    size = f"{bw}x{bh}"
    # transformer.py: a plain box is cropped to its proportions and resized to just that
    assert shown(source, wanted(f"unsafe/{size}/a.jpg").transform) == box
    # fit_in_resize: nothing is done where the box is as large both ways, else the tighter side decides
    if bw >= w and bh >= h:
        inside = source
    elif w / bw >= h / bh:
        inside = bw, max(1, int(h * bw / w + 0.5))
    else:
        inside = max(1, int(w * bh / h + 0.5)), bh
    assert shown(source, wanted(f"unsafe/fit-in/{size}/a.jpg").transform) == inside
    # full-fit-in: the looser side decides, and it is enlarged
    outside = (bw, int(h * bw / w + 0.5)) if w / bw <= h / bh else (int(w * bh / h + 0.5), bh)
    assert shown(source, wanted(f"unsafe/full-fit-in/{size}/a.jpg").transform) == outside
    # adaptive: the box is turned where it lies the other way
    across = (w < h and bw > bh) or (w > h and bw < bh)
    turned = f"{bh}x{bw}" if across else size
    adapted = wanted(f"unsafe/adaptive-fit-in/{size}/a.jpg").transform
    assert shown(source, adapted) == shown(source, wanted(f"unsafe/fit-in/{turned}/a.jpg").transform)
    # no_upscale: each side of the box is at most the source's
    clipped = min(bw, w), min(bh, h)
    assert shown(source, wanted(f"unsafe/{size}/filters:no_upscale()/a.jpg").transform) == clipped


def test_a_focal_point_is_as_central_as_the_edges_allow() -> None:
    # a 600x200 source cropped to a square: 200 wide, around the middle of the focal box at 450
    transform = wanted("unsafe/200x200/filters:focal(400x0:500x200)/a.jpg").transform
    assert plan(Size(600, 200), transform).offset == (-350, 0)
    transform = wanted("unsafe/200x200/filters:focal(580x0:600x200)/a.jpg").transform
    assert plan(Size(600, 200), transform).offset == (-400, 0)


PIECES = st.sampled_from(
    "unsafe/ A fit-in/ 300x200/ -x- smart/ filters: quality( ) , 80 : 10x20:30x40/ trim a.jpg %2F %C3 b64: ( é".split()  # noqa: SIM905
)


@given(st.lists(PIECES | st.text(max_size=5), max_size=8))
def test_any_path_is_wanted_or_not_or_an_error_of_ours(pieces: list[str]) -> None:
    path = "".join(pieces)
    for by in (THUMBOR, IMAGOR):
        for asked in (path, f"unsafe/{path}"):
            try:
                found = read(Asked(asked), by)
            except FirstsightError:
                continue
            assert found is None or found.key
