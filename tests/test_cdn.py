"""CloudFront is told to forget what was deleted, with as few paths as there can be."""

from collections.abc import Callable
from typing import Any

import boto3
import pytest

from firstsight import cdn
from firstsight.errors import BadSettings


@pytest.fixture
def cloudfront(s3_server: str, monkeypatch: pytest.MonkeyPatch) -> Any:
    """An account with CloudFront."""
    for name, value in {
        "AWS_ENDPOINT_URL": s3_server,
        "AWS_ACCESS_KEY_ID": "testing",
        "AWS_SECRET_ACCESS_KEY": "testing",
        "AWS_DEFAULT_REGION": "us-east-1",
    }.items():
        monkeypatch.setenv(name, value)
    return boto3.client("cloudfront")


@pytest.fixture
def distribution(cloudfront: Any, request: pytest.FixtureRequest) -> str:
    origin = {"Id": "a", "DomainName": "a.s3.amazonaws.com", "S3OriginConfig": {"OriginAccessIdentity": ""}}
    config = {
        "CallerReference": request.node.name,
        "Comment": "",
        "Enabled": True,
        "Origins": {"Quantity": 1, "Items": [origin]},
        "DefaultCacheBehavior": {
            "TargetOriginId": "a",
            "ViewerProtocolPolicy": "allow-all",
            "MinTTL": 0,
            "ForwardedValues": {"QueryString": False, "Cookies": {"Forward": "none"}},
        },
    }
    return str(cloudfront.create_distribution(DistributionConfig=config)["Distribution"]["Id"])


def told(cloudfront: Any, distribution: str) -> list[list[str]]:
    """The paths of each order that the distribution has been given."""
    listed = cloudfront.list_invalidations(DistributionId=distribution)["InvalidationList"].get("Items", [])
    orders = [cloudfront.get_invalidation(DistributionId=distribution, Id=one["Id"]) for one in listed]
    return [order["Invalidation"]["InvalidationBatch"]["Paths"]["Items"] for order in orders]


def test_one_wildcard_stands_for_all_whose_key_begins_with_the_sources() -> None:
    keys = ["pets/cat.jpg/thumb.webp", "pets/cat.jpg/300x.avif"]
    assert cdn.paths_of("pets/cat.jpg", keys) == ("/pets/cat.jpg*",)
    beside = ["300x200/pets/cat.jpg", "pets/thumb_cat.jpg"]
    assert cdn.paths_of("pets/cat.jpg", [*beside, *keys]) == ("/pets/cat.jpg*", *(f"/{key}" for key in beside))


def test_a_path_is_encoded_as_our_urls_are() -> None:
    assert cdn.wildcard("a b/é%#?.jpg") == "/a%20b/%C3%A9%25%23%3F.jpg*"
    assert cdn.named(["a+b/c'd.jpg/1x.jpg"]) == ("/a%2Bb/c'd.jpg/1x.jpg",)


def test_many_paths_are_one_wildcard_for_everything() -> None:
    keys = [f"{index}.jpg" for index in range(cdn.MOST_NAMED + 1)]
    assert len(cdn.named(keys[:-1])) == cdn.MOST_NAMED
    assert cdn.named(keys) == ("/*",)


def test_a_distribution_is_told_each_path_once(cloudfront: Any, distribution: str) -> None:
    cdn.invalidate(distribution, ["/cat.jpg*", "/1x1/cat.jpg", "/cat.jpg*"], seconds=0)
    assert sorted(told(cloudfront, distribution)) == [["/1x1/cat.jpg"], ["/cat.jpg*"]]


def test_more_wildcards_than_may_be_in_progress_are_several_orders(cloudfront: Any, distribution: str) -> None:
    paths = [f"/{index}.jpg*" for index in range(cdn.MOST_WILDCARDS + 1)]
    cdn.invalidate(distribution, paths, seconds=0)
    assert sorted(map(len, told(cloudfront, distribution))) == [1, cdn.MOST_WILDCARDS]


def test_the_id_of_a_distribution_may_be_kept_elsewhere(cloudfront: Any, distribution: str) -> None:
    boto3.client("ssm").put_parameter(Name="/firstsight/x/distribution", Value=distribution, Type="String")
    cdn.invalidate("ssm:/firstsight/x/distribution", ["/cat.jpg*"], seconds=0)
    assert told(cloudfront, distribution) == [["/cat.jpg*"]]
    with pytest.raises(BadSettings):
        cdn.invalidate("ssm:/firstsight/nothing", ["/cat.jpg*"], seconds=0)


def test_a_distribution_that_is_not_there_is_told_of_with_what_to_do(cloudfront: Any) -> None:
    with pytest.raises(cdn.NotInvalidated, match="E0NONE") as caught:
        cdn.invalidate("E0NONE", ["/cat.jpg*"], seconds=0)
    assert "firstsight purge" in caught.value.remedy


Refuse = Callable[[Callable[[list[str]], bool]], None]


@pytest.fixture
def refuse(monkeypatch: pytest.MonkeyPatch) -> Refuse:
    """`refuse(which)` has CloudFront refuse orders whose paths are such, as one too many."""
    from botocore.client import BaseClient
    from botocore.exceptions import ClientError

    real: Any = BaseClient._make_api_call  # type: ignore[attr-defined] # all calls go through it

    def begin(which: Callable[[list[str]], bool]) -> None:
        def call(self: Any, operation: str, arguments: Any) -> Any:
            if operation == "CreateInvalidation" and which(arguments["InvalidationBatch"]["Paths"]["Items"]):
                raise ClientError({"Error": {"Code": "TooManyInvalidationsInProgress", "Message": ""}}, operation)
            return real(self, operation, arguments)

        monkeypatch.setattr(BaseClient, "_make_api_call", call)

    return begin


def test_what_is_refused_for_too_many_orders_is_tried_again_until_the_time_is_over(
    cloudfront: Any, distribution: str, refuse: Refuse
) -> None:
    refusals, pauses = iter([True] * 3 + [False] + [True]), list[float]()
    refuse(lambda _: next(refusals))
    cdn.invalidate(distribution, ["/cat.jpg*"], seconds=60, pause=pauses.append)
    assert pauses == [cdn.PAUSE] * 3
    assert told(cloudfront, distribution) == [["/cat.jpg*"]]
    with pytest.raises(cdn.NotInvalidated):
        cdn.invalidate(distribution, ["/cat.jpg*"], seconds=0, pause=pauses.append)


def test_where_it_takes_no_more_wildcards_each_path_is_named(
    cloudfront: Any, distribution: str, refuse: Refuse
) -> None:
    each = cdn.each(["cat.jpg/1x.jpg", "cat.jpg/2x.jpg"])
    cdn.invalidate(distribution, ["/cat.jpg*"], instead=each, seconds=0)
    assert told(cloudfront, distribution) == [["/cat.jpg*"]]
    refuse(lambda paths: paths[0].endswith("*"))
    cdn.invalidate(distribution, ["/cat.jpg*"], instead=each, seconds=0)
    assert sorted(told(cloudfront, distribution)) == [["/cat.jpg*"], ["/cat.jpg/1x.jpg", "/cat.jpg/2x.jpg"]]
