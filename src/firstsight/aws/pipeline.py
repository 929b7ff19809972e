"""The template for a pipeline of the team's own, made without AWS."""

from dataclasses import replace
from urllib.parse import urlsplit

from firstsight.aws import names, template
from firstsight.aws.desired import desire
from firstsight.aws.desired_stack import DesiredStack
from firstsight.aws.facts import Bucket, Facts
from firstsight.errors import BadSettings
from firstsight.settings import Settings


def build(settings: Settings, code: str, region: str) -> DesiredStack:
    """Give the stack whose bundle is at an S3 URL. Raises BadSettings."""
    parts = urlsplit(code)
    key = parts.path.lstrip("/")
    if parts.scheme != "s3" or not parts.netloc or not key:
        raise BadSettings(
            f"Expected the bundle at s3://BUCKET/KEY but got '{code}'.", remedy="Name its bucket and key."
        )
    sources, derivatives = names.places(settings)
    facts = Facts(
        account="${AWS::AccountId}",
        region=region,
        sources=Bucket(sources.bucket, exists=True, region=region),
        derivatives=Bucket(derivatives.bucket, exists=True, region=region),
    )
    stack = desire(settings, facts, "").stack
    return replace(stack, code=(parts.netloc, key), follow=True)


def text(settings: Settings, code: str, region: str) -> str:
    """Give the template as JSON. Raises BadSettings."""
    return template.text(build(settings, code, region))
