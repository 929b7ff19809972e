"""What is read of the distribution: its configuration, its cache policies, and the policy of a KMS key."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from firstsight.aws import documents
from firstsight.aws.facts import Fact

if TYPE_CHECKING:
    from firstsight.aws.cloud import Cloud


@dataclass(frozen=True, slots=True)
class Distribution:
    """A distribution of CloudFront; `config` and the policies are as the API gives them."""

    id: str
    status: str
    config: Mapping[str, Any]
    #: Cache policies by id: those that the behaviours name.
    policies: Mapping[str, Fact[Mapping[str, Any]]] = field(default_factory=dict)


def read(cloud: "Cloud", identifier: str) -> Fact[Distribution]:
    """Read a distribution; None where there is none of that id."""
    client = cloud.client("cloudfront")
    fact = cloud.ask(lambda: client.get_distribution(Id=identifier), "NoSuchDistribution")
    if fact.value is None:
        return Fact(unknown=fact.unknown)
    found = fact.value["Distribution"]
    config = found["DistributionConfig"]
    behaviours = [config["DefaultCacheBehavior"], *config.get("CacheBehaviors", {}).get("Items", ())]
    named = dict.fromkeys(one["CachePolicyId"] for one in behaviours if one.get("CachePolicyId"))
    policies = {policy: _policy(cloud, policy) for policy in named}
    return Fact(Distribution(identifier, found.get("Status", ""), config, policies))


def key_policy(cloud: "Cloud", key: str) -> Fact[tuple[Mapping[str, Any], ...]]:
    """Read the statements of a KMS key's policy."""
    fact = cloud.ask(lambda: cloud.client("kms").get_key_policy(KeyId=key, PolicyName="default"), "NotFoundException")
    if fact.value is None:
        return Fact(unknown=fact.unknown)
    return Fact(tuple(documents.statements(fact.value["Policy"])))


def _policy(cloud: "Cloud", identifier: str) -> Fact[Mapping[str, Any]]:
    fact = cloud.ask(lambda: cloud.client("cloudfront").get_cache_policy(Id=identifier), "NoSuchCachePolicy")
    return Fact(fact.value["CachePolicy"]["CachePolicyConfig"]) if fact.value else fact
