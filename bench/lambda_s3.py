"""
As much of S3 as the functions ask for, as slow as S3 is: `python -m bench.lambda_s3 FOLDER` prints its address.

Each request waits for its first byte, and bodies leave at a set rate. A GET of `n/NAME` is the file NAME of the folder,
whatever n is, so that there are as many sources as anybody asks for; what has been put is kept, and is there from then
on. `POST /forget` forgets it.
"""

import contextlib
import hashlib
import sys
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

#: Seconds to the first byte, and bytes a second after it.
LATENCY, RATE = 0.015, 80_000_000
PIECE = 65_536

KEPT: dict[str, tuple[bytes, dict[str, str]]] = {}


class Handler(BaseHTTPRequestHandler):
    """Answers GET, HEAD and PUT by the path alone; nobody is refused."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = -1
    sources: dict[str, bytes]

    def do_GET(self) -> None:
        self._wait()
        key = self.path.partition("?")[0].removeprefix("/").partition("/")[2]
        data, headers = KEPT.get(key) or (self.sources.get(key.rpartition("/")[2]), {"Content-Type": "image/jpeg"})
        if data is None:
            self._answer(404, b"<Error><Code>NoSuchKey</Code></Error>", {"Content-Type": "application/xml"})
        else:
            etag = f'"{hashlib.md5(key.encode(), usedforsecurity=False).hexdigest()}"'
            self._answer(200, data, {"ETag": etag, "Last-Modified": "Tue, 06 Jan 2026 10:00:00 GMT", **headers})

    do_HEAD = do_GET  # noqa: N815 # the name that http.server looks for

    def do_PUT(self) -> None:
        data = self._body()
        self._wait()
        key = self.path.partition("?")[0].removeprefix("/").partition("/")[2]
        kept = ("content-type", "cache-control")
        headers = {n: v for n, v in self.headers.items() if n.lower() in kept or n.lower().startswith("x-amz-meta-")}
        KEPT[key] = data, headers
        self._answer(200, b"", {"ETag": '"0"'})

    def do_POST(self) -> None:
        KEPT.clear()
        self._answer(200, b"", {})

    def _wait(self) -> None:
        time.sleep(LATENCY)

    def _body(self) -> bytes:
        assert "chunked" not in self.headers.get("Transfer-Encoding", "")
        return self.rfile.read(int(self.headers.get("Content-Length", 0)))

    def _answer(self, status: int, data: bytes, headers: dict[str, str]) -> None:
        self.send_response(status)
        for name, value in {**headers, "Content-Length": str(len(data))}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.flush()
        began = time.perf_counter()
        for start in range(0, len(data) if self.command != "HEAD" else 0, PIECE):
            time.sleep(max(0.0, began + start / RATE - time.perf_counter()))
            self.wfile.write(data[start : start + PIECE])
        self.wfile.flush()

    def handle(self) -> None:
        with contextlib.suppress(ConnectionError):  # a function that has been ended
            super().handle()

    def log_message(self, format: str, *args: object) -> None:
        pass


def main() -> None:
    Handler.sources = {path.name: path.read_bytes() for path in Path(sys.argv[1]).iterdir() if path.is_file()}
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    print(f"http://127.0.0.1:{server.server_port}", flush=True)
    server.serve_forever()


if __name__ == "__main__":
    main()
