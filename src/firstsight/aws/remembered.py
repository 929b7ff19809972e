"""
Where it is kept what a stack's deploys remember: read with its ETag, and written over nothing but what was read.

Two deploys at once would else write over each other's, and a version would be lost to rollback.
"""

import json
import uuid
from dataclasses import replace

from firstsight.aws.cloud import AwsRefused, Cloud
from firstsight.aws.facts import Fact
from firstsight.aws.state import State, from_dict, to_dict
from firstsight.errors import FirstsightError

#: What S3 says where a condition of a put is not met: another version is there, is being written, or was deleted
#: (S3 API, PutObject, If-Match and If-None-Match).
_NOT_MET = ("PreconditionFailed", "ConditionalRequestConflict", "NoSuchKey")


class DeployOvertaken(FirstsightError):
    """Somebody else's deploy, rollback or destroy has begun or gone through since the plan was made."""

    code = "deploy-overtaken"
    title = "Deploy overtaken"
    remedy = "Wait until theirs is done, then run firstsight plan again: it shows what is left to change."


def key(name: str) -> str:
    """Give where in the bucket for bundles it is."""
    return f"{name}/state.json"


def read(cloud: Cloud, artefacts: str, name: str, account: str) -> Fact[State]:
    """
    Read what earlier deploys remembered. Raises StateUnreadable.

    Anybody may have made a bucket of that name before us: from one of another account nothing is taken, so that nothing
    is changed and no bundle goes there.
    """
    found = cloud.read_tagged(artefacts, key(name), ExpectedBucketOwner=account)
    if found.value is None:
        return Fact(unknown=found.unknown)
    data, etag = found.value
    return Fact(replace(from_dict(json.loads(data)), etag=etag))


def write(cloud: Cloud, artefacts: str, name: str, state: State) -> State:
    """
    Write it down over what `state` was read from or written as, and give it with its new ETag.

    Raises DeployOvertaken where something else is there by now.
    """
    data = json.dumps(to_dict(state)).encode()
    condition = {"IfMatch": state.etag} if state.etag else {"IfNoneMatch": "*"}
    try:
        etag = cloud.write(artefacts, key(name), data, ContentType="application/json", **condition)
    except AwsRefused as error:
        if error.log not in _NOT_MET:
            raise
        # boto3 makes a put whose answer was lost again, which then finds what it has written itself
        found = cloud.read_tagged(artefacts, key(name))
        if found.value is None or found.value[0] != data:
            raise DeployOvertaken(
                f"Since this was planned, a deploy of {name} by somebody else went through, or began."
            ) from error
        etag = found.value[1]
    return replace(state, etag=etag)


def claim(cloud: Cloud, artefacts: str, name: str, state: State) -> State:
    """
    Say who writes from now on, before anything is changed. Raises DeployOvertaken.

    Whoever planned before cannot write any more, and whoever plans from here on overtakes us.
    """
    return write(cloud, artefacts, name, replace(state, writer=uuid.uuid4().hex))
