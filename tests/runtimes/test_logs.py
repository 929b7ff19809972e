"""What the log tells, and what it keeps to itself."""

import io
import json
import logging
from collections.abc import Iterator

import pytest

from firstsight.errors import StoreDenied
from firstsight.http import Request, Response
from firstsight.runtimes import logs


class Terminal(io.StringIO):
    """A stream that a person reads."""

    def isatty(self) -> bool:
        return True


@pytest.fixture(autouse=True)
def _restored_logging() -> Iterator[None]:
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    root.handlers[:], root.level = handlers, level


def logged(stream: io.StringIO, request: Request, response: Response, error: Exception | None = None) -> str:
    logs.configure(stream)
    logs.request_line(request, response, "r1", 0.0125, error)
    return stream.getvalue()


def test_a_request_is_one_line_of_json_with_what_was_made_of_what() -> None:
    facts = {"source": "a b.jpg", "transform": "300x200.webp", "result": "made", "ms": {"pixels": 3.0}}
    text = logged(io.StringIO(), Request("/a%20b.jpg/300x200.webp"), Response(200, {}, b"", facts))
    assert text.count("\n") == 1
    line = json.loads(text)
    assert line["time"].endswith("Z")
    del line["time"]
    assert line == {
        "level": "info",
        "message": "request",
        "method": "GET",
        "path": "/a%20b.jpg/300x200.webp",
        "status": 200,
        "total_ms": 12.5,
        "request_id": "r1",
        **facts,
    }


def test_an_error_of_the_store_is_logged_with_its_private_part() -> None:
    error = StoreDenied("The store refused access.", log="s3://bucket: 'a.jpg': AccessDenied")
    line = json.loads(logged(io.StringIO(), Request("/a.jpg/3x.jpg"), Response(502, {}), error))
    assert (line["level"], line["error"]) == ("error", "store-denied")
    assert line["log"] == "s3://bucket: 'a.jpg': AccessDenied"


def test_a_bug_is_logged_with_its_traceback_on_the_same_line() -> None:
    try:
        raise ZeroDivisionError("a bug")
    except ZeroDivisionError as bug:
        text = logged(io.StringIO(), Request("/a.jpg/3x.jpg"), Response(500, {}), bug)
    assert text.count("\n") == 1
    assert "ZeroDivisionError: a bug" in json.loads(text)["traceback"]


def test_an_image_that_could_not_be_kept_is_a_warning() -> None:
    facts = {"not_kept": "store-denied", "reason": "s3://b: denied"}
    line = json.loads(logged(io.StringIO(), Request("/a.jpg/3x.jpg"), Response(200, {}, b"", facts)))
    assert (line["level"], line["not_kept"]) == ("warning", "store-denied")


@pytest.mark.parametrize(
    "path",
    [
        "/~a.AAAAAAAAAAAAAAAAAAAAAA/a%20cat.jpg/300x200.webp",
        "/%7Ea.AAAAAAAAAAAAAAAAAAAAAA/a%20cat.jpg/300x200.webp",
        "/%7ea.%41AAAAAAAAAAAAAAAAAAAAA/a%20cat.jpg/300x200.webp",
        "/~a.AAAAAAAAAAAAAAAAAAAAAA%2Fa%20cat.jpg%2f300x200.webp",
        "/~a.AAAAAAAAAAAAAAAAAAAAAA/\udcffa%20cat.jpg/300x200.webp",
    ],
)
def test_a_signature_is_never_logged(path: str) -> None:
    for stream in (io.StringIO(), Terminal()):
        text = logged(stream, Request(path), Response(200, {}))
        assert "AAAA" not in text
        assert "a%20cat.jpg/300x200.webp" in text


@pytest.mark.parametrize("path", ["/a%7Eb.jpg/3x.jpg", "/a%20b/~c/3x.jpg", "/%zz/3x.jpg", "/%FF/3x.jpg", "/"])
def test_a_path_without_a_signature_is_logged_as_it_came(path: str) -> None:
    assert json.loads(logged(io.StringIO(), Request(path), Response(200, {})))["path"] == path


def test_on_a_terminal_a_line_is_for_reading() -> None:
    text = logged(Terminal(), Request("/a.jpg/3x.jpg"), Response(200, {}, b"", {"result": "stored"}))
    assert text == "200 stored        12.5 ms  GET /a.jpg/3x.jpg\n"


def test_on_a_terminal_an_error_says_why() -> None:
    error = StoreDenied("The store refused access.", log="AccessDenied")
    text = logged(Terminal(), Request("/a.jpg/3x.jpg"), Response(502, {}), error)
    assert text.splitlines()[1].strip() == "The store refused access. AccessDenied"
