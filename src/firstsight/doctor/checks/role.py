"""The function's role, as IAM simulates it, and the keys that the buckets are encrypted with."""

from collections.abc import Mapping
from typing import Any

from firstsight.aws.role_facts import Answer
from firstsight.doctor import when
from firstsight.doctor.check import Check, Said, known
from firstsight.doctor.facts import Facts
from firstsight.doctor.finding import Verdict
from firstsight.doctor.policies import allows
from firstsight.settings import Topology


def denied(facts: Facts) -> Said | None:
    """The role may do what the function does."""
    refused = [one for one in _refused(facts) if not one.question.action.startswith("kms:")]
    if not refused:
        return None
    listing = [one for one in refused if one.question.action == "s3:ListBucket"]
    only_listing = len(listing) == len(refused)
    what = "The role may not list the bucket, so that what is missing is 'forbidden'." if only_listing else ""
    return Said(
        what or f"The function's role may not {', '.join(dict.fromkeys(one.question.action for one in refused))}.",
        tuple(map(str, refused)),
        "firstsight plan shows the grants under 'may', firstsight deploy sets them; an explicitDeny comes from another "
        f"policy of {when.function(facts).role}, or from the organization.",
    )


def kms(facts: Facts) -> Said | None:
    """The role may use the key that the bucket is encrypted with."""
    refused = [one for one in _refused(facts) if one.question.action.startswith("kms:")]
    if not refused:
        return None
    keys = ", ".join(dict.fromkeys(one.question.resource for one in refused))
    return Said(
        f"The function's role may not {', '.join(dict.fromkeys(one.question.action for one in refused))}.",
        tuple(map(str, refused)),
        f"firstsight deploy grants it; the policy of {keys} has to allow the account to: "
        "KMS > Customer managed keys > the key > Key policy.",
    )


def kms_front(facts: Facts) -> Said | None:
    """What serves derivatives can decrypt them."""
    aws = when.aws(facts)
    bucket, topology = aws.found.derivatives, aws.desired.stack.topology
    key = bucket.kms_key
    known(bucket.encryption)
    line = f"GetBucketEncryption {bucket.name}: aws:kms, {key}"
    if not key or topology is Topology.DIRECT:
        return None
    if topology is Topology.WEBSITE or key == "aws/s3":
        return Said(
            f"{'The website' if topology is Topology.WEBSITE else 'CloudFront'} cannot decrypt {bucket.name}.",
            (line,),
            f"S3 > {bucket.name} > Properties > Default encryption: SSE-S3, then copy what is stored onto itself; "
            'or choose topology = "cdn" with a key of your own, or "direct".',
        )
    lacking = [name for name, policy in aws.keys.items() if not _lets_cloudfront(known(policy) or ())]
    if not lacking:
        return None
    return Said(
        "CloudFront may not decrypt what the bucket encrypts.",
        (line, *(f"GetKeyPolicy {name}: nothing for cloudfront.amazonaws.com" for name in lacking)),
        "KMS > Customer managed keys > the key > Key policy: allow kms:Decrypt to the service cloudfront.amazonaws.com "
        f"where AWS:SourceArn is the distribution {aws.found.stack.outputs.get('Distribution', '')}.",
    )


def ownership(facts: Facts) -> Said | None:
    """What is in the bucket is the bucket's owner's."""
    for bucket in when.aws(facts).found.buckets:
        if known(bucket.ownership) == "ObjectWriter":
            return Said(
                f"What others put into {bucket.name} stays theirs, and the function may not be able to read it.",
                (f"GetBucketOwnershipControls {bucket.name}: ObjectWriter",),
                f"S3 > {bucket.name} > Permissions > Object Ownership: Bucket owner enforced.",
                Verdict.WARNING,
            )
    return None


def _refused(facts: Facts) -> list[Answer]:
    return [one for one in known(when.aws(facts).role) or () if one.decision != "allowed"]


def _lets_cloudfront(statements: tuple[Mapping[str, Any], ...]) -> bool:
    return any(allows(one, "cloudfront.amazonaws.com", "kms:Decrypt", "") for one in statements)


def _really_running(facts: Facts) -> bool:
    return when.really_running(facts) and when.has_bucket(facts)


def _encrypted(facts: Facts) -> bool:
    return _really_running(facts) and any(bucket.kms_key for bucket in when.aws(facts).found.buckets)


CHECKS = (
    Check(
        "role-denied",
        "The role may do what the function does.",
        "What it may not read is never made, and what it may not write is made anew for every request.",
        _really_running,
        denied,
        ("function-store", "function-raises", "function-timeout", "request-*"),
    ),
    Check(
        "kms-denied",
        "The role may use the bucket's key.",
        "S3 answers AccessDenied for an object that cannot be decrypted, as if it were not allowed to read it.",
        _encrypted,
        kms,
        ("function-store", "request-*"),
    ),
    Check(
        "kms-front",
        "What serves the derivatives can decrypt them.",
        "S3 then never answers with what is stored: a website says 400, and CloudFront asks the function every time.",
        when.has_bucket,
        kms_front,
        ("request-*",),
    ),
    Check(
        "object-ownership",
        "What is in the bucket is the bucket's owner's.",
        "An object that another account has put can be listed, and not read.",
        when.has_bucket,
        ownership,
    ),
)
