"""
Telling CloudFront which answers it has to forget.

One wildcard covers all derivatives whose keys start with the source's; the others are named one by one. boto3 is
loaded only when there is something to invalidate, and is part of Lambda's runtime.
"""

import time
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from firstsight import references
from firstsight.errors import FirstsightError
from firstsight.http import digest, encode_path

#: The most paths of one order (CloudFront quotas: 3,000 in progress, and 15 with a wildcard).
MOST, MOST_WILDCARDS = 3_000, 15
#: Paths that are named one by one; more of them are a single wildcard for everything.
MOST_NAMED = 100
#: Seconds between two tries while earlier orders are in progress.
PAUSE = 5.0

EVERYTHING = "/*"


class NotInvalidated(FirstsightError):
    """An invalidation failed, so CloudFront may serve what it has cached for as long as Cache-Control allows."""

    code = "not-invalidated"
    title = "CloudFront not told"


def wildcard(key: str) -> str:
    """Give the path of all derivatives whose keys begin with this one."""
    return f"{encode_path(key)}*"


def paths_of(source: str, keys: Iterable[str]) -> tuple[str, ...]:
    """Give the paths of the derivatives with these keys: a wildcard for those below the source's, the others named."""
    named = sorted(encode_path(key) for key in keys if not key.startswith(f"{source}/"))
    return (wildcard(source), *named)


def each(keys: Iterable[str]) -> tuple[str, ...]:
    """Give the path of each derivative key."""
    return tuple(map(encode_path, keys))


def named(keys: Iterable[str]) -> tuple[str, ...]:
    """Give the path of each derivative key, or the one path for everything if there are more than MOST_NAMED."""
    found: list[str] = []
    for key in keys:
        if len(found) == MOST_NAMED:
            return (EVERYTHING,)
        found.append(encode_path(key))
    return tuple(found)


def invalidate(
    distribution: str,
    paths: Iterable[str],
    *,
    seconds: float,
    instead: Iterable[str] = (),
    pause: Callable[[float], Any] = time.sleep,
) -> None:
    """
    Order a distribution to forget what it has cached under these paths, which takes it some minutes.

    `distribution` is its id, or a reference to it. CloudFront limits the orders in progress, most of all those with a
    wildcard. When it takes no more of `paths`, the paths in `instead` are ordered; without any, or when these are
    refused too, the order is repeated for up to `seconds`. Raises NotInvalidated, BadSettings.
    """
    until = time.monotonic() + seconds
    name = references.read(distribution) if references.is_reference(distribution) else distribution
    orders, others = list(_orders(paths)), list(_orders(instead))
    if others:
        if all(_order(name, order, last=False) for order in orders):
            return
        orders = others
    for order in orders:
        while not _order(name, order, last=time.monotonic() + PAUSE > until):
            pause(PAUSE)


def _orders(paths: Iterable[str]) -> Iterator[list[str]]:
    wild: list[str] = []
    others: list[str] = []
    for path in dict.fromkeys(paths):
        (wild if path.endswith("*") else others).append(path)
    for found, most in ((wild, MOST_WILDCARDS), (others, MOST)):
        yield from (found[start : start + most] for start in range(0, len(found), most))


def _order(distribution: str, paths: list[str], *, last: bool) -> bool:
    """Give one order to CloudFront; False where too many are in progress. With `last` that raises instead."""
    import boto3
    from botocore.exceptions import BotoCoreError, ClientError

    batch: Any = {
        "Paths": {"Quantity": len(paths), "Items": paths},
        "CallerReference": digest(str(time.time_ns()), *paths),
    }
    try:
        boto3.client("cloudfront").create_invalidation(DistributionId=distribution, InvalidationBatch=batch)
    except ClientError as error:
        if error.response["Error"]["Code"] in ("TooManyInvalidationsInProgress", "Throttling") and not last:
            return False
        raise _failed(distribution, str(error)) from error
    except BotoCoreError as error:
        raise _failed(distribution, str(error)) from error
    return True


def _failed(distribution: str, said: str) -> NotInvalidated:
    return NotInvalidated(
        f"CloudFront's distribution {distribution} could not be told to forget what it has.",
        remedy="It forgets when Cache-Control's time is over. To tell it now: firstsight purge KEY.",
        log=said,
    )
