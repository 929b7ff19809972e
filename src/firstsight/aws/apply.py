"""
Applying a plan: STEPS is all of it, in order.

Each step can safely be made again, so a deploy that was interrupted is run again: it plans anew from what is there and
makes what is missing. A document of the bucket is remembered before it is changed. The version that serves stays live
until the new one has made an image, and is made live again if the front then does not answer.
"""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from firstsight.aws import documents, probe, remembered, template
from firstsight.aws.cloud import AwsRefused, Cloud, Progress
from firstsight.aws.desired import Desired, parts
from firstsight.aws.facts import Facts
from firstsight.aws.names import LIVE, NEXT
from firstsight.aws.plan import Plan, PlanRefused, finish_line, is_there
from firstsight.aws.state import Kept, State
from firstsight.http import digest
from firstsight.settings import Front, Settings, Topology

#: How long a front that has just been made may take to answer.
PATIENCE = probe.Pace(tries=20, seconds=3)
#: States of a stack in which something is going on.
_GOING_ON = "_IN_PROGRESS"


class StackFailed(AwsRefused):
    """CloudFormation could not make the stack what it is to be; it has put back what it changed."""

    code = "stack-failed"
    title = "Stack failed"


@dataclass(slots=True)
class Deploy:
    """A deploy under way: what it knows, and what it has found out by now."""

    cloud: Cloud
    settings: Settings
    desired: Desired
    facts: Facts
    plan: Plan
    bundle: Path
    tell: Callable[[str], None] = lambda sentence: None
    pause: Callable[[float], Any] = time.sleep
    patience: probe.Pace = PATIENCE
    state: State = field(init=False)
    outputs: Mapping[str, str] = field(init=False)

    def __post_init__(self) -> None:
        """Begin with what is remembered."""
        self.state = self.facts.state.value or State(self.desired.stack.derivatives.bucket)
        self.outputs = self.facts.stack.outputs

    def remember(self, **changes: Any) -> None:
        """Change what is remembered, and write it down. Raises DeployOvertaken, also where nothing is to be changed."""
        state = replace(self.state, **changes)
        self.state = remembered.write(self.cloud, self.desired.artefacts, self.desired.name, state)

    def claim(self) -> None:
        """Begin, unless somebody else has since the plan was made. Raises DeployOvertaken."""
        self.state = remembered.claim(self.cloud, self.desired.artefacts, self.desired.name, self.state)

    def forget(self, kind: str) -> None:
        """Forget a document that is as it was without us."""
        self.remember(documents={name: one for name, one in self.state.documents.items() if name != kind})

    def smoke(self, front: str, *, sign: bool, public: bool = True) -> None:
        """Ask for one image through a front, and remove it and what was made of it."""
        wanted = self.desired.stack
        patient = not self.state.finished  # a front that is new takes its time
        token = digest(front, self.desired.fingerprint, str(time.time_ns()))[:12]
        self.remember(probes=(*self.state.probes, token))
        try:
            pace = self.patience if patient else replace(self.patience, tries=min(3, self.patience.tries))
            probe.image(
                front,
                self.settings,
                self.cloud,
                (wanted.sources, wanted.derivatives),
                token=token,
                public=public,
                sign=sign,
                pace=pace,
                pause=self.pause,
            )
        finally:
            clear_probes(self.cloud, self.desired, self.settings, self.state.probes)
            self.remember(probes=())


@dataclass(frozen=True, slots=True)
class Step:
    """One step: its name in the plan, and what it does. Most are skipped if the plan has no change for them."""

    name: str
    does: Callable[[Deploy], None]


def apply(deploy: Deploy) -> None:
    """
    Make every change of the plan.

    Raises PlanRefused before anything is changed, DeployOvertaken, AwsRefused, StackFailed, SmokeTestFailed.
    """
    if deploy.plan.refusals:
        raise PlanRefused(deploy.plan.refusals[0], remedy="firstsight plan shows it; nothing has been changed.")
    if deploy.plan.is_empty:
        return
    for step in STEPS:
        if step.name in _ALWAYS or deploy.plan.changes_of(step.name):
            step.does(deploy)


def clear_probes(cloud: Cloud, desired: Desired, settings: Settings, tokens: tuple[str, ...]) -> None:
    """Remove the smoke test's images, and what was made of them."""
    sources, derivatives = desired.stack.sources, desired.stack.derivatives
    for token in tokens:
        for key in probe.kept(cloud, settings, derivatives, token):
            cloud.delete(derivatives.bucket, key)
        cloud.delete(sources.bucket, sources.prefix + probe.source_key(token))


def _artefacts(deploy: Deploy) -> None:
    """Make the bucket in which it is remembered what is done, and say there that this deploy has begun."""
    if deploy.plan.changes_of("artefacts"):
        deploy.tell(f"Bucket {deploy.desired.artefacts}")
        deploy.cloud.make_bucket(deploy.desired.artefacts)
        deploy.cloud.keep_versions(deploy.desired.artefacts)
    deploy.claim()


def _buckets(deploy: Deploy) -> None:
    for bucket in deploy.facts.buckets:
        if not bucket.exists:
            deploy.tell(f"Bucket {bucket.name}")
            deploy.remember(made=tuple(dict.fromkeys((*deploy.state.made, bucket.name))))
            public = deploy.desired.stack.topology is Topology.WEBSITE and bucket is deploy.facts.derivatives
            deploy.cloud.make_bucket(bucket.name, private=not public)


def _code(deploy: Deploy) -> None:
    deploy.tell("The bundle")
    deploy.cloud.write(*deploy.desired.stack.code, deploy.bundle.read_bytes(), ContentType="application/zip")


def _stack(deploy: Deploy) -> None:
    cloud, name = deploy.cloud, deploy.desired.name
    status = wait(deploy, cloud.stack(name).status.value)
    if status == "REVIEW_IN_PROGRESS":  # there is a change set that nobody has executed, and no stack yet
        status = None
    if status is not None and not is_there(status):
        deploy.tell(f"The stack's creation had failed ({status}): it is deleted first")
        cloud.delete_stack(name)
        status = wait(deploy, "DELETE_IN_PROGRESS")
    change_set = f"firstsight-{deploy.plan.checksum}"
    create = status is None
    deploy.remember()  # for it may have been somebody else's stack that was waited for
    if not cloud.propose(name, template.text(deploy.desired.stack), create=create, change_set=change_set):
        return
    before = {event for event, _ in cloud.events(name)}
    cloud.execute(name, change_set)
    status = wait(deploy, "CREATE_IN_PROGRESS" if create else "UPDATE_IN_PROGRESS", set(before))
    if status is None or "ROLLBACK" in status or status.endswith("FAILED"):
        happened = (progress for event, progress in cloud.events(name) if event not in before)
        failed = [progress for progress in happened if progress.status.endswith("FAILED")]
        why = next((one for one in failed if "cancelled" not in one.reason.lower()), None)
        raise StackFailed(
            f"The stack is {status}" + (f": {why.resource}: {why.reason}" if why else "."),
            remedy="What was there before still serves. Mend the cause, and run firstsight deploy again.",
        )
    deploy.outputs = cloud.stack(name).outputs


def wait(deploy: Deploy, status: str | None, seen: set[str] | None = None) -> str | None:
    """Wait until nothing is going on in the stack, telling what happens to each resource; the status, or None."""
    if status is None or not status.endswith(_GOING_ON) or status == "REVIEW_IN_PROGRESS":
        return status
    seen = {event for event, _ in deploy.cloud.events(deploy.desired.name)} if seen is None else seen
    while True:
        stack = deploy.cloud.stack(deploy.desired.name)
        if stack.status.unknown:
            raise AwsRefused(f"The stack cannot be read any more: {stack.status.unknown}.")
        for event, progress in deploy.cloud.events(deploy.desired.name) if stack.status.value else ():
            if event not in seen:
                seen.add(event)
                _tell(deploy, progress)
        if stack.status.value is None or not stack.status.value.endswith(_GOING_ON):
            return stack.status.value
        deploy.pause(1)


def _tell(deploy: Deploy, progress: Progress) -> None:
    words = progress.status.lower().replace("_", " ")
    reason = f": {progress.reason}" if progress.status.endswith("FAILED") else ""
    deploy.tell(f"  {progress.resource} {words}{reason}")


def _function(deploy: Deploy) -> None:
    """Publish a version, try it through its own front, and only then let it serve."""
    cloud, desired = deploy.cloud, deploy.desired
    cloud.settle(desired.name)
    properties = template.build(desired.stack)["Resources"]["Function"]["Properties"]
    cloud.restore(desired.name, properties)  # what somebody has changed by hand is not ours to publish
    version = cloud.publish(desired.name, template.description(desired.stack))
    cloud.move(desired.name, NEXT, version)
    deploy.tell(f"Version {version} is tried")
    website = desired.stack.topology is Topology.WEBSITE  # to which nobody is let in before this
    deploy.smoke(deploy.outputs["Next"], sign=desired.stack.front is Front.FUNCTION_URL, public=not website)
    _go_live(deploy, version)
    deploy.tell(f"Version {version} is live")


def _go_live(deploy: Deploy, version: str) -> None:
    """Remember it first, which is refused where somebody else has begun to decide what is live."""
    if deploy.state.live[-1:] != (version,):
        deploy.remember(live=(*deploy.state.live, version))
    deploy.cloud.move(deploy.desired.name, LIVE, version)


def _document(kind: str) -> Callable[[Deploy], None]:
    def change(deploy: Deploy) -> None:
        """Remember first, then change, from the document as it is now."""
        bucket = deploy.desired.bucket_of(kind)
        fact = deploy.cloud.document(bucket, kind)
        if fact.unknown:
            raise AwsRefused(f"The {kind} of {bucket} cannot be read: {fact.unknown}.")
        part = parts(deploy.desired, deploy.outputs)[kind]
        kept = deploy.state.documents.get(kind)
        if kept is not None and kept.bucket not in ("", bucket):
            _take_out(deploy, kind, kept)
            kept = None
        after = documents.merged(kind, fact.value, part, kept)
        if part is not None:
            remembered = replace(documents.keep(kind, fact.value, after, part, kept), bucket=bucket)
            deploy.remember(documents={**deploy.state.documents, kind: remembered})
        if not documents.KINDS[kind].same(fact.value, after):
            deploy.tell(f"The {kind} of {bucket}")
            deploy.cloud.put_document(bucket, kind, after)
        if part is None:
            deploy.forget(kind)

    return change


def _take_out(deploy: Deploy, kind: str, kept: Kept) -> None:
    """Restore the document of a bucket that the settings no longer name."""
    fact = deploy.cloud.document(kept.bucket, kind)
    if fact.unknown:
        raise AwsRefused(f"The {kind} of {kept.bucket} cannot be read: {fact.unknown}.")
    before = documents.restored(kind, fact.value, kept)
    if not documents.KINDS[kind].same(fact.value, before):
        deploy.tell(f"The {kind} of {kept.bucket}")
        deploy.cloud.put_document(kept.bucket, kind, before)
    deploy.forget(kind)


def _check(deploy: Deploy) -> None:
    """Ask through the front that everyone uses. If that fails, the version that served before does so again."""
    wanted, front = deploy.desired.stack, deploy.outputs["Front"]
    if wanted.topology is Topology.WEBSITE:
        front = deploy.desired.public_url
    sign = wanted.topology is Topology.DIRECT and wanted.front is Front.FUNCTION_URL and not wanted.public
    try:
        deploy.smoke(front, sign=sign)
    except probe.SmokeTestFailed as error:
        moved = deploy.plan.changes_of("function") and len(deploy.state.live) > 1
        if moved:
            roll_back(deploy.cloud, deploy.desired.artefacts, deploy.desired.name, deploy.state)
            error.remedy = f"The version before is live again. {error.remedy}"
        raise
    deploy.remember(finished=finish_line(deploy.desired))


def roll_back(cloud: Cloud, artefacts: str, name: str, state: State) -> str:
    """
    Make the version before the live one live again, and give it.

    Raises PlanRefused where there is none, and DeployOvertaken where `state` is not what is remembered any more.
    """
    if len(state.live) < 2:
        raise PlanRefused(
            "There is no version before the one that is live.", remedy="Deploy the settings and code that you want."
        )
    version = state.live[-2]
    state = remembered.claim(cloud, artefacts, name, state)
    cloud.move(name, LIVE, version)
    remembered.write(cloud, artefacts, name, replace(state, live=state.live[:-1], finished=""))
    return version


#: The steps that are made whatever the plan has for them.
_ALWAYS = ("artefacts", "check")
STEPS: tuple[Step, ...] = (
    Step("artefacts", _artefacts),
    Step("bucket", _buckets),
    Step("code", _code),
    Step("stack", _stack),
    Step("function", _function),
    *(Step(kind, _document(kind)) for kind in documents.KINDS),
    Step("check", _check),
)
