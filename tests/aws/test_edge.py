"""The function at CloudFront's edge, run in Node.js: the path becomes the key under which S3 has the derivative."""

import json
import subprocess
from collections.abc import Callable
from typing import Any

import pytest

from firstsight.aws import edge
from firstsight.grammars import parse, select
from firstsight.http import accepted, decode_path
from firstsight.image import resolve
from firstsight.records import replace
from firstsight.service import ORDINARY
from firstsight.settings import GrammarName, Settings
from firstsight.settings.dialects import Dialects
from firstsight.signing import split
from tests.aws import states

Edge = Callable[[str, str | None], dict[str, Any]]

BROWSER = "image/avif,image/webp,image/apng,image/svg+xml,image/*,*/*;q=0.8"
OLDER = "image/webp,*/*"
OLDEST = "*/*"

#: What is asked, what the viewer takes, the key S3 is asked for, and the Accept that goes on.
TABLE: tuple[tuple[str, str | None, str, str], ...] = (
    ("/cat.jpg", BROWSER, "/cat.jpg", "*/*"),
    ("/photos/cat.jpg", BROWSER, "/photos/cat.jpg", "*/*"),
    ("/photos/cat", BROWSER, "/photos/cat", "*/*"),
    ("/uploads/9f86d081884c", BROWSER, "/uploads/9f86d081884c", "*/*"),
    ("/photos/cat.jpg/300x200.webp", BROWSER, "/photos/cat.jpg/300x200.webp", "*/*"),
    ("/photos/cat.jpg/300x200.jpeg", BROWSER, "/photos/cat.jpg/300x200.jpeg", "*/*"),
    ("/photos/cat.jpg/info.json", BROWSER, "/photos/cat.jpg/info.json", "*/*"),
    ("/photos/cat.jpg/300x200", BROWSER, "/photos/cat.jpg/300x200.avif", "image/avif"),
    ("/photos/cat.jpg/300x200", OLDER, "/photos/cat.jpg/300x200.webp", "image/webp"),
    ("/photos/cat.jpg/300x200", OLDEST, "/photos/cat.jpg/300x200.jpg", "*/*"),
    ("/photos/cat.jpg/300x200", None, "/photos/cat.jpg/300x200.jpg", "*/*"),
    ("/photos/cat.jpg/300x200", "image/avif;q=0, image/webp", "/photos/cat.jpg/300x200.webp", "image/webp"),
    ("/photos/cat.jpg/300x200-dpr1.5", BROWSER, "/photos/cat.jpg/300x200-dpr1.5.avif", "image/avif"),
    ("/photos/cat.jpg/50x50-smart", BROWSER, "/photos/cat.jpg/50x50-smart.avif", "image/avif"),
    ("/photos/cat.jpg/full", BROWSER, "/photos/cat.jpg/full.avif", "image/avif"),
    ("/photos/cat.jpg/bgffcc00", BROWSER, "/photos/cat.jpg/bgffcc00.avif", "image/avif"),
    ("/photos/cat.jpg/auto", BROWSER, "/photos/cat.jpg/auto.avif", "image/avif"),  # a preset without a format
    ("/photos/cat.jpg/auto-dpr2", OLDER, "/photos/cat.jpg/auto-dpr2.webp", "image/webp"),
    ("/photos/cat.jpg/thumb", BROWSER, "/photos/cat.jpg/thumb", "*/*"),  # one with a format of its own
    ("/photos/cat.jpg/thumb.webp", BROWSER, "/photos/cat.jpg/thumb.webp", "*/*"),
    ("/photos/cat.jpg/thumb.auto", BROWSER, "/photos/cat.jpg/thumb.avif", "image/avif"),
    ("/300x200/photos/cat.jpg", BROWSER, "/300x200/photos/cat.jpg", "*/*"),
    ("/cat.jpg/mark50south", BROWSER, "/cat.jpg/mark50south.avif", "image/avif"),
    ("/cat.jpg/label24south0x0xffffffxhi", OLDER, "/cat.jpg/label24south0x0xffffffxhi.webp", "image/webp"),
    ("/photos/marketing", BROWSER, "/photos/marketing", "*/*"),
    ("/photos/labels", BROWSER, "/photos/labels", "*/*"),
    ("/unsafe/300x200/smart/photos/cat.jpg", BROWSER, "/unsafe/300x200/smart/photos/cat.jpg", "*/*"),
    ("/_/rs:fill:300:200/plain/cat.jpg@webp", BROWSER, "/_/rs:fill:300:200/plain/cat.jpg@webp", "*/*"),
    ("/~a.0123456789012345678901/cat.jpg/full.webp", BROWSER, "/cat.jpg/full.webp", "*/*"),
    ("/~a.0123456789012345678901/cat.jpg/300x200", OLDER, "/cat.jpg/300x200.webp", "image/webp"),
    ("/%7Ea.0123456789012345678901/cat.jpg/full.webp", BROWSER, "/cat.jpg/full.webp", "*/*"),
    ("/Gr%C3%BC%C3%9Fe%20%2B%25.jpg/300x200", BROWSER, "/Gr%C3%BC%C3%9Fe%20%2B%25.jpg/300x200.avif", "image/avif"),
    ("/", BROWSER, "/", "*/*"),
    ("/toString/constructor", BROWSER, "/toString/constructor", "*/*"),
)


@pytest.fixture(scope="module")
def settings() -> Settings:
    return states.settings("cdn", access="open")


@pytest.fixture(scope="module")
def answers(require_tool: Callable[[str], str], settings: Settings) -> list[dict[str, Any]]:
    """What the function makes of every row, in one run of Node.js."""
    events = [
        {"request": {"uri": uri, "method": "GET", "headers": {"accept": {"value": accept}} if accept else {}}}
        for uri, accept, *_ in TABLE
    ]
    program = f"{edge.code(settings)}\nconsole.log(JSON.stringify({json.dumps(events)}.map(handler)));"
    done = subprocess.run([require_tool("node"), "-"], input=program, capture_output=True, text=True, check=True)
    found: list[dict[str, Any]] = json.loads(done.stdout)
    return found


@pytest.mark.parametrize(
    "row", range(len(TABLE)), ids=lambda row: f"{TABLE[row][0]} for {TABLE[row][1]}".replace("/", " ")
)
def test_the_path_becomes_the_key_and_accept_one_of_three(row: int, answers: list[dict[str, Any]]) -> None:
    uri, _, key, accept = TABLE[row]
    assert answers[row]["uri"] == key
    assert answers[row]["headers"] == {"accept": {"value": accept}, "firstsight-path": {"value": uri}}


def run(node: str, settings: Settings, *requests: dict[str, Any]) -> list[dict[str, Any]]:
    """What the function makes of requests."""
    events = [{"request": {"method": "GET", "headers": {"accept": {"value": OLDER}}, **one}} for one in requests]
    program = f"{edge.code(settings)}\nconsole.log(JSON.stringify({json.dumps(events)}.map(handler)));"
    done = subprocess.run([node, "-"], input=program, capture_output=True, text=True, check=True)
    found: list[dict[str, Any]] = json.loads(done.stdout)
    return found


def test_a_query_that_a_grammar_reads_is_for_the_function_alone_to_read(require_tool: Callable[[str], str]) -> None:
    width = {
        "width": {"value": "300"},
        "v": {"value": "2"},
        "x": {"value": "1", "multiValue": [{"value": "1"}, {"value": "a%20b"}]},
    }
    both = replace(states.settings("cdn"), grammars=tuple(GrammarName))
    found = run(
        require_tool("node"),
        both,
        {"uri": "/photos/cat.jpg", "querystring": width},
        {"uri": "/photos/cat.jpg", "querystring": {"v": {"value": "2"}}},
        {"uri": "/photos/cat.jpg/300x200", "querystring": {"utm": {"value": "2"}}},
    )
    # no key that starts so is stored, so S3 sends CloudFront to the function, with what was asked
    assert (found[0]["uri"], found[1]["uri"]) == ("/~/photos/cat.jpg", "/photos/cat.jpg")
    assert found[0]["headers"]["firstsight-path"]["value"] == "/photos/cat.jpg?width=300&v=2&x=1&x=a%20b"
    assert found[0]["headers"]["accept"]["value"] == "image/webp"
    assert found[1]["headers"]["firstsight-path"]["value"] == "/photos/cat.jpg"
    assert found[2]["uri"] == "/photos/cat.jpg/300x200.webp"
    [plain] = run(require_tool("node"), states.settings("cdn"), {"uri": "/photos/cat.jpg", "querystring": width})
    assert plain["uri"] == "/photos/cat.jpg"


def test_where_formats_of_other_servers_are_chosen_accept_goes_along(require_tool: Callable[[str], str]) -> None:
    chosen = replace(states.settings("cdn"), grammars=(GrammarName.THUMBOR,), dialects=Dialects(auto_format=True))
    [found] = run(require_tool("node"), chosen, {"uri": "/unsafe/300x200/cat.jpg"})
    assert (found["uri"], found["headers"]["accept"]["value"]) == ("/unsafe/300x200/cat.jpg", "image/webp")


@pytest.mark.parametrize("row", [row for row in range(len(TABLE)) if TABLE[row][0] != TABLE[row][2]])
def test_the_key_is_where_the_service_keeps_an_ordinary_picture(row: int, settings: Settings) -> None:
    uri, accept, key, _ = TABLE[row]
    _, path = split(decode_path(uri, 2000))
    wanted = parse(path, select(settings.grammars), settings.presets)
    variant = wanted.with_transform(resolve(wanted.transform, ORDINARY, accepted(accept or "")))
    assert variant.key == decode_path(key, 2000)


def test_cloudfront_takes_a_function_of_this_size(settings: Settings) -> None:
    assert len(edge.code(settings).encode()) < edge.MOST_BYTES
