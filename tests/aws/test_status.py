"""What status and logs say, and that no other command waits for boto3."""

import dataclasses
import json
import subprocess
import sys
from collections.abc import Iterator
from typing import Any, cast

import pytest

from firstsight.aws import log, status
from firstsight.aws.cloud import Cloud
from firstsight.aws.facts import Bucket, Fact, Facts
from tests.aws import states


def changed(kind: str, document: Any) -> Facts:
    """Facts after a deploy and after somebody has changed a document."""
    found, _ = states.deployed(states.settings(), states.facts())
    documents = {**found.sources.documents, kind: document if isinstance(document, Fact) else Fact(document)}
    bucket: Bucket = dataclasses.replace(found.sources, documents=documents)
    return dataclasses.replace(found, sources=bucket, derivatives=bucket)


def test_since_when_it_runs_is_told_as_a_person_writes_it() -> None:
    found, desired = states.deployed(states.settings(), states.facts())
    assert found.live.value is not None
    live = Fact(dataclasses.replace(found.live.value, modified="2026-11-24T20:27:41.400702+0000"))
    told = dict(status.rows(cast("Cloud", None), dataclasses.replace(found, live=live), desired, look=False))
    assert told["Since"] == "2026-11-24 20:27:41 UTC"


def test_nothing_has_drifted_after_a_deploy() -> None:
    found, _ = states.deployed(states.settings(), states.facts())
    assert list(status.documents_drifted(found)) == []


@pytest.mark.parametrize(
    ("kind", "document", "told"),
    [
        ("website", states.THEIR_WEBSITE, "website of photos: changed since, and our part is gone"),
        ("website", None, "website of photos: changed since, and our part is gone"),
        ("policy", states.THEIR_POLICY, "policy of photos: changed since, and our part is gone"),
        ("policy", Fact(unknown="AccessDenied"), "policy of photos: unknown (AccessDenied)"),
    ],
)
def test_what_others_have_done_to_a_document_is_told(kind: str, document: Any, told: str) -> None:
    assert list(status.documents_drifted(changed(kind, document))) == [told]


def test_a_change_that_leaves_our_part_in_place_is_told_as_that() -> None:
    found, _ = states.deployed(states.settings(), states.facts())
    website = {**(found.sources.documents["website"].value or {}), "ErrorDocument": {"Key": "sorry.html"}}
    assert list(status.documents_drifted(changed("website", website))) == ["website of photos: changed since"]


MADE = json.dumps({"level": "info", "status": 200, "result": "made", "total_ms": 31.4, "path": "/cat.jpg/thumb"})
DENIED = json.dumps(
    {
        "level": "error",
        "status": 502,
        "error": "store-denied",
        "total_ms": 8,
        "path": "/cat.jpg/thumb",
        "detail": "The store refuses these credentials.",
        "log": "AccessDenied",
    }
)
LINES = (
    "START RequestId: 1",
    MADE,
    DENIED,
    "REPORT RequestId: 1 Duration: 31 ms",
    "Task timed out after 10.00 seconds",
)


class Log:
    """A log that has these lines, and one more each time it is asked again."""

    def __init__(self, *lines: str) -> None:
        self.lines = list(lines)

    def log_lines(self, group: str, since: int, pattern: str) -> Iterator[tuple[str, int, str]]:
        assert group == "/aws/lambda/firstsight-photos"
        yield from ((str(index), 1_795_000_000_000, line) for index, line in enumerate(self.lines))


def read(found: Log, **options: Any) -> Iterator[str]:
    given = {"minutes": 60, "errors": False, "follow": False, **options}
    return log.lines(cast("Cloud", found), "firstsight-photos", **given)


def test_a_line_is_told_for_a_person_without_what_lambda_says_around_it() -> None:
    why = "The store refuses these credentials. AccessDenied"
    assert list(read(Log(*LINES))) == [
        "2026-11-18 11:06:40  200 made 31.4 ms /cat.jpg/thumb",
        f"2026-11-18 11:06:40  502 store-denied 8 ms /cat.jpg/thumb\n    {why}",
        "2026-11-18 11:06:40  Task timed out after 10.00 seconds",
    ]


def test_errors_are_what_failed_alone() -> None:
    assert [line.split()[2] for line in read(Log(*LINES), errors=True)] == ["502", "Task"]


def test_a_log_that_is_followed_tells_each_line_once() -> None:
    found = Log(MADE)

    def more(seconds: float) -> None:
        found.lines.append(DENIED)

    following = read(found, follow=True, pause=more)
    assert ["made" in next(following), "502" in next(following)] == [True, True]
    assert len(found.lines) == 2


def test_no_command_but_those_on_aws_loads_boto3() -> None:
    program = "import sys, firstsight.cli; print(sorted({'boto3', 'botocore'} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
