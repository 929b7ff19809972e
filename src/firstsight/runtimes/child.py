"""
A process that answers questions one at a time, and is ended when it takes too long.

    parent  --- settings, then questions --->  child
            <------------- answers -----------

Both directions are pickles through a pipe. A child ends when its input ends, so none outlives its parent.
"""

import contextlib
import os
import pickle
import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from typing import IO, Any

from firstsight.records import replace
from firstsight.settings import Settings
from firstsight.settings.rows import PREFIX

#: Has glibc's malloc (from 2.35) ask for huge pages. What an image takes is touched once and given back, and the system
#: clears 512 pages at a time instead of one: half the time of a progressive JPEG. It is read before a process begins.
HUGE_PAGES = {"GLIBC_TUNABLES": "glibc.malloc.hugetlb=1"}


class Late(Exception):
    """A child took too long, and was ended."""


class Gone(Exception):
    """A child ended by itself."""


class Child:
    """One process, as its parent sees it."""

    def __init__(self, module: str, settings: Settings) -> None:
        """Start a process that runs `main` of a module, which calls `answer`."""
        command = [sys.executable, "-c", f"from {module} import main; main()"]
        # a process that decodes what strangers send needs no secrets, so it is given none
        environ = HUGE_PAGES | {name: value for name, value in os.environ.items() if not name.startswith(PREFIX)}
        self._process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=environ)
        self._late = False
        dialects = replace(settings.dialects, thumbor_keys=(), imgproxy_keys=(), dit_keys=())
        self._send(replace(settings, keys=(), dialects=dialects))

    @property
    def lives(self) -> bool:
        """Whether it waits for a question."""
        return self._process.poll() is None

    def ask(self, question: Any, seconds: float) -> Any:
        """Give its answer. Raises Late if that takes longer than `seconds`, and Gone if the process ends instead."""
        timer = threading.Timer(seconds, self._stop)
        timer.start()
        try:
            self._send(question)
            return pickle.load(_pipe(self._process.stdout))
        except (EOFError, OSError, pickle.UnpicklingError) as error:
            raise (Late if self._late else Gone) from error
        finally:
            timer.cancel()

    def kill(self) -> None:
        """End it, whatever it does."""
        self._process.kill()
        self.close()

    def close(self) -> None:
        """Let it come to its end."""
        for pipe in (self._process.stdin, self._process.stdout):
            with contextlib.suppress(OSError):
                _pipe(pipe).close()
        self._process.wait()

    def _stop(self) -> None:
        self._late = True
        self._process.kill()

    def _send(self, value: Any) -> None:
        pipe = _pipe(self._process.stdin)
        pickle.dump(value, pipe)
        pipe.flush()


def _pipe(pipe: IO[bytes] | None) -> IO[bytes]:
    assert pipe is not None
    return pipe


def answer(prepare: Callable[[Settings], Callable[[Any], Any]]) -> None:
    """Be a child: read the settings, let `prepare` make a function of them, and answer each question by calling it."""
    for number in (signal.SIGINT, signal.SIGTERM):  # these are for the parent, which waits for what is being made
        signal.signal(number, signal.SIG_IGN)
    questions, answers = sys.stdin.buffer, os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # what a library prints is no answer
    find = prepare(pickle.load(questions))
    with contextlib.suppress(EOFError, BrokenPipeError):
        while True:
            pickle.dump(find(pickle.load(questions)), answers)
            answers.flush()
