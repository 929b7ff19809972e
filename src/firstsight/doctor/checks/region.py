"""Where things are: buckets, function and API in one region, and something deployed at all."""

import re
from urllib.parse import urlsplit

from firstsight.aws.names import REGION
from firstsight.doctor import when
from firstsight.doctor.check import Check, Said, known
from firstsight.doctor.facts import Facts
from firstsight.doctor.finding import Hop, Verdict
from firstsight.settings import Topology

#: The addresses that name a region: of a website, an API, a function URL, a bucket (AWS General Reference, endpoints).
_HOST = re.compile(rf"\.(?:s3-website|execute-api|lambda-url|s3)[.-](?P<region>{REGION})\.")


def settings_bucket(facts: Facts) -> Said | None:
    """The buckets that the settings name are there, and the function's own settings name the same."""
    aws = when.aws(facts)
    absent = [bucket.name for bucket in aws.found.buckets if not bucket.exists]
    if absent:
        return Said(
            f"There is no bucket '{absent[0]}'.",
            (f"{facts.file.path}: source = {when.settings(facts).source!r}", f"HeadBucket {absent[0]}: 404 Not Found"),
            f"Correct `source` or `derivatives` in {facts.file.path}; `aws s3 ls` lists your buckets. "
            "If it is to be made, firstsight deploy makes it.",
        )
    function = aws.function.value
    if function is None:
        return None
    wanted = {"FIRSTSIGHT_SOURCE": aws.desired.stack.sources, "FIRSTSIGHT_DERIVATIVES": aws.desired.stack.derivatives}
    wrong = [
        f"{name} of {function.name}, version {function.version}: {function.environment[name]} (here: {place.url})"
        for name, place in wanted.items()
        if name in function.environment and function.environment[name].rstrip("/") != place.url
    ]
    if not wrong:
        return None
    return Said(
        "The function's settings name another bucket than these settings.", tuple(wrong), "firstsight deploy sets them."
    )


def region_differs(facts: Facts) -> Said | None:
    """All of it is in the region of the bucket."""
    aws = when.aws(facts)
    found, set_to = aws.found, when.settings(facts).aws.region
    home = found.derivatives.region or found.sources.region
    if not home:
        return None
    bucket = found.derivatives.name if found.derivatives.region else found.sources.name
    function, api = aws.function.value, aws.api.value
    website = aws.desired.stack.topology is Topology.WEBSITE
    places = [
        (f"bucket {found.sources.name}", found.sources.region),
        (f"function {function.name}" if function else "", function.region if function else ""),
        (f"API {api.id}" if api else "", api.region if api else ""),
        ("API that the website's rule leads to", aws.rule_region if website else ""),
        ("aws.region of the settings", set_to),
        *((f"address {urlsplit(hop.url).hostname}", _region_of(hop)) for hop in facts.hops),
    ]
    away = [(what, region) for what, region in places if region and region != home]
    if not away:
        return None
    what, region = away[0]
    return Said(
        f"The {what} is in {region}, and the bucket {bucket} in {home}.",
        (f"bucket {bucket}: {home}", *(f"{what}: {region}" for what, region in away)),
        _remedy(what, region, home),
    )


def not_deployed(facts: Facts) -> Said | None:
    """There is a stack."""
    aws = when.aws(facts)
    if known(aws.found.stack.status) not in (None, "REVIEW_IN_PROGRESS"):  # which has a change set, and nothing else
        return None
    name, region = aws.desired.name, aws.found.region
    evidence = [f"DescribeStacks {name} in {region}: no such stack"]
    was = aws.found.state.value is not None
    if was:
        evidence.append(f"{aws.desired.artefacts}/{name}/state.json: an earlier deploy is remembered")
    elif facts.file.exists and "aws" not in facts.file.data:
        return None  # a server over a bucket; nothing is meant to be deployed
    if aws.function.value is not None:
        evidence.append(f"the function {aws.function.value.name} was not made by Firstsight")
    return Said(
        f"Nothing is deployed: there is no stack '{name}' in {region}.",
        tuple(evidence),
        "firstsight plan shows what would be made, firstsight deploy makes it.",
    )


def stack_failed(facts: Facts) -> Said | None:
    """The stack's last change went through."""
    stack = when.aws(facts).found.stack
    status = known(stack.status) or ""
    line = f"StackStatus: {status}" + (f" ({stack.reason})" if stack.reason else "")
    if status.endswith("_IN_PROGRESS"):
        return Said("The stack is being changed.", (line,), "Wait, and ask again.", verdict=Verdict.WARNING)
    if status.startswith(("ROLLBACK", "DELETE")) or status.endswith("_FAILED"):
        return Said("The stack is broken.", (line,), "firstsight deploy mends it; its error names the cause.")
    if "ROLLBACK" in status:
        return Said(
            "The last change of the stack failed, and what was before serves.",
            (line,),
            "firstsight deploy again.",
            verdict=Verdict.WARNING,
        )
    return None


def _remedy(what: str, region: str, home: str) -> str:
    if what.startswith("aws.region"):
        return "Take `region` out of [aws]: it is the bucket's, and found by itself."
    if what.startswith("address"):
        return f"Ask at the address of {home}: firstsight status says what it is."
    return (
        f"firstsight deploy makes all of it in {home}. "
        f"Then delete what is in {region}: firstsight does not touch what it has not made."
    )


def _region_of(hop: Hop) -> str:
    """Give the region that an address of AWS names, or nothing."""
    match = _HOST.search(urlsplit(hop.url).hostname or "")
    return match["region"] if match else ""


#: What only follows where nothing can be in its place.
_ALL = ("not-deployed", "stack-*", "function-*", "bundle-*", "api-*", "url-*", "cdn-*", "code-*", "role-*", "kms-*")
_DOCUMENTS = ("website-*", "policy-missing", "notification-*", "missing-is-forbidden", "request-*")

CHECKS = (
    Check(
        "settings-bucket",
        "The settings and the function name the same bucket, and it is there.",
        "What is uploaded to one bucket is never found in another: every image is a 404, or a timeout.",
        when.on_aws,
        settings_bucket,
        (*_ALL, *_DOCUMENTS),
    ),
    Check(
        "region-differs",
        "The bucket, the function and what is before it are in one region.",
        "A function in another region than its bucket waits for it until it times out, and nothing is in the log.",
        when.on_aws,
        region_differs,
        (*_ALL, *_DOCUMENTS, "settings-bucket"),
    ),
    Check(
        "not-deployed",
        "The stack is there.",
        "Without it there is no function: what S3 does not have is answered by nobody.",
        when.on_aws,
        not_deployed,
        (*_ALL, *_DOCUMENTS),
    ),
    Check(
        "stack-failed",
        "The stack is whole.",
        "What a failed change left behind may lack any part.",
        when.deployed,
        stack_failed,
        (*_ALL, *_DOCUMENTS),
    ),
)
