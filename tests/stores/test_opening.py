"""Stores are opened by their URLs."""

from pathlib import Path

import pytest

from firstsight.errors import (
    BadSettings,
)
from firstsight.stores import open_store


def test_a_folder_is_opened_by_its_path_or_its_url(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    odd = folder.parent / "a b%20c é"
    folder.rename(odd)
    monkeypatch.chdir(odd.parent)
    monkeypatch.setenv("HOME", str(odd.parent))
    for url in (
        str(odd),
        odd.as_uri(),
        f"FILE://localhost{odd.parent}/a%20b%2520c%20é",
        f"file://{odd.parent}/a%20b%2520c%20é",
        odd.name,
        f"~/{odd.name}",
    ):
        store = open_store(url)
        assert store.get("cats/one.jpg").read() == b"meow"
        assert store.url == odd.as_uri()


@pytest.mark.parametrize(
    ("url", "sentence"),
    [
        ("ftp://host/photos", "Expected a store such as s3://bucket"),
        ("http://host/photos", "Expected a store such as s3://bucket"),
        ("s3://", "Expected a store such as s3://bucket"),
        ("file://photos", "Expected three slashes before a folder's path, as in file:///srv/photos,"),
        ("file://srv/photos", "but got 'file://srv/photos'"),
        ("file://", "but got 'file://'"),
        ("/nowhere/at/all", "Expected a folder but '/nowhere/at/all' is not there."),
        (__file__, "is a file."),
    ],
)
def test_an_address_that_cannot_be_opened_is_a_bad_setting(url: str, sentence: str) -> None:
    with pytest.raises(BadSettings) as caught:
        open_store(url)
    assert sentence in caught.value.message
    assert caught.value.remedy


@pytest.mark.parametrize(
    ("url", "name"),
    [("s3://photos", "AWS_ENDPOINT_URL"), ("s3://photos", "AWS_ENDPOINT_URL_S3"), ("gs://p", "GOOGLE_BASE_URL")],
)
@pytest.mark.parametrize("address", ["", "localhost:9000", "127.0.0.1"])
def test_an_endpoint_that_is_no_address_is_named_with_its_variable(
    monkeypatch: pytest.MonkeyPatch, url: str, name: str, address: str
) -> None:
    monkeypatch.setenv(name, address)
    with pytest.raises(BadSettings, match=f"in {name},.*'{address}'") as caught:
        open_store(url)
    assert f"unset {name}" in caught.value.remedy


def test_a_missing_folder_is_made_only_where_asked(tmp_path: Path) -> None:
    with pytest.raises(BadSettings):
        open_store(str(tmp_path / "new" / "deep"))
    assert list(open_store(str(tmp_path / "new" / "deep"), create=True).list()) == []
