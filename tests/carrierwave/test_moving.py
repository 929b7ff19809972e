"""Real CarrierWave before and after the move: the same keys and URLs, and images that look the same."""

import subprocess
import time
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import pytest
import pyvips

from firstsight import Request, Service, events, open_service, signing
from firstsight.carrierwave import exporting, presets, reading, verify
from firstsight.errors import SourceNotFound
from firstsight.image.similarity import look, similarity
from firstsight.settings import Key, Settings
from tests.carrierwave.conftest import APP, CHECKOUTS, LIBRARIES, NAMES, Application

VERSIONS = "thumb thumb_mini banner fitted limited padded drawn small poster"
#: What SSIM every version has at least with the one that CarrierWave made.
LEAST = 0.97
#: The other engines. Vips, which only 2.0 brought, moves what it enlarges by part of a pixel.
ENGINES = {"RMagick": LEAST} | ({"Vips": 0.9} if CHECKOUTS else {})


def settings_of(export: str, **more: Any) -> Settings:
    taken = presets.take(reading.read(export), {})
    return Settings(presets=taken.presets, **more)


@pytest.fixture(scope="module")
def service(application: Application, export: str, new: list[dict[str, Any]]) -> Service:
    return open_service(settings_of(export, source="s3://carrierwave-new"))


def path_of(url: str) -> str:
    """The path below the bucket."""
    return "/" + urlsplit(url).path.split("/", 2)[2]


def test_urls_and_columns_are_equal_to_the_letter(old: list[dict[str, Any]], new: list[dict[str, Any]]) -> None:
    assert [told["column"] for told in old] == [told["column"] for told in new] == list(NAMES)
    for moment in ("stored", "read"):
        before = [told[moment] for told in old]
        after = [told[moment] for told in new]
        assert [
            {name: url and url.replace("/carrierwave-old/", "/carrierwave-new/") for name, url in urls.items()}
            for urls in before
        ] == after
    assert new[1]["stored"]["thumb"].endswith("/thumb_Gr%C3%BC%C3%9Fe%20(2)%20a%2Bb.jpg")


def test_only_originals_are_stored(application: Application, uploads: list[Path], bucket: str) -> None:
    application.moved(bucket, *uploads, LOOSE="1")
    folders = [f"uploads/user/avatar/{7 + number}/{name}" for number, name in enumerate(NAMES)]
    assert sorted(info.key for info in application.store(bucket).list()) == sorted(folders)


def test_only_originals_are_cached_also_when_a_form_was_shown_again(
    application: Application, uploads: list[Path], bucket: str, tmp_path: Path
) -> None:
    for number, more in enumerate(({}, {"SHOWN_AGAIN": "1"})):
        [told] = application.moved(bucket, uploads[0], ROOT=str(tmp_path / str(number)), **more)
        assert told["cached"] == ["rocket.jpg"]
        assert [info.key for info in application.store(bucket).list()] == ["uploads/user/avatar/7/rocket.jpg"]
        application.store(bucket).delete("uploads/user/avatar/7/rocket.jpg")


@pytest.mark.parametrize("variable", ["HOST", "SIGNED_HOST"])
def test_a_public_host_is_carrierwaves_own_setting_or_the_modules(
    application: Application, uploads: list[Path], bucket: str, variable: str
) -> None:
    host = "https://img.example.com"
    [old] = application.run(bucket, uploads[1], LOOSE="1", HOST=host)
    [new] = application.moved(bucket, uploads[1], LOOSE="1", **{variable: host})
    for name in VERSIONS.split()[:3]:
        assert new["read"][name] == new["stored"][name] == old["read"][name]
        assert old["read"][name].startswith(f"{host}/uploads/user/avatar/7/{name}_")
    assert new["read_asked"] == []


def test_the_move_is_undone_by_taking_the_include_out(
    application: Application, uploads: list[Path], bucket: str
) -> None:
    application.run(bucket, uploads[0])
    before = {info.key for info in application.store(bucket).list()}
    application.store(bucket).delete_all(sorted(before))
    application.moved(bucket, uploads[0])
    assert len(list(application.store(bucket).list())) == 1
    application.run(bucket, RECREATE="", COLUMN="rocket.jpg")
    assert {info.key for info in application.store(bucket).list()} == before


def test_a_name_with_brackets_which_imagemagick_cannot_read_is_served(
    application: Application, uploads: list[Path], bucket: str, tmp_path: Path, export: str
) -> None:
    odd = tmp_path / "a [1] {b}.jpg"
    odd.write_bytes(uploads[0].read_bytes())
    [told] = application.moved(bucket, odd, LOOSE="1")
    assert told["stored"]["thumb"].endswith("/uploads/user/avatar/7/thumb_a%20%5B1%5D%20_b_.jpg")
    service = open_service(settings_of(export, source=f"s3://{bucket}"))
    assert service.handle(Request(path_of(told["stored"]["thumb"]))).status == 200


def test_every_version_looks_like_the_one_that_carrierwave_made(
    application: Application, old: list[dict[str, Any]], service: Service
) -> None:
    stored = application.store("carrierwave-old")
    compared = set()
    for number in (0, 1, 4):
        for name, url in old[number]["stored"].items():
            if url is None or name == "":
                continue
            path = path_of(url)
            before = stored.get(unquote(path).removeprefix("/")).read()
            after = service.handle(Request(path))
            assert (after.status, after.headers["Firstsight-Result"]) == (200, "made")
            assert look(after.body) == look(before), path
            assert similarity(before, after.body) >= LEAST, path
            compared.add(name)
    assert compared == {*VERSIONS.split(), "enlarged"}


@pytest.mark.parametrize("engine", ENGINES)
def test_another_engine_has_the_same_meaning(
    application: Application, uploads: list[Path], bucket: str, engine: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ENGINE", engine)
    application.run(bucket, uploads[4], TALL="1")
    settings = settings_of(exporting.run(None, APP / "environment.rb", []), source=f"s3://{bucket}")
    drawn = verify.sample(application.store(bucket), settings, 1)
    compared = {one.pair.name: one for one in verify.compare(application.store(bucket), settings, drawn)}
    assert compared.keys() == {"photo_thumb", *VERSIONS.split(), "enlarged"} - {"thumb"}
    for name, one in compared.items():
        assert (one.trouble, one.sizes[0], one.kinds[0]) == ("", one.sizes[1], one.kinds[1]), name
        assert one.alike is not None
        assert one.alike >= ENGINES[engine], name


def test_what_has_been_made_is_kept_under_the_key_that_carrierwave_would_have_used(
    application: Application, new: list[dict[str, Any]], service: Service
) -> None:
    path = path_of(new[0]["stored"]["limited"])
    made = service.handle(Request(path))
    kept = application.store("carrierwave-new").get(unquote(path).removeprefix("/"))
    assert kept.info.attributes["Content-Type"] == "image/jpeg"
    assert kept.read() == made.body
    assert service.handle(Request(path)).headers["Firstsight-Result"] == "stored"


def test_an_original_that_is_called_like_a_version_is_served_as_itself(
    uploads: list[Path], new: list[dict[str, Any]], service: Service
) -> None:
    original = uploads[NAMES.index("thumb_x.jpg")].read_bytes()
    path = path_of(new[2]["stored"][""])
    assert path.endswith("/thumb_x.jpg")
    answer = service.handle(Request(path))
    assert (answer.body, answer.headers["Content-Type"]) == (original, "image/jpeg")
    assert answer.headers["Firstsight-Result"] == "untouched"
    again = service.handle(Request(path, headers={"if-none-match": answer.headers["ETag"]}))
    assert (again.status, again.body) == (304, b"")
    made = service.handle(Request(path_of(new[2]["stored"]["thumb"])))
    assert look(made.body)[1].width == 200


def test_a_name_with_two_meanings_is_the_one_that_is_there(new: list[dict[str, Any]], service: Service) -> None:
    nested = service.handle(Request(path_of(new[0]["stored"]["thumb_mini"])))
    assert look(nested.body)[1].width == 50
    of_mini = service.handle(Request(path_of(new[3]["stored"]["thumb"])))
    assert path_of(new[3]["stored"]["thumb"]).endswith("/thumb_mini_x.jpg")
    assert look(of_mini.body)[1].width == 200


def test_what_is_neither_there_nor_a_version_is_not_found(new: list[dict[str, Any]], service: Service) -> None:
    for path in ("/uploads/user/avatar/7/thumb_gone.jpg", "/uploads/user/avatar/999/thumb_rocket.jpg"):
        with pytest.raises(SourceNotFound):
            service.handle(Request(path))


def test_versions_that_carrierwave_stored_are_served_as_before(
    application: Application, old: list[dict[str, Any]], export: str
) -> None:
    service = open_service(settings_of(export, source="s3://carrierwave-old"))
    path = path_of(old[0]["stored"]["thumb"])
    before = application.store("carrierwave-old").get(unquote(path).removeprefix("/")).read()
    for answer in (service.handle(Request(path)), service.first(Request(path))):
        assert getattr(answer, "body", None) == before


def test_conditions_stay_the_applications(new: list[dict[str, Any]], old: list[dict[str, Any]]) -> None:
    assert new[0]["stored"]["huge"] is None is old[0]["stored"]["huge"]
    assert new[0]["stored"]["poster"].endswith("/poster_rocket.jpg")


def test_a_url_asks_nothing_of_the_store(new: list[dict[str, Any]]) -> None:
    for told in new:
        assert told["assigned_asked"] == told["stored_asked"] == told["read_asked"] == []
        assert told["store_asked"] == ["PUT", "POST"]  # the original; versions of an older one of that name, at once


def test_right_after_assignment_a_version_is_shown_by_its_original(new: list[dict[str, Any]]) -> None:
    for told in new:
        for moment in ("assigned", "again"):
            urls = {url for url in told[moment].values() if url is not None}
            assert len(urls) == 1
            assert "/uploads/tmp/" in urls.pop()
        assert told["assigned"]["thumb"] == told["assigned"][""]


def test_recreating_and_removing_delete_what_was_made(
    application: Application, uploads: list[Path], bucket: str, export: str
) -> None:
    application.moved(bucket, uploads[0])
    service = open_service(settings_of(export, source=f"s3://{bucket}"))
    folder = "uploads/user/avatar/7"

    def there() -> set[str]:
        return {info.key.removeprefix(f"{folder}/") for info in application.store(bucket).list()}

    def make() -> None:
        for version in ("thumb", "thumb_mini", "banner"):
            service.handle(Request(f"/{folder}/{version}_rocket.jpg"))

    make()
    assert there() == {"rocket.jpg", "thumb_rocket.jpg", "thumb_mini_rocket.jpg", "banner_rocket.jpg"}
    [told] = application.moved(bucket, RECREATE="thumb", COLUMN="rocket.jpg")
    assert told["asked"] == ["POST"]
    assert there() == {"rocket.jpg", "banner_rocket.jpg"}
    make()
    application.moved(bucket, REMOVE="1", COLUMN="rocket.jpg")
    assert there() == set()


def test_recreating_the_versions_of_an_upload_that_is_only_cached_leaves_the_upload(
    application: Application, uploads: list[Path], tmp_path: Path
) -> None:
    code = f"""
      %w[{LIBRARIES}].each {{ |name| require name }}
      require {str(application.module)!r}
      class Upload < CarrierWave::Uploader::Base
        include Firstsight::CarrierWave
        version(:thumb) {{ version(:mini) {{}} }}
        def root = {str(tmp_path)!r}
      end
      upload = Upload.new
      upload.cache!(File.open({str(uploads[0])!r}))
      upload.recreate_versions!
      upload.store!
    """
    done = subprocess.run([application.ruby, "-e", code], capture_output=True, check=False)
    assert done.returncode == 0, done.stderr.decode()
    assert (tmp_path / "uploads" / "rocket.jpg").read_bytes() == uploads[0].read_bytes()


def test_an_original_that_takes_anothers_place_leaves_no_version_of_it(
    application: Application, uploads: list[Path], bucket: str, tmp_path: Path
) -> None:
    application.run(bucket, uploads[0])
    other = tmp_path / "rocket.jpg"
    other.write_bytes(uploads[4].read_bytes())
    application.moved(bucket, other)
    assert [info.key.rpartition("/")[2] for info in application.store(bucket).list()] == ["rocket.jpg"]


def test_an_event_of_an_original_deletes_its_versions_and_none_that_carrierwave_made(
    application: Application, uploads: list[Path], bucket: str, export: str
) -> None:
    application.run(bucket, uploads[0])
    store = application.store(bucket)
    folder = "uploads/user/avatar/7"
    store.delete(f"{folder}/thumb_rocket.jpg")
    service = open_service(settings_of(export, source=f"s3://{bucket}"))
    assert service.handle(Request(f"/{folder}/thumb_rocket.jpg")).headers["Firstsight-Result"] == "made"
    change = events.Change(bucket, f"{folder}/rocket.jpg")
    assert events.react(service, change).deleted == ()  # late news: it shows the original as it is
    store.put(f"{folder}/rocket.jpg", uploads[4].read_bytes())
    assert events.react(service, change).deleted == (f"{folder}/thumb_rocket.jpg",)
    left = {info.key for info in store.list()}
    assert f"{folder}/banner_rocket.jpg" in left
    assert f"{folder}/thumb_rocket.jpg" not in left


@pytest.mark.parametrize("expires", [None, "3600"])
def test_private_files_have_signed_urls_that_the_server_believes(
    application: Application, uploads: list[Path], bucket: str, expires: str | None
) -> None:
    key = "a:0123456789abcdef0123"
    more = {"EXPIRES": expires} if expires else {}
    [told] = application.moved(
        bucket, uploads[1], PRIVATE="1", LOOSE="1", SIGNED_HOST="https://img.example.com", KEY=key, **more
    )
    url = told["read"]["thumb"]
    assert url.startswith("https://img.example.com/~a.")
    signature, path = signing.split(unquote(urlsplit(url).path).removeprefix("/"))
    assert path == "uploads/user/avatar/7/thumb_Grüße (2) a+b.jpg"
    signing.verify(f"/{path}", signature, (Key("a", key.partition(":")[2].encode()),), time.time())
    assert "X-Amz-Signature" in told["read"][""]  # the original stays CarrierWave's
    assert told["read_asked"] == []


def test_a_phone_photo_is_upright_whether_or_not_the_old_engine_turned_it(
    application: Application, uploads: list[Path], bucket: str, tmp_path: Path, export: str
) -> None:
    lying = tmp_path / "phone.jpg"
    image = pyvips.Image.new_from_file(str(uploads[0])).rot("d270")
    image = image.copy()
    image.set_type(pyvips.GValue.gint_type, "orientation", 6)
    image.jpegsave(str(lying))
    application.moved(bucket, lying)
    service = open_service(settings_of(export, source=f"s3://{bucket}"))
    made = service.handle(Request("/uploads/user/avatar/7/limited_phone.jpg"))
    size = look(made.body)[1]
    assert (size.width, size.height) == (300, 200)
