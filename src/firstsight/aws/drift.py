"""What others have changed about the stack's resources, as CloudFormation finds it."""

import time

from firstsight.aws.cloud import Cloud
from firstsight.aws.facts import Fact

#: The most seconds that it may take.
_SECONDS = 120


def drift(cloud: Cloud, name: str) -> Fact[tuple[tuple[str, str], ...]]:
    """Have CloudFormation look, wait, and give the resources that have drifted, each with what is different."""
    cloudformation = cloud.client("cloudformation")
    started = cloud.ask(lambda: cloudformation.detect_stack_drift(StackName=name))
    if started.value is None:
        return Fact(unknown=started.unknown)
    detection = started.value["StackDriftDetectionId"]
    for _ in range(_SECONDS):
        status = cloud.ask(
            lambda: cloudformation.describe_stack_drift_detection_status(StackDriftDetectionId=detection)
        )
        if status.value is None:
            return Fact(unknown=status.unknown)
        if status.value["DetectionStatus"] != "DETECTION_IN_PROGRESS":
            break
        time.sleep(1)
    else:
        return Fact(unknown=f"CloudFormation was not done after {_SECONDS} seconds")
    fact = cloud.ask(
        lambda: cloudformation.describe_stack_resource_drifts(
            StackName=name, StackResourceDriftStatusFilters=["MODIFIED", "DELETED"]
        )
    )
    if fact.value is None:
        return Fact(unknown=fact.unknown)
    return Fact(
        tuple(
            (
                found["LogicalResourceId"],
                ", ".join(difference["PropertyPath"] for difference in found.get("PropertyDifferences", ()))
                or found["StackResourceDriftStatus"].lower(),
            )
            for found in fact.value["StackResourceDrifts"]
        )
    )
