"""Every kind of source, to every output format: the right pixels, and nothing beside them."""

import numpy as np
import pytest
import pyvips

import firstsight
from firstsight.settings import Limits
from tests.image import colour
from tests.image.made import tiff
from tests.image.made.exif import exif
from tests.image.made.icc import rgb
from tests.image.made.jpeg import exif_segment, icc_segments
from tests.image.seeing import cut_out, decoded, difference, middles, on
from tests.image.sources import COLOURS, KINDS, PATCH, SEEN, rgb_jpeg, rgba, source

#: How far an encoder may be off in the middle of a patch.
FORMATS = {"jpg": 4, "png": 0, "webp": 6, "avif": 5, "gif": 0}
MOVING = ("webp", "gif")


@pytest.mark.parametrize("format", FORMATS)
@pytest.mark.parametrize("name", KINDS)
def test_a_source_is_seen_as_it_is(name: str, format: str) -> None:
    kind = KINDS[name]
    made = firstsight.render(source(name), f"full.{format}", **kind.options)
    frames = kind.seen() if kind.moving and format in MOVING else kind.seen()[:1]
    shown = decoded(made.data)
    assert [frame.shape for frame in shown] == [frame.shape for frame in frames]
    assert (made.size.width, made.size.height, made.frames) == (frames[0].shape[1], frames[0].shape[0], len(frames))
    # libwebp weighs chroma in whole frames of an animation, so that flat patches move a little more
    near = kind.near + FORMATS[format] + (8 if kind.moving and format == "webp" else 0)
    for frame, expected in zip(shown, frames, strict=True):
        wanted = on(expected, (255, 255, 255)) if format == "jpg" else expected
        wanted = cut_out(wanted) if format == "gif" else wanted
        assert difference(middles(frame), middles(wanted)) <= near


@pytest.mark.parametrize("name", KINDS)
def test_the_header_is_understood(name: str) -> None:
    kind = KINDS[name]
    found = firstsight.info(source(name), svg=True)
    seen = kind.seen()
    assert (found["width"], found["height"]) == (seen[0].shape[1], seen[0].shape[0])
    pages = len(seen) if kind.moving else kind.pages
    expected = {"format": kind.format, "frames": pages, "alpha": kind.alpha, "orientation": kind.orientation}
    assert {name: found[name] for name in expected} == expected


@pytest.mark.parametrize("format", FORMATS)
@pytest.mark.parametrize("name", KINDS)
def test_nothing_comes_along_beside_the_pixels(name: str, format: str) -> None:
    made = firstsight.render(source(name), f"full.{format}", **KINDS[name].options)
    image = pyvips.Image.new_from_buffer(made.data, "")
    said = {field for field in image.get_fields() if field.startswith(("exif", "xmp", "iptc", "icc"))}
    assert said <= ({"icc-profile-data"} if format == "avif" else set())  # libheif names sRGB by a profile of its own
    assert image.get_typeof("orientation") == 0 or image.get("orientation") == 1
    assert b"Ada Example" not in made.data


@pytest.mark.parametrize("space", [colour.P3, colour.ADOBE], ids=["p3", "adobe"])
def test_a_colour_of_another_space_comes_out_within_delta_e_2(space: colour.Space) -> None:
    rng = np.random.default_rng(5)
    patches = rng.integers(0, 256, (12, 16, 3))
    data = rgb_jpeg(icc_segments(rgb(space, table=not space.gamma)), patches=patches)
    shown = decoded(firstsight.render(data, "full.png").data)[0]
    expected = colour.to_srgb(patches, space)
    assert colour.delta_e(middles(shown)[..., 0, :3], expected).max() < 2
    # and were it not converted, most would be off by far more
    assert np.median(colour.delta_e(patches, expected)) > 2


@pytest.mark.parametrize("value", SEEN)
def test_the_picture_is_upright_before_it_is_cropped(value: int) -> None:
    seen = SEEN[value](rgba(COLOURS))
    data = rgb_jpeg(exif_segment(exif(value)))
    top_left = decoded(firstsight.render(data, "crop0x0x32x16.png").data)[0]
    assert difference(middles(top_left), middles(seen[:16, :32])) <= 1
    east = decoded(firstsight.render(data, "16x48-east-crop0x0x48x48.png").data)[0]
    assert difference(middles(east), middles(seen[:48, 32:48])) <= 1


@pytest.mark.parametrize("value", SEEN)
def test_flip_flop_and_turns_are_done_to_the_upright_picture(value: int) -> None:
    seen = SEEN[value](rgba(COLOURS))
    data = rgb_jpeg(exif_segment(exif(value)))
    for spec, expected in {
        "flip": np.flipud(seen),
        "flop": np.fliplr(seen),
        "rotate90": np.rot90(seen, -1),
        "rotate180": np.rot90(seen, 2),
        "rotate270-flip-flop": np.rot90(np.rot90(seen, 2), -3),
    }.items():
        shown = decoded(firstsight.render(data, f"{spec}.png").data)[0]
        assert difference(middles(shown), middles(expected)) <= 1, spec


def test_the_pages_of_a_tiff_and_the_frames_of_a_gif_can_be_chosen() -> None:
    for name in ("tiff pages", "gif moving", "webp moving"):
        for number, expected in enumerate(KINDS[name].seen(), 1):
            made = firstsight.render(source(name), f"frame{number}.png")
            assert difference(middles(decoded(made.data)[0]), middles(expected)) <= 1


def test_a_page_has_its_own_size_whatever_the_first_one_has() -> None:
    pages = [rgba(COLOURS)[..., :3], rgba(COLOURS.transpose(1, 0, 2))[:, ::-1, :3], rgba(COLOURS[:1], 32)[..., :3]]
    data = tiff.tiff(*pages)
    for number, expected in enumerate(pages, 1):
        for spec in (f"page{number}.png", f"crop0x0x999x999-page{number}.png", f"rotate180-page{number}.png"):
            shown = decoded(firstsight.render(data, spec).data)[0][..., :3]
            assert np.array_equal(shown[::-1, ::-1] if "rotate" in spec else shown, expected)
        (many,) = firstsight.render_many(data, [f"page{number}.png"])
        assert (many.size.height, many.size.width) == expected.shape[:2]
    with pytest.raises(firstsight.FirstsightError, match="source of at most 3071 pixels but got 128x32"):
        firstsight.render(tiff.tiff(pages[0][:, :32], pages[2]), "8x-page2.png", limits=Limits(source_pixels=3071))


def test_a_frame_that_is_not_there_is_refused() -> None:
    with pytest.raises(firstsight.FirstsightError, match="frame from 1 to 3") as refused:
        firstsight.render(source("tiff pages"), "page4.png")
    assert refused.value.status == 400


def test_a_file_named_otherwise_is_known_by_its_bytes_and_one_of_no_known_kind_is_refused() -> None:
    heic = b"\0\0\0\x18ftypheic\0\0\0\0mif1heic" + bytes(64)
    for data, word in (
        (heic, "HEIC"),
        (b"%PDF-1.7\n", "PDF"),
        (b"GIF is not what this is", "not an image"),
        (b"", "not an"),
    ):
        with pytest.raises(firstsight.FirstsightError, match=word) as refused:
            firstsight.render(data, "full.jpg")
        assert refused.value.status == 415


def test_svg_is_drawn_only_when_that_is_allowed() -> None:
    with pytest.raises(firstsight.FirstsightError, match="SVG") as refused:
        firstsight.render(source("svg"), "full.png")
    assert refused.value.status == 415
    assert "svg" in refused.value.remedy


def test_patches_are_as_large_as_the_comparisons_need() -> None:
    assert COLOURS.shape[0] * PATCH == 48
    assert len(middles(rgba(COLOURS))[0, 0]) >= 25
