"""What a store does not do harms nothing but the request."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from firstsight.errors import FirstsightError, StoreFailed, StoreTimeout
from firstsight.http import Request
from firstsight.service import open_service
from firstsight.settings import Damaged, Limits
from tests import servers
from tests.service.places import OPEN, Place, noise, result, size


@pytest.mark.parametrize("error", [StoreFailed("It is full.", log="no space left"), StoreTimeout("Too slow.")])
def test_an_image_that_cannot_be_kept_is_answered_all_the_same(kept_in: Place, error: FirstsightError) -> None:
    kept_in.derivatives.fails["put"] = error
    for _ in range(2):
        response = kept_in.ask("/cat.jpg/30x20.webp")
        assert (response.status, result(response), size(response)) == (200, "made", (30, 20))
        assert response.facts["not_kept"] == error.code
        assert response.facts["reason"] == (error.log or error.message)
    assert kept_in.kept() == []
    kept_in.derivatives.fails.clear()
    assert "not_kept" not in kept_in.ask("/cat.jpg/30x20.webp").facts
    assert result(kept_in.ask("/cat.jpg/30x20.webp")) == "stored"


@pytest.fixture(scope="module")
def hostile() -> Iterator[servers.HostileS3]:
    large = noise(900, 600).jpegsave_buffer(Q=90)
    with servers.HostileS3(body=bytes(large)).running() as running:
        yield running


@pytest.mark.parametrize("damaged", ["strict", "best_effort"])
@pytest.mark.parametrize(
    ("bucket_name", "status", "code"),
    [
        ("cuts", 502, "store-failed"),
        ("stalls", 504, "store-timeout"),
        ("silent", 504, "store-timeout"),
        ("busy", 502, "store-failed"),
        ("forbids", 502, "store-denied"),
        ("elsewhere", 502, "store-failed"),
    ],
)
def test_a_source_that_does_not_come_whole_stores_nothing(
    hostile: servers.HostileS3,
    s3: str,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    bucket_name: str,
    status: int,
    code: str,
    damaged: str,
) -> None:
    assert len(hostile.body) > 400_000
    monkeypatch.setenv("AWS_ENDPOINT_URL", hostile.address)
    limits = Limits(seconds=0.5)
    settings = replace(
        OPEN, source=f"s3://{bucket_name}", derivatives=str(tmp_path / "made"), damaged=Damaged(damaged), limits=limits
    )
    service = open_service(settings)
    for spec in ("300x200.webp", "full.png", "900x600"):
        with pytest.raises(FirstsightError) as caught:
            service.handle(Request(f"/cat.jpg/{spec}"))
        assert (caught.value.status, caught.value.code) == (status, code)
        assert caught.value.max_age is None
    assert list(service.derivatives.list()) == []
