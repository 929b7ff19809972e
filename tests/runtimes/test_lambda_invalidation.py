"""The function tells CloudFront what it has deleted: in as few paths as can be, and only where something was."""

import itertools
import json
import time
from pathlib import Path
from typing import Any

import boto3
import pytest

from firstsight import Request, Service, events, open_service
from firstsight.runtimes.lambda_changes import follow
from firstsight.settings import from_dict
from tests import servers

EVENTS = Path(__file__).parents[1] / "events"
_numbers = itertools.count()


@pytest.fixture
def cloudfront(s3_server: str, monkeypatch: pytest.MonkeyPatch) -> Any:
    for name, value in {
        "AWS_ENDPOINT_URL": s3_server,
        "AWS_ACCESS_KEY_ID": "testing",
        "AWS_SECRET_ACCESS_KEY": "testing",
        "AWS_REGION": "us-east-1",
        "AWS_DEFAULT_REGION": "us-east-1",
    }.items():
        monkeypatch.setenv(name, value)
    return boto3.client("cloudfront")


class Place:
    """A bucket with a distribution before it, whose id is kept in a parameter."""

    def __init__(self, address: str, cloudfront: Any, photos: Path) -> None:
        self.name, self.cloudfront = f"forgetting-{next(_numbers)}", cloudfront
        servers.make_bucket(address, self.name)
        origin = {"Id": "a", "DomainName": "a.s3.amazonaws.com", "S3OriginConfig": {"OriginAccessIdentity": ""}}
        config = {
            "CallerReference": self.name,
            "Comment": "",
            "Enabled": True,
            "Origins": {"Quantity": 1, "Items": [origin]},
            "DefaultCacheBehavior": {"TargetOriginId": "a", "ViewerProtocolPolicy": "allow-all", "MinTTL": 0},
        }
        self.id: str = cloudfront.create_distribution(DistributionConfig=config)["Distribution"]["Id"]
        parameter = f"/firstsight/{self.name}/distribution"
        boto3.client("ssm").put_parameter(Name=parameter, Value=self.id, Type="String")
        self.service = self.opened(f"ssm:{parameter}")
        self.contents = [(photos / name).read_bytes() for name in ("coffee.png", "chelsea.png")]

    def opened(self, distribution: str) -> Service:
        presets = {
            "thumb": {"transform": "40x30", "format": "webp", "eager": True},
            "version": {"transform": "20x20", "carrierwave": ["up/*/thumb"]},
        }
        aws = {"topology": "cdn", "distribution": distribution}
        return open_service(
            from_dict({"source": f"s3://{self.name}", "sizes": ["30x20"], "presets": presets, "aws": aws})
        )

    def changed(self, *keys: str) -> dict[str, Any]:
        records = []
        for key in keys:
            record = json.loads((EVENTS / "s3-put.json").read_text("utf-8"))["Records"][0]
            record["s3"]["bucket"]["name"], record["s3"]["object"]["key"] = self.name, key
            records.append(record)
        return follow(self.service, {"Records": records}, time.monotonic() + 30)

    def told(self) -> list[list[str]]:
        """The paths of each order, sorted."""
        listed = self.cloudfront.list_invalidations(DistributionId=self.id)["InvalidationList"].get("Items", [])
        orders = [self.cloudfront.get_invalidation(DistributionId=self.id, Id=one["Id"]) for one in listed]
        return sorted(sorted(order["Invalidation"]["InvalidationBatch"]["Paths"]["Items"]) for order in orders)


@pytest.fixture
def place(s3_server: str, cloudfront: Any, photos: Path) -> Place:
    return Place(s3_server, cloudfront, photos)


def test_a_new_source_is_nothing_to_forget_and_a_replaced_one_is_a_wildcard(place: Place) -> None:
    place.service.sources.put("pets/cat.png", place.contents[0])
    place.changed("pets/cat.png")
    assert place.told() == []
    place.service.sources.put("pets/cat.png", place.contents[1])
    assert place.changed("pets/cat.png")["deleted"] == 1
    assert place.told() == [["/pets/cat.png*"]]
    place.changed("pets/cat.png")  # the same news once more
    assert place.told() == [["/pets/cat.png*"]]
    place.service.sources.delete("pets/cat.png")
    place.changed("pets/cat.png")
    assert place.told() == [["/pets/cat.png*"]] * 2


def test_several_changes_are_one_order_with_a_wildcard_each(place: Place) -> None:
    keys = [f"{index}.png" for index in range(3)]
    for content in place.contents:
        for key in keys:
            place.service.sources.put(key, content)
        place.changed(*keys)
    assert place.told() == [[f"/{key}*" for key in keys]]


def test_what_is_stored_beside_the_sources_prefix_is_named(place: Place) -> None:
    place.service.sources.put("up/7/cat.png", place.contents[0])
    for path in ("up/7/thumb_cat.png", "30x20/up/7/cat.png"):
        assert place.service.handle(Request(f"/{path}")).status == 200
    place.service.sources.put("up/7/cat.png", place.contents[1])
    place.changed("up/7/cat.png")
    assert place.told() == [["/30x20/up/7/cat.png", "/up/7/thumb_cat.png"], ["/up/7/cat.png*"]]


def test_what_is_deleted_of_a_source_in_several_turns_is_told_as_a_whole(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    turns = itertools.cycle([["cat.png/1x.jpg"], ["1x1/cat.png"]])

    def react(service: Service, change: events.Change, until: float, forget: Any) -> events.Reaction:
        forget("cat.png", next(turns))
        forget("cat.png", next(turns))
        return events.Reaction(change)

    monkeypatch.setattr(events, "react", react)
    place.changed("cat.png", "cat.png")
    assert place.told() == [["/1x1/cat.png"], ["/cat.png*"]]


def test_a_distribution_that_cannot_be_told_fails_nothing_and_is_in_the_log(
    place: Place, caplog: pytest.LogCaptureFixture
) -> None:
    place.service = place.opened("E0NONE")
    for content in place.contents:
        place.service.sources.put("cat.png", content)
        answer = place.changed("cat.png")
    assert answer["deleted"] == 1
    assert "not-invalidated" in {getattr(record, "members", {}).get("error") for record in caplog.records}


def test_without_a_distribution_nobody_is_told(place: Place) -> None:
    place.service = place.opened("")
    for content in place.contents:
        place.service.sources.put("cat.png", content)
        place.changed("cat.png")
    assert place.told() == []
