"""
The CloudFormation template: what is new, and can be replaced. Pure.

The logical ids never change, for CloudFormation would make what has another id anew: the function with its URL, the API
with its address. What a team owned before is not in here.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from firstsight.aws import backfill, fronts, invalidation, news, secrets, watch
from firstsight.aws.names import LIVE, NEXT, Place
from firstsight.http import digest
from firstsight.settings import Front, Topology

Resource = Mapping[str, Any]

RUNTIME, HANDLER = "python3.13", "firstsight.runtimes.lambda_function.handler"
#: The variable that tells the function where to send what cannot be made.
DEAD_LETTERS = "FIRSTSIGHT_AWS_DEAD_LETTERS"
#: Days for which the log is kept.
LOG_DAYS = 30
#: The most bytes of a template that is sent along (CloudFormation quotas).
MOST_BYTES = 51_200


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the settings ask for, as far as the stack is concerned. `code` is the bundle's bucket and key."""

    name: str
    topology: Topology
    front: Front
    public: bool
    architecture: str
    memory: int
    timeout: int
    environment: Mapping[str, str]
    code: tuple[str, str]
    sources: Place
    derivatives: Place
    #: KMS keys, by ARN, that the buckets are encrypted with.
    kms: tuple[str, ...]
    #: Whether S3 tells the function about changed sources.
    notifications: bool
    #: The edge function's JavaScript, in topology cdn.
    edge: str
    #: Whether the alias follows the code by itself, for a pipeline that has nobody to move it.
    follow: bool = False
    #: Where the signing keys are kept, as the settings refer to it.
    keys: str = ""
    #: The Access-Control-Allow-Origin of what S3 has stored, in topology cdn.
    cors: str = ""
    #: Whether there is a state machine that makes presets of all sources.
    backfill: bool = False
    #: The distribution that is told of deleted derivatives, or where its id is kept.
    distribution: str = ""
    #: A queue of the team's, by its ARN, that tells of changed sources.
    events: str = ""


def build(wanted: Wanted) -> dict[str, Any]:
    """Give the template."""
    resources: dict[str, Resource] = {
        "Logs": {
            "Type": "AWS::Logs::LogGroup",
            "Properties": {"LogGroupName": f"/aws/lambda/{wanted.name}", "RetentionInDays": LOG_DAYS},
        },
        "Role": _role(wanted),
        "Function": _function(wanted),
        "FirstVersion": _version("FirstVersion"),
        **_aliases(wanted),
        **news.resources(wanted),
        **fronts.resources(wanted),
        **invalidation.resources(wanted),
        **watch.resources(wanted),
        **backfill.resources(wanted),
    }
    return {
        "AWSTemplateFormatVersion": "2010-09-09",
        "Description": "Firstsight makes each size of an image the first time somebody asks for it.",
        "Resources": resources,
        "Outputs": {
            "Fingerprint": {"Value": fingerprint(wanted)},
            **{name: {"Value": value} for name, value in fronts.outputs(wanted).items()},
        },
    }


def text(wanted: Wanted) -> str:
    """Give the template as JSON."""
    return json.dumps(build(wanted), indent=1)


def fingerprint(wanted: Wanted) -> str:
    """Name what a version of the function is made from; the same for what behaves the same."""
    return digest(json.dumps(_properties(wanted), sort_keys=True))


def description(wanted: Wanted) -> str:
    """Give the description of the function, by which a version says what it was made from."""
    return f"Firstsight {fingerprint(wanted)}"


def _properties(wanted: Wanted) -> dict[str, Any]:
    bucket, key = wanted.code
    variables = {**dict(sorted(wanted.environment.items())), DEAD_LETTERS: {"Ref": "DeadLetters"}}
    return {
        "FunctionName": wanted.name,
        "Runtime": RUNTIME,
        "Handler": HANDLER,
        "Architectures": [wanted.architecture],
        "MemorySize": wanted.memory,
        "Timeout": wanted.timeout,
        "Code": {"S3Bucket": bucket, "S3Key": key},
        "Environment": {"Variables": variables},
    }


def _function(wanted: Wanted) -> Resource:
    return {
        "Type": "AWS::Lambda::Function",
        "DependsOn": ["Logs"],
        "Properties": {
            **_properties(wanted),
            "Description": description(wanted),
            "Role": {"Fn::GetAtt": ["Role", "Arn"]},
        },
    }


def _version(logical: str) -> Resource:
    return {
        "Type": "AWS::Lambda::Version",
        # a version that the stack no longer names is what a rollback goes back to
        "DeletionPolicy": "Retain",
        "UpdateReplacePolicy": "Retain",
        "Properties": {"FunctionName": {"Ref": "Function"}},
    }


def _aliases(wanted: Wanted) -> dict[str, Resource]:
    """
    Give the aliases, which are made here and moved by deploy and rollback.

    CloudFormation does not touch what its template says the same of as before, so nothing here may ever change.
    """
    version, extra = "FirstVersion", {}
    if wanted.follow:
        version = f"Version{fingerprint(wanted)}"
        extra = {version: _version(version)}
    return extra | {
        logical: {
            "Type": "AWS::Lambda::Alias",
            "Properties": {
                "FunctionName": {"Ref": "Function"},
                "Name": alias,
                "FunctionVersion": {"Fn::GetAtt": [version, "Version"]},
            },
        }
        for logical, alias in (("Live", LIVE), ("Next", NEXT))
    }


def _role(wanted: Wanted) -> Resource:
    assume = {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}
    return {
        "Type": "AWS::IAM::Role",
        "Properties": {
            "AssumeRolePolicyDocument": {"Version": "2012-10-17", "Statement": [assume]},
            "Policies": [
                {
                    "PolicyName": "firstsight",
                    "PolicyDocument": {"Version": "2012-10-17", "Statement": grants(wanted)},
                }
            ],
        },
    }


def grants(wanted: Wanted) -> list[dict[str, Any]]:
    """Give what the function may do, as statements of IAM."""
    sources, derivatives = wanted.sources, wanted.derivatives
    places = list(dict.fromkeys((sources, derivatives)))
    statements: list[dict[str, Any]] = [
        {"Sid": "ReadSources", "Effect": "Allow", "Action": ["s3:GetObject"], "Resource": _objects(sources)},
        {
            "Sid": "KeepDerivatives",
            "Effect": "Allow",
            "Action": ["s3:GetObject", "s3:PutObject", "s3:DeleteObject"],
            "Resource": _objects(derivatives),
        },
    ]
    for place in places:
        scope = {"Condition": {"StringLike": {"s3:prefix": [f"{place.prefix}*"]}}} if place.prefix else {}
        statements.append(
            {
                "Sid": f"List{places.index(place)}",
                "Effect": "Allow",
                "Action": ["s3:ListBucket"],
                "Resource": {"Fn::Sub": f"arn:${{AWS::Partition}}:s3:::{place.bucket}"},
                **scope,
            }
        )
    if wanted.kms:
        use = ["kms:Decrypt", "kms:GenerateDataKey"]
        statements.append({"Sid": "UseKeys", "Effect": "Allow", "Action": use, "Resource": list(wanted.kms)})
    statements += secrets.grants(wanted.keys)
    statements += invalidation.grants(wanted)
    statements += news.grants(wanted)
    streams = "arn:${AWS::Partition}:logs:${AWS::Region}:${AWS::AccountId}:log-group:/aws/lambda/" + wanted.name
    write = ["logs:CreateLogStream", "logs:PutLogEvents"]
    statements.append({"Sid": "WriteLogs", "Effect": "Allow", "Action": write, "Resource": {"Fn::Sub": f"{streams}:*"}})
    return statements


def _objects(place: Place) -> dict[str, str]:
    return {"Fn::Sub": f"arn:${{AWS::Partition}}:s3:::{place.bucket}/{place.prefix}*"}
