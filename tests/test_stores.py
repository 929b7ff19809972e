"""Each store passes the contract; what is particular to one is below."""

import errno
import itertools
import os
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from obstore.exceptions import GenericError

from firstsight.errors import (
    BadPath,
    BadSettings,
    FirstsightError,
    SourceNotFound,
    StoreDenied,
    StoreFailed,
    StoreTimeout,
)
from firstsight.stores import Store, open_store
from firstsight.stores import folder as folders
from firstsight.stores.failures import translated
from tests import servers
from tests.store_contract import *  # noqa: F403

RequireTool = Callable[[str], str]
_numbers = itertools.count()


@pytest.fixture(autouse=True)
def _no_account(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Nothing of this machine's accounts is used, and no metadata service is asked."""
    for name in servers.clear_environment():
        monkeypatch.delenv(name)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("AWS_METADATA_ENDPOINT", "http://127.0.0.1:1")
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")


@pytest.fixture(scope="session")
def gs_server() -> Iterator[str]:
    with servers.gs_server() as address:
        servers.make_bucket(address, "photos-of-google")  # moto has one world in a process
        yield address


@pytest.fixture(scope="session")
def az_server(require_tool: RequireTool, root: Path) -> Iterator[str]:
    node, npm = require_tool("node"), require_tool("npm")
    with servers.az_server(node, npm, root / "tests" / "azurite", root / ".venv" / "servers") as address:
        servers.make_container(address, "photos")
        yield address


@pytest.fixture
def account(s3_server: str, monkeypatch: pytest.MonkeyPatch) -> str:
    """Credentials and the endpoint of moto's S3, as a user sets them."""
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "testing")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "testing")
    monkeypatch.setenv("AWS_ENDPOINT_URL", s3_server)
    return s3_server


def open_s3(request: pytest.FixtureRequest, *, region: str, prefix: str = "") -> Store:
    bucket = f"contract-{next(_numbers)}"
    servers.make_bucket(request.getfixturevalue("account"), bucket, region)
    request.getfixturevalue("monkeypatch").setenv("AWS_REGION", region)
    return open_store(f"s3://{bucket}{prefix}")


def open_gs(request: pytest.FixtureRequest) -> Store:
    monkeypatch = request.getfixturevalue("monkeypatch")
    monkeypatch.setenv("GOOGLE_BASE_URL", request.getfixturevalue("gs_server"))
    monkeypatch.setenv("GOOGLE_SERVICE_ACCOUNT_KEY", GOOGLE_KEY)
    return open_store(f"gs://photos-of-google/{next(_numbers)}")


def open_az(request: pytest.FixtureRequest) -> Store:
    monkeypatch = request.getfixturevalue("monkeypatch")
    monkeypatch.setenv("AZURE_STORAGE_USE_EMULATOR", "true")
    monkeypatch.setenv("AZURITE_BLOB_STORAGE_URL", request.getfixturevalue("az_server"))
    return open_store(f"az://photos/{next(_numbers)}")


GOOGLE_KEY = '{"disable_oauth": true, "client_email": "", "private_key": "", "private_key_id": ""}'

STORES: dict[str, Callable[[pytest.FixtureRequest], Store]] = {
    "file": lambda request: open_store(request.getfixturevalue("tmp_path").as_uri() + "/kept", create=True),
    "memory": lambda request: open_store("memory://"),
    "s3": lambda request: open_s3(request, region="us-east-1"),
    "s3-elsewhere-with-a-prefix": lambda request: open_s3(request, region="eu-central-1", prefix="/a b/deep"),
    "gs": open_gs,
    "az": open_az,
}


@pytest.fixture(params=STORES)
def store(request: pytest.FixtureRequest) -> Store:
    return STORES[request.param](request)


# Folders.


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with a photo, beside a secret."""
    (tmp_path / "photos" / "cats").mkdir(parents=True)
    (tmp_path / "photos" / "cats" / "one.jpg").write_bytes(b"meow")
    (tmp_path / "secrets").mkdir()
    (tmp_path / "secrets" / "key.jpg").write_bytes(b"secret")
    return tmp_path / "photos"


LINKS_OUT = {
    "file.jpg": "../secrets/key.jpg",
    "folder": "../secrets",
    "absolute": "/",
    "sibling": "../photos-of-others",
}


def link_out(folder: Path) -> None:
    """Links that leave the folder, one to a folder whose name begins like its own."""
    (folder.parent / "photos-of-others").mkdir()
    (folder.parent / "photos-of-others" / "key.jpg").write_bytes(b"secret")
    for name, target in LINKS_OUT.items():
        (folder / name).symlink_to(target)


@pytest.mark.parametrize("key", ["file.jpg", "folder/key.jpg", "absolute/etc/passwd", "sibling/key.jpg", "absolute"])
def test_no_link_leads_out_of_a_folder(folder: Path, key: str) -> None:
    link_out(folder)
    store = open_store(str(folder))
    for call in (store.head, store.get):
        with pytest.raises(SourceNotFound):
            call(key)
    with pytest.raises(FirstsightError):
        store.put(key, b"overwritten")
    store.delete(key)
    assert (folder.parent / "secrets" / "key.jpg").read_bytes() == b"secret"
    assert (folder.parent / "photos-of-others" / "key.jpg").read_bytes() == b"secret"
    assert [info.key for info in store.list()] == ["cats/one.jpg"]
    assert list(store.list(key)) == []


def test_links_within_a_folder_are_followed(folder: Path) -> None:
    (folder / "favourites").symlink_to("cats")
    (folder / "best.jpg").symlink_to(folder / "cats" / "one.jpg")
    store = open_store(str(folder))
    assert store.get("favourites/one.jpg").read() == store.get("best.jpg").read() == b"meow"
    assert {info.key for info in store.list()} == {"cats/one.jpg", "favourites/one.jpg", "best.jpg"}


def test_a_folder_may_itself_be_named_by_a_link(folder: Path) -> None:
    (folder.parent / "link").symlink_to(folder)
    assert open_store(str(folder.parent / "link")).get("cats/one.jpg").read() == b"meow"


def test_links_that_lead_in_circles_or_nowhere_hold_nothing_up(folder: Path) -> None:
    (folder / "cats" / "up").symlink_to("..")
    (folder / "self").symlink_to("self")
    (folder / "nowhere.jpg").symlink_to("gone.jpg")
    store = open_store(str(folder))
    assert [info.key for info in store.list()] == ["cats/one.jpg"]
    for key in ("self", "nowhere.jpg", "self/one.jpg"):
        with pytest.raises(SourceNotFound):
            store.get(key)


def test_a_pipe_or_a_socket_is_no_blob_and_nobody_waits_for_it(folder: Path) -> None:
    os.mkfifo(folder / "pipe.jpg")
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(folder / "socket.jpg"))
        store = open_store(str(folder))
        for key in ("pipe.jpg", "socket.jpg"):
            for call in (store.head, store.get):
                with pytest.raises(SourceNotFound):
                    call(key)
        assert [info.key for info in store.list()] == ["cats/one.jpg"]


def test_a_file_whose_name_is_not_utf8_does_not_end_a_listing(folder: Path) -> None:
    name = os.fsencode(folder) + b"/caf\xe9.jpg"
    with open(name, "wb") as file:  # noqa: PTH123  # a Path cannot be made of bytes
        file.write(b"meow")
    assert [info.key for info in open_store(str(folder)).list()] == ["cats/one.jpg"]


def test_a_file_that_is_still_being_written_is_not_listed(folder: Path) -> None:
    (folder / "two.jpg#1").write_bytes(b"me")
    assert [info.key for info in open_store(str(folder)).list()] == ["cats/one.jpg"]


@pytest.mark.parametrize(
    ("number", "expected"),
    [
        (errno.EACCES, StoreDenied),
        (errno.EPERM, StoreDenied),
        (errno.ENOENT, SourceNotFound),
        (errno.ENOTDIR, SourceNotFound),
        (errno.ELOOP, SourceNotFound),
        (errno.EIO, StoreFailed),
        (errno.EMFILE, StoreFailed),
        (errno.ESTALE, StoreFailed),
        (errno.ENAMETOOLONG, BadPath),
    ],
)
def test_what_the_system_says_of_a_file_becomes_an_error_of_ours(number: int, expected: type[Exception]) -> None:
    assert type(folders.translated(OSError(number, os.strerror(number)), "cat.jpg")) is expected


def test_a_name_that_is_too_long_for_a_file_is_a_bad_path(folder: Path) -> None:
    store = open_store(str(folder))
    for call in (store.head, store.get, lambda key: store.put(key, b"meow")):
        with pytest.raises(BadPath, match="longer than the store can hold"):
            call("x" * 256)


def test_a_file_where_a_folder_would_have_to_be_is_a_failed_put(folder: Path) -> None:
    store = open_store(str(folder))
    with pytest.raises(StoreFailed):
        store.put("cats/one.jpg/300x200.webp", b"meow")
    assert store.get("cats/one.jpg").read() == b"meow"


def test_a_full_disk_is_a_failed_put(folder: Path) -> None:
    said = "Generic LocalFileSystem error: Unable to copy data to file: No space left on device (os error 28)"
    error = translated(GenericError(said), open_store(str(folder)).backend, "file:///photos: 'cat.jpg'")
    assert type(error) is StoreFailed
    assert "No space left on device" in error.log


def test_a_reader_keeps_what_it_has_opened(folder: Path) -> None:
    store = open_store(str(folder))
    blob = store.get("cats/one.jpg")
    store.put("cats/one.jpg", b"woof")
    assert blob.read() == b"meow"


def test_the_etag_of_a_file_changes_though_its_time_is_set_back(folder: Path) -> None:
    file = folder / "cats" / "one.jpg"
    store = open_store(str(folder))
    before, time = store.head("cats/one.jpg").etag, file.stat()
    file.write_bytes(b"woof")  # in place, of the same size
    os.utime(file, ns=(time.st_atime_ns, time.st_mtime_ns))
    assert store.head("cats/one.jpg").etag != before


def test_nothing_is_left_open_of_a_file_that_is_not_read(folder: Path) -> None:
    store = open_store(str(folder))
    before = len(os.listdir("/proc/self/fd"))  # noqa: PTH208
    for _ in range(20):
        store.get("cats/one.jpg")
        with pytest.raises(SourceNotFound):
            store.get("cats")
    assert len(os.listdir("/proc/self/fd")) == before  # noqa: PTH208


# Opening.


def test_a_folder_is_opened_by_its_path_or_its_url(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    odd = folder.parent / "a b%20c é"
    folder.rename(odd)
    monkeypatch.chdir(odd.parent)
    monkeypatch.setenv("HOME", str(odd.parent))
    for url in (str(odd), odd.as_uri(), f"file://{odd.parent}/a%20b%2520c%20é", odd.name, f"~/{odd.name}"):
        store = open_store(url)
        assert store.get("cats/one.jpg").read() == b"meow"
        assert store.url == odd.as_uri()


@pytest.mark.parametrize(
    ("url", "sentence"),
    [
        ("ftp://host/photos", "Expected a store such as s3://bucket"),
        ("http://host/photos", "Expected a store such as s3://bucket"),
        ("s3://", "Expected a store such as s3://bucket"),
        ("/nowhere/at/all", "Expected a folder but '/nowhere/at/all' is not there."),
        (__file__, "is a file."),
    ],
)
def test_an_address_that_cannot_be_opened_is_a_bad_setting(url: str, sentence: str) -> None:
    with pytest.raises(BadSettings) as caught:
        open_store(url)
    assert sentence in caught.value.message
    assert caught.value.remedy


def test_a_missing_folder_is_made_only_where_asked(tmp_path: Path) -> None:
    with pytest.raises(BadSettings):
        open_store(str(tmp_path / "new" / "deep"))
    assert list(open_store(str(tmp_path / "new" / "deep"), create=True).list()) == []


def test_a_store_can_be_shown_and_tells_no_secret(store: Store) -> None:
    assert store.url in repr(store)
    assert servers.AZURITE_KEY not in repr(store)
    assert "testing" not in repr(store)


# S3.


def test_a_prefix_in_the_url_is_before_every_key(account: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_REGION", "us-east-1")
    servers.make_bucket(account, "shared-bucket")
    ours, theirs, whole = (open_store(f"s3://shared-bucket{path}") for path in ("/our photos", "/our photos2", ""))
    ours.put("cat.jpg", b"ours")
    theirs.put("cat.jpg", b"theirs")
    assert {info.key for info in whole.list()} == {"our photos/cat.jpg", "our photos2/cat.jpg"}
    assert [info.key for info in ours.list()] == ["cat.jpg"]
    assert ours.get("cat.jpg").read() == b"ours"


def test_a_buckets_region_is_found_where_nobody_says_it(account: str) -> None:
    with servers.HostileS3().running() as there:
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("AWS_ENDPOINT_URL", there.address)
            assert open_store("s3://elsewhere").backend.config["region"] == "eu-central-1"
        assert there.requests == [("HEAD", "/elsewhere")]


def test_a_region_that_is_set_is_not_asked_for(account: str, monkeypatch: pytest.MonkeyPatch) -> None:
    with servers.HostileS3().running() as there:
        monkeypatch.setenv("AWS_ENDPOINT_URL", there.address)
        monkeypatch.setenv("AWS_REGION", "ap-south-1")
        assert open_store("s3://elsewhere").backend.config["region"] == "ap-south-1"
        monkeypatch.delenv("AWS_REGION")
        monkeypatch.setenv("AWS_DEFAULT_REGION", "ap-south-2")
        assert open_store("s3://elsewhere").backend.config["region"] == "ap-south-2"
        assert there.requests == []


def test_an_unreachable_endpoint_does_not_stop_a_store_from_opening(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_SKIP_SIGNATURE", "true")
    monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://127.0.0.1:{servers.free_port()}")
    assert open_store("s3://photos").backend.config["region"] == "us-east-1"


SHARED = """
[profile photos]
region = eu-west-3
aws_access_key_id = key-of-the-profile
aws_secret_access_key = secret
"""


def test_a_profile_of_aws_is_used_where_there_are_no_keys(
    s3_server: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / ".aws").mkdir()
    (tmp_path / ".aws" / "config").write_text(SHARED)
    servers.make_bucket(s3_server, "of-a-profile", "eu-west-3")
    monkeypatch.setenv("AWS_ENDPOINT_URL", s3_server)
    monkeypatch.setenv("AWS_PROFILE", "photos")
    store = open_store("s3://of-a-profile")
    assert store.backend.config["region"] == "eu-west-3"
    assert store.backend.credential_provider()["access_key_id"] == "key-of-the-profile"
    store.put("cat.jpg", b"meow")
    assert store.get("cat.jpg").read() == b"meow"


@pytest.mark.parametrize(
    "given",
    [
        {"AWS_ACCESS_KEY_ID": "testing", "AWS_SECRET_ACCESS_KEY": "testing"},
        {"AWS_LAMBDA_FUNCTION_NAME": "resize"},
        {"AWS_CONTAINER_CREDENTIALS_RELATIVE_URI": "/credentials"},
        {"AWS_WEB_IDENTITY_TOKEN_FILE": "/token", "AWS_ROLE_ARN": "arn:aws:iam::123456789012:role/x"},
    ],
    ids=lambda given: next(iter(given)),
)
def test_a_profile_is_not_looked_for_where_credentials_are_given(given: dict[str, str], tmp_path: Path) -> None:
    (tmp_path / ".aws").mkdir()
    (tmp_path / ".aws" / "config").write_text(SHARED)
    program = (
        "import sys\nfrom firstsight.stores import open_store\n"
        "store = open_store('s3://photos')\n"
        "print(store.backend.credential_provider, 'boto3' in sys.modules)"
    )
    environ = {**os.environ, **given, "AWS_PROFILE": "photos", "AWS_REGION": "eu-west-3"}
    done = subprocess.run([sys.executable, "-c", program], env=environ, capture_output=True, text=True, check=False)
    assert (done.stdout, done.stderr) == ("None False\n", "")


def test_a_profile_that_does_not_exist_is_a_bad_setting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_PROFILE", "nobody")
    with pytest.raises(BadSettings, match="The AWS profile 'nobody' cannot be used") as caught:
        open_store("s3://photos")
    assert "nobody" in caught.value.remedy


def test_a_profile_without_boto3_is_a_bad_setting_with_the_cure(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_PROFILE", "photos")
    monkeypatch.setitem(sys.modules, "boto3", None)
    with pytest.raises(BadSettings) as caught:
        open_store("s3://photos")
    assert "pip install 'firstsight[aws]'" in caught.value.remedy


# Errors.


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
    monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://127.0.0.1:{servers.free_port()}")
    monkeypatch.setenv("AWS_SKIP_SIGNATURE", "true")
    monkeypatch.setenv("AWS_REGION", "us-east-1")
    store = open_store("s3://photos", seconds=1)
    for call in CALLS.values():
        with pytest.raises(StoreFailed):
            call(store)


def test_missing_credentials_are_named_with_the_cure(s3_server: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", s3_server)
    monkeypatch.setenv("AWS_REGION", "us-east-1")
    monkeypatch.setenv("AWS_METADATA_ENDPOINT", f"http://127.0.0.1:{servers.free_port()}")
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
