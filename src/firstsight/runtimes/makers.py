"""
Makers: processes that make derivatives for the server, one at a time, and are ended when they take too long.

libvips can be stopped between two rows of pixels, but not within one call, such as an encoder's last or the drawing of
an SVG with a million parts: that only ends with its process. And if a decoder crashes, the server goes on.
"""

import contextlib
import queue
import traceback
from typing import Any

from firstsight.errors import FirstsightError, RenderTimeout
from firstsight.http import Response
from firstsight.image import hold_memory, warm
from firstsight.runtimes import child
from firstsight.runtimes.child import Child
from firstsight.service import Making, Service, open_service
from firstsight.settings import Settings

#: Seconds that a maker has after its deadline to report by itself that it is late.
GRACE = 0.5


class MakerFailed(Exception):
    """A bug in a maker, or the crash of one: what it said last."""


class Makers:
    """As many makers as are needed at a time, each used again. Called from threads."""

    def __init__(self, service: Service) -> None:
        self._service = service
        self._idle: queue.LifoQueue[Child] = queue.LifoQueue()
        self._idle.put(Child(__name__, service.settings))  # ready by the time that it is wanted

    def make(self, making: Making) -> Response:
        """
        Make a derivative and keep it, as the service does.

        Raises what that raises, RenderTimeout after the making's seconds, and MakerFailed.
        """
        maker = self._take()
        try:
            result, facts = self._ask(maker, making)
        except BaseException:
            maker.kill()
            raise
        self._idle.put(maker)
        if facts is not None:
            self._service.remember(making.source, facts)
        if isinstance(result, Response):
            return result
        raise result

    def _take(self) -> Child:
        try:
            while not (maker := self._idle.get_nowait()).lives:  # it may have been ended for its memory
                maker.kill()
        except queue.Empty:
            return Child(__name__, self._service.settings)
        return maker

    def _ask(self, maker: Child, making: Making) -> Any:
        """Give the response or the error, and what the source's header said."""
        try:
            return maker.ask(making, making.seconds + GRACE)
        except child.Late:
            raise RenderTimeout(
                f"Making the image took longer than {making.seconds:g} seconds.",
                remedy="Ask for a smaller or simpler one, or raise limits.seconds.",
                log="the process that made it was ended",
            ) from None
        except child.Gone as error:
            raise MakerFailed(f"The process that made {making.wanted.key!r} ended by itself.") from error

    def close(self) -> None:
        """End the makers, none of which is at work any more."""
        with contextlib.suppress(queue.Empty):
            while True:
                self._idle.get_nowait().close()


def main() -> None:
    """Be a maker: read settings and then makings from the input, and answer each."""

    def prepare(settings: Settings) -> Any:
        hold_memory()
        service = open_service(settings)
        warm()
        return lambda making: (_made(service, making), service.seen.get((making.source.key, making.source.etag)))

    child.answer(prepare)


def _made(service: Service, making: Making) -> Response | Exception:
    try:
        return service.make(making)
    except FirstsightError as error:
        return error
    except Exception:
        return MakerFailed(traceback.format_exc())
