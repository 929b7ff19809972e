"""Locked packages are looked up; who cannot be asked is told of, and never taken for an answer."""

import json
import os
import re
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import NoReturn

import pytest

from tests.ports import free_port


@dataclass
class Osv:
    """A list of weaknesses: what it knows, by package, and what it was asked for."""

    address: str = ""
    known: dict[str, str] = field(default_factory=dict)
    asked: list[tuple[str, str]] = field(default_factory=list)
    status: int = 200

    def answer(self, name: str, version: str) -> dict[str, object]:
        self.asked.append((name, version))
        if name not in self.known:
            return {}
        affected = {"ecosystem": "PyPI", "name": name}
        ranges = [{"type": "ECOSYSTEM", "events": [{"introduced": "0"}, {"fixed": "99.0"}]}]
        weakness = {"id": self.known[name], "modified": "2026-01-01T00:00:00Z"}
        return {"vulns": [{**weakness, "affected": [{"package": affected, "ranges": ranges}]}]}


@pytest.fixture
def osv(root: Path, require: Callable[[str], NoReturn]) -> Iterator[Osv]:
    """An OSV on loopback, in the form of its API (https://google.github.io/osv.dev/api)."""
    if not (root / ".venv" / "audit" / ".ready").exists():
        require("pip-audit is not installed: make audit")
    found = Osv()

    class Handler(BaseHTTPRequestHandler):
        def log_message(self, *_: object) -> None:
            pass

        def do_POST(self) -> None:
            query = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            body = json.dumps(found.answer(query["package"]["name"], query["version"])).encode()
            self.send_response(found.status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    found.address = f"http://127.0.0.1:{server.server_port}/v1/query"
    yield found
    server.shutdown()
    server.server_close()


def audit(root: Path, osv: str, *arguments: str) -> "subprocess.CompletedProcess[str]":
    environ = {**os.environ, "FIRSTSIGHT_OSV": osv}
    command = [sys.executable, str(root / "scripts" / "audit.py"), *arguments]
    return subprocess.run(command, env=environ, capture_output=True, text=True, check=False, timeout=120)


def test_every_package_of_every_lock_file_is_asked_about(root: Path, osv: Osv) -> None:
    done = audit(root, osv.address)
    assert (done.returncode, done.stderr) == (0, "")
    locked = set()
    for lock in [*root.glob("requirements/*.txt"), *root.glob("src/firstsight/aws/*.txt")]:
        locked |= set(re.findall(r"^([a-z0-9-]+)==([^ \n;]+)", lock.read_text("utf-8"), re.MULTILINE))
    assert locked <= set(osv.asked)
    assert f"No weakness is known of the {len(osv.asked)} locked packages." in done.stdout


def test_a_weakness_is_named_and_fails(root: Path, osv: Osv) -> None:
    osv.known["setuptools"] = "GHSA-of-a-test"
    done = audit(root, osv.address, str(root / "requirements" / "build.txt"))
    assert done.returncode == 1
    assert re.search(r"^setuptools [\d.]+: GHSA-of-a-test, mended in 99\.0$", done.stdout, re.MULTILINE)


def test_a_list_that_fails_is_no_answer(root: Path, osv: Osv) -> None:
    osv.status = 500
    lock = str(root / "requirements" / "build.txt")
    for arguments, code in (((), 0), (("--required",), 2)):
        done = audit(root, osv.address, *arguments, lock)
        assert (done.returncode, done.stdout) == (code, "")
        assert "NOT AUDITED: pip-audit failed" in done.stderr


def test_a_list_out_of_reach_is_told_and_fails_where_it_is_required(root: Path) -> None:
    nobody = f"http://127.0.0.1:{free_port()}/v1/query"
    for arguments, code in (((), 0), (("--required",), 2)):
        done = audit(root, nobody, *arguments)
        assert (done.returncode, done.stdout) == (code, "")
        assert "NOT AUDITED: 127.0.0.1 cannot be reached" in done.stderr
