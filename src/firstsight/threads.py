"""
A call in another thread, for what may wait while something else is done.

The threads are kept for the next call: to start one takes longer than most of what is called. The standard library's
executors would do the same, and take 3 ms of a cold start to load.
"""

import threading
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")


def in_thread(call: Callable[[], T]) -> Callable[..., T]:
    """
    Start a call, and give a function that waits for its result.

    It raises what the call raised, and TimeoutError when it is given seconds and they are over; the call goes on.
    """
    results: list[T] = []
    errors: list[BaseException] = []
    done = _locked()

    def run() -> None:
        try:
            results.append(call())
        except BaseException as error:  # raised again where it is waited for
            errors.append(error)

    try:
        thread = _IDLE.pop()
    except IndexError:
        thread = _Thread()
    thread.take(run, done)

    def wait(seconds: float | None = None) -> T:
        if not done.acquire(timeout=-1 if seconds is None else max(0, seconds)):
            raise TimeoutError
        done.release()  # it may be asked again
        if errors:
            raise errors[0]
        return results[0]

    return wait


class _Thread:
    """A thread that takes one call after the other, and is idle between them."""

    def __init__(self) -> None:
        self._taken: tuple[Callable[[], None], threading.Lock] | None = None
        self._given = _locked()
        threading.Thread(target=self._work, daemon=True).start()

    def take(self, call: Callable[[], None], done: threading.Lock) -> None:
        """Make a call, which raises nothing, and release the lock after it; only while the thread is idle."""
        self._taken = call, done
        self._given.release()

    def _work(self) -> None:
        while True:
            self._given.acquire()
            assert self._taken is not None
            call, done = self._taken
            self._taken = None
            call()
            del call  # an idle thread is not to hold what the call has, an image for example
            _IDLE.append(self)  # before anybody goes on, who may have the next call for it
            done.release()


def _locked() -> threading.Lock:
    lock = threading.Lock()
    lock.acquire()
    return lock


#: The threads that wait for a call. Taking one from it, and giving it back, are each a single step of Python's.
_IDLE: list[_Thread] = []
