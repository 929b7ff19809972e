"""The state machine of a backfill, what it costs, and what its runs answer."""

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from cfnlint.api import ManualArgs, lint  # type: ignore[import-untyped]

from firstsight.aws import backfill, backfill_cost, executions, template
from firstsight.aws.cloud import AwsRefused, Cloud
from firstsight.aws.desired import desire
from firstsight.aws.desired_stack import DesiredStack
from firstsight.aws.facts import Fact
from firstsight.aws.names import Place
from firstsight.backfill.survey import Survey
from tests.aws import states

FUNCTION = "arn:aws:lambda:eu-central-1:123456789012:function:firstsight-photos:live"


def wanted(**aws: Any) -> DesiredStack:
    settings = states.settings("direct", {"backfill": True, **aws}, source="s3://photos/in")
    return desire(settings, states.facts(states.bucket()), states.SHA).stack


def problems(data: dict[str, Any]) -> list[str]:
    return [str(found) for found in lint(json.dumps(data), config=ManualArgs(regions=[states.REGION]))]


def test_cfn_lint_finds_nothing_in_the_stack_with_it() -> None:
    assert problems(template.build(wanted())) == []


@pytest.mark.parametrize(
    "mistake",
    [
        None,
        lambda state: state.update(Type="Mop"),
        lambda state: state["ItemProcessor"]["States"].pop("Make"),
        lambda state: state.update(ToleratedFailurePercentage="many"),
    ],
)
def test_cfn_lint_finds_nothing_in_the_state_machine_and_would_find_a_mistake(mistake: Any) -> None:
    data = template.build(wanted())
    properties = data["Resources"]["Backfill"]["Properties"]
    text = properties.pop("DefinitionString")["Fn::Sub"]  # which it does not look into
    stated = json.loads(text.replace("${AWS::Partition}", "aws").replace("${Live}", FUNCTION))
    if mistake is not None:
        mistake(stated["States"]["Sources"])
    data["Resources"]["Backfill"]["Properties"] = {**properties, "Definition": stated}
    found = problems(data)
    assert bool(found) == (mistake is not None), found


def test_the_stack_has_it_only_where_the_settings_ask_for_it() -> None:
    with_it, without = (template.build(one)["Resources"] for one in (wanted(), replace(wanted(), backfill=False)))
    assert with_it.keys() - without.keys() == {"Backfill", "BackfillRole"}
    assert {name: with_it[name] for name in without} == without


def test_it_lists_the_bucket_in_batches_with_a_cap_and_tolerated_failures_and_keeps_the_results() -> None:
    [state] = backfill.definition(Place("photos", "in/"), Place("made", "x/backfill"), FUNCTION)["States"].values()
    assert state["ItemReader"]["Resource"] == "arn:aws:states:::s3:listObjectsV2"
    assert state["ItemReader"]["Parameters"] == {"Bucket": "photos", "Prefix.$": "$.prefix"}
    assert state["ItemBatcher"]["MaxItemsPerBatch"] > 1
    assert state["ItemBatcher"]["BatchInput"] == {"presets.$": "$.presets"}
    assert state["MaxConcurrencyPath"] == "$.concurrency"
    assert 0 < state["ToleratedFailurePercentage"] < 100
    assert state["ItemProcessor"]["ProcessorConfig"] == {"Mode": "DISTRIBUTED", "ExecutionType": "EXPRESS"}
    assert state["ItemProcessor"]["States"]["Make"]["Parameters"]["FunctionName"] == FUNCTION
    assert state["ResultWriter"]["Parameters"] == {"Bucket": "made", "Prefix": "x/backfill"}


def test_the_reduced_one_differs_in_what_is_not_known_there_alone() -> None:
    whole, reduced = (
        backfill.definition(Place("photos"), Place("made", "x"), FUNCTION, reduced=reduced)["States"]["Sources"]
        for reduced in (False, True)
    )
    assert whole.keys() ^ reduced.keys() == {"ItemBatcher", "ToleratedFailurePercentage", "ItemSelector"}
    processors = [dict(one.pop("ItemProcessor")) for one in (whole, reduced)]
    kinds = [one.pop("ProcessorConfig")["ExecutionType"] for one in processors]
    assert (kinds, processors[0]) == (["EXPRESS", "STANDARD"], processors[1])
    assert {name: whole[name] for name in whole.keys() & reduced.keys()} == {
        name: reduced[name] for name in whole.keys() & reduced.keys()
    }


def test_it_may_do_what_it_needs_and_nothing_else() -> None:
    states_arn = "arn:${AWS::Partition}:states:${AWS::Region}:${AWS::AccountId}:"
    results = f"arn:${{AWS::Partition}}:s3:::firstsight-{states.ACCOUNT}-{states.REGION}/firstsight-photos/backfill/*"
    found = {
        (action, str(resource.get("Fn::Sub", resource)))
        for grant in backfill.grants(wanted())
        for action in grant["Action"]
        for resource in grant["Resource"]
    }
    assert found == {
        ("lambda:InvokeFunction", "{'Ref': 'Live'}"),
        ("s3:ListBucket", "arn:${AWS::Partition}:s3:::photos"),
        ("states:StartExecution", f"{states_arn}stateMachine:firstsight-photos-backfill"),
        *(
            (f"states:{action}Execution", f"{states_arn}execution:firstsight-photos-backfill{joint}*")
            for action in ("Describe", "Stop")
            for joint in (":", "/")
        ),
        *(
            (f"s3:{action}", results)
            for action in ("PutObject", "GetObject", "ListMultipartUploadParts", "AbortMultipartUpload")
        ),
    }
    [listing] = [grant for grant in backfill.grants(wanted()) if grant["Sid"] == "ListSources"]
    assert listing["Condition"] == {"StringLike": {"s3:prefix": ["in/*"]}}


# What a run answers: the files of ResultWriter, as the developer guide has them.

MANIFEST = {
    "DestinationBucket": "made",
    "MapRunArn": "arn:aws:states:eu-central-1:123456789012:mapRun:m/1:2",
    "ResultFiles": {
        "FAILED": [{"Key": "x/backfill/2/FAILED_0.json", "Size": 1}],
        "PENDING": [],
        "SUCCEEDED": [{"Key": "x/backfill/2/SUCCEEDED_0.json", "Size": 1}],
    },
}
ANSWER = {"BatchInput": {"presets": ["thumb"]}, "Items": [], "sources": 2, "made": 3, "bytes": 900, "failed": []}
FILES = {
    "x/backfill/2/manifest.json": MANIFEST,
    "x/backfill/2/SUCCEEDED_0.json": [
        {"ExecutionArn": "arn", "Input": "{}", "Output": json.dumps(ANSWER), "Status": "SUCCEEDED"}
    ],
    "x/backfill/2/FAILED_0.json": [
        {"ExecutionArn": "arn", "Input": "{}", "Error": "Lambda.Unknown", "Cause": "killed", "Status": "FAILED"}
    ],
}


class Answers(Cloud):
    """A cloud whose Step Functions answer what they are told to."""

    def __init__(self, **answers: Any) -> None:
        self.answers = answers
        self.region = states.REGION

    def client(self, service: str) -> Any:
        assert service == "stepfunctions"
        return self

    def __getattr__(self, name: str) -> Callable[..., Any]:
        return lambda **_: self.answers[name]

    def read(self, bucket: str, key: str, **named: str) -> Fact[bytes]:
        assert bucket == "made"
        return Fact(json.dumps(FILES[key]).encode()) if key in FILES else Fact(unknown="GetObject: AccessDenied")


def test_the_answers_of_all_batches_are_read_those_that_failed_too() -> None:
    succeeded, failed = executions.answers(Answers(), ("made", "x/backfill/2/manifest.json"))
    assert succeeded == ANSWER
    assert (failed["Error"], failed["Cause"]) == ("Lambda.Unknown", "killed")
    with pytest.raises(AwsRefused, match="AccessDenied"):
        list(executions.answers(Answers(), ("made", "elsewhere")))


COUNTS = {"pending": 5, "running": 2, "succeeded": 7, "failed": 1, "timedOut": 1, "aborted": 1, "total": 17}


@pytest.mark.parametrize(
    ("execution", "maps", "run"),
    [
        ({"status": "RUNNING"}, [], executions.Run("RUNNING")),
        ({"status": "RUNNING"}, [{"mapRunArn": "m"}], executions.Run("RUNNING", 10, 17, 3)),
        (
            {
                "status": "SUCCEEDED",
                "output": json.dumps({"ResultWriterDetails": {"Bucket": "made", "Key": "x/manifest.json"}}),
            },
            [{"mapRunArn": "m"}],
            executions.Run("SUCCEEDED", 10, 17, 3, results=("made", "x/manifest.json")),
        ),
        (
            {"status": "FAILED", "error": "States.ExceedToleratedFailureThreshold", "cause": "too many"},
            [],
            executions.Run("FAILED", cause="States.ExceedToleratedFailureThreshold: too many"),
        ),
    ],
)
def test_a_run_tells_what_is_done_what_there_is_and_what_failed(
    execution: dict[str, Any], maps: list[dict[str, str]], run: executions.Run
) -> None:
    cloud = Answers(
        describe_execution=execution, list_map_runs={"mapRuns": maps}, describe_map_run={"itemCounts": COUNTS}
    )
    assert executions.look(cloud, "arn") == run


#: The states of an execution (Step Functions API, DescribeExecution), and whether it goes on.
@pytest.mark.parametrize(
    ("status", "goes_on"),
    [("RUNNING", True), ("SUCCEEDED", False), ("FAILED", False), ("TIMED_OUT", False), ("ABORTED", False)],
)
def test_a_run_is_over_in_every_state_but_running(status: str, goes_on: bool) -> None:
    assert executions.Run(status).is_over is not goes_on


def test_a_run_costs_what_its_parts_cost() -> None:
    known = Survey(sources=1_000_000, lacking=500_000, derivatives=1_000_000, seconds=100_000)
    seconds = backfill_cost.seconds(known, 1769)
    assert seconds == 100_000 + 0.06 * 1e6 + 0.03 * 1e6
    parts = {cost.what: cost.dollars for cost in backfill_cost.estimate(known, architecture="arm64", memory=1769).costs}
    assert parts == pytest.approx(
        {
            "Lambda, compute": seconds * 1769 / 1024 * 0.0000133334,
            "Lambda, requests": 0.05 * 0.20,
            "S3, gets": 3000 * 0.0004,
            "S3, puts and lists": 1001 * 0.005,
            "Step Functions, steps": 50 * 0.025,
            "Step Functions, batches": 0.05 * 1.00,
            "Step Functions, time": seconds * 0.0625 / 3600 * 0.06,
        }
    )
    assert backfill_cost.seconds(known, 128) > 10 * backfill_cost.seconds(known, 1769) - 1_000_000
