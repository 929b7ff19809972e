"""What is read of AWS is taken only from whom it is expected of."""

import pytest
from botocore.stub import Stubber

from firstsight.aws import plan, reading
from firstsight.aws.cloud import Cloud
from firstsight.aws.desired import desire
from tests.aws import states

NAME, ARTEFACTS = "firstsight-photos", f"firstsight-{states.ACCOUNT}-{states.REGION}"


def test_a_bucket_for_bundles_that_another_account_has_made_is_not_used(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "testing")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "testing")
    cloud = Cloud(states.REGION)
    asked = {"Bucket": ARTEFACTS, "Key": f"{NAME}/state.json", "ExpectedBucketOwner": states.ACCOUNT}
    with Stubber(cloud.client("s3")) as stub:
        stub.add_client_error("get_object", "AccessDenied", http_status_code=403, expected_params=asked)
        found = states.facts(state=reading.state(cloud, ARTEFACTS, NAME, states.ACCOUNT))
    planned = plan.make(states.settings(), found, desire(states.settings(), found, states.SHA))
    [why] = planned.refusals
    assert why.endswith(f"may not read {ARTEFACTS}, or that bucket belongs to another account.")
