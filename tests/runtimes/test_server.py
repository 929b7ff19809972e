"""The server as a process of its own, spoken to over real sockets."""

import contextlib
import http.client
import json
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

import firstsight

PHOTO = Path(__file__).parents[2] / "examples" / "photos" / "coffee.png"

START = """
import sys
from firstsight.settings import load
from firstsight.runtimes.server import listen, serve

if __name__ == "__main__":
    settings = load(environ={}, source=sys.argv[1], derivatives=sys.argv[2], access="open", port=0, **eval(sys.argv[3]))
    listener = listen(settings)
    print(listener.getsockname()[1], flush=True)
    serve(settings, listener)
"""

#: How a server that was asked to stop ends: one process dies of the signal after its work is done, several exit with 0.
STOPPED = (0, -signal.SIGTERM)


class Server:
    """A server process and how to ask it."""

    def __init__(self, process: "subprocess.Popen[str]", port: int, log: Path) -> None:
        self.process, self.port, self.log = process, port, log

    def ask(self, path: str, method: str = "GET", **headers: str) -> tuple[int, dict[str, str], bytes]:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        with contextlib.closing(connection):
            connection.putrequest(method, path, skip_host="host" in headers, skip_accept_encoding=True)
            for name, value in headers.items():
                connection.putheader(name.replace("_", "-"), value)
            connection.endheaders()
            answer = connection.getresponse()
            return answer.status, {name.lower(): value for name, value in answer.getheaders()}, answer.read()

    def stop(self) -> int:
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(20)

    def lines(self) -> list[dict[str, object]]:
        return [json.loads(line) for line in self.log.read_text().splitlines()]


@pytest.fixture
def start(tmp_path: Path, photos: Path) -> Iterator[Callable[..., Server]]:
    """Start servers over the example photographs; they are gone when the test ends."""
    processes: list[subprocess.Popen[str]] = []
    script = tmp_path / "start.py"
    script.write_text(START)

    def start(source: Path = photos, **settings: object) -> Server:
        log = tmp_path / "log"
        command = [sys.executable, str(script), str(source), str(tmp_path / "made"), repr(settings)]
        with log.open("w") as stderr:
            process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=stderr, text=True)
        processes.append(process)
        assert process.stdout is not None
        return Server(process, int(process.stdout.readline()), log)

    yield start
    for process in processes:
        process.kill()
        process.wait()
        assert process.stdout is not None
        process.stdout.close()


def test_an_image_is_made_once_and_then_served_from_the_store(start: Callable[..., Server]) -> None:
    server = start()
    first = server.ask("/coffee.png/300x200.webp")
    second = server.ask("/coffee.png/300x200.webp")
    assert [answer[0] for answer in (first, second)] == [200, 200]
    assert [answer[1]["firstsight-result"] for answer in (first, second)] == ["made", "stored"]
    assert first[2] == second[2]
    assert firstsight.info(first[2])["width"] == 300
    assert {"find", "header", "pixels", "encode", "put"} <= {
        stage.split(";")[0].strip() for stage in first[1]["server-timing"].split(",")
    }


def test_the_browsers_copy_is_confirmed_and_head_has_no_body(start: Callable[..., Server]) -> None:
    server = start()
    _, headers, body = server.ask("/coffee.png/30x20.webp")
    assert server.ask("/coffee.png/30x20.webp", if_none_match=headers["etag"])[0::2] == (304, b"")
    status, head, nothing = server.ask("/coffee.png/30x20.webp", "HEAD")
    assert (status, nothing, head["content-length"]) == (200, b"", str(len(body)))


BAD = (
    ("/coffee.png/300y200.webp", "GET", 400, "bad-token"),
    ("/coffee.png/0x200.webp", "GET", 400, "bad-token"),
    ("/coffee.png/30x20.bmp", "GET", 400, "bad-token"),
    ("/nothing.png/30x20.webp", "GET", 404, "source-not-found"),
    ("/README.md/30x20.webp", "GET", 415, "unsupported-format"),
    ("/../README.md/30x20.webp", "GET", 400, "bad-path"),
    ("/%2e%2e/README.md/30x20.webp", "GET", 400, "bad-path"),
    ("/a//b.png/30x20.webp", "GET", 400, "bad-path"),
    ("/a%00.png/30x20.webp", "GET", 400, "bad-path"),
    (f"/{'a' * 5000}/30x20.webp", "GET", 400, "bad-path"),
    ("/coffee.png/30x20.webp", "POST", 405, "method-not-allowed"),
    ("/coffee.png", "GET", 400, "bad-path"),
)


def test_bad_requests_get_problem_documents_and_the_server_goes_on(start: Callable[..., Server]) -> None:
    server = start()
    for path, method, status, code in BAD:
        got, headers, body = server.ask(path, method)
        assert (got, headers["content-type"]) == (status, "application/problem+json"), path
        problem = json.loads(body)
        assert (problem["code"], problem["status"]) == (code, status)
        assert "Traceback" not in body.decode()
        assert headers["x-content-type-options"] == "nosniff"
    assert server.ask("/coffee.png/30x20.webp")[0] == 200
    assert server.ask("/healthz")[2] == b"ok"


def test_a_hundred_requests_at_once_decode_the_source_once(start: Callable[..., Server]) -> None:
    server = start()
    results: list[tuple[int, str, bytes]] = []

    def ask() -> None:
        status, headers, body = server.ask("/hubble_deep_field.jpg/700x.webp")
        results.append((status, headers["firstsight-result"], body))

    threads = [threading.Thread(target=ask) for _ in range(100)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(results) == 100
    assert {status for status, _, _ in results} == {200}
    assert len({body for _, _, body in results}) == 1
    assert server.stop() in STOPPED
    made = [line for line in server.lines() if line.get("result") == "made"]
    assert len({json.dumps(line["ms"]) for line in made}) == 1  # one making, shared by all it answered


def test_letters_that_are_not_encoded_are_refused_and_the_server_goes_on(
    start: Callable[..., Server], tmp_path: Path
) -> None:
    source = tmp_path / "photos"
    source.mkdir()
    (source / "für.png").write_bytes(PHOTO.read_bytes())
    server = start(source)
    for raw in (b"/f\xc3\xbcr.png/30x.jpg", b"/f\xfcr.png/30x.jpg"):
        with socket.create_connection(("127.0.0.1", server.port), 30) as connection:
            connection.sendall(b"GET " + raw + b" HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n")
            assert connection.makefile("rb").readline().split()[1] == b"400"
    assert server.ask("/f%C3%BCr.png/30x.jpg")[0] == 200


def test_too_many_at_once_are_told_to_come_again(start: Callable[..., Server]) -> None:
    server = start(renders=1, queue=1)
    answers: list[tuple[int, dict[str, str], bytes]] = []
    paths = [f"/hubble_deep_field.jpg/{600 + n}x-lossless.webp" for n in range(12)]
    threads = [threading.Thread(target=lambda p=path: answers.append(server.ask(p))) for path in paths]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    refused = [headers for status, headers, _ in answers if status == 503]
    assert refused
    assert all(headers["retry-after"] == "1" for headers in refused)
    assert all(headers["cache-control"] == "no-store" for headers in refused)
    assert {status for status, _, _ in answers} == {200, 503}
    assert server.ask(paths[0])[0] == 200


def test_a_stop_lets_requests_finish_and_leaves_nothing_half_written(
    start: Callable[..., Server], tmp_path: Path
) -> None:
    server = start()
    server.ask("/coffee.png/10x.jpg")
    answers: list[tuple[int, dict[str, str], bytes]] = []
    thread = threading.Thread(
        target=lambda: answers.append(server.ask("/hubble_deep_field.jpg/1600x-enlarge-lossless.webp"))
    )
    thread.start()
    time.sleep(0.3)  # it is under way, and takes longer than this
    assert not answers
    assert server.stop() in STOPPED
    thread.join()
    status, headers, body = answers[0]
    assert (status, len(body)) == (200, int(headers["content-length"]))
    kept = [path for path in (tmp_path / "made").rglob("*") if path.is_file()]
    assert body in [path.read_bytes() for path in kept]
    assert all(path.suffix in (".webp", ".jpg") for path in kept)


def test_several_workers_share_the_port_and_stop_together(start: Callable[..., Server]) -> None:
    server = start(workers=2)
    for n in range(8):
        assert server.ask(f"/coffee.png/{20 + n}x.jpg")[0] == 200
    assert server.stop() in STOPPED
    with pytest.raises(ConnectionRefusedError):
        server.ask("/healthz")


def test_a_request_keeps_the_id_it_came_with(start: Callable[..., Server]) -> None:
    server = start()
    assert server.ask("/coffee.png/30x.jpg", x_request_id="abc-123")[1]["x-request-id"] == "abc-123"
    assert server.ask("/coffee.png/30x.jpg", x_request_id="bad id\tx")[1]["x-request-id"] != "bad id\tx"
    server.stop()
    assert next(line["request_id"] for line in server.lines() if line.get("status") == 200) == "abc-123"


def test_a_name_that_leads_here_by_a_trick_is_not_answered(start: Callable[..., Server]) -> None:
    server = start(hosts=["127.0.0.1", "[::1]"])
    for path in ("/", "/healthz", "/coffee.png/30x.jpg"):
        status, _, body = server.ask(path, host="evil.example:8000")
        assert (status, json.loads(body)["code"]) == (421, "wrong-host")
        for name in ("127.0.0.1", f"127.0.0.1:{server.port}", "[::1]:8000"):
            assert server.ask(path, host=name)[0] == 200
    assert server.ask("/healthz")[0] == 200


def test_a_port_that_is_taken_is_a_sentence(start: Callable[..., Server], photos: Path) -> None:
    from firstsight.runtimes.server import listen

    server = start()
    settings = firstsight.load_settings(source=str(photos), port=server.port)
    with pytest.raises(firstsight.FirstsightError, match=f"Port {server.port}") as raised:
        listen(settings)
    assert "--port" in raised.value.remedy
