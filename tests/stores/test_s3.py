"""What S3 is told: prefixes, regions and credentials."""

import base64
import hashlib
import os
import subprocess
import sys
from http.server import BaseHTTPRequestHandler
from pathlib import Path

import boto3
import pytest

from firstsight.errors import BadSettings, StoreFailed
from firstsight.http import digest
from firstsight.stores import open_store
from tests import servers
from tests.ports import free_port


def test_a_prefix_in_the_url_is_before_every_key(account: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_REGION", "us-east-1")
    servers.make_bucket(account, "shared-bucket")
    ours, theirs, whole = (open_store(f"s3://shared-bucket{path}") for path in ("/our photos", "/our photos2", ""))
    ours.put("cat.jpg", b"ours")
    theirs.put("cat.jpg", b"theirs")
    assert {info.key for info in whole.list()} == {"our photos/cat.jpg", "our photos2/cat.jpg"}
    assert [info.key for info in ours.list()] == ["cat.jpg"]
    assert ours.get("cat.jpg").read() == b"ours"


@pytest.mark.parametrize("key", ["in//cat.jpg", "in/../cat.jpg", "in/\x07.jpg"])
def test_a_name_that_cannot_be_listed_is_told_with_the_cure(
    account: str, monkeypatch: pytest.MonkeyPatch, key: str
) -> None:
    monkeypatch.setenv("AWS_REGION", "us-east-1")
    bucket = f"unlistable-{digest(key)}"
    servers.make_bucket(account, bucket)
    boto3.client("s3", endpoint_url=account, region_name="us-east-1").put_object(Bucket=bucket, Key=key, Body=b"x")
    store = open_store(f"s3://{bucket}")
    store.put("out/dog.jpg", b"y")
    with pytest.raises(StoreFailed, match="cannot be listed") as raised:
        list(store.list())
    assert "another name" in raised.value.remedy
    assert "in/" in raised.value.log
    assert [info.key for info in store.list("out")] == ["out/dog.jpg"]


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
    monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://127.0.0.1:{free_port()}")
    assert open_store("s3://photos").backend.config["region"] == "us-east-1"


@pytest.mark.parametrize(
    ("environ", "expected"),
    [
        ({}, "sha256"),
        ({"AWS_CHECKSUM_ALGORITHM": "crc64nvme"}, None),
        ({"AWS_ENDPOINT_URL": "https://s3.example.com"}, None),
        ({"AWS_ENDPOINT_URL_S3": "https://s3.example.com"}, None),
        ({"AWS_ENDPOINT": "https://s3.example.com"}, None),
    ],
)
def test_a_put_to_aws_is_given_a_checksum_and_one_to_another_maker_is_not(
    environ: dict[str, str], expected: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in {"AWS_REGION": "eu-west-1", "AWS_SKIP_SIGNATURE": "true", **environ}.items():
        monkeypatch.setenv(name, value)
    assert open_store("s3://photos").backend.config.get("checksum_algorithm") == expected


def test_another_makers_store_gets_the_checksum_that_the_environment_asks_for(monkeypatch: pytest.MonkeyPatch) -> None:
    sent = []

    def take(hostile: servers.HostileS3, request: BaseHTTPRequestHandler) -> None:
        sent.append((request.headers.get("x-amz-checksum-sha256"), request.headers["x-amz-content-sha256"]))
        servers.refuses(200, "Stored", ETag='"1"')(hostile, request)

    monkeypatch.setenv("AWS_REGION", "eu-west-1")
    monkeypatch.setenv("AWS_CHECKSUM_ALGORITHM", "sha256")
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "testing")
    monkeypatch.setitem(servers.BEHAVIOURS, "locked", take)
    with servers.HostileS3().running() as there:
        monkeypatch.setenv("AWS_ENDPOINT_URL", there.address)
        open_store("s3://locked").put("cat.jpg", b"a cat")
    digest = hashlib.sha256(b"a cat")
    assert sent == [(base64.b64encode(digest.digest()).decode(), digest.hexdigest())]


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
    assert "pip install '.[aws]'" in caught.value.remedy
