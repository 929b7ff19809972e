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
from firstsight.service import ORDINARY
from firstsight.settings import Settings
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


@pytest.mark.parametrize("row", [row for row in range(len(TABLE)) if TABLE[row][0] != TABLE[row][2]])
def test_the_key_is_where_the_service_keeps_an_ordinary_picture(row: int, settings: Settings) -> None:
    uri, accept, key, _ = TABLE[row]
    _, path = split(decode_path(uri, 2000))
    wanted = parse(path, select(settings.grammars), settings.presets)
    variant = wanted.with_transform(resolve(wanted.transform, ORDINARY, accepted(accept or "")))
    assert variant.key == decode_path(key, 2000)


def test_cloudfront_takes_a_function_of_this_size(settings: Settings) -> None:
    assert len(edge.code(settings).encode()) < edge.MOST_BYTES
