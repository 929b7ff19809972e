"""Derivatives are deleted after some days where nothing but derivatives can be; S3 takes the rule beside theirs."""

import dataclasses
import json
from typing import Any

import pytest

from firstsight.aws import documents, lifecycle, plan
from firstsight.aws.cloud import Cloud
from firstsight.aws.desired import desire
from firstsight.aws.facts import Bucket, Fact, Facts
from firstsight.aws.plan import Plan
from firstsight.aws.state import State, from_dict, to_dict
from firstsight.settings import Settings
from tests import servers
from tests.aws import states
from tests.aws.states import bucket, facts


def settings(source: str = "s3://photos", derivatives: str = "", days: int = 30) -> Settings:
    return states.settings("direct", {"expire_days": days}, source=source, derivatives=derivatives)


def made(found: Facts, asked: Settings) -> Plan:
    return plan.make(asked, found, desire(asked, found, states.SHA))


NEW = Bucket("made", exists=False)
OURS: Fact[State] = Fact(State("made", made=("made",)))

#: Where sources and derivatives are, what is there, and the prefix of the rule, or a word of why there is none.
PLACES: dict[str, tuple[str, str, Facts, str, str]] = {
    "a prefix beside the sources": ("s3://photos", "s3://photos/made", facts(bucket()), "made/", ""),
    "two prefixes": ("s3://photos/originals", "s3://photos/made", facts(bucket()), "made/", ""),
    "a prefix in another bucket": ("s3://photos", "s3://made/x", facts(bucket(), bucket("made")), "x/", ""),
    "another bucket that we make": ("s3://photos", "s3://made", facts(bucket(), NEW), "", ""),
    "another bucket that we made": ("s3://photos", "s3://made", facts(bucket(), bucket("made"), state=OURS), "", ""),
    "one place": ("s3://photos", "", facts(bucket()), "", "would delete both"),
    "one prefix": ("s3://photos/x", "s3://photos/x", facts(bucket()), "", "would delete both"),
    "sources within": ("s3://photos/x/in", "s3://photos/x", facts(bucket()), "", "would delete both"),
    "sources below all": ("s3://photos/x", "s3://photos", facts(bucket()), "", "would delete both"),
    "a bucket of theirs": ("s3://photos", "s3://made", facts(bucket(), bucket("made")), "", "was there before"),
}  # fmt: skip


@pytest.mark.parametrize("name", PLACES)
def test_there_is_a_rule_where_only_derivatives_can_be_and_else_a_reason(name: str) -> None:
    source, derivatives, found, prefix, words = PLACES[name]
    planned = made(found, settings(source, derivatives))
    rules = [change.after["Rules"] for change in planned.changes_of("lifecycle")]
    if words:
        assert [why for why in planned.refusals if words in why and "derivatives = " in why]
        assert rules == [], "nothing is shown that is not meant"
    else:
        assert planned.refusals == ()
        name = desire(settings(source, derivatives), found, states.SHA).name
        rule = {"ID": name, "Status": "Enabled", "Filter": {"Prefix": prefix}, "Expiration": {"Days": 30}}
        assert rules == [[rule]]


def test_nothing_is_deleted_unless_somebody_says_so() -> None:
    planned = made(facts(bucket()), settings(derivatives="s3://photos/made", days=0))
    assert planned.changes_of("lifecycle") == ()
    assert planned.refusals == ()


@pytest.mark.parametrize("versioning", [Fact("Enabled"), Fact("Suspended"), Fact(unknown="AccessDenied")])
def test_what_is_deleted_is_not_kept_as_a_version(versioning: Fact[str]) -> None:
    found = facts(dataclasses.replace(bucket(), versioning=versioning))
    [change] = made(found, settings(derivatives="s3://photos/made")).changes_of("lifecycle")
    assert change.after["Rules"][0]["NoncurrentVersionExpiration"] == {"NoncurrentDays": 1}


def test_a_lifecycle_that_could_not_be_read_is_not_merged_into() -> None:
    denied: dict[str, Any] = {"lifecycle": Fact(unknown="GetBucketLifecycleConfiguration: AccessDenied")}
    planned = made(facts(bucket(**denied)), settings(derivatives="s3://photos/made"))
    assert [why for why in planned.refusals if "The lifecycle of photos could not be read" in why]


def test_s3_takes_our_rule_among_theirs_and_gives_theirs_back(cloud: Cloud, s3_server: str) -> None:
    servers.make_bucket(s3_server, "lifecycle-of-theirs")
    theirs = {
        "Rules": [
            {"ID": "logs", "Status": "Enabled", "Filter": {"Prefix": "logs/"}, "Expiration": {"Days": 7}},
            {
                "ID": "archive",
                "Status": "Enabled",
                "Filter": {"Tag": {"Key": "keep", "Value": "long"}},
                "Transitions": [{"Days": 90, "StorageClass": "GLACIER"}],
            },
        ]
    }
    name = "lifecycle-of-theirs"
    assert cloud.document(name, "lifecycle") == Fact(None)
    cloud.put_document(name, "lifecycle", theirs)
    before = cloud.document(name, "lifecycle").value
    assert documents.KINDS["lifecycle"].same(before, theirs)
    place = desire(settings(derivatives=f"s3://{name}/made"), facts(bucket()), states.SHA).stack.derivatives
    ours = lifecycle.rule("firstsight-photos", place, 30, versions=True)
    merged = documents.merged("lifecycle", before, ours, None)
    kept = documents.keep("lifecycle", before, merged, ours, None)
    cloud.put_document(name, "lifecycle", merged)
    told = cloud.document(name, "lifecycle").value
    assert documents.KINDS["lifecycle"].same(told, merged)
    assert documents.KINDS["lifecycle"].same(told, documents.merged("lifecycle", told, ours, kept))
    cloud.put_document(name, "lifecycle", documents.restored("lifecycle", told, kept))
    assert documents.KINDS["lifecycle"].same(cloud.document(name, "lifecycle").value, theirs)


def test_a_bucket_that_had_no_lifecycle_has_none_afterwards(cloud: Cloud, s3_server: str) -> None:
    name = "lifecycle-of-nobody"
    servers.make_bucket(s3_server, name)
    place = desire(settings(derivatives=f"s3://{name}/made"), facts(bucket()), states.SHA).stack.derivatives
    ours = lifecycle.rule("firstsight-photos", place, 30, versions=False)
    merged = documents.merged("lifecycle", None, ours, None)
    kept = documents.keep("lifecycle", None, merged, ours, None)
    cloud.put_document(name, "lifecycle", merged)
    told = cloud.document(name, "lifecycle").value
    cloud.put_document(name, "lifecycle", documents.restored("lifecycle", told, kept))
    assert cloud.document(name, "lifecycle") == Fact(None)


def test_a_rule_of_theirs_that_names_a_day_can_be_planned_remembered_and_put_back(cloud: Cloud, s3_server: str) -> None:
    name = "lifecycle-of-a-day"
    servers.make_bucket(s3_server, name)
    day = "2030-01-01T00:00:00Z"
    theirs = {"ID": "event", "Status": "Enabled", "Filter": {"Prefix": "event/"}, "Expiration": {"Date": day}}
    cloud.put_document(name, "lifecycle", {"Rules": [theirs]})
    read = cloud.document(name, "lifecycle")
    assert read.value
    assert read.value["Rules"][0]["Expiration"]["Date"].startswith("2030-01-01T00:00:00")
    planned = made(facts(bucket(lifecycle=read)), settings(derivatives="s3://photos/made"))
    json.dumps(planned.data())  # the checksum, and `plan --json`
    [change] = planned.changes_of("lifecycle")
    cloud.put_document(name, "lifecycle", change.after)
    kept = documents.keep("lifecycle", read.value, change.after, change.after["Rules"][1], None)
    remembered = from_dict(json.loads(json.dumps(to_dict(State(name, {"lifecycle": kept})))))
    told = cloud.document(name, "lifecycle").value
    cloud.put_document(name, "lifecycle", documents.restored("lifecycle", told, remembered.documents["lifecycle"]))
    assert cloud.document(name, "lifecycle") == read
