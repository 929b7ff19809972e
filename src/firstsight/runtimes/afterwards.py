"""
What a Lambda function does after it has answered.

Lambda freezes a function as soon as it has answered, unless an extension is still at work: then the client has its
answer, and the function goes on until the extension asks for the next event (Lambda developer guide, Extensions API,
"internal extensions"). So the store's confirmation of a put does not stand between an image and who waits for it. Where
no extension can be registered, what is left to do is done before the answer.
"""

import _socket  # what `socket` is made of, which makes enums of its numbers first: 3 ms of a cold start
import logging
import os
import re
import threading
from collections import deque
from collections.abc import Callable

Task = Callable[[], None]

_NAME = "firstsight-afterwards"
_PATH = "/2020-01-01/extension"
_EVENTS = b'{"events": ["INVOKE"]}'
_ANSWERED = re.compile(rb"HTTP/1\.[01] 200 ")
_IDENTIFIER = re.compile(rb"^Lambda-Extension-Identifier: *(\S+)", re.MULTILINE | re.IGNORECASE)


class Afterwards:
    """Runs a task after the answer to the invocation in which it was given. Every invocation must give one."""

    def __init__(self) -> None:
        self._tasks: deque[Task] = deque()
        self._given = threading.Semaphore(0)
        #: Whether there is an after.
        self.registered = False
        address = os.environ.get("AWS_LAMBDA_RUNTIME_API")
        if address:
            self._register(address)

    def run(self, task: Task) -> None:
        """Run a task once the answer is out, or at once where that cannot be."""
        if self.registered:
            self._tasks.append(task)
            self._given.release()
        else:
            task()

    def _register(self, address: str) -> None:
        try:
            answer = _ask(address, f"POST {_PATH}/register", f"Lambda-Extension-Name: {_NAME}", _EVENTS)
        except OSError:
            return
        identifier = _IDENTIFIER.search(answer)
        if not _ANSWERED.match(answer) or identifier is None:
            return
        self.registered = True
        threading.Thread(target=self._follow, args=(address, identifier[1].decode()), daemon=True).start()

    def _follow(self, address: str, identifier: str) -> None:
        while True:
            try:  # answers when there is an invocation
                _ask(address, f"GET {_PATH}/event/next", f"Lambda-Extension-Identifier: {identifier}")
            except OSError:  # the environment is being taken down
                return
            self._given.acquire()
            task = self._tasks.popleft()
            try:
                task()
            except Exception:  # whoever waits for the next event must go on, or the function never ends
                logging.getLogger("firstsight").exception("what was to be done after the answer failed")


def _ask(address: str, request: str, header: str, body: bytes = b"") -> bytes:
    """
    Give the head and the body of an answer as they come.

    Python's own client would bring its parsers of mail and its encryption along, a tenth of the cold start. By HTTP/1.0
    the answer comes in one piece and ends with the connection.
    """
    host, _, port = address.partition(":")
    head = f"{request} HTTP/1.0\r\nHost: {address}\r\n{header}\r\nContent-Length: {len(body)}\r\n\r\n"
    connection = _socket.socket(_socket.AF_INET, _socket.SOCK_STREAM)
    try:
        connection.connect((host, int(port or 80)))
        connection.sendall(head.encode("ascii") + body)
        return b"".join(iter(lambda: connection.recv(65_536), b""))
    finally:
        connection.close()
