"""imagor's URLs, and what it and thumbor lay over an image."""

import pytest

from firstsight.errors import BadToken
from firstsight.settings import from_dict
from firstsight.transform import Anchor, Colour, Label
from tests.grammars.thumbor import IMAGOR, THUMBOR, wanted

#: A path without its `unsafe/`, and the native key.
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
    ("300x/a.png", "a.png/300x-enlarge.png"),
    ("0x200/a.png", "a.png/x200-enlarge.png"),
    ("x200/a.png", "a.png/x200-enlarge.png"),
    ("-300x200/a.png", "a.png/300x200-enlarge-flop.png"),
    ("300x-200/a.png", "a.png/300x200-enlarge-flip.png"),
    ("-300x-200/a.png", "a.png/300x200-enlarge-flip-flop.png"),
    ("full-fit-in/300x200/a.png", "a.png/300x200-outside-enlarge.png"),
    ("full-fit-in/300x200/filters:no_upscale()/a.png", "a.png/300x200-outside.png"),
    ("adaptive-full-fit-in/300x200/a.png", "a.png/300x200-outside-adaptive-enlarge.png"),
    ("stretch/300x200/filters:no_upscale()/a.png", "a.png/300x200-fill.png"),
    ("300x200/left/top/a.png", "a.png/300x200-northwest-enlarge.png"),
    ("300x200/right/bottom/a.png", "a.png/300x200-southeast-enlarge.png"),
    ("300x200/center/middle/a.png", "a.png/300x200-enlarge.png"),
    ("300x200/smart/a.png", "a.png/300x200-smart-enlarge.png"),
    ("trim/a.png", "a.png/trim0.png"),
    ("trim:20/300x200/a.png", "a.png/300x200-enlarge-trim20.png"),
    ("10x20:110x220/a.png", "a.png/crop10x20x100x200.png"),
    ("0.1x0.1:0.9x0.9/300x/a.png", "a.png/300x-enlarge-crop0.1x0.1x0.8x0.8.png"),
    ("fit-in/300x200/10x20/a.png", "a.png/300x200-inside-enlarge-pad20x10.png"),
    ("fit-in/300x200/filters:fill(auto)/a.png", "a.png/300x200-contain-enlarge-bgmean.png"),
    ("fit-in/300x200/filters:fill(blur)/a.png", "a.png/300x200-contain-enlarge-bgblur.png"),
    ("fit-in/300x200/filters:fill(none)/a.png", "a.png/300x200-contain-enlarge-bgffffff00.png"),
    ("300x200/10x20/filters:fill(blur)/a.png", "a.png/300x200-enlarge-pad20x10-bgblur.png"),
    ("300x200/filters:fill(auto)/a.png", "a.png/300x200-enlarge.png"),
    ("filters:padding(auto,5)/a.png", "a.png/pad5-bgmean.png"),
    ("filters:padding(red,5,10)/a.png", "a.png/pad10x5-bgff0000.png"),
    ("filters:padding(red,1,2,3,4)/a.png", "a.png/pad2x3x4x1-bgff0000.png"),
    ("filters:background_color(ffcc00)/a.png", "a.png/bgffcc00.png"),
    ("filters:brightness(-20)/a.png", "a.png/brightness71-contrast140.png"),
    ("filters:grayscale()/a.png", "a.png/grayscale.png"),
    ("filters:sharpen(2)/a.png", "a.png/sharpen5.png"),
    ("filters:format(jpeg):quality(80)/a.png", "a.png/q80.jpg"),
    ("filters:format(webp)/a.png", "a.png/q75.webp"),
    ("filters:max_bytes(40000)/a.jpg", "a.jpg/q75-max40k.jpg"),
    ("filters:strip_exif():strip_icc():strip_metadata():max_age(5):preview()/a.png", "a.png/full.png"),
    ("filters:round_corner(10,10,yellow)/a.png", "a.png/bgffff00-round10.png"),
    ("300x200/filters:focal(200,100)/a.png", "a.png/300x200-point200x100-enlarge.png"),
    ("300x200/filters:focal(0.25,0.75)/a.png", "a.png/300x200-focus0.25x0.75-enlarge.png"),
    ("filters:trim(10)/a.png", "a.png/trim.png"),
    ("filters:crop(10,20,30,40)/a.png", "a.png/crop10x20x30x40.png"),
    ("filters:crop(0.1,0.2,0.3,0.4)/a.png", "a.png/crop0.1x0.2x0.3x0.4.png"),
    ("filters:upscale()/a.png", "a.png/full.png"),
    ("filters:rotate(270)/a.png", "a.png/rotate270.png"),
    ("300x200/left/filters:orient(90)/a.png", "a.png/300x200-west-enlarge-rotate90.png"),
    ("filters:orient(0)/a.png", "a.png/full.png"),
    ("b64:cGhvdG9zL2EgYi5wbmc/", "b64:cGhvdG9zL2EgYi5wbmc//full"),
    ("300x200/b64:cGhvdG9zL2EgYi5wbmc", "photos/a b.png/300x200-enlarge.png"),
]


@pytest.mark.parametrize(("path", "key"), IMAGORS)
def test_a_url_of_imagor_is_read(path: str, key: str) -> None:
    assert wanted(f"unsafe/{path}", IMAGOR).key == key


#: Arguments of the watermark filter, and the token.
WATERMARKS = [
    ("brand/mark.png,10,20,50", "mark50northwest0x10x20"),
    ("brand/mark.png,-10,-20,0", "mark100southeast0x10x20"),
    ("brand/mark.png,center,center,0", "mark"),
    ("brand/mark.png,center,-5,20", "mark80south0x0x5"),
    ("brand/mark.png,repeat,repeat,70", "mark30tile"),
    ("brand/mark.png,0,0,50,20,20", "mark50northwest20"),
    ("b64:YnJhbmQvbWFyay5wbmc,0,0,0", "mark100northwest"),
    ("brand/mark.png,right,bottom,50", "mark50southeast"),
    ("brand/mark.png,left,top,0,30,30", "mark100northwest30"),
    ("brand/mark.png,right-10,-5,0", "mark100southeast0xm10x5"),
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


#: Calls, and the label.
LABELS = [
    ("label(hello,10,20)", Label("hello", 20, Anchor.NORTHWEST, 10, 20)),
    ("label(hello,-10,-20,30,red)", Label("hello", 30, Anchor.SOUTHEAST, 10, 20, Colour(255, 0, 0))),
    ("label(hello,center,bottom,30,fff,50)", Label("hello", 30, Anchor.SOUTH, 0, 0, Colour(255, 255, 255, 128))),
    ("label(hello%20world%252C%20again,center,center)", Label("hello world, again", 20)),
    (
        "label(b64:Z3LDvMOfIGRpY2g,right-5,top,24,yellow,0,sans)",
        Label("grüß dich", 24, Anchor.NORTHEAST, -5, 0, Colour(255, 255, 0)),
    ),
    ("text(IMAGOR,20,20,sans-36,white,0)", Label("IMAGOR", 36, Anchor.NORTHWEST, 20, 20, Colour(255, 255, 255))),
    ("text(IMAGOR,center,center)", Label("IMAGOR", 20)),
    ("text(IMAGOR,0,b-10,sans-24,black,0,normal)", Label("IMAGOR", 24, Anchor.SOUTHWEST, 0, -10)),
]


@pytest.mark.parametrize(("call", "label"), LABELS)
def test_a_text_is_written_over_it(call: str, label: Label) -> None:
    for by in (THUMBOR, IMAGOR):
        assert wanted(f"unsafe/filters:{call}/a.png", by).transform.label == label


def test_a_url_may_say_how_it_is_answered() -> None:
    found = wanted("unsafe/300x200/filters:attachment(my cat.png):format(webp)/a.jpg", IMAGOR)
    assert found.disposition == "attachment; filename*=UTF-8''my%20cat.webp"
    assert wanted("unsafe/filters:attachment()/a.jpg", IMAGOR).disposition == "attachment; filename*=UTF-8''a.jpg"
    assert wanted("unsafe/filters:raw()/a.jpg", IMAGOR).untouched
    proof = wanted("unsafe/filters:expire(1700000000999)/a.jpg", IMAGOR).proof
    assert proof is not None
    assert proof.expires == 1_700_000_000


def test_a_watermark_may_be_another_one_of_the_settings() -> None:
    by = from_dict({"grammars": ["thumbor"], "watermark": "m.png", "watermarks": ["brand/"]})
    mark = wanted("unsafe/filters:watermark(brand/a.png,0,0,50)/a.png", by).transform.mark
    assert mark is not None
    assert (mark.image, mark.opacity) == ("brand/a.png", 50)
    with pytest.raises(BadToken, match="watermarks"):
        wanted("unsafe/filters:watermark(a.png,0,0,50)/a.png", by)
