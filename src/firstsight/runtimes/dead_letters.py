"""
The dead-letter queue: what nobody should try again, for a person to look at.

Lambda sends an event there by itself after it has failed too often. A source that cannot be decoded is sent by us, at
once, so that it is neither tried again nor forgotten. boto3 is loaded only then, and is part of Lambda's runtime.
"""

import json
from collections.abc import Mapping
from typing import Any

from firstsight.errors import StoreFailed


def send(queue: str, letter: Mapping[str, Any]) -> None:
    """Send a letter to a queue of SQS, by its URL. Raises StoreFailed."""
    import boto3

    try:
        boto3.client("sqs").send_message(QueueUrl=queue, MessageBody=json.dumps(letter, ensure_ascii=False))
    except Exception as error:
        if not type(error).__module__.startswith(("botocore", "boto3")):
            raise
        raise StoreFailed("The dead-letter queue takes nothing.", log=f"{queue}: {error}") from error
