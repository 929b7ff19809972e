"""
What the settings ask of the CloudFormation stack, as values.

template.py writes the template from them; each part of that (fronts.py, news.py, watch.py and so on) needs no more.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from firstsight.aws.names import Place
from firstsight.settings import Front, Topology


@dataclass(frozen=True, slots=True)
class DesiredStack:
    """What the settings ask of the CloudFormation stack. `code` is the bundle's bucket and key."""

    name: str
    topology: Topology
    front: Front
    public: bool
    architecture: str
    memory: int
    timeout: int
    environment: Mapping[str, str]
    code: tuple[str, str]
    sources: Place
    derivatives: Place
    #: KMS keys, by ARN, that the buckets are encrypted with.
    kms: tuple[str, ...]
    #: Whether S3 tells the function about changed sources.
    notifications: bool
    #: The edge function's JavaScript, in topology cdn.
    edge: str
    #: Whether the alias follows the code by itself, for a pipeline that has nobody to move it.
    follow: bool = False
    #: Where the signing keys are kept, as the settings refer to it.
    keys: str = ""
    #: The Access-Control-Allow-Origin of what S3 has stored, in topology cdn.
    cors: str = ""
    #: Whether there is a state machine that makes presets of all sources.
    backfill: bool = False
    #: The distribution that is told of deleted derivatives, or where its id is kept.
    distribution: str = ""
    #: A queue of the team's, by its ARN, that tells of changed sources.
    events: str = ""
