"""
What the Lambda function does with the news that something in the bucket has changed.

| what fails                     | news through SQS                       | news from S3, SNS, EventBridge           |
|--------------------------------|----------------------------------------|------------------------------------------|
| the image, however often tried | goes to the dead-letter queue, once    | the same                                 |
| a store, time is over, a bug   | is named in the answer and comes       | is raised: Lambda sends it again, twice, |
|                                | again, until that queue gives it up    | and then to the dead-letter queue        |

So one message that fails takes none of its batch along, and nothing is tried for ever. CloudFront is told of all that
was deleted at the end, in as few paths as there can be.
"""

import logging
import time
from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

from firstsight import cdn, events
from firstsight.errors import FirstsightError, RenderTimeout
from firstsight.events import Reaction
from firstsight.runtimes import dead_letters, logs
from firstsight.runtimes.lambda_events import changes_of, messages_of
from firstsight.runtimes.metrics import embedded
from firstsight.service import Service


def follow(service: Service, event: Mapping[str, Any], until: float) -> dict[str, Any]:
    """
    Do what follows from each change, until a time of the monotonic clock, and give the answer that AWS wants.

    Raises what went wrong, where the answer cannot say it.
    """
    reactions: list[Reaction] = []
    forgotten: defaultdict[str, list[str]] = defaultdict(list)
    failed: list[dict[str, str]] = []
    trouble: Exception | None = None
    messages = messages_of(event)
    for identifier, message in messages:
        try:
            for change in events.changes(changes_of(message)):
                if time.monotonic() > until:
                    raise RenderTimeout("There was no time left for this change.")
                began = time.perf_counter()
                reaction = events.react(service, change, until, lambda key, gone: forgotten[key].extend(gone))
                _tell(service, reaction, time.perf_counter() - began)
                reactions.append(reaction)
        except Exception as error:
            _tell_trouble(error, identifier)
            if identifier:
                failed.append({"itemIdentifier": identifier})
            else:
                trouble = trouble or error
    _forget(service, forgotten, until)
    if trouble is not None:
        raise trouble
    answer: dict[str, Any] = {
        "changes": len(reactions),
        "deleted": sum(len(reaction.deleted) for reaction in reactions),
        "made": sum(len(reaction.made) for reaction in reactions),
    }
    return answer | ({"batchItemFailures": failed} if any(identifier for identifier, _ in messages) else {})


def _tell(service: Service, reaction: Reaction, seconds: float) -> None:
    change, problem, refined = reaction.change, reaction.problem, reaction.refined
    members: dict[str, Any] = {
        "bucket": change.bucket,
        "key": change.key,
        "change_ms": round(seconds * 1000, 1),
        "deleted": len(reaction.deleted),
        "made_eagerly": len(reaction.made),
    }
    if refined is not None:
        members |= {"refined": refined.state.value, "bytes_before": refined.before, "bytes_after": refined.after}
    if problem is not None:
        letter = {"bucket": change.bucket, "key": change.key, "error": problem.code, "detail": problem.reason}
        if service.settings.aws.dead_letters:
            dead_letters.send(service.settings.aws.dead_letters, letter)
        members |= {"error": problem.code, "detail": problem.reason}
    logs.change_line(members, logging.WARNING if problem else logging.INFO, embedded)


def _forget(service: Service, deleted: Mapping[str, Sequence[str]], until: float) -> None:
    """
    Tell CloudFront, once for all, what has been deleted of each source.

    Where that fails nothing is to be done again: nothing would be found to delete.
    """
    if not deleted or not service.settings.aws.distribution:
        return
    paths = [path for source, keys in deleted.items() for path in cdn.paths_of(source, keys)]
    each = [path for keys in deleted.values() for path in cdn.each(keys)]
    try:
        cdn.invalidate(service.settings.aws.distribution, paths, instead=each, seconds=until - time.monotonic())
    except FirstsightError as error:
        _tell_trouble(error, "")


def _tell_trouble(error: Exception, identifier: str) -> None:
    known = isinstance(error, FirstsightError)
    members: dict[str, Any] = {"message_id": identifier} if identifier else {}
    if isinstance(error, FirstsightError):
        members |= {"error": error.code, "detail": error.message, "log": error.log}
    logs.change_line(members, logging.ERROR, embedded, None if known else error)
