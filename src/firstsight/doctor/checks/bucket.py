"""The bucket's policy and its notifications."""

import json
from typing import Any

from firstsight.aws import documents
from firstsight.aws.desired import parts
from firstsight.aws.names import LIVE, partition
from firstsight.aws.warnings import is_open
from firstsight.doctor import when
from firstsight.doctor.check import Check, Said, known
from firstsight.doctor.facts import Facts
from firstsight.doctor.finding import Verdict
from firstsight.doctor.policies import allows, covers
from firstsight.settings import Topology

_DEPLOY = "firstsight deploy puts it in, beside your own"


def policy_missing(facts: Facts) -> Said | None:
    """Who serves derivatives may read them."""
    aws = when.aws(facts)
    bucket = aws.found.derivatives
    ours = parts(aws.desired, aws.found.stack.outputs)["policy"]
    policy = known(bucket.documents["policy"])
    if ours is None:
        return None
    statements = documents.statements(policy)
    cdn = aws.desired.stack.topology is Topology.CDN
    if cdn:
        known(aws.found.stack.status)  # which names the distribution
    principal = "cloudfront.amazonaws.com" if cdn else "*"
    source = ours["Condition"]["StringEquals"]["AWS:SourceArn"] if cdn else ""
    if any(allows(one, principal, "s3:GetObject", source) and covers(one, ours["Resource"]) for one in statements):
        return None
    return Said(
        f"{'CloudFront' if cdn else 'The public'} may not read what is stored in {bucket.name}.",
        tuple(f"{one.get('Sid', 'statement')}: {json.dumps(one)}" for one in statements)
        or (f"GetBucketPolicy {bucket.name}: NoSuchBucketPolicy",),
        f"{_DEPLOY}.",
    )


def policy_open(facts: Facts) -> Said | None:
    """Nobody may do more than read."""
    for bucket in when.aws(facts).found.buckets:
        statements = documents.statements(known(bucket.documents["policy"]))
        wide = [one for one in statements if is_open(one) and not one.get("Condition")]
        if wide:
            actions = wide[0].get("Action", "all but NotAction")
            named = actions if isinstance(actions, str) else ", ".join(actions)
            sid = wide[0].get("Sid", "without an id")
            return Said(
                f"The policy of {bucket.name} allows {named} to everyone.",
                tuple(json.dumps(one) for one in wide),
                f"S3 > {bucket.name} > Permissions > Bucket policy > Edit: in the statement {sid}, leave "
                '"s3:GetObject" alone, or delete it; firstsight adds what it needs.',
            )
    return None


def notification_missing(facts: Facts) -> Said | None:
    """The function is told of sources that change, and may be."""
    aws = when.aws(facts)
    bucket = aws.found.sources
    document = known(bucket.documents["notifications"])
    ours = parts(aws.desired, aws.found.stack.outputs)["notifications"]
    if ours is None and aws.desired.stack.events:
        return None  # they come through a queue of the team's
    if ours is None:
        return Said(
            "The function is not told of sources that change: a notification of yours has the same events.",
            (json.dumps(document),),
            "Send its events to SNS, and from there to both: for us to a queue, whose ARN is `events` in [aws].",
            Verdict.WARNING,
        )
    if not documents.KINDS["notifications"].same(document, documents.merge_notifications(document, ours, None)):
        return Said(
            f"{bucket.name} does not tell the function of sources that change.",
            (f"GetBucketNotificationConfiguration {bucket.name}: {json.dumps(document or {})}",),
            f"{_DEPLOY}.",
        )
    function = aws.function.value
    if function is None:
        return None
    source = f"arn:{partition(function.region).name}:s3:::{bucket.name}"
    if any(allows(one, "s3.amazonaws.com", "lambda:InvokeFunction", source) for one in known(function.policy) or ()):
        return None
    return Said(
        f"S3 may not invoke the function, so {bucket.name} tells it nothing.",
        (f"GetPolicy {function.name}: nothing for s3.amazonaws.com and {source}",),
        f"aws lambda add-permission --function-name {function.name} --qualifier {LIVE} --statement-id firstsight-s3 "
        f"--action lambda:InvokeFunction --principal s3.amazonaws.com --source-arn {source} "
        f"--source-account {aws.found.account}",
    )


def notification_loop(facts: Facts) -> Said | None:
    """No function of theirs is told of every derivative."""
    aws = when.aws(facts)
    bucket, prefix = aws.found.derivatives, aws.desired.stack.derivatives.prefix
    document = known(bucket.documents["notifications"]) or {}
    others = [
        entry
        for entry in document.get("LambdaFunctionConfigurations", ())
        if entry.get("Id") != aws.desired.name
        and any(event.startswith("s3:ObjectCreated") for event in entry["Events"])
        and _meets(entry, prefix)
    ]
    if not others:
        return None
    return Said(
        "Each derivative that is kept invokes another function, too.",
        tuple(json.dumps(entry) for entry in others),
        "Give that notification a prefix or suffix that no derivative has, or `derivatives` a prefix of its own. "
        "If that function writes images into the bucket, it invokes itself.",
        Verdict.WARNING,
    )


def _meets(entry: Any, prefix: str) -> bool:
    """Whether a notification is for some key below a prefix that a derivative may have."""
    rules = {
        rule["Name"].lower(): rule["Value"] for rule in entry.get("Filter", {}).get("Key", {}).get("FilterRules", ())
    }
    begins, ends = rules.get("prefix", ""), rules.get("suffix", "")
    images = ("", ".jpg", ".jpeg", ".png", ".webp", ".avif", ".gif")
    return (begins.startswith(prefix) or prefix.startswith(begins)) and (ends.lower() in images)


def _served(facts: Facts) -> bool:
    return when.website(facts) or when.cdn(facts)


def _is_deployed(facts: Facts) -> bool:
    return when.has_bucket(facts) and when.deployed(facts)


CHECKS = (
    Check(
        "policy-missing",
        "Who serves derivatives may read them.",
        "What is stored is then a 403, or is asked of the function every time.",
        _served,
        policy_missing,
        ("missing-is-forbidden", "request-*"),
    ),
    Check(
        "policy-open",
        "Nobody may do more with the bucket than read.",
        "Anyone who knows its name can replace or delete your images, and fill it at your cost.",
        when.has_bucket,
        policy_open,
    ),
    Check(
        "notification-missing",
        "The function is told of sources that change.",
        "A source that is replaced or deleted keeps its old derivatives.",
        _is_deployed,
        notification_missing,
        ("notification-loop",),
    ),
    Check(
        "notification-loop",
        "No other function is told of every derivative.",
        "Each derivative costs another invocation, and a function that writes what it is told of goes round for ever.",
        when.has_bucket,
        notification_loop,
    ),
)
