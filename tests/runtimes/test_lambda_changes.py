"""News of changes as the function follows them, with a real S3 and a real queue: what fails, and where it ends."""

import contextlib
import copy
import itertools
import json
import logging
import os
import random
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import quote, quote_plus, unquote_plus

import boto3
import pytest
import pyvips

import firstsight
from firstsight import Request, Service, open_service
from firstsight.aws.bundle import is_needed
from firstsight.errors import RenderTimeout, SourceNotFound, StoreFailed
from firstsight.runtimes.lambda_changes import follow
from firstsight.runtimes.lambda_events import UnknownEvent
from firstsight.settings import from_dict
from firstsight.stores import Store
from tests import servers

EVENTS = Path(__file__).parents[1] / "events"
PRESETS = {
    "thumb": {"transform": "100x80", "format": "webp", "eager": True},
    "small": {"transform": "64x", "format": "png"},
}
_numbers = itertools.count()


class Bucket:
    """A bucket with a queue for what is dead, and a service over both."""

    def __init__(self, address: str, **more: Any) -> None:
        self.name = f"changes-{next(_numbers)}"
        self.s3: Any = boto3.client("s3", endpoint_url=address)
        self.sqs: Any = boto3.client("sqs", endpoint_url=address)
        servers.make_bucket(address, self.name)
        self.queue: str = self.sqs.create_queue(QueueName=f"{self.name}-dead")["QueueUrl"]
        given = {"source": f"s3://{self.name}", "presets": PRESETS, **more, "aws": {"dead_letters": self.queue}}
        self.service: Service = open_service(from_dict(given))

    def put(self, key: str, data: bytes) -> None:
        self.s3.put_object(Bucket=self.name, Key=key, Body=data)

    def objects(self) -> set[str]:
        return {one["Key"] for one in self.s3.list_objects_v2(Bucket=self.name).get("Contents", ())}

    def record(self, key: str) -> dict[str, Any]:
        """What S3 says of a put."""
        record: dict[str, Any] = captured("s3-put")["Records"][0]
        record["s3"]["bucket"]["name"] = self.name
        record["s3"]["object"]["key"] = quote_plus(key, safe="/")
        return record

    def told(self, *keys: str) -> dict[str, Any]:
        return follow(self.service, {"Records": [self.record(key) for key in keys]}, time.monotonic() + 60)

    def queued(self, *bodies: Any) -> dict[str, Any]:
        """The same through a queue, a message for each."""
        [message] = captured("sqs-s3")["Records"]
        messages = []
        for number, body in enumerate(bodies):
            text = body if isinstance(body, str) else json.dumps(body)
            messages.append({**copy.deepcopy(message), "messageId": f"message-{number}", "body": text})
        return follow(self.service, {"Records": messages}, time.monotonic() + 60)

    def letters(self) -> list[dict[str, Any]]:
        """What is in the queue for what is dead."""
        found = self.sqs.receive_message(QueueUrl=self.queue, MaxNumberOfMessages=10).get("Messages", ())
        return [json.loads(message["Body"]) for message in found]


def captured(name: str) -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads((EVENTS / f"{name}.json").read_text(encoding="utf-8"))
    return loaded


@pytest.fixture
def bucket(s3_server: str, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Bucket]:
    for name in servers.clear_environment():
        monkeypatch.delenv(name)
    environment = {
        "AWS_ENDPOINT_URL": s3_server,
        "AWS_ACCESS_KEY_ID": "testing",
        "AWS_SECRET_ACCESS_KEY": "testing",
        "AWS_REGION": "us-east-1",
        "AWS_DEFAULT_REGION": "us-east-1",
    }
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    return lambda **more: Bucket(s3_server, **more)


@pytest.fixture
def photo(photos: Path) -> bytes:
    return (photos / "rocket.jpg").read_bytes()


def test_an_upload_has_its_eager_presets_and_an_overwrite_and_a_deletion_leave_nothing_old(
    bucket: Callable[..., Bucket], photo: bytes, photos: Path
) -> None:
    team, key = bucket(), "cats/a b+cü.jpg"
    team.put(key, photo)
    assert team.told(key) == {"changes": 1, "deleted": 0, "made": 1}
    assert team.objects() == {key, f"{key}/thumb.webp"}
    assert team.told(f"{key}/thumb.webp", key) == {"changes": 2, "deleted": 0, "made": 0}
    team.service.handle(Request("/cats/a%20b+c%C3%BC.jpg/small.png"))
    old = team.s3.get_object(Bucket=team.name, Key=f"{key}/thumb.webp")["Body"].read()
    team.put(key, (photos / "coffee.png").read_bytes())
    assert team.told(key) == {"changes": 1, "deleted": 2, "made": 1}
    assert team.s3.get_object(Bucket=team.name, Key=f"{key}/thumb.webp")["Body"].read() != old
    team.s3.delete_object(Bucket=team.name, Key=key)
    assert team.told(key) == {"changes": 1, "deleted": 1, "made": 0}
    assert team.objects() == set()


def test_a_bad_image_is_a_line_in_the_log_and_a_dead_letter_and_comes_no_more(
    bucket: Callable[..., Bucket], caplog: pytest.LogCaptureFixture
) -> None:
    team = bucket()
    team.put("bad.jpg", b"This is a letter.")
    with caplog.at_level(logging.INFO, logger="firstsight"):
        assert team.told("bad.jpg") == {"changes": 1, "deleted": 0, "made": 0}
    [letter] = team.letters()
    assert (letter["bucket"], letter["key"], letter["error"]) == (team.name, "bad.jpg", "unsupported-format")
    assert letter["detail"] == "The source is not an image of a known kind."
    [record] = [record for record in caplog.records if record.message == "change"]
    members: dict[str, Any] = record.__dict__["members"]
    assert record.levelname == "WARNING"
    assert (members["key"], members["error"], members["Errors"]) == ("bad.jpg", "unsupported-format", 1)
    assert members["_aws"]["CloudWatchMetrics"][0]["Dimensions"] == [["function"], ["function", "error"]]


def test_a_bad_image_takes_none_of_its_batch_along_and_is_done(bucket: Callable[..., Bucket], photo: bytes) -> None:
    team = bucket()
    team.put("bad.jpg", photo[:300])
    team.put("good.jpg", photo)
    answer = team.queued({"Records": [team.record("bad.jpg")]}, {"Records": [team.record("good.jpg")]})
    assert answer == {"changes": 2, "deleted": 0, "made": 1, "batchItemFailures": []}
    assert [letter["key"] for letter in team.letters()] == ["bad.jpg"]
    assert "good.jpg/thumb.webp" in team.objects()


def test_what_a_store_refuses_comes_again_and_takes_none_of_its_batch_along(
    bucket: Callable[..., Bucket], photo: bytes, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    team = bucket()
    for key in ("one.jpg", "two.jpg", "three.jpg"):
        team.put(key, photo)
    put = Store.put

    def failing(self: Store, key: str, *args: Any, **named: Any) -> bool:
        if key.startswith("two"):
            raise StoreFailed("The store is on fire.")
        return put(self, key, *args, **named)

    bodies = [{"Records": [team.record(key)]} for key in ("one.jpg", "two.jpg", "three.jpg")]
    with monkeypatch.context() as broken:
        broken.setattr(Store, "put", failing)
        answer = team.queued(*bodies)
        assert answer["batchItemFailures"] == [{"itemIdentifier": "message-1"}]
        assert answer["made"] == 2
        with pytest.raises(StoreFailed):
            team.told("two.jpg", "one.jpg")
    assert "store-failed" in {getattr(record, "members", {}).get("error") for record in caplog.records}
    assert team.letters() == []
    assert team.queued(*bodies) == {"changes": 3, "deleted": 0, "made": 1, "batchItemFailures": []}


def test_one_that_fails_keeps_none_of_the_others_from_being_followed_before_it_is_raised(
    bucket: Callable[..., Bucket], photo: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    team = bucket()
    for key in ("one.jpg", "two.jpg"):
        team.put(key, photo)
    put = Store.put

    def failing(self: Store, key: str, *args: Any, **named: Any) -> bool:
        if key.startswith("one"):
            raise StoreFailed("The store is on fire.")
        return put(self, key, *args, **named)

    monkeypatch.setattr(Store, "put", failing)
    with pytest.raises(StoreFailed):
        team.told("one.jpg", "two.jpg")
    assert "two.jpg/thumb.webp" in team.objects()


@pytest.mark.parametrize("body", ["not even JSON", "[]", '{"hello": "world"}'])
def test_a_message_that_is_none_fails_alone(bucket: Callable[..., Bucket], photo: bytes, body: str) -> None:
    team = bucket()
    team.put("good.jpg", photo)
    answer = team.queued(body, {"Records": [team.record("good.jpg")]})
    assert answer["batchItemFailures"] == [{"itemIdentifier": "message-0"}]
    assert answer["made"] == 1


def test_an_event_that_is_none_is_raised(bucket: Callable[..., Bucket]) -> None:
    with pytest.raises(UnknownEvent, match="hello"):
        follow(bucket().service, {"hello": "world"}, 0)


def test_what_s3_sends_when_a_queue_is_connected_is_no_trouble(bucket: Callable[..., Bucket]) -> None:
    assert bucket().queued(captured("s3-test")) == {"changes": 0, "deleted": 0, "made": 0, "batchItemFailures": []}


def test_a_dead_letter_that_cannot_be_sent_comes_again(bucket: Callable[..., Bucket]) -> None:
    team = bucket()
    team.put("bad.jpg", b"This is a letter.")
    team.sqs.delete_queue(QueueUrl=team.queue)
    with pytest.raises(StoreFailed, match="dead-letter queue takes nothing"):
        team.told("bad.jpg")
    assert team.queued({"Records": [team.record("bad.jpg")]})["batchItemFailures"] == [{"itemIdentifier": "message-0"}]


def test_what_there_is_no_time_left_for_comes_again(bucket: Callable[..., Bucket], photo: bytes) -> None:
    team = bucket()
    team.put("good.jpg", photo)
    event = wrapped("sqs", team.record("good.jpg"))
    assert follow(team.service, event, time.monotonic() - 1)["batchItemFailures"] != []
    assert team.objects() == {"good.jpg"}
    with pytest.raises(RenderTimeout):
        follow(team.service, wrapped("s3", team.record("good.jpg")), time.monotonic() - 1)


def wrapped(how: str, record: dict[str, Any]) -> dict[str, Any]:
    """News of a change as each of AWS's services hands it on."""
    key, name = record["s3"]["object"]["key"], record["s3"]["bucket"]["name"]
    if "eventbridge" in how:
        event = captured("eventbridge")
        event["detail"]["bucket"]["name"], event["detail"]["object"]["key"] = name, unquote_plus(key)
    else:
        event = {"Records": [record]}
    if "sns" in how:
        [message] = captured("sns")["Records"]
        message["Sns"]["Message"] = json.dumps(event)
        event = message["Sns"] if "sqs" in how else {"Records": [message]}
    if "sqs" in how:
        [message] = captured("sqs-s3")["Records"]
        event = {"Records": [{**message, "body": json.dumps(event)}]}
    return event


SOURCES = ("photos/a b+cü.png", "uploads/user/avatar/7/me.png")
#: What is asked for of them meanwhile, in each grammar.
PATHS = ("photos/a b+cü.png/small.png", "30x30/photos/a b+cü.png", "uploads/user/avatar/7/mini_me.png", "thumb.webp")


@pytest.mark.parametrize("seed", range(5))
def test_news_in_any_order_twice_and_in_any_wrapping_ends_in_the_same_state(
    bucket: Callable[..., Bucket], seed: int
) -> None:
    chance = random.Random(seed)
    avatar = {"transform": "20x20", "format": "png", "eager": True, "carrierwave": ["uploads/user/avatar/*/mini"]}
    team = bucket(refine=True, sizes=["30x30"], presets={**PRESETS, "avatar": avatar})
    levels: dict[str, int] = {}
    news: list[str] = []

    def etags() -> dict[str, str]:
        return {one["Key"]: one["ETag"] for one in team.s3.list_objects_v2(Bucket=team.name).get("Contents", ())}

    def put_by_us(does: Callable[[], object]) -> None:
        before = etags()
        does()
        news.extend(key for key, etag in etags().items() if before.get(key) != etag)

    def deliver() -> None:
        record = team.record(news.pop(chance.randrange(len(news))))
        event = wrapped(chance.choice(["s3", "eventbridge", "sns", "sqs", "sqs sns", "sqs eventbridge"]), record)
        put_by_us(lambda: follow(team.service, event, time.monotonic() + 60))

    def ask() -> None:
        key = chance.choice(PATHS)
        path = f"{chance.choice(SOURCES)}/{key}" if key == "thumb.webp" else key
        with contextlib.suppress(SourceNotFound):
            put_by_us(lambda: team.service.handle(Request(quote(f"/{path}"))))

    for _ in range(12):
        source, step = chance.choice(SOURCES), chance.choice(["put", "put", "delete", "ask", "ask", "deliver"])
        if step == "put":
            levels[source] = chance.choice([40, 90, 140, 190, 240])
            team.put(source, gray(levels[source]))
        elif step == "delete":
            team.s3.delete_object(Bucket=team.name, Key=source)
            levels.pop(source, None)
        elif step == "ask":
            ask()
        elif news:
            deliver()
        news += [source, source] if step in ("put", "delete") else []
    while news:
        deliver()

    eager = {f"{source}/thumb.webp": source for source in levels}
    eager |= {"uploads/user/avatar/7/mini_me.png": SOURCES[1]} if SOURCES[1] in levels else {}
    assert eager.keys() <= team.objects()
    for key in team.objects() - levels.keys():
        source = eager.get(key) or SOURCES["avatar" in key]
        data = team.s3.get_object(Bucket=team.name, Key=key)["Body"].read()
        shown = float(pyvips.Image.new_from_buffer(data, "").avg())
        assert shown == pytest.approx(levels[source], abs=3), key


def gray(level: int) -> bytes:
    image = pyvips.Image.black(120, 120, bands=3).linear(1, level).cast("uchar")
    return bytes(image.copy(interpretation="srgb").pngsave_buffer())


def test_all_that_is_loaded_to_follow_news_is_in_the_bundle(tmp_path: Path) -> None:
    package = Path(firstsight.__file__).parent
    for file in package.rglob("*.py"):
        name = file.relative_to(package.parent)
        if is_needed(name.as_posix()):
            copy = tmp_path / name
            copy.parent.mkdir(parents=True, exist_ok=True)
            copy.write_bytes(file.read_bytes())
    modules = ["firstsight", "firstsight.runtimes.lambda_changes", "firstsight.runtimes.dead_letters"]
    program = f"import sys, {', '.join(modules)}\nprint(firstsight.__file__, 'boto3' in sys.modules)"
    environ = {**os.environ, "PYTHONPATH": str(tmp_path)}
    done = subprocess.run([sys.executable, "-c", program], env=environ, capture_output=True, text=True, check=False)
    assert done.stdout.split() == [str(tmp_path / "firstsight" / "__init__.py"), "False"], done.stderr


def test_a_derivative_is_refined_by_the_event_of_its_own_put_with_s3s_if_match(
    bucket: Callable[..., Bucket], photo: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    team = bucket(refine=True, access="open")
    team.put("rocket.jpg", photo)
    first = team.service.handle(Request("/rocket.jpg/200x150.avif")).body
    with caplog.at_level(logging.INFO, logger="firstsight"):
        for _ in range(2):
            assert team.told("rocket.jpg/200x150.avif") == {"changes": 1, "deleted": 0, "made": 0}
    stored = team.s3.get_object(Bucket=team.name, Key="rocket.jpg/200x150.avif")
    assert stored["Metadata"]["firstsight-encoding"] == "refined"
    assert stored["ContentLength"] < len(first)
    lines = [record.__dict__["members"] for record in caplog.records if record.message == "change"]
    assert [line.get("refined") for line in lines] == ["refined", None]
    assert lines[0]["BytesRefined"] == len(first) - stored["ContentLength"]
