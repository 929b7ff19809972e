"""Two functions that are asked for the same new derivative at the same time, under AWS's emulator and on one S3."""

import contextlib
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest

from tests import servers
from tests.image.sources import source
from tests.runtimes.emulator import Answered, Emulator, emulator, variables
from tests.runtimes.test_lambda_function import request

BUCKET = "photos-of-two-functions"
#: A derivative of each format, and of each step that chooses, draws or searches; each takes longer than a put.
ASKED = (
    "/coffee.png/400x300.jpg",
    "/coffee.png/401x300-smart-qauto.jpg",
    "/coffee.png/402x300-label24south0x10xffffffxhellox20world.png",
    "/coffee.png/403x300-smart.webp",
    "/coffee.png/404x300-qauto.avif",
    "/moving.gif/128x-enlarge.gif",
    "/moving.gif/129x-enlarge.webp",
    "/coffee.png/info.json",
)


@pytest.fixture(scope="module")
def s3() -> Iterator[Any]:
    with servers.s3_server() as address:
        named = {"region_name": "eu-central-1", "aws_access_key_id": "test", "aws_secret_access_key": "test"}
        client: Any = boto3.client("s3", endpoint_url=address, **named)  # type: ignore[call-overload]  # of strings
        client.create_bucket(Bucket=BUCKET, CreateBucketConfiguration={"LocationConstraint": "eu-central-1"})
        photo = Path(__file__).parents[2] / "examples" / "photos" / "coffee.png"
        client.put_object(Bucket=BUCKET, Key="coffee.png", Body=photo.read_bytes())
        client.put_object(Bucket=BUCKET, Key="moving.gif", Body=source("gif moving"))
        yield client


@contextlib.contextmanager
def functions(folder: Path, s3: Any, *memories: str, **environment: str) -> Iterator[list[Emulator]]:
    """Start functions of so much memory, each with an order of hashes of its own."""
    given = variables(s3.meta.endpoint_url, BUCKET)
    with contextlib.ExitStack() as running:
        started = []
        for number, memory in enumerate(memories):
            (folder / str(number)).mkdir()
            told = given | {"AWS_LAMBDA_FUNCTION_MEMORY_SIZE": memory, "PYTHONHASHSEED": str(number)} | environment
            started.append(running.enter_context(emulator(folder / str(number), told)))
        yield started


def at_once(both: list[Emulator], path: str) -> list[Answered]:
    """Ask all of them at the same time."""
    answers: dict[int, Answered] = {}
    ready = threading.Barrier(len(both))

    def ask(number: int) -> None:
        ready.wait()
        answers[number] = both[number].ask(request(path))

    threads = [threading.Thread(target=ask, args=(number,)) for number in range(len(both))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return [answers[number] for number in range(len(both))]


def test_both_answer_with_what_is_stored_one_put_wins_and_the_log_of_the_other_says_so(tmp_path: Path, s3: Any) -> None:
    raced = 0
    with functions(tmp_path, s3, "1536", "1536") as both:
        for function in both:  # each has started
            assert function.ask(request("/coffee.png/20x.webp")).status == 200
        for path in ASKED:
            first, second = at_once(both, path)
            lines = [line for function in both for line in function.lines(status=200) if line["path"] == path]
            stored = s3.get_object(Bucket=BUCKET, Key=path.removeprefix("/"))
            assert first.body == second.body == stored["Body"].read(), path
            assert first.headers["etag"] == second.headers["etag"]
            assert stored["ContentType"] == first.headers["content-type"] == second.headers["content-type"]
            made = [line for line in lines if line["result"] == "made"]
            losers = [line for line in made if line.get("kept_by") == "another"]
            assert len(lines) == 2
            assert not any("not_kept" in line for line in lines)
            assert len(made) - len(losers) == 1, (path, lines)
            raced += len(losers)
    assert raced >= len(ASKED) // 2  # mostly they do make it at the same time


def test_two_of_different_settings_each_answer_by_their_own_and_what_is_stored_says_whose_it_is(
    tmp_path: Path, s3: Any
) -> None:
    """As while a new version is deployed, whose settings decide what an image looks like."""
    with contextlib.ExitStack() as running:
        pair = []
        for name, similarity in (("old", "0.99"), ("new", "0.85")):
            (tmp_path / name).mkdir()
            started = functions(tmp_path / name, s3, "1536", FIRSTSIGHT_SIMILARITY=similarity)
            pair += running.enter_context(started)
        path = "/coffee.png/410x-qauto.jpg"
        old, new = at_once(pair, path)
        assert (old.status, new.status) == (200, 200)
        assert old.body != new.body
        assert old.headers["etag"] != new.headers["etag"]
        for function in pair:
            function.lines()
        found = s3.get_object(Bucket=BUCKET, Key=path.removeprefix("/"))
        tag = f'"{found["Metadata"]["firstsight-tag"]}"'
        assert (tag, found["Body"].read()) in ((old.headers["etag"], old.body), (new.headers["etag"], new.body))
        last = pair[1].ask(request(path))  # the old ones are gone
        assert (last.body, last.headers["etag"]) == (new.body, new.headers["etag"])
        pair[1].lines()
        assert s3.get_object(Bucket=BUCKET, Key=path.removeprefix("/"))["Body"].read() == new.body
