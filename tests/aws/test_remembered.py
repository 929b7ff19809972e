"""What deploys remember is taken only from our own bucket, and written over nothing that has not been read."""

import dataclasses
import json

import pytest
from botocore.stub import Stubber

from firstsight.aws import plan, remembered
from firstsight.aws.cloud import Cloud
from firstsight.aws.desired import desire
from firstsight.aws.state import State, to_dict
from tests import servers
from tests.aws import states

NAME, ARTEFACTS = "firstsight-photos", f"firstsight-{states.ACCOUNT}-{states.REGION}"


def test_a_bucket_for_bundles_that_another_account_has_made_is_not_used(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "testing")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "testing")
    cloud = Cloud(states.REGION)
    asked = {"Bucket": ARTEFACTS, "Key": f"{NAME}/state.json", "ExpectedBucketOwner": states.ACCOUNT}
    with Stubber(cloud.client("s3")) as stub:
        stub.add_client_error("get_object", "AccessDenied", http_status_code=403, expected_params=asked)
        found = states.facts(state=remembered.read(cloud, ARTEFACTS, NAME, states.ACCOUNT))
    planned = plan.make(states.settings(), found, desire(states.settings(), found, states.SHA))
    [why] = planned.refusals
    assert why.endswith(f"may not read {ARTEFACTS}, or that bucket belongs to another account.")


def test_s3_takes_what_is_remembered_only_over_what_was_read(cloud: Cloud, s3_server: str) -> None:
    servers.make_bucket(s3_server, bucket := "remembered")
    first = remembered.write(cloud, bucket, NAME, State("photos", live=("1",)))
    with pytest.raises(remembered.DeployOvertaken, match="by somebody else"):
        remembered.write(cloud, bucket, NAME, State("photos", live=("2",)))
    read = remembered.read(cloud, bucket, NAME, cloud.account()).value
    assert read
    assert (read, read.etag) == (first, first.etag)
    second = remembered.write(cloud, bucket, NAME, dataclasses.replace(read, live=("1", "2")))
    with pytest.raises(remembered.DeployOvertaken):
        remembered.write(cloud, bucket, NAME, dataclasses.replace(first, live=("1", "3")))
    assert remembered.read(cloud, bucket, NAME, cloud.account()).value == second
    cloud.delete(bucket, remembered.key(NAME))
    with pytest.raises(remembered.DeployOvertaken):  # what a destroy has taken away does not come back
        remembered.write(cloud, bucket, NAME, dataclasses.replace(second, live=("1", "3")))


def test_a_put_whose_answer_was_lost_is_not_taken_for_somebody_elses(cloud: Cloud, s3_server: str) -> None:
    servers.make_bucket(s3_server, bucket := "answer-lost")
    first = remembered.write(cloud, bucket, NAME, State("photos", writer="this one"))
    assert remembered.write(cloud, bucket, NAME, State("photos", writer="this one")).etag == first.etag
    wanted = dataclasses.replace(first, live=("1",))
    assert remembered.write(cloud, bucket, NAME, wanted).etag == remembered.write(cloud, bucket, NAME, wanted).etag


def test_two_that_begin_from_the_same_cannot_both(cloud: Cloud, s3_server: str) -> None:
    servers.make_bucket(s3_server, bucket := "claimed")
    remembered.claim(cloud, bucket, NAME, state := State("photos", finished="a line"))
    with pytest.raises(remembered.DeployOvertaken):
        remembered.claim(cloud, bucket, NAME, state)
    read = remembered.read(cloud, bucket, NAME, cloud.account()).value
    assert read
    assert (read.finished, len(read.writer)) == ("a line", 32)


def test_what_an_earlier_version_remembered_is_read(cloud: Cloud, s3_server: str) -> None:
    servers.make_bucket(s3_server, bucket := "earlier")
    data = to_dict(State("photos", live=("1", "2")))
    del data["writer"]
    cloud.write(bucket, remembered.key(NAME), json.dumps(data).encode())
    assert remembered.read(cloud, bucket, NAME, cloud.account()).value == State("photos", live=("1", "2"))
