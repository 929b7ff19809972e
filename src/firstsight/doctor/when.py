"""When a check applies, and the parts of the facts that it then may take for granted. Pure."""

from firstsight.aws.api_facts import Api
from firstsight.aws.cdn_facts import Distribution
from firstsight.aws.function_facts import Function
from firstsight.doctor.facts import Facts, OnAws
from firstsight.settings import Front, Settings, Topology


def always(facts: Facts) -> bool:
    """Everywhere."""
    return True


def settled(facts: Facts) -> bool:
    """Where the settings hold."""
    return facts.settings is not None


def on_aws(facts: Facts) -> bool:
    """Where AWS has been read."""
    return facts.on_aws is not None


def deployed(facts: Facts) -> bool:
    """Where there is a stack."""
    return facts.on_aws is not None and facts.on_aws.found.stack.status.value not in (None, "REVIEW_IN_PROGRESS")


def running(facts: Facts) -> bool:
    """Where the function has been read."""
    return facts.on_aws is not None and facts.on_aws.function.value is not None


def really_running(facts: Facts) -> bool:
    """The same, on the real AWS."""
    return running(facts) and not aws(facts).private


def has_api(facts: Facts) -> bool:
    """Where an API has been read."""
    return facts.on_aws is not None and facts.on_aws.api.value is not None


def website(facts: Facts) -> bool:
    """Where S3's website is the topology, and its bucket is there."""
    return _has_topology(facts, Topology.WEBSITE)


def cdn(facts: Facts) -> bool:
    """Where CloudFront is the topology, and its bucket is there."""
    return _has_topology(facts, Topology.CDN)


def distributed(facts: Facts) -> bool:
    """Where a distribution has been read."""
    return facts.on_aws is not None and facts.on_aws.distribution.value is not None


def has_bucket(facts: Facts) -> bool:
    """Where the buckets are there."""
    return facts.on_aws is not None and all(bucket.exists for bucket in facts.on_aws.found.buckets)


def has_url(facts: Facts) -> bool:
    """Where the front is a function URL."""
    return running(facts) and aws(facts).desired.stack.front is Front.FUNCTION_URL


def aws(facts: Facts) -> OnAws:
    """Give what AWS has."""
    assert facts.on_aws is not None
    return facts.on_aws


def settings(facts: Facts) -> Settings:
    """Give the settings."""
    assert facts.settings is not None
    return facts.settings


def function(facts: Facts) -> Function:
    """Give the function."""
    found = aws(facts).function.value
    assert found is not None
    return found


def api(facts: Facts) -> Api:
    """Give the API."""
    found = aws(facts).api.value
    assert found is not None
    return found


def distribution(facts: Facts) -> Distribution:
    """Give the distribution."""
    found = aws(facts).distribution.value
    assert found is not None
    return found


def _has_topology(facts: Facts, topology: Topology) -> bool:
    return has_bucket(facts) and aws(facts).desired.stack.topology is topology
