"""The same through a server of processes: it refuses, it stays up, and it stays small."""

import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from bench.running import Server, running
from tests.hostile.bombs import BOMBS
from tests.hostile.urls import hostile_url
from tests.service.places import JPEG

#: MB above what it takes before, for all of its processes.
MOST_MEMORY = 150


@pytest.fixture(scope="module")
def photos(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("photos")
    (folder / "cat.jpg").write_bytes(JPEG)
    for name, make in BOMBS.items():
        (folder / name).write_bytes(make())
    return folder


@pytest.fixture(scope="module")
def server(photos: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with running(photos, tmp_path_factory.mktemp("made")) as started:
        for spec in ("9x.png", "9x.webp", "9x.jpg"):
            assert started.ask(f"/cat.jpg/{spec}").status == 200
        yield started


def test_bombs_are_refused_within_bounds_of_memory(server: Server) -> None:
    server.forget_peak()
    base = server.memory()
    found = {name: server.ask(f"/{name}/32x.png").status for name in BOMBS}
    assert {status for status in found.values() if not 400 <= status < 500} == set(), found
    assert server.memory("VmHWM") - base < MOST_MEMORY
    assert server.ask("/cat.jpg/30x20.webp").status == 200


def test_hostile_urls_are_refused(server: Server) -> None:
    found = {number: server.ask(hostile_url(number)).status for number in range(1000, 1100)}
    assert {number: status for number, status in found.items() if not 200 <= status < 500} == {}
    assert server.ask("/healthz").status == 200


@pytest.mark.parametrize(
    "sent",
    [
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(100),
        b"GET\r\n\r\n",
        b"GET /cat.jpg/9x.png HTTP/9.9\r\n\r\n",
        b"GET http://169.254.169.254/latest/meta-data HTTP/1.1\r\nHost: a\r\n\r\n",
        b"CONNECT 127.0.0.1:22 HTTP/1.1\r\nHost: a\r\n\r\n",
        b"GET /cat.jpg/9x.png HTTP/1.1\r\nHost: a\r\nX: " + b"a" * 200_000 + b"\r\n\r\n",
        b"POST /cat.jpg/9x.png HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
        b"GET /cat.jpg/9x.png HTTP/1.1\r\nHost: a\r\nContent-Length: -1\r\n\r\n",
        bytes(range(256)) * 10,
    ],
    ids=["tls", "short", "version", "absolute", "connect", "long-header", "chunks", "length", "bytes"],
)
def test_what_is_no_request_of_an_image_gets_no_image_and_no_fault(server: Server, sent: bytes) -> None:
    with socket.create_connection(("127.0.0.1", server.port), timeout=10) as connection:
        connection.settimeout(1)
        answer = b""
        try:
            connection.sendall(sent)
            while len(answer) < 12 and (more := connection.recv(100)):
                answer += more
        except OSError:  # it may hang up, or wait for more
            pass
    assert not answer.startswith((b"HTTP/1.1 2", b"HTTP/1.1 5"))
    assert server.ask("/healthz").status == 200
