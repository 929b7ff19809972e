"""
What AWS has: read once, and afterwards judged by pure code.

A read may be denied, or fail. That is a fact too, and nothing is ever guessed in place of what could not be read.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

from firstsight.aws.state import State

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Fact(Generic[T]):
    """Something that was read: a value, None for what is not there, or why it is unknown."""

    value: T | None = None
    unknown: str = ""


#: What is not there.
NOT_THERE: Fact[Any] = Fact()


@dataclass(frozen=True, slots=True)
class Bucket:
    """A bucket; `documents` are by the words of documents.KINDS."""

    name: str
    exists: bool
    region: str = ""
    documents: Mapping[str, Fact[Any]] = field(default_factory=dict)
    #: The rules of its default encryption, its ownership controls, whether it keeps versions, and some of its keys.
    encryption: Fact[Any] = Fact()
    ownership: Fact[str] = Fact()
    versioning: Fact[str] = Fact()
    keys: Fact[tuple[str, ...]] = Fact()

    @property
    def requester_pays(self) -> bool:
        """Whether who asks pays, so that S3 refuses all who do not say that they will, and whoever does not sign."""
        payment = self.documents.get("payment", NOT_THERE).value or {}
        return bool(payment.get("Payer") == "Requester")

    @property
    def kms_key(self) -> str:
        """The KMS key of its default encryption, or nothing; `aws/s3` for the one that S3 manages."""
        for rule in self.encryption.value or ():
            default = rule.get("ApplyServerSideEncryptionByDefault", {})
            if str(default.get("SSEAlgorithm", "")).startswith("aws:kms"):
                key = str(default.get("KMSMasterKeyID") or "aws/s3")
                return "aws/s3" if key.endswith("alias/aws/s3") else key
        return ""


@dataclass(frozen=True, slots=True)
class Stack:
    """The stack: its status (None where there is none), the template it was made from, and what it puts out."""

    status: Fact[str] = Fact()
    template: Fact[Mapping[str, Any]] = Fact()
    outputs: Mapping[str, str] = field(default_factory=dict)
    #: Why the last change of it failed, as far as it says so.
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Version:
    """A published version of the function. `description` holds the fingerprint of what it was made from."""

    number: str
    description: str
    modified: str = ""


@dataclass(frozen=True, slots=True)
class Facts:
    """All that a plan is made from."""

    account: str
    region: str
    sources: Bucket
    derivatives: Bucket
    #: Whether the bucket for bundles is there, and the bundle in it.
    artefacts: Fact[bool] = Fact(False)
    code: Fact[bool] = Fact(False)
    account_block: Fact[Any] = Fact()
    stack: Stack = Stack()
    live: Fact[Version] = Fact()
    state: Fact[State] = Fact()
    #: What is told of presets that have changed since derivatives were stored.
    changed: Fact[tuple[str, ...]] = Fact()
    #: Documents that are remembered of buckets which the settings no longer name, by kind, as they are.
    former: Mapping[str, Fact[Any]] = field(default_factory=dict)

    @property
    def buckets(self) -> tuple[Bucket, ...]:
        """Give the buckets, one only once."""
        one = self.sources.name == self.derivatives.name
        return (self.sources,) if one else (self.sources, self.derivatives)

    def bucket_of(self, kind: str) -> Bucket:
        """Give the bucket whose document of this kind is concerned."""
        return self.sources if kind == "notifications" else self.derivatives

    def remembered(self, kind: str) -> tuple[str, Fact[Any]]:
        """Give the bucket whose document of this kind is remembered, and that document as it is."""
        bucket, kept = self.bucket_of(kind), self.state.value.documents.get(kind) if self.state.value else None
        if kept and kind in self.former:
            return kept.bucket, self.former[kind]
        return bucket.name, bucket.documents.get(kind, Fact(unknown="not read"))
