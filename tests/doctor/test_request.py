"""A walk, and what doctor makes of its last answer."""

import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import unquote

import pytest

from firstsight.doctor.checks.request import kind_of
from firstsight.doctor.walk import walk


class Server(BaseHTTPRequestHandler):
    """Answers what the path says."""

    def do_GET(self) -> None:
        _, status, *rest = unquote(self.path).split("/")
        if status == "late":
            time.sleep(2)
            return
        self.send_response(int(status))
        if rest[0] == "to":
            self.send_header("Location", "/" + "/".join(rest[1:]))
        body = rest[0].encode() if rest[0] != "to" else b""
        self.send_header("Content-Type", rest[1].replace("-", "/") if len(rest) > 1 else "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        pass


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Server)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.mark.parametrize(
    ("path", "code"),
    [
        ("/200/pixels/image-png", ""),
        ("/307/to/200/pixels/image-png", ""),
        ("/200/page/text-html", "request-no-image"),
        (f"/200/{'QUJD' * 40}/image-png", "request-no-image"),
        ("/302/to/302/to/404/x", "request-not-found"),
        ("/404/x", "request-not-found"),
        ("/403/x", "request-forbidden"),
        ("/401/x", "request-forbidden"),
        ("/400/x", "request-refused"),
        ("/422/x", "request-refused"),
        ("/502/x", "request-server-error"),
        ("/503/x", "request-server-error"),
        ("/504/x", "request-timeout"),
        ("/late/x", "request-timeout"),
    ],
)
def test_what_an_answer_is_called(address: str, path: str, code: str) -> None:
    assert kind_of(walk(f"{address}{path}", seconds=0.6)[-1]) == code


def test_a_circle_is_a_loop(address: str) -> None:
    assert kind_of(walk(f"{address}{'/302/to' * 12}/200/x/image-png")[-1]) == "request-loop"


def test_where_nobody_listens_there_is_no_answer() -> None:
    assert kind_of(walk("http://127.0.0.1:9/")[-1]) == "request-no-answer"


def test_missing_authentication_token(address: str) -> None:
    last = walk(f"{address}/403/Missing%20Authentication%20Token")[-1]
    assert kind_of(last) == "request-missing-token"
