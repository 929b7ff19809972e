"""How long the line and the headers of a request may be."""

import re
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from bench.running import Server, running

KIB = 1024


@pytest.fixture(scope="module")
def server(photos: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with running(photos, tmp_path_factory.mktemp("made")) as started:
        yield started


def request(length: int, *, line: str = "GET /healthz", more: str = "") -> bytes:
    """Give a request whose head has so many bytes, without the empty line at its end."""
    start = f"{line} HTTP/1.1\r\nHost: localhost\r\n{more}X: "
    return (start + "a" * (length - len(start)) + "\r\n\r\n").encode()


def statuses(server: Server, sent: list[bytes], answers: int) -> list[int]:
    """Send the pieces on one connection, and give the statuses of so many answers, or of those before it ends."""
    answer = b""
    with socket.create_connection(("127.0.0.1", server.port), timeout=10) as connection:
        try:
            for piece in sent:
                connection.sendall(piece)
            while len(found := re.findall(rb"HTTP/1\.1 (\d+) ", answer)) < answers and (more := connection.recv(4096)):
                answer += more
        except ConnectionError:  # it was hung up on
            found = re.findall(rb"HTTP/1\.1 (\d+) ", answer)
    return [int(status) for status in found]


@pytest.mark.parametrize(("length", "status"), [(60, 200), (64 * KIB, 200), (64 * KIB + 1, 431), (300 * KIB, 431)])
def test_a_head_of_64_kib_is_read_and_a_longer_one_is_refused(server: Server, length: int, status: int) -> None:
    assert statuses(server, [request(length)], 1) in ([status], [] if status == 431 else [status])


def test_a_head_without_an_end_is_hung_up_on(server: Server) -> None:
    megabytes = 64
    with socket.create_connection(("127.0.0.1", server.port), timeout=10) as connection:
        connection.sendall(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\nX: ")
        with pytest.raises(ConnectionError):
            connection.sendall(bytes(b"a" * KIB * KIB * megabytes))
    assert server.ask("/healthz").status == 200


def test_each_head_of_a_connection_is_counted_by_itself(server: Server) -> None:
    assert statuses(server, [request(40 * KIB)] * 4, 4) == [200] * 4
    assert statuses(server, [request(100) * 1000], 1000) == [200] * 1000


def test_a_body_is_no_part_of_the_head(server: Server) -> None:
    length = 200 * KIB
    posted = request(200, line="POST /rocket.jpg/20x.png", more=f"Content-Length: {length}\r\n")
    assert statuses(server, [posted + bytes(length)], 1) == [405]
    assert statuses(server, [posted, bytes(length // 2), bytes(length // 2), request(100)], 2) == [405, 200]
