"""
Which CloudFront distribution the function tells of deleted derivatives, and its right to. Pure.

The stack's own distribution depends on the function, so it is made after it and its id cannot be in the function's
variables. The id is kept in a parameter of Systems Manager, and the right to invalidate is a policy beside the role.
"""

from collections.abc import Mapping
from typing import Any

from firstsight.aws.desired_stack import DesiredStack
from firstsight.settings import Settings, Topology

#: The variable that names the distribution, or where its name is kept.
VARIABLE = "FIRSTSIGHT_AWS_DISTRIBUTION"
_KEPT = "ssm:"


def distribution(settings: Settings, name: str) -> str:
    """Give the id of the distribution, or where that is kept; nothing where there is none."""
    if settings.aws.topology is Topology.CDN and not settings.aws.distribution:
        return f"{_KEPT}{_parameter(name)}"
    return settings.aws.distribution


def resources(stack: DesiredStack) -> dict[str, Mapping[str, Any]]:
    """Give what the stack has for its own distribution."""
    if not stack.distribution.startswith(_KEPT):
        return {}
    return {
        "DistributionId": {
            "Type": "AWS::SSM::Parameter",
            "Properties": {"Name": _parameter(stack.name), "Type": "String", "Value": {"Ref": "Distribution"}},
        },
        "ForgetPolicy": {
            "Type": "AWS::IAM::Policy",
            "Properties": {
                "PolicyName": "firstsight-forget",
                "Roles": [{"Ref": "Role"}],
                "PolicyDocument": {"Version": "2012-10-17", "Statement": later(stack)},
            },
        },
    }


def grants(stack: DesiredStack) -> list[dict[str, Any]]:
    """Give what the role needs, as statements of IAM: to read which distribution it is, or to tell one of theirs."""
    if not stack.distribution:
        return []
    if stack.distribution.startswith(_KEPT):
        arn = f"arn:${{AWS::Partition}}:ssm:${{AWS::Region}}:${{AWS::AccountId}}:parameter{_parameter(stack.name)}"
        read = {"Sid": "ReadDistribution", "Effect": "Allow", "Action": ["ssm:GetParameter"]}
        return [{**read, "Resource": {"Fn::Sub": arn}}]
    return [_forget(stack.distribution)]


def later(stack: DesiredStack) -> list[dict[str, Any]]:
    """Give what is granted beside the role, once there is a distribution."""
    return [_forget("${Distribution}")] if stack.distribution.startswith(_KEPT) else []


def _forget(identifier: str) -> dict[str, Any]:
    arn = f"arn:${{AWS::Partition}}:cloudfront::${{AWS::AccountId}}:distribution/{identifier}"
    tell = {"Sid": "TellCloudFront", "Effect": "Allow", "Action": ["cloudfront:CreateInvalidation"]}
    return {**tell, "Resource": {"Fn::Sub": arn}}


def _parameter(name: str) -> str:
    return f"/firstsight/{name}/distribution"
