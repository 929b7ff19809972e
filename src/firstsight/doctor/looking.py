"""Reads what AWS has. It needs boto3, so nobody imports it who can do without."""

import functools
import os
import time
from collections.abc import Callable
from dataclasses import replace

from firstsight.aws import api_facts, cdn_facts, function_facts, log_facts, reading, role_facts
from firstsight.aws.cloud import Cloud
from firstsight.aws.desired import desire, kms_keys
from firstsight.aws.facts import NOT_THERE, Fact
from firstsight.aws.facts import Facts as AwsFacts
from firstsight.aws.function_facts import Function
from firstsight.doctor.facts import OnAws
from firstsight.doctor.finding import Hop
from firstsight.doctor.log import Invocation, Trouble, invocations
from firstsight.settings import Settings, Topology

CloudOf = Callable[[str | None], Cloud]
#: How often the log is read again for the answer of a request that has just failed, and the seconds between: CloudWatch
#: shows a line a few seconds after it was written.
AGAIN, PAUSE = 5, 2.0


def look(
    settings: Settings,
    hops: tuple[Hop, ...] = (),
    *,
    cloud_of: CloudOf = Cloud,
    now: Callable[[], float] = time.time,
    pause: Callable[[float], None] = time.sleep,
) -> OnAws:
    """Read AWS. Raises BadSettings, NoAws, AwsRefused, StateUnreadable."""
    began = now() - sum(hop.seconds for hop in hops) - 1
    cloud_of = functools.cache(cloud_of)
    cloud = reading.connect(settings, cloud_of)
    found = reading.read(cloud, settings)
    desired = desire(settings, found, "")
    facts = OnAws(found, desired, private=bool(os.environ.get("AWS_ENDPOINT_URL")))
    facts = _front(facts, cloud, cloud_of)
    facts = replace(facts, function=_function(facts, cloud, cloud_of))
    if facts.function.value is not None:
        facts = _running(facts, facts.function.value, cloud_of(facts.function.value.region), hops, began, pause)
    if settings.aws.topology is Topology.CDN:
        identifier = found.stack.outputs.get("Distribution", "")
        keys = {key: cdn_facts.key_policy(cloud, key) for key in kms_keys(found)}
        facts = replace(facts, keys=keys)
        if identifier:
            facts = replace(facts, distribution=cdn_facts.read(cloud, identifier))
    return facts


def rule_target(found: AwsFacts) -> str:
    """Give where the website's first rule for what is missing leads to, as a URL, or nothing."""
    website = found.derivatives.documents.get("website")
    for rule in (website.value or {}).get("RoutingRules", ()) if website else ():
        redirect, code = rule.get("Redirect", {}), rule.get("Condition", {}).get("HttpErrorCodeReturnedEquals")
        if redirect.get("HostName") and code in ("404", "403", None):
            scheme, path = redirect.get("Protocol", "https"), redirect.get("ReplaceKeyPrefixWith", "")
            return f"{scheme}://{redirect['HostName']}/{path}".rstrip("/")
    return ""


def _front(facts: OnAws, cloud: Cloud, cloud_of: CloudOf) -> OnAws:
    """Read the API that the stack has, or else the one that the rule leads to, wherever that is."""
    own = api_facts.place_of(facts.found.stack.outputs.get("Front", ""))
    led = api_facts.place_of(rule_target(facts.found))
    api = api_facts.read(cloud, own[0]) if own else NOT_THERE
    if led is None or (own and led[0] == own[0]):
        return replace(facts, api=api, rule_region=cloud.region if api.value else "")
    if api.value is not None:
        return replace(facts, api=api, rule_region=led[1])
    region = led[1] or _region_of_api(cloud, cloud_of, led[0])
    if region:
        api = api_facts.read(cloud_of(region), led[0])
    return replace(facts, api=api, rule_region=region)


def _region_of_api(cloud: Cloud, cloud_of: CloudOf, identifier: str) -> str:
    def has(where: Cloud) -> bool:
        return api_facts.read(where, identifier).value is not None

    if has(cloud):
        return cloud.region
    return function_facts.elsewhere(cloud_of, has, function_facts.regions(cloud))


def _function(facts: OnAws, cloud: Cloud, cloud_of: CloudOf) -> Fact[Function]:
    """Read the function: the stack's, or else what the API asks, or else one of its name in any other region."""
    name = facts.desired.name
    here = function_facts.read(cloud, name)
    if here.value is not None or here.unknown:
        return here
    for region, other in facts.api.value.functions if facts.api.value else ():
        there = function_facts.read(cloud_of(region), other)
        if there.value is not None:
            return there
    region = function_facts.elsewhere(
        cloud_of, lambda where: function_facts.exists(where, name), function_facts.regions(cloud)
    )
    return function_facts.read(cloud_of(region), name) if region else here


def _running(
    facts: OnAws,
    function: Function,
    cloud: Cloud,
    hops: tuple[Hop, ...],
    began: float,
    pause: Callable[[float], None],
) -> OnAws:
    """Read what says how the function runs: its log, its role, and its code where that may be what is wrong."""
    seen = _log(cloud, function, hops, began, pause)
    found, desired = facts.found, facts.desired
    places = (desired.stack.sources, desired.stack.derivatives)
    questions = role_facts.questions(cloud.region, found.account, function.name, places, kms_keys(found))
    role = NOT_THERE if facts.private else role_facts.simulate(cloud, function.role, questions)
    key = f"{desired.name}/{function.sha256}.zip"
    bundle = cloud.has(desired.artefacts, key) if found.artefacts.value else found.artefacts
    broken = any(one.trouble is Trouble.IMPORT and one.version == function.version for one in seen.value or ())
    libraries = function_facts.libraries(cloud, function) if broken or bundle.value is False else NOT_THERE
    return replace(facts, invocations=seen, role=role, bundle=bundle, libraries=libraries)


def _log(
    cloud: Cloud,
    function: Function,
    hops: tuple[Hop, ...],
    began: float,
    pause: Callable[[float], None],
) -> Fact[tuple[Invocation, ...]]:
    """Read the log; after a request that has just failed, until something has been written about it."""
    failed = bool(hops) and hops[-1].wrong and hops[-1].status not in (401, 403, 404)
    for _ in range(AGAIN if failed else 1):
        lines = log_facts.read(cloud, function.name)
        if lines.unknown:
            return Fact(unknown=lines.unknown)
        seen = invocations(lines.value or (), function.timeout)  # before its first request there is no log
        if not failed or any(one.at >= began * 1000 for one in seen):
            break
        pause(PAUSE)
    return Fact(seen)
