"""Walking a request, against servers on loopback that answer as S3, API Gateway and others do."""

import base64
import contextlib
import socket
import ssl
import subprocess
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from firstsight import Request, open_service
from firstsight.doctor.finding import Who
from firstsight.doctor.walk import MOST_HOPS, TOLD, walk, who
from firstsight.errors import SourceNotFound
from firstsight.http import error_response
from firstsight.settings import from_dict

PIXELS = b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 40
S3_DENIED = b'<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>AccessDenied</Code><Message>Access Denied</Message>'
WEBSITE_MISSING = b"<html>\n<head><title>404 Not Found</title></head>\n<body><ul>\n<li>Code: NoSuchKey</li>\n"
IMAGE = (200, {"Content-Type": "image/png"}, PIXELS)

Answer = tuple[int, dict[str, str], bytes]

ANSWERS: dict[str, Answer] = {
    "/image": IMAGE,
    "/denied": (403, {"Server": "AmazonS3", "Content-Type": "application/xml"}, S3_DENIED),
    "/token": (403, {"x-amz-apigw-id": "a="}, b'{"message":"Missing Authentication Token"}'),
    "/error": (502, {"x-amz-apigw-id": "a="}, b'{"message": "Internal server error"}'),
    "/page": (200, {"Content-Type": "text/html; charset=utf-8"}, b"<html>welcome</html>"),
    "/text": (200, {"Content-Type": "image/png"}, base64.b64encode(PIXELS)),
    "/empty": (200, {"Content-Type": "image/png"}, b""),
    "/nowhere": (302, {}, b""),
    "/mail": (302, {"Location": "mailto:someone@example.com"}, b""),
    "/short": (200, {"Content-Type": "image/png", "Content-Length": "99999"}, PIXELS),
    "/one": (307, {"Location": "/two?size=1#top"}, b""),
    "/two?size=1": (307, {"Location": "three?a b"}, b""),
    "/three?a%20b": (308, {"Location": "/a b/ü.png"}, b""),
    "/a%20b/%C3%BC.png": IMAGE,
    "/left": (307, {"Location": "/right"}, b""),
    "/right": (302, {"Location": "/left"}, b""),
    "/late": (302, {"Location": "/never"}, b""),
    "/signed": (302, {"Location": "/image?X-Amz-Signature=abc&X-Amz-Expires=300&X-Amz-Credential=def"}, b""),
    "/image?X-Amz-Signature=abc&X-Amz-Expires=300&X-Amz-Credential=def": IMAGE,
    "/dear": (200, {"Content-Type": "image/png", "Set-Cookie": "secret=1", "Cache-Control": "no-store"}, PIXELS),
}


class Handler(BaseHTTPRequestHandler):
    """Answers a path as ANSWERS says; it counts down from a number, and never answers `/never`."""

    over = threading.Event()
    asked: list[tuple[str, str]] = []  # noqa: RUF012  # the tests of this module look at it

    def log_message(self, *_: object) -> None:
        pass

    def do_GET(self) -> None:
        Handler.asked.append((self.headers["Host"], self.path))
        if self.path == "/never":
            Handler.over.wait(20)
            return
        status, headers, body = ANSWERS.get(self.path, (404, {}, b"not here"))
        if self.path.startswith("/count/"):
            status, headers, body = 307, {"Location": f"/count/{int(self.path.removeprefix('/count/')) + 1}"}, b""
        self.send_response(status)
        for name, value in {"Content-Length": str(len(body)), **headers}.items():
            self.send_header(name, value.encode().decode("latin-1"))
        self.end_headers()
        self.wfile.write(body)

    def version_string(self) -> str:
        return ANSWERS.get(self.path, IMAGE)[1].get("Server", "test")


@contextlib.contextmanager
def serving(context: ssl.SSLContext | None = None) -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    if context:
        server.socket = context.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"127.0.0.1:{server.server_port}"
    finally:
        Handler.over.set()
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.fixture(scope="module")
def here() -> Iterator[str]:
    """HOST:PORT of a server of ANSWERS."""
    with serving() as address:
        yield address


def test_a_chain_of_redirects_is_followed_as_a_browser_does_to_an_image(here: str) -> None:
    hops = walk(f"http://{here}/one")
    assert [(hop.status, urlsplit(hop.url).path, hop.wrong) for hop in hops] == [
        (307, "/one", False),
        (307, "/two", False),
        (308, "/three", False),
        (200, "/a b/\u00fc.png", False),
    ]
    assert [hop.to for hop in hops[:2]] == [f"http://{here}/two?size=1", f"http://{here}/three?a b"]
    assert hops[-1].body == "", "nothing of an image"
    assert all(0 < hop.seconds < 20 for hop in hops)


def test_only_the_headers_that_matter_are_told(here: str) -> None:
    [hop] = walk(f"http://{here}/dear")
    assert hop.headers["cache-control"] == "no-store"
    assert set(hop.headers) <= set(TOLD)
    assert "secret" not in str(hop.data())


@pytest.mark.parametrize(
    ("path", "status", "answerer", "note"),
    [
        ("/denied", 403, Who.S3, "answered 403 Forbidden"),
        ("/token", 403, Who.API_GATEWAY, "answered 403 Forbidden"),
        ("/error", 502, Who.API_GATEWAY, "answered 502 Bad Gateway"),
        ("/missing", 404, Who.SOMEBODY, "answered 404 Not Found"),
        ("/page", 200, Who.SOMEBODY, "answered 200 with a page (text/html; charset=utf-8), which is no image"),
        ("/text", 200, Who.SOMEBODY, "answered 200 with an image in base64, which nobody has decoded"),
        ("/empty", 200, Who.SOMEBODY, "answered 200 with nothing in it"),
        ("/short", 200, Who.SOMEBODY, f"it ends after {len(PIXELS)} of 99999 bytes"),
        ("/nowhere", 302, Who.SOMEBODY, "a redirect that does not say where to"),
    ],
)
def test_the_walk_ends_at_an_answer_that_is_wrong_and_says_why(
    here: str, path: str, status: int, answerer: Who, note: str
) -> None:
    [hop] = walk(f"http://{here}{path}")
    assert (hop.status, hop.who, hop.note, hop.wrong) == (status, answerer, note, True)


def test_the_text_of_an_error_is_told(here: str) -> None:
    assert walk(f"http://{here}/token")[0].body == '{"message":"Missing Authentication Token"}'
    assert "<Code>AccessDenied</Code>" in walk(f"http://{here}/denied")[0].body


def test_a_loop_is_a_redirect_to_where_it_has_led_before(here: str) -> None:
    hops = walk(f"http://{here}/left")
    assert [urlsplit(hop.url).path for hop in hops] == ["/left", "/right", "/left"]
    assert [hop.wrong for hop in hops] == [False, False, True]
    assert hops[-1].note == f"a redirect to where it has led before: http://{here}/right"


def test_asking_the_first_again_is_no_loop_when_it_answers_otherwise(
    here: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """That is how a website gets what it does not have: from there to the function, and back."""
    original = Handler.do_GET

    def once(handler: Handler) -> None:
        original(handler)
        if handler.path == "/website":
            monkeypatch.setitem(ANSWERS, "/website", IMAGE)

    monkeypatch.setattr(Handler, "do_GET", once)
    monkeypatch.setitem(ANSWERS, "/website", (307, {"Location": "/function"}, b""))
    monkeypatch.setitem(ANSWERS, "/function", (302, {"Location": "/website"}, b""))
    assert [(hop.status, hop.wrong) for hop in walk(f"http://{here}/website")] == [
        (307, False),
        (302, False),
        (200, False),
    ]


def test_redirects_without_an_end_are_followed_only_so_far(here: str) -> None:
    hops = walk(f"http://{here}/count/0")
    assert len(hops) == MOST_HOPS
    assert [hop.wrong for hop in hops] == [False] * (MOST_HOPS - 1) + [True]
    assert hops[-1].note == f"more than {MOST_HOPS} answers, and no image"


def test_the_time_is_for_the_whole_way(here: str) -> None:
    first, second = walk(f"http://{here}/late", seconds=0.5)
    assert (first.status, first.wrong) == (302, False)
    assert (second.status, second.who, second.wrong) == (0, Who.NOBODY, True)
    assert second.note == f"no whole answer from {here} within 0 seconds"
    assert 0.2 < second.seconds < 10


def test_a_redirect_to_what_is_no_web_address_is_not_followed(here: str) -> None:
    hops = walk(f"http://{here}/mail")
    assert hops[0].to == "mailto:someone@example.com"
    assert hops[1].note == (
        "no URL to go to: a browser follows http and https, and this is 'mailto:someone@example.com'"
    )
    assert hops[1].wrong


def test_what_would_let_others_in_is_followed_and_not_told(here: str) -> None:
    hops = walk(f"http://{here}/signed")
    assert [hop.status for hop in hops] == [302, 200]
    assert hops[0].to == f"http://{here}/image?X-Amz-Signature=...&X-Amz-Expires=300&X-Amz-Credential=..."
    assert "abc" not in str([hop.data() for hop in hops])


def test_everything_is_asked_at_one_address_when_there_is_one(here: str) -> None:
    Handler.asked.clear()
    [hop] = walk("https://team.s3-website.eu-central-1.amazonaws.com/image", connect=here)
    assert (hop.status, hop.who) == (200, Who.S3_WEBSITE)
    assert Handler.asked == [("team.s3-website.eu-central-1.amazonaws.com", "/image")]


def closing() -> Iterator[str]:
    """A server that takes connections and says nothing."""
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def close() -> None:
            with contextlib.suppress(OSError):
                connection = listener.accept()[0]
                connection.recv(1000)
                connection.close()

        threading.Thread(target=close, daemon=True).start()
        yield f"127.0.0.1:{listener.getsockname()[1]}"


def babbling() -> Iterator[str]:
    """A server that speaks something else than HTTP."""
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def babble() -> None:
            with contextlib.suppress(OSError):
                connection = listener.accept()[0]
                connection.recv(1000)
                connection.sendall(b"220 mail.example.com ESMTP\r\n")
                connection.close()

        threading.Thread(target=babble, daemon=True).start()
        yield f"127.0.0.1:{listener.getsockname()[1]}"


def refusing() -> Iterator[str]:
    """An address that nothing listens on."""
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        yield f"127.0.0.1:{held.getsockname()[1]}"


def plain() -> Iterator[str]:
    """A server without TLS."""
    with serving() as address:
        yield address


@pytest.mark.parametrize(
    ("server", "scheme", "note"),
    [
        (refusing, "http", "{host} refuses the connection"),
        (closing, "http", "{host} closed the connection without an answer"),
        (babbling, "http", "what {host} answers is no HTTP: BadStatusLine("),
        (plain, "https", "no TLS with {host}: "),
    ],
)
def test_who_does_not_answer_is_nobody_and_the_note_says_how(
    server: Callable[[], Iterator[str]], scheme: str, note: str
) -> None:
    with contextlib.contextmanager(server)() as address:
        [hop] = walk(f"{scheme}://{address}/image", seconds=10)
    assert (hop.status, hop.who, hop.wrong) == (0, Who.NOBODY, True)
    assert hop.note.startswith(note.format(host=address))


def test_a_name_that_is_not_found_is_named() -> None:
    [hop] = walk("http://nobody.invalid/image")  # RFC 6761: never there
    assert (hop.status, hop.note, hop.wrong) == (0, "the name nobody.invalid is not found", True)


def test_a_certificate_of_nobody_is_not_trusted(tmp_path: Path) -> None:
    key, certificate = tmp_path / "key.pem", tmp_path / "certificate.pem"
    command = ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"]
    command += ["-subj", "/CN=localhost", "-days", "2", "-keyout", str(key), "-out", str(certificate)]
    subprocess.run(command, check=True, capture_output=True)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    with serving(context) as address:
        [hop] = walk(f"https://{address}/image")
    assert (hop.status, hop.wrong) == (0, True)
    assert hop.note.startswith(f"the certificate of {address} is not good: self")


@pytest.mark.parametrize("url", ["", "photos/cat.jpg", "ftp://example.com/", "http://[::1", "http://host:port/"])
def test_what_is_no_url_is_said_to_be_none(url: str) -> None:
    [hop] = walk(url)
    assert (hop.status, hop.wrong) == (0, True)
    assert hop.note.startswith("no URL to go to: ")


def test_an_answer_of_ours_is_told_apart_through_every_front(photos: Path) -> None:
    presets = {"thumb": {"transform": "100x80", "format": "webp"}}
    service = open_service(from_dict({"source": str(photos), "derivatives": "memory://", "presets": presets}))
    made = service.handle(Request("/coffee.png/thumb.webp"))
    for answer in (made, error_response(SourceNotFound("There is no image of that name."))):
        headers = {name.lower(): value for name, value in answer.headers.items()}
        through = headers | {"x-amz-apigw-id": "a", "x-amzn-requestid": "b", "x-amz-cf-id": "c"}
        url = "https://id.execute-api.eu-central-1.amazonaws.com/prod/coffee.png/thumb.webp"
        assert who(url, answer.status, through, answer.body) is Who.FUNCTION


@pytest.mark.parametrize(
    ("url", "status", "headers", "body", "answerer"),
    [
        ("http://img.example.com/a", 404, {"server": "AmazonS3"}, WEBSITE_MISSING, Who.S3_WEBSITE),
        ("http://img.example.com/a", 307, {"server": "AmazonS3", "location": "x"}, b"", Who.S3_WEBSITE),
        ("http://b.s3-website-us-east-1.amazonaws.com/a", 404, {}, b"", Who.S3_WEBSITE),
        ("http://img.example.com/a", 301, {"server": "AmazonS3"}, b"<Error><Code>PermanentRedirect", Who.S3),
        ("https://b.s3.eu-central-1.amazonaws.com/a", 200, {}, b"", Who.S3),
        ("https://s3.amazonaws.com/b/a", 200, {}, b"", Who.S3),
        ("https://d1.cloudfront.net/a", 403, {"server": "AmazonS3", "x-amz-cf-id": "c"}, S3_DENIED, Who.S3),
        ("https://d1.cloudfront.net/a", 502, {"server": "CloudFront", "x-amz-cf-id": "c"}, b"", Who.CLOUDFRONT),
        ("https://d1.cloudfront.net/a", 200, {"x-amz-cf-id": "c"}, b"", Who.CLOUDFRONT),
        (
            "https://d1.cloudfront.net/a",
            403,
            {"x-amz-cf-id": "c", "x-amzn-requestid": "r", "x-amzn-errortype": "AccessDeniedException"},
            b'{"Message":"Forbidden."}',
            Who.FUNCTION_URL,
        ),
        ("https://i.lambda-url.eu-central-1.on.aws/a", 502, {"x-amzn-requestid": "r"}, b"", Who.FUNCTION_URL),
        ("https://i.execute-api.eu-central-1.amazonaws.com/p/a", 403, {"x-amzn-requestid": "r"}, b"", Who.API_GATEWAY),
        ("https://api.example.com/a", 403, {"x-amz-apigw-id": "i", "x-amzn-requestid": "r"}, b"", Who.API_GATEWAY),
        ("https://api.example.com/a", 404, {"apigw-requestid": "i"}, b'{"message":"Not Found"}', Who.API_GATEWAY),
        ("https://www.example.com/a", 200, {"server": "nginx"}, b"", Who.SOMEBODY),
        ("https://s3cret.example.com/a", 200, {"server": "nginx"}, b"", Who.SOMEBODY),
    ],
)
def test_who_answered_is_told_from_headers_body_and_host(
    url: str, status: int, headers: dict[str, str], body: bytes, answerer: Who
) -> None:
    assert who(url, status, headers, body) is answerer
