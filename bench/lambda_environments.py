"""Execution environments of Lambda, under Amazon's emulator: ours and Node's, and what is asked of them."""

import base64
import contextlib
import http.client
import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from bench.lambda_tap import Tap
from bench.missing import Missing
from tests.ports import free_port

EMULATOR = Path(sys.prefix) / "bin" / "aws-lambda-rie"
HOST = "127.0.0.1"
INVOKE = "/2015-03-31/functions/function/invocations"


@dataclass(frozen=True, slots=True)
class Function:
    """What is run: a command that is a runtime with its function, in a folder, with variables."""

    name: str
    command: tuple[str, ...]
    folder: Path
    environment: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Environment:
    """One that has been started; the runtime in it starts with the first invocation."""

    process: "subprocess.Popen[bytes]"
    connection: http.client.HTTPConnection
    tap: Tap

    def make(self, path: str) -> tuple[float, int]:
        """Ask for an image: the seconds from the invocation until Lambda has the answer, and the answer's bytes."""
        event = json.dumps(_event(path))
        began = time.perf_counter()
        self.connection.request("POST", INVOKE, event)
        answer = self.connection.getresponse().read()
        seconds = self.tap.answered - began
        told = json.loads(answer)
        if told.get("statusCode") != 200:
            raise RuntimeError(f"{path}: {answer[:2000]!r}")
        return seconds, len(base64.b64decode(told["body"]))

    def resident(self) -> float:
        """Give the memory of the runtime in MB."""
        [runtime] = _children(self.process.pid)
        status = Path(f"/proc/{runtime}/status").read_text()
        found = re.search(r"^VmRSS:\s+(\d+) kB", status, re.MULTILINE)
        assert found
        return int(found[1]) / 1000

    def processor(self) -> int:
        """Give the time that the runtime has had of the processors, in ticks of the kernel."""
        [runtime] = _children(self.process.pid)
        fields = Path(f"/proc/{runtime}/stat").read_text().rpartition(")")[2].split()
        return int(fields[11]) + int(fields[12])


@contextlib.contextmanager
def start(function: Function, log: Path) -> Iterator[Environment]:
    """Start an environment, which is gone at the end. Raises Missing without the emulator."""
    if not EMULATOR.exists():
        raise Missing("Amazon's emulator of Lambda", f"make {EMULATOR}")
    port, runtime = free_port(), free_port()
    given = {
        "PATH": os.environ["PATH"],
        "LAMBDA_TASK_ROOT": str(function.folder),
        "AWS_LAMBDA_FUNCTION_NAME": "function",
        "AWS_LAMBDA_FUNCTION_TIMEOUT": "30",
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": "1536",
        **function.environment,
    }
    command = [str(EMULATOR), "--log-level", "error", "--runtime-interface-emulator-address", f"{HOST}:{port}"]
    tap = Tap(runtime)
    command += ["--runtime-api-address", f"{HOST}:{runtime}"]
    # the emulator says where its runtime API is, and the runtime is to come by the tap
    command += ["sh", "-c", f'AWS_LAMBDA_RUNTIME_API={HOST}:{tap.port} exec "$0" "$@"', *function.command]
    with log.open("ab") as output:
        process = subprocess.Popen(
            command, cwd=function.folder, env=given, stdout=output, stderr=output, start_new_session=True
        )
    try:
        _wait_for(port)
        connection = http.client.HTTPConnection(HOST, port, timeout=60)
        with contextlib.closing(connection):
            yield Environment(process, connection, tap)
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        tap.close()


def _event(path: str) -> dict[str, Any]:
    """Give what a function URL sends."""
    domain = "bench.lambda-url.eu-central-1.on.aws"
    call = {"method": "GET", "path": path, "protocol": "HTTP/1.1", "sourceIp": HOST, "userAgent": "bench"}
    context = {"domainName": domain, "http": call, "requestId": "1", "stage": "$default"}
    headers = {"host": domain, "accept": "image/avif,image/webp,*/*", "x-forwarded-proto": "https"}
    return {
        "version": "2.0",
        "routeKey": "$default",
        "rawPath": path,
        "rawQueryString": "",
        "headers": headers,
        "requestContext": context,
        "isBase64Encoded": False,
    }


def _children(process: int) -> list[int]:
    tasks = Path(f"/proc/{process}/task").glob("*/children")
    return [int(child) for task in tasks for child in task.read_text().split()]


def _wait_for(port: int) -> None:
    for _ in range(500):
        with contextlib.suppress(OSError), socket.create_connection((HOST, port), 0.1):
            return
        time.sleep(0.01)
    raise RuntimeError("the emulator did not start")
