"""imgproxy's URLs: a table of them with the native spec that each stands for, and what is refused."""

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firstsight import tokens
from firstsight.errors import BadPath, BadToken, FirstsightError, NotAllowed
from firstsight.grammars import Notes, RawUrl, read
from firstsight.grammars.imgproxy_options import OPTIONS as OPTIONS_OF_ALL
from firstsight.settings import from_dict
from tests.grammars.imgproxy import OPEN, SIGNED, settings, wanted

#: Options, and the native spec with its format for a source a.png.
OPTIONS = [
    ("rs:fit:300:200", "300x200-inside"),
    ("resize:fit:300:200", "300x200-inside"),
    ("rs:fill:300:200", "300x200-clip"),
    ("rs:fill:300:200:1", "300x200-enlarge"),
    ("rs:fill-down:300:200", "300x200"),
    ("rs:fill-down:300:200:1", "300x200-enlarge"),
    ("rs:force:300:200", "300x200-fill"),
    ("rs:auto:300:200", "300x200-clip-adaptive"),
    ("rs:auto:300:200:1", "300x200-adaptive-enlarge"),
    ("rs:fit:300:200:0:1", "300x200-contain"),
    ("rs:fit:300:200:1:1:so", "300x200-contain-south-enlarge"),
    ("rs:fit:300:200:0:1:no:0:10", "300x200-contain-north-shift0x10"),
    ("rs:fill:300:200:1:1", "300x200-enlarge"),
    ("rs::300:200", "300x200-inside"),
    ("rs:fill:300", "300x"),
    ("rs:fill::200", "x200"),
    ("rs:fill:300:0", "300x"),
    ("s:300:200", "300x200-inside"),
    ("size:300:200:1:1", "300x200-contain-enlarge"),
    ("w:300", "300x"),
    ("width:300/height:200/resizing_type:fill", "300x200-clip"),
    ("rt:force/h:200/w:300", "300x200-fill"),
    ("w:300/el:1", "300x-enlarge"),
    ("w:300/el:t", "300x-enlarge"),
    ("w:300/el:0", "300x"),
    ("w:300/w:400", "400x"),
    ("w:0/h:0", "full"),
    ("mw:0/mh:0/w:300", "300x"),
    ("mw:100", "least100x"),
    ("min-width:100/min-height:50", "least100x50"),
    ("mh:100/w:300", "300x-leastx100"),
    ("mh:100/w:300/g:no", "300x-north-leastx100"),
    ("rs:fill:300:200/mw:400/g:soea", "300x200-clip-southeast-least400x"),
    ("w:300/ex:1", "300x-padbox"),
    ("w:300/ex:1:no", "300x-north-padbox"),
    ("rs:fill:300:200:0:1", "300x200-clip-padbox"),
    ("rs:fill:300:200:0:1:no/g:no", "300x200-clip-north-padbox"),
    ("rs:fill:300:200:0:1/g:sm", "300x200-clip-smart-padbox"),
    ("rs:force:300:200:0:1:so", "300x200-fill-south-padbox"),
    ("rs:fit:300:200:0:1/dpr:2", "300x200-inside-padbox-dpr2"),
    ("rs:auto:300:200:1:1", "300x200-adaptive-enlarge-padbox"),
    ("rs:fit:300:200/exar:1", "300x200-inside-padratio"),
    ("rs:fit:300:200/extend_aspect_ratio:1:we:5:0", "300x200-inside-west-shift5x0-padratio"),
    ("rs:fill:300:200/extend_ar:1", "300x200-clip-padratio"),
    ("w:300/exar:1", "300x"),
    ("w:300/exar:0/ex:0", "300x"),
    ("z:2", "full"),
    ("rs:fill:300:200/ex:1:so/el:1", "300x200-enlarge"),
    ("w:300/z:1.5", "450x"),
    ("s:100:100/z:2:3", "200x300-inside"),
    ("z:0.5", "dpr0.5"),
    ("w:300/dpr:2", "300x-dpr2"),
    ("rs:fill:300:200/g:no", "300x200-clip-north"),
    ("rs:fill:300:200/g:nowe", "300x200-clip-northwest"),
    ("rs:fill:300:200/g:soea", "300x200-clip-southeast"),
    ("rs:fill:300:200/g:ce", "300x200-clip"),
    ("rs:fill:300:200/gravity:sm", "300x200-clip-smart"),
    ("rs:fill:300:200/g:fp:0.25:0.75", "300x200-clip-focus0.25x0.75"),
    ("rs:fill:300:200/g:ea:10:-20", "300x200-clip-east-shift10xm20"),
    ("rs:fill:300:200/g:no:0:0.1", "300x200-clip-north-shift0.0x0.1"),
    ("c:100:200", "crop0x0x100x200-fromcenter"),
    ("crop:100:200:nowe:10:20", "crop10x20x100x200"),
    ("c:100:200:soea:10:20", "crop10x20x100x200-fromsoutheast"),
    ("c:100:200/g:no", "crop0x0x100x200-fromnorth"),
    ("c:0.5:0.25", "crop0.0x0.0x0.5x0.25-fromcenter"),
    ("c:0.5:0.5:nowe:0.1:0.2", "crop0.1x0.2x0.5x0.5"),
    ("c:0.5:0.5:fp:0.9:0.5", "crop0.5x0.25x0.5x0.5"),
    ("c:0:100:no", "crop0x0x1000000x100-fromnorth"),
    ("c:0.5:0", "crop0.0x0.0x0.5x1.0-fromcenter"),
    ("c:0:0", "full"),
    ("c:200:200:no/rs:fill:100:50", "100x50-clip-crop0x0x200x200-fromnorth"),
    ("t:10", "trim"),
    ("trim:25.4", "trim25"),
    ("t:10::0:0", "trim"),
    ("pd:10", "pad10"),
    ("padding:10:20", "pad10x20"),
    ("pd:1:2:3:4", "pad1x2x3x4"),
    ("pd:1::3", "pad1x1x3x1"),
    ("ar:0", "unoriented"),
    ("auto_rotate:true", "full"),
    ("rot:90", "rotate90"),
    ("rotate:-90", "rotate270"),
    ("fl:1", "flop"),
    ("flip:0:1", "flip"),
    ("fl:1:1", "flip-flop"),
    ("rot:90/fl:1", "rotate90-flip"),
    ("bg:ffcc00", "bgffcc00"),
    ("background:255:204:0", "bgffcc00"),
    ("bg:fc0", "bgffcc00"),
    ("bg:ffcc00/bg:", "full"),
    ("bl:2.5", "blur2.5"),
    ("w:300/dpr:2/blur:5/pixelate:8", "300x-blur2.5-pixelate4-dpr2"),
    ("sh:0.7", "sharpen0.7"),
    ("pix:8", "pixelate8"),
    ("pix:0", "full"),
    ("wm:0.5", "mark50center"),
    ("watermark:0.5:soea", "mark50southeast"),
    ("wm:1:soea:10:20:0.2", "mark100southeast20x10x20"),
    ("wm:0.3:re", "mark30tile"),
    ("wm:0.3:no::-5", "mark30north0x0xm5"),
    ("wm:0", "full"),
    ("sm:1/kcr:1/scp:1/eth:1/cb:v2/fn:cat/att:0/ph:0/raw:0", "full"),
    ("exp:99999999999", "full"),
]


@pytest.mark.parametrize(("options", "spec"), OPTIONS)
def test_an_option_is_read(options: str, spec: str) -> None:
    # the order in which a spec writes its words is another matter
    transform = wanted(f"unsafe/{options}/plain/a.png").transform
    assert transform == tokens.parse(f"{spec}.png")


#: Paths with their formats and qualities, and the native key.
PATHS = [
    ("_/w:300/plain/a.jpg", "a.jpg/300x.jpg"),
    ("_/w:300/plain/a.jpg@webp", "a.jpg/300x-q79.webp"),
    ("_/w:300/plain/a.jpg@avif", "a.jpg/300x-q63.avif"),
    ("_/w:300/plain/a.webp", "a.webp/300x-q79.webp"),
    ("_/w:300/f:png/plain/a.jpg", "a.jpg/300x.png"),
    ("_/w:300/ext:jpeg/plain/a.png", "a.png/300x.jpg"),
    ("_/w:300/f:png/plain/a.jpg@webp", "a.jpg/300x-q79.webp"),
    ("_/w:300/q:50/plain/a.jpg@webp", "a.jpg/300x-q50.webp"),
    ("_/w:300/q:0/plain/a.jpg", "a.jpg/300x.jpg"),
    ("_/w:300/fq:webp:40:avif:30/plain/a.jpg@avif", "a.jpg/300x-q30.avif"),
    ("_/w:300/fq:webp:40:avif:30/plain/a.jpg", "a.jpg/300x.jpg"),
    ("_/w:300/mb:20000/plain/a.jpg", "a.jpg/300x-max20k.jpg"),
    ("_/w:300/plain/a.tiff", "a.tiff/300x"),
    ("_/plain/photos/a%20b.jpg", "photos/a b.jpg/full.jpg"),
    ("_/plain/a%40b.jpg@png", "a@b.jpg/full.png"),
    ("_/plain/s3://bucket/a.jpg", "a.jpg/full.jpg"),
    ("_/plain/s3:/bucket/a.jpg", "a.jpg/full.jpg"),  # a proxy made one slash of two
    ("_/plain/s3%3A%2F%2Fbucket%2Fa.jpg", "a.jpg/full.jpg"),
    ("_/plain/https://example.com/a.jpg%3Fv=2", "web/a.jpg/full.jpg"),
    ("_/w:300/czM6Ly9idWNrZXQvYS5qcGc", "a.jpg/300x.jpg"),
    ("_/w:300/czM6Ly9i/dWNrZXQv/YS5qcGc.webp", "a.jpg/300x-q79.webp"),
    ("_/w:300/czM6Ly9idWNrZXQvYS5qcGc=", "a.jpg/300x.jpg"),
    ("_/czM6Ly9idWNrZXQvYS5qcGc", "a.jpg/full.jpg"),
    ("_/pr:thumb/plain/a.jpg", "a.jpg/thumb.jpg"),
    ("_/preset:thumb/q:50/plain/a.jpg@webp", "a.jpg/thumb-q50.webp"),
    ("_/pr:tiny/plain/a.jpg", "a.jpg/tiny.webp"),
    ("_/pr:thumb:blurry/plain/a.jpg", "a.jpg/90x90-smart-blur5-q70.jpg"),
]


@pytest.mark.parametrize(("path", "key"), PATHS)
def test_a_path_is_read(path: str, key: str) -> None:
    assert wanted(path).key == key


def test_a_preset_named_default_comes_first_always() -> None:
    by = from_dict({"grammars": ["imgproxy"], "presets": {"default": "blur5", "thumb": "90x90"}})
    assert wanted("_/w:300/plain/a.jpg", by).key == "a.jpg/default-300x.jpg"
    assert wanted("_/pr:thumb/plain/a.jpg", by).key == "a.jpg/90x90-blur5.jpg"


#: Paths that say something of the answer: the Content-Disposition, and whether the source is given as it is.
ANSWERS = [
    ("_/w:300/plain/a.jpg", "", False),
    ("_/w:300/att:1/plain/photos/a.jpg@webp", "attachment; filename*=UTF-8''a.webp", False),
    ("_/att:0/plain/a.jpg", "", False),
    ("_/fn:cat/plain/a.jpg@png", "inline; filename*=UTF-8''cat.png", False),
    (
        "_/filename:Z3LDvG4gY2F0:1/return_attachment:1/plain/a.jpg",
        "attachment; filename*=UTF-8''gr%C3%BCn%20cat.jpg",
        False,
    ),
    ("_/att:1/fn:a%22%0D%0Ab/plain/a.jpg", "attachment; filename*=UTF-8''a%22%0D%0Ab.jpg", False),
    ("_/raw:1/plain/a.heic", "", True),
    ("_/raw:1/att:1/plain/a.heic", "attachment; filename*=UTF-8''a.heic", True),
    ("_/raw:0/plain/a.jpg", "", False),
    ("_/skp:jpg:gif/w:9/plain/a.jpg", "", True),
    ("_/skip_processing:jpeg/plain/a.JPG@jpg", "", True),
    ("_/skp:jpg/plain/a.jpg@webp", "", False),
    ("_/skp:png/plain/a.jpg", "", False),
]


@pytest.mark.parametrize(("path", "disposition", "untouched"), ANSWERS)
def test_a_url_may_say_how_it_is_answered(path: str, disposition: str, untouched: bool) -> None:
    found = wanted(path)
    assert (found.disposition, found.untouched) == (disposition, untouched)


def test_a_source_as_it_is_is_no_preset_so_that_naming_one_lets_nobody_have_it() -> None:
    for option in ("raw:1", "skp:jpg"):
        assert wanted(f"_/pr:thumb/{option}/plain/a.jpg").preset is None


REFUSED = [
    ("rs:crop:300:200", "rs:crop"),
    ("rs:fill:-1:200", "rs:fill:-1"),
    ("rs:fill:99999:200", "rs:fill:99999"),
    ("rs:force:300:0", "force"),
    ("rs:fill:300:200:0:1/g:no", "extend"),
    ("rs:fill:300:200/exar:1:so", "extend_aspect_ratio"),
    ("rs:fill-down:300:200:0:1", "extend"),
    ("ex:1:sm", "ex:1:sm"),
    ("rs:force:300:200/mw:400", "min-width"),
    ("rs:force:300:200/mh:400", "min-height"),
    ("mw:-1", "mw:-1"),
    ("z:2/el:1", "zoom"),
    ("z:0.5:0.4", "zoom"),
    ("g:xx", "g:xx"),
    ("g:fp:2:0", "g:fp"),
    ("rs:fill:300:200/g:no:10:0.5", "gravity"),
    ("c:100:0.5", "crop"),
    ("c:100:100:sm", "crop"),
    ("t:10:ff0000", "t:10"),
    ("t:10::1", "t:10"),
    ("rot:45", "rot:45"),
    ("bg:zzz", "bg:zzz"),
    ("q:101", "q:101"),
    ("f:bmp", "f:bmp"),
    ("f:best", "f:best"),
    ("wm:2", "wm"),
    ("wm:0.5:xx", "wm"),
    ("wm:0.5:so:0.1:0", "wm"),
    ("sm:0", "sm:0"),
    ("scp:0", "scp:0"),
    ("skp:bmp", "skp:bmp"),
    ("fn:a:b:c", "fn:a:b:c"),
    ("fn:w7:1", "fn"),  # not UTF-8
    ("pr:nosuch", "preset:nosuch"),
    ("nosuch:1", "nosuch"),
    ("ush:0.5", "ush"),  # of the paid edition
    ("exp:soon", "exp"),
    ("msr:50", "msr"),
]


@pytest.mark.parametrize(("options", "token"), REFUSED)
def test_what_cannot_be_done_is_refused_by_its_name(options: str, token: str) -> None:
    with pytest.raises(BadToken) as raised:
        wanted(f"_/{options}/plain/a.jpg")
    assert raised.value.token.startswith(token)
    lenient = wanted(f"_/{options}/q:70/plain/a.jpg", settings(lenient=True))
    assert lenient.transform.quality == 70


def test_what_became_of_each_option_is_told() -> None:
    notes = Notes()
    read(RawUrl("_/rs:fill:300:200/g:sm/cb:1/plain/s3://bucket/a.jpg"), OPEN, notes)
    assert [word for word, _ in notes.lines] == ["_", "rs:fill:300:200", "g:sm", "cb:1", "plain/s3://bucket/a.jpg"]


def test_an_address_that_no_setting_names_is_refused() -> None:
    for address in ("https://evil.example/a.jpg", "local:///etc/passwd", "s3://other/a.jpg"):
        encoded = base64.urlsafe_b64encode(address.encode()).decode()
        for path in (f"_/plain/{address}", f"_/w:3/{encoded}"):
            with pytest.raises(NotAllowed, match="known source"):
                wanted(path)


@pytest.mark.parametrize(
    "path",
    [
        "",
        "_",
        "w:300/plain/a.jpg",
        "photos/cat.jpg/300x200.webp",
        "cat.jpg/300x200",
        "cat.jpg/thumb",
        "a/b/c",
        "//",
        "a/b",
    ],
)
def test_other_forms_are_not_imgproxys(path: str) -> None:
    assert read(RawUrl(path), OPEN) is None


@pytest.mark.parametrize("path", ["_/w:300/plain/", "_/plain/a@png@webp", "_/w:300/a.b.c", "_/w:300/?"])
def test_a_path_that_names_no_source_is_wrong(path: str) -> None:
    with pytest.raises(BadPath):
        read(RawUrl(path), OPEN)


PIECES = st.sampled_from(
    "_ / rs: : fill fit 300 200 0.5 -1 w: c: g: fp plain/ a.jpg @ webp czM6Ly9idWNrZXQvYS5qcGc . %2F %C3 é ex: z: pr: thumb".split()  # noqa: SIM905, E501
)


@given(st.lists(PIECES | st.text(max_size=5), max_size=12))
def test_any_path_is_wanted_or_not_or_an_error_of_ours(pieces: list[str]) -> None:
    path = "".join(pieces)
    for by in (OPEN, SIGNED, settings(lenient=True)):
        for asked in (path, f"_/{path}", f"_/{path}/plain/a.jpg"):
            try:
                found = read(RawUrl(asked), by)
            except FirstsightError:
                continue
            assert found is None or found.key


ARGUMENTS = st.sampled_from(["", "0", "1", "10", "-10", "0.5", "ce", "no", "sm", "fp", "re", "jpg", "fill", "ff0000"])
CALLS = st.builds(
    lambda name, arguments: ":".join([name, *arguments]),
    st.sampled_from(sorted(OPTIONS_OF_ALL)),
    st.lists(ARGUMENTS | st.text(max_size=4), min_size=1, max_size=7),
)


@given(st.lists(CALLS, max_size=4))
def test_any_arguments_of_options_are_wanted_or_an_error_of_ours(calls: list[str]) -> None:
    for by in (OPEN, settings(lenient=True)):
        try:
            found = read(RawUrl("/".join(["_", *calls, "plain/a.jpg"])), by)
        except FirstsightError:
            continue
        assert found is None or found.key
