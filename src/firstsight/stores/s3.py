"""What S3 needs to be told: the bucket's region, and credentials where obstore does not look for them by itself."""

import os
from typing import Any

from firstsight.errors import BadSettings, StoreFailed

REMEDY = "Check the credentials (AWS_ACCESS_KEY_ID, AWS_PROFILE or a role) and what they may do."
#: Variables that hold, or lead to, credentials that obstore finds by itself; Lambda and ECS set some of them.
_FOUND_BY_OBSTORE = (
    "AWS_ACCESS_KEY_ID",
    "AWS_WEB_IDENTITY_TOKEN_FILE",
    "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI",
    "AWS_CONTAINER_CREDENTIALS_FULL_URI",
    "AWS_LAMBDA_FUNCTION_NAME",
    "AWS_SKIP_SIGNATURE",
)
#: The files of shared configuration, each with the variable that names another.
_SHARED = (("AWS_SHARED_CREDENTIALS_FILE", "~/.aws/credentials"), ("AWS_CONFIG_FILE", "~/.aws/config"))
#: S3's own endpoint, which knows where every bucket is.
_GLOBAL = "https://s3.amazonaws.com"
#: Variables that lead to another maker's store, of which some refuse a header that they do not know, or that say
#: themselves which checksum a put has.
_NOT_OURS_TO_SAY = ("AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT_URL", "AWS_ENDPOINT", "AWS_CHECKSUM_ALGORITHM")
#: What is taken for the region when nobody says it; other makers' stores mostly do not care.
DEFAULT_REGION = "us-east-1"


def options(bucket: str, seconds: float) -> dict[str, Any]:
    """Give what obstore's S3 store is told beside the URL. Raises BadSettings for a profile that cannot be used."""
    provider = _profile()
    named = os.environ.get("AWS_REGION") or os.environ.get("AWS_DEFAULT_REGION")
    region = named or bucket_region(bucket, min(seconds, 5)) or (provider.config.get("region") if provider else None)
    found = {"region": region or DEFAULT_REGION}
    if not any(os.environ.get(name) for name in _NOT_OURS_TO_SAY):
        # a bucket whose Object Lock has a default retention takes no put without one (S3 API, PutObject), and obstore
        # has computed this one for the signature already
        found["checksum_algorithm"] = "sha256"
    return {**found, "credential_provider": provider} if provider else found


def bucket_region(bucket: str, seconds: float) -> str:
    """
    Ask S3 in which region a bucket is; nothing if it does not say.

    It needs no credentials: a refusal names the region in the same header.
    """
    import urllib.error
    import urllib.request

    endpoint = os.environ.get("AWS_ENDPOINT_URL_S3") or os.environ.get("AWS_ENDPOINT_URL") or _GLOBAL
    try:
        request = urllib.request.Request(f"{endpoint.rstrip('/')}/{bucket}", method="HEAD")
        with urllib.request.urlopen(request, timeout=seconds) as answer:
            headers = answer.headers
    except urllib.error.HTTPError as refusal:
        headers = refusal.headers
        refusal.close()
    except (OSError, ValueError):
        return ""
    return str(headers.get("x-amz-bucket-region") or "")


def wrong_region(backend: Any, log: str) -> StoreFailed | None:
    """Give the error of a bucket that is not in the region where it was looked for, or None if it is."""
    bucket, asked = backend.config["bucket"], backend.config.get("region", DEFAULT_REGION)
    real = bucket_region(bucket, seconds=2)
    if real in ("", asked):
        return None
    return StoreFailed(
        "The store is in another region than the one it was looked for in.",
        remedy=f"Expected the bucket in {asked} but it is in {real}: set AWS_REGION={real}.",
        log=f"{log} (asked in {asked}, the bucket {bucket!r} is in {real})",
    )


def _profile() -> Any:
    """Give boto3's credentials where the user has them in a profile (SSO and role chains too), else None."""
    if any(os.environ.get(name) for name in _FOUND_BY_OBSTORE):
        return None
    profile = os.environ.get("AWS_PROFILE") or os.environ.get("AWS_DEFAULT_PROFILE")
    files = (os.path.expanduser(os.environ.get(name) or path) for name, path in _SHARED)
    if not profile and not any(map(os.path.isfile, files)):
        return None
    try:
        import boto3
        from botocore.exceptions import BotoCoreError
        from obstore.auth.boto3 import Boto3CredentialProvider
    except ImportError:
        if not profile:
            return None
        raise BadSettings(
            f"The AWS profile '{profile}' cannot be read without boto3.",
            remedy="In the checkout: pip install '.[aws]'. Or set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY.",
        ) from None
    try:
        return Boto3CredentialProvider(boto3.Session())
    except BotoCoreError as error:
        raise BadSettings(f"The AWS profile '{profile or 'default'}' cannot be used.", remedy=f"{error}.") from error
    except ValueError:  # the files hold no credentials
        return None
