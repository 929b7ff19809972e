"""
A store as S3 answers, on loopback: path-style GET and HEAD of the files of a folder, slow on purpose.

Each answer begins after a latency; its bytes then leave at a rate, by a bucket of tokens that is paid out piece by
piece. It stands for a bucket in the same region as the function that reads it.
"""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from email.utils import formatdate
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

BUCKET = "slow"
PIECE = 32_768


@contextmanager
def serve(folder: Path, *, latency: float, rate: float) -> Iterator[str]:
    """Serve a folder as the bucket `slow`, with a latency in seconds and a rate in bytes a second; gives its URL."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True  # or the last piece would wait 40 ms for the client's delayed acknowledgement

        def do_HEAD(self) -> None:
            self._answer(body=False)

        def do_GET(self) -> None:
            self._answer(body=True)

        def log_message(self, format: str, *args: object) -> None:
            pass

        def _answer(self, *, body: bool) -> None:
            began = time.perf_counter()
            path = folder / self.path.removeprefix(f"/{BUCKET}/").partition("?")[0]
            found = path.is_file()
            data = path.read_bytes() if found else b""
            time.sleep(max(0, began + latency - time.perf_counter()))
            self.send_response(200 if found else 404)
            self.send_header("Content-Length", str(len(data)))
            self.send_header("ETag", f'"{len(data):x}"')
            self.send_header("Last-Modified", formatdate(0, usegmt=True))
            self.end_headers()
            if body:
                self._pay_out(data)

        def _pay_out(self, data: bytes) -> None:
            began = time.perf_counter()
            pieces = memoryview(data)
            for start in range(0, len(data), PIECE):
                due = began + min(start + PIECE, len(data)) / rate
                time.sleep(max(0, due - time.perf_counter()))
                self.wfile.write(pieces[start : start + PIECE])

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def main() -> None:
    """Serve until the input ends: `python -m bench.slow_store FOLDER LATENCY RATE` prints the endpoint first."""
    import sys

    folder, latency, rate = sys.argv[1:]
    with serve(Path(folder), latency=float(latency), rate=float(rate)) as endpoint:
        print(endpoint, flush=True)
        sys.stdin.read()


if __name__ == "__main__":
    main()
