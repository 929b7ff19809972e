"""The function under AWS's own emulator, with a real S3 server behind it."""

import contextlib
import json
import os
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import boto3
import numpy as np
import pytest
import pyvips

import firstsight
from tests import servers
from tests.hostile.bombs import BOMBS
from tests.runtimes.emulator import Emulator, emulator, variables

EVENTS = Path(__file__).parents[1] / "events"
Start = Callable[..., Emulator]
#: A name of its own, because moto has one world for all tests of a process.
BUCKET = "photos-of-the-function"


def request(path: str, method: str = "GET", **headers: str) -> dict[str, Any]:
    """A request that came through a function URL."""
    event: dict[str, Any] = json.loads((EVENTS / "function-url.json").read_text(encoding="utf-8"))
    event["rawPath"] = path
    event["requestContext"]["http"]["method"] = method
    event["headers"] = {name.replace("_", "-"): value for name, value in headers.items()}
    return event


@pytest.fixture(scope="module")
def s3() -> Iterator[Any]:
    """An S3 with a bucket, which holds a photograph."""
    with servers.s3_server() as address:
        client = boto3.client(
            "s3",
            endpoint_url=address,
            region_name="eu-central-1",
            aws_access_key_id="test",
            aws_secret_access_key="test",
        )
        client.create_bucket(Bucket=BUCKET, CreateBucketConfiguration={"LocationConstraint": "eu-central-1"})
        photo = Path(__file__).parents[2] / "examples" / "photos" / "coffee.png"
        client.put_object(Bucket=BUCKET, Key="coffee.png", Body=photo.read_bytes())
        yield client


@pytest.fixture
def start(tmp_path: Path, s3: Any) -> Iterator[Start]:
    """Start functions; they are gone when the test ends."""
    with contextlib.ExitStack() as running:

        def start(**environment: str) -> Emulator:
            given = variables(s3.meta.endpoint_url, BUCKET)
            return running.enter_context(
                emulator(tmp_path, given | environment, timeout=int(environment.get("TIMEOUT", "10")))
            )

        yield start


def stored(s3: Any, key: str) -> dict[str, Any]:
    found: dict[str, Any] = s3.get_object(Bucket=BUCKET, Key=key)
    return found


def test_an_image_is_made_kept_with_its_headers_and_then_served_from_the_store(start: Start, s3: Any) -> None:
    function = start()
    first = function.ask(request("/coffee.png/300x200.webp"))
    assert (first.status, first.headers["firstsight-result"]) == (200, "made")
    assert firstsight.info(first.body)["width"] == 300
    line = function.lines(status=200)[-1]  # which is written once the derivative is kept
    kept = stored(s3, "coffee.png/300x200.webp")
    assert kept["Body"].read() == first.body
    assert kept["ContentType"] == "image/webp"
    assert kept["CacheControl"] == first.headers["cache-control"]
    second = function.ask(request("/coffee.png/300x200.webp"))
    assert (second.status, second.headers["firstsight-result"], second.body) == (200, "stored", first.body)
    assert line["result"] == "made"
    assert line["source"] == "coffee.png"
    assert line["bytes_out"] == len(first.body)
    assert line["cold"] is True
    assert {"find", "header", "pixels", "encode", "put"} <= line["ms"].keys()


def test_a_line_of_the_log_carries_metrics_that_cloudwatch_reads(start: Start) -> None:
    function = start()
    function.ask(request("/coffee.png/111x.webp"))
    line = function.lines(status=200)[-1]
    definition = line["_aws"]["CloudWatchMetrics"][0]
    assert definition["Namespace"] == "Firstsight"
    names = {metric["Name"] for metric in definition["Metrics"]}
    assert {"Duration", "PixelsTime", "Made", "ColdStarts", "BytesSaved", "Memory"} <= names
    assert all(isinstance(line[name], int | float) for name in names)
    function.ask(request("/coffee.png/0x.webp"))
    failed = function.lines(status=400)[-1]
    assert failed["_aws"]["CloudWatchMetrics"][0]["Dimensions"] == [["function"], ["function", "error"]]
    assert failed["function"] == line["function"] != ""
    assert (failed["error"], failed["Errors"]) == ("bad-token", 1)


def test_a_head_has_the_headers_alone_and_the_clients_copy_is_confirmed(start: Start) -> None:
    function = start()
    made = function.ask(request("/coffee.png/77x.webp"))
    head = function.ask(request("/coffee.png/77x.webp", "HEAD"))
    assert (head.status, head.body, head.headers["etag"]) == (200, b"", made.headers["etag"])
    same = function.ask(request("/coffee.png/77x.webp", if_none_match=made.headers["etag"]))
    assert (same.status, same.body) == (304, b"")


def read(url: str) -> bytes:
    with urllib.request.urlopen(url, timeout=10) as answer:
        body: bytes = answer.read()
        return body


def noise_of(size: int) -> bytes:
    """A PNG whose copy in the same size has about so many bytes, because noise cannot be compressed."""
    side = int((size / 3) ** 0.5)
    pixels = np.random.default_rng(size).integers(0, 255, (side, side, 3), dtype=np.uint8)
    return bytes(pyvips.Image.new_from_array(pixels, interpretation="srgb").pngsave_buffer(compression=1))


@pytest.mark.parametrize("megabytes", [5, 7, 30])
def test_an_image_too_large_for_an_answer_is_stored_and_linked(start: Start, s3: Any, megabytes: int) -> None:
    name = f"noise{megabytes}.png"
    s3.put_object(Bucket=BUCKET, Key=name, Body=noise_of(megabytes * 1_000_000))
    function = start()
    for _ in range(2):  # made, then stored: neither fits
        answer = function.ask(request(f"/{name}/flip.png"))
        assert (answer.status, answer.headers["cache-control"], answer.body) == (302, "no-store", b"")
        image = read(answer.headers["location"])
        assert len(image) > 4_700_000
        assert image == stored(s3, f"{name}/flip.png")["Body"].read()


def test_a_source_too_large_for_an_answer_is_linked_where_it_lies(start: Start, s3: Any) -> None:
    source = noise_of(6_000_000)
    s3.put_object(Bucket=BUCKET, Key="raw.png", Body=source)
    answer = start(FIRSTSIGHT_GRAMMARS="native,imgproxy").ask(request("/_/raw:1/plain/raw.png"))
    assert (answer.status, answer.headers["cache-control"]) == (302, "no-store")
    assert read(answer.headers["location"]) == source


def test_on_a_website_what_is_made_is_redirected_to_and_what_is_there_is_answered(start: Start, s3: Any) -> None:
    website = "http://photos.s3-website.eu-central-1.amazonaws.com"
    function = start(FIRSTSIGHT_AWS_TOPOLOGY="website", FIRSTSIGHT_AWS_PUBLIC_URL=website)
    made = function.ask(request("/coffee.png/320x240", accept="image/avif,image/webp"))
    assert (made.status, made.headers["location"]) == (302, f"{website}/coffee.png/320x240")
    assert made.headers["cache-control"] == "no-store"
    assert stored(s3, "coffee.png/320x240")["ContentType"] == "image/jpeg"
    again = function.ask(request("/coffee.png/320x240"))  # a cache that kept S3's redirect comes back here
    assert (again.status, again.headers["content-type"]) == (200, "image/jpeg")
    missing = function.ask(request("/nothing.png/320x240"))
    assert missing.status == 404


#: Paths of other servers, and the derivative that each is another spelling of.
SPELLINGS = [
    ("/unsafe/fit-in/330x240/coffee.png", "coffee.png/330x240-inside.png"),
    ("/_/rs:fill:331:240/plain/coffee.png", "coffee.png/331x240-clip.png"),
    (f"/_/w:332/plain/s3://{BUCKET}/coffee.png@webp", "coffee.png/332x-q79.webp"),
    ("/fit-in/333x0/filters:no_upscale()/coffee.png", "coffee.png/333x.png"),
]


def test_on_a_website_urls_of_other_servers_lead_to_what_s3_serves_and_in_no_circle(start: Start, s3: Any) -> None:
    website = "http://photos.s3-website.eu-central-1.amazonaws.com"
    function = start(
        FIRSTSIGHT_AWS_TOPOLOGY="website",
        FIRSTSIGHT_AWS_PUBLIC_URL=website,
        FIRSTSIGHT_GRAMMARS="native,thumbor,imgproxy,dit",
        FIRSTSIGHT_DIALECTS_THUMBOR_ORIENTED="true",
    )
    for path, key in SPELLINGS:
        made = function.ask(request(path))
        assert (made.status, made.headers["location"]) == (302, f"{website}/{key}")
        again = function.ask(request(path))  # S3 has nothing under this path, and sends each request here
        assert (again.status, again.body) == (200, stored(s3, key)["Body"].read())
    saved = function.ask(request("/_/w:335/att:1/plain/coffee.png"))
    assert (saved.status, saved.headers["content-disposition"]) == (200, "attachment; filename*=UTF-8''coffee.png")
    raw = function.ask(request("/_/raw:1/plain/coffee.png"))
    assert (raw.status, raw.body) == (200, stored(s3, "coffee.png")["Body"].read())


def test_behind_cloudfront_what_the_viewer_asked_for_counts_and_the_key_is_the_edges(start: Start, s3: Any) -> None:
    asked = {"firstsight_path": "/coffee.png/310x240", "accept": "image/avif"}
    behind = start(FIRSTSIGHT_AWS_TOPOLOGY="cdn").ask(request("/coffee.png/310x240.avif", **asked))
    assert (behind.status, behind.headers["content-type"], behind.headers["vary"]) == (200, "image/avif", "Accept")
    queried = {"firstsight_path": "/coffee.png?width=309", "accept": "image/webp"}
    function = start(FIRSTSIGHT_AWS_TOPOLOGY="cdn", FIRSTSIGHT_GRAMMARS="native,dit")
    made = function.ask(request("/~/coffee.png", **queried))
    assert (made.status, firstsight.info(made.body)["width"]) == (200, 309)
    elsewhere = start(FIRSTSIGHT_AWS_TOPOLOGY="direct").ask(request("/coffee.png/100x80.webp", **asked))
    assert (elsewhere.status, elsewhere.headers["content-type"]) == (200, "image/webp")
    assert firstsight.info(elsewhere.body)["width"] == 100
    assert stored(s3, "coffee.png/310x240.avif")["Body"].read() == behind.body


def test_a_derivative_that_cannot_be_kept_is_answered_and_never_redirected_to(start: Start) -> None:
    website = "http://photos.s3-website.eu-central-1.amazonaws.com"
    function = start(
        FIRSTSIGHT_AWS_TOPOLOGY="website",
        FIRSTSIGHT_AWS_PUBLIC_URL=website,
        FIRSTSIGHT_DERIVATIVES="s3://no-such-bucket",
    )
    answer = function.ask(request("/coffee.png/55x.webp"))
    assert (answer.status, answer.headers["content-type"]) == (200, "image/webp")
    assert function.lines(status=200)[-1]["not_kept"] == "store-failed"


def test_a_slow_store_is_a_readable_504_before_the_function_is_killed(start: Start) -> None:
    with servers.HostileS3().running() as hostile:
        function = start(AWS_ENDPOINT_URL=hostile.address, FIRSTSIGHT_SOURCE="s3://silent", TIMEOUT="2")
        answer = function.ask(request("/coffee.png/300x200.webp"))
    problem = json.loads(answer.body)
    assert answer.status == problem["status"] == 504
    assert answer.headers["cache-control"] == "no-store"
    line = function.lines(status=504)[-1]
    assert "s3://silent" in line["log"]
    assert "eu-central-1" in line["log"]
    assert "s3://silent" not in answer.body.decode()


def test_a_late_render_is_stopped_and_the_same_function_answers_the_next(start: Start, s3: Any) -> None:
    s3.put_object(Bucket=BUCKET, Key="smooth.png", Body=noise_of(3_000_000))
    function = start(TIMEOUT="2", FIRSTSIGHT_LIMITS_OUTPUT_PIXELS="200000000", FIRSTSIGHT_LIMITS_MEMORY="10000000000")
    late = function.ask(request("/smooth.png/12000x12000-enlarge-blur100.jpg"))
    assert (late.status, json.loads(late.body)["code"]) == (504, "render-timeout")
    time.sleep(1)  # the emulator does not wait for what is done after an answer; Lambda does
    assert function.ask(request("/coffee.png/52x.webp")).status == 200
    lines = function.lines()
    assert [line["cold"] for line in lines if "cold" in line] == [True, False]  # it was not started again


def test_what_cannot_be_stopped_ends_with_its_function_and_lambda_starts_another(start: Start, s3: Any) -> None:
    s3.put_object(Bucket=BUCKET, Key="endless.svg", Body=BOMBS["svg-billion-uses"]())  # within one call of its loader
    function = start(TIMEOUT="2", FIRSTSIGHT_SVG="true")
    late = function.ask(request("/endless.svg/300x300.png"))
    assert (late.status, json.loads(late.body)["code"]) == (504, "render-timeout")
    assert late.headers["cache-control"] == "no-store"
    time.sleep(1)
    again = function.ask(request("/coffee.png/53x.webp"))
    assert (again.status, firstsight.info(again.body)["width"]) == (200, 53)
    lines = function.lines()
    assert [line["cold"] for line in lines if "cold" in line] == [True, True]
    assert any("the function ends" in line.get("message", "") for line in lines)
    assert not s3.list_objects_v2(Bucket=BUCKET, Prefix="endless.svg/").get("Contents")  # nothing of it is kept


@pytest.mark.parametrize(
    ("bucket", "code", "logged"),
    [
        ("forbids", "store-denied", ("s3://forbids",)),
        ("signed-for-elsewhere", "store-failed", ("us-west-2", "eu-central-1")),
    ],
)
def test_what_is_wrong_with_the_store_is_named_in_the_log(
    start: Start, bucket: str, code: str, logged: tuple[str, ...]
) -> None:
    with servers.HostileS3().running() as hostile:
        function = start(AWS_ENDPOINT_URL=hostile.address, FIRSTSIGHT_SOURCE=f"s3://{bucket}", AWS_REGION="us-west-2")
        answer = function.ask(request("/coffee.png/300x200.webp"))
    assert (answer.status, json.loads(answer.body)["code"]) == (502, code)
    line = function.lines(status=502)[-1]
    assert all(word in line["log"] for word in logged), line["log"]


def test_that_settings_cannot_be_used_is_told_in_each_answer_and_why_in_the_log(start: Start) -> None:
    function = start(FIRSTSIGHT_ACCESS="everybody")
    answer = function.ask(request("/coffee.png/300x200.webp"))
    assert (answer.status, json.loads(answer.body)["code"]) == (500, "bad-settings")
    assert "everybody" not in answer.body.decode()
    line = function.lines(status=500)[-1]
    assert line["error"] == "bad-settings"
    assert "everybody" in line["detail"]


def test_errors_and_redirects_may_be_read_by_scripts_of_other_sites_too(start: Start) -> None:
    website = {"FIRSTSIGHT_AWS_TOPOLOGY": "website", "FIRSTSIGHT_AWS_PUBLIC_URL": "http://photos.example.com"}
    function = start(FIRSTSIGHT_CORS="https://example.com", **website)
    for path, status in (("/nothing.png/9x.webp", 404), ("/coffee.png/0x.webp", 400), ("/coffee.png/54x", 302)):
        answer = function.ask(request(path))
        assert (answer.status, answer.headers["access-control-allow-origin"]) == (status, "https://example.com")


def test_the_file_in_the_bundle_is_read_and_the_environment_wins(start: Start, tmp_path: Path) -> None:
    (tmp_path / "firstsight.toml").write_text(
        'source = "s3://not-this-one"\naccess = "signed"\n[presets]\ntiny = "20x20"\n'
    )
    function = start(FIRSTSIGHT_ACCESS="presets")
    assert function.ask(request("/coffee.png/tiny.webp")).status == 200
    assert function.ask(request("/coffee.png/21x21.webp")).status == 403


def news() -> dict[str, Any]:
    """The news that S3 sends of a put, from the bucket of these tests."""
    event: dict[str, Any] = json.loads((EVENTS / "s3-put.json").read_text(encoding="utf-8"))
    event["Records"][0]["s3"]["bucket"]["name"] = BUCKET
    return event


def test_a_source_that_changes_loses_its_derivatives_and_nothing_else(start: Start, s3: Any, photos: Path) -> None:
    for key in ("cats/a b+cü.jpg", "cats/a b+cü.jpg.bak", "cats/other.jpg"):
        s3.copy_object(Bucket=BUCKET, Key=key, CopySource={"Bucket": BUCKET, "Key": "coffee.png"})
    s3.put_object(Bucket=BUCKET, Key="cats/a b+cü.jpg/notes.txt", Body=b"not one of ours")
    function = start()
    for path in ("/cats/a%20b+c%C3%BC.jpg/40x.webp", "/cats/other.jpg/40x.webp"):
        assert function.ask(request(path)).status == 200
    function.lines()
    event = news()
    assert function.invoke(event) == {"changes": 1, "deleted": 0, "made": 0}, "it has not changed"
    s3.put_object(Bucket=BUCKET, Key="cats/a b+cü.jpg", Body=(photos / "rocket.jpg").read_bytes())
    assert function.invoke(event) == {"changes": 1, "deleted": 1, "made": 0}
    assert function.invoke(event) == {"changes": 1, "deleted": 0, "made": 0}
    found = {entry["Key"] for entry in s3.list_objects_v2(Bucket=BUCKET, Prefix="cats/")["Contents"]}
    assert found == {
        "cats/a b+cü.jpg",
        "cats/a b+cü.jpg.bak",
        "cats/a b+cü.jpg/notes.txt",
        "cats/other.jpg",
        "cats/other.jpg/40x.webp",
    }


def test_an_event_of_our_own_put_does_nothing(start: Start, s3: Any) -> None:
    function = start()
    function.ask(request("/coffee.png/41x.webp"))
    function.lines()
    event = news()
    event["Records"][0]["s3"]["object"]["key"] = "coffee.png/41x.webp"
    assert function.invoke(event) == {"changes": 1, "deleted": 0, "made": 0}
    assert stored(s3, "coffee.png/41x.webp")


def test_an_unknown_event_fails_with_a_sentence(start: Start) -> None:
    function = start()
    failure = function.invoke({"hello": "world"})
    assert failure["errorType"] == "UnknownEvent"
    assert "hello" in failure["errorMessage"]
    assert function.ask(request("/coffee.png/42x.webp")).status == 200


@pytest.mark.parametrize(("kind", "loaded"), [("on-demand", False), ("provisioned-concurrency", True)])
def test_what_makes_pixels_is_loaded_at_the_start_only_where_nobody_waits_for_it(
    tmp_path: Path, photos: Path, kind: str, loaded: bool
) -> None:
    program = "import sys; import firstsight.runtimes.lambda_function; print('pyvips' in sys.modules)"
    environment = {
        **{name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "FIRSTSIGHT_"))},
        "FIRSTSIGHT_SOURCE": str(photos),
        "FIRSTSIGHT_DERIVATIVES": str(tmp_path),
        "AWS_LAMBDA_INITIALIZATION_TYPE": kind,
    }
    done = subprocess.run([sys.executable, "-c", program], env=environment, capture_output=True, text=True, check=True)
    assert done.stdout.split() == [str(loaded)]


def test_nothing_of_the_server_the_command_line_or_the_cloud_is_loaded(tmp_path: Path, photos: Path) -> None:
    program = (
        "import sys; from firstsight.runtimes import lambda_function as function; function._loaded();"
        "print(*sorted(sys.modules))"
    )
    environment = {
        **{name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "FIRSTSIGHT_"))},
        "FIRSTSIGHT_SOURCE": str(photos),
        "FIRSTSIGHT_DERIVATIVES": str(tmp_path),
    }
    done = subprocess.run(
        [sys.executable, "-c", program], env=environment, capture_output=True, text=True, check=True, cwd=tmp_path
    )
    loaded = set(done.stdout.split())
    heavy = {
        "asyncio",
        "boto3",
        "botocore",
        "starlette",
        "uvicorn",
        "typer",
        "rich",
        "httpx2",
        "email.mime",
        "multiprocessing",
    }
    assert not heavy & loaded
