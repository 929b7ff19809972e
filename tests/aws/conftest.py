"""What tests of AWS share: moto's S3, and the private AWS that some deploy into, with a bucket that a team has used."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NoReturn

import pytest

from firstsight.aws.cloud import Cloud
from firstsight.http import digest
from tests.aws.team import SETTINGS, Project
from tests.cloudlab import lab as labs
from tests.cloudlab.lab import REGION, Lab


@pytest.fixture
def cloud(s3_server: str, monkeypatch: pytest.MonkeyPatch) -> Cloud:
    """An account on moto, by the real clients."""
    for name, value in {
        "AWS_ENDPOINT_URL": s3_server,
        "AWS_ACCESS_KEY_ID": "testing",
        "AWS_SECRET_ACCESS_KEY": "testing",
    }.items():
        monkeypatch.setenv(name, value)
    return Cloud("us-east-1")


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory, require: Callable[[str], NoReturn]) -> Iterator[Lab]:
    """A private AWS."""
    if why := labs.missing():
        require(why)
    with labs.running(tmp_path_factory.mktemp("lab")) as running:
        yield running


@pytest.fixture
def project(tmp_path: Path, lab: Lab, photos: Path, request: pytest.FixtureRequest) -> Callable[..., Project]:
    """`project("website")` is one for a bucket that has a source, and a rule, a statement and a notification."""

    def make(topology: str, aws: str = "") -> Project:
        bucket = f"team-{digest(request.node.name)[:8]}"
        (tmp_path / "firstsight.toml").write_text(SETTINGS.format(bucket=bucket, topology=topology, aws=aws))
        s3, queue = lab.client("s3"), lab.client("sqs")
        s3.create_bucket(Bucket=bucket, CreateBucketConfiguration={"LocationConstraint": REGION})
        s3.put_public_access_block(
            Bucket=bucket, PublicAccessBlockConfiguration={"BlockPublicAcls": True, "BlockPublicPolicy": False}
        )
        s3.put_bucket_website(
            Bucket=bucket,
            WebsiteConfiguration={
                "IndexDocument": {"Suffix": "home.html"},
                "ErrorDocument": {"Key": "oops.html"},
                "RoutingRules": [
                    {"Condition": {"KeyPrefixEquals": "old/"}, "Redirect": {"ReplaceKeyPrefixWith": "new/"}}
                ],
            },
        )
        statement = {
            "Effect": "Allow",
            "Principal": {"AWS": f"arn:aws:iam::{labs.ACCOUNT}:root"},
            "Action": ["s3:PutObject"],
            "Resource": f"arn:aws:s3:::{bucket}/uploads/*",
        }
        policy = json.dumps({"Version": "2012-10-17", "Statement": statement}, indent=3)  # as a person writes it
        s3.put_bucket_policy(Bucket=bucket, Policy=policy)
        queue.create_queue(QueueName=bucket)
        arn = f"arn:aws:sqs:{REGION}:{labs.ACCOUNT}:{bucket}"
        theirs = {"Id": "theirs", "QueueArn": arn, "Events": ["s3:ObjectRestore:Completed"]}
        s3.put_bucket_notification_configuration(
            Bucket=bucket, NotificationConfiguration={"QueueConfigurations": [theirs]}
        )
        s3.put_object(Bucket=bucket, Key="photos/a cat.png", Body=(photos / "chelsea.png").read_bytes())
        return Project(tmp_path, lab, bucket)

    return make
