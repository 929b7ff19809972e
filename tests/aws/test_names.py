"""Names and hosts on AWS, against those in its documentation."""

import pytest

from firstsight.aws import names
from firstsight.errors import BadSettings
from firstsight.settings import Settings


@pytest.mark.parametrize(
    ("region", "host"),
    [
        # AWS General Reference, Amazon S3 website endpoints
        ("us-east-1", "photos.s3-website-us-east-1.amazonaws.com"),
        ("us-east-2", "photos.s3-website.us-east-2.amazonaws.com"),
        ("eu-west-1", "photos.s3-website-eu-west-1.amazonaws.com"),
        ("eu-central-1", "photos.s3-website.eu-central-1.amazonaws.com"),
        ("ap-northeast-1", "photos.s3-website-ap-northeast-1.amazonaws.com"),
        ("ap-northeast-2", "photos.s3-website.ap-northeast-2.amazonaws.com"),
        ("us-gov-west-1", "photos.s3-website-us-gov-west-1.amazonaws.com"),
        ("us-gov-east-1", "photos.s3-website.us-gov-east-1.amazonaws.com"),
        ("cn-north-1", "photos.s3-website.cn-north-1.amazonaws.com.cn"),
    ],
)
def test_a_website_has_its_regions_own_form_of_host(region: str, host: str) -> None:
    assert names.website_host("photos", region) == host


@pytest.mark.parametrize(
    ("region", "name"), [("eu-west-1", "aws"), ("cn-north-1", "aws-cn"), ("us-gov-east-1", "aws-us-gov")]
)
def test_arns_are_of_the_regions_partition(region: str, name: str) -> None:
    assert names.function_arn("f", "1", region) == f"arn:{name}:lambda:{region}:1:function:f:live"


def test_a_prefix_is_part_of_where_derivatives_are_served() -> None:
    place = names.place("s3://photos/made/here/")
    assert (place.prefix, place.url) == ("made/here/", "s3://photos/made/here")
    assert names.website_url(place, "eu-central-1") == "http://photos.s3-website.eu-central-1.amazonaws.com/made/here"


@pytest.mark.parametrize("url", [".", "/photos", "gs://photos", "memory://", "s3://"])
def test_only_a_bucket_of_s3_can_be_attached_to(url: str) -> None:
    with pytest.raises(BadSettings, match="to be a bucket of S3"):
        names.place(url)


def test_a_stack_is_called_for_the_bucket_within_what_lambda_takes() -> None:
    assert names.stack_name(Settings(source="s3://my.photos")) == "firstsight-my-photos"
    long = [names.stack_name(Settings(source=f"s3://{'p' * 62}{end}")) for end in "ab"]
    assert [len(name) for name in long] == [64, 64]
    assert len(set(long)) == 2
