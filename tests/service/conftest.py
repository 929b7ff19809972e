"""Each pair of stores."""

import itertools
from pathlib import Path

import pytest

from tests import servers
from tests.service.places import (
    STORES,
    Place,
    filled,
)

_numbers = itertools.count()


@pytest.fixture(scope="session")
def bucket(s3_server: str) -> str:
    name = f"service-{next(_numbers)}"
    servers.make_bucket(s3_server, name)
    return name


@pytest.fixture(autouse=True)
def _no_account(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in servers.clear_environment():
        monkeypatch.delenv(name)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))


@pytest.fixture
def s3(bucket: str, s3_server: str, monkeypatch: pytest.MonkeyPatch) -> str:
    """The URL of an empty place in a bucket."""
    for name, value in {
        "AWS_ENDPOINT_URL": s3_server,
        "AWS_ACCESS_KEY_ID": "testing",
        "AWS_SECRET_ACCESS_KEY": "testing",
        "AWS_REGION": "us-east-1",
    }.items():
        monkeypatch.setenv(name, value)
    return f"s3://{bucket}/{next(_numbers)}"


@pytest.fixture(params=itertools.product(STORES, STORES), ids=lambda pair: f"{pair[0]}-to-{pair[1]}")
def place(request: pytest.FixtureRequest) -> Place:
    """Each pair of a store of sources and one of derivatives."""
    sources, kept = request.param
    return filled(STORES[sources](request, "photos"), STORES[kept](request, "made"))


@pytest.fixture(params=STORES)
def kept_in(request: pytest.FixtureRequest) -> Place:
    """Sources in a folder, and each store of derivatives."""
    return filled(STORES["file"](request, "photos"), STORES[request.param](request, "made"))


@pytest.fixture
def local(request: pytest.FixtureRequest) -> Place:
    """Both in folders, where it makes no difference."""
    return filled(STORES["file"](request, "photos"), STORES["file"](request, "made"))
