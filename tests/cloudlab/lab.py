"""Starts the private AWS, and ends it with everything that runs in it."""

import contextlib
import http.client
import os
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from tests.ports import free_port
from tests.runtimes.emulator import BINARY

ROOT = Path(__file__).parents[2]
#: The environment that has LocalStack, made by the Makefile.
VENV = ROOT / ".venv-cloudlab"
REGION = "eu-central-1"
#: LocalStack's only account.
ACCOUNT = "000000000000"


@dataclass(frozen=True)
class Answer:
    """One answer; header names are lower case."""

    status: int
    headers: dict[str, str]
    body: bytes


@dataclass(frozen=True)
class Lab:
    """A private AWS that runs."""

    address: str

    @property
    def environ(self) -> dict[str, str]:
        """What an AWS client has to be told."""
        keys = {"AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test"}
        return {"AWS_ENDPOINT_URL": self.address, "AWS_DEFAULT_REGION": "us-east-1", **keys}

    def ask(self, url: str) -> Answer:
        """Ask for a URL, whatever its host: no resolver knows these names."""
        parts, here = urlsplit(url), urlsplit(self.address)
        connection = http.client.HTTPConnection(str(here.hostname), here.port, timeout=30)
        with contextlib.closing(connection):
            connection.request("GET", parts.path, headers={"Host": parts.netloc})
            answer = connection.getresponse()
            return Answer(answer.status, {name.lower(): value for name, value in answer.getheaders()}, answer.read())

    def client(self, service: str) -> Any:
        """Give a client of a service, in the region of the tests."""
        import boto3

        session: Any = boto3.Session("test", "test", region_name=REGION)
        return session.client(service, endpoint_url=self.address)


def missing() -> str:
    """Say what keeps the lab from being started, or nothing."""
    if not (VENV / ".ready").exists():
        return f"{VENV.name} is not there: install Python 3.13 and run make {VENV.name}/.ready"
    return "" if BINARY.exists() else f"{BINARY} is not there: make test"


@contextlib.contextmanager
def running(folder: Path) -> Iterator[Lab]:
    """Run it, with what it writes in a folder."""
    port = free_port()
    lab = Lab(f"http://127.0.0.1:{port}")
    pids, log = folder / "pids", folder / "log"
    pids.touch()
    own = {
        "LAMBDA_RUNTIME_EXECUTOR": "process",
        "LAMBDA_RIE": str(BINARY),
        "LAMBDA_PYTHON": sys.executable,
        "LAMBDA_PIDS": str(pids),
        "LAMBDA_KEEPALIVE_MS": "60000",
        "PYTHONPATH": os.pathsep.join([str(Path(__file__).with_name("plugin")), str(ROOT)]),
        "GATEWAY_LISTEN": f"127.0.0.1:{port}",
        "LOCALSTACK_HOST": f"localhost.localstack.cloud:{port}",
        "LOCALSTACK_VOLUME_DIR": str(folder / "state"),
        "FILESYSTEM_ROOT": str(folder / "state"),
        "XDG_CACHE_HOME": str(folder / "cache"),
        "SKIP_SSL_CERT_DOWNLOAD": "1",
        "DISABLE_EVENTS": "1",
        "DNS_ADDRESS": "0",
    }
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "FIRSTSIGHT_"))}
    (folder / "state").mkdir()
    with log.open("wb") as output:
        process = subprocess.Popen(
            [VENV / "bin" / "python", "-m", "localstack.runtime.main"],
            env=kept | own,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            start_new_session=True,
        )
    try:
        _wait(lab.address, process, log)
        yield lab
    finally:
        for pid in [process.pid, *map(int, pids.read_text().split())]:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(pid, signal.SIGKILL)
        process.wait()


def _wait(address: str, process: "subprocess.Popen[bytes]", log: Path) -> None:
    deadline = time.monotonic() + 120
    while time.monotonic() < deadline and process.poll() is None:
        with contextlib.suppress(OSError), urllib.request.urlopen(f"{address}/_localstack/health", timeout=5):
            return
        time.sleep(0.25)
    raise AssertionError(f"LocalStack did not start:\n{log.read_text(errors='replace')[-2000:]}")
