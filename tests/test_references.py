"""Keys that are kept in a file or by AWS are read from there, and then again."""

import logging
import pickle
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from firstsight import references, signing
from firstsight.errors import BadSettings, BadSignature
from firstsight.http import Request
from firstsight.service import Making, open_service
from firstsight.settings import Access, Key, Settings, from_dict, keyring, load
from tests import servers
from tests.service.places import JPEG

ONE, TWO = "one:0123456789abcdef", "two:with:colons:and spaces"
KEY_ONE, KEY_TWO = Key("one", b"0123456789abcdef"), Key("two", b"with:colons:and spaces")


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """A clock that stands still until it is set."""
    now = [1000.0]
    monkeypatch.setattr(time, "monotonic", lambda: now[0])
    return now


@pytest.mark.parametrize("text", [f"{ONE}\n{TWO}\n", f"{ONE},{TWO}", f"\n {ONE} \r\n\n{TWO}"])
def test_a_file_holds_keys_on_lines_or_between_commas(tmp_path: Path, text: str) -> None:
    file = tmp_path / "secret keys"
    file.write_text(text)
    for reference in (f"file://{file}", file.as_uri()):
        settings = from_dict({"keys": reference})
        assert tuple(settings.keys) == (KEY_ONE, KEY_TWO)
        assert settings.keys[-1] == KEY_TWO
    assert tuple(load(environ={"FIRSTSIGHT_KEYS": f"file://{file}"}).keys) == (KEY_ONE, KEY_TWO)


def test_keys_are_read_again_after_some_minutes_and_those_that_were_there_stay_if_that_fails(
    tmp_path: Path, clock: list[float], caplog: pytest.LogCaptureFixture
) -> None:
    file = tmp_path / "keys"
    file.write_text(ONE)
    keys = from_dict({"keys": f"file://{file}"}).keys
    assert tuple(keys) == (KEY_ONE,)
    file.write_text(f"{ONE}\n{TWO}")
    assert tuple(keys) == (KEY_ONE,)
    clock[0] += keyring.REFRESH + 1
    assert tuple(keys) == (KEY_ONE, KEY_TWO)
    for wrong in ("no key", None):
        file.unlink() if wrong is None else file.write_text(wrong)
        clock[0] += keyring.REFRESH + 1
        with caplog.at_level(logging.WARNING):
            assert tuple(keys) == (KEY_ONE, KEY_TWO)
        assert "stay as they were" in caplog.text
        assert "0123456789abcdef" not in caplog.text
        caplog.clear()


@pytest.mark.parametrize("text", ["", "short:secret", "0123456789abcdef", f"{ONE}\nbad id:0123456789abcdef"])
def test_a_file_without_good_keys_is_refused_and_what_it_holds_is_not_shown(tmp_path: Path, text: str) -> None:
    file = tmp_path / "keys"
    file.write_text(text)
    keys = from_dict({"keys": f"file://{file}"}).keys
    with pytest.raises(BadSettings) as caught:
        len(keys)
    assert str(file) in caught.value.message
    assert "0123456789abcdef" not in repr(vars(caught.value))


def test_a_service_whose_keys_cannot_be_read_does_not_start(tmp_path: Path) -> None:
    with pytest.raises(BadSettings, match="no such file"):
        open_service(Settings(source=str(tmp_path), keys=from_dict({"keys": "file:///nothing/here"}).keys))


def test_a_url_is_checked_against_keys_of_a_file(tmp_path: Path) -> None:
    file, photos = tmp_path / "keys", tmp_path / "photos"
    photos.mkdir()
    (photos / "cat.jpg").write_bytes(JPEG)
    file.write_text(f"{ONE}\n{TWO}")
    keys = from_dict({"keys": f"file://{file}"}).keys
    made = str(tmp_path / "made")
    service = open_service(Settings(source=str(photos), derivatives=made, access=Access.SIGNED, keys=keys))
    for key in (KEY_ONE, KEY_TWO):
        signature = signing.sign("/cat.jpg/30x20.webp", key)
        assert isinstance(service.lookup(Request(f"/{signature}/cat.jpg/30x20.webp")), Making)
    other = signing.sign("/cat.jpg/30x20.webp", Key("one", b"another secret, longer"))
    with pytest.raises(BadSignature):
        service.lookup(Request(f"/{other}/cat.jpg/30x20.webp"))


def test_keys_are_shown_nowhere_and_travel_as_their_reference(tmp_path: Path) -> None:
    file = tmp_path / "keys"
    file.write_text(ONE)
    settings = from_dict({"keys": f"file://{file}"})
    assert len(settings.keys) == 1
    assert "0123456789abcdef" not in repr(settings)
    assert b"0123456789abcdef" not in pickle.dumps(settings)
    again = pickle.loads(pickle.dumps(settings))
    assert again == settings
    assert tuple(again.keys) == (KEY_ONE,)
    assert from_dict({"keys": "ssm:other"}) != settings


@pytest.fixture(scope="module")
def secrets() -> Iterator[str]:
    """The address of an AWS that keeps keys."""
    boto3 = pytest.importorskip("boto3")
    with servers.s3_server() as address:
        told = {"aws_access_key_id": "testing", "aws_secret_access_key": "testing", "region_name": "us-east-1"}
        session = boto3.Session(**told)
        text = f"{ONE}\n{TWO}"
        session.client("secretsmanager", endpoint_url=address).create_secret(Name="firstsight/keys", SecretString=text)
        parameter = {"Name": "/firstsight/keys", "Value": text, "Type": "SecureString"}
        session.client("ssm", endpoint_url=address).put_parameter(**parameter)
        yield address


@pytest.fixture
def account(secrets: str, monkeypatch: pytest.MonkeyPatch) -> str:
    """The environment of one who may read them."""
    for name in servers.clear_environment():
        monkeypatch.delenv(name)
    for name, value in {
        "AWS_ENDPOINT_URL": secrets,
        "AWS_ACCESS_KEY_ID": "testing",
        "AWS_SECRET_ACCESS_KEY": "testing",
        "AWS_DEFAULT_REGION": "us-east-1",
    }.items():
        monkeypatch.setenv(name, value)
    return secrets


@pytest.mark.parametrize("reference", ["secretsmanager:firstsight/keys", "ssm:/firstsight/keys"])
def test_aws_keeps_keys(account: str, reference: str) -> None:
    assert tuple(from_dict({"keys": reference}).keys) == (KEY_ONE, KEY_TWO)


@pytest.mark.parametrize("reference", ["secretsmanager:nothing", "ssm:/nothing"])
def test_what_aws_does_not_have_is_named_with_the_cure(account: str, reference: str) -> None:
    with pytest.raises(BadSettings, match=reference) as caught:
        len(from_dict({"keys": reference}).keys)
    assert "role" in caught.value.remedy
    assert "NotFound" in caught.value.log


def test_no_reference_is_taken_for_a_key_and_no_key_for_a_reference() -> None:
    for text in references.READERS:
        assert references.is_reference(f"{text}name")
    assert tuple(from_dict({"keys": [ONE]}).keys) == (KEY_ONE,)
    assert tuple(from_dict({"keys": ONE}).keys) == (KEY_ONE,)


def test_boto3_is_not_loaded_for_keys_that_are_there() -> None:
    program = (
        "import sys; from firstsight.settings import from_dict\n"
        f"assert len(from_dict({{'keys': [{ONE!r}]}}).keys) == 1\n"
        "print('boto3' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout == "False\n"
