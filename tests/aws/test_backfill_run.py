"""
A backfill in the private AWS: Step Functions' Distributed Map, stopped in the middle and run again.

What imitates Step Functions there knows no batches, no tolerated failures and no express workflows, and writes no
results; so the state machine is the reduced one that the same function gives. The whole one is held by
test_backfill.py.
"""

import json
import os
import signal
import subprocess
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from firstsight.aws.backfill import definition, machine_name
from firstsight.aws.names import Place
from tests.aws.team import SCRIPT, SETTINGS, Project
from tests.cli.test_backfill import photo
from tests.cloudlab import lab as labs
from tests.cloudlab.lab import REGION, Lab

#: How many sources; FIRSTSIGHT_TEST_SOURCES has another number.
SOURCES = int(os.environ.get("FIRSTSIGHT_TEST_SOURCES", "120"))
BUCKET = "team-backfill"
NAME = f"firstsight-{BUCKET}"


@pytest.fixture
def team(lab: Lab, tmp_path: Path) -> Project:
    """A deployed function, a bucket that keeps every version of what is in it, and the state machine."""
    s3 = lab.client("s3")
    s3.create_bucket(Bucket=BUCKET, CreateBucketConfiguration={"LocationConstraint": REGION})
    s3.put_bucket_versioning(Bucket=BUCKET, VersioningConfiguration={"Status": "Enabled"})
    text = SETTINGS.format(bucket=BUCKET, topology="direct", aws="timeout = 20")
    (tmp_path / "firstsight.toml").write_text(text)
    project = Project(tmp_path, lab, BUCKET)
    done = project.deploy()
    assert done.returncode == 0, done.stderr
    for number in range(SOURCES):
        s3.put_object(Bucket=BUCKET, Key=f"photos/{number % 7}/ü {number}.jpg", Body=photo(number))
    return project


def start_machine(lab: Lab) -> None:
    function = lab.client("lambda").get_alias(FunctionName=NAME, Name="live")["AliasArn"]
    role = lab.client("lambda").get_function_configuration(FunctionName=NAME)["Role"]
    results = Place(f"firstsight-{labs.ACCOUNT}-{REGION}", f"{NAME}/backfill")
    lab.client("stepfunctions").create_state_machine(
        name=machine_name(NAME),
        definition=json.dumps(definition(Place(BUCKET), results, function, reduced=True)),
        roleArn=role,
    )


def versions(lab: Lab) -> Counter[str]:
    """How often each derivative has been put."""
    found: Counter[str] = Counter()
    for folder in range(7):  # the listing of versions ends there after a thousand of them
        listed = lab.client("s3").list_object_versions(Bucket=BUCKET, Prefix=f"photos/{folder}/")
        found.update(one["Key"] for one in listed.get("Versions", ()) if ".jpg/" in one["Key"])
    return found


def settled(read: Callable[[], Any]) -> Any:
    """What is read once it stays the same."""
    seen: list[Any] = []
    while len(seen) < 3 or seen[-1] != seen[-3]:
        seen.append(read())
        time.sleep(0.5)
    return seen[-1]


def test_one_that_is_stopped_in_the_middle_and_run_again_makes_exactly_what_is_missing(team: Project, lab: Lab) -> None:
    arguments = ["backfill", "--preset", "thumb", "--prefix", "photos", "--on", "aws"]
    done = team.run(*arguments)
    assert done.returncode == 1
    assert "firstsight plan shows what that adds" in done.stderr
    assert versions(lab).total() == 0

    start_machine(lab)
    command = [str(SCRIPT), *arguments, "--concurrency", "1"]  # or all would be made before the next command has begun
    with subprocess.Popen(command, cwd=team.folder, env=team.environ, stderr=subprocess.PIPE, text=True) as process:
        while versions(lab).total() < SOURCES // 12:
            assert process.poll() is None, process.communicate()[1]
            time.sleep(0.1)
        again = team.run(*arguments)
        assert (again.returncode, "A backfill is running already." in again.stderr) == (1, True)
        process.send_signal(signal.SIGINT)
        _, said = process.communicate()
    assert process.returncode == 130
    assert "goes on with the rest" in said
    steps = lab.client("stepfunctions")
    [machine] = [one["stateMachineArn"] for one in steps.list_state_machines()["stateMachines"]]
    while steps.list_executions(stateMachineArn=machine, statusFilter="RUNNING")["executions"]:
        time.sleep(0.2)
    first = settled(lambda: versions(lab))
    assert SOURCES // 12 <= first.total() < SOURCES

    done = team.run(*arguments)
    assert done.returncode == 0, done.stderr
    wanted = {f"photos/{number % 7}/ü {number}.jpg/thumb.jpg": 1 for number in range(SOURCES)}
    assert versions(lab) == wanted, "all are made, and nothing is made twice"
    objects = SOURCES + first.total()
    assert done.stdout.startswith(f"{objects:,} objects looked at")

    done = team.run(*arguments, "--dry-run")
    assert (done.returncode, done.stdout) == (0, f"Nothing is missing of {SOURCES} sources.\n")
