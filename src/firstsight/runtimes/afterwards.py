"""
What a Lambda function does after it has answered.

Lambda freezes a function as soon as it has answered, unless an extension is still at work: then the client has its
answer, and the function goes on until the extension asks for the next event (Lambda developer guide, Extensions API,
"internal extensions"). So the store's confirmation of a put does not stand between an image and who waits for it. Where
no extension can be registered, what is left to do is done before the answer.
"""

import http.client
import json
import os
import queue
import threading
from collections.abc import Callable

Task = Callable[[], None]

_NAME = "firstsight-afterwards"
_PATH = "/2020-01-01/extension"


class Afterwards:
    """Runs a task after the answer to the invocation in which it was given. Every invocation must give one."""

    def __init__(self) -> None:
        self._tasks: queue.SimpleQueue[Task] = queue.SimpleQueue()
        self._registered = False
        address = os.environ.get("AWS_LAMBDA_RUNTIME_API")
        if address:
            self._register(address)

    def run(self, task: Task) -> None:
        """Run a task once the answer is out, or at once where that cannot be."""
        if self._registered:
            self._tasks.put(task)
        else:
            task()

    def _register(self, address: str) -> None:
        connection = http.client.HTTPConnection(address)
        headers = {"Lambda-Extension-Name": _NAME, "Content-Type": "application/json"}
        try:
            connection.request("POST", f"{_PATH}/register", json.dumps({"events": ["INVOKE"]}), headers)
            answer = connection.getresponse()
            answer.read()
        except OSError:
            return
        identifier = answer.getheader("Lambda-Extension-Identifier")
        if answer.status != 200 or identifier is None:
            return
        self._registered = True
        threading.Thread(target=self._follow, args=(connection, identifier), daemon=True).start()

    def _follow(self, connection: http.client.HTTPConnection, identifier: str) -> None:
        while True:
            connection.request("GET", f"{_PATH}/event/next", headers={"Lambda-Extension-Identifier": identifier})
            connection.getresponse().read()  # answers when there is an invocation
            self._tasks.get()()
