"""All that the checks look at. What could not be read is in here as that; nothing is read afterwards."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from firstsight.aws import facts as aws
from firstsight.aws.api_facts import Api
from firstsight.aws.cdn_facts import Distribution
from firstsight.aws.desired import Desired
from firstsight.aws.facts import NOT_THERE, Fact
from firstsight.aws.function_facts import Function
from firstsight.aws.role_facts import Answer
from firstsight.doctor.finding import Hop
from firstsight.doctor.local import File, Local
from firstsight.doctor.log import Invocation
from firstsight.settings import Settings


@dataclass(frozen=True, slots=True)
class OnAws:
    """What AWS has."""

    found: aws.Facts
    desired: Desired
    #: Whether it is a private AWS, which lacks some of what the real one has: then these are not asked.
    private: bool = False
    function: Fact[Function] = NOT_THERE
    #: What became of the last requests, the earliest first.
    invocations: Fact[tuple[Invocation, ...]] = NOT_THERE
    #: What processor each library in the function's code is for; read only where something is wrong with the code.
    libraries: Fact[tuple[tuple[str, str], ...]] = NOT_THERE
    #: Whether the code that serves is a bundle that has been deployed.
    bundle: Fact[bool] = NOT_THERE
    #: The API that the stack has; without a stack, the one that the website's rule leads to.
    api: Fact[Api] = NOT_THERE
    #: The region of the API that the rule leads to, where it is known.
    rule_region: str = ""
    role: Fact[tuple[Answer, ...]] = NOT_THERE
    distribution: Fact[Distribution] = NOT_THERE
    #: The statements of the policies of the KMS keys, by the key.
    keys: Mapping[str, Fact[tuple[Mapping[str, Any], ...]]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Facts:
    """All of it. `refused` is why AWS was not read where the settings name it; `now` is in seconds since 1970."""

    file: File
    settings: Settings | None
    local: Local
    on_aws: OnAws | None = None
    refused: str = ""
    remedy: str = ""
    hops: tuple[Hop, ...] = ()
    now: float = 0.0
