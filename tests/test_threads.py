"""Calls in other threads, and the threads that are kept for the next ones."""

import gc
import threading
import weakref
from collections.abc import Callable

import pytest

from firstsight.threads import in_thread


def test_a_call_goes_on_beside_its_caller_who_gets_its_result_as_often_as_he_asks() -> None:
    begun, go_on = threading.Event(), threading.Event()

    def call() -> int:
        begun.set()
        assert go_on.wait(10)
        return threading.get_ident()

    wait = in_thread(call)
    assert begun.wait(10)
    go_on.set()
    assert wait() == wait(10) != threading.get_ident()


@pytest.mark.parametrize("error", [ValueError("no"), KeyboardInterrupt()])
def test_what_a_call_raises_is_raised_where_it_is_waited_for(error: BaseException) -> None:
    def call() -> None:
        raise error

    wait = in_thread(call)
    for _ in range(2):
        with pytest.raises(type(error)) as caught:
            wait(10)
        assert caught.value is error


def test_a_call_that_takes_longer_than_is_waited_for_goes_on() -> None:
    go_on = threading.Event()
    wait = in_thread(lambda: go_on.wait(10))
    for seconds in (0, 0.01, -1):
        with pytest.raises(TimeoutError):
            wait(seconds)
    go_on.set()
    assert wait() is True


def test_a_thread_is_kept_for_the_next_call() -> None:
    assert len({in_thread(threading.get_ident)() for _ in range(20)}) == 1


def test_a_call_may_make_another_and_wait_for_it() -> None:
    def nested(depth: int) -> int:
        return 0 if depth == 0 else 1 + in_thread(lambda: nested(depth - 1))()

    assert in_thread(lambda: nested(20))() == 20


def test_calls_from_many_threads_get_their_own_results() -> None:
    together = threading.Barrier(20)

    def ask(number: int) -> list[int]:
        together.wait(10)
        return [in_thread(lambda n=n: n * n)() for n in range(number, number + 50)]  # type: ignore[misc]  # a default

    waits = [in_thread(lambda number=number: ask(number)) for number in range(20)]  # type: ignore[misc]
    assert [wait(30) for wait in waits] == [[n * n for n in range(i, i + 50)] for i in range(20)]


def test_an_idle_thread_holds_nothing_of_the_call_before() -> None:
    class Image:
        pass

    def given(image: Image) -> Callable[[], Image]:
        return in_thread(lambda: image)

    image = Image()
    known = weakref.ref(image)
    wait = given(image)
    assert wait() is image
    del image, wait
    gc.collect()
    assert known() is None
