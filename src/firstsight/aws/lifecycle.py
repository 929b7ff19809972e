"""
The rule by which S3 deletes derivatives after some days, and whether it may be made. Pure.

S3 counts from when an object was put, and can tell derivatives from sources only by their prefix. So there is a rule
only for a prefix with nothing but derivatives below it.
"""

from typing import Any

from firstsight.aws.facts import Facts
from firstsight.aws.names import Place
from firstsight.settings import Settings


def rule(name: str, kept: Place, days: int, *, versions: bool) -> dict[str, Any]:
    """Give the rule; where the bucket keeps `versions`, what has been deleted would otherwise still be paid for."""
    found: dict[str, Any] = {
        "ID": name,
        "Status": "Enabled",
        "Filter": {"Prefix": kept.prefix},
        "Expiration": {"Days": days},
    }
    return found | ({"NoncurrentVersionExpiration": {"NoncurrentDays": 1}} if versions else {})


def days(settings: Settings, facts: Facts, sources: Place, kept: Place) -> int:
    """Give the days after which derivatives are deleted; 0 where they are not to be, or must not."""
    return 0 if refusal(settings, facts, sources, kept) else settings.aws.expire_days


def keeps_versions(facts: Facts) -> bool:
    """Whether the bucket of the derivatives has ever kept versions; it is taken to, where that could not be read."""
    return bool(facts.derivatives.versioning.value or facts.derivatives.versioning.unknown)


def refusal(settings: Settings, facts: Facts, sources: Place, kept: Place) -> str:
    """Say why derivatives must not be deleted after some days, or nothing."""
    if not settings.aws.expire_days:
        return ""
    if sources.bucket == kept.bucket and sources.prefix.startswith(kept.prefix):
        return (
            f"The derivatives in {kept.url} are among the sources in {sources.url}, and a lifecycle rule (expire_days "
            "in [aws]) would delete both. Give the derivatives a prefix or a bucket of their own, such as "
            f'derivatives = "s3://{sources.bucket}/made", or leave expire_days out.'
        )
    made = facts.state.value.made if facts.state.value else ()
    if not kept.prefix and facts.derivatives.exists and kept.bucket not in made:
        return (
            f"A lifecycle rule (expire_days in [aws]) would delete everything in the bucket {kept.bucket}, and it was "
            f'there before. Give the derivatives a prefix in it, such as derivatives = "{kept.url}/made", or leave '
            "expire_days out."
        )
    return ""
