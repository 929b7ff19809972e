"""
How the function is told of changes in the bucket, and what becomes of events that it cannot handle. Pure.

| news comes                    | tried again                                | and then                             |
|-------------------------------|--------------------------------------------|--------------------------------------|
| from the bucket itself        | by Lambda, twice, within six hours         | goes to the dead-letter queue        |
| through a queue of the team's | by that queue, message by message          | as that queue's own settings say     |
| of a source that is no image  | never                                      | the function sends it there, at once |
"""

from collections.abc import Mapping
from typing import Any

from firstsight.aws.desired_stack import DesiredStack
from firstsight.aws.names import LIVE

Resource = Mapping[str, Any]

#: How often Lambda sends news again, and the seconds after which it gives them up (Lambda quotas: 2, and six hours).
RETRIES, MOST_SECONDS = 2, 21_600
#: Seconds for which the dead-letter queue keeps what is in it: 14 days, the most that SQS does.
KEPT_SECONDS = 1_209_600
#: Messages that the function is handed at once; few, because all of them have to be done before its timeout.
BATCH = 5


def dead_letters(stack: DesiredStack) -> str:
    """Give the name of the dead-letter queue."""
    return f"{stack.name}-failed"


def resources(stack: DesiredStack) -> dict[str, Resource]:
    """Give the dead-letter queue, and what hands the function its news."""
    found: dict[str, Resource] = {
        "DeadLetters": {
            "Type": "AWS::SQS::Queue",
            "Properties": {
                "QueueName": dead_letters(stack),
                "MessageRetentionPeriod": KEPT_SECONDS,
                "SqsManagedSseEnabled": True,
            },
        },
        "Retries": {
            "Type": "AWS::Lambda::EventInvokeConfig",
            "DependsOn": ["Live"],
            "Properties": {
                "FunctionName": {"Ref": "Function"},
                "Qualifier": LIVE,
                "MaximumRetryAttempts": RETRIES,
                "MaximumEventAgeInSeconds": MOST_SECONDS,
                "DestinationConfig": {"OnFailure": {"Destination": {"Fn::GetAtt": ["DeadLetters", "Arn"]}}},
            },
        },
    }
    if stack.notifications:
        found["SourcePermission"] = {
            "Type": "AWS::Lambda::Permission",
            "Properties": {
                "Action": "lambda:InvokeFunction",
                "FunctionName": {"Ref": "Live"},
                "Principal": "s3.amazonaws.com",
                "SourceAccount": {"Ref": "AWS::AccountId"},
                "SourceArn": {"Fn::Sub": f"arn:${{AWS::Partition}}:s3:::{stack.sources.bucket}"},
            },
        }
    if stack.events:
        found["News"] = {
            "Type": "AWS::Lambda::EventSourceMapping",
            "Properties": {
                "EventSourceArn": stack.events,
                "FunctionName": {"Ref": "Live"},
                "BatchSize": BATCH,
                "FunctionResponseTypes": ["ReportBatchItemFailures"],
            },
        }
    return found


def grants(stack: DesiredStack) -> list[dict[str, Any]]:
    """Give what the function may do with the queues."""
    arn = "arn:${AWS::Partition}:sqs:${AWS::Region}:${AWS::AccountId}:" + dead_letters(stack)
    statements: list[dict[str, Any]] = [
        {"Sid": "SendDeadLetters", "Effect": "Allow", "Action": ["sqs:SendMessage"], "Resource": {"Fn::Sub": arn}}
    ]
    if stack.events:
        receive = ["sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes"]
        statements.append({"Sid": "ReceiveNews", "Effect": "Allow", "Action": receive, "Resource": [stack.events]})
    return statements
