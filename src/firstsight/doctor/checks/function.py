"""The function as it is set up: there, unchanged, and supported."""

import re
from datetime import UTC, date, datetime
from typing import Any

from firstsight.aws import template
from firstsight.aws.names import LIVE
from firstsight.doctor import when
from firstsight.doctor.check import Check, Said, known
from firstsight.doctor.facts import Facts
from firstsight.doctor.finding import Verdict

#: When Lambda ends the support of each runtime (Lambda developer guide, runtimes).
ENDS = {
    "python3.8": date(2024, 10, 14),
    "python3.9": date(2025, 12, 15),
    "python3.10": date(2026, 10, 31),
    "python3.11": date(2027, 6, 30),
    "python3.12": date(2028, 10, 31),
    "python3.13": date(2029, 6, 30),
    "python3.14": date(2029, 6, 30),
    "nodejs16.x": date(2024, 6, 12),
    "nodejs18.x": date(2025, 9, 1),
    "nodejs20.x": date(2026, 4, 30),
    "nodejs22.x": date(2027, 4, 30),
}
#: Days before that end in which it is told.
SOON = 90


def missing(facts: Facts) -> Said | None:
    """The function is there, and may run."""
    aws = when.aws(facts)
    function = known(aws.function)
    if function is None:
        if not when.deployed(facts):
            return None  # nothing is deployed, and that is said
        line = f"GetFunctionConfiguration {aws.desired.name} in {aws.found.region}: ResourceNotFoundException"
        return Said(
            f"The function '{aws.desired.name}' is gone, and its stack is still there.",
            (line,),
            "firstsight destroy, then firstsight deploy: CloudFormation does not make again what others have deleted.",
        )
    lines = tuple(filter(None, [f"State: {function.state}", f"LastUpdateStatus: {function.update}", function.reason]))
    if function.state in ("Failed", "Inactive") or function.update == "Failed":
        return Said(f"The function '{function.name}' cannot run.", lines, "firstsight deploy sets it up anew.")
    if known(function.reserved) == 0:
        remedy = f"aws lambda delete-function-concurrency --function-name {function.name}"
        return Said("The function is stopped.", ("ReservedConcurrentExecutions: 0",), remedy)
    state = aws.found.state.value
    if not function.alias and state is not None and state.live:
        return Said(
            f"The alias '{LIVE}', which everything asks for, is gone, and with it the permissions to invoke it.",
            (f"GetAlias {function.name} {LIVE}: ResourceNotFoundException", f"deployed: version {state.live[-1]}"),
            f"aws lambda create-alias --function-name {function.name} --name {LIVE} "
            f"--function-version {state.live[-1]}",
        )
    return None


def runtime(facts: Facts) -> Said | None:
    """The runtime is supported."""
    function = when.function(facts)
    end = ENDS.get(function.runtime)
    left = (end - datetime.fromtimestamp(facts.now, UTC).date()).days if end else SOON
    if left >= SOON:
        return None
    return Said(
        f"The runtime {function.runtime} {'is at its end' if left < 0 else 'ends soon'}.",
        (f"Runtime: {function.runtime}; AWS supports it until {end}",),
        f"firstsight deploy of this version of Firstsight sets {template.RUNTIME}.",
        Verdict.WARNING,
    )


def code_changed(facts: Facts) -> Said | None:
    """The code is what was deployed."""
    aws, function = when.aws(facts), when.function(facts)
    published = _deployed_sha(facts)
    if not published:
        return None
    if function.sha256 != published and known(aws.bundle) is False:
        return Said(
            f"The code that serves, version {function.version}, is not what was deployed.",
            (f"CodeSha256 of version {function.version}: {function.sha256}", f"deployed: {published}"),
            "firstsight deploy puts back what was deployed.",
        )
    if known(function.unpublished) and function.unpublished.value not in (published, function.sha256):
        return Said(
            "The function's code was changed by hand, and the change is not published yet.",
            (f"CodeSha256 of $LATEST: {function.unpublished.value}", f"deployed: {published}"),
            f"aws lambda update-function-code --function-name {function.name} "
            f"--s3-bucket {_deployed(facts)['Code']['S3Bucket']} --s3-key {_deployed(facts)['Code']['S3Key']}",
            Verdict.WARNING,
        )
    return None


def changed(facts: Facts) -> Said | None:
    """The function is set up as it was deployed, and as the settings say."""
    function, wanted = when.function(facts), when.aws(facts).desired.stack
    deployed = _deployed(facts)
    pairs = (
        ("Timeout", function.timeout, deployed.get("Timeout"), wanted.timeout),
        ("MemorySize", function.memory, deployed.get("MemorySize"), wanted.memory),
        ("Runtime", function.runtime, deployed.get("Runtime"), template.RUNTIME),
        ("Handler", function.handler, deployed.get("Handler"), template.HANDLER),
        (
            "Architectures",
            function.architecture,
            next(iter(deployed.get("Architectures", ())), None),
            wanted.architecture,
        ),
    )
    wrong = [
        f"{name}: {now} (deployed: {then}; by the settings: {then_on})"
        for name, now, then, then_on in pairs
        if then is not None and not now == then == then_on
    ]
    if not wrong:
        return None
    return Said(
        "The function is not set up as it was deployed, or as the settings say now.",
        tuple(wrong),
        "firstsight deploy brings it to what the settings say.",
        Verdict.WARNING,
    )


def moved(facts: Facts) -> Said | None:
    """The version that serves is the one that was made live."""
    aws, function = when.aws(facts), when.function(facts)
    state = known(aws.found.state)
    if state is None or not state.live or function.version == state.live[-1]:
        return None
    return Said(
        "Another version serves than the one that was deployed last.",
        (f"alias live: version {function.version}", f"deployed: version {state.live[-1]}"),
        "firstsight deploy, or firstsight rollback, which remember what they do.",
        Verdict.WARNING,
    )


def _deployed(facts: Facts) -> dict[str, Any]:
    """Give the function's properties in the stack's template."""
    stack = known(when.aws(facts).found.stack.template) or {}
    properties: dict[str, Any] = stack.get("Resources", {}).get("Function", {}).get("Properties", {})
    return properties


def _deployed_sha(facts: Facts) -> str:
    """Give the SHA-256 of the bundle in the template, by which its key is named, or nothing where it is not ours."""
    key = _deployed(facts).get("Code", {}).get("S3Key", "")
    name = key.rpartition("/")[2].removesuffix(".zip")
    return name if re.fullmatch("[0-9a-f]{64}", name) else ""


CHECKS = (
    Check(
        "function-missing",
        "The function is there, and may run.",
        "API Gateway answers for a function that cannot run with 'Internal Server Error', and a URL with 502 or 429.",
        when.on_aws,
        missing,
        ("function-*", "code-changed", "api-*", "url-*", "notification-*", "role-*", "request-*"),
    ),
    Check(
        "code-changed",
        "The code is what was deployed.",
        "What was changed by hand is in no repository, and the next deploy does not know of it.",
        when.running,
        code_changed,
        ("function-changed", "function-moved", "request-*"),
    ),
    Check(
        "function-changed",
        "The function is set up as it was deployed.",
        "What was changed by hand is lost with the next deploy that touches it.",
        when.running,
        changed,
    ),
    Check(
        "function-moved",
        "The version that serves is the one that was deployed.",
        "What was moved by hand cannot be rolled back by what deploys remember.",
        when.running,
        moved,
    ),
    Check(
        "function-runtime",
        "The function's runtime is supported.",
        "After its end a function gets no security updates, and later may not be changed any more.",
        when.running,
        runtime,
    ),
)
