"""Events as AWS hands them over, and answers as it wants them."""

import base64
import json
import unicodedata
from pathlib import Path
from typing import Any
from urllib.parse import quote, unquote

import pytest

from firstsight.errors import FirstsightError
from firstsight.events import changes
from firstsight.http import Response, decode_path
from firstsight.runtimes.lambda_events import FRONTS, UnknownEvent, changes_of, front_of, messages_of

EVENTS = Path(__file__).parents[1] / "events"


def event(name: str) -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads((EVENTS / f"{name}.json").read_text(encoding="utf-8"))
    return loaded


#: The captured event, and the front that handed it over.
REQUESTS = {
    "rest-api": "rest-api",
    "http-api": "http-api",
    "http-api-stage": "http-api",
    "function-url": "function-url",
    "alb": "alb",
    "alb-multi-value": "alb",
}


@pytest.mark.parametrize(("captured", "name"), REQUESTS.items())
def test_every_front_says_the_same_request(captured: str, name: str) -> None:
    front = front_of(event(captured))
    assert front is not None
    request = front.request(event(captured))
    assert (front.name, request.method) == (name, "GET")
    assert decode_path(request.path, 1000) == "photos/a b.jpg/300x200"
    assert request.headers["accept"] == "image/avif,image/webp,*/*;q=0.8"
    assert request.headers["if-none-match"] == '"none"'
    assert all(name == name.lower() for name in request.headers)


#: The captured event, where its query is, and how the front hands over `w=300&v=a%20b`.
QUERIES = [
    ("rest-api", {"queryStringParameters": {"w": "300", "v": "a b"}}),
    ("rest-api", {"multiValueQueryStringParameters": {"w": ["300"], "v": ["a b"]}}),
    ("http-api", {"rawQueryString": "w=300&v=a%20b"}),
    ("function-url", {"rawQueryString": "w=300&v=a%20b"}),
    ("alb", {"queryStringParameters": {"w": "300", "v": "a%20b"}}),
    ("alb-multi-value", {"multiValueQueryStringParameters": {"w": ["300"], "v": ["a%20b"]}}),
]


@pytest.mark.parametrize(("captured", "given"), QUERIES)
def test_every_front_says_the_same_query(captured: str, given: dict[str, Any]) -> None:
    front = front_of(event(captured))
    assert front is not None
    assert front.request(event(captured)).query == ""
    assert front.request({**event(captured), **given}).query == "w=300&v=a%20b"


@pytest.mark.parametrize("captured", REQUESTS)
def test_every_front_is_answered_in_its_form(captured: str) -> None:
    front = front_of(event(captured))
    assert front is not None
    answer = front.answer(Response(200, {"Content-Type": "image/webp"}, b"\x00\xffpixels"), event(captured))
    assert answer["statusCode"] == 200
    assert answer["isBase64Encoded"] is True
    assert base64.b64decode(answer["body"]) == b"\x00\xffpixels"
    if captured == "alb-multi-value":
        assert answer["multiValueHeaders"] == {"Content-Type": ["image/webp"]}
        assert "headers" not in answer
    else:
        assert answer["headers"] == {"Content-Type": "image/webp"}
    json.dumps(answer)


KEYS = (
    "cat.jpg",
    "dir/sub dir/cat.jpg",
    "a+b.jpg",
    "100%.jpg",
    "a%20b.jpg",
    "a%2Fb.jpg",
    "brackets (2) [3].jpg",
    "question?.jpg",
    "hash#.jpg",
    "amp&eq=semi;colon:at@.jpg",
    unicodedata.normalize("NFC", "für Zoë.jpg"),
    unicodedata.normalize("NFD", "für Zoë.jpg"),
    "日本/猫.jpg",
    "🐈‍⬛.jpg",
    "tilde~star*'quote'.jpg",
)


def handed_over(captured: str, path: str) -> dict[str, Any]:
    """The event for a path that a browser sent, as its front would write it."""
    changed = event(captured)
    if captured.startswith("http-api"):  # decoded, behind the stage unless that is the default one
        stage = changed["requestContext"]["stage"]
        changed["rawPath"] = ("" if stage == "$default" else f"/{stage}") + unquote(path)
    elif captured == "function-url":
        changed["rawPath"] = path
    else:
        changed["path"] = path
    return changed


@pytest.mark.parametrize("key", KEYS)
@pytest.mark.parametrize("captured", REQUESTS)
def test_a_key_comes_through_every_front_as_it_is(captured: str, key: str) -> None:
    sent = f"/{quote(key, safe='/')}/300x200.webp"
    changed = handed_over(captured, sent)
    front = front_of(changed)
    assert front is not None
    assert decode_path(front.request(changed).path, 4000) == f"{key}/300x200.webp"


@pytest.mark.parametrize("captured", ["rest-api", "function-url", "alb"])
def test_what_browsers_leave_unencoded_comes_through_too(captured: str) -> None:
    changed = handed_over(captured, "/a+b(2)'!.jpg/300x200.webp")
    front = front_of(changed)
    assert front is not None
    assert decode_path(front.request(changed).path, 4000) == "a+b(2)'!.jpg/300x200.webp"


def test_headers_that_come_more_than_once_are_joined() -> None:
    changed = event("alb-multi-value")
    changed["multiValueHeaders"]["accept"] = ["image/avif", "image/webp"]
    front = front_of(changed)
    assert front is not None
    assert front.request(changed).headers["accept"] == "image/avif, image/webp"


#: What tells of a changed source, in every wrapping.
NEWS = ["s3-put", "s3-delete", "eventbridge", "sns", "sqs-s3", "sqs-eventbridge", "sqs-sns"]


@pytest.mark.parametrize("captured", NEWS)
def test_a_changed_source_is_known_by_its_key_whoever_tells(captured: str) -> None:
    assert front_of(event(captured)) is None
    found = changes(changes_of(event(captured)))
    assert [(change.bucket, change.key) for change in found] == [("photos", "cats/a b+cü.jpg")]


@pytest.mark.parametrize("captured", NEWS)
def test_each_message_is_followed_by_itself_and_one_of_a_queue_is_answered_by_its_id(captured: str) -> None:
    given = event(captured)
    if "Records" in given:
        given["Records"] *= 2
    parts = messages_of(given)
    assert len(parts) == (2 if "Records" in given else 1)
    for identifier, part in parts:
        assert identifier == ("059f36b4-87a3-44ab-83d2-661975830a7d" if captured.startswith("sqs") else "")
        assert len(changes(changes_of(part))) == 1


def test_the_test_message_of_s3_changes_nothing() -> None:
    assert changes_of(event("s3-test")) == []


@pytest.mark.parametrize("unknown", [event("unknown"), {}, {"hello": 1}, {"Records": [{"Sns": {}}]}])
def test_an_unknown_event_is_an_error_that_names_its_members(unknown: dict[str, Any]) -> None:
    assert front_of(unknown) is None
    with pytest.raises(UnknownEvent) as raised:
        changes_of(unknown)
    assert isinstance(raised.value, FirstsightError)
    for member in unknown if "Records" not in unknown else unknown["Records"][0]:
        assert member in raised.value.message


def test_every_front_has_a_captured_event() -> None:
    assert {front.name for front in FRONTS} == set(REQUESTS.values())


@pytest.mark.parametrize(
    "broken",
    [
        [],
        "Records",
        None,
        {"Records": [{"eventSource": "aws:s3"}]},
        {
            "Records": [
                {"eventSource": "aws:s3", "eventName": 1, "s3": {"bucket": {"name": "b"}, "object": {"key": "k"}}}
            ]
        },
        {"Records": [{"eventSource": "aws:sqs", "body": "no JSON"}]},
        {"Records": [{"eventSource": "aws:sqs"}]},
        {"Records": [{"EventSource": "aws:sns", "Sns": []}]},
        {"source": "aws.s3", "detail": {"bucket": {}, "object": {}}},
        {"source": "aws.s3", "detail": {"bucket": {}, "object": {"key": "k"}}},
    ],
)
def test_an_event_that_is_not_whole_is_told_as_an_unknown_one(broken: Any) -> None:
    assert front_of(broken) is None
    with pytest.raises(UnknownEvent, match="Expected a request"):
        [changes_of(part) for _, part in messages_of(broken)]


@pytest.mark.parametrize("captured", REQUESTS)
@pytest.mark.parametrize("missing", ["path", "rawPath", "headers", "multiValueHeaders"])
def test_a_request_of_another_form_is_told_as_an_unknown_event(captured: str, missing: str) -> None:
    whole = event(captured)
    if missing in whole:
        front = front_of(whole)
        assert front is not None
        with pytest.raises(UnknownEvent):
            front.request({**whole, missing: 7})
