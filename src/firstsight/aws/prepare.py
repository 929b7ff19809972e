"""From settings to a plan: connect, bundle, read, compare."""

import contextlib
import hashlib
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from firstsight import changed
from firstsight.aws import bundle as bundles
from firstsight.aws import cost, reading
from firstsight.aws import plan as plans
from firstsight.aws.cloud import Cloud
from firstsight.aws.desired import Desired, desire
from firstsight.aws.facts import Fact, Facts
from firstsight.errors import BadSettings, FirstsightError
from firstsight.service import open_service
from firstsight.settings import Settings


@dataclass(frozen=True, slots=True)
class Prepared:
    """A plan, and all that it was made from."""

    cloud: Cloud
    settings: Settings
    facts: Facts
    desired: Desired
    plan: plans.Plan
    bundle: Path


@contextlib.contextmanager
def prepare(
    settings: Settings,
    config: Path | None,
    *,
    bundle: Path | None = None,
    requests: int = cost.REQUESTS,
    tell: Callable[[str], None] = lambda sentence: None,
) -> Iterator[Prepared]:
    """
    Make a plan; nothing is changed by it. `bundle` is one that has been made before.

    Raises BadSettings, BundleFailed, NoAws, AwsRefused, StateUnreadable.
    """
    cloud = reading.connect(settings)
    with tempfile.TemporaryDirectory(prefix="firstsight-") as folder:
        if bundle is None:
            tell("Making the bundle")
            bundle = bundles.make(settings.aws.architecture.value, Path(folder), config=config).path
        elif not bundle.is_file():
            raise BadSettings(f"There is no bundle '{bundle}'.", remedy="Make it: firstsight bundle.")
        digest = hashlib.sha256(bundle.read_bytes()).hexdigest()
        tell("Reading what AWS has")
        facts = reading.read(cloud, settings)
        desired = desire(settings, facts, digest)
        facts = reading.with_code(cloud, facts, desired.stack.code)
        facts = replace(facts, changed=_changed(settings) if facts.derivatives.exists else Fact())
        yield Prepared(cloud, settings, facts, desired, plans.make(settings, facts, desired, requests), bundle)


def _changed(settings: Settings) -> Fact[tuple[str, ...]]:
    """Look which presets have changed since derivatives were stored."""
    try:
        found = changed.survey(open_service(settings))
    except FirstsightError as error:
        return Fact(unknown=error.message)
    return Fact(tuple(changed.sentences(found, served=changed.is_served(settings))))


def remembered(settings: Settings) -> tuple[Cloud, Facts, Desired]:
    """
    Read what is there, for a command that needs no bundle.

    The desired state says where things are; its code is none.
    """
    cloud = reading.connect(settings)
    facts = reading.read(cloud, settings)
    return cloud, facts, desire(settings, facts, "")
