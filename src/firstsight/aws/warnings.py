"""What is worth knowing before a plan is applied, what is unknown, and what keeps it from being applied. Pure."""

import json
import os
from collections.abc import Iterator

from firstsight.aws import documents, edge, lifecycle, template
from firstsight.aws.desired import Desired, may_be_told, notification_rival, parts
from firstsight.aws.facts import Facts
from firstsight.aws.names import Place
from firstsight.settings import SETTINGS, Access, Front, Settings, Topology

#: Seconds after which API Gateway gives up (API Gateway quotas).
GATEWAY_SECONDS = 29


def warnings(settings: Settings, facts: Facts, desired: Desired) -> Iterator[str]:
    """Say what is probably not meant, a sentence each."""
    wanted = desired.stack
    policy = facts.derivatives.documents.get("policy")
    for statement in documents.statements(policy.value if policy else None):
        if is_open(statement):
            actions = statement.get("Action")
            named = ", ".join([actions] if isinstance(actions, str) else actions or ["NotAction"])
            yield f"The policy of {facts.derivatives.name} allows {named} to everyone; it stays as it is."
    rival = notification_rival(facts, desired.name, wanted.sources)
    if rival and not wanted.events:
        lost = "derivatives of a source that is replaced stay until they are deleted"
        lost += ", and no eager preset is made" if any(preset.eager for preset in settings.presets.values()) else ""
        yield (
            f"The notification '{rival}' of {facts.sources.name} has the same events, and S3 takes no two: {lost}. "
            "Send its events to SNS, and from there to both: for us to a queue of SQS, whose ARN is `events` in [aws]."
        )
    website = facts.derivatives.documents.get("website")
    rule = parts(desired, {})["website"]
    ours = facts.state.value.documents.get("website") if facts.state.value else None
    for theirs in (website.value or {}).get("RoutingRules", ()) if website else ():
        if rule and documents.shadows(theirs, rule) and not (ours and theirs == ours.ours):
            yield "A routing rule of theirs is for the same keys; ours goes before it, and theirs sees none of them."
    for bucket in facts.buckets:
        if bucket.kms_key == "aws/s3" and wanted.topology is not Topology.DIRECT:
            yield f"Neither a website nor CloudFront can read {bucket.name}: it is encrypted with AWS's own KMS key."
        elif bucket.kms_key and wanted.topology is Topology.CDN:
            yield f"The KMS key of {bucket.name} has to let cloudfront.amazonaws.com decrypt: add that to its policy."
        elif bucket.kms_key and wanted.topology is Topology.WEBSITE:
            yield f"{bucket.name} is encrypted with KMS, and a website serves nothing to the public that is."
    if facts.derivatives.requester_pays and wanted.topology is not Topology.DIRECT:
        follows = {
            Topology.WEBSITE: "a website says 403 of it to everyone, and the function is never asked",
            Topology.CDN: "S3 refuses CloudFront, and the function is asked for every image",
        }
        yield (
            f"Requester Pays is on for {facts.derivatives.name}: {follows[wanted.topology]}. Turn it off, or keep the "
            "derivatives in another bucket."
        )
    if wanted.sources == wanted.derivatives and wanted.topology is Topology.WEBSITE:
        yield "The sources are in the place that the website serves, so everyone can read them, too."
    yield from facts.changed.value or ()
    if settings.access == Access.PRESETS and not settings.presets and not settings.sizes:
        yield "Nothing may be asked for: access is by presets, and there are none."
    if any(row.variable in os.environ and not may_be_told(row, os.environ[row.variable]) for row in SETTINGS):
        yield "Keys in the environment are not sent along; put them into the settings file, which goes into the bundle."
    if wanted.front is not Front.FUNCTION_URL and wanted.timeout > GATEWAY_SECONDS:
        yield f"API Gateway waits for {GATEWAY_SECONDS} seconds, and the function may take {wanted.timeout}."
    if wanted.topology is Topology.DIRECT and wanted.public:
        yield "The function URL answers everyone."


def is_open(statement: dict[str, object]) -> bool:
    """Whether a statement of theirs lets everyone do more than read."""
    principal = statement.get("Principal")
    named = principal.values() if isinstance(principal, dict) else [principal]
    everyone = any("*" in (one if isinstance(one, list) else [one]) for one in named)
    if statement.get("Effect") != "Allow" or not everyone:
        return False
    actions = statement.get("Action")
    allowed = [actions] if isinstance(actions, str) else list(actions) if isinstance(actions, list) else ["*"]
    return any(action != "s3:GetObject" for action in allowed)


def unknowns(facts: Facts) -> Iterator[str]:
    """Name everything that could not be read, and why."""
    for bucket in facts.buckets:
        read = {**bucket.documents, "encryption": bucket.encryption, "keys": bucket.keys}
        for name, fact in read.items():
            if fact.unknown:
                yield f"{name} of bucket {bucket.name}: {fact.unknown}"
    named = {
        "public access block of the account": facts.account_block,
        "bucket for bundles": facts.artefacts,
        "bundle": facts.code,
        "stack": facts.stack.status,
        "template of the stack": facts.stack.template,
        "live version": facts.live,
        "what is remembered": facts.state,
        "presets that have changed": facts.changed,
    }
    for name, fact in named.items():
        if fact.unknown:
            yield f"{name}: {fact.unknown}"


def refusals(settings: Settings, facts: Facts, desired: Desired) -> Iterator[str]:
    """Say why the plan cannot be applied, a sentence each."""
    named = settings.aws.region
    if named and named != facts.region:
        yield (
            f"Expected the stack in {facts.region}, where the bucket is, but `aws.region` says {named}: a function in "
            "another region than its bucket reads across the world, or waits until it times out. Leave it out."
        )
    if facts.sources.region and facts.derivatives.region and facts.sources.region != facts.derivatives.region:
        yield (
            f"The sources are in {facts.sources.region} and the derivatives in {facts.derivatives.region}; one "
            "function cannot be near both. Keep the derivatives in a bucket of the sources' region."
        )
    if desired.stack.keys.startswith("file:"):
        yield (
            f"The signing keys are in a file ({desired.stack.keys}), which the function does not have. Refer to a "
            "secret by `secretsmanager:NAME` or to a parameter by `ssm:NAME`."
        )
    if (size := len(desired.stack.edge.encode())) > edge.MOST_BYTES:
        yield (
            f"The function at CloudFront's edge would have {size:,} bytes, and it takes {edge.MOST_BYTES:,}: this "
            "holds the names of all presets, so have fewer or shorter ones."
        )
    for bucket in facts.buckets:
        if bucket.encryption.unknown and template.USE_KEYS in json.dumps(facts.stack.template.value or {}):
            yield (
                f"The encryption of {bucket.name} could not be read ({bucket.encryption.unknown}), and the function "
                "has a KMS key to use: nobody knows whether it still needs it."
            )
    if why := lifecycle.refusal(settings, facts, desired.stack.sources, desired.stack.derivatives):
        yield why
    for kind, part in parts(desired, {}).items():
        bucket = facts.sources if kind == "notifications" else facts.derivatives
        fact = bucket.documents.get(kind)
        if part and fact and fact.unknown:
            yield f"The {kind} of {bucket.name} could not be read ({fact.unknown}), so nothing can be merged into it."
    for kind, fact in facts.former.items():
        if fact.unknown:
            name, _ = facts.remembered(kind)
            yield f"The {kind} of {name} could not be read ({fact.unknown}), so ours cannot be taken out of it."
    if facts.stack.status.unknown:
        yield f"The stack could not be read ({facts.stack.status.unknown})."
    if facts.state.unknown:
        yield (
            f"What is remembered: {facts.state.unknown}. Either these credentials may not read {desired.artefacts}, or "
            "that bucket belongs to another account."
        )
    if settings.refine and not settings.aws.events and not is_within(desired.stack.derivatives, desired.stack.sources):
        yield (
            "`refine` needs the news of derivatives, and only the place of the sources tells the function. Keep the "
            "derivatives in the place of the sources, or have their bucket tell a queue of SQS, too, and name that in "
            "`events` in [aws]."
        )
    if desired.stack.topology is Topology.WEBSITE:
        yield from _website_refusals(facts)


def is_within(inner: Place, outer: Place) -> bool:
    """Whether all that is in one place is in another, too."""
    return inner.bucket == outer.bucket and inner.prefix.startswith(outer.prefix)


def _website_refusals(facts: Facts) -> Iterator[str]:
    website = facts.derivatives.documents.get("website")
    if website and website.value and "RedirectAllRequestsTo" in website.value:
        yield f"The website of {facts.derivatives.name} redirects every request, so it can have no rules."
    block = facts.derivatives.documents.get("block")
    places = (("bucket", block), ("account", facts.account_block))
    for name, fact in places:
        flags = [
            flag for flag in ("BlockPublicPolicy", "RestrictPublicBuckets") if fact and (fact.value or {}).get(flag)
        ]
        if flags:
            yield (
                f"Block Public Access of the {name} ({', '.join(flags)}) is in the way of a public website. Turn it "
                'off for this bucket, if its derivatives may be public, or choose topology = "cdn".'
            )
