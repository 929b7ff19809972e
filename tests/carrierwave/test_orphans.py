"""Derivatives that nobody asks for any more are found and deleted, and nothing else is."""

import shutil
from pathlib import Path

import pytest

from firstsight import Request, open_service, purging
from firstsight.carrierwave.orphans import find
from firstsight.cli import run
from firstsight.http import encode_path
from firstsight.settings import Access, GrammarName, Preset, Settings
from firstsight.tokens import parse
from tests.servers import make_bucket

PRESETS = {
    "thumb": Preset("thumb", parse("60x60"), carrierwave=("up/*/thumb",)),
    "wide": Preset("wide", parse("90x30"), carrierwave=("up/*/wide",)),
}
ASKED = ("up/1/thumb_cat.png", "up/1/wide_cat.png", "up/1/cat.png/thumb.png", "up/2/thumb_dog.png")


@pytest.fixture(params=["folders", "folder and bucket", "one bucket"])
def settings(
    request: pytest.FixtureRequest, photos: Path, tmp_path: Path, s3_server: str, monkeypatch: pytest.MonkeyPatch
) -> Settings:
    for name, value in {
        "AWS_ENDPOINT_URL": s3_server,
        "AWS_ACCESS_KEY_ID": "a",
        "AWS_SECRET_ACCESS_KEY": "b",
        "AWS_REGION": "us-east-1",
    }.items():
        monkeypatch.setenv(name, value)
    bucket = f"orphans-{request.param.replace(' ', '-')}-{request.node.name[5:15].strip('_').replace('_', '-')}"
    make_bucket(s3_server, bucket)
    source = f"s3://{bucket}" if request.param == "one bucket" else str(tmp_path / "sources")
    kept = str(tmp_path / "made") if request.param == "folders" else f"s3://{bucket}"
    (tmp_path / "sources").mkdir()
    settings = Settings(source=source, derivatives=kept, presets=PRESETS)
    service = open_service(settings)
    for key in ("up/1/cat.png", "up/2/dog.png", "up/1/thumb_old.png", "other/notes.txt"):
        if request.param == "one bucket":
            service.sources.put(key, (photos / "coffee.png").read_bytes())
        else:
            path = tmp_path / "sources" / key
            path.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(photos / "coffee.png", path)
    for asked in ASKED:
        assert service.handle(Request(f"/{asked}")).status == 200
    return settings


def orphans(settings: Settings) -> dict[str, str]:
    found = {}
    for orphan in find(open_service(settings)):
        key = orphan.key if settings.derivatives.startswith("s3:") else orphan.key.rpartition("/")[0]
        found[key] = orphan.reason
    return found


def test_what_is_asked_for_is_no_orphan(settings: Settings) -> None:
    assert orphans(settings) == {}


def test_a_derivative_whose_source_is_gone_is_one(settings: Settings) -> None:
    service = open_service(settings)
    service.sources.delete("up/1/cat.png")
    assert orphans(settings) == dict.fromkeys(ASKED[:3], "its source is gone: up/1/cat.png")


def test_a_derivative_of_a_version_that_is_no_longer_configured_is_one(settings: Settings) -> None:
    less = Settings(source=settings.source, derivatives=settings.derivatives, presets={"thumb": PRESETS["thumb"]})
    assert list(orphans(less)) == ["up/1/wide_cat.png"]


def test_the_command_lists_them_and_deletes_them_when_asked(
    settings: Settings, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "firstsight.toml"
    file.write_text(
        f'source = "{settings.source}"\nderivatives = "{settings.derivatives}"\n'
        '[presets.thumb]\ntransform = "60x60"\ncarrierwave = ["up/*/thumb"]\n',
        "utf-8",
    )
    before = {info.key for info in open_service(settings).sources.list()} - {*ASKED}
    for _ in range(2):
        assert run(["orphans", "--config", str(file)]) == 0
        said = capsys.readouterr().out
        assert "up/1/wide_cat.png" in said
        assert "1 orphan, " in said
    assert run(["orphans", "--delete", "--config", str(file)]) == 0
    assert " deleted" in capsys.readouterr().out
    assert run(["orphans", "--config", str(file)]) == 0
    assert capsys.readouterr().out == "0 orphans, 0 bytes\n"
    assert {info.key for info in open_service(settings).sources.list()} >= before


def test_in_a_folder_nothing_is_an_orphan_that_is_not_named_as_a_derivative(photos: Path, tmp_path: Path) -> None:
    """Wherever derivatives are put, the files of others stay: originals, notes, and a photo named by a digest."""
    place = tmp_path / "place"
    theirs = ("photos/up/1/cat.png", "photos/holiday/0123456789abcdef0123.png", "notes.txt", "up/1/notes.txt")
    for name in theirs:
        (place / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(photos / "coffee.png", place / name)
    for kept in ("", "photos"):
        settings = Settings(source=str(place / "photos"), derivatives=str(place / kept), presets=PRESETS)
        service = open_service(settings)
        assert list(find(service)) == []
        assert list(purging.below(service, "")) == []
        assert service.handle(Request("/up/1/thumb_cat.png")).status == 200
        (place / "photos/up/1/cat.png").rename(place / "photos/up/1/bird.png")
        assert [orphan.reason for orphan in find(service)] == ["its source is gone: up/1/cat.png"]
        (place / "photos/up/1/bird.png").rename(place / "photos/up/1/cat.png")
        purged = [found.key for found in purging.purge(service.derivatives, purging.below(service, ""))]
        assert purged == ["up/1/thumb_cat.png"]
    assert {str(path.relative_to(place)) for path in place.rglob("*") if path.is_file()} == set(theirs)


def test_what_another_image_servers_urls_ask_for_is_no_orphan(photos: Path, tmp_path: Path) -> None:
    shutil.copy(photos / "coffee.png", photos_in(tmp_path) / "cat.png")
    settings = Settings(
        source=str(tmp_path / "sources"),
        derivatives=str(tmp_path / "made"),
        grammars=(GrammarName.THUMBOR,),
        access=Access.OPEN,
    )
    service = open_service(settings)
    assert service.handle(Request("/unsafe/30x20/cat.png")).status == 200
    assert list(find(service)) == []
    (tmp_path / "sources" / "cat.png").unlink()
    assert [orphan.reason for orphan in find(service)] == ["its source is gone: cat.png"]


def test_a_derivative_whose_name_a_folder_holds_in_a_shorter_form_is_no_orphan(photos: Path, tmp_path: Path) -> None:
    name = f"{'ä' * 110}.png"
    shutil.copy(photos / "coffee.png", photos_in(tmp_path) / name)
    settings = Settings(source=str(tmp_path / "sources"), derivatives=str(tmp_path / "made"), presets=PRESETS)
    service = open_service(settings)
    assert service.handle(Request(encode_path(f"{name}/thumb.png"))).status == 200
    assert list(find(service)) == []


def photos_in(folder: Path) -> Path:
    (folder / "sources").mkdir()
    return folder / "sources"
