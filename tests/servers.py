"""
Servers that tests run on loopback: object stores that behave, and one that does not.

    s3_server()     moto's S3, in this process
    aws_server()    moto's AWS, in a process of its own: what is done to it is done to no other test
    gs_server()     the same in the words of Google's XML API, which is S3's with other header names
    az_server(...)  Azurite, Microsoft's emulator of Azure Blob Storage, a Node program
    HostileS3       an S3 that refuses, stalls, cuts short, or is somewhere else
"""

import base64
import contextlib
import hashlib
import hmac
import os
import shutil
import socket
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import quote

from tests.ports import free_port

#: Azurite's one account and its key, which are public and the same everywhere.
AZURITE_ACCOUNT = "devstoreaccount1"
AZURITE_KEY = "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw=="

Application = Callable[[dict[str, Any], Any], Iterable[bytes]]


@contextlib.contextmanager
def s3_server() -> Iterator[str]:
    """Run moto's S3; its address."""
    with _moto(lambda application: application) as address:
        yield address


@contextlib.contextmanager
def aws_server() -> Iterator[str]:
    """Run moto in a process of its own, which may be reset; its address."""
    port = free_port()
    command = [sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", str(port)]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        try:
            until = time.monotonic() + 30
            while True:
                with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
                    break
                assert time.monotonic() < until, "moto does not start"
                time.sleep(0.05)
            yield f"http://127.0.0.1:{port}"
        finally:
            process.kill()


@contextlib.contextmanager
def gs_server() -> Iterator[str]:
    """
    Run moto's S3 in the words of Google's XML API; its address.

    Neither of the emulators of Google Cloud Storage takes a put of the XML API, which obstore speaks.
    """
    with _moto(_google) as address:
        yield address


@contextlib.contextmanager
def _moto(layer: Callable[[Application], Application]) -> Iterator[str]:
    from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app
    from werkzeug.serving import make_server

    application = layer(DomainDispatcherApplication(create_backend_app))
    server = make_server("127.0.0.1", 0, application, threaded=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def _google(application: Application) -> Application:
    def answer(environ: dict[str, Any], start: Any) -> Iterable[bytes]:
        for name in [name for name in environ if name.startswith("HTTP_X_GOOG_META_")]:
            environ[name.replace("GOOG", "AMZ")] = environ.pop(name)
        if environ.pop("HTTP_X_GOOG_IF_GENERATION_MATCH", None) == "0":
            environ["HTTP_IF_NONE_MATCH"] = "*"
        environ["HTTP_AUTHORIZATION"] = signature()
        path = quote(environ["PATH_INFO"].encode("latin-1"))  # obstore encodes the slashes of a key, too
        environ["RAW_URI"] = environ["REQUEST_URI"] = "?".join(filter(None, [path, environ.get("QUERY_STRING")]))

        def begin(status: str, headers: list[tuple[str, str]], *more: Any) -> Any:
            told = [(name.lower().replace("x-amz-meta-", "x-goog-meta-"), value) for name, value in headers]
            return start(status, [*told, ("x-goog-generation", "1")], *more)

        return application(environ, begin)

    return answer


def make_bucket(address: str, name: str, region: str = "us-east-1") -> None:
    """Make a bucket in a region of moto's."""
    where = f"<LocationConstraint>{region}</LocationConstraint>" if region != "us-east-1" else ""
    body = f"<CreateBucketConfiguration>{where}</CreateBucketConfiguration>".encode() if where else b""
    _send("PUT", f"{address}/{name}", body, Authorization=signature(region))


def signature(region: str = "us-east-1") -> str:
    """An Authorization that is enough for moto, which reads the region and the service from it."""
    return f"AWS4-HMAC-SHA256 Credential=a/20260101/{region}/s3/aws4_request, Signature=b"


@contextlib.contextmanager
def az_server(node: str, npm: str, source: Path, cache: Path) -> Iterator[str]:
    """Run Azurite, installed once into a cache folder; its address."""
    program = _installed(npm, source, cache) / "node_modules" / "azurite" / "dist" / "src" / "blob" / "main.js"
    port = free_port()
    options = ["--blobHost", "127.0.0.1", "--blobPort", str(port), "--inMemoryPersistence", "--silent"]
    quiet = ["--disableTelemetry", "--skipApiVersionCheck"]
    with (cache / "azurite.log").open("wb") as log:
        process = subprocess.Popen([node, str(program), *options, *quiet], cwd=cache, stdout=log, stderr=log)
    try:
        _wait_for(port, process)
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait(timeout=30)


def _installed(npm: str, source: Path, cache: Path) -> Path:
    """The packages of a lock file, installed once in a folder that is named for what the file says."""
    digest = hashlib.sha256((source / "package-lock.json").read_bytes()).hexdigest()[:16]
    folder = cache / f"azurite-{digest}"
    if folder.is_dir():
        return folder
    building = cache / f"{folder.name}.{os.getpid()}"  # of this process alone, and in its place only when it is whole
    building.mkdir(parents=True)
    for name in ("package.json", "package-lock.json", ".npmrc"):
        shutil.copy(source / name, building)
    command = [npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"]
    done = subprocess.run(command, cwd=building, capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, f"npm ci in {source}: {done.stderr}"
    with contextlib.suppress(OSError):  # another process was quicker
        building.rename(folder)
    shutil.rmtree(building, ignore_errors=True)
    return folder


def _wait_for(port: int, process: "subprocess.Popen[bytes]") -> None:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        assert process.poll() is None, "the server stopped by itself"
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
            return
        time.sleep(0.05)
    raise AssertionError("the server does not listen")


def make_container(address: str, name: str) -> None:
    """Make a container in Azurite."""
    date = datetime.now(UTC).strftime("%a, %d %b %Y %H:%M:%S GMT")
    version = "2021-12-02"
    resource = f"/{AZURITE_ACCOUNT}/{AZURITE_ACCOUNT}/{name}\nrestype:container"
    text = "PUT" + "\n" * 12 + f"x-ms-date:{date}\nx-ms-version:{version}\n{resource}"
    mac = base64.b64encode(hmac.new(base64.b64decode(AZURITE_KEY), text.encode(), hashlib.sha256).digest()).decode()
    headers = {"x-ms-date": date, "x-ms-version": version, "Authorization": f"SharedKey {AZURITE_ACCOUNT}:{mac}"}
    _send("PUT", f"{address}/{AZURITE_ACCOUNT}/{name}?restype=container", b"", **headers)


def _send(method: str, url: str, body: bytes, **headers: str) -> None:
    kind = {"Content-Type": "application/xml"} if body else {"Content-Length": "0"}
    request = urllib.request.Request(url, data=body or None, method=method, headers=kind | headers)
    with urllib.request.urlopen(request, timeout=10) as answer:
        answer.read()


@dataclass
class HostileS3:
    """
    An S3 whose bucket's name says how it behaves: one of BEHAVIOURS.

    `requests` are the methods and paths that were asked; `body` is what an object holds as far as it is told.
    """

    body: bytes = b"x" * 300_000
    requests: list[tuple[str, str]] = field(default_factory=list)
    over: threading.Event = field(default_factory=threading.Event)
    address: str = ""
    there: bool = False

    @contextlib.contextmanager
    def running(self) -> Iterator["HostileS3"]:
        """Run it."""
        hostile = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            disable_nagle_algorithm = True

            def log_message(self, *_: object) -> None:
                pass

            def answer(self) -> None:
                self.rfile.read(int(self.headers.get("Content-Length") or 0))
                hostile.requests.append((self.command, self.path))
                with contextlib.suppress(OSError):
                    BEHAVIOURS[self.path.split("/")[1].partition("?")[0]](hostile, self)

            do_GET = do_HEAD = do_PUT = do_POST = do_DELETE = answer  # what http.server asks for

        server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        server.daemon_threads = True
        self.address = f"http://127.0.0.1:{server.server_port}"
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        try:
            yield self
        finally:
            self.over.set()
            server.shutdown()
            thread.join()
            server.server_close()


#: Seconds after which a server that is too slow does answer: more than any test is ready to wait.
LATE = 10

Behaviour = Callable[[HostileS3, BaseHTTPRequestHandler], None]


def refuses(status: int, code: str, **headers: str) -> Behaviour:
    """Answer everything with one of S3's errors."""

    def behave(hostile: HostileS3, request: BaseHTTPRequestHandler) -> None:
        body = f"<?xml version='1.0' encoding='UTF-8'?><Error><Code>{code}</Code></Error>".encode()
        request.send_response(status)
        request.send_header("Content-Length", str(len(body)))
        for name, value in headers.items():
            request.send_header(name.replace("_", "-"), value)
        request.end_headers()
        if request.command != "HEAD":
            request.wfile.write(body)

    return behave


def is_late(hostile: HostileS3, request: BaseHTTPRequestHandler) -> None:
    """Answer when nobody should be waiting any more."""
    hostile.over.wait(LATE)
    refuses(404, "NoSuchKey")(hostile, request)


def sends_the_rest_late(hostile: HostileS3, request: BaseHTTPRequestHandler) -> None:
    """Send the second half of a body when nobody should be waiting any more."""
    hostile.over.wait(LATE)
    request.wfile.write(hostile.body[len(hostile.body) // 2 :])


def _half(then: Callable[[HostileS3, BaseHTTPRequestHandler], object]) -> Behaviour:
    def behave(hostile: HostileS3, request: BaseHTTPRequestHandler) -> None:
        whole, start = hostile.body, 0
        asked = request.headers.get("Range")
        if asked:
            start = int(asked.removeprefix("bytes=").partition("-")[0])
        request.send_response(206 if asked else 200)
        if asked:
            request.send_header("Content-Range", f"bytes {start}-{len(whole) - 1}/{len(whole)}")
        request.send_header("Content-Length", str(len(whole) - start))
        request.send_header("Last-Modified", "Tue, 24 Nov 2026 10:00:00 GMT")
        request.send_header("ETag", '"e"')
        request.end_headers()
        if request.command == "GET":
            request.wfile.write(whole[start : max(start, len(whole) // 2)])
            request.wfile.flush()
            then(hostile, request)
            request.close_connection = True

    return behave


def knows_no_conditions(hostile: HostileS3, request: BaseHTTPRequestHandler) -> None:
    """Take any put but a conditional one, as some makers' stores do."""
    if "If-None-Match" in request.headers:
        refuses(501, "NotImplemented")(hostile, request)
    elif request.command == "PUT":
        hostile.there = True
        refuses(200, "Stored", ETag='"e"')(hostile, request)
    elif hostile.there:
        _half(lambda hostile, request: None)(hostile, request)
    else:
        refuses(404, "NoSuchKey")(hostile, request)


def is_busy_at_first(hostile: HostileS3, request: BaseHTTPRequestHandler) -> None:
    """Answer "slow down" once, and then as asked."""
    if len(hostile.requests) == 1:
        refuses(503, "SlowDown")(hostile, request)
    else:
        refuses(200, "Stored", ETag='"e"')(hostile, request)


def changes(hostile: HostileS3, request: BaseHTTPRequestHandler) -> None:
    """Cut a body in half, and hold something else of the same length from then on."""
    asked = request.headers.get("Range")
    if asked is None:
        _half(lambda hostile, request: None)(hostile, request)
        return
    whole = hostile.body[::-1]
    start = int(asked.removeprefix("bytes=").partition("-")[0])
    if request.headers.get("If-Match", '"f"') != '"f"':
        refuses(412, "PreconditionFailed")(hostile, request)
        return
    request.send_response(206)
    request.send_header("Content-Range", f"bytes {start}-{len(whole) - 1}/{len(whole)}")
    request.send_header("Content-Length", str(len(whole) - start))
    request.send_header("Last-Modified", "Tue, 24 Nov 2026 10:00:00 GMT")
    request.send_header("ETag", '"f"')
    request.end_headers()
    request.wfile.write(whole[start:])


BEHAVIOURS: dict[str, Behaviour] = {
    "forbids": refuses(403, "AccessDenied"),
    "unknown-key-id": refuses(403, "InvalidAccessKeyId"),
    "unauthorized": refuses(401, "Unauthorized"),
    "expired": refuses(400, "ExpiredToken"),
    "busy": refuses(503, "SlowDown"),
    "broken": refuses(500, "InternalError"),
    "no-bucket": refuses(404, "NoSuchBucket"),
    "elsewhere": refuses(301, "PermanentRedirect", x_amz_bucket_region="eu-central-1"),
    "signed-for-elsewhere": refuses(400, "AuthorizationHeaderMalformed", x_amz_bucket_region="eu-central-1"),
    "silent": is_late,
    "stalls": _half(sends_the_rest_late),
    "unconditional": knows_no_conditions,
    "cuts": _half(lambda hostile, request: None),
    "busy-at-first": is_busy_at_first,
    "changes": changes,
}


def clear_environment(environ: Iterable[str] = os.environ) -> list[str]:
    """The variables of this machine that a store would find credentials or an endpoint in."""
    return [name for name in environ if name.startswith(("AWS_", "GOOGLE_", "AZURE_", "AZURITE_"))]
