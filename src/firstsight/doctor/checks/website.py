"""The bucket's website: on, with our rule where it takes effect, and not blocked."""

import json
from typing import Any

from firstsight.aws import documents
from firstsight.aws.desired import parts
from firstsight.doctor import when
from firstsight.doctor.check import Check, Said, known
from firstsight.doctor.facts import Facts
from firstsight.doctor.finding import Who

_DEPLOY = "firstsight deploy puts it in, beside your own"


def off(facts: Facts) -> Said | None:
    """The bucket is a website, and has rules."""
    bucket = when.aws(facts).found.derivatives
    website = known(bucket.documents["website"])
    if website is None:
        return Said(
            f"The website of {bucket.name} is off.",
            (f"GetBucketWebsite {bucket.name}: NoSuchWebsiteConfiguration",),
            f"{_DEPLOY}: it sets the website up.",
        )
    if "RedirectAllRequestsTo" in website:
        return Said(
            f"The website of {bucket.name} redirects every request to another host.",
            (f"RedirectAllRequestsTo: {json.dumps(website['RedirectAllRequestsTo'])}",),
            f"S3 > {bucket.name} > Properties > Static website hosting: Host a static website; then firstsight deploy.",
        )
    return None


def rule_missing(facts: Facts) -> Said | None:
    """There is a rule for what is missing."""
    rules, ours = _rules(facts), _ours(facts)
    if any(_is_for_missing(rule, ours) for rule in rules):
        return None
    return Said(
        "The website has no rule for what is missing.",
        tuple(f"rule {number}: {json.dumps(rule)}" for number, rule in enumerate(rules, 1)) or ("RoutingRules: none",),
        f"{_DEPLOY}.",
    )


def rule_target(facts: Facts) -> Said | None:
    """The rule leads to the function's front, by a redirect that no cache keeps."""
    rules, ours = _rules(facts), _ours(facts)
    rule = next((one for one in rules if one == ours), None) or next(
        (one for one in rules if _is_for_missing(one, ours)), None
    )
    if rule is None or not when.aws(facts).found.stack.outputs.get("Front"):
        return None
    found, wanted = rule["Redirect"], ours["Redirect"]
    lines = [
        f"{name}: {found.get(name, 'not set')} (expected: {wanted.get(name, 'not set')})"
        for name in dict.fromkeys((*wanted, *found))
        if found.get(name) != wanted.get(name)
    ]
    if not lines:
        return None
    return Said("The website's rule leads to another place than the function.", tuple(lines), f"{_DEPLOY}.")


def rule_hidden(facts: Facts) -> Said | None:
    """No rule before ours takes its requests."""
    rules, ours = _rules(facts), _ours(facts)
    if ours not in rules:
        return None
    before = [rule for rule in rules[: rules.index(ours)] if documents.shadows(rule, ours)]
    if not before:
        return None
    return Said(
        "A rule before ours takes all its requests.",
        (
            *(f"rule {rules.index(rule) + 1}: {json.dumps(rule)}" for rule in before),
            f"ours is rule {rules.index(ours) + 1}",
        ),
        "firstsight deploy puts ours before it; take theirs out if it is not needed.",
    )


def public_block(facts: Facts) -> Said | None:
    """Nothing blocks the public from a public website."""
    found = when.aws(facts).found
    named = [("bucket", found.derivatives.documents["block"])]
    if not when.aws(facts).private:
        named.append(("account", found.account_block))
    for whose, fact in named:
        block = known(fact) or {}
        flags = [flag for flag in ("BlockPublicPolicy", "RestrictPublicBuckets") if block.get(flag)]
        if flags:
            where = f"S3 > {found.derivatives.name} > Permissions" if whose == "bucket" else "S3 > Block Public Access"
            return Said(
                f"Block Public Access of the {whose} keeps everyone from the website.",
                tuple(f"{flag}: true" for flag in flags),
                f'{where} > Edit: turn off the last two, if the derivatives may be public; or topology = "cdn".',
            )
    return None


def missing_is_forbidden(facts: Facts) -> Said | None:
    """
    What is missing is a 404.

    A website says so of each key that everyone may read, and 403 of the others; the bucket's API says 404 only to who
    may list it (S3 user guide, setting permissions for website access; S3 API, GetObject).
    """
    last, aws = facts.hops[-1], when.aws(facts)
    if last.status != 403 or last.who not in (Who.S3_WEBSITE, Who.S3):
        return None
    lines = (f"403 {last.url}", last.body.strip()[:200])
    if last.who is Who.S3:
        return Said(
            "That is the address of the bucket's API, which says 403 of what is missing and has no rules.",
            lines,
            f"Ask for it below the website's address: {aws.desired.public_url}",
        )
    bucket = aws.found.derivatives
    denied = [one for one in documents.statements(bucket.documents["policy"].value) if one.get("Effect") == "Deny"]
    return Said(
        "The website says 403, and only a 404 leads to the function.",
        (
            *lines,
            *(json.dumps(one) for one in denied),
            *([f"GetBucketRequestPayment {bucket.name}: Requester"] if bucket.requester_pays else ()),
        ),
        f"Let everyone read that key of {bucket.name}: s3:GetObject is all it takes, for a website says 404 of what "
        "everyone may read and is missing. Against it are a Deny of the policy, an object that another account owns or "
        "that KMS encrypts, and Requester Pays.",
    )


def _rules(facts: Facts) -> list[dict[str, Any]]:
    website = known(when.aws(facts).found.derivatives.documents["website"]) or {}
    return list(website.get("RoutingRules", ()))


def _ours(facts: Facts) -> dict[str, Any]:
    aws = when.aws(facts)
    rule = parts(aws.desired, aws.found.stack.outputs)["website"]
    assert rule is not None
    return dict(rule)


def _is_for_missing(rule: Any, ours: Any) -> bool:
    """Whether a rule is for what ours is for, wherever it leads: for missing keys, and to another host."""
    condition = rule.get("Condition", {})
    code = condition.get("HttpErrorCodeReturnedEquals")
    return code == "404" and "HostName" in rule["Redirect"] and documents.shadows(rule, ours)


def _is_website(facts: Facts) -> bool:
    return when.website(facts) and when.aws(facts).found.derivatives.documents["website"].value is not None


def _walked_website(facts: Facts) -> bool:
    return when.website(facts) and bool(facts.hops) and facts.hops[-1].wrong


CHECKS = (
    Check(
        "website-off",
        "The bucket is a website.",
        "Its website address then answers 404 'NoSuchWebsiteConfiguration' to everything.",
        when.website,
        off,
        ("website-*", "missing-is-forbidden", "request-*"),
    ),
    Check(
        "website-rule-missing",
        "The website has a rule for what is missing.",
        "Without it what is missing is a 404 for ever, and the function is never asked.",
        _is_website,
        rule_missing,
        ("website-rule-*", "request-*"),
    ),
    Check(
        "website-rule-hidden",
        "No rule hides ours.",
        "S3 goes by the first rule that matches, so ours never does.",
        _is_website,
        rule_hidden,
        ("request-*",),
    ),
    Check(
        "website-rule-target",
        "The website's rule leads to the function.",
        "A wrong stage or path is 'Missing Authentication Token', a wrong host a timeout, and a 301 is kept for ever.",
        _is_website,
        rule_target,
        ("request-*",),
    ),
    Check(
        "block-public-access",
        "Nothing blocks the public from the website.",
        "S3 then says 403 to everyone, whatever the policy allows.",
        when.website,
        public_block,
        ("policy-missing", "missing-is-forbidden", "request-*"),
    ),
    Check(
        "missing-is-forbidden",
        "What is missing is a 404.",
        "The rule that asks the function is for 404 alone.",
        _walked_website,
        missing_is_forbidden,
        ("request-*",),
    ),
)
