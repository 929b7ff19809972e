"""
The derivatives that are being made in this process.

Requests for the same derivative wait for one making of it. Only so many are made at a time, and whether a request may
wait for its turn is decided when it arrives (admission.py): a quick refusal is better than waiting in vain.
"""

import asyncio
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from firstsight.errors import Overloaded, RenderTimeout
from firstsight.http import Response
from firstsight.runtimes.admission import Admission
from firstsight.service import Making


class Makings:
    """Runs makings in threads, shared by all who ask for the same. For use in one event loop."""

    def __init__(self, make: Callable[[Making], Response], *, renders: int, queue: int, seconds: float) -> None:
        self._make = make
        self._pool = ThreadPoolExecutor(renders, thread_name_prefix="render")
        self._admission = Admission(renders=renders, queue=queue, seconds=seconds)
        self._seconds = seconds
        self._under_way: dict[tuple[Any, ...], asyncio.Future[Response]] = {}

    async def answer(self, making: Making) -> Response:
        """
        Wait for a derivative that is being made, or make it.

        Raises Overloaded when too many wait, RenderTimeout when it takes too long in all, and what making raises.
        """
        identity = making.identity
        future = self._under_way.get(identity)
        if future is None:
            under_way = len(self._under_way)
            if not self._admission.admits(under_way, time.monotonic()):
                raise Overloaded(f"All renderers are busy and {under_way} images are waiting or being made.")
            future = asyncio.get_running_loop().run_in_executor(self._pool, self._timed, making)
            self._under_way[identity] = future
            future.add_done_callback(lambda done: self._forget(identity, done))
        try:
            # shielded: one who goes away, or waits too long, takes nothing from the others
            return await asyncio.wait_for(asyncio.shield(future), self._seconds)
        except TimeoutError:
            if future.done():
                raise
            raise RenderTimeout(
                f"The image was not made within {self._seconds:g} seconds.",
                remedy="Ask again in a moment, or raise limits.seconds.",
            ) from None

    def _timed(self, making: Making) -> Response:
        began = time.monotonic()
        try:
            return self._make(making)
        finally:
            self._admission.made(time.monotonic() - began)

    def close(self) -> None:
        """Wait for what is being made, and take nothing more."""
        self._pool.shutdown(wait=True, cancel_futures=True)

    def _forget(self, identity: tuple[Any, ...], done: "asyncio.Future[Response]") -> None:
        self._under_way.pop(identity, None)
        if not done.cancelled():
            done.exception()  # it has been seen, even if all who waited for it have gone
