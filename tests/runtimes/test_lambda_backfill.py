"""Batches of a backfill: all that the sources lack, as far as the time goes, and the rest is asked for again."""

import itertools
import json
import math
import time
from pathlib import Path
from typing import Any

import pytest

from firstsight import ahead, tokens
from firstsight.ahead import Outcome
from firstsight.errors import BadSettings
from firstsight.runtimes.lambda_backfill import go_on
from firstsight.runtimes.lambda_events import front_of, is_batch
from firstsight.service import Service, open_service
from firstsight.settings import Preset, Settings
from tests import servers
from tests.service.places import JPEG

EVENTS = Path(__file__).parents[1] / "events"
PRESETS = {
    "thumb": Preset("thumb", tokens.parse("30x20.webp")),
    "large": Preset("large", tokens.parse("300x-enlarge.jpg")),
}
_numbers = itertools.count()


@pytest.fixture
def service(s3_server: str, monkeypatch: pytest.MonkeyPatch) -> Service:
    """A service of a prefix in a bucket, which holds both."""
    for name in servers.clear_environment():
        monkeypatch.delenv(name)
    for name, value in {
        "AWS_ENDPOINT_URL": s3_server,
        "AWS_ACCESS_KEY_ID": "testing",
        "AWS_SECRET_ACCESS_KEY": "testing",
        "AWS_REGION": "us-east-1",
    }.items():
        monkeypatch.setenv(name, value)
    bucket = f"batches-{next(_numbers)}"
    servers.make_bucket(s3_server, bucket)
    return open_service(Settings(source=f"s3://{bucket}/in", presets=PRESETS))


def batch(*keys: str, presets: tuple[str, ...] = ("thumb", "large")) -> dict[str, Any]:
    return {"BatchInput": {"presets": list(presets)}, "Items": [{"Key": key, "Size": 1} for key in keys]}


@pytest.mark.parametrize("file", sorted(EVENTS.glob("*.json")), ids=lambda file: file.stem)
def test_a_batch_is_known_and_nothing_else_is_taken_for_one(file: Path) -> None:
    event = json.loads(file.read_text("utf-8"))
    assert is_batch(event) == (file.stem == "backfill")
    if is_batch(event):
        assert front_of(event) is None


def test_the_captured_batch_is_made_and_answered_with_nothing_left(service: Service) -> None:
    event = json.loads((EVENTS / "backfill.json").read_text("utf-8"))
    for item in event["Items"]:
        service.sources.put(item["Key"], JPEG)
        item["Key"] = f"in/{item['Key']}"
    answer = go_on(service, event, math.inf)
    kept = {info.key: info.size for info in service.derivatives.list()}
    made = {
        f"{source}/{name}" for source in ("photos/a cat.jpg", "photos/ü+%.png") for name in ("thumb.webp", "large.jpg")
    }
    assert kept.keys() - made == {"photos/a cat.jpg", "photos/ü+%.png"}
    assert answer == {
        "BatchInput": event["BatchInput"],
        "Items": [],
        "sources": 2,
        "made": 4,
        "bytes": sum(kept[key] for key in made),
        "failed": [],
    }


def test_what_is_made_already_is_not_made_again_and_derivatives_are_no_sources(service: Service) -> None:
    service.sources.put("cat.jpg", JPEG)
    go_on(service, batch("in/cat.jpg", presets=("thumb",)), math.inf)
    listed = [f"in/{info.key}" for info in service.sources.list()]
    answer = go_on(service, batch(*listed, "in/gone.jpg", "elsewhere/cat.jpg"), math.inf)
    assert (answer["sources"], answer["made"], answer["failed"]) == (4, 1, [])
    assert {info.key for info in service.derivatives.list()} == {
        "cat.jpg",
        "cat.jpg/thumb.webp",
        "cat.jpg/large.jpg",
    }


def test_when_time_is_over_the_rest_is_left_and_counts_go_on(service: Service) -> None:
    for number in range(3):
        service.sources.put(f"{number}.jpg", JPEG)
    event = batch(*(f"in/{number}.jpg" for number in range(3)))
    seen = []
    while event["Items"]:
        seen.append([item["Key"] for item in event["Items"]])
        event = go_on(service, event, time.monotonic() - 1)  # the first is made in any case
    assert [len(items) for items in seen] == [3, 2, 1]
    assert (event["sources"], event["made"]) == (3, 6)


def test_what_did_not_get_all_of_the_time_is_no_failure_yet(service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("a.jpg", "b.jpg"):
        service.sources.put(name, JPEG)
    stock = ahead.make

    def late(service: Service, key: str, variants: Any) -> list[Outcome]:
        if key == "b.jpg":
            return [Outcome(key, f"{key}/thumb.webp", 0, "render-timeout", "It took too long.")]
        return stock(service, key, variants)

    monkeypatch.setattr(ahead, "make", late)
    first = go_on(service, batch("in/a.jpg", "in/b.jpg"), time.monotonic() + 60)
    assert ([item["Key"] for item in first["Items"]], first["failed"]) == (["in/b.jpg"], [])
    second = go_on(service, first, time.monotonic() + 60)
    assert second["Items"] == []
    assert [(one["source"], one["error"]) for one in second["failed"]] == [("b.jpg", "render-timeout")]
    assert (second["sources"], second["made"]) == (2, 2)


def test_what_cannot_be_made_is_told_and_the_rest_is_made(service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    service.sources.put("cut.jpg", JPEG[:-500])
    service.sources.put("cat.jpg", JPEG)
    service.sources.put("bug.jpg", JPEG)
    stock = ahead.missing

    def missing(service: Service, source: Any, wanted: Any) -> Any:
        if source.key == "bug.jpg":
            raise ZeroDivisionError("x" * 1000)
        return stock(service, source, wanted)

    monkeypatch.setattr(ahead, "missing", missing)
    answer = go_on(service, batch("in/cut.jpg", "in/bug.jpg", "in/cat.jpg"), math.inf)
    assert answer["made"] == 2
    assert [(one["source"], one["key"], one["error"]) for one in answer["failed"]] == [
        ("cut.jpg", "cut.jpg/thumb.webp", "damaged-image"),
        ("cut.jpg", "cut.jpg/large.jpg", "damaged-image"),
        ("bug.jpg", "", "internal-error"),
    ]
    assert all(0 < len(one["reason"]) <= 200 for one in answer["failed"])


def test_a_preset_that_the_function_does_not_know_fails_as_a_whole(service: Service) -> None:
    with pytest.raises(BadSettings, match="'small'"):
        go_on(service, batch("in/cat.jpg", presets=("thumb", "small")), math.inf)
