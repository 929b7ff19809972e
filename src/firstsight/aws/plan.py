"""
A plan: every change from what AWS has to what the settings ask for, in the order in which apply makes them. Pure.

What could not be read is shown as unknown, and never guessed; a plan that would have to merge something into it is
refused.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any

from firstsight.aws import cost, documents, invalidation, prices, template
from firstsight.aws.desired import Desired, parts
from firstsight.aws.facts import Fact, Facts
from firstsight.aws.names import partition
from firstsight.aws.state import Kept, State
from firstsight.aws.warnings import refusals, unknowns, warnings
from firstsight.errors import FirstsightError
from firstsight.http import digest
from firstsight.settings import Settings


class Action(StrEnum):
    """What is done about one thing."""

    CREATE = "create"
    UPDATE = "update"
    DELETE = "delete"
    KEEP = "keep"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Change:
    """One thing as it is and as it is to be; `before` and `after` are None where it is not there."""

    action: Action
    #: What apply calls the step that makes it: artefacts, bucket, code, stack, function, or a kind of document.
    step: str
    what: str
    before: Any = None
    after: Any = None


@dataclass(frozen=True, slots=True)
class Plan:
    """All changes, and what is to be known before they are made."""

    name: str
    account: str
    region: str
    changes: tuple[Change, ...]
    grants: tuple[Mapping[str, Any], ...]
    cost: cost.Estimate
    warnings: tuple[str, ...]
    unknowns: tuple[str, ...]
    #: Why it cannot be applied, a sentence each.
    refusals: tuple[str, ...]

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to change."""
        return all(change.action is Action.KEEP for change in self.changes)

    @property
    def checksum(self) -> str:
        """Name this plan: equal for the same changes to the same things."""
        return digest(self.name, self.account, self.region, json.dumps(self._told(), sort_keys=True))[:12]

    def changes_of(self, step: str) -> tuple[Change, ...]:
        """Give what a step has to change."""
        return tuple(change for change in self.changes if change.step == step and change.action is not Action.KEEP)

    def data(self) -> dict[str, Any]:
        """Give the plan as JSON."""
        return {
            "name": self.name,
            "account": self.account,
            "region": self.region,
            "changes": self._told(),
            "grants": [dict(grant) for grant in self.grants],
            "cost": {
                "dollars_a_month": round(self.cost.dollars, 2),
                "requests": self.cost.requests,
                "prices_of": prices.DATE,
                "rows": [asdict(row) for row in self.cost.costs],
            },
            "warnings": list(self.warnings),
            "unknown": list(self.unknowns),
            "refused": list(self.refusals),
            "checksum": self.checksum,
        }

    def _told(self) -> list[dict[str, Any]]:
        return [asdict(change) for change in self.changes]


class PlanRefused(FirstsightError):
    """The plan cannot be applied, or is not the one that was agreed to."""

    code = "plan-refused"
    title = "Plan refused"


def make(settings: Settings, facts: Facts, desired: Desired, requests: int = cost.REQUESTS) -> Plan:
    """Compare what is there with what is wanted."""
    granted = [*template.grants(desired.stack), *invalidation.later(desired.stack)]
    stack = template.build(desired.stack)
    return Plan(
        name=desired.name,
        account=desired.account,
        region=desired.region,
        changes=tuple(changes(facts, desired, stack)),
        grants=tuple(_resolved(granted, desired)),
        cost=cost.function(deployment(desired), cost.Traffic(requests)),
        warnings=tuple(warnings(settings, facts, desired)),
        unknowns=tuple(unknowns(facts)),
        refusals=tuple(refusals(settings, facts, desired)),
    )


def deployment(desired: Desired) -> cost.Deployment:
    """Give what of a deploy costs."""
    wanted = desired.stack
    resources = template.build(wanted)["Resources"].values()
    return cost.Deployment(
        wanted.topology,
        wanted.front,
        wanted.architecture,
        wanted.memory,
        alarms=sum(resource["Type"] == "AWS::CloudWatch::Alarm" for resource in resources),
        notified=(wanted.notifications or wanted.events != "") and wanted.sources == wanted.derivatives,
    )


def _resolved(grants: list[dict[str, Any]], desired: Desired) -> list[dict[str, Any]]:
    """Write what CloudFormation will put in, for a reader."""
    text = json.dumps(grants)
    for name, value in (
        ("Partition", partition(desired.region).name),
        ("Region", desired.region),
        ("AccountId", desired.account),
        ("URLSuffix", partition(desired.region).domain),
    ):
        text = text.replace(f"${{AWS::{name}}}", value)
    found: list[dict[str, Any]] = json.loads(text, object_hook=lambda one: one.get("Fn::Sub", one))
    return [{**one, "Resource": _listed(one["Resource"])} for one in found]


def _listed(resource: Any) -> list[str]:
    return resource if isinstance(resource, list) else [resource]


def changes(facts: Facts, desired: Desired, stack: Mapping[str, Any]) -> Iterator[Change]:
    """Give every change in the order of apply's steps."""
    yield _presence("artefacts", f"bucket {desired.artefacts}", facts.artefacts)
    for bucket in facts.buckets:
        yield _presence("bucket", f"bucket {bucket.name}", Fact(bucket.exists))
    yield _presence("code", "/".join(desired.stack.code), facts.code)
    yield from _stack_changes(facts, stack)
    yield _function_change(facts, desired)
    for kind in documents.KINDS:
        yield from _document_changes(facts, desired, kind)
    yield _end(facts, desired)


def _presence(step: str, what: str, fact: Fact[bool]) -> Change:
    if fact.unknown:
        return Change(Action.UNKNOWN, step, what, fact.unknown)
    return Change(Action.KEEP if fact.value else Action.CREATE, step, what)


def _stack_changes(facts: Facts, stack: Mapping[str, Any]) -> Iterator[Change]:
    """Compare resource by resource. A stack that is not whole is changed even if its template is the wanted one."""
    status, existing = facts.stack.status, facts.stack.template
    if status.unknown or existing.unknown:
        yield Change(Action.UNKNOWN, "stack", "stack", status.unknown or existing.unknown)
        return
    before = (existing.value or {}).get("Resources", {}) if is_there(status.value) else {}
    after = stack["Resources"]
    for logical in [*after, *(logical for logical in before if logical not in after)]:
        old, new = before.get(logical), after.get(logical)
        action = Action.KEEP if old == new else _action(old, new)
        kind = (new or old or {})["Type"]
        yield Change(action, "stack", f"{logical} ({kind})", *((None, None) if old == new else (old, new)))
    if before and not is_whole(status.value):
        yield Change(Action.UPDATE, "stack", "stack", {"status": status.value, "reason": facts.stack.reason}, "whole")


def is_there(status: str | None) -> bool:
    """Whether there is a stack that can be updated; one whose creation failed has to be deleted first."""
    gone = ("CREATE_FAILED", "ROLLBACK_COMPLETE", "ROLLBACK_FAILED", "REVIEW_IN_PROGRESS", "DELETE_FAILED")
    return status is not None and status not in gone


def is_whole(status: str | None) -> bool:
    """Whether the stack's last change went through, or was rolled back completely."""
    return status in ("CREATE_COMPLETE", "UPDATE_COMPLETE", "UPDATE_ROLLBACK_COMPLETE", "IMPORT_COMPLETE")


def _function_change(facts: Facts, desired: Desired) -> Change:
    """Give the change of the live version. It counts as live only if its smoke test has passed, which is remembered."""
    state = facts.state.value or State(desired.stack.derivatives.bucket)
    after = template.description(desired.stack)
    if facts.live.unknown or facts.state.unknown:
        return Change(Action.UNKNOWN, "function", "alias live", facts.live.unknown or facts.state.unknown)
    live = facts.live.value
    if live is None or not state.live:
        return Change(Action.CREATE, "function", "alias live", None, after)
    if live.description == after and live.number == state.live[-1]:
        return Change(Action.KEEP, "function", f"alias live, version {live.number}")
    return Change(Action.UPDATE, "function", "alias live", f"version {live.number}, {live.description}", after)


def _document_changes(facts: Facts, desired: Desired, kind: str) -> Iterator[Change]:
    """Our part is taken out of a bucket that the settings no longer name, before it is put into the one they do."""
    bucket = facts.bucket_of(kind)
    kept = facts.state.value.documents.get(kind) if facts.state.value else None
    if kept is not None and kind in facts.former:
        yield _document_change(f"{kind} of bucket {kept.bucket}", kind, facts.former[kind], None, kept)
        kept = None
    part = parts(desired, facts.stack.outputs if is_there(facts.stack.status.value) else {})[kind]
    if part is not None or kept is not None:
        found = Fact(unknown=facts.state.unknown) if facts.state.unknown else bucket.documents.get(kind, Fact())
        yield _document_change(f"{kind} of bucket {bucket.name}", kind, found, part, kept)


def _document_change(
    what: str, kind: str, fact: Fact[Any], part: Mapping[str, Any] | None, kept: Kept | None
) -> Change:
    if fact.unknown:
        return Change(Action.UNKNOWN, kind, what, fact.unknown)
    after = documents.merged(kind, fact.value, part, kept)
    if documents.KINDS[kind].same(fact.value, after):
        return Change(Action.KEEP, kind, what)
    return Change(_action(fact.value, after), kind, what, readable(fact.value), readable(after))


def _end(facts: Facts, desired: Desired) -> Change:
    """Give the final check through the public front, which a deploy that was interrupted has not made."""
    finished = facts.state.value is not None and facts.state.value.finished == finish_line(desired)
    return Change(Action.KEEP if finished else Action.UPDATE, "check", "an image through the front")


def finish_line(desired: Desired) -> str:
    """Name the state that a finished deploy has reached, to be remembered."""
    return digest(template.text(desired.stack), desired.public_url, desired.front_host)


def _action(before: Any, after: Any) -> Action:
    return Action.CREATE if before is None else Action.DELETE if after is None else Action.UPDATE


def readable(document: Any) -> Any:
    """Give a document as a value, also one that is text."""
    return json.loads(document) if isinstance(document, str) else document
