"""What runs, since when, and what has drifted from what was deployed."""

import re
from collections.abc import Iterator

from firstsight.aws import documents
from firstsight.aws.cloud import Cloud
from firstsight.aws.desired import Desired
from firstsight.aws.drift import drift
from firstsight.aws.facts import Facts

#: What deploys and rollbacks move themselves.
_MOVED = ("Live", "Next")


def rows(cloud: Cloud, facts: Facts, desired: Desired, *, look: bool) -> Iterator[tuple[str, str]]:
    """Give what there is to say, as names and values; `look` is whether to look for drift in the stack."""
    stack, live = facts.stack, facts.live
    yield "Stack", f"{desired.name} in {facts.region}: {stack.status.unknown or stack.status.value or 'not there'}"
    if stack.status.value is None:
        return
    found = live.value
    yield "Live", live.unknown or (f"version {found.number}, {found.description}" if found else "no version")
    if found:
        yield "Since", _readable(found.modified)
    for name, value in sorted(stack.outputs.items()):
        if name in ("Front", "Distribution"):
            yield name, value
    state = facts.state.value
    yield "Before", ", ".join(state.live[:-1]) if state and len(state.live) > 1 else "no version to go back to"
    yield from (("Drifted", told) for told in documents_drifted(facts))
    if look:
        drifted = drift(cloud, desired.name)
        if drifted.unknown:
            yield "Drift", f"unknown: {drifted.unknown}"
        told = [f"{logical}: {what}" for logical, what in drifted.value or () if logical not in _MOVED]
        yield from (("Drifted", one) for one in told)
        if drifted.value is not None and not told:
            yield "Drift", "none in the stack"


def _readable(time: str) -> str:
    """Write Lambda's `2026-01-05T09:30:00.123+0000` for a person."""
    found = re.fullmatch(r"(\d{4}-\d\d-\d\d)T(\d\d:\d\d:\d\d)(\.\d+)?(\+0000|Z)", time)
    return f"{found[1]} {found[2]} UTC" if found else time


def documents_drifted(facts: Facts) -> Iterator[str]:
    """Say which of the bucket's documents has been changed by others since it was deployed. Pure."""
    for kind, kept in (facts.state.value.documents if facts.state.value else {}).items():
        bucket, fact = facts.remembered(kind)
        if fact.unknown:
            yield f"{kind} of {bucket}: unknown ({fact.unknown})"
        elif not documents.KINDS[kind].same(fact.value, kept.after):
            merged = documents.KINDS[kind].merge(fact.value, kept.ours, kept.ours)
            lost = not documents.KINDS[kind].same(fact.value, merged)
            yield f"{kind} of {bucket}: changed since" + (", and our part is gone" if lost else "")
