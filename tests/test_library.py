"""Firstsight as a library, with real photos."""

import doctest
import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import pyvips

import firstsight
from firstsight import errors, library
from firstsight.settings import Limits


def test_the_example_in_the_documentation_is_true(photos: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(photos)
    failed, tried = doctest.testmod(library)
    assert failed == 0
    assert tried >= 4


KINDS: dict[str, Callable[[Path], Any]] = {
    "bytes": lambda path: path.read_bytes(),
    "bytearray": lambda path: bytearray(path.read_bytes()),
    "memoryview": lambda path: memoryview(path.read_bytes()),
    "a path as text": str,
    "a path": lambda path: path,
    "a file in memory": lambda path: io.BytesIO(path.read_bytes()),
}


@pytest.mark.parametrize("kind", KINDS)
def test_any_kind_of_source_gives_the_same_image(kind: str, photos: Path) -> None:
    made = firstsight.render(KINDS[kind](photos / "coffee.png"), "120x90.webp")
    image = pyvips.Image.new_from_buffer(made.data, "")
    assert (image.get("vips-loader"), image.width, image.height) == ("webpload_buffer", 120, 90)
    assert (made.size.width, made.size.height, made.media_type) == (120, 90, "image/webp")
    assert made.data == firstsight.render(photos / "coffee.png", "120x90.webp").data
    assert firstsight.info(KINDS[kind](photos / "coffee.png"))["width"] == 600


def test_an_open_file_is_read_from_where_it_stands_and_left_open(photos: Path, tmp_path: Path) -> None:
    (tmp_path / "box").write_bytes(b"12345678" + (photos / "coffee.png").read_bytes())
    with (tmp_path / "box").open("rb") as file:
        file.seek(8)
        assert firstsight.render(file, "30x.png").size.width == 30
        assert not file.closed


def test_a_transform_is_as_good_as_its_text(photos: Path) -> None:
    transform = firstsight.Transform(width=30, height=20, format=firstsight.Format.PNG)
    made, same = (firstsight.render(photos / "coffee.png", wanted) for wanted in (transform, "30x20.png"))
    assert made.data == same.data


@pytest.mark.parametrize(
    ("accept", "media_type"),
    [
        (set(), "image/jpeg"),
        ({firstsight.Format.WEBP}, "image/webp"),
        ({firstsight.Format.AVIF, firstsight.Format.WEBP}, "image/avif"),
    ],
)
def test_the_format_is_chosen_from_what_is_accepted(
    accept: set[firstsight.Format], media_type: str, photos: Path
) -> None:
    assert firstsight.render(photos / "coffee.png", "30x20", accept=accept).media_type == media_type


def test_info_is_of_the_image_as_it_is_seen() -> None:
    stored = pyvips.Image.black(60, 40, bands=3).copy(interpretation="srgb")
    stored.set_type(pyvips.GValue.gint_type, "orientation", 6)
    told = firstsight.info(stored.jpegsave_buffer())
    assert {name: told[name] for name in ("width", "height", "format", "frames", "alpha", "orientation")} == {
        "width": 40,
        "height": 60,
        "format": "jpeg",
        "frames": 1,
        "alpha": False,
        "orientation": 6,
    }


@pytest.mark.parametrize(
    ("source", "transform", "error"),
    [
        (b"", "30x20.png", errors.UnsupportedFormat),
        (b"no image", "30x20.png", errors.UnsupportedFormat),
        (b"\x89PNG\r\n\x1a\n", "30x20.png", errors.DamagedImage),
        ("nowhere/cat.jpg", "30x20.png", FileNotFoundError),
        (Path("nowhere/cat.jpg"), "30x20.png", FileNotFoundError),
        (None, "30x20.png", TypeError),
        (7, "30x20.png", TypeError),
        (io.StringIO("text"), "30x20.png", TypeError),
        (b"", "sepia", errors.BadToken),
        (b"", "0x20", errors.BadToken),
    ],
)
def test_what_cannot_be_used_is_an_error_of_its_own(source: Any, transform: str, error: type[Exception]) -> None:
    with pytest.raises(error):
        firstsight.render(source, transform)


@pytest.mark.parametrize(
    ("limits", "error"),
    [
        (Limits(source_bytes=1000), errors.TooManyBytes),
        (Limits(source_pixels=239_999), errors.TooManyPixels),
        (Limits(output_pixels=599), errors.TooManyPixels),
    ],
)
def test_an_image_over_a_limit_is_refused(limits: Limits, error: type[Exception], photos: Path) -> None:
    with pytest.raises(error):
        firstsight.render(photos / "coffee.png", "30x20.png", limits=limits)
