"""CloudFront: S3 is really asked, the function after it, and nothing is kept that must not be."""

from collections.abc import Mapping
from typing import Any

from firstsight.doctor import when
from firstsight.doctor.check import Check, Said, known
from firstsight.doctor.facts import Facts
from firstsight.doctor.finding import Verdict, Who
from firstsight.settings import Topology
from firstsight.transform import Format

#: Seconds for which a mistake of who asks, and a failure of ours, may be kept.
MOST_MISTAKE, MOST_FAILURE = 60, 10
_CONSOLE = "CloudFront > Distributions > {id}"
_DEPLOY = "firstsight deploy sets it; by hand: " + _CONSOLE


def missing(facts: Facts) -> Said | None:
    """The distribution is there, and on."""
    aws = when.aws(facts)
    found = known(aws.distribution)
    identifier = aws.found.stack.outputs.get("Distribution", "")
    if found is None:
        return Said(
            "The distribution is gone, and its stack is still there.",
            (f"GetDistribution {identifier}: NoSuchDistribution",),
            "firstsight destroy, then firstsight deploy: CloudFormation does not make again what others have deleted.",
        )
    if not found.config.get("Enabled", True):
        return Said("The distribution is off.", ("Enabled: false",), f"{_CONSOLE.format(id=found.id)} > Enable.")
    if found.status and found.status != "Deployed":
        return Said(
            "The distribution is being changed.", (f"Status: {found.status}",), "Wait a few minutes.", Verdict.WARNING
        )
    return None


def access(facts: Facts) -> Said | None:
    """Each origin of S3 or of a function URL is asked with a signature."""
    found = when.distribution(facts)
    bare = [
        origin
        for origin in _origins(found.config).values()
        if not origin.get("OriginAccessControlId")
        and not origin.get("S3OriginConfig", {}).get("OriginAccessIdentity")
        and (_is_s3(origin) or ".lambda-url." in origin.get("DomainName", ""))
    ]
    if not bare:
        return None
    s3 = any(_is_s3(origin) for origin in bare)
    return Said(
        "CloudFront asks S3 without a signature, so S3 never answers, and the failover to the function hides it."
        if s3
        else "CloudFront asks the function without a signature, and the function refuses it.",
        tuple(f"origin {one['Id']} ({one['DomainName']}): no OriginAccessControlId" for one in bare),
        f"{_DEPLOY.format(id=found.id)} > Origins > Edit > Origin access: Origin access control settings.",
    )


def failover(facts: Facts) -> Said | None:
    """S3 is asked first, and the function for what S3 says 403 or 404 of."""
    found = when.distribution(facts)
    target = found.config["DefaultCacheBehavior"].get("TargetOriginId", "")
    group = next((one for one in _items(found.config.get("OriginGroups")) if one["Id"] == target), None)
    remedy = f"{_DEPLOY.format(id=found.id)} > Origins > Origin groups: S3 first, then the function, on 403 and 404."
    if group is None:
        return Said("Only one origin is ever asked.", (f"TargetOriginId: {target}, which is no group",), remedy)
    codes = _items(group["FailoverCriteria"]["StatusCodes"])
    members = [member["OriginId"] for member in _items(group["Members"])]
    lacking = [code for code in (403, 404) if code not in codes]
    if lacking:
        return Said(
            f"The function is not asked where S3 says {' or '.join(map(str, lacking))}, as it does of what is missing.",
            (f"FailoverCriteria of {target}: {', '.join(map(str, codes))}",),
            remedy,
        )
    first = _origins(found.config).get(members[0] if members else "", {})
    if _is_function(first):
        return Said("The function is asked before S3.", (f"Members of {target}: {', '.join(members)}",), remedy)
    return None


def redirect(facts: Facts) -> Said | None:
    """No redirect is kept."""
    kept = [
        hop
        for hop in facts.hops
        if 300 <= hop.status < 400 and hop.who is Who.CLOUDFRONT and "hit" in hop.headers.get("x-cache", "").lower()
    ]
    if kept:
        return Said(
            "CloudFront has kept a redirect, so it leads back for ever.",
            tuple(f"{hop.status} {hop.url} -> {hop.to} (x-cache: {hop.headers['x-cache']})" for hop in kept),
            "aws cloudfront create-invalidation --distribution-id ID --paths '/*', and a cache policy with "
            "MinTTL 0, so that the `no-store` of redirects is heeded.",
        )
    if not when.distributed(facts):
        return None
    found = when.distribution(facts)
    for name, behaviour in _behaviours(found.config):
        least, line = behaviour.get("MinTTL", 0), f"MinTTL of {name}"
        policy = found.policies.get(behaviour.get("CachePolicyId", ""))
        if policy is not None:
            config = known(policy) or {}
            least, line = config.get("MinTTL", 0), f"MinTTL of the cache policy {config.get('Name', '')} of {name}"
        if least > 0:
            return Said(
                "CloudFront keeps redirects and errors that say that they are not to be kept.",
                (f"{line}: {least}",),
                "firstsight deploy sets it; by hand: CloudFront > Policies > Cache > Edit > Minimum TTL: 0.",
            )
    return None


def errors(facts: Facts) -> Said | None:
    """Errors are kept for a moment only."""
    found = when.distribution(facts)
    long = [
        one
        for one in _items(found.config.get("CustomErrorResponses"))
        if one.get("ErrorCachingMinTTL", 10) > (MOST_MISTAKE if one["ErrorCode"] < 500 else MOST_FAILURE)
    ]
    if not long:
        return None
    return Said(
        "CloudFront keeps errors for long after they are gone.",
        tuple(f"{one['ErrorCode']}: ErrorCachingMinTTL {one['ErrorCachingMinTTL']}" for one in long),
        f"{_DEPLOY.format(id=found.id)} > Error pages: Error caching minimum TTL 10, and 0 from 500 on.",
        Verdict.WARNING,
    )


def accept(facts: Facts) -> Said | None:
    """What a viewer accepts is reduced to one of three before it is a part of the cache's key."""
    found, behaviour = when.distribution(facts), when.distribution(facts).config["DefaultCacheBehavior"]
    if any(one.get("EventType") == "viewer-request" for one in _items(behaviour.get("FunctionAssociations"))):
        return None
    policy = found.policies.get(behaviour.get("CachePolicyId", ""))
    config = (known(policy) if policy else None) or {}
    headers = config.get("ParametersInCacheKeyAndForwardedToOrigin", {}).get("HeadersConfig", {}).get("Headers", {})
    keyed = any(name.lower() == "accept" for name in _items(headers))
    automatic = any(preset.transform.format is Format.AUTO for preset in when.settings(facts).presets.values())
    line = "FunctionAssociations of the default behaviour: none for viewer-request"
    remedy = f"{_DEPLOY.format(id=found.id)} > Behaviors > Edit > Function associations > Viewer request."
    if keyed:
        return Said(
            "Every spelling of Accept is kept apart, so nearly nothing is found in the cache.",
            (line, "Headers of the cache policy: Accept"),
            remedy,
            Verdict.WARNING,
        )
    if not automatic:
        return None
    return Said(
        "Every viewer is given the format that the first one accepted.",
        (line, "Headers of the cache policy: no Accept"),
        remedy,
    )


def _origins(config: Mapping[str, Any]) -> dict[str, Mapping[str, Any]]:
    return {one["Id"]: one for one in _items(config.get("Origins"))}


def _behaviours(config: Mapping[str, Any]) -> list[tuple[str, Mapping[str, Any]]]:
    found = [("the default behaviour", config["DefaultCacheBehavior"])]
    return found + [(f"the behaviour {one['PathPattern']}", one) for one in _items(config.get("CacheBehaviors"))]


def _items(listed: Any) -> list[Any]:
    """Give what CloudFront lists as Quantity and Items."""
    return list((listed or {}).get("Items") or ())


def _is_function(origin: Mapping[str, Any]) -> bool:
    return any(name in origin.get("DomainName", "") for name in (".lambda-url.", ".execute-api."))


def _is_s3(origin: Mapping[str, Any]) -> bool:
    host = origin.get("DomainName", "")
    return (".s3." in host or ".s3-" in host) and ".s3-website" not in host  # a website is asked as anyone asks it


def _expected(facts: Facts) -> bool:
    return when.deployed(facts) and when.aws(facts).desired.stack.topology is Topology.CDN


def _cached(facts: Facts) -> bool:
    return when.distributed(facts) or any(hop.who is Who.CLOUDFRONT for hop in facts.hops)


CHECKS = (
    Check(
        "cdn-missing",
        "The distribution is there, and on.",
        "Nothing answers without it.",
        _expected,
        missing,
        ("cdn-*", "policy-missing", "request-*"),
    ),
    Check(
        "cdn-access",
        "CloudFront signs what it asks S3 and the function.",
        "What is stored is then never used: each request costs an invocation, and nobody sees it but the bill.",
        when.distributed,
        access,
        ("request-*",),
    ),
    Check(
        "cdn-failover",
        "CloudFront asks S3 first, then the function.",
        "What S3 does not have is otherwise an error, or S3 is never asked at all.",
        when.distributed,
        failover,
        ("request-*",),
    ),
    Check(
        "cdn-redirect",
        "No redirect is kept.",
        "A redirect to make an image that is kept leads back to where it came from, for ever.",
        _cached,
        redirect,
        ("request-loop",),
    ),
    Check(
        "cdn-errors",
        "Errors are kept for a moment only.",
        "An image that was missing once stays missing for as long.",
        when.distributed,
        errors,
    ),
    Check(
        "cdn-accept",
        "Accept is reduced before it is a part of the key.",
        "Browsers send hundreds of spellings of Accept, and an `auto` format depends on it.",
        when.distributed,
        accept,
    ),
)
