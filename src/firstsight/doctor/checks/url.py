"""A function URL: there, with the right authorization, and with both of the permissions that it needs."""

from firstsight.aws.names import LIVE, partition
from firstsight.doctor import when
from firstsight.doctor.check import Check, Said, known
from firstsight.doctor.facts import Facts
from firstsight.doctor.policies import allows
from firstsight.settings import Topology


def missing(facts: Facts) -> Said | None:
    """The function has its URL, and who is to ask may ask."""
    function, wanted = when.function(facts), when.aws(facts).desired.stack
    config = known(function.url)
    if config is None:
        return Said(
            "The function has no URL.",
            (f"GetFunctionUrlConfig {function.name}:{LIVE}: ResourceNotFoundException",),
            "firstsight destroy, then firstsight deploy: CloudFormation does not make again what others have deleted.",
        )
    expected = "NONE" if wanted.public and wanted.topology is not Topology.CDN else "AWS_IAM"
    if config.get("AuthType") == expected:
        return None
    return Said(
        f"The function's URL has the authorization {config.get('AuthType')}, and not {expected}.",
        (f"AuthType: {config.get('AuthType')}", f"public in [aws]: {str(wanted.public).lower()}"),
        f"aws lambda update-function-url-config --function-name {function.name} --qualifier {LIVE} "
        f"--auth-type {expected}",
    )


def permission(facts: Facts) -> Said | None:
    """Both permissions that a function URL needs are there."""
    aws, function = when.aws(facts), when.function(facts)
    wanted, outputs = aws.desired.stack, aws.found.stack.outputs
    if wanted.topology is Topology.CDN:
        known(aws.found.stack.status)  # which names the distribution
        principal = "cloudfront.amazonaws.com"
        word = partition(function.region).name
        source = f"arn:{word}:cloudfront::{aws.found.account}:distribution/{outputs.get('Distribution', '')}"
    elif wanted.public:
        principal, source = "*", ""
    else:
        return None
    statements = known(function.policy) or ()
    needed = ("lambda:InvokeFunctionUrl", "lambda:InvokeFunction")
    lacking = [action for action in needed if not any(allows(one, principal, action, source) for one in statements)]
    if not lacking:
        return None
    given = f" --source-arn {source}" if source else ""
    auth = " --function-url-auth-type " + ("AWS_IAM" if source else "NONE")
    commands = [
        f"aws lambda add-permission --function-name {function.name} --qualifier {LIVE} --statement-id "
        f"firstsight-{action.rpartition(':')[2].lower()} --action {action} --principal '{principal}'{given}"
        + (auth if action.endswith("Url") else " --invoked-via-function-url")
        for action in lacking
    ]
    return Said(
        f"The function's URL lacks {' and '.join(lacking)} for {'everyone' if principal == '*' else principal}.",
        tuple(f"{one.get('Sid')}: {one.get('Principal')} {one.get('Action')}" for one in statements)
        or (f"GetPolicy {function.name}: no statements",),
        " && ".join(commands),
    )


CHECKS = (
    Check(
        "url-missing",
        "The function has its URL.",
        "Without it nothing leads to the function; with another authorization those who ask are refused.",
        when.has_url,
        missing,
        ("url-permission", "request-*"),
    ),
    Check(
        "url-permission",
        "Both permissions of the function's URL are there.",
        "URLs made since October 2025 need both; with one of them every request is answered with 403.",
        when.has_url,
        permission,
        ("request-*",),
    ),
)
