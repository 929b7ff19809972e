"""
A wire between a runtime and Lambda's runtime API that sees when an answer is handed over.

Lambda sends an answer on as soon as the runtime has handed it over, and lets extensions finish after that (Lambda
developer guide, Extensions API; since May 2021). The emulator waits for the extensions first, so what its caller
measures has work in it that Lambda's caller does not wait for.
"""

import contextlib
import socket
import threading
import time

ACCEPTED = b"HTTP/1.1 202"
HOST = "127.0.0.1"


class Tap:
    """Passes on what comes, both ways. `answered` is when the last answer had been taken."""

    def __init__(self, upstream: int) -> None:
        self._upstream = upstream
        self._listener = socket.create_server((HOST, 0))
        self.port: int = self._listener.getsockname()[1]
        self.answered = 0.0
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self) -> None:
        """Take no more."""
        self._listener.close()

    def _accept(self) -> None:
        while True:
            try:
                near, _ = self._listener.accept()
                far = socket.create_connection((HOST, self._upstream))
            except OSError:
                return
            for one in (near, far):
                one.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            for pair in ((near, far, False), (far, near, True)):
                threading.Thread(target=self._pass, args=pair, daemon=True).start()

    def _pass(self, source: socket.socket, target: socket.socket, back: bool) -> None:
        with contextlib.suppress(OSError):
            while data := source.recv(1 << 20):
                if back and data.startswith(ACCEPTED):
                    self.answered = time.perf_counter()
                target.sendall(data)
        with contextlib.suppress(OSError):
            target.shutdown(socket.SHUT_WR)
