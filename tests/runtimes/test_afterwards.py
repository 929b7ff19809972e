"""What is done after the answer: in its turn, and without it going wrong for the next."""

import queue
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from firstsight.runtimes.afterwards import Afterwards


class RuntimeApi:
    """Lambda's Extensions API: registers an extension, and tells it of invocations when it is told to."""

    def __init__(self) -> None:
        self.invocations: queue.SimpleQueue[None] = queue.SimpleQueue()
        self.waiting = threading.Semaphore(0)
        self.registered: list[tuple[str | None, bytes]] = []


@pytest.fixture
def api(monkeypatch: pytest.MonkeyPatch) -> Iterator[RuntimeApi]:
    api = RuntimeApi()

    class Handler(BaseHTTPRequestHandler):
        def log_message(self, *_: object) -> None:
            pass

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            api.registered.append((self.headers["Lambda-Extension-Name"], body))
            self.send_response(200)
            self.send_header("Lambda-Extension-Identifier", "an-id")
            self.end_headers()

        def do_GET(self) -> None:
            assert self.headers["Lambda-Extension-Identifier"] == "an-id"
            api.waiting.release()
            api.invocations.get(timeout=10)
            self.send_response(200)
            self.end_headers()

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, daemon=True).start()
    monkeypatch.setenv("AWS_LAMBDA_RUNTIME_API", f"127.0.0.1:{server.server_port}")
    yield api
    api.invocations.put(None)
    server.shutdown()
    server.server_close()


def test_a_task_is_run_once_there_is_an_invocation_and_not_in_its_thread(api: RuntimeApi) -> None:
    afterwards = Afterwards()
    assert api.registered == [("firstsight-afterwards", b'{"events": ["INVOKE"]}')]
    done: queue.SimpleQueue[str] = queue.SimpleQueue()
    assert api.waiting.acquire(timeout=10)
    afterwards.run(lambda: done.put(threading.current_thread().name))
    with pytest.raises(queue.Empty):
        done.get(timeout=0.05)
    api.invocations.put(None)
    assert done.get(timeout=10) != threading.current_thread().name
    assert api.waiting.acquire(timeout=10)  # it has asked for the next one


def test_a_task_that_fails_does_not_keep_the_next_from_being_run(
    api: RuntimeApi, caplog: pytest.LogCaptureFixture
) -> None:
    afterwards = Afterwards()
    done: queue.SimpleQueue[str] = queue.SimpleQueue()

    def fail() -> None:
        raise ZeroDivisionError

    afterwards.run(fail)
    afterwards.run(lambda: done.put("next"))
    api.invocations.put(None)
    api.invocations.put(None)
    assert done.get(timeout=10) == "next"
    assert "ZeroDivisionError" in caplog.text


def test_without_lambda_a_task_is_run_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("AWS_LAMBDA_RUNTIME_API", raising=False)
    done: list[str] = []
    Afterwards().run(lambda: done.append("done"))
    assert done == ["done"]


def test_where_none_can_be_registered_a_task_is_run_at_once(monkeypatch: pytest.MonkeyPatch, free_port: int) -> None:
    monkeypatch.setenv("AWS_LAMBDA_RUNTIME_API", f"127.0.0.1:{free_port}")
    done: list[str] = []
    Afterwards().run(lambda: done.append("done"))
    assert done == ["done"]
