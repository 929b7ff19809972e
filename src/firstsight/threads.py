"""Running one call in a thread of its own while the caller does something else."""

import threading
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")


def in_thread(call: Callable[[], T]) -> Callable[..., T]:
    """
    Start a call, and give a function that waits for its result.

    That function raises what the call raised. Given a number of seconds, it raises TimeoutError when they are over, and
    the call goes on.
    """
    results: list[T] = []
    errors: list[BaseException] = []

    def run() -> None:
        try:
            results.append(call())
        except BaseException as error:  # raised again where it is waited for
            errors.append(error)

    thread = threading.Thread(target=run, daemon=True)
    thread.start()

    def wait(seconds: float | None = None) -> T:
        thread.join(seconds)
        if thread.is_alive():
            raise TimeoutError
        if errors:
            raise errors[0]
        return results[0]

    return wait
