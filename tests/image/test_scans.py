"""A progressive JPEG at an eighth of its size, without the scans of what is not seen there."""

import re
import struct
from collections.abc import Iterator

import numpy as np
import pytest
import pyvips
from hypothesis import given
from hypothesis import strategies as st

import firstsight
from firstsight.errors import DamagedImage
from firstsight.image import render, scans
from firstsight.image.scans import at_an_eighth
from firstsight.settings import Limits
from firstsight.tokens import parse
from tests.image.made.exif import exif
from tests.image.made.jpeg import adobe, exif_segment, segment
from tests.image.made.progressive import Scan, progressive, refined, whole

SAMPLINGS = {
    "gray": [(1, 1)],
    "gray, said to be sampled twice": [(2, 2)],
    "4:4:4": [(1, 1)] * 3,
    "4:2:0": [(2, 2), (1, 1), (1, 1)],
    "4:2:2": [(2, 1), (1, 1), (1, 1)],
    "4:4:0": [(1, 2), (1, 1), (1, 1)],
    "4:1:1": [(4, 1), (1, 1), (1, 1)],
    "coarse luma": [(1, 1), (2, 2), (2, 2)],
    "CMYK": [(1, 1)] * 4,
    "YCCK 4:2:0": [(2, 2), (1, 1), (1, 1), (2, 2)],
}
SIZES = [(8, 8), (100, 75), (33, 130), (1500, 9), (9, 1500)]

Scans = tuple[Scan, ...]


def apart(count: int) -> Scans:
    """DC in a scan for each component, as mozjpeg writes, and AC in pieces between."""
    each = range(count)
    return (
        *(Scan((number,), 0, 0) for number in each),
        *(Scan((number,), first, last) for number in each for first, last in ((1, 2), (3, 8), (9, 63))),
    )


def restarted(count: int) -> Scans:
    """Restarts every few blocks, in DC and in AC, by another interval each."""
    dc, *ac = refined(count)
    return (
        Scan(dc.components, 0, 0, 0, 1, restart=3),
        *(Scan(s.components, s.first, s.last, s.high, s.low, restart=number % 4 * 5) for number, s in enumerate(ac)),
    )


LISTS = {"whole": whole, "refined": refined, "apart": apart, "restarted": restarted}


def eighth(data: bytes) -> bytes:
    """Decode at an eighth, by libvips alone; a warning is an error."""
    image = pyvips.Image.jpegload_buffer(data, shrink=8, fail_on="warning")
    return struct.pack(">III", image.width, image.height, image.bands) + bytes(image.write_to_memory())


def coded(data: bytes) -> list[bytes]:
    """Give the parameters of each scan, from its first coefficient on."""
    return [
        data[m.start() + 5 + 2 * m[1][0] : m.start() + 8 + 2 * m[1][0]]
        for m in re.finditer(rb"\xff\xda\0.(.)", data, re.DOTALL)
    ]


@pytest.mark.parametrize("scans", LISTS)
@pytest.mark.parametrize("sampling", SAMPLINGS)
@pytest.mark.parametrize(("width", "height"), SIZES)
def test_the_pixels_are_those_of_the_whole_file(sampling: str, scans: str, width: int, height: int) -> None:
    factors = SAMPLINGS[sampling]
    front = [adobe(2 if "Y" in sampling else 0)] if len(factors) == 4 else []
    data = progressive(width, height, factors, LISTS[scans](len(factors)), *front)
    lighter = at_an_eighth(data)
    assert lighter is not None
    assert eighth(lighter) == eighth(data)
    assert len(lighter) < len(data) or width * height < 300


@pytest.mark.parametrize("sampling", ["4:4:4", "4:2:0", "gray"])
def test_runs_of_many_blocks_are_counted_right(sampling: str) -> None:
    factors = SAMPLINGS[sampling]
    flat = pyvips.Image.black(4104, 2600, bands=len(factors)) + 7  # 513 * 325 blocks: more than five of the longest run
    options = {"interlace": True, "subsample_mode": "on" if sampling == "4:2:0" else "off"}
    data = flat.cast("uchar").copy(interpretation="srgb" if len(factors) > 1 else "b-w").jpegsave_buffer(**options)
    lighter = at_an_eighth(data)
    assert lighter is not None
    assert eighth(lighter) == eighth(data)


@pytest.mark.parametrize("options", [{}, {"optimize_scans": True}, {"restart_interval": 7}, {"trellis_quant": True}])
@pytest.mark.parametrize("subsample", ["on", "off"])
@pytest.mark.parametrize("kind", ["srgb", "b-w", "cmyk"])
def test_what_an_encoder_writes_has_the_same_pixels(kind: str, subsample: str, options: dict[str, object]) -> None:
    bands = {"srgb": 3, "b-w": 1, "cmyk": 4}[kind]
    noise = np.random.default_rng(5).integers(0, 255, (40, 50, bands), dtype=np.uint8)
    image = pyvips.Image.new_from_array(noise).resize(8, kernel="cubic").copy(interpretation=kind)
    data = image.jpegsave_buffer(interlace=True, subsample_mode=subsample, Q=85, **options)
    lighter = at_an_eighth(data)
    assert lighter is not None
    assert len(lighter) < len(data) * 0.6
    assert eighth(lighter) == eighth(data)


@given(
    st.integers(1, 70), st.integers(1, 70), st.sampled_from(list(SAMPLINGS)), st.sampled_from(list(LISTS)), st.data()
)
def test_any_size_has_the_same_pixels(width: int, height: int, sampling: str, scans: str, more: st.DataObject) -> None:
    factors = SAMPLINGS[sampling]
    data = progressive(width, height, factors, LISTS[scans](len(factors)), seed=more.draw(st.integers(0, 99)))
    lighter = at_an_eighth(data)
    assert lighter is not None
    if min(width, height) >= 8:
        assert eighth(lighter) == eighth(data)


def test_only_the_scans_that_are_not_seen_are_left_out() -> None:
    nothing, dc, refinement = b"\x01\x3f\x00", b"\0\0\x01", b"\0\0\x10"
    gray = at_an_eighth(progressive(64, 64, [(1, 1)], refined(1)))
    assert gray is not None
    assert coded(gray) == [dc, refinement, nothing]
    colour = at_an_eighth(progressive(64, 64, SAMPLINGS["4:2:0"], refined(3)))
    assert colour is not None
    ac = [b"\x01\x05\x02", b"\x06\x3f\x02", b"\x01\x3f\x21", b"\x01\x3f\x10"]
    assert sorted(coded(colour)) == sorted([dc, refinement, nothing, *ac, *ac])


def test_headers_stay_and_what_follows_the_end_goes() -> None:
    notes = [exif_segment(exif(orientation=6)), segment(0xFE, b"a comment"), segment(0xE2, b"ICC_PROFILE\0\1\1profile")]
    data = progressive(64, 64, [(1, 1)] * 3, whole(3), *notes)
    lighter = at_an_eighth(data + b"more")
    assert lighter == at_an_eighth(data)
    assert lighter is not None
    assert lighter.startswith(data[: data.index(b"\xff\xda")])
    assert lighter.endswith(b"\xff\xd9")


def test_fillings_between_markers_and_in_data_are_understood() -> None:
    data = progressive(64, 64, [(1, 1)] * 3, whole(3))
    filled = re.sub(rb"\xff(?=[\xc2\xc4\xda\xd9])", b"\xff\xff\xff", data)
    lighter = at_an_eighth(filled)
    assert lighter is not None
    assert eighth(lighter) == eighth(filled) == eighth(data)


RGB = [(1, 1)] * 3
WHOLE = progressive(40, 40, RGB, refined(3))
FRAME = WHOLE.index(b"\xff\xc2")


def patched(place: int, value: int) -> bytes:
    return WHOLE[: FRAME + place] + bytes([value]) + WHOLE[FRAME + place + 1 :]


NOT_UNDERSTOOD = {
    "baseline": patched(1, 0xC0),
    "extended": patched(1, 0xC1),
    "lossless": patched(1, 0xC3),
    "arithmetic coding": patched(1, 0xCA),
    "hierarchical": patched(1, 0xC6),
    "12 bits": patched(4, 12),
    "no height": patched(6, 0),
    "no width": patched(8, 0),
    "more components than there are": patched(9, 4),
    "no components": patched(9, 0),
    "one identifier twice": patched(13, 1),
    "no sampling": patched(11, 0),
    "five times the samples": patched(11, 0x51),
    "no end": WHOLE[:-2],
    "two frames": WHOLE[:-2] + WHOLE[FRAME:],
    "a height that comes later": WHOLE[:-2] + segment(0xDC, b"\0\x28") + b"\xff\xd9",
    "a marker that nobody knows": WHOLE[:-2] + b"\xff\x01\xff\xd9",
    "a component of which nobody knows": progressive(40, 40, RGB, refined(3)).replace(
        b"\xff\xda\0\x08\x01\x02", b"\xff\xda\0\x08\x01\x09"
    ),
    "nothing": b"",
    "its start alone": b"\xff\xd8",
    "no scans": progressive(40, 40, RGB, ()),
    "DC alone": progressive(40, 40, RGB, (Scan((0, 1, 2), 0, 0),)),
    "DC of two": progressive(40, 40, RGB, (Scan((0, 1), 0, 0), *whole(3)[1:])),
    "DC without its last bit": progressive(40, 40, RGB, (Scan((0, 1, 2), 0, 0, 0, 1), *whole(3)[1:])),
    "AC without its last bit": progressive(40, 40, RGB, refined(3)[:-1]),
    "AC of two": progressive(40, 40, RGB, whole(3)[:-1]),
    "AC without its last coefficient": progressive(40, 40, RGB, (*whole(3)[:-1], Scan((2,), 1, 62))),
    "AC before DC": progressive(40, 40, RGB, (*whole(3)[1:], whole(3)[0])),
    "DC twice": progressive(40, 40, RGB, (whole(3)[0], *whole(3))),
    "AC twice": progressive(40, 40, RGB, (*whole(3), whole(3)[-1])),
    "a bit that is left out": progressive(
        40, 40, [(1, 1)], (Scan((0,), 0, 0, 0, 2), Scan((0,), 0, 0, 1, 0), Scan((0,), 1, 63))
    ),
    "two bits at once": progressive(
        40, 40, [(1, 1)], (Scan((0,), 0, 0, 0, 2), Scan((0,), 0, 0, 2, 0), Scan((0,), 1, 63))
    ),
    "components none of which is finest": progressive(40, 40, [(2, 1), (1, 2), (1, 1)], whole(3)),
}


@pytest.mark.parametrize("what", NOT_UNDERSTOOD)
def test_what_is_not_wholly_understood_is_left_as_it_is(what: str) -> None:
    assert at_an_eighth(WHOLE) is not None
    assert at_an_eighth(NOT_UNDERSTOOD[what]) is None


@given(st.integers(0, len(WHOLE) - 1))
def test_what_is_cut_short_anywhere_is_left_as_it_is(length: int) -> None:
    assert at_an_eighth(WHOLE[:length]) is None


@given(st.lists(st.tuples(st.integers(0, len(WHOLE) - 1), st.integers(0, 255)), min_size=1, max_size=4))
def test_a_damaged_file_that_decodes_has_the_same_pixels(changes: list[tuple[int, int]]) -> None:
    data = bytearray(WHOLE)
    for place, value in changes:
        data[place] = value
    lighter = at_an_eighth(bytes(data))
    try:
        seen = eighth(bytes(data))
    except pyvips.Error:
        return
    assert lighter is None or eighth(lighter) == seen


LARGE = progressive(800, 800, SAMPLINGS["4:2:0"], refined(3), exif_segment(exif(orientation=6)))
#: In the first AC scan of luma.
PLACE = LARGE.index(b"\xff\xda\0\x08\x01\x01") + 200


def pieces(data: bytes) -> Iterator[bytes]:
    for start in range(0, len(data), 500):
        yield data[start : start + 500]


def made(data: bytes, spec: str, *, arriving: bool, strict: bool = True) -> bytes:
    if not arriving:
        return firstsight.render(data, spec, strict=strict).data
    return render(pieces(data), parse(spec), limits=Limits(), strict=strict).data


@pytest.mark.parametrize("arriving", [False, True])
@pytest.mark.parametrize(
    "spec", ["50x.png", "49x.jpg", "20x20-smart.webp", "8x8-crop0.2x0.2x0.5x0.5.png", "40x-rotate30.png", "info.json"]
)
def test_a_small_derivative_is_the_same_as_without(spec: str, arriving: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = []

    def nothing(data: bytes) -> None:
        asked.append(data)

    lighter = made(LARGE, spec, arriving=arriving)
    monkeypatch.setattr(scans, "at_an_eighth", nothing)
    assert made(LARGE, spec, arriving=arriving) == lighter
    assert asked == [LARGE]


@pytest.mark.parametrize("arriving", [False, True])
def test_damage_to_what_is_not_seen_is_no_damage(arriving: bool) -> None:
    data = LARGE[:PLACE] + b"\xff\0" * 8 + LARGE[PLACE + 16 :]
    assert made(data, "50x.png", arriving=arriving) == made(LARGE, "50x.png", arriving=arriving)
    with pytest.raises(DamagedImage):
        made(data, "200x.png", arriving=arriving)


@pytest.mark.parametrize("arriving", [False, True])
@pytest.mark.parametrize("left", [2, 3, 40, 2000, 20_000])
def test_what_is_cut_short_is_refused_at_any_size(left: int, arriving: bool) -> None:
    for spec in ("50x.png", "info.json", "200x.png"):
        with pytest.raises(DamagedImage):
            made(LARGE[:-left], spec, arriving=arriving)


@pytest.mark.parametrize("arriving", [False, True])
def test_what_is_not_wholly_understood_is_decoded_as_it_is(arriving: bool) -> None:
    data = progressive(400, 400, RGB, refined(3)[:-1])
    image = pyvips.Image.jpegload_buffer(data, shrink=8)
    shown = pyvips.Image.new_from_buffer(made(data, "50x.png", arriving=arriving), "")
    assert shown.write_to_memory() == image.write_to_memory()


def test_what_a_store_raises_meanwhile_is_raised() -> None:
    def chunks() -> Iterator[bytes]:
        yield from pieces(LARGE[:9000])
        raise ConnectionError("lost")

    with pytest.raises(ConnectionError):
        render(chunks(), parse("50x.png"), limits=Limits())


def test_a_source_that_arrives_slowly_is_refused_for_its_scans_as_well() -> None:
    many = (Scan((0,), 0, 0), *(Scan((0,), 1, 63, 0, 0) for _ in range(120)))
    with pytest.raises(DamagedImage, match="scans"):
        render(pieces(progressive(64, 64, [(1, 1)], many)), parse("8x.png"), limits=Limits())
