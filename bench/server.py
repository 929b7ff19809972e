"""
Requests per second of a derivative that is stored: `firstsight serve` on loopback, driven by wrk.

Server and wrk share the machine, so a server alone on it gives more.
"""

import os
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from bench import photos
from bench.missing import Missing
from bench.tables import Report, Table

PATH = "/coffee.png/300x200.webp"
CONNECTIONS = (2, 64)
SECONDS = 5


def run() -> Report:
    """Measure with few connections and with many, then a request that the client has already."""
    wrk = shutil.which("wrk")
    if wrk is None:
        raise Missing("wrk", "apt-get install wrk")
    with _serve() as address:
        with urllib.request.urlopen(address + PATH) as response:
            size, etag = len(response.read()), response.headers["ETag"]
        rows = [_drive(wrk, address, "stored, 200", count) for count in CONNECTIONS]
        rows += [_drive(wrk, address, "unchanged, 304", count, "-H", f"If-None-Match: {etag}") for count in CONNECTIONS]
    table = Table(
        "Serving what is stored",
        ("request", "connections", "requests/s", "median, ms", "99 %, ms", "errors"),
        rows,
        note=f"One worker process, a WebP of {size / 1000:.0f} KB from a folder, {SECONDS} s each; wrk beside it.",
    )
    return Report([table])


def _drive(wrk: str, address: str, name: str, connections: int, *headers: str) -> tuple[str | int | float, ...]:
    command = [wrk, "-t1", f"-c{connections}", f"-d{SECONDS}s", "--latency", *headers, address + PATH]
    said = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    rate = re.search(r"Requests/sec:\s+([\d.]+)", said)
    half, most = (re.search(rf"\s{share}%\s+([\d.]+)(us|ms|s)", said) for share in (50, 99))
    errors = re.search(r"Non-2xx or 3xx responses: (\d+)", said)
    if rate is None or half is None or most is None:
        raise RuntimeError(f"wrk gave no figures: {said}")
    unit = {"us": 0.001, "ms": 1.0, "s": 1000.0}
    times = [float(found[1]) * unit[found[2]] for found in (half, most)]
    return name, connections, round(float(rate[1])), *times, int(errors[1]) if errors else 0


@contextmanager
def _serve() -> Iterator[str]:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    firstsight = Path(sys.executable).with_name("firstsight")
    with tempfile.TemporaryDirectory() as folder:
        command = [str(firstsight), "serve", str(photos.EXAMPLES), "--derivatives", folder, "--port", str(port)]
        with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=os.environ) as process:
            try:
                _wait(f"http://127.0.0.1:{port}", process)
                yield f"http://127.0.0.1:{port}"
            finally:
                process.terminate()
                process.wait(20)


def _wait(address: str, process: "subprocess.Popen[bytes]") -> None:
    for _ in range(100):
        if process.poll() is not None:
            raise RuntimeError(f"firstsight serve ended with {process.returncode}")
        try:
            with urllib.request.urlopen(f"{address}/healthz"):
                return
        except OSError:
            time.sleep(0.1)
    raise RuntimeError("firstsight serve did not answer within 10 s")
