"""What the settings ask for: the stack, and our part of each of the bucket's documents. Pure."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from firstsight import references
from firstsight.aws import documents, edge, invalidation, lifecycle, secrets, template
from firstsight.aws.desired_stack import DesiredStack
from firstsight.aws.facts import Facts
from firstsight.aws.fronts import REST_STAGES
from firstsight.aws.names import (
    LIVE,
    Place,
    artefacts_bucket,
    function_arn,
    partition,
    places,
    sid,
    stack_name,
    website_url,
)
from firstsight.errors import BadSettings
from firstsight.settings import SETTINGS, Front, Setting, Settings, Topology

#: Stands in a plan for what is known only once the stack has been made.
LATER = "known-when-the-stack-is-made"
#: Settings that have no meaning in a function.
_OF_THE_SERVER = ("host", "hosts", "port", "workers", "renders", "queue")
_EVENTS = ["s3:ObjectCreated:*", "s3:ObjectRemoved:*"]


@dataclass(frozen=True, slots=True)
class Desired:
    """What a deploy is to lead to."""

    name: str
    account: str
    region: str
    stack: DesiredStack
    #: The bucket for bundles and what is remembered.
    artefacts: str
    #: Where derivatives are served, as far as that is known before there is a stack.
    public_url: str
    front_host: str
    #: The lifecycle rule of the derivatives, if they are to have one.
    lifecycle: Mapping[str, Any] | None = None

    @property
    def fingerprint(self) -> str:
        """Name what a version of the function is made from."""
        return template.fingerprint(self.stack)

    def bucket_of(self, kind: str) -> str:
        """Give the bucket whose document of this kind is concerned."""
        place = self.stack.sources if kind == "notifications" else self.stack.derivatives
        return place.bucket


def desire(settings: Settings, facts: Facts, digest: str) -> Desired:
    """Give what a deploy is to lead to. `digest` is the bundle's SHA-256 in hexadecimal. Raises BadSettings."""
    sources, derivatives = places(settings)
    name = stack_name(settings)
    front = front_of(settings)
    website = settings.aws.topology is Topology.WEBSITE
    public_url = settings.aws.public_url or (website_url(derivatives, facts.region) if website else "")
    artefacts = artefacts_bucket(facts.account, facts.region)
    distribution = invalidation.distribution(settings, name)
    stack = DesiredStack(
        name=name,
        topology=settings.aws.topology,
        front=front,
        public=settings.aws.public,
        architecture=settings.aws.architecture.value,
        memory=settings.aws.memory,
        timeout=settings.aws.timeout,
        environment=environment(settings, sources, derivatives, public_url)
        | ({invalidation.VARIABLE: distribution} if distribution else {}),
        code=(artefacts, f"{name}/{digest}.zip"),
        sources=sources,
        derivatives=derivatives,
        kms=kms_keys(facts),
        notifications=not settings.aws.events and notification_rival(facts, name, sources) == "",
        events=settings.aws.events,
        edge=edge.code(settings) if settings.aws.topology is Topology.CDN else "",
        keys=secrets.reference_of(settings),
        cors=settings.cors if settings.aws.topology is Topology.CDN else "",
        backfill=settings.aws.backfill,
        distribution=distribution,
    )
    days = lifecycle.days(settings, facts, sources, derivatives)
    return Desired(
        name,
        facts.account,
        facts.region,
        stack,
        artefacts,
        public_url,
        settings.aws.front_host,
        lifecycle.rule(name, derivatives, days, versions=lifecycle.keeps_versions(facts)) if days else None,
    )


def front_of(settings: Settings) -> Front:
    """Give what stands before the function. Raises BadSettings for what does not go together."""
    topology, front = settings.aws.topology, settings.aws.front
    if topology is Topology.CDN and front not in (Front.AUTO, Front.FUNCTION_URL):
        raise BadSettings(
            f"Expected 'aws.front' to be function-url behind CloudFront but got '{front}'.",
            remedy='Leave it out, or choose topology = "direct".',
        )
    if topology is Topology.WEBSITE and front is Front.FUNCTION_URL and not settings.aws.public:
        raise BadSettings(
            "Expected 'aws.public' with a function URL behind a website: S3 redirects everyone to it.",
            remedy="Set public = true in [aws], or leave `front` out.",
        )
    if front is not Front.AUTO:
        return front
    return Front.REST_API if topology is Topology.WEBSITE else Front.FUNCTION_URL


#: How glibc's malloc is to hold memory (mallopt(3)): in one arena, and what one image leaves free for the next one.
MALLOC = {
    "MALLOC_ARENA_MAX": "1",
    "MALLOC_TRIM_THRESHOLD_": str(4 << 20),
    "MALLOC_MMAP_THRESHOLD_": str(512 << 10),
}


def environment(settings: Settings, sources: Place, derivatives: Place, public_url: str) -> dict[str, str]:
    """
    Give the function's variables: where its stores are, and what was set in our environment.

    No secret is among them, because they are readable in the template; a reference to a secret may be.
    """
    rows = {row.variable: row for row in SETTINGS if row.name not in _OF_THE_SERVER}
    ours = {
        name: os.environ[name]
        for name in rows.keys() & os.environ.keys()
        if not name.startswith("FIRSTSIGHT_AWS_") and may_be_told(rows[name], os.environ[name])
    }
    fixed = {
        "FIRSTSIGHT_SOURCE": sources.url,
        "FIRSTSIGHT_DERIVATIVES": derivatives.url,
        "FIRSTSIGHT_AWS_TOPOLOGY": settings.aws.topology.value,
        "FIRSTSIGHT_AWS_PUBLIC_URL": public_url,
    }
    return MALLOC | ours | fixed


def may_be_told(row: Setting, value: str) -> bool:
    """Whether the value of a variable may stand in the template."""
    return not row.secret or references.is_reference(value)


def kms_keys(facts: Facts) -> tuple[str, ...]:
    """Give the ARNs of the keys that the buckets are encrypted with."""
    arns = []
    for bucket in (facts.sources, facts.derivatives):
        key = bucket.kms_key
        if key in ("", "aws/s3"):  # the key that S3 manages needs no grant within its account
            continue
        base = f"arn:{partition(facts.region).name}:kms:{facts.region}:{facts.account}:"
        arns.append(key if key.startswith("arn:") else base + (key if "/" in key else f"key/{key}"))
    return tuple(dict.fromkeys(arns))


def notification_rival(facts: Facts, name: str, sources: Place) -> str:
    """Give the id of an existing notification that S3 would not accept beside ours, or nothing."""
    document = facts.sources.documents.get("notifications")
    return documents.overlapping(document.value, _notification(facts, name, sources)) if document else ""


def parts(desired: Desired, outputs: Mapping[str, str]) -> dict[str, Mapping[str, Any] | None]:
    """Give our part of each document, None where the topology has none. `outputs` are the stack's, or nothing yet."""
    stack, derivatives = desired.stack, desired.stack.derivatives
    arn = f"arn:{partition(desired.region).name}:s3:::{derivatives.bucket}/{derivatives.prefix}*"
    read: dict[str, Any] = {"Sid": sid(desired.name), "Effect": "Allow", "Action": "s3:GetObject", "Resource": arn}
    rule = policy = None
    if stack.topology is Topology.WEBSITE:
        policy = {**read, "Principal": "*"}
        rule = website_rule(desired, outputs)
    if stack.topology is Topology.CDN:
        cloudfront = f"arn:{partition(desired.region).name}:cloudfront::{desired.account}:distribution/"
        only = {"StringEquals": {"AWS:SourceArn": cloudfront + outputs.get("Distribution", LATER)}}
        policy = {**read, "Principal": {"Service": "cloudfront.amazonaws.com"}, "Condition": only}
    notification = _notification(desired, desired.name, stack.sources) if stack.notifications else None
    return {"policy": policy, "website": rule, "notifications": notification, "lifecycle": desired.lifecycle}


def website_rule(desired: Desired, outputs: Mapping[str, str]) -> dict[str, Any]:
    """Give the routing rule that sends what S3 does not have to the function."""
    stages = {Front.REST_API: REST_STAGES[LIVE]}
    front = urlsplit(outputs.get("Front", f"https://{LATER}/{stages.get(desired.stack.front, '')}"))
    stage = front.path.strip("/")
    prefix = desired.stack.derivatives.prefix
    replaced = {"ReplaceKeyPrefixWith": f"{stage}/" if stage else ""} if stage or prefix else {}
    return {
        "Condition": {"HttpErrorCodeReturnedEquals": "404", **({"KeyPrefixEquals": prefix} if prefix else {})},
        "Redirect": {
            "Protocol": front.scheme,
            "HostName": desired.front_host or front.netloc,
            "HttpRedirectCode": "307",  # temporary, and the same method
            **replaced,
        },
    }


def _notification(facts: Facts | Desired, name: str, sources: Place) -> dict[str, Any]:
    found: dict[str, Any] = {
        "Id": name,
        "LambdaFunctionArn": function_arn(name, facts.account, facts.region),
        "Events": _EVENTS,
    }
    if sources.prefix:
        found["Filter"] = {"Key": {"FilterRules": [{"Name": "Prefix", "Value": sources.prefix}]}}
    return found
