"""Backfills that run on Step Functions: started, looked at, stopped, and what they have answered."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from firstsight.aws import backfill, names
from firstsight.aws.cloud import AwsRefused, Cloud
from firstsight.aws.facts import Fact

RUNNING, SUCCEEDED, ABORTED = "RUNNING", "SUCCEEDED", "ABORTED"


@dataclass(frozen=True, slots=True)
class Run:
    """How far a run is: objects of the listing that are done, are known to be there, and whose workflow failed."""

    status: str
    done: int = 0
    total: int = 0
    failed: int = 0
    cause: str = ""
    #: The bucket and the key of what lists the results, once there are any.
    results: tuple[str, str] | None = None

    @property
    def is_over(self) -> bool:
        """Whether nothing happens any more."""
        return self.status != RUNNING


def machine(cloud: Cloud, name: str, account: str) -> str | None:
    """Give the ARN of a stack's state machine, or None where it has none. Raises AwsRefused."""
    part, region = names.partition(cloud.region).name, cloud.region
    arn = f"arn:{part}:states:{region}:{account}:stateMachine:{backfill.machine_name(name)}"
    client = cloud.client("stepfunctions")
    found = _told(cloud.ask(lambda: client.describe_state_machine(stateMachineArn=arn), "StateMachineDoesNotExist"))
    return arn if found else None


def running(cloud: Cloud, machine: str) -> str | None:
    """Give the ARN of a run that is not over, or None. Raises AwsRefused."""
    client = cloud.client("stepfunctions")
    found = _told(
        cloud.ask(lambda: client.list_executions(stateMachineArn=machine, statusFilter=RUNNING, maxResults=1))
    )
    return next((str(one["executionArn"]) for one in found["executions"]), None)


def start(cloud: Cloud, machine: str, *, prefix: str, presets: tuple[str, ...], concurrency: int) -> str:
    """Start a run over all objects whose keys begin so, and give its ARN. Raises AwsRefused."""
    given = json.dumps({"prefix": prefix, "presets": list(presets), "concurrency": concurrency})
    client = cloud.client("stepfunctions")
    started = _told(cloud.ask(lambda: client.start_execution(stateMachineArn=machine, input=given)))
    return str(started["executionArn"])


def look(cloud: Cloud, run: str) -> Run:
    """See how far a run is. Raises AwsRefused."""
    client = cloud.client("stepfunctions")
    found = _told(cloud.ask(lambda: client.describe_execution(executionArn=run)))
    maps = _told(cloud.ask(lambda: client.list_map_runs(executionArn=run)))["mapRuns"]
    counts: Mapping[str, int] = {}
    if maps:
        arn = maps[0]["mapRunArn"]
        counts = _told(cloud.ask(lambda: client.describe_map_run(mapRunArn=arn)))["itemCounts"]
    over = counts.get("failed", 0) + counts.get("timedOut", 0) + counts.get("aborted", 0)
    written = json.loads(found.get("output") or "{}").get("ResultWriterDetails")
    return Run(
        found["status"],
        counts.get("succeeded", 0) + over,
        counts.get("total", 0),
        over,
        ": ".join(filter(None, [found.get("error", ""), found.get("cause", "")])),
        (written["Bucket"], written["Key"]) if written else None,
    )


def stop(cloud: Cloud, run: str) -> None:
    """Stop a run; the batches that are being made end with it. Raises AwsRefused."""
    client = cloud.client("stepfunctions")
    _told(cloud.ask(lambda: client.stop_execution(executionArn=run)))


def answers(cloud: Cloud, results: tuple[str, str]) -> Iterator[Mapping[str, Any]]:
    """
    Give what the function has answered for each batch, and for a batch whose workflow failed its `Error` and `Cause`.

    The files are read one after the other (Step Functions developer guide, ResultWriter). Raises AwsRefused.
    """
    bucket, manifest = results
    listed = json.loads(_told(cloud.read(bucket, manifest)))["ResultFiles"]
    for kind in ("SUCCEEDED", "FAILED", "PENDING"):
        for file in listed.get(kind, ()):
            for one in json.loads(_told(cloud.read(bucket, file["Key"]))):
                yield json.loads(one["Output"]) if one.get("Output") else one


def _told(fact: Fact[Any]) -> Any:
    if fact.unknown:
        raise AwsRefused(f"AWS does not say: {fact.unknown}.", log=fact.unknown)
    return fact.value
