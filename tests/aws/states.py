"""States of AWS for tests that have none: facts with what matters changed, and the settings they are met with."""

import dataclasses
import json
from typing import Any

from firstsight.aws import template
from firstsight.aws.desired import Desired, desire
from firstsight.aws.facts import Bucket, Fact, Facts, Stack, Version
from firstsight.aws.names import places
from firstsight.aws.plan import finish_line
from firstsight.aws.reading import KINDS
from firstsight.aws.state import State
from firstsight.settings import Settings, from_dict

ACCOUNT, REGION = "123456789012", "eu-central-1"
SHA = "a" * 64

THEIR_RULE = {"Condition": {"KeyPrefixEquals": "old/"}, "Redirect": {"ReplaceKeyPrefixWith": "new/"}}
THEIR_STATEMENT = {
    "Sid": "Theirs",
    "Effect": "Allow",
    "Principal": {"AWS": f"arn:aws:iam::{ACCOUNT}:role/uploader"},
    "Action": "s3:PutObject",
    "Resource": "arn:aws:s3:::photos/uploads/*",
}
#: As a team writes it: the bytes are theirs.
THEIR_POLICY = json.dumps({"Version": "2012-10-17", "Statement": [THEIR_STATEMENT]}, indent=4)
THEIR_WEBSITE = {
    "IndexDocument": {"Suffix": "home.html"},
    "ErrorDocument": {"Key": "oops.html"},
    "RoutingRules": [THEIR_RULE],
}
THEIR_NOTIFICATIONS = {
    "QueueConfigurations": [
        {
            "Id": "theirs",
            "QueueArn": f"arn:aws:sqs:{REGION}:{ACCOUNT}:theirs",
            "Events": ["s3:ObjectRestore:Completed"],
        }
    ]
}
OUTPUTS = {
    "Front": "https://abc123.execute-api.eu-central-1.amazonaws.com/prod",
    "Next": "https://abc123.execute-api.eu-central-1.amazonaws.com/next",
    "Distribution": "E1ABCDEF",
}


def settings(topology: str = "website", aws: dict[str, Any] | None = None, **more: Any) -> Settings:
    """Settings for a bucket called photos."""
    presets = {"thumb": {"transform": "100x80", "format": "webp"}, "auto": "200x"}
    return from_dict(
        {"source": "s3://photos", "presets": presets, "aws": {"topology": topology, **(aws or {})}, **more}
    )


def bucket(name: str = "photos", **documents: Any) -> Bucket:
    """A bucket that is there; documents are values or facts."""
    found = {kind: one if isinstance(one, Fact) else Fact(one) for kind, one in documents.items()}
    absent: dict[str, Fact[Any]] = {kind: Fact(None) for kind in KINDS}
    return Bucket(name, exists=True, region=REGION, documents=absent | found)


THEIRS: dict[str, Any] = {"policy": THEIR_POLICY, "website": THEIR_WEBSITE, "notifications": THEIR_NOTIFICATIONS}


def facts(sources: Bucket | None = None, derivatives: Bucket | None = None, **changes: Any) -> Facts:
    """Facts of an account in which nothing has been deployed yet."""
    first = sources or bucket(**THEIRS)
    return Facts(ACCOUNT, REGION, first, derivatives or first, **changes)


def deployed(settings: Settings, before: Facts, *, sha: str = SHA, version: str = "1") -> tuple[Facts, Desired]:
    """Facts after a deploy that went through, and what it was of."""
    from firstsight.aws import documents
    from firstsight.aws.desired import parts

    desired = desire(settings, before, sha)
    kept, after = {}, {}
    for kind, part in parts(desired, OUTPUTS).items():
        found = before.sources.documents[kind].value
        after[kind] = documents.merged(kind, found, part, None)
        if part is not None:
            kept[kind] = documents.keep(kind, found, after[kind], part, None)
    stack = Stack(Fact("CREATE_COMPLETE"), Fact(json.loads(template.text(desired.stack))), OUTPUTS)
    state = State(places(settings)[1].bucket, kept, (version,), finish_line(desired))
    held = dataclasses.replace(before.sources, documents={**before.sources.documents, **map_facts(after)})
    found = dataclasses.replace(
        before,
        sources=held,
        derivatives=held,
        artefacts=Fact(True),
        code=Fact(True),
        stack=stack,
        live=Fact(Version(version, template.description(desired.stack))),
        state=Fact(state),
    )
    return found, desired


def map_facts(values: dict[str, Any]) -> dict[str, Fact[Any]]:
    """Each value as a fact."""
    return {name: Fact(value) for name, value in values.items()}
