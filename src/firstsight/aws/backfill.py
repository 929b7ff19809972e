"""
The state machine of a backfill: Step Functions' Distributed Map over the bucket's listing. Pure.

    {"prefix", "presets", "concurrency"}
      -> list the bucket below the prefix, in batches
      -> of each batch a workflow of its own: ask the function until nothing is left of the batch
      -> write what each has answered into the bucket for bundles

What goes wrong with an image is part of the function's answer and stops nothing. A workflow fails only if the function
does, and all of it only if many do.
"""

import json
from collections.abc import Mapping
from typing import Any

from firstsight.aws.desired_stack import DesiredStack
from firstsight.aws.names import Place

#: Objects of the listing in a batch. What the function has no time for is asked for again, so it may be any number.
BATCH = 20
#: The percentage of objects whose workflow may fail before all is given up.
TOLERATED = 10
#: Of errors that pass: how often a batch is asked for again, the seconds before the first time, and what they grow by.
_RETRY = {"MaxAttempts": 5, "IntervalSeconds": 2, "BackoffRate": 2, "JitterStrategy": "FULL"}
_PASSING = ("Lambda.TooManyRequestsException", "Lambda.ServiceException", "Lambda.AWSLambdaException")
#: A function that is killed has kept what it has made by then.
_KILLED = {"ErrorEquals": ["Lambda.SdkClientException", "Sandbox.Timedout", "Lambda.Unknown"], "MaxAttempts": 2}


def machine_name(name: str) -> str:
    """Give what the state machine of a stack is called."""
    return f"{name}-backfill"


def definition(
    sources: Place, results: Place, function: str, *, partition: str = "aws", reduced: bool = False
) -> dict[str, Any]:
    """
    Give the state machine in Amazon's States Language.

    `function` is the ARN that is asked. A `reduced` one hands each object on by itself, tolerates no failure and has
    workflows of the standard kind: what imitates Step Functions knows no more.
    """
    if reduced:
        one = {"BatchInput": {"presets.$": "$.presets"}, "Items.$": "States.Array($$.Map.Item.Value)"}
        handed_on: Mapping[str, Any] = {"ItemSelector": one}
    else:
        handed_on = {
            "ItemBatcher": {"MaxItemsPerBatch": BATCH, "BatchInput": {"presets.$": "$.presets"}},
            "ToleratedFailurePercentage": TOLERATED,
        }
    service = f"arn:{partition}:states:::"
    return {
        "Comment": "Makes presets of all sources that are there already.",
        "StartAt": "Sources",
        "States": {
            "Sources": {
                "Type": "Map",
                "ItemReader": {
                    "Resource": f"{service}s3:listObjectsV2",
                    "Parameters": {"Bucket": sources.bucket, "Prefix.$": "$.prefix"},
                },
                **handed_on,
                "MaxConcurrencyPath": "$.concurrency",
                "ItemProcessor": {
                    "ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD" if reduced else "EXPRESS"},
                    **_batch(service, function),
                },
                "ResultWriter": {
                    "Resource": f"{service}s3:putObject",
                    "Parameters": {"Bucket": results.bucket, "Prefix": results.prefix},
                },
                "End": True,
            }
        },
    }


def _batch(service: str, function: str) -> dict[str, Any]:
    """Ask the function, whose answer is the next question, until nothing is left."""
    return {
        "StartAt": "Make",
        "States": {
            "Make": {
                "Type": "Task",
                "Resource": f"{service}lambda:invoke",
                "Parameters": {"FunctionName": function, "Payload.$": "$"},
                "OutputPath": "$.Payload",
                "Retry": [{"ErrorEquals": list(_PASSING), **_RETRY}, _KILLED],
                "Next": "Left",
            },
            "Left": {
                "Type": "Choice",
                "Choices": [{"Variable": "$.Items[0]", "IsPresent": True, "Next": "Make"}],
                "Default": "Done",
            },
            "Done": {"Type": "Succeed"},
        },
    }


def results_of(stack: DesiredStack) -> Place:
    """Give where the results are, each run's in a folder of its own."""
    return Place(stack.code[0], f"{stack.name}/backfill")


def resources(stack: DesiredStack) -> dict[str, Any]:
    """Give the state machine and its role, where the settings ask for them."""
    if not stack.backfill:
        return {}
    stated = definition(stack.sources, results_of(stack), "${Live}", partition="${AWS::Partition}")
    assume = {"Effect": "Allow", "Principal": {"Service": "states.amazonaws.com"}, "Action": "sts:AssumeRole"}
    return {
        "Backfill": {
            "Type": "AWS::StepFunctions::StateMachine",
            "Properties": {
                "StateMachineName": machine_name(stack.name),
                "RoleArn": {"Fn::GetAtt": ["BackfillRole", "Arn"]},
                "DefinitionString": {"Fn::Sub": json.dumps(stated)},
            },
        },
        "BackfillRole": {
            "Type": "AWS::IAM::Role",
            "Properties": {
                "AssumeRolePolicyDocument": {"Version": "2012-10-17", "Statement": [assume]},
                "Policies": [
                    {
                        "PolicyName": "firstsight-backfill",
                        "PolicyDocument": {"Version": "2012-10-17", "Statement": grants(stack)},
                    }
                ],
            },
        },
    }


def grants(stack: DesiredStack) -> list[dict[str, Any]]:
    """Give what the state machine may do (Step Functions developer guide, IAM policies for Distributed Map states)."""
    states = "arn:${AWS::Partition}:states:${AWS::Region}:${AWS::AccountId}:"
    s3 = "arn:${AWS::Partition}:s3:::"
    machine, results = machine_name(stack.name), results_of(stack)
    place, prefix = stack.sources, stack.sources.prefix
    only = {"Condition": {"StringLike": {"s3:prefix": [f"{prefix}*"]}}} if prefix else {}
    allowed: tuple[tuple[str, list[str], list[dict[str, str]], dict[str, Any]], ...] = (
        ("AskTheFunction", ["lambda:InvokeFunction"], [{"Ref": "Live"}], {}),
        ("ListSources", ["s3:ListBucket"], [{"Fn::Sub": f"{s3}{place.bucket}"}], only),
        ("StartBatches", ["states:StartExecution"], [{"Fn::Sub": f"{states}stateMachine:{machine}"}], {}),
        (
            "FollowBatches",
            ["states:DescribeExecution", "states:StopExecution"],
            [{"Fn::Sub": f"{states}execution:{machine}:*"}, {"Fn::Sub": f"{states}execution:{machine}/*"}],
            {},
        ),
        (
            "WriteResults",
            ["s3:PutObject", "s3:GetObject", "s3:ListMultipartUploadParts", "s3:AbortMultipartUpload"],
            [{"Fn::Sub": f"{s3}{results.bucket}/{results.prefix}/*"}],
            {},
        ),
    )
    return [
        {"Sid": sid, "Effect": "Allow", "Action": actions, "Resource": found, **condition}
        for sid, actions, found, condition in allowed
    ]
