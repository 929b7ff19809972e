"""
Makers: processes that make derivatives for the server, one at a time, and are ended when they take too long.

libvips looks at the clock between rows of pixels. What takes its time within one call, an encoder at its last row or a
drawing of a million parts, only the end of its process stops; and what makes a decoder crash takes nobody along.

    server  --- settings, then makings --->  maker
            <-- a response or an error ----

Both ways pickles through a pipe. A maker ends when its input does, so none outlives its server.
"""

import contextlib
import os
import pickle
import queue
import signal
import subprocess
import sys
import threading
import traceback
from typing import IO, Any

from firstsight.errors import FirstsightError, RenderTimeout
from firstsight.http import Response
from firstsight.image import hold_memory, warm
from firstsight.records import replace
from firstsight.service import Making, Service, open_service
from firstsight.settings import Settings
from firstsight.settings.rows import PREFIX

#: Seconds beyond its deadline that a maker is given to say so itself.
GRACE = 0.5


class MakerFailed(Exception):
    """A bug in a maker, or the crash of one: what it said last."""


class Makers:
    """As many makers as are needed at a time, each used again. Called from threads."""

    def __init__(self, service: Service) -> None:
        self._service = service
        self._idle: queue.LifoQueue[_Maker] = queue.LifoQueue()
        self._idle.put(_Maker(service.settings))  # ready by the time that it is wanted

    def make(self, making: Making) -> Response:
        """
        Make a derivative and keep it, as the service does.

        Raises what that raises, RenderTimeout after the making's seconds, and MakerFailed.
        """
        maker = self._take()
        try:
            result, facts = maker.ask(making)
        except BaseException:
            maker.kill()
            raise
        self._idle.put(maker)
        if facts is not None:
            self._service.remember(making.source, facts)
        if isinstance(result, Response):
            return result
        raise result

    def _take(self) -> "_Maker":
        try:
            while not (maker := self._idle.get_nowait()).lives:  # it may have been ended for its memory
                maker.kill()
        except queue.Empty:
            return _Maker(self._service.settings)
        return maker

    def close(self) -> None:
        """End the makers, none of which is at work any more."""
        with contextlib.suppress(queue.Empty):
            while True:
                self._idle.get_nowait().close()


class _Maker:
    """One process."""

    def __init__(self, settings: Settings) -> None:
        command = [sys.executable, "-c", f"from {__name__} import main; main()"]
        # who decodes what strangers send needs no keys, and has none
        environ = {name: value for name, value in os.environ.items() if not name.startswith(PREFIX)}
        self._process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=environ)
        self._late = False
        dialects = replace(settings.dialects, thumbor_keys=(), imgproxy_keys=(), dit_keys=())
        self._send(replace(settings, keys=(), dialects=dialects))

    @property
    def lives(self) -> bool:
        """Whether it waits for a making."""
        return self._process.poll() is None

    def ask(self, making: Making) -> tuple[Any, Any]:
        """Give the response or the error, and what the source's header said."""
        timer = threading.Timer(making.seconds + GRACE, self._stop)
        timer.start()
        try:
            self._send(making)
            return pickle.load(_pipe(self._process.stdout))  # type: ignore[no-any-return]  # as it was written below
        except (EOFError, OSError, pickle.UnpicklingError) as error:
            if self._late:
                raise RenderTimeout(
                    f"Making the image took longer than {making.seconds:g} seconds.",
                    remedy="Ask for a smaller or simpler one, or raise limits.seconds.",
                    log="the process that made it was ended",
                ) from None
            raise MakerFailed(f"The process that made {making.wanted.key!r} ended by itself.") from error
        finally:
            timer.cancel()

    def kill(self) -> None:
        """End it, whatever it does."""
        self._process.kill()
        self._end()

    def close(self) -> None:
        """Let it come to its end."""
        self._end()

    def _stop(self) -> None:
        self._late = True
        self._process.kill()

    def _end(self) -> None:
        for pipe in (self._process.stdin, self._process.stdout):
            with contextlib.suppress(OSError):
                _pipe(pipe).close()
        self._process.wait()

    def _send(self, value: Any) -> None:
        pipe = _pipe(self._process.stdin)
        pickle.dump(value, pipe)
        pipe.flush()


def _pipe(pipe: IO[bytes] | None) -> IO[bytes]:
    assert pipe is not None
    return pipe


def main() -> None:
    """Be a maker: read settings and then makings from the input, and answer each."""
    for number in (signal.SIGINT, signal.SIGTERM):  # these are for the server, which waits for what is being made
        signal.signal(number, signal.SIG_IGN)
    requests, answers = sys.stdin.buffer, os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # what a library prints is no answer
    hold_memory(2)
    service = open_service(pickle.load(requests))
    warm()
    with contextlib.suppress(EOFError, BrokenPipeError):
        while True:
            making: Making = pickle.load(requests)
            result = _made(service, making)
            pickle.dump((result, service.seen.get((making.source.key, making.source.etag))), answers)
            answers.flush()


def _made(service: Service, making: Making) -> Response | Exception:
    try:
        return service.make(making)
    except FirstsightError as error:
        return error
    except Exception:
        return MakerFailed(traceback.format_exc())
