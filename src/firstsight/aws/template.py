"""
The CloudFormation template: what is new, and can be replaced. Pure.

The logical ids never change, for CloudFormation would make what has another id anew: the function with its URL, the API
with its address. What a team owned before is not in here.
"""

import json
from collections.abc import Mapping
from typing import Any

from firstsight.aws import backfill, fronts, invalidation, news, secrets, watch
from firstsight.aws.desired_stack import DesiredStack
from firstsight.aws.names import LIVE, NEXT, Place
from firstsight.http import digest

Resource = Mapping[str, Any]

RUNTIME, HANDLER = "python3.13", "firstsight.runtimes.lambda_function.handler"
#: The variable that tells the function where to send what cannot be made.
DEAD_LETTERS = "FIRSTSIGHT_AWS_DEAD_LETTERS"
#: Days for which the log is kept.
LOG_DAYS = 30
#: The most bytes of a template that is sent along (CloudFormation quotas).
MOST_BYTES = 51_200
#: The id of the statement that lets the function use the keys of the buckets.
USE_KEYS = "UseKeys"


def build(stack: DesiredStack) -> dict[str, Any]:
    """Give the template."""
    resources: dict[str, Resource] = {
        "Logs": {
            "Type": "AWS::Logs::LogGroup",
            "Properties": {"LogGroupName": f"/aws/lambda/{stack.name}", "RetentionInDays": LOG_DAYS},
        },
        "Role": _role(stack),
        "Function": _function(stack),
        "FirstVersion": _version("FirstVersion"),
        **_aliases(stack),
        **news.resources(stack),
        **fronts.resources(stack),
        **invalidation.resources(stack),
        **watch.resources(stack),
        **backfill.resources(stack),
    }
    return {
        "AWSTemplateFormatVersion": "2010-09-09",
        "Description": "Firstsight makes each size of an image the first time somebody asks for it.",
        "Resources": resources,
        "Outputs": {
            "Fingerprint": {"Value": fingerprint(stack)},
            **{name: {"Value": value} for name, value in fronts.outputs(stack).items()},
        },
    }


def text(stack: DesiredStack) -> str:
    """Give the template as JSON."""
    return json.dumps(build(stack), indent=1)


def fingerprint(stack: DesiredStack) -> str:
    """Name what a version of the function is made from; the same for what behaves the same."""
    return digest(json.dumps(_properties(stack), sort_keys=True))


def description(stack: DesiredStack) -> str:
    """Give the description of the function, by which a version says what it was made from."""
    return f"Firstsight {fingerprint(stack)}"


def _properties(stack: DesiredStack) -> dict[str, Any]:
    bucket, key = stack.code
    variables = {**dict(sorted(stack.environment.items())), DEAD_LETTERS: {"Ref": "DeadLetters"}}
    return {
        "FunctionName": stack.name,
        "Runtime": RUNTIME,
        "Handler": HANDLER,
        "Architectures": [stack.architecture],
        "MemorySize": stack.memory,
        "Timeout": stack.timeout,
        "Code": {"S3Bucket": bucket, "S3Key": key},
        "Environment": {"Variables": variables},
    }


def _function(stack: DesiredStack) -> Resource:
    return {
        "Type": "AWS::Lambda::Function",
        "DependsOn": ["Logs"],
        "Properties": {
            **_properties(stack),
            "Description": description(stack),
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


def _aliases(stack: DesiredStack) -> dict[str, Resource]:
    """
    Give the aliases, which are made here and moved by deploy and rollback.

    CloudFormation does not touch what its template says the same of as before, so nothing here may ever change.
    """
    version, extra = "FirstVersion", {}
    if stack.follow:
        version = f"Version{fingerprint(stack)}"
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


def _role(stack: DesiredStack) -> Resource:
    assume = {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}
    return {
        "Type": "AWS::IAM::Role",
        "Properties": {
            "AssumeRolePolicyDocument": {"Version": "2012-10-17", "Statement": [assume]},
            "Policies": [
                {
                    "PolicyName": "firstsight",
                    "PolicyDocument": {"Version": "2012-10-17", "Statement": grants(stack)},
                }
            ],
        },
    }


def grants(stack: DesiredStack) -> list[dict[str, Any]]:
    """Give what the function may do, as statements of IAM."""
    sources, derivatives = stack.sources, stack.derivatives
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
    if stack.kms:
        use = ["kms:Decrypt", "kms:GenerateDataKey"]
        statements.append({"Sid": USE_KEYS, "Effect": "Allow", "Action": use, "Resource": list(stack.kms)})
    statements += secrets.grants(stack.keys)
    statements += invalidation.grants(stack)
    statements += news.grants(stack)
    streams = "arn:${AWS::Partition}:logs:${AWS::Region}:${AWS::AccountId}:log-group:/aws/lambda/" + stack.name
    write = ["logs:CreateLogStream", "logs:PutLogEvents"]
    statements.append({"Sid": "WriteLogs", "Effect": "Allow", "Action": write, "Resource": {"Fn::Sub": f"{streams}:*"}})
    return statements


def _objects(place: Place) -> dict[str, str]:
    return {"Fn::Sub": f"arn:${{AWS::Partition}}:s3:::{place.bucket}/{place.prefix}*"}
