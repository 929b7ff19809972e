"""What CarrierWave stored beside what is made here: the table, the page, and that it notices a difference."""

import re
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

from firstsight import render
from firstsight.carrierwave import originals, presets, reading, verify, writing
from firstsight.cli import run
from firstsight.settings import Preset, Settings
from firstsight.stores import Store, open_store
from firstsight.tokens import parse
from tests.carrierwave.conftest import NAMES, Application


class Images(HTMLParser):
    """The addresses of a page's images."""

    def __init__(self) -> None:
        super().__init__()
        self.addresses: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.addresses += [value or "" for name, value in attrs if name in ("src", "href")]


@pytest.fixture
def config(application: Application, old: list[dict[str, Any]], export: str, tmp_path: Path) -> Path:
    file = tmp_path / "firstsight.toml"
    file.write_text('source = "s3://carrierwave-old"\n', "utf-8")
    writing.write(file, presets.take(reading.read(export), {}).presets)
    return file


def small_store(photos: Path, tmp_path: Path, **files: str) -> tuple[Store, Settings]:
    """A folder with a photograph, and versions of it as the specs say; the preset is 120 wide."""
    folder = tmp_path / "up" / "1"
    folder.mkdir(parents=True)
    source = (photos / "coffee.png").read_bytes()
    (folder / "cat.png").write_bytes(source)
    for name, spec in files.items():
        (folder / f"{name}.png").write_bytes(render(source, spec).data)
    preset = Preset("thumb", parse("120x80-enlarge"), carrierwave=("up/*/thumb",))
    return open_store(str(tmp_path)), Settings(source=str(tmp_path), presets={"thumb": preset})


def compared(store: Store, settings: Settings) -> verify.Compared:
    [one] = verify.compare(store, settings, verify.sample(store, settings, 9))
    return one


def test_every_stored_version_is_paired_with_its_original(
    application: Application, old: list[dict[str, Any]], export: str
) -> None:
    found = list(originals.pairs(application.store("carrierwave-old"), presets.take(reading.read(export), {}).presets))
    by_original = {pair.original.rpartition("/")[2] for pair in found}
    # what is called thumb_x.jpg is read as an original, for nothing else of that directory is called x.jpg
    assert by_original == set(NAMES)
    assert len(found) == len(NAMES) * 10
    nested = next(pair for pair in found if pair.version.endswith("thumb_mini_rocket.jpg"))
    assert nested.original.endswith("/rocket.jpg")


def test_the_command_shows_a_table_and_writes_the_page(
    config: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "160")
    page = tmp_path / "page.html"
    asked = ["verify", "carrierwave", "--config", str(config), "--html", str(page), "--sample", "2", "--worst", "5"]
    run(asked)
    said = capsys.readouterr().out
    for name in ("photo_thumb", "thumb_mini", "banner", "padded"):
        assert re.search(rf"^ *{name} +2 +2 +2 +[01]\.[0-9]{{4}}", said, re.MULTILINE)
    text = page.read_text("utf-8")
    images = Images()
    images.feed(text)
    assert len(images.addresses) == 10
    assert all(address.startswith("data:image/") for address in images.addresses)


@pytest.mark.parametrize(
    ("spec", "passes"),
    [("120x80", True), ("121x80", False), ("120x80.jpg", False), ("120x80-blur2", False), ("120x80-flop", False)],
)
def test_a_difference_is_noticed(photos: Path, tmp_path: Path, spec: str, passes: bool) -> None:
    one = compared(*small_store(photos, tmp_path, thumb_cat=spec if "." in spec else f"{spec}.png"))
    assert one.passes is passes


def test_a_file_that_is_no_image_is_told_and_stops_nothing(photos: Path, tmp_path: Path) -> None:
    store, settings = small_store(photos, tmp_path, thumb_cat="120x80.png")
    store.put("up/1/thumb_cat.png", b"oops")
    one = compared(store, settings)
    assert one.trouble
    assert not one.passes
    assert verify.table([one])[0].trouble == 1


def test_the_command_fails_where_something_differs_or_nothing_is_there(
    photos: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    small_store(photos, tmp_path, thumb_cat="120x80-flop.png")
    file = tmp_path / "firstsight.toml"
    file.write_text(f'source = "{tmp_path}"\n[presets.thumb]\ntransform = "120x80"\ncarrierwave = ["up/*/thumb"]\n')
    assert run(["verify", "carrierwave"]) == 1
    assert "1 of 1 versions differ." in capsys.readouterr().err
    file.write_text(f'source = "{tmp_path}"\n')
    assert run(["verify", "carrierwave"]) == 1
    assert "There is no original with a stored version" in capsys.readouterr().err


def test_the_roots_hold_every_directory_once() -> None:
    def made(*entries: str) -> Preset:
        return Preset("p", parse("9x9"), carrierwave=entries)

    assert originals.roots([made("a/b/*/t", "a/c/t"), made("a/*/t")]) == ("a",)
    assert originals.roots([made("a/b/*/t"), made("ab/t")]) == ("a/b", "ab")
    assert originals.roots([made("*/t", "a/t")]) == ("",)
    assert originals.roots([]) == ()
