"""The KMS key of a bucket is named as IAM and GetKeyPolicy take it: by the ARN of the key, never by an alias."""

from typing import Any

import boto3
import pytest

from firstsight.aws.cloud import Cloud
from firstsight.aws.facts import Bucket
from tests import servers

REGION = "us-east-1"


@pytest.fixture
def key(cloud: Cloud) -> str:
    """A key of the account's that is called alias/photos; its ARN."""
    kms: Any = boto3.client("kms", region_name=REGION)
    made = kms.create_key()["KeyMetadata"]
    called = {one["AliasName"] for one in kms.list_aliases()["Aliases"]}
    if "alias/photos" in called:
        kms.delete_alias(AliasName="alias/photos")
    kms.create_alias(AliasName="alias/photos", TargetKeyId=made["KeyId"])
    return str(made["Arn"])


def encrypted(cloud: Cloud, server: str, name: str, key: str) -> Bucket:
    """A bucket whose default encryption names a key so."""
    servers.make_bucket(server, name)
    default = {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": key}
    cloud.client("s3").put_bucket_encryption(
        Bucket=name,
        ServerSideEncryptionConfiguration={"Rules": [{"ApplyServerSideEncryptionByDefault": default}]},
    )
    return Bucket(name, exists=True, encryption=cloud.encryption(name))


@pytest.mark.parametrize("written", ["{arn}", "{id}", "alias/photos", "{base}:alias/photos"])
def test_a_key_is_named_by_its_own_arn_however_the_bucket_names_it(
    cloud: Cloud, s3_server: str, key: str, written: str
) -> None:
    base, _, identifier = key.rpartition(":key/")
    name = f"encrypted-{len(written)}"
    found = encrypted(cloud, s3_server, name, written.format(arn=key, id=identifier, base=base))
    assert found.kms_key in (key, identifier)


def test_a_key_that_cannot_be_looked_up_is_unknown(cloud: Cloud, s3_server: str) -> None:
    found = encrypted(cloud, s3_server, "encrypted-by-nobody", "alias/nobody")
    assert found.encryption.unknown == "DescribeKey: NotFoundException"


def test_s3s_own_key_is_told_from_a_key_of_the_teams(cloud: Cloud, s3_server: str) -> None:
    assert encrypted(cloud, s3_server, "encrypted-by-s3", "alias/aws/s3").kms_key == "aws/s3"
