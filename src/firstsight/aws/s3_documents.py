"""How S3 gives and takes each document of a bucket. Pure."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, NamedTuple


class Calls(NamedTuple):
    """How a document is read, put and deleted, and what S3 calls the error of one that is not there."""

    get: str
    put: str
    delete: str
    missing: str


CALLS: dict[str, Calls] = {
    "policy": Calls("get_bucket_policy", "put_bucket_policy", "delete_bucket_policy", "NoSuchBucketPolicy"),
    "website": Calls("get_bucket_website", "put_bucket_website", "delete_bucket_website", "NoSuchWebsiteConfiguration"),
    "notifications": Calls("get_bucket_notification_configuration", "put_bucket_notification_configuration", "", ""),
    "lifecycle": Calls(
        "get_bucket_lifecycle_configuration",
        "put_bucket_lifecycle_configuration",
        "delete_bucket_lifecycle",
        "NoSuchLifecycleConfiguration",
    ),
    "block": Calls(
        "get_public_access_block",
        "put_public_access_block",
        "delete_public_access_block",
        "NoSuchPublicAccessBlockConfiguration",
    ),
    "payment": Calls("get_bucket_request_payment", "put_bucket_request_payment", "", ""),
}
#: The parameter, and the member of the answer, that is the whole document; a lifecycle is its rules and what is beside.
_NAMES = {
    "policy": "Policy",
    "website": "WebsiteConfiguration",
    "notifications": "NotificationConfiguration",
    "block": "PublicAccessBlockConfiguration",
    "payment": "RequestPaymentConfiguration",
}


def given(kind: str, answer: Mapping[str, Any]) -> Any:
    """Give the document in an answer of S3, None where there is nothing in it."""
    found = {name: _told(value) for name, value in answer.items() if name != "ResponseMetadata"}
    return found[_NAMES[kind]] if kind in ("policy", "block") else found or None


def _told(value: Any) -> Any:
    """Give a value as JSON holds it: a document is shown and remembered, and a lifecycle may name a day."""
    if isinstance(value, Mapping):
        return {name: _told(one) for name, one in value.items()}
    if isinstance(value, list):
        return [_told(one) for one in value]
    return value.isoformat() if isinstance(value, datetime) else value


def taken(kind: str, document: Any) -> dict[str, Any]:
    """Give the parameters by which S3 takes a document."""
    if kind == "lifecycle":  # what stands beside its rules stays as it came
        rest = {name: value for name, value in (document or {}).items() if name != "Rules"}
        return {**rest, "LifecycleConfiguration": {"Rules": (document or {}).get("Rules")}}
    return {_NAMES[kind]: (document or {}) if kind == "notifications" else document}
