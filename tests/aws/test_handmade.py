"""What is changed about the function by hand, and the calls that undo it."""

import base64
import hashlib
from typing import Any

import pytest

from firstsight.aws.handmade import undone

SHA = hashlib.sha256(b"bundle")
CODE = {"S3Bucket": "artefacts", "S3Key": f"stack/{SHA.hexdigest()}.zip"}
WANTED: dict[str, Any] = {
    "FunctionName": "stack",
    "Runtime": "python3.13",
    "Handler": "module.handler",
    "Architectures": ["arm64"],
    "MemorySize": 1536,
    "Timeout": 10,
    "Code": CODE,
    "Environment": {"Variables": {"FIRSTSIGHT_SOURCE": "s3://photos", "QUEUE": {"Ref": "Queue"}}},
}
FOUND: dict[str, Any] = {
    **{name: WANTED[name] for name in ("Runtime", "Handler", "Architectures", "MemorySize", "Timeout")},
    "CodeSha256": base64.b64encode(SHA.digest()).decode(),
    "Environment": {"Variables": {"QUEUE": "https://queue", "FIRSTSIGHT_SOURCE": "s3://photos"}},
    "Role": "arn:aws:iam::123456789012:role/ours",
}
OTHER = base64.b64encode(hashlib.sha256(b"other").digest()).decode()
BACK = {"Variables": {"FIRSTSIGHT_SOURCE": "s3://photos", "QUEUE": "https://queue"}}
LOAD = ("update_function_code", {**CODE, "Architectures": ["arm64"]})


@pytest.mark.parametrize(
    ("changed", "calls"),
    [
        ({}, []),
        ({"CodeSha256": OTHER}, [LOAD]),
        ({"Architectures": ["x86_64"]}, [LOAD]),
        ({"Timeout": 3, "MemorySize": 128}, [("update_function_configuration", {"Timeout": 10, "MemorySize": 1536})]),
        (
            {"Environment": {"Variables": {"FIRSTSIGHT_SOURCE": "s3://other", "QUEUE": "https://queue", "MORE": "1"}}},
            [("update_function_configuration", {"Environment": BACK})],
        ),
        (
            {"Environment": {}},  # where the queue is only the stack knows
            [("update_function_configuration", {"Environment": {"Variables": {"FIRSTSIGHT_SOURCE": "s3://photos"}}})],
        ),
        ({"CodeSha256": OTHER, "Timeout": 3}, [LOAD, ("update_function_configuration", {"Timeout": 10})]),
    ],
)
def test_what_is_changed_by_hand_is_undone_and_nothing_else(changed: dict[str, Any], calls: list[Any]) -> None:
    assert list(undone(WANTED, {**FOUND, **changed})) == calls
