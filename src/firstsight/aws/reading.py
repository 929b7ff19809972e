"""Reads the facts. Nothing here changes anything."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from firstsight.aws import names, remembered
from firstsight.aws.cloud import AwsRefused, Cloud
from firstsight.aws.facts import Bucket, Fact, Facts
from firstsight.settings import Settings

#: The kinds of document that are read of a bucket.
KINDS = ("policy", "website", "notifications", "lifecycle", "block", "payment")
#: How many keys of a bucket are looked at.
SOME_KEYS = 200


def connect(settings: Settings, cloud_of: Callable[[str | None], Cloud] = Cloud) -> Cloud:
    """
    Connect to the region that the derivatives' bucket is in; for one that is not there yet, to the one that is set.

    Raises NoAws, AwsRefused, BadSettings.
    """
    somewhere = cloud_of(settings.aws.region or None)
    region = somewhere.bucket_region(names.places(settings)[1].bucket)
    return cloud_of(region or somewhere.region)


def read(cloud: Cloud, settings: Settings) -> Facts:
    """Read all but whether the bundle is there, which is asked for once it is known which."""
    account = cloud.account()
    sources, derivatives = names.places(settings)
    name = names.stack_name(settings)
    artefacts = names.artefacts_bucket(account, cloud.region)
    first = bucket(cloud, sources)
    found = Facts(
        account=account,
        region=cloud.region,
        sources=first,
        derivatives=first if derivatives.bucket == sources.bucket else bucket(cloud, derivatives),
        artefacts=Fact(bool(cloud.bucket_region(artefacts))),
        account_block=cloud.account_block(account),
        stack=cloud.stack(name),
        live=cloud.version(name, names.LIVE),
        state=remembered.read(cloud, artefacts, name, account),
    )
    return replace(found, former=_former(cloud, found))


def _former(cloud: Cloud, facts: Facts) -> dict[str, Fact[Any]]:
    """Read the documents in which there is a part of ours, of buckets that the settings no longer name."""
    kept = facts.state.value.documents if facts.state.value else {}
    return {
        kind: cloud.document(one.bucket, kind)
        for kind, one in kept.items()
        if one.bucket not in ("", facts.bucket_of(kind).name)
    }


def with_code(cloud: Cloud, facts: Facts, code: tuple[str, str]) -> Facts:
    """Read whether the bundle is there as well."""
    return replace(facts, code=cloud.has(*code) if facts.artefacts.value else Fact(False))


def bucket(cloud: Cloud, place: names.Place) -> Bucket:
    """Read a bucket."""
    try:
        region = cloud.bucket_region(place.bucket)
    except AwsRefused:
        region = cloud.region  # it is there, and says nothing more; the rest will be refused as well
    if not region:
        return Bucket(place.bucket, exists=False)
    return Bucket(
        place.bucket,
        exists=True,
        region=region,
        documents={kind: cloud.document(place.bucket, kind) for kind in KINDS},
        encryption=cloud.encryption(place.bucket),
        ownership=cloud.ownership(place.bucket),
        versioning=cloud.versioning(place.bucket),
        keys=cloud.some_keys(place.bucket, place.prefix, SOME_KEYS),
    )
