"""A server of processes to be measured: `firstsight serve` on loopback, its memory, and clients that ask it."""

import contextlib
import http.client
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from bench.workers import ROOT
from tests.ports import free_port


@dataclass(frozen=True, slots=True)
class Answer:
    """What came of a request: its status, the seconds it took, and its body. Without an answer the status is 0."""

    status: int
    seconds: float
    body: bytes
    headers: dict[str, str]


@dataclass(slots=True)
class Server:
    """A running server, in a group of processes of its own."""

    process: "subprocess.Popen[bytes]"
    port: int

    def ask(self, path: str, connection: http.client.HTTPConnection | None = None) -> Answer:
        """Ask for a path, as it is."""
        if connection is None:
            with contextlib.closing(self.connect()) as own:
                return self.ask(path, own)
        began = time.perf_counter()
        try:
            connection.putrequest("GET", path, skip_accept_encoding=True)
            connection.endheaders()
            answer = connection.getresponse()
            body = answer.read()
        except (OSError, http.client.HTTPException, UnicodeError):
            connection.close()
            return Answer(0, time.perf_counter() - began, b"", {})
        headers = {name.lower(): value for name, value in answer.getheaders()}
        return Answer(answer.status, time.perf_counter() - began, body, headers)

    def connect(self) -> http.client.HTTPConnection:
        """Give a connection that may be used again."""
        return http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)

    def memory(self, field: str = "VmRSS") -> float:
        """Give the MB of all its processes: resident now, or with `VmHWM` at most since `forget_peak`."""
        return sum(_status(pid, field) for pid in self.pids())

    def forget_peak(self) -> None:
        """Begin to look for the peak of memory anew."""
        for pid in self.pids():
            with contextlib.suppress(OSError):
                Path(f"/proc/{pid}/clear_refs").write_text("5")

    def pids(self) -> list[int]:
        """Give its processes."""
        group = os.getpgid(self.process.pid)
        found = []
        for path in Path("/proc").iterdir():
            with contextlib.suppress(OSError, ValueError):
                if int((path / "stat").read_text().rpartition(")")[2].split()[2]) == group:
                    found.append(int(path.name))
        return found

    def kill(self) -> None:
        """End all of it at once, as if the power had gone."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()


def start(source: Path, made: Path, **settings: object) -> Server:
    """Start a server over a folder; settings are named as in the environment, in lower case."""
    port = free_port()
    named = {f"FIRSTSIGHT_{name.upper()}": str(value) for name, value in settings.items()}
    environ = {"FIRSTSIGHT_ACCESS": "open", "FIRSTSIGHT_DERIVATIVES": str(made), **named}
    command = [str(Path(sys.executable).with_name("firstsight")), "serve", str(source), "--port", str(port)]
    quiet = subprocess.DEVNULL
    process = subprocess.Popen(
        command, cwd=ROOT, env=os.environ | environ, stdout=quiet, stderr=quiet, start_new_session=True
    )
    server = Server(process, port)
    deadline = time.monotonic() + 60
    while server.ask("/healthz").status != 200:
        if process.poll() is not None or time.monotonic() > deadline:
            raise RuntimeError("the server did not start")
        time.sleep(0.1)
    return server


@contextlib.contextmanager
def running(source: Path, made: Path, **settings: object) -> Iterator[Server]:
    """Have a server for as long as it is needed."""
    made.mkdir(parents=True, exist_ok=True)
    server = start(source, made, **settings)
    try:
        yield server
    finally:
        server.kill()


def _status(pid: int, field: str) -> float:
    with contextlib.suppress(OSError, IndexError):
        return int(Path(f"/proc/{pid}/status").read_text().split(f"{field}:")[1].split()[0]) / 1000
    return 0
