"""
Taking away what deploys have made: our parts of the bucket's documents, the stack, and what is remembered.

They go in this order, so that no request is sent to what is gone, and a destroy that was interrupted can be run again.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from firstsight import purging
from firstsight.aws import apply, documents
from firstsight.aws.apply import Deploy
from firstsight.aws.cloud import AwsRefused
from firstsight.aws.facts import Facts
from firstsight.grammars import select
from firstsight.places import open_stores
from firstsight.service import Service


@dataclass(frozen=True, slots=True)
class Restored:
    """A document as it is and as it will be."""

    kind: str
    bucket: str
    before: Any
    after: Any


def restorations(facts: Facts) -> Iterator[Restored]:
    """Give what has to be done about the bucket's documents. Pure."""
    kept = facts.state.value.documents if facts.state.value else {}
    for kind in reversed(documents.KINDS):
        if kind in kept and (kind in facts.former or facts.bucket_of(kind).exists):
            bucket, fact = facts.remembered(kind)
            if fact.unknown:
                raise AwsRefused(f"The {kind} of {bucket} cannot be read: {fact.unknown}.")
            yield Restored(kind, bucket, fact.value, documents.restored(kind, fact.value, kept[kind]))


def destroy(deploy: Deploy, *, derivatives: bool) -> None:
    """
    Take everything away; `derivatives` as well, if that is wanted.

    Raises DeployOvertaken before anything is changed, AwsRefused, StackFailed.
    """
    cloud, desired = deploy.cloud, deploy.desired
    if deploy.facts.state.value is not None:
        deploy.claim()
    apply.clear_probes(cloud, desired, deploy.settings, deploy.state.probes)
    for restored in restorations(deploy.facts):
        if not documents.KINDS[restored.kind].same(restored.before, restored.after):
            deploy.tell(f"The {restored.kind} of {restored.bucket}")
            cloud.put_document(restored.bucket, restored.kind, restored.after)
        deploy.forget(restored.kind)
    if derivatives:
        _delete_derivatives(deploy)
    if deploy.facts.stack.status.value is not None:
        deploy.tell("The stack")
        left = apply.wait(deploy, deploy.facts.stack.status.value)
        if left is not None:
            cloud.delete_stack(desired.name)
            left = apply.wait(deploy, "DELETE_IN_PROGRESS")
        if left is not None:
            raise apply.StackFailed(
                f"The stack is {left}.", remedy="CloudFormation says which resource holds it; then run destroy again."
            )
    for bucket in deploy.state.made:
        if cloud.delete_bucket(bucket):
            deploy.tell(f"Bucket {bucket}, which was empty")
    if deploy.facts.artefacts.value:
        cloud.delete_below(desired.artefacts, f"{desired.name}/")
        cloud.delete_bucket(desired.artefacts)


def _delete_derivatives(deploy: Deploy) -> None:
    settings = deploy.settings  # whose keys are not needed, and may be gone from where they were kept
    service = Service(settings, *open_stores(settings), select(settings.grammars))
    deleted = sum(1 for _ in purging.purge(service.derivatives, purging.below(service, "")))
    deploy.tell(f"{deleted:,} derivatives")
