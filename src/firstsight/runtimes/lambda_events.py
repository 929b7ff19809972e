"""
The shapes of the events that AWS hands to a function, and of the answers it wants. Pure.

| front                | recognised by                        | the path comes                                |
|----------------------|--------------------------------------|-----------------------------------------------|
| REST API (v1)        | `httpMethod`, `requestContext.stage` | encoded, without the stage                    |
| ALB                  | `requestContext.elb`                 | encoded                                       |
| HTTP API (v2)        | `version` 2.0                        | decoded, with the stage unless it is $default |
| function URL         | the same, and its domain name        | encoded                                       |
| S3, SQS, SNS         | `Records[].eventSource`              | no path: a source has changed                 |
| EventBridge          | `source`, `detail`                   | the same                                      |
| Step Functions       | `BatchInput`, `Items`                | no path: sources, and presets to make of them |

A path leaves here encoded, whatever it was, so that everything after decodes it exactly once.
"""

import binascii
from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from firstsight import percent
from firstsight.errors import BadRequest
from firstsight.http import Request, Response
from firstsight.records import dataclass

Event = Mapping[str, Any]
T = TypeVar("T")

#: Characters a path may hold unencoded: what came encoded keeps its percent signs.
_PATH = "/%~!$&'()*,;=:@-._"
#: The same for a path that came decoded, where a percent sign is a character of the key.
_DECODED_PATH = _PATH.replace("%", "")


class UnknownEvent(BadRequest):
    """The function was invoked with something that is neither a request nor a change of a source."""

    code = "unknown-event"
    title = "Unknown event"


@dataclass(frozen=True, slots=True)
class Front:
    """One shape of request event: how it is known, read, and answered."""

    name: str
    known: Callable[[Event], bool]
    request: Callable[[Event], Request]
    answer: Callable[[Response, Event], dict[str, Any]]


def front_of(event: Event) -> Front | None:
    """Find the shape of a request event, or None for one that is no request."""
    return next((front for front in FRONTS if front.known(event)), None) if isinstance(event, Mapping) else None


def messages_of(event: Event) -> list[tuple[str, Event]]:
    """Give the parts of an event that are followed one by one; a message of SQS has an id, by which it is answered."""
    records = event.get("Records") if isinstance(event, Mapping) else None
    if not isinstance(records, list) or not all(isinstance(record, Mapping) for record in records):
        return [("", event)]
    return [
        (str(record.get("messageId", "")) if record.get("eventSource") == "aws:sqs" else "", {"Records": [record]})
        for record in records
    ]


def changes_of(event: Event) -> list[Event]:
    """
    Give the S3 records, in S3's own form, of an event that tells of changed sources.

    S3's notifications as they are, EventBridge's put into that form, either of them from SNS, and all inside SQS
    messages.
    Raises UnknownEvent naming the members of an event that is none of these, or not whole.
    """
    return _whole(_changes)(event)


def _changes(event: Event) -> list[Event]:
    records = event.get("Records")
    if isinstance(records, list) and all(isinstance(record, Mapping) for record in records):
        return [change for record in records for change in _changes_of_record(record)]
    if event.get("source") == "aws.s3" and isinstance(event.get("detail"), Mapping):
        return [_checked(_from_eventbridge(event))]
    if event.get("Type") == "Notification" and "Message" in event:  # SNS, as SQS hands it on
        return changes_of(_read(event["Message"]))
    if event.get("Event") == "s3:TestEvent":  # what S3 sends when a notification is configured
        return []
    raise _unknown(event)


def is_batch(event: Event) -> bool:
    """Whether an event is a batch of a backfill, in the form that Step Functions' Distributed Map gives it."""
    return (
        isinstance(event, Mapping)
        and isinstance(event.get("BatchInput"), Mapping)
        and isinstance(event.get("Items"), list)
    )


def _whole(read: Callable[[Event], T]) -> Callable[[Event], T]:
    """Tell of an event that lacks something, or has it in another form, as of one that is not known."""

    def reading(event: Event) -> T:
        try:
            return read(event)
        except (AttributeError, KeyError, TypeError, ValueError):
            raise _unknown(event) from None

    return reading


def _unknown(event: Event) -> UnknownEvent:
    members = ", ".join(sorted(map(str, event))[:20]) if isinstance(event, Mapping) else "another form"
    members = members or "no members"
    return UnknownEvent(
        "Expected a request (REST or HTTP API, function URL, ALB) or a change of a source (S3, SQS, SNS, EventBridge), "
        f"but got an event with {members}.",
        remedy="See docs/lambda.md for the events that are understood.",
    )


def _changes_of_record(record: Event) -> list[Event]:
    source = record.get("eventSource") or record.get("EventSource")  # the second is SNS's spelling
    if source == "aws:s3":
        return [_checked(record)]
    if source == "aws:sqs":
        return changes_of(_read(record["body"]))
    if source == "aws:sns":
        return changes_of(_read(record["Sns"]["Message"]))
    raise _unknown(record)


def _checked(record: Event) -> Event:
    """Give S3's record, of which three texts are read."""
    told = record["eventName"], record["s3"]["bucket"]["name"], record["s3"]["object"]["key"]
    if not all(isinstance(text, str) for text in told):
        raise _unknown(record)
    return record


def _read(text: str) -> Event:
    import json  # only here: a request has no use for it

    found = json.loads(text)
    return found if isinstance(found, Mapping) else {}


def _from_eventbridge(event: Event) -> Event:
    detail = event["detail"]
    names = {"Object Created": "ObjectCreated:Put", "Object Deleted": "ObjectRemoved:Delete"}
    return {
        "eventSource": "aws:s3",
        "eventName": names.get(event.get("detail-type", ""), event.get("detail-type", "")),
        "s3": {
            "bucket": detail["bucket"],
            # EventBridge gives the key as it is, where S3's own notifications encode it as in a form
            "object": {**detail["object"], "key": percent.encode(detail["object"]["key"], safe="/")},
        },
    }


def _headers(event: Event) -> dict[str, str]:
    multiple = event.get("multiValueHeaders") or {}
    single = event.get("headers") or {}
    headers = {name.lower(): str(value) for name, value in single.items() if value is not None}
    return headers | {name.lower(): ", ".join(values) for name, values in multiple.items() if values}


def _rest(event: Event) -> Request:
    return Request(percent.encode(event["path"], safe=_PATH), event["httpMethod"], _headers(event), query=_query(event))


def _alb(event: Event) -> Request:
    # an ALB hands the query on encoded, the REST API decoded
    return Request(
        percent.encode(event["path"], safe=_PATH),
        event["httpMethod"],
        _headers(event),
        query=_query(event, encoded=True),
    )


def _query(event: Event, *, encoded: bool = False) -> str:
    """Put a query together again, of pairs that come encoded or not."""
    multiple = event.get("multiValueQueryStringParameters") or {}
    single = event.get("queryStringParameters") or {}
    pairs = [(name, value) for name, values in multiple.items() for value in values] or list(single.items())
    safe = "/~!$'()*,;:@-._" + ("%+" if encoded else "")
    return "&".join(
        f"{percent.encode(str(name), safe=safe)}={percent.encode(str(value), safe=safe)}" for name, value in pairs
    )


def _http_api(event: Event) -> Request:
    context = event["requestContext"]
    path, stage = event["rawPath"], context.get("stage", "$default")
    if stage != "$default":
        path = path.removeprefix(f"/{stage}") or "/"
    query = event.get("rawQueryString") or ""
    return Request(percent.encode(path, safe=_DECODED_PATH), context["http"]["method"], _headers(event), query=query)


def _function_url(event: Event) -> Request:
    path, method = percent.encode(event["rawPath"], safe=_PATH), event["requestContext"]["http"]["method"]
    return Request(path, method, _headers(event), query=event.get("rawQueryString") or "")


def _answer(response: Response, event: Event) -> dict[str, Any]:
    return {
        "statusCode": response.status,
        "headers": dict(response.headers),
        "isBase64Encoded": True,
        "body": binascii.b2a_base64(response.body, newline=False).decode("ascii"),
    }


def _alb_answer(response: Response, event: Event) -> dict[str, Any]:
    answer = _answer(response, event)
    if "multiValueHeaders" in event:  # the target group is set to these, and ignores the others
        answer["multiValueHeaders"] = {name: [value] for name, value in answer.pop("headers").items()}
    return answer


def _context(event: Event) -> Event:
    context = event.get("requestContext")
    return context if isinstance(context, Mapping) else {}


#: In the order in which they are asked.
FRONTS: tuple[Front, ...] = (
    Front("alb", lambda event: "elb" in _context(event), _whole(_alb), _alb_answer),
    Front(
        "function-url",
        lambda event: "http" in _context(event) and ".lambda-url." in str(_context(event).get("domainName")),
        _whole(_function_url),
        _answer,
    ),
    Front("http-api", lambda event: "http" in _context(event) and "rawPath" in event, _whole(_http_api), _answer),
    Front("rest-api", lambda event: "httpMethod" in event and "path" in event, _whole(_rest), _answer),
)
