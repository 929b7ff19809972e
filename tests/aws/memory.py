"""
An AWS in memory, as far as deploys use it, that can be killed before or after any of its orders.

What it does follows the documentation of each call; `test_deploy.py` makes the real ones to an AWS that runs.
"""

import copy
import dataclasses
import hashlib
import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from firstsight.aws.cloud import AwsRefused, Progress
from firstsight.aws.facts import Fact, Stack, Version
from tests.aws import states


class Killed(BaseException):
    """What a process that is killed does not see; it is no Exception, so nothing catches it."""


def etag(data: bytes) -> str:
    """The ETag of an object that was put in one piece."""
    return f'"{hashlib.md5(data, usedforsecurity=False).hexdigest()}"'


@dataclass
class Memory:
    """One account in one region; `orders` counts what changes something, and `kill_at` is the one it ends at."""

    region: str = states.REGION
    buckets: dict[str, dict[str, Any]] = field(default_factory=dict)
    objects: dict[tuple[str, str], bytes] = field(default_factory=dict)
    stacks: dict[str, Stack] = field(default_factory=dict)
    proposed: dict[str, dict[str, Any]] = field(default_factory=dict)
    versions: dict[str, list[str]] = field(default_factory=dict)
    aliases: dict[tuple[str, str], str] = field(default_factory=dict)
    #: The versions to which the alias `live` was moved.
    served: set[str] = field(default_factory=set)
    #: What the stack tells of its resources, and what the next change of it fails with.
    happened: list[tuple[str, Progress]] = field(default_factory=list)
    failing: tuple[str, Progress] | None = None
    polls: int = 0
    orders: int = 0
    kill_at: float | None = None
    #: What somebody else does before the order of that number.
    meanwhile: tuple[int, Callable[[], None]] | None = None

    def ordered(self, change: Any) -> Any:
        """Make a change, or be killed before it (at a whole number) or after it (half a number later)."""
        self.orders += 1
        if self.kill_at == self.orders:
            raise Killed
        if self.meanwhile and self.meanwhile[0] == self.orders:
            others, self.meanwhile = self.meanwhile[1], None
            others()
        result = change()
        if self.kill_at is not None and self.kill_at == self.orders + 0.5:
            raise Killed
        return result

    def account(self) -> str:
        return states.ACCOUNT

    def bucket_region(self, bucket: str) -> str:
        return self.region if bucket in self.buckets else ""

    def document(self, bucket: str, kind: str) -> Fact[Any]:
        return Fact(copy.deepcopy(self.buckets.get(bucket, {}).get(kind)))

    def put_document(self, bucket: str, kind: str, document: Any) -> None:
        self.ordered(lambda: self.buckets[bucket].__setitem__(kind, copy.deepcopy(document)))

    def encryption(self, bucket: str) -> Fact[Any]:
        return Fact(None)

    def ownership(self, bucket: str) -> Fact[str]:
        return Fact("BucketOwnerEnforced")

    def versioning(self, bucket: str) -> Fact[str]:
        return Fact(None)

    def account_block(self, account: str) -> Fact[Any]:
        return Fact(None)

    def some_keys(self, bucket: str, prefix: str, most: int = 1000) -> Fact[tuple[str, ...]]:
        return Fact(tuple(self.keys(bucket, prefix))[:most])

    def make_bucket(self, bucket: str, *, private: bool = True) -> None:
        self.ordered(lambda: self.buckets.setdefault(bucket, {}))

    def keep_versions(self, bucket: str) -> None:
        self.ordered(lambda: None)

    def delete_bucket(self, bucket: str) -> bool:
        if list(self.keys(bucket, "")):
            return False
        self.ordered(lambda: self.buckets.pop(bucket, None))
        return True

    def read(self, bucket: str, key: str, **named: str) -> Fact[bytes]:
        return Fact(self.objects.get((bucket, key)))

    def read_tagged(self, bucket: str, key: str, **named: str) -> Fact[tuple[bytes, str]]:
        data = self.objects.get((bucket, key))
        return Fact((data, etag(data)) if data is not None else None)

    def has(self, bucket: str, key: str) -> Fact[bool]:
        return Fact((bucket, key) in self.objects)

    def write(self, bucket: str, key: str, data: bytes, **attributes: Any) -> str:
        assert bucket in self.buckets, bucket

        def change() -> str:
            self._demand(self.objects.get((bucket, key)), attributes)
            self.objects[bucket, key] = data
            return etag(data)

        return str(self.ordered(change))

    def _demand(self, there: bytes | None, attributes: Mapping[str, Any]) -> None:
        if "IfMatch" in attributes and there is None:
            raise AwsRefused("The specified key does not exist.", log="NoSuchKey")
        wanted = attributes.get("IfMatch", there and etag(there))
        if (there and etag(there)) != wanted or ("IfNoneMatch" in attributes and there is not None):
            raise AwsRefused("At least one of the pre-conditions you specified did not hold", log="PreconditionFailed")

    def delete(self, bucket: str, key: str) -> None:
        self.ordered(lambda: self.objects.pop((bucket, key), None))

    def delete_below(self, bucket: str, prefix: str) -> None:
        for key in list(self.keys(bucket, prefix)):
            self.delete(bucket, key)

    def keys(self, bucket: str, prefix: str) -> Iterator[str]:
        yield from sorted(key for where, key in self.objects if where == bucket and key.startswith(prefix))

    def stack(self, name: str) -> Stack:
        """Give the stack; what is in progress is done when it has been asked for twice."""
        found = self.stacks.get(name, Stack())
        status = found.status.value or ""
        if status.endswith("_IN_PROGRESS") and status != "REVIEW_IN_PROGRESS":
            self.polls += 1
            if self.polls >= 2:
                self.polls = 0
                self._done(name, status)
        return self.stacks.get(name, Stack()) if self.polls == 0 else found

    def propose(self, name: str, template: str, *, create: bool, change_set: str) -> bool:
        def change() -> None:
            self.proposed[change_set] = json.loads(template)
            if create:
                self.stacks[name] = Stack(Fact("REVIEW_IN_PROGRESS"))

        there = self.stacks.get(name)
        assert create == (there is None or there.status.value == "REVIEW_IN_PROGRESS"), there
        self.ordered(change)
        return True

    def execute(self, name: str, change_set: str) -> None:
        def change() -> None:
            created = self.stacks[name].status.value == "REVIEW_IN_PROGRESS"
            status = "CREATE_IN_PROGRESS" if created else "UPDATE_IN_PROGRESS"
            self.stacks[name] = Stack(Fact(status), Fact(self.proposed[change_set]))

        self.ordered(change)

    def _done(self, name: str, status: str) -> None:
        if status == "DELETE_IN_PROGRESS":
            del self.stacks[name]
            self.aliases.clear()
            self.versions.pop(name)
            return
        if self.failing:
            self.happened.append(self.failing)
            self.stacks[name] = dataclasses.replace(self.stacks[name], status=Fact("UPDATE_ROLLBACK_COMPLETE"))
            return
        template = self.stacks[name].template.value
        assert template
        self.stacks[name] = Stack(Fact(status.replace("IN_PROGRESS", "COMPLETE")), Fact(template), states.OUTPUTS)
        if status == "CREATE_IN_PROGRESS":
            self.versions[name] = [self.latest(name)]
            self.aliases |= {(name, "live"): "1", (name, "next"): "1"}

    def latest(self, name: str) -> str:
        """The description of the function as it is, published or not."""
        template = self.stacks[name].template.value
        assert template
        return str(template["Resources"]["Function"]["Properties"]["Description"])

    def delete_stack(self, name: str) -> None:
        def change() -> None:
            self.stacks[name] = dataclasses.replace(self.stacks[name], status=Fact("DELETE_IN_PROGRESS"))

        self.ordered(change)

    def events(self, name: str) -> list[tuple[str, Progress]]:
        return list(self.happened)

    def version(self, name: str, alias: str) -> Fact[Version]:
        number = self.aliases.get((name, alias))
        return Fact(Version(number, self.versions[name][int(number) - 1]) if number else None)

    def settle(self, name: str) -> None:
        pass

    def restore(self, name: str, properties: Mapping[str, Any]) -> None:
        assert (properties["Code"]["S3Bucket"], properties["Code"]["S3Key"]) in self.objects

    def publish(self, name: str, description: str) -> str:
        assert description == self.latest(name)

        def change() -> str:
            if self.versions[name][-1] != description:
                self.versions[name].append(description)
            return str(len(self.versions[name]))

        return str(self.ordered(change))

    def move(self, name: str, alias: str, version: str) -> None:
        assert int(version) <= len(self.versions[name])

        def change() -> None:
            self.aliases[name, alias] = version
            self.served |= {version} if alias == "live" else set()

        self.ordered(change)
