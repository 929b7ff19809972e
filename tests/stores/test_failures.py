"""What goes wrong in a store becomes one of our errors, with its remedy."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from obstore.exceptions import GenericError

from firstsight.errors import (
    BadSettings,
    FirstsightError,
    StoreDenied,
    StoreFailed,
    StoreTimeout,
)
from firstsight.stores import Store, open_store
from firstsight.stores.failures import translated
from tests import servers
from tests.ports import free_port


@pytest.fixture(scope="module")
def hostile() -> Iterator[servers.HostileS3]:
    with servers.HostileS3().running() as running:
        yield running


@pytest.fixture
def bad_store(hostile: servers.HostileS3, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], Store]:
    """The store of a bucket that behaves as its name says."""
    monkeypatch.setenv("AWS_ENDPOINT_URL", hostile.address)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "testing")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "testing")
    monkeypatch.setenv("AWS_REGION", "us-east-1")
    hostile.requests.clear()
    return lambda bucket: open_store(f"s3://{bucket}", seconds=0.5)


CALLS: dict[str, Callable[[Store], object]] = {
    "head": lambda store: store.head("cat.jpg"),
    "get": lambda store: store.get("cat.jpg").read(),
    "put": lambda store: store.put("cat.jpg", b"meow"),
    "delete": lambda store: store.delete("cat.jpg"),
    "list": lambda store: list(store.list()),
}


@pytest.mark.parametrize("call", CALLS)
@pytest.mark.parametrize(
    ("bucket", "expected"),
    [
        ("forbids", StoreDenied),
        ("unknown-key-id", StoreDenied),
        ("unauthorized", StoreDenied),
        ("busy", StoreFailed),
        ("broken", StoreFailed),
        ("elsewhere", StoreFailed),
        ("signed-for-elsewhere", StoreFailed),
        ("silent", StoreTimeout),
    ],
)
def test_what_s3_answers_becomes_an_error_of_ours(
    bad_store: Callable[[str], Store], bucket: str, expected: type[FirstsightError], call: str
) -> None:
    with pytest.raises(FirstsightError) as caught:
        CALLS[call](bad_store(bucket))
    error = caught.value
    assert type(error) is expected
    assert f"s3://{bucket}" in error.log
    assert error.remedy
    assert "testing" not in error.log
    assert "\n" not in error.log
    assert len(error.log) < 800
    assert bucket not in error.message + error.remedy  # they are shown to anyone


def test_a_key_that_s3_refuses_to_show_may_be_missing_and_one_that_it_cannot_show_is_an_error(
    bad_store: Callable[[str], Store],
) -> None:
    assert bad_store("forbids").head_or_none("cat.jpg") is None
    with pytest.raises(StoreFailed):
        bad_store("broken").head_or_none("cat.jpg")


@pytest.mark.parametrize("call", ["get", "put", "list"])
@pytest.mark.parametrize(("bucket", "expected"), [("expired", StoreDenied), ("no-bucket", StoreFailed)])
def test_what_s3_says_only_in_a_body_is_understood(
    bad_store: Callable[[str], Store], bucket: str, expected: type[FirstsightError], call: str
) -> None:
    with pytest.raises(FirstsightError) as caught:
        CALLS[call](bad_store(bucket))
    assert type(caught.value) is expected


@pytest.mark.parametrize("bucket", ["elsewhere", "signed-for-elsewhere"])
@pytest.mark.parametrize("call", CALLS)
def test_a_bucket_in_another_region_is_named_with_both(
    bad_store: Callable[[str], Store], bucket: str, call: str
) -> None:
    with pytest.raises(StoreFailed) as caught:
        CALLS[call](bad_store(bucket))
    for text in (caught.value.remedy, caught.value.log):
        assert "us-east-1" in text
        assert "eu-central-1" in text
    assert "AWS_REGION=eu-central-1" in caught.value.remedy


def test_a_store_that_is_busy_is_asked_again_before_it_has_failed(
    bad_store: Callable[[str], Store], hostile: servers.HostileS3
) -> None:
    with pytest.raises(StoreFailed):
        bad_store("busy").head("cat.jpg")
    assert hostile.requests == [("HEAD", "/busy/cat.jpg")] * 3


def test_a_store_that_knows_no_put_that_only_creates_is_asked_first(
    bad_store: Callable[[str], Store], hostile: servers.HostileS3
) -> None:
    store = bad_store("unconditional")
    assert store.put("cat.jpg", b"meow", create=True) is True
    assert store.put("cat.jpg", b"woof", create=True) is False
    assert ("HEAD", "/unconditional/cat.jpg") in hostile.requests


def test_a_put_that_only_creates_can_be_done_without(account: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_CONDITIONAL_PUT", "disabled")
    monkeypatch.setenv("AWS_REGION", "us-east-1")
    servers.make_bucket(account, "unconditional")
    store = open_store("s3://unconditional")
    assert [store.put("cat.jpg", data, create=True) for data in (b"meow", b"woof")] == [True, False]
    assert store.get("cat.jpg").read() == b"meow"


@pytest.mark.parametrize(("bucket", "expected"), [("stalls", StoreTimeout), ("cuts", StoreFailed)])
def test_a_body_that_does_not_come_whole_is_an_error(
    bad_store: Callable[[str], Store], bucket: str, expected: type[FirstsightError]
) -> None:
    blob = bad_store(bucket).get("cat.jpg")
    with pytest.raises(FirstsightError) as caught:
        blob.read()
    assert type(caught.value) is expected


def test_a_store_that_cannot_be_reached_has_failed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://127.0.0.1:{free_port()}")
    monkeypatch.setenv("AWS_SKIP_SIGNATURE", "true")
    monkeypatch.setenv("AWS_REGION", "us-east-1")
    store = open_store("s3://photos", seconds=1)
    for call in CALLS.values():
        with pytest.raises(StoreFailed):
            call(store)


def test_missing_credentials_are_named_with_the_cure(s3_server: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", s3_server)
    monkeypatch.setenv("AWS_REGION", "us-east-1")
    monkeypatch.setenv("AWS_METADATA_ENDPOINT", f"http://127.0.0.1:{free_port()}")
    with pytest.raises(StoreDenied, match="No credentials for the store were found") as caught:
        open_store("s3://photos", seconds=1).head("cat.jpg")
    assert "AWS_PROFILE" in caught.value.remedy


def test_credentials_that_cannot_be_renewed_are_a_denial(
    s3_server: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    program = tmp_path / "sign-in"
    program.write_text("#!/bin/sh\necho the session has ended >&2\nexit 1\n")
    program.chmod(0o755)
    (tmp_path / "config").write_text(f"[default]\ncredential_process = {program}\n")
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "config"))
    monkeypatch.setenv("AWS_ENDPOINT_URL", s3_server)
    with pytest.raises((StoreDenied, BadSettings)) as caught:
        open_store("s3://photos", seconds=1).head("cat.jpg")
    assert caught.value.remedy


def test_a_wrong_key_for_azure_is_a_denial(az_server: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AZURE_STORAGE_USE_EMULATOR", "true")
    monkeypatch.setenv("AZURITE_BLOB_STORAGE_URL", az_server)
    monkeypatch.setenv("AZURE_STORAGE_ACCOUNT_KEY", "d3Jvbmc=")
    for call in CALLS.values():
        with pytest.raises(StoreDenied):
            call(open_store("az://photos"))


@pytest.mark.parametrize(("url", "server"), [("s3://no-such-bucket", "account"), ("az://nothing", "az_server")])
def test_a_store_that_does_not_exist_takes_no_put(
    request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch, url: str, server: str
) -> None:
    address = request.getfixturevalue(server)
    monkeypatch.setenv("AZURE_STORAGE_USE_EMULATOR", "true")
    monkeypatch.setenv("AZURITE_BLOB_STORAGE_URL", address)
    with pytest.raises(StoreFailed, match="does not exist"):
        open_store(url).put("cat.jpg", b"meow")


@pytest.mark.parametrize("said", ["sig=c2VjcmV0&se=1", "X-Amz-Signature=c2VjcmV0&x=1", "token=c2VjcmV0 ."])
def test_no_signature_gets_into_the_log(said: str) -> None:
    error = translated(GenericError(f"GET http://host/a?{said}"), open_store("memory://").backend, "az://a: 'b'")
    assert "c2VjcmV0" not in error.log
