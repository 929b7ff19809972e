"""What watches the function in the stack: alarms, and a dashboard of its metrics. Pure."""

import json
from collections.abc import Mapping
from typing import Any

from firstsight.aws.desired_stack import DesiredStack
from firstsight.aws.news import dead_letters
from firstsight.runtimes.metrics import NAMESPACE, STAGES
from firstsight.settings import Topology

Resource = Mapping[str, Any]

#: The part of the timeout that the slowest requests may take before there is an alarm.
NEAR_THE_TIMEOUT = 0.8
#: Answers from the store within an hour that are too many, if they are also more than were made.
MOST_STORED = 100


def resources(stack: DesiredStack) -> dict[str, Resource]:
    """Give the alarms and the dashboard."""
    found = {
        "ErrorsAlarm": _alarm(stack, "Errors", 1, "The function fails: firstsight logs --errors.", Statistic="Sum"),
        "ThrottlesAlarm": _alarm(stack, "Throttles", 1, "Lambda runs no more of the function.", Statistic="Sum"),
        "DurationAlarm": _alarm(
            stack,
            "Duration",
            int(stack.timeout * 1000 * NEAR_THE_TIMEOUT),
            "One request in twenty comes near the timeout.",
            ExtendedStatistic="p95",
        ),
        "DeadLettersAlarm": _dead_letters(stack),
        "Dashboard": {
            "Type": "AWS::CloudWatch::Dashboard",
            "Properties": {"DashboardName": stack.name, "DashboardBody": {"Fn::Sub": json.dumps(_dashboard(stack))}},
        },
    }
    if stack.topology is not Topology.DIRECT:
        found["NothingStoredAlarm"] = _nothing_stored(stack)
    return found


def _alarm(stack: DesiredStack, metric: str, threshold: int, told: str, **statistic: str) -> Resource:
    return {
        "Type": "AWS::CloudWatch::Alarm",
        "Properties": {
            "AlarmName": f"{stack.name}-{metric.lower()}",
            "AlarmDescription": told,
            "Namespace": "AWS/Lambda",
            "MetricName": metric,
            "Dimensions": [{"Name": "FunctionName", "Value": {"Ref": "Function"}}],
            "Period": 300,
            "EvaluationPeriods": 1,
            "ComparisonOperator": "GreaterThanOrEqualToThreshold",
            "Threshold": threshold,
            "TreatMissingData": "notBreaching",
            **statistic,
        },
    }


def _dead_letters(stack: DesiredStack) -> Resource:
    return {
        "Type": "AWS::CloudWatch::Alarm",
        "Properties": {
            "AlarmName": f"{stack.name}-dead-letters",
            "AlarmDescription": f"News of changes could not be followed: look into the queue {dead_letters(stack)}.",
            "Namespace": "AWS/SQS",
            "MetricName": "ApproximateNumberOfMessagesVisible",
            "Dimensions": [{"Name": "QueueName", "Value": {"Fn::GetAtt": ["DeadLetters", "QueueName"]}}],
            "Statistic": "Maximum",
            "Period": 300,
            "EvaluationPeriods": 1,
            "ComparisonOperator": "GreaterThanOrEqualToThreshold",
            "Threshold": 1,
            "TreatMissingData": "notBreaching",
        },
    }


def _nothing_stored(stack: DesiredStack) -> Resource:
    """Give the alarm for S3 never answering: then the function is asked for what it has kept long ago."""

    def count(name: str) -> dict[str, Any]:
        dimensions = [{"Name": "function", "Value": {"Ref": "Function"}}]
        metric = {"Namespace": NAMESPACE, "MetricName": name.capitalize(), "Dimensions": dimensions}
        return {"Id": name, "ReturnData": False, "MetricStat": {"Metric": metric, "Period": 3600, "Stat": "Sum"}}

    return {
        "Type": "AWS::CloudWatch::Alarm",
        "Properties": {
            "AlarmName": f"{stack.name}-nothing-stored",
            "AlarmDescription": "The function is asked for derivatives that S3 has, so nothing is ever answered by S3.",
            "Metrics": [
                {
                    "Id": "unanswered",
                    "Expression": f"IF(stored > {MOST_STORED} AND stored > FILL(made, 0), 1, 0)",
                    "ReturnData": True,
                },
                count("stored"),
                count("made"),
            ],
            "EvaluationPeriods": 1,
            "ComparisonOperator": "GreaterThanOrEqualToThreshold",
            "Threshold": 1,
            "TreatMissingData": "notBreaching",
        },
    }


def _dashboard(stack: DesiredStack) -> dict[str, Any]:
    def of_lambda(name: str, **options: Any) -> list[Any]:
        return ["AWS/Lambda", name, "FunctionName", stack.name, options]

    def ours(name: str, **options: Any) -> list[Any]:
        return [NAMESPACE, name, "function", stack.name, options]

    graphs = (
        ("Invocations", "Sum", [of_lambda(name) for name in ("Invocations", "Errors", "Throttles")]),
        ("Duration, ms", "p95", [of_lambda("Duration", stat=stat) for stat in ("p50", "p95", "Maximum")]),
        ("Made, and answered from the store", "Sum", [ours("Made"), ours("Stored"), ours("NotKept")]),
        ("Stages, ms", "p50", [ours(f"{stage.capitalize()}Time") for stage in STAGES]),
        ("Cold starts", "Sum", [ours("ColdStarts")]),
        ("Bytes saved", "Sum", [ours("BytesSaved"), ours("BytesRefined")]),
        ("Made ahead, and deleted", "Sum", [ours("MadeEagerly"), ours("Deleted")]),
    )
    return {
        "widgets": [
            {
                "type": "metric",
                "x": 12 * (index % 2),
                "y": 6 * (index // 2),
                "width": 12,
                "height": 6,
                "properties": {
                    "title": title,
                    "stat": statistic,
                    "period": 300,
                    "region": "${AWS::Region}",
                    "metrics": metrics,
                },
            }
            for index, (title, statistic, metrics) in enumerate(graphs)
        ]
    }
