"""What is told of a backfill that has run on AWS."""

import contextlib
import csv
from pathlib import Path

import pytest

from firstsight.aws import executions
from firstsight.aws.cloud import AwsRefused
from firstsight.aws.executions import Run
from firstsight.cli import backfill_aws
from firstsight.cli.failures import Failures
from tests.aws.test_backfill import ANSWER, Answers

RESULTS = ("made", "x/backfill/2/manifest.json")


def told(run: Run, report: Path) -> list[tuple[str, str]]:
    """The failures in the report: of what, and why."""
    with contextlib.closing(Failures(report)) as failures:
        backfill_aws._tell(Answers(), run, failures)
    with report.open(newline="") as file:
        return [(row["source"], row["error"]) for row in csv.DictReader(file)]


def test_what_all_batches_have_answered_is_added_up_and_their_failures_reported(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(
        ANSWER, "failed", [{"source": "cut.jpg", "key": "cut.jpg/a.webp", "error": "damaged-image", "reason": "cut"}]
    )
    batches = [*executions.answers(Answers(), RESULTS), ANSWER]
    monkeypatch.setattr(executions, "answers", lambda cloud, results: iter(batches))
    found = told(Run("SUCCEEDED", 60, 60, 20, results=RESULTS), tmp_path / "report.csv")
    assert capsys.readouterr().out == "60 objects looked at, 6 derivatives made, 1.8 kB\n"
    assert found == [("a batch: {}", "Lambda.Unknown"), ("cut.jpg", "damaged-image")]


def test_a_run_that_was_given_up_is_an_error_with_its_cause(tmp_path: Path) -> None:
    with pytest.raises(AwsRefused, match="ended as failed") as caught:
        told(Run("FAILED", 3, 60, 3, cause="States.ExceedToleratedFailureThreshold"), tmp_path / "report.csv")
    assert caught.value.log == "States.ExceedToleratedFailureThreshold"
