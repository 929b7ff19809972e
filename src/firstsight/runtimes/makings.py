"""
The derivatives that are being made in this process.

Requests for the same derivative wait for one making of it. No more than a fixed number are made at a time and no more
than a fixed number wait their turn: one more is refused at once, which costs less than to let it wait in vain.
"""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from firstsight.errors import Overloaded, RenderTimeout
from firstsight.http import Response
from firstsight.service import Making


class Makings:
    """Runs makings in threads, shared by all who ask for the same. For use in one event loop."""

    def __init__(self, make: Callable[[Making], Response], *, renders: int, queue: int, seconds: float) -> None:
        self._make = make
        self._pool = ThreadPoolExecutor(renders, thread_name_prefix="render")
        self._most = renders + queue
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
            if len(self._under_way) >= self._most:
                raise Overloaded(
                    f"All renderers are busy and {self._most} images are waiting or being made.",
                    remedy="Ask again in a second; if it stays, add processors or raise `queue`.",
                )
            future = asyncio.get_running_loop().run_in_executor(self._pool, self._make, making)
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

    def close(self) -> None:
        """Wait for what is being made, and take nothing more."""
        self._pool.shutdown(wait=True, cancel_futures=True)

    def _forget(self, identity: tuple[Any, ...], done: "asyncio.Future[Response]") -> None:
        self._under_way.pop(identity, None)
        if not done.cancelled():
            done.exception()  # it has been seen, even if all who waited for it have gone
