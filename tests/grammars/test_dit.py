"""URLs of Dynamic Image Transformation: the native spec that each stands for, signatures, and what is refused."""

import base64
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firstsight import tokens
from firstsight.errors import BadPath, BadToken, FirstsightError, NotAllowed
from firstsight.grammars import Notes, RawUrl, Wanted, read
from firstsight.grammars.dit import sign
from firstsight.settings import Settings, from_dict
from firstsight.transform import Mark
from tests.grammars.sizes import BOXES, SOURCES, shown


def settings(**dialects: Any) -> Settings:
    return from_dict({"source": "s3://photos", "grammars": ["dit", "native"], "dialects": dialects})


PLAIN = settings()
EXAMPLE = "eyJidWNrZXQiOiJ2YWxpZEJ1Y2tldCIsImtleSI6InZhbGlkS2V5IiwiZWRpdHMiOnsidG9Gb3JtYXQiOiJwbmcifX0="


def encoded(edits: Any, **more: Any) -> str:
    return base64.b64encode(json.dumps({"key": "a.png", "edits": edits, **more}).encode()).decode()


def wanted(path: str, query: str = "", by: Settings = PLAIN) -> Wanted:
    found = read(RawUrl(path, query), by)
    assert found is not None
    return found


#: Edits of a request in base64 for a source a.png, and the native spec.
EDITS: list[tuple[dict[str, Any], str]] = [
    ({}, "full"),
    ({"resize": {"width": 300, "height": 200}}, "300x200-enlarge"),
    ({"resize": {"width": 300}}, "300x-enlarge"),
    ({"resize": {"height": 200}}, "x200-enlarge"),
    ({"resize": {"width": "300", "height": None}}, "300x-enlarge"),
    ({"resize": {"width": 300.4}}, "300x-enlarge"),
    ({"resize": {"width": 300, "height": 200, "fit": "cover"}}, "300x200-enlarge"),
    ({"resize": {"width": 300, "height": 200, "fit": "contain"}}, "300x200-contain-enlarge-bg000000"),
    ({"resize": {"width": 300, "height": 200, "fit": "inside"}}, "300x200-inside-enlarge"),
    ({"resize": {"width": 300, "height": 200, "fit": "outside"}}, "300x200-outside-enlarge"),
    ({"resize": {"width": 300, "height": 200, "fit": "fill"}}, "300x200-fill-enlarge"),
    ({"resize": {"width": 300, "height": 200, "withoutEnlargement": True}}, "300x200-clip"),
    ({"resize": {"width": 300, "height": 200, "fit": "inside", "withoutEnlargement": True}}, "300x200-inside"),
    ({"resize": {"width": 300, "height": 200, "position": "top"}}, "300x200-north-enlarge"),
    ({"resize": {"width": 300, "height": 200, "position": "left bottom"}}, "300x200-southwest-enlarge"),
    ({"resize": {"width": 300, "height": 200, "gravity": "northeast"}}, "300x200-northeast-enlarge"),
    ({"resize": {"width": 300, "height": 200, "position": "centre"}}, "300x200-enlarge"),
    ({"resize": {"width": 300, "height": 200, "position": "attention"}}, "300x200-smart-enlarge"),
    (
        {
            "resize": {
                "width": 300,
                "height": 200,
                "fit": "contain",
                "background": {"r": 255, "g": 0, "b": 0, "alpha": 1},
            }
        },
        "300x200-contain-enlarge-bgff0000",
    ),
    (
        {"resize": {"width": 300, "height": 200, "fit": "contain", "background": {"r": 0, "g": 0, "b": 0, "alpha": 0}}},
        "300x200-contain-enlarge-bg00000000",
    ),
    (
        {"resize": {"width": 300, "height": 200, "fit": "contain", "background": "#fc0"}},
        "300x200-contain-enlarge-bgffcc00",
    ),
    ({"crop": {"left": 1, "top": 2, "width": 30, "height": 40}}, "crop1x2x30x40"),
    ({"extract": {"left": 1, "top": 2, "width": 30, "height": 40}, "resize": {"width": 9}}, "9x-enlarge-crop1x2x30x40"),
    ({"grayscale": True}, "grayscale"),
    ({"greyscale": True}, "grayscale"),
    ({"grayscale": False}, "full"),
    ({"rotate": 90}, "rotate90"),
    ({"rotate": -90}, "rotate270"),
    ({"rotate": 45}, "rotate45"),
    ({"rotate": None}, "full"),
    ({"flip": True}, "flip"),
    ({"flop": True}, "flop"),
    ({"blur": 4.5}, "blur4.5"),
    ({"sharpen": True}, "sharpen"),
    ({"sharpen": 2.5}, "sharpen2.5"),
    ({"sharpen": {"sigma": 2}}, "sharpen2"),
    ({"tint": {"r": 255, "g": 127.5, "b": 0}}, "tintff8000"),
    ({"tint": "#704214"}, "tint704214"),
    ({"trim": True}, "trim"),
    ({"trim": 30}, "trim30"),
    ({"trim": {"threshold": 30}}, "trim30"),
    ({"modulate": {"brightness": 1.5, "saturation": 0.5}}, "brightness150-saturation50"),
    ({"flatten": True}, "bg000000"),
    ({"flatten": {"background": "white"}}, "bgffffff"),
    ({"extend": 10}, "pad10-bg000000"),
    ({"extend": {"top": 1, "right": 2, "bottom": 3, "left": 4, "background": "red"}}, "pad1x2x3x4-bgff0000"),
    ({"resize": {"width": 90, "height": 90}, "roundCrop": True}, "90x90-enlarge-round"),
    ({"normalize": True}, "normalize"),
    ({"normalise": True}, "normalize"),
    ({"normalize": False}, "full"),
    ({"smartCrop": True, "resize": {"width": 90, "height": 90}}, "90x90-smart-enlarge"),
    ({"resize": {"width": 90, "height": 60}, "smartCrop": {"faceIndex": 0}}, "90x60-smart-enlarge"),
    ({"smartCrop": False}, "full"),
    ({"animated": False}, "frame1"),
    ({"animated": True}, "full"),
    ({"png": {"quality": 50}}, "full"),
]


@pytest.mark.parametrize(("edits", "spec"), EDITS)
def test_an_edit_is_read(edits: dict[str, Any], spec: str) -> None:
    assert wanted(encoded(edits)).transform == tokens.parse(f"{spec}.png")


#: Members of a request in base64, and the native key.
REQUESTS: list[tuple[dict[str, Any], str]] = [
    ({"edits": {"toFormat": "webp"}}, "a.png/full.webp"),
    ({"outputFormat": "jpeg"}, "a.png/full.jpg"),
    ({"edits": {"toFormat": "avif", "avif": {"quality": 40}}}, "a.png/q40.avif"),
    ({"edits": {"toFormat": "webp", "jpeg": {"quality": 40}}}, "a.png/full.webp"),
    ({"edits": {"webp": {"quality": 40}}, "outputFormat": "webp"}, "a.png/q40.webp"),
    ({"edits": {"toFormat": "webp", "webp": {"lossless": True}}}, "a.png/lossless.webp"),
    ({"key": "a/b c.jpg"}, "a/b c.jpg/full.jpg"),
    ({"key": "grün.gif"}, "grün.gif/full.gif"),
    ({"bucket": "photos", "key": "a.jpg"}, "a.jpg/full.jpg"),
    ({"key": "a.svg", "edits": {"resize": {"width": 9}}}, "a.svg/9x-enlarge.png"),
]


@pytest.mark.parametrize(("request_", "key"), REQUESTS)
def test_a_request_in_base64_is_read(request_: dict[str, Any], key: str) -> None:
    assert wanted(encoded(**{"edits": {}, **request_})).key == key


#: A path in thumbor's words with its query, and the native key.
PATHS = [
    ("fit-in/400x0/filters:fill(ffffff):no_upscale()/key.jpg", "", "key.jpg/400x-bgffffff.jpg"),
    ("300x200/a.jpg", "", "a.jpg/300x200-enlarge.jpg"),
    ("300x0/a.jpg", "", "a.jpg/300x-enlarge.jpg"),
    ("0x200/a.jpg", "", "a.jpg/x200-enlarge.jpg"),
    ("fit-in/300x200/a.jpg", "", "a.jpg/300x200-inside-enlarge.jpg"),
    ("fit-in/300x200/filters:no_upscale()/a.jpg", "", "a.jpg/300x200-inside.jpg"),
    ("300x200/filters:no_upscale()/a.jpg", "", "a.jpg/300x200-clip.jpg"),
    ("300x200/filters:stretch()/a.jpg", "", "a.jpg/300x200-fill-enlarge.jpg"),
    ("300x200/filters:upscale()/a.jpg", "", "a.jpg/300x200-inside-enlarge.jpg"),
    ("fit-in/300x200/filters:fill(blue)/a.jpg", "", "a.jpg/300x200-contain-enlarge-bg0000ff.jpg"),
    ("10x20:110x220/a.jpg", "", "a.jpg/crop10x20x100x200.jpg"),
    ("10x20:110x220/50x100/a.jpg", "", "a.jpg/50x100-enlarge-crop10x20x100x200.jpg"),
    ("filters:background_color(white)/a.png", "", "a.png/bgffffff.png"),
    ("filters:blur(60)/a.jpg", "", "a.jpg/blur30.jpg"),
    ("filters:blur(60,20)/a.jpg", "", "a.jpg/blur20.jpg"),
    ("filters:sharpen(0,2,false)/a.jpg", "", "a.jpg/sharpen2.jpg"),
    ("filters:grayscale()/a.jpg", "", "a.jpg/grayscale.jpg"),
    ("filters:equalize()/a.jpg", "", "a.jpg/normalize.jpg"),
    ("300x200/filters:smart_crop()/a.jpg", "", "a.jpg/300x200-smart-enlarge.jpg"),
    ("300x200/filters:smart_crop(0,0)/a.jpg", "", "a.jpg/300x200-smart-enlarge.jpg"),
    ("filters:rotate(90)/a.jpg", "", "a.jpg/rotate90.jpg"),
    ("filters:rotate()/a.jpg", "", "a.jpg/full.jpg"),
    ("filters:rgb(100,50,0)/a.jpg", "", "a.jpg/tintff8000.jpg"),
    ("300x200/filters:proportion(0.5)/a.jpg", "", "a.jpg/150x100-enlarge.jpg"),
    ("filters:proportion(0.5)/a.jpg", "", "a.jpg/dpr0.5.jpg"),
    ("filters:format(webp)/a.jpg", "", "a.jpg/full.webp"),
    ("filters:format(jpg)/a.png", "", "a.png/full.jpg"),
    ("filters:autojpg()/a.png", "", "a.png/full.jpg"),
    ("filters:quality(55)/a.jpg", "", "a.jpg/q55.jpg"),
    ("filters:quality(55):format(webp)/a.jpg", "", "a.jpg/q55.webp"),
    ("filters:strip_exif():strip_icc()/a.jpg", "", "a.jpg/full.jpg"),
    ("filters:animated(false)/a.gif", "", "a.gif/frame1.gif"),
    ("s3:photos/300x0/a.jpg", "", "a.jpg/300x-enlarge.jpg"),
    ("300x0/photos/a%20b.jpg", "", "photos/a b.jpg/300x-enlarge.jpg"),
    ("a.jpg", "", "a.jpg/full.jpg"),
    ("photos/a.jpg", "", "photos/a.jpg/full.jpg"),
    ("photos/a.jpg", "width=300", "photos/a.jpg/300x-enlarge.jpg"),
    ("a.jpg", "width=300&height=200&fit=inside", "a.jpg/300x200-inside-enlarge.jpg"),
    ("a.jpg", "width=300&height=0", "a.jpg/300x-enlarge.jpg"),
    ("a.jpg", "format=webp&rotate=90&flip=true&flop=1&grayscale=yes", "a.jpg/rotate90-flip-flop-grayscale.webp"),
    ("a.jpg", "flip=false&flop=0&greyscale=", "a.jpg/full.jpg"),
    ("a.jpg", "rotate=", "a.jpg/full.jpg"),
    ("a.jpg", "width=300&v=7", "a.jpg/300x-enlarge.jpg"),
    # a size in the query is all that there is of a size
    ("fit-in/300x200/a.jpg", "width=100", "a.jpg/100x-enlarge.jpg"),
    (EXAMPLE.replace("=", "%3D"), "", "validKey/full.png"),
]


@pytest.mark.parametrize(("path", "query", "key"), PATHS)
def test_a_path_with_its_query_is_read(path: str, query: str, key: str) -> None:
    assert wanted(path, query, settings(sources=["s3://validBucket/="])).key == key


def test_a_signature_is_of_the_path_and_the_sorted_query() -> None:
    by = settings(dit_keys=["other", "secret"], sources=["s3://validBucket/="])
    signature = "4d41311006641a56de7bca8abdbda91af254506107a2c7b338a13ca2fa95eac3"
    assert sign(f"/{EXAMPLE}", {}, "secret") == signature
    for given_, valid in ((signature, True), ("0" * 64, False), ("é", False)):
        proof = wanted(EXAMPLE, f"signature={given_}", by).proof
        assert proof is not None
        assert proof.is_valid is valid
    signature = sign("/a b.jpg", {"width": "300", "format": "webp"}, "secret")
    proof = wanted("a%20b.jpg", f"width=300&signature={signature}&format=webp", by).proof
    assert proof is not None
    assert proof.is_valid


def test_a_url_may_be_valid_until_a_time() -> None:
    proof = wanted("a.jpg", "expires=19700102T120304Z").proof
    assert proof is not None
    assert proof.expires == 86_400 + 12 * 3600 + 3 * 60 + 4
    for text in ("2030", "20301301T000000Z", "20300101T000000", "20300101t000000z"):
        with pytest.raises(BadToken, match="a time in UTC"):
            wanted("a.jpg", f"expires={text}")


#: An overlay, and the token.
OVERLAYS: list[tuple[dict[str, Any], str]] = [
    ({"key": "brand/mark.png"}, "mark"),
    ({"bucket": "photos", "key": "brand/mark.png", "alpha": "40"}, "mark60center"),
    ({"key": "brand/mark.png", "options": {"left": 10, "top": "-20"}}, "mark100southwest0x10x20"),
    ({"key": "brand/mark.png", "wRatio": "20", "hRatio": 20, "options": {"top": 5}}, "mark100north20x0x5"),
]


@pytest.mark.parametrize(("overlay", "token"), OVERLAYS)
def test_an_overlay_that_is_the_watermark_of_the_settings_is_laid_over_it(overlay: dict[str, Any], token: str) -> None:
    by = from_dict({"source": "s3://photos", "grammars": ["dit"], "watermark": "brand/mark.png"})
    assert wanted(encoded({"overlayWith": overlay}), by=by).key == f"a.png/{token}.png"
    for other in (
        {**overlay, "key": "other.png"},
        {**overlay, "bucket": "other"},
        {**overlay, "options": {"left": "5p"}},
    ):
        with pytest.raises(BadToken):
            wanted(encoded({"overlayWith": other}), by=by)


def test_an_overlay_may_be_another_watermark_of_the_settings() -> None:
    by = from_dict({"source": "s3://photos", "grammars": ["dit"], "watermarks": ["brand/"]})
    found = wanted(encoded({"overlayWith": {"bucket": "photos", "key": "brand/a.png", "alpha": "40"}}), by=by)
    assert found.transform.mark == Mark(60, image="brand/a.png")


def test_a_watermark_in_thumbors_words_is_the_same() -> None:
    by = from_dict({"source": "s3://photos", "grammars": ["dit"], "watermark": "brand/mark.png"})
    path = "300x0/filters:watermark(photos,brand%2Fmark.png,-10,20,30,25,25)/a.png"
    assert wanted(path, by=by).key == "a.png/300x-enlarge-mark70northeast25x10x20.png"


REFUSED: list[tuple[dict[str, Any], str]] = [
    ({"smartCrop": True}, "smartCrop"),
    ({"resize": {"width": 9}, "smartCrop": True}, "smartCrop"),
    ({"resize": {"width": 9, "height": 9}, "smartCrop": {"faceIndex": 1}}, "smartCrop"),
    ({"resize": {"width": 9, "height": 9}, "smartCrop": {"padding": 40}}, "smartCrop"),
    ({"resize": {"width": 9, "height": 9}, "smartCrop": 5}, "smartCrop"),
    ({"overlayWith": {"bucket": "b", "key": "k"}}, "overlayWith"),
    ({"contentModeration": True}, "contentModeration"),
    ({"normalize": {"lower": 5}}, "normalize"),
    ({"negate": True}, "negate"),
    ({"gamma": 2}, "gamma"),
    ({"median": 3}, "median"),
    ({"nosuch": 1}, "nosuch"),
    ({"resize": {"width": -1}}, "resize"),
    ({"resize": {"width": 99_999}}, "resize"),
    ({"resize": {"width": True}}, "resize"),
    ({"resize": {"width": 1, "height": 1, "fit": "crop"}}, "resize"),
    ({"resize": {"width": 1, "height": 1, "fit": "fill", "withoutEnlargement": True}}, "resize"),
    ({"resize": {"width": 1, "height": 1, "position": "entropy"}}, "resize"),
    ({"resize": {"width": 1, "kernel": "nearest"}}, "resize"),
    ({"resize": [1, 2]}, "resize"),
    ({"resize": {"width": 9}, "crop": {"left": 0, "top": 0, "width": 1, "height": 1}}, "crop"),
    ({"roundCrop": True}, "roundCrop"),
    ({"roundCrop": {"rx": 5}, "resize": {"width": 9, "height": 9}}, "roundCrop"),
    ({"toFormat": "heif"}, "toFormat"),
    ({"jpeg": {"quality": 50, "progressive": True}}, "jpeg"),
    ({"modulate": {"hue": 90}}, "modulate"),
    ({"blur": True}, "blur"),
    ({"tint": "nosuch"}, "tint"),
]


@pytest.mark.parametrize(("edits", "name"), REFUSED)
def test_what_cannot_be_done_is_refused_by_its_name(edits: dict[str, Any], name: str) -> None:
    with pytest.raises(BadToken) as raised:
        wanted(encoded(edits))
    assert raised.value.token == name
    notes = Notes(lenient=True)
    assert read(RawUrl(encoded({**edits, "flip": True})), settings(lenient=True), notes) is not None
    assert (name, "left out") in notes.lines


@pytest.mark.parametrize(
    "filter",
    ["watermark(b,k,0,0,0)", "smart_crop()", "smart_crop(1)", "nosuch(1)", "blur()", "rgb(1,2)", "quality(0)"],
)
def test_a_filter_that_cannot_be_done_is_refused(filter: str) -> None:
    with pytest.raises(BadToken):
        wanted(f"filters:{filter}/a.jpg")


def test_another_bucket_is_read_only_where_the_settings_say_what_it_is() -> None:
    with pytest.raises(NotAllowed):
        wanted(EXAMPLE)
    assert wanted("s3:old/a.jpg", "width=1", settings(sources=["s3://old/=archive/"])).source == "archive/a.jpg"


@pytest.mark.parametrize(
    "path", ["", "cat.jpg/300x200.webp", "photos/cat.jpg/300x200", "cat.jpg/info.json", "cat", "AAAA"]
)
def test_other_forms_are_not_its_own(path: str) -> None:
    assert read(RawUrl(path), PLAIN) is None


def test_a_request_without_a_key_is_wrong() -> None:
    requests: list[dict[str, Any]] = [{"edits": {}}, {"key": 5}, {"key": "a", "edits": [1]}, {"key": "a", "bucket": 1}]
    for request in requests:
        path = base64.b64encode(json.dumps(request).encode()).decode()
        with pytest.raises(BadPath):
            wanted(path)


@pytest.mark.parametrize("less", [False, True])
@pytest.mark.parametrize("fit", ["cover", "contain", "inside", "outside", "fill"])
@pytest.mark.parametrize("box", BOXES)
@pytest.mark.parametrize("source", SOURCES)
def test_sizes_are_those_that_sharp_documents(
    source: tuple[int, int], box: tuple[int, int], fit: str, less: bool
) -> None:
    if fit == "fill" and less:
        return  # refused
    (w, h), (bw, bh) = source, box
    # https://sharp.pixelplumbing.com/api-resize: cover, contain and fill give the box; inside is as large as fits it,
    # outside as small as covers it; withoutEnlargement leaves the scale at 1 at most, and a crop within the image
    scale = (max if fit in ("cover", "outside") else min)(bw / w, bh / h)
    scale = min(scale, 1) if less else scale
    scaled = max(1, int(w * scale + 0.5)), max(1, int(h * scale + 0.5))
    if fit in ("inside", "outside"):
        expected = scaled
    elif fit == "cover" and less:
        expected = min(bw, scaled[0]), min(bh, scaled[1])
    else:
        expected = box
    resize = {"width": bw, "height": bh, "fit": fit, "withoutEnlargement": less}
    assert shown(source, wanted(encoded({"resize": resize})).transform) == expected


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5) | st.sampled_from(["cover", "red"]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["width", "height", "quality", "r", "top"]) | st.text(max_size=3), inner, max_size=3
        )
    ),
    max_leaves=5,
)
NAMES = [
    "resize",
    "crop",
    "tint",
    "extend",
    "trim",
    "rotate",
    "blur",
    "modulate",
    "flatten",
    "jpeg",
    "toFormat",
    "quality",
    "smartCrop",
    "normalize",
    "roundCrop",
    "overlayWith",
]


@given(st.dictionaries(st.sampled_from(NAMES), JSON, max_size=3), JSON, st.text(max_size=10))
def test_any_edits_are_wanted_or_an_error_of_ours(edits: dict[str, Any], format: Any, query: str) -> None:
    for by in (PLAIN, settings(lenient=True)):
        try:
            assert wanted(encoded(edits, outputFormat=format), query, by).key
        except FirstsightError:
            continue


PIECES = st.sampled_from(
    ["fit-in/", "300x0/", "1x2:3x4/", "filters:", "blur(", "4", ")", ":", "s3:", "a.jpg", "%2F", "%C3", "/"]
)


@given(st.lists(PIECES | st.text(max_size=4), max_size=8), st.text(max_size=20))
def test_any_path_is_wanted_or_not_or_an_error_of_ours(pieces: list[str], query: str) -> None:
    try:
        found = read(RawUrl("".join(pieces), query), PLAIN)
    except FirstsightError:
        return
    assert found is None or found.key
