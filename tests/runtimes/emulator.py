"""AWS's own Runtime Interface Emulator with awslambdaric, running the function as a process on loopback."""

import base64
import contextlib
import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.ports import free_port

BINARY = Path(sys.prefix) / "bin" / "aws-lambda-rie"
HANDLER = "firstsight.runtimes.lambda_function.handler"
_INVOKE = "/2015-03-31/functions/function/invocations"


@dataclass(frozen=True)
class Answered:
    """What a front would send on: the answer of the function, decoded."""

    status: int
    headers: dict[str, str]
    body: bytes


class Emulator:
    """One execution environment."""

    def __init__(self, process: "subprocess.Popen[bytes]", port: int, log: Path) -> None:
        self.process, self.port, self._log = process, port, log

    def invoke(self, event: Mapping[str, Any]) -> Any:
        """Give what the function returns for an event."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        with contextlib.closing(connection):
            connection.request("POST", _INVOKE, json.dumps(event))
            return json.loads(connection.getresponse().read())

    def ask(self, event: Mapping[str, Any]) -> Answered:
        """Invoke with a request event and decode the answer as a front does."""
        answer = self.invoke(event)
        assert "statusCode" in answer, answer
        headers = answer.get("headers") or {name: values[0] for name, values in answer["multiValueHeaders"].items()}
        assert answer["isBase64Encoded"] is True
        lower = {name.lower(): value for name, value in headers.items()}
        return Answered(answer["statusCode"], lower, base64.b64decode(answer["body"]))

    def lines(self, *, status: int | None = None) -> list[dict[str, Any]]:
        """Give the log's lines of JSON, once those of earlier invocations have been written."""
        time.sleep(0.2)  # what is done after the answer is logged after it
        text = self._log.read_text(errors="replace").splitlines()
        lines = [json.loads(line) for line in text if line.startswith('{"time"') and '"level"' in line]
        return [line for line in lines if status is None or line.get("status") == status]

    def text(self) -> str:
        """Give all of the log."""
        return self._log.read_text(errors="replace")


def variables(address: str, bucket: str) -> dict[str, str]:
    """Give the variables of a function over a bucket of an S3 on loopback."""
    return {
        "AWS_ENDPOINT_URL": address,
        "AWS_REGION": "eu-central-1",
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "FIRSTSIGHT_SOURCE": f"s3://{bucket}",
        "FIRSTSIGHT_ACCESS": "open",
    }


@contextlib.contextmanager
def emulator(
    folder: Path,
    environment: Mapping[str, str],
    *,
    python: str = sys.executable,
    code: Path | None = None,
    handler: str = HANDLER,
    timeout: int = 10,
) -> Iterator[Emulator]:
    """Start an execution environment; it is gone at the end."""
    port, runtime_port = free_port(), free_port()
    log = folder / "function.log"
    given = {
        "PATH": os.environ["PATH"],
        "HOME": str(folder),
        "LAMBDA_TASK_ROOT": str(code or folder),
        "AWS_LAMBDA_FUNCTION_TIMEOUT": str(timeout),
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": "1536",
        **({"PYTHONPATH": str(code)} if code else {}),
        **environment,
    }
    command = [str(BINARY), "--log-level", "warn"]
    command += ["--runtime-interface-emulator-address", f"127.0.0.1:{port}"]
    command += ["--runtime-api-address", f"127.0.0.1:{runtime_port}"]
    command += [python, "-m", "awslambdaric", handler]
    with log.open("wb") as output:
        process = subprocess.Popen(
            command, cwd=code or folder, env=given, stdout=output, stderr=subprocess.STDOUT, start_new_session=True
        )
    try:
        _wait_for(port, process, log)
        yield Emulator(process, port, log)
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def _wait_for(port: int, process: "subprocess.Popen[bytes]", log: Path) -> None:
    until = time.monotonic() + 60
    while time.monotonic() < until and process.poll() is None:
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
            return
        time.sleep(0.02)
    raise AssertionError(f"the emulator did not start (exit code {process.poll()}): {log.read_text(errors='replace')}")
