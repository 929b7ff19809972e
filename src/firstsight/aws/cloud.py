"""
One account of AWS in one region, reached through boto3.

Questions and orders that several parts share are methods here. A part with calls of its own takes a `client` and wraps
each call in `ask`, which gives a Fact instead of an error. An order that is refused raises AwsRefused.
"""

import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache, partial
from typing import Any

import boto3
import botocore.session
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError, NoCredentialsError

from firstsight.aws import handmade, s3_documents
from firstsight.aws.facts import Fact, Stack, Version
from firstsight.errors import FirstsightError


class AwsRefused(FirstsightError):
    """AWS does not do what it was asked."""

    code = "aws-refused"
    title = "Refused by AWS"
    remedy = "Check what these credentials may do; what has been done stays, and the same command goes on from there."


class NoAws(FirstsightError):
    """There are no credentials for AWS, or no way to it."""

    code = "no-aws"
    title = "No AWS"
    remedy = (
        "Set AWS_PROFILE, or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY; `aws sts get-caller-identity` tries them."
    )


#: A KMS key that is named by an alias of the account's, and not by one of AWS's own.
_ALIAS = re.compile(r"(?:^|:)alias/(?!aws/)")


@dataclass(frozen=True, slots=True)
class Progress:
    """One thing that happened to a resource of the stack."""

    resource: str
    status: str
    reason: str = ""


@cache
def _descriptions() -> Any:
    """Give what reads AWS's descriptions of its services, which are large, once for all regions that are asked."""
    return botocore.session.get_session().get_component("data_loader")


class Cloud:
    """One account in one region."""

    def __init__(self, region: str | None = None) -> None:
        core: Any = botocore.session.get_session()
        core.register_component("data_loader", _descriptions())
        self._session: Any = boto3.Session(botocore_session=core, region_name=region)
        self.region = region or self._session.region_name or "us-east-1"
        self._clients: dict[str, Any] = {}

    def client(self, service: str) -> Any:
        """Give boto3's client of a service."""
        if service not in self._clients:
            # a private AWS mostly has no S3 Control, and nothing depends on it that is worth waiting for
            tries = 1 if service == "s3control" else 3
            config = Config(
                retries={"mode": "standard", "total_max_attempts": tries}, connect_timeout=10, read_timeout=70
            )
            self._clients[service] = self._session.client(service, region_name=self.region, config=config)
        return self._clients[service]

    @property
    def credentials(self) -> Any:
        """Give the credentials, to sign with."""
        return self._session.get_credentials()

    # Who and where.

    def account(self) -> str:
        """Give the account's number."""
        return str(self._order(lambda: self.client("sts").get_caller_identity())["Account"])

    def bucket_region(self, bucket: str) -> str:
        """Give the region of a bucket, or nothing where there is no such bucket."""
        try:
            answer = self.client("s3").head_bucket(Bucket=bucket)
        except ClientError as error:
            if error.response["ResponseMetadata"]["HTTPStatusCode"] == 404:
                return ""
            answer = error.response
        except (BotoCoreError, ValueError) as error:
            raise _no_aws(error) from error
        headers = answer["ResponseMetadata"]["HTTPHeaders"]
        region = answer.get("BucketRegion") or headers.get("x-amz-bucket-region")
        if not region:
            raise AwsRefused(f"S3 does not say in which region the bucket '{bucket}' is.", log=str(answer)[:300])
        return str(region)

    # Buckets.

    def document(self, bucket: str, kind: str) -> Fact[Any]:
        """Read a document of a bucket."""
        calls = s3_documents.CALLS[kind]
        fact = self.ask(lambda: getattr(self.client("s3"), calls.get)(Bucket=bucket), calls.missing, "NoSuchBucket")
        return fact if fact.value is None else Fact(s3_documents.given(kind, fact.value))

    def put_document(self, bucket: str, kind: str, document: Any) -> None:
        """Replace a document of a bucket; None deletes it."""
        calls, s3 = s3_documents.CALLS[kind], self.client("s3")
        if document is None and calls.delete:
            self._order(lambda: getattr(s3, calls.delete)(Bucket=bucket))
        else:
            self._order(lambda: getattr(s3, calls.put)(Bucket=bucket, **s3_documents.taken(kind, document)))

    def encryption(self, bucket: str) -> Fact[Any]:
        """Read the rules of a bucket's default encryption, with each KMS key by its own name."""
        missing = "ServerSideEncryptionConfigurationNotFoundError"
        fact = self.ask(lambda: self.client("s3").get_bucket_encryption(Bucket=bucket), missing)
        if not fact.value:
            return fact
        rules = fact.value["ServerSideEncryptionConfiguration"]["Rules"]
        for default in (rule.get("ApplyServerSideEncryptionByDefault", {}) for rule in rules):
            # an alias is no key to IAM, nor to GetKeyPolicy (KMS developer guide, specifying KMS keys in IAM policies)
            if _ALIAS.search(named := str(default.get("KMSMasterKeyID", ""))):
                key = self.ask(partial(self.client("kms").describe_key, KeyId=named))
                if key.value is None:
                    return Fact(unknown=key.unknown)
                default["KMSMasterKeyID"] = key.value["KeyMetadata"]["Arn"]
        return Fact(rules)

    def ownership(self, bucket: str) -> Fact[str]:
        """Read who owns what is put into a bucket."""
        missing = "OwnershipControlsNotFoundError"
        fact = self.ask(lambda: self.client("s3").get_bucket_ownership_controls(Bucket=bucket), missing)
        return Fact(fact.value["OwnershipControls"]["Rules"][0]["ObjectOwnership"]) if fact.value else fact

    def versioning(self, bucket: str) -> Fact[str]:
        """Read whether a bucket keeps versions: Enabled, Suspended or, where it never has, None."""
        fact = self.ask(lambda: self.client("s3").get_bucket_versioning(Bucket=bucket))
        return Fact(fact.value.get("Status")) if fact.value else fact

    def account_block(self, account: str) -> Fact[Any]:
        """Read the account's own public access block."""
        missing = "NoSuchPublicAccessBlockConfiguration"
        fact = self.ask(lambda: self.client("s3control").get_public_access_block(AccountId=account), missing)
        return Fact(fact.value["PublicAccessBlockConfiguration"]) if fact.value else fact

    def some_keys(self, bucket: str, prefix: str, most: int = 1000) -> Fact[tuple[str, ...]]:
        """Read some keys below a prefix."""
        fact = self.ask(
            lambda: self.client("s3").list_objects_v2(Bucket=bucket, Prefix=prefix, MaxKeys=most), "NoSuchBucket"
        )
        return Fact(tuple(found["Key"] for found in fact.value.get("Contents", ()))) if fact.value else fact

    def make_bucket(self, bucket: str, *, private: bool = True) -> None:
        """Make a bucket of this account; one that is there already is no error. It is encrypted by default."""
        where = {} if self.region == "us-east-1" else {"CreateBucketConfiguration": {"LocationConstraint": self.region}}
        try:
            self.client("s3").create_bucket(Bucket=bucket, **where)
        except ClientError as error:
            if error.response["Error"]["Code"] != "BucketAlreadyOwnedByYou":
                raise _refused(error) from error
        except BotoCoreError as error:
            raise _no_aws(error) from error
        flags = ("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets")
        self.put_document(bucket, "block", {flag: private or "Acls" in flag for flag in flags})

    def keep_versions(self, bucket: str) -> None:
        """Make a bucket keep the versions of its objects."""
        s3 = self.client("s3")
        self._order(lambda: s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"}))

    def delete_bucket(self, bucket: str) -> bool:
        """Delete a bucket, if it is empty; the answer is whether it is gone."""
        try:
            self.client("s3").delete_bucket(Bucket=bucket)
        except ClientError as error:
            if error.response["Error"]["Code"] not in ("BucketNotEmpty", "NoSuchBucket"):
                raise _refused(error) from error
            return error.response["Error"]["Code"] == "NoSuchBucket"
        return True

    # Objects.

    def read(self, bucket: str, key: str, **named: str) -> Fact[bytes]:
        """Read an object."""
        fact = self.read_tagged(bucket, key, **named)
        return Fact(fact.value[0]) if fact.value else Fact(unknown=fact.unknown)

    def read_tagged(self, bucket: str, key: str, **named: str) -> Fact[tuple[bytes, str]]:
        """Read an object and its ETag."""
        get = partial(self.client("s3").get_object, Bucket=bucket, Key=key, **named)
        fact = self.ask(get, "NoSuchKey", "NoSuchBucket")
        return Fact((fact.value["Body"].read(), str(fact.value["ETag"]))) if fact.value else fact

    def has(self, bucket: str, key: str) -> Fact[bool]:
        """Read whether an object is there."""
        fact = self.ask(lambda: self.client("s3").head_object(Bucket=bucket, Key=key), "404", "NoSuchBucket")
        return Fact(fact.value is not None) if not fact.unknown else fact

    def write(self, bucket: str, key: str, data: bytes, **attributes: Any) -> str:
        """Put an object, and give its ETag."""
        put = partial(self.client("s3").put_object, Bucket=bucket, Key=key, Body=data, **attributes)
        return str(self._order(put)["ETag"])

    def delete(self, bucket: str, key: str) -> None:
        """Delete an object; one that is not there is no error."""
        self._order(lambda: self.client("s3").delete_object(Bucket=bucket, Key=key))

    def delete_below(self, bucket: str, prefix: str) -> None:
        """Delete all objects below a prefix, with all their versions."""
        s3 = self.client("s3")
        pages = s3.get_paginator("list_object_versions").paginate(Bucket=bucket, Prefix=prefix)
        for page in self._iterate(pages):
            found = [*page.get("Versions", ()), *page.get("DeleteMarkers", ())]
            for start in range(0, len(found), 1000):
                doomed = [{"Key": one["Key"], "VersionId": one["VersionId"]} for one in found[start : start + 1000]]
                self._order(partial(s3.delete_objects, Bucket=bucket, Delete={"Objects": doomed}))

    def keys(self, bucket: str, prefix: str) -> Iterator[str]:
        """List all keys below a prefix."""
        pages = self.client("s3").get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix)
        for page in self._iterate(pages):
            yield from (found["Key"] for found in page.get("Contents", ()))

    # The stack.

    def stack(self, name: str) -> Stack:
        """Read the stack and the template it was made from."""
        cloudformation = self.client("cloudformation")
        fact = self.ask(lambda: cloudformation.describe_stacks(StackName=name), "ValidationError")
        if fact.value is None:
            return Stack(status=Fact(unknown=fact.unknown))
        found = fact.value["Stacks"][0]
        if found["StackStatus"] == "DELETE_COMPLETE":
            return Stack()
        template = self.ask(lambda: cloudformation.get_template(StackName=name, TemplateStage="Original"))
        body = template.value.get("TemplateBody") if template.value else None
        return Stack(
            status=Fact(found["StackStatus"]),
            template=Fact(json.loads(body) if isinstance(body, str) else body, template.unknown),
            outputs={output["OutputKey"]: output["OutputValue"] for output in found.get("Outputs", ())},
            reason=found.get("StackStatusReason", ""),
        )

    def propose(self, name: str, template: str, *, create: bool, change_set: str) -> bool:
        """
        Make a change set and wait until it is ready; the answer is whether it has any changes.

        One of that name that a deploy left behind is replaced.
        """
        cloudformation = self.client("cloudformation")
        self.ask(lambda: cloudformation.delete_change_set(StackName=name, ChangeSetName=change_set))
        self._order(
            lambda: cloudformation.create_change_set(
                StackName=name,
                ChangeSetName=change_set,
                ChangeSetType="CREATE" if create else "UPDATE",
                TemplateBody=template,
                Capabilities=["CAPABILITY_IAM"],
                Tags=[{"Key": "firstsight", "Value": name}],
            )
        )
        waiter = cloudformation.get_waiter("change_set_create_complete")
        try:
            waiter.wait(StackName=name, ChangeSetName=change_set, WaiterConfig={"Delay": 1, "MaxAttempts": 300})
        except BotoCoreError as error:
            found = self._order(lambda: cloudformation.describe_change_set(StackName=name, ChangeSetName=change_set))
            reason = found.get("StatusReason", "")
            if "didn't contain changes" in reason or "No updates" in reason:
                self.ask(lambda: cloudformation.delete_change_set(StackName=name, ChangeSetName=change_set))
                return False
            raise AwsRefused(f"CloudFormation does not take the template: {reason or error}") from error
        return True

    def execute(self, name: str, change_set: str) -> None:
        """Start applying a change set."""
        cloudformation = self.client("cloudformation")
        self._order(lambda: cloudformation.execute_change_set(StackName=name, ChangeSetName=change_set))

    def delete_stack(self, name: str) -> None:
        """Start deleting the stack."""
        self._order(lambda: self.client("cloudformation").delete_stack(StackName=name))

    def events(self, name: str) -> list[tuple[str, Progress]]:
        """Read what happened to the resources of the stack, the oldest first, each with an id."""
        fact = self.ask(lambda: self.client("cloudformation").describe_stack_events(StackName=name))
        found = fact.value["StackEvents"] if fact.value else []
        return [
            (
                event["EventId"],
                Progress(event["LogicalResourceId"], event["ResourceStatus"], event.get("ResourceStatusReason", "")),
            )
            for event in reversed(found)
        ]

    # The function.

    def version(self, name: str, alias: str) -> Fact[Version]:
        """Read the version that an alias of the function points to."""
        client = self.client("lambda")
        missing = "ResourceNotFoundException"
        pointed = self.ask(lambda: client.get_alias(FunctionName=name, Name=alias), missing)
        if pointed.value is None:
            return Fact(unknown=pointed.unknown)
        number = pointed.value["FunctionVersion"]
        fact = self.ask(lambda: client.get_function_configuration(FunctionName=name, Qualifier=number), missing)
        if fact.value is None:
            return Fact(unknown=fact.unknown)
        found = fact.value
        return Fact(Version(found["Version"], found.get("Description", ""), found.get("LastModified", "")))

    def settle(self, name: str) -> None:
        """Wait until the last change of the function has been made."""
        waiter = self.client("lambda").get_waiter("function_updated_v2")
        self._order(lambda: waiter.wait(FunctionName=name, WaiterConfig={"Delay": 1, "MaxAttempts": 300}))

    def restore(self, name: str, properties: Mapping[str, Any]) -> None:
        """Bring the function back to the properties that the stack gave it, where somebody has changed it by hand."""
        client = self.client("lambda")
        found = self._order(lambda: client.get_function_configuration(FunctionName=name))
        for order, changes in handmade.undone(properties, found):
            self._order(partial(getattr(client, order), FunctionName=name, **changes))
            self.settle(name)

    def publish(self, name: str, description: str) -> str:
        """Publish a version of the function as it is; the same as before where nothing has changed since."""
        client = self.client("lambda")
        return str(self._order(lambda: client.publish_version(FunctionName=name, Description=description))["Version"])

    def move(self, name: str, alias: str, version: str) -> None:
        """Point an alias of the function to a version."""
        client = self.client("lambda")
        self._order(lambda: client.update_alias(FunctionName=name, Name=alias, FunctionVersion=version))

    def log_lines(self, group: str, since: int, pattern: str) -> Iterator[tuple[str, int, str]]:
        """Give the lines of the log since a time (milliseconds): an id, a time, and the text."""
        pages = (
            self.client("logs")
            .get_paginator("filter_log_events")
            .paginate(logGroupName=group, startTime=since, **({"filterPattern": pattern} if pattern else {}))
        )
        try:
            for page in pages:
                yield from ((line["eventId"], line["timestamp"], line["message"]) for line in page.get("events", ()))
        except ClientError as error:
            if error.response["Error"]["Code"] != "ResourceNotFoundException":
                raise _refused(error) from error

    # How refusals are read.

    def ask(self, call: Callable[[], Any], *missing: str) -> Fact[Any]:
        """Give the answer to a question, None for an error that says it is not there, or why it is unknown."""
        try:
            return Fact(call())
        except ClientError as error:
            code = error.response["Error"]["Code"]
            if code in missing:
                return Fact(None)
            return Fact(unknown=f"{error.operation_name}: {code}")
        except NoCredentialsError as error:
            raise _no_aws(error) from error
        except BotoCoreError as error:
            return Fact(unknown=str(error))

    def _order(self, call: Callable[[], Any]) -> Any:
        try:
            return call()
        except ClientError as error:
            raise _refused(error) from error
        except BotoCoreError as error:
            raise _no_aws(error) from error

    def _iterate(self, pages: Any) -> Iterator[Any]:
        iterator = iter(pages)
        while (page := self._order(lambda: next(iterator, None))) is not None:
            yield page


def _refused(error: ClientError) -> AwsRefused:
    found = error.response["Error"]
    return AwsRefused(f"AWS refuses {error.operation_name}: {found.get('Message') or found['Code']}", log=found["Code"])


def _no_aws(error: Exception) -> FirstsightError:
    return NoAws("AWS cannot be reached, or not with these credentials.", log=f"{type(error).__name__}: {error}")
