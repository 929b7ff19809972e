"""The application itself: what everyone is told when something of ours is wrong, and what only the log has."""

import json
import logging
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from firstsight.errors import FirstsightError, StoreFailed
from firstsight.runtimes.asgi import create_app
from firstsight.runtimes.makers import MakerFailed, Makers
from firstsight.service import Service
from firstsight.settings import Access, Settings
from tests.service.places import JPEG


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Callable[..., TestClient]]:
    """Start applications over a folder with a photograph; they end with the test."""
    clients: list[TestClient] = []
    (tmp_path / "photos").mkdir()
    (tmp_path / "photos" / "cat.jpg").write_bytes(JPEG)

    def start(**changes: Any) -> TestClient:
        made = str(tmp_path / "made")
        settings = Settings(source=str(tmp_path / "photos"), derivatives=made, **{"access": Access.OPEN, **changes})
        client = TestClient(create_app(settings), base_url="http://127.0.0.1", raise_server_exceptions=True)
        client.__enter__()
        clients.append(client)
        return client

    yield start
    for client in clients:
        client.__exit__(None, None, None)


#: What goes wrong, and where.
FAULTS: dict[str, tuple[type, str, Exception, int, str]] = {
    "a bug in the lookup": (Service, "lookup", ZeroDivisionError("/etc/secret"), 500, "internal-error"),
    "a bug in a maker": (Makers, "make", MakerFailed("Traceback\n  File '/etc/secret'"), 500, "internal-error"),
    "a store that fails": (Makers, "make", StoreFailed("Not now.", log="/etc/secret"), 502, "store-failed"),
}


@pytest.mark.parametrize("name", FAULTS)
def test_a_fault_of_ours_tells_the_client_a_number_and_the_log_the_rest(
    start: Callable[..., TestClient],
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    name: str,
) -> None:
    place, method, fault, status, code = FAULTS[name]

    def fails(*_: object) -> None:
        raise fault

    monkeypatch.setattr(place, method, fails)
    client = start(cors="*")
    with caplog.at_level(logging.INFO):
        answer = client.get("/cat.jpg/30x20.webp", headers={"X-Request-Id": "number-7"})
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["x-request-id"] == "number-7"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["access-control-allow-origin"] == "*"
    assert "secret" not in answer.text
    assert "Traceback" not in answer.text
    if not isinstance(fault, FirstsightError):
        assert "number-7" in answer.json()["detail"]
    [record] = [record for record in caplog.records if hasattr(record, "members")]
    logged = json.dumps(record.members) + str(record.exc_info)
    assert "number-7" in logged
    assert "secret" in logged


def test_a_header_that_comes_in_several_lines_is_one_list(start: Callable[..., TestClient]) -> None:
    client = start()
    for lines in (("image/webp", "*/*"), ("*/*", "image/webp")):
        answer = client.get("/cat.jpg/30x20", headers=[("Accept", line) for line in lines])
        assert answer.headers["content-type"] == "image/webp"
    tags = ('"another"', answer.headers["etag"], '"one more"')
    unchanged = client.get("/cat.jpg/30x20.webp", headers=[("If-None-Match", tag) for tag in tags])
    assert unchanged.status_code == 304


def test_a_request_that_names_two_hosts_names_none_of_ours(start: Callable[..., TestClient]) -> None:
    client = start(hosts=("127.0.0.1",))
    for hosts in (("127.0.0.1", "evil.example"), ("evil.example", "127.0.0.1")):
        assert client.get("/cat.jpg/30x20", headers=[("Host", host) for host in hosts]).status_code == 421


def test_a_request_for_another_host_has_a_line_in_the_log_and_an_id(
    start: Callable[..., TestClient], caplog: pytest.LogCaptureFixture
) -> None:
    client = start(hosts=("127.0.0.1",))
    with caplog.at_level(logging.INFO, "firstsight"):
        answer = client.get("/cat.jpg/30x20", headers={"Host": "img.example.com", "X-Request-Id": "mine"})
    assert (answer.status_code, answer.headers["x-request-id"]) == (421, "mine")
    [line] = [record.members for record in caplog.records if hasattr(record, "members")]
    assert (line["status"], line["error"], line["request_id"]) == (421, "wrong-host", "mine")
    assert "img.example.com" in line["detail"]


def test_no_answer_may_be_read_by_other_sites_unless_the_setting_says_so(start: Callable[..., TestClient]) -> None:
    header = "access-control-allow-origin"
    paths = ("/cat.jpg/30x20.webp", "/cat.jpg/30y.webp", "/none.jpg/30x20.webp", "/cat.jpg/020x.webp")
    closed, opened = start(), start(cors="https://example.com")
    for path in paths:
        assert header not in closed.get(path, follow_redirects=False).headers
        assert opened.get(path, follow_redirects=False).headers[header] == "https://example.com"
