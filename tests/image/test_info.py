"""What info.json says of a source."""

import base64
from pathlib import Path

import numpy as np
import pytest

import firstsight
from firstsight.errors import DamagedImage
from firstsight.image.info import dominant
from firstsight.image.thumbhash import thumbhash
from tests.image.made import png
from tests.image.sources import COLOURS, KINDS, rgba, source


def test_a_photograph_is_described(photos: Path) -> None:
    assert firstsight.info(photos / "rocket.jpg") == {
        "width": 640,
        "height": 427,
        "format": "jpeg",
        "frames": 1,
        "alpha": False,
        "orientation": 1,
        "colour": "#092648",  # the evening sky
        "thumbhash": "D9cFHYQsd2ZweZd1h4eIdnZwbQfX",
    }


def test_what_is_described_is_upright() -> None:
    found = firstsight.info(source("jpeg orientation 6"))
    assert (found["width"], found["height"], found["orientation"]) == (48, 64, 6)
    pixels = KINDS["jpeg orientation 6"].seen()[0].astype(np.uint8)
    assert found["thumbhash"] == base64.b64encode(thumbhash(48, 64, pixels.tobytes())).decode()


@pytest.mark.parametrize("name", ["png rgba", "gif moving", "webp moving", "png gray alpha 16", "tiff cmyk", "svg"])
def test_every_kind_has_a_colour_and_a_hash_of_what_is_seen_first(name: str) -> None:
    found = firstsight.info(source(name), svg=True)
    pixels = np.rint(KINDS[name].seen()[0]).astype(np.uint8)
    expected = thumbhash(64, 48, pixels.tobytes())
    given = base64.b64decode(found["thumbhash"])
    assert len(given) == len(expected)
    for place in (0, 6, 12):  # the mean lightness and colour
        assert abs(level(given, place) - level(expected, place)) <= 1


def level(hashed: bytes, place: int) -> int:
    return int.from_bytes(hashed[:3], "little") >> place & 63


def test_the_dominant_colour_is_the_mean_of_the_fullest_box_of_what_is_seen() -> None:
    red, blue = [200, 16, 32, 255], [10, 20, 250, 255]
    assert dominant(bytes(red * 6 + blue * 5)) == "#c81020"
    assert dominant(bytes([201, 17, 33, 255] * 2 + [203, 19, 33, 255] * 2 + blue * 3)) == "#ca1221"
    assert dominant(bytes([0, 0, 0, 0] * 50 + blue)) == "#0a14fa"
    assert dominant(bytes([9, 9, 9, 0])) == "#000000"


def test_the_dominant_colour_of_a_picture_of_mostly_one_colour_is_that_colour() -> None:
    pixels = np.full((300, 400, 3), [30, 160, 60])
    pixels[:100, :150] = [200, 30, 40]
    assert firstsight.info(png.png(pixels, png.RGB))["colour"] == "#1ea03c"
    assert rgba(COLOURS).shape == (48, 64, 4)


def test_a_damaged_source_is_not_described() -> None:
    data = source("png rgb 16")
    with pytest.raises(DamagedImage):
        firstsight.info(data[: len(data) // 2])
