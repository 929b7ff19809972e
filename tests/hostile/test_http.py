"""Any request of HTTP there can be, to a server of processes: never a fault, never more told than is meant."""

import json
import re
import socket
from collections.abc import Iterator
from dataclasses import dataclass
from http.client import HTTPResponse
from pathlib import Path
from urllib.parse import unquote

import pytest
from hypothesis import event, example, given, settings
from hypothesis import strategies as st

from bench.running import Server, running
from firstsight.settings import GrammarName
from tests.hostile.urls import ATTACKS, SOURCES, SPECS
from tests.service.places import JPEG

REQUESTS = 250
KEY = "a:0123456789abcdef-secret"
IMAGES = {"image/jpeg", "image/png", "image/webp", "image/avif", "image/gif"}
#: What an answer must never say: where files are, how the code goes, what is secret, which libraries there are.
NEVER = ("Traceback", 'File "', ".py", "0123456789abcdef", "vips", "obstore", "libwebp", "site-packages")


@dataclass(frozen=True)
class Answer:
    """What came back."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def media_type(self) -> str:
        return self.headers.get("content-type", "")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("photographs-nobody-may-know-of")
    (folder / "photos").mkdir()
    (folder / "photos" / "cat.jpg").write_bytes(JPEG)
    (folder / "photos" / "cut.jpg").write_bytes(JPEG[:-200])
    (folder / "photos" / "text.jpg").write_bytes(b"no image")
    return folder


#: Servers by their access setting. The dialects of other servers would read classic paths first.
GRAMMARS = {"presets": (GrammarName.NATIVE, GrammarName.CLASSIC), "open": tuple(GrammarName)}


@pytest.fixture(scope="module", params=GRAMMARS)
def server(request: pytest.FixtureRequest, folder: Path) -> Iterator[Server]:
    grammars = ",".join(GRAMMARS[request.param])
    named = {"access": request.param, "grammars": grammars, "keys": KEY, "sizes": "30x20", "limits_seconds": 5}
    with running(folder / "photos", folder / f"made-{request.param}", **named) as started:
        yield started
        assert started.ask("/healthz").status == 200


def ask(server: Server, sent: bytes, method: str) -> Answer | None:
    """Send bytes as they are, and read the answer; None where the server hangs up without one."""
    with socket.create_connection(("127.0.0.1", server.port), timeout=30) as connection:
        connection.sendall(sent)
        response = HTTPResponse(connection, method=method)
        try:
            response.begin()
            body = response.read()
        except TimeoutError:
            raise
        except (OSError, ValueError):
            return None
        return Answer(response.status, {name.lower(): value for name, value in response.getheaders()}, body)


#: Letters that may stand in the target of a request.
LETTERS = st.characters(min_codepoint=0x21, max_codepoint=0x7E)
WORDS = st.one_of(
    st.sampled_from((*SOURCES, "cut.jpg", "text.jpg", "30x20", "healthz", "-", "info.json", "unsafe", "fit-in")),
    st.sampled_from([text for text in (*ATTACKS, *SPECS) if text.isascii() and " " not in text and len(text) < 400]),
    st.sampled_from(["-/sources.json", "-/tokens.json", "-/page.js", "favicon.ico", "plain", "w:30", "none.jpg"]),
    st.text(LETTERS, max_size=20),
)
QUERIES = st.sampled_from(["", "?width=30&format=webp", "?find=%"]) | st.text(LETTERS, max_size=40).map("?{}".format)
#: Targets of which something comes.
GOOD = ("30x20/cat.jpg", "30x20/cut.jpg", "30x20/text.jpg", "cat.jpg/30x20.webp", "cat.jpg/030x", "unsafe/30x/cat.jpg")
TARGETS = st.builds(
    lambda parts, query: "/" + "/".join(parts) + query,
    st.lists(WORDS, max_size=5) | st.sampled_from(GOOD).map(lambda path: [path]),
    st.just("") | QUERIES,
)
METHODS = (
    st.just("GET") | st.just("GET") | st.sampled_from(["HEAD", "POST", "PUT", "DELETE", "OPTIONS", "TRACE", "PROPFIND"])
)
#: What a header of any name may hold, and what some of them are made for.
VALUES = st.text(st.characters(min_codepoint=0x20, max_codepoint=0xFF, exclude_characters="\x7f"), max_size=60)
KNOWN = st.one_of(
    st.tuples(st.just("Accept"), st.sampled_from(["image/avif,image/webp,*/*;q=0.8", ",;q=;,", "image/webp;q=0", "*"])),
    st.tuples(st.just("If-None-Match"), st.sampled_from(['"x"', "*", 'W/"a", "b"', '"'])),
    st.tuples(st.just("Range"), st.sampled_from(["bytes=0-10", "bytes=-1", "bytes=9-1", "lines=1"])),
    st.tuples(st.just("Accept-Encoding"), st.sampled_from(["gzip", "br;q=1.0, *;q=0.5", "identity;q=0"])),
    st.tuples(st.just("Host"), st.sampled_from(["evil.example", "127.0.0.1:99999", "[::1", "a b", ""])),
    st.tuples(st.just("X-Request-Id"), st.sampled_from(["abc-1", "a" * 500, "<script>", "{}"])),
    st.tuples(st.just("Firstsight-Path"), st.sampled_from(["/cat.jpg/9x.png", "/../secret", ""])),
    st.tuples(st.just("X-Forwarded-For"), VALUES),
    st.tuples(st.just("Upgrade"), st.sampled_from(["websocket", "h2c"])),
    st.tuples(st.just("Expect"), st.just("100-continue")),
    st.tuples(st.from_regex(r"\A[A-Za-z0-9!#$%&'*+.^_`|~-]{1,20}\Z"), VALUES),
)
HEADERS = st.lists(KNOWN, max_size=5)
BODIES = st.just(b"") | st.binary(max_size=200)


@settings(max_examples=REQUESTS)
@given(METHODS, TARGETS, HEADERS, BODIES)
@example("GET", "/cat.jpg/30x20.webp", [], b"")
@example("GET", "/30x20/cat.jpg", [("Accept", "*")], b"")
@example("GET", "/30x20/cut.jpg", [], b"")
@example("GET", "/30x20/text.jpg", [], b"")
@example("POST", "/healthz", [], b"")
@example("TRACE", "/", [], b"")
def test_any_request_has_an_answer_that_tells_no_more_than_is_meant(
    server: Server, folder: Path, method: str, target: str, headers: list[tuple[str, str]], body: bytes
) -> None:
    named = {name.lower() for name, _ in headers} | ({"content-length"} if body else set())
    lines = [f"{method} {target} HTTP/1.1", "Connection: close"]
    lines += [] if "host" in named else ["Host: 127.0.0.1"]
    lines += [f"{name}: {value}" for name, value in headers]
    lines += [f"Content-Length: {len(body)}"] if body else []
    answer = ask(server, "\r\n".join([*lines, "", ""]).encode("latin-1") + body, method)
    if answer is None or (answer.status == 400 and answer.body == b"Invalid HTTP request received."):
        return  # what is no HTTP does not reach us
    event(f"{answer.status} {answer.media_type}")
    assert answer.status < 500
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert "default-src 'none'" in answer.headers["content-security-policy"]
    check(answer, method, target)
    told = (json.dumps(answer.headers) + answer.body.decode("latin-1")) if answer.media_type not in IMAGES else ""
    if not unquote(target).startswith("/-/"):  # the page's own files are no answers about anything
        assert not [word for word in (*NEVER, str(folder), folder.name) if word in told and word not in target]


def check(answer: Answer, method: str, target: str) -> None:
    """An image, a description, a redirect within this server, a confirmation, or a problem document."""
    if answer.status >= 400:
        assert answer.media_type == "application/problem+json"
        assert re.fullmatch(r"no-store|public, max-age=\d\d?", answer.headers["cache-control"])
        if method != "HEAD":
            problem = json.loads(answer.body)
            assert (problem["status"], bool(problem["detail"]), bool(problem["remedy"])) == (answer.status, True, True)
    elif answer.status == 308:
        assert re.match("/[^/]", answer.headers["location"])
        assert not answer.body
    elif answer.status == 304:
        assert not answer.body
    else:
        assert answer.status == 200
        path = unquote(re.split("[?#]", target)[0])
        page = path in ("/", "/healthz", "/favicon.ico") or path.startswith("/-/")
        assert page or answer.media_type in {*IMAGES, "application/json"}
        assert not (method == "HEAD" and answer.body)


#: Requests for each kind of answer there can be.
KINDS = {
    "/30x20/cat.jpg": 200,
    "/30x20/cut.jpg": 422,
    "/30x20/text.jpg": 415,
    "/30x20/none.jpg": 404,
    "/unsafe/30x20/": 400,
}


def test_the_property_is_of_more_than_refusals(server: Server) -> None:
    asked = {path: ask(server, f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n".encode(), "GET") for path in KINDS}
    assert {path: answer.status for path, answer in asked.items() if answer} == KINDS
