"""imgproxy's URLs: a table of them with the native spec that each stands for, signatures, and what is refused."""

import base64
import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firstsight import tokens
from firstsight.errors import BadPath, BadToken, FirstsightError, NotAllowed
from firstsight.grammars import Asked, Told, Wanted, read
from firstsight.grammars.imgproxy import sign
from firstsight.image.geometry import Size, plan
from firstsight.settings import Settings, from_dict
from firstsight.transform import Transform

PRESETS = {"thumb": "90x90-smart-q70", "blurry": "blur5", "tiny": {"transform": "16x", "format": "webp"}}


def settings(**dialects: Any) -> Settings:
    sources = ["s3://bucket/=", "https://example.com/=web/", "http://example.com/="]
    return from_dict(
        {"grammars": ["imgproxy", "native"], "presets": PRESETS, "dialects": {"sources": sources, **dialects}}
    )


OPEN = settings()
SIGNED = settings(imgproxy_keys=["746573742d6b6579:746573742d73616c74", "736563726574:68656c6c6f"])


def wanted(path: str, by: Settings = OPEN) -> Wanted:
    found = read(Asked(path), by)
    assert found is not None
    return found


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


#: Keys and salts in hexadecimal digits, and what they sign.
VECTORS = [
    (
        "oKfUtW34Dvo2BGQehJFR4Nr0_rIjOtdtzJ3QFsUcXH8",
        "rs:fill:300:400:0/g:sm/aHR0cDovL2V4YW1w/bGUuY29tL2ltYWdl/cy9jdXJpb3NpdHku/anBn.png",
    ),
]


@pytest.mark.parametrize(("signature", "rest"), VECTORS)
def test_a_signature_is_one_of_imgproxys(signature: str, rest: str) -> None:
    found = wanted(f"{signature}/{rest}", SIGNED)
    assert found.source == "images/curiosity.jpg"
    assert found.proof is not None
    assert found.proof.is_valid
    wrong = wanted(f"{signature[:-1]}A/{rest}", SIGNED).proof
    assert wrong is not None
    assert not wrong.is_valid


def test_the_arithmetic_of_signatures_is_imgproxys() -> None:
    assert sign("/asd", b"test-key", b"test-salt") == "oWaL7QoW5TsgbuiS9-5-DI8S3Ibbo1gdB2SteJh3a20"
    assert sign("/asd", b"test-key", b"test-salt", 8) == "oWaL7QoW5Ts"


@pytest.mark.parametrize("length", [1, 8, 32])
def test_signatures_may_be_cut_and_made_with_any_of_the_keys(length: int) -> None:
    by = settings(imgproxy_keys=["6f6e65:", "74776f:73616c74"], imgproxy_signature_bytes=length)
    for key, salt in ((b"one", b""), (b"two", b"salt")):
        proof = wanted(f"{sign('/w:300/plain/a.jpg', key, salt, length)}/w:300/plain/a.jpg", by).proof
        assert proof is not None
        assert proof.is_valid


def test_a_proxy_may_have_decoded_or_normalised_what_was_signed() -> None:
    signed = sign("/w:300/plain/s3://bucket/a b.jpg", b"secret", b"hello")
    for rest in ("w:300/plain/s3://bucket/a%20b.jpg", "w:300/plain/s3:/bucket/a%20b.jpg"):
        proof = wanted(f"{signed}/{rest}", SIGNED).proof
        assert proof is not None
        assert proof.is_valid


def test_without_keys_a_signature_proves_nothing() -> None:
    for signature in ("unsafe", "_", "oKfUtW34Dvo2BGQehJFR4Nr0"):
        proof = wanted(f"{signature}/plain/a.jpg").proof
        assert proof is not None
        assert (proof.signature, proof.is_valid) == ("", False)


def test_a_url_may_be_valid_until_a_time() -> None:
    proof = wanted("_/exp:1700000000/plain/a.jpg").proof
    assert proof is not None
    assert proof.expires == 1_700_000_000


REFUSED = [
    ("rs:crop:300:200", "rs:crop"),
    ("rs:fill:-1:200", "rs:fill:-1"),
    ("rs:fill:99999:200", "rs:fill:99999"),
    ("rs:force:300:0", "force"),
    ("rs:fill:300:200:0:1", "extend"),
    ("mw:100", "mw:100"),
    ("exar:1", "exar"),
    ("z:2", "zoom"),
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
    ("att:1", "att:1"),
    ("raw:1", "raw:1"),
    ("skp:jpg", "skp"),
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
    told = Told()
    read(Asked("_/rs:fill:300:200/g:sm/cb:1/plain/s3://bucket/a.jpg"), OPEN, told)
    assert [word for word, _ in told.lines] == ["_", "rs:fill:300:200", "g:sm", "cb:1", "plain/s3://bucket/a.jpg"]


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
    assert read(Asked(path), OPEN) is None


@pytest.mark.parametrize("path", ["_/w:300/plain/", "_/plain/a@png@webp", "_/w:300/a.b.c", "_/w:300/?"])
def test_a_path_that_names_no_source_is_wrong(path: str) -> None:
    with pytest.raises(BadPath):
        read(Asked(path), OPEN)


def rounded(value: float) -> int:
    return math.floor(value + 0.5)


def theirs(source: tuple[int, int], kind: str, box: tuple[int, int], dpr: float, enlarge: bool) -> tuple[int, int]:
    """The size of the result by imgproxy's calcScale and calcSizes (processing/prepare.go), and its crop."""
    (w, h), (bw, bh) = source, box
    across, down = w / bw, h / bh
    if kind == "auto":
        kind = "fill" if (w - h >= 0) == (bw - bh >= 0) else "fit"
    if kind == "fit":
        across = down = max(across, down)
    elif kind in ("fill", "fill-down"):
        across = down = min(across, down)
    scale = dpr
    if not enlarge:
        least = min(across, down)
        if least < 1:
            across, down, scale = across / least, down / least, scale / least
        scale = min(scale, across, down)
    target = rounded(bw * scale), rounded(bh * scale)
    scaled = max(1, rounded(w / min(across / scale, w))), max(1, rounded(h / min(down / scale, h)))
    if kind == "fill-down" and not enlarge:
        wide, high = target[0] / scaled[0], target[1] / scaled[1]
        if wide > high and wide > 1:
            target = scaled[0], max(1, rounded(scaled[0] * target[1] / target[0]))
        elif high > wide and high > 1:
            target = max(1, rounded(scaled[1] * target[0] / target[1])), scaled[1]
    return min(target[0], scaled[0]), min(target[1], scaled[1])


def shown(source: tuple[int, int], transform: Transform) -> tuple[int, int]:
    size = plan(Size(*source), transform).result
    return size.width, size.height


SOURCES = [(640, 480), (480, 640), (300, 300), (100, 50), (37, 113), (3000, 1000)]
BOXES = [(300, 200), (200, 300), (1000, 100), (100, 1000), (640, 480), (50, 50)]


@pytest.mark.parametrize("enlarge", [False, True])
@pytest.mark.parametrize("dpr", [1, 2, 0.5])
@pytest.mark.parametrize("kind", ["fit", "fill", "fill-down", "force", "auto"])
@pytest.mark.parametrize("box", BOXES)
@pytest.mark.parametrize("source", SOURCES)
def test_sizes_are_those_of_imgproxys_arithmetic(
    source: tuple[int, int], box: tuple[int, int], kind: str, dpr: float, enlarge: bool
) -> None:
    path = f"_/rs:{kind}:{box[0]}:{box[1]}:{int(enlarge)}/dpr:{dpr}/plain/a.jpg"
    transform = wanted(path).transform
    expected, got = theirs(source, kind, box, dpr, enlarge), shown(source, transform)
    # theirs rounds a box of which a ratio below 1 has been made up for; ours multiplies the box first
    exact = dpr >= 1 or enlarge or kind in ("fill", "auto")
    assert got == expected or (not exact and within(got, source, box, dpr, kind))


def within(got: tuple[int, int], source: tuple[int, int], box: tuple[int, int], dpr: float, kind: str) -> bool:
    limit = max(1, rounded(box[0] * dpr)), max(1, rounded(box[1] * dpr))
    return all(side <= most + 1 for side, most in zip(got, limit, strict=True))


@pytest.mark.parametrize(
    ("gravity", "offset"),
    [
        # a 600x200 image cropped to 200x200: 400 to spare
        ("ce", 200),
        ("we", 0),
        ("ea", 400),
        ("we:30:0", 30),
        ("ea:30:0", 370),
        ("ce:30:0", 230),
        ("ce:-30:0", 170),
        ("we:0.1:0", 60),  # a tenth of the image's width
        ("ea:0.1:0", 340),
        ("we:900:0", 400),
        ("we:-30:0", 0),
        ("fp:0.5:0.5", 200),
        ("fp:0.25:0.5", 50),
        ("fp:0:0", 0),
    ],
)
def test_a_gravity_and_its_offsets_place_the_crop_as_calcposition_does(gravity: str, offset: int) -> None:
    transform = wanted(f"_/rs:fill:200:200/g:{gravity}/plain/a.jpg").transform
    assert plan(Size(600, 200), transform).offset == (-offset, 0)


@pytest.mark.parametrize(
    ("crop", "rect"),
    [
        ("100:50", (250, 75, 100, 50)),
        ("100:50:nowe", (0, 0, 100, 50)),
        ("100:50:nowe:10:20", (10, 20, 100, 50)),
        ("100:50:soea:10:20", (490, 130, 100, 50)),
        ("100:50:no", (250, 0, 100, 50)),
        ("0:50:so", (0, 150, 600, 50)),
        ("0.5:0.5", (150, 50, 300, 100)),
        ("0.5:0:ea", (300, 0, 300, 200)),
        ("9000:50:ce", (0, 75, 600, 50)),
    ],
)
def test_a_crop_takes_what_calcposition_says(crop: str, rect: tuple[int, int, int, int]) -> None:
    found = plan(Size(600, 200), wanted(f"_/c:{crop}/plain/a.jpg").transform).crop
    assert (found.left, found.top, found.width, found.height) == rect


PIECES = st.sampled_from(
    "_ / rs: : fill fit 300 200 0.5 -1 w: c: g: fp plain/ a.jpg @ webp czM6Ly9idWNrZXQvYS5qcGc . %2F %C3 é ex: z: pr: thumb".split()  # noqa: SIM905, E501
)


@given(st.lists(PIECES | st.text(max_size=5), max_size=12))
def test_any_path_is_wanted_or_not_or_an_error_of_ours(pieces: list[str]) -> None:
    path = "".join(pieces)
    for by in (OPEN, SIGNED, settings(lenient=True)):
        for asked in (path, f"_/{path}", f"_/{path}/plain/a.jpg"):
            try:
                found = read(Asked(asked), by)
            except FirstsightError:
                continue
            assert found is None or found.key
