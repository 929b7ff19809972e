"""Each kind of store, empty, and nothing of this machine's accounts."""

import itertools
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from firstsight.stores import Store, open_store
from tests import servers

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


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with a photo, beside a secret."""
    (tmp_path / "photos" / "cats").mkdir(parents=True)
    (tmp_path / "photos" / "cats" / "one.jpg").write_bytes(b"meow")
    (tmp_path / "secrets").mkdir()
    (tmp_path / "secrets" / "key.jpg").write_bytes(b"secret")
    return tmp_path / "photos"
