"""Which certificates are read: over TLS, with an authority that is in the one file, and with one that is not."""

import datetime
import http.server
import ipaddress
import os
import ssl
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

PROGRAM = """
import os, sys
from firstsight.stores import certificates, open_store
certificates.FILES = (sys.argv[1],)
certificates.read_file_only()
print(os.environ.get("SSL_CERT_FILE"), os.environ.get("SSL_CERT_DIR"))
print(open_store("s3://bucket").head("cat.jpg").size)
"""


def certificate(folder: Path, name: str) -> tuple[Path, Path]:
    """Make one for loopback that stands for itself; its file, and that of its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    now = datetime.datetime.now(datetime.UTC)
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    builder = x509.CertificateBuilder().subject_name(subject).issuer_name(subject).public_key(key.public_key())
    builder = builder.serial_number(x509.random_serial_number()).not_valid_before(now - datetime.timedelta(days=1))
    builder = builder.not_valid_after(now + datetime.timedelta(days=1))
    address = x509.IPAddress(ipaddress.ip_address("127.0.0.1"))
    made = builder.add_extension(x509.SubjectAlternativeName([address]), critical=False).sign(key, hashes.SHA256())
    files = folder / f"{name}.pem", folder / f"{name}.key"
    files[0].write_bytes(made.public_bytes(serialization.Encoding.PEM))
    formats = serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    files[1].write_bytes(key.private_bytes(serialization.Encoding.PEM, *formats))
    return files


class Handler(http.server.BaseHTTPRequestHandler):
    """As much of S3 as is asked for here."""

    def do_HEAD(self) -> None:
        self.send_response(200)
        self.send_header("Content-Length", "1234")
        self.send_header("ETag", '"tag"')
        self.send_header("Last-Modified", "Tue, 06 Jan 2026 10:00:00 GMT")
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:
        pass


@pytest.fixture
def trusted(tmp_path: Path) -> tuple[Path, Path]:
    return certificate(tmp_path, "trusted")


@pytest.fixture
def address(trusted: tuple[Path, Path]) -> Iterator[str]:
    """A store behind TLS."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*trusted)
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    server.handle_error = lambda *_: None  # type: ignore[method-assign] # a client that trusts nobody hangs up
    server.socket = context.wrap_socket(server.socket, server_side=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"https://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


def ask(address: str, file: Path, **variables: str) -> "subprocess.CompletedProcess[str]":
    """Look an object up in a process that finds its certificates in a file."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "SSL_"))}
    keys = {"AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test", "AWS_REGION": "eu-central-1"}
    environment = {**kept, **keys, "AWS_ENDPOINT_URL": address, **variables}
    command = [sys.executable, "-c", PROGRAM, str(file)]
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=False)


def test_a_store_is_trusted_by_the_one_file(address: str, trusted: tuple[Path, Path]) -> None:
    done = ask(address, trusted[0])
    assert done.stdout.splitlines() == [f"{trusted[0]} {os.devnull}", "1234"], done.stderr


def test_a_store_that_the_file_does_not_know_is_not_trusted(address: str, tmp_path: Path) -> None:
    done = ask(address, certificate(tmp_path, "other")[0])
    assert done.returncode != 0
    assert "StoreFailed" in done.stderr


def test_what_somebody_has_said_stays(address: str, trusted: tuple[Path, Path], tmp_path: Path) -> None:
    done = ask(address, certificate(tmp_path, "other")[0], SSL_CERT_FILE=str(trusted[0]))
    assert done.stdout.splitlines() == [f"{trusted[0]} None", "1234"], done.stderr


def test_without_such_a_file_nothing_is_changed(address: str, tmp_path: Path) -> None:
    done = ask(address, tmp_path / "nothing")
    assert done.stdout.splitlines()[0] == "None None"
