"""What requests for derivatives that are being made share, and what they do not."""

import asyncio
import threading
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from firstsight import tokens
from firstsight.errors import DamagedImage, Overloaded, RenderTimeout
from firstsight.grammars import Wanted, native
from firstsight.http import Response
from firstsight.runtimes.makings import Makings
from firstsight.service import Making
from firstsight.stores import BlobInfo

SOURCE = BlobInfo("cat.jpg", 10, '"etag"', datetime(2026, 1, 1, tzinfo=UTC))


def making(spec: str = "300x200.webp") -> Making:
    return Making(Wanted(native.GRAMMAR, "cat.jpg", tokens.parse(spec)), frozenset(), SOURCE, {}, 10)


class Kitchen:
    """Makes nothing until it is told to, and counts."""

    def __init__(self, error: Exception | None = None) -> None:
        self.go = threading.Event()
        self.error = error
        self.count = 0

    def make(self, making: Making) -> Response:
        self.count += 1
        assert self.go.wait(10)
        if self.error:
            raise self.error
        return Response(200, {}, tokens.canonical(making.wanted.transform).encode())


def makings(kitchen: Kitchen, *, renders: int = 2, queue: int = 2, seconds: float = 10) -> Makings:
    return Makings(kitchen.make, renders=renders, queue=queue, seconds=seconds)


def test_a_hundred_requests_for_one_derivative_share_one_making() -> None:
    kitchen = Kitchen()

    async def run() -> list[Response]:
        shared = makings(kitchen)
        tasks = [asyncio.create_task(shared.answer(making())) for _ in range(100)]
        await asyncio.sleep(0)
        kitchen.go.set()
        answers = await asyncio.gather(*tasks)
        shared.close()
        return answers

    assert [answer.body for answer in asyncio.run(run())] == [b"300x200.webp"] * 100
    assert kitchen.count == 1


def test_a_replaced_source_and_another_format_are_made_apart() -> None:
    kitchen = Kitchen()
    kitchen.go.set()
    apart = [
        making(),
        replace(making(), source=replace(SOURCE, etag='"other"')),
        making("300x200"),
        making("300x200.jpg"),
    ]

    async def run() -> None:
        shared = makings(kitchen)
        await asyncio.gather(*(shared.answer(one) for one in apart))
        shared.close()

    asyncio.run(run())
    assert kitchen.count == len(apart)


def test_one_more_than_may_wait_is_refused_at_once_and_the_others_are_answered() -> None:
    kitchen = Kitchen()

    async def run() -> list[Response]:
        shared = makings(kitchen, renders=1, queue=2)
        waiting = [asyncio.create_task(shared.answer(making(f"{n}x.jpg"))) for n in (10, 20, 30)]
        await asyncio.sleep(0)
        with pytest.raises(Overloaded, match="3 images are waiting") as refused:
            await shared.answer(making("40x.jpg"))
        assert "`queue`" in refused.value.remedy
        waiting.append(asyncio.create_task(shared.answer(making("30x.jpg"))))  # it waits for one that is waiting
        kitchen.go.set()
        answers = await asyncio.gather(*waiting)
        assert (await shared.answer(making("40x.jpg"))).body == b"40x.jpg"  # there is room again
        shared.close()
        return answers

    assert [answer.body for answer in asyncio.run(run())] == [b"10x.jpg", b"20x.jpg", b"30x.jpg", b"30x.jpg"]


def test_one_who_goes_away_takes_nothing_from_the_others() -> None:
    kitchen = Kitchen()

    async def run() -> Response:
        shared = makings(kitchen)
        first = asyncio.create_task(shared.answer(making()))
        second = asyncio.create_task(shared.answer(making()))
        await asyncio.sleep(0)
        first.cancel()
        await asyncio.sleep(0)
        kitchen.go.set()
        answer = await second
        shared.close()
        return answer

    assert asyncio.run(run()).status == 200
    assert kitchen.count == 1


def test_a_failure_reaches_everyone_who_waits_and_is_not_remembered() -> None:
    kitchen = Kitchen(DamagedImage("The source is damaged."))
    kitchen.go.set()

    async def run() -> list[Response | BaseException]:
        shared = makings(kitchen)
        failed = await asyncio.gather(*(shared.answer(making()) for _ in range(3)), return_exceptions=True)
        kitchen.error = None
        answered = await shared.answer(making())
        shared.close()
        return [*failed, answered]

    *failed, answered = asyncio.run(run())
    assert all(isinstance(failure, DamagedImage) for failure in failed)
    assert isinstance(answered, Response)


def test_waiting_too_long_is_a_timeout_and_the_making_goes_on_for_the_next() -> None:
    kitchen = Kitchen()

    async def run() -> Response:
        shared = makings(kitchen, seconds=0.05)
        with pytest.raises(RenderTimeout, match=r"0\.05 seconds"):
            await shared.answer(making())
        waiting = asyncio.create_task(shared.answer(making()))
        await asyncio.sleep(0)
        kitchen.go.set()
        answer = await waiting
        shared.close()
        return answer

    assert asyncio.run(run()).status == 200
    assert kitchen.count == 1
