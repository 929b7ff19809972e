"""Stores that fail at the worst time: nothing wrong or partial is ever kept, and the client is told the truth."""

import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from firstsight.errors import FirstsightError, StoreDenied, StoreFailed, StoreTimeout
from firstsight.http import Request
from firstsight.service import Made, Making
from firstsight.stores import Blob, Store, open_store
from tests import servers
from tests.service.places import JPEG, OPEN, OTHER_JPEG, Place, Watched, filled, result, size


@pytest.fixture
def kept_in_memory(tmp_path: Path) -> Place:
    """Sources in a folder, and derivatives in a store that keeps attributes."""
    return filled(open_store(str(tmp_path / "photos"), create=True), open_store("memory://"))


def made(place: Place, path: str) -> Made:
    """What a process has made and has not kept yet."""
    answer = place.service.first(Request(path))
    assert isinstance(answer, Made)
    return answer


def test_of_two_that_make_the_same_the_second_answers_with_what_the_first_has_kept(kept_in_memory: Place) -> None:
    place = kept_in_memory
    first, second = made(place, "/cat.jpg/30x20.webp"), made(place, "/cat.jpg/30x20.webp")
    attributes_of_first = {"firstsight-tag": first.response.headers["ETag"].strip('"')}
    place.derivatives.store.put("cat.jpg/30x20.webp", b"what the first has made", attributes_of_first)
    answer = second.keep()
    assert answer.body == b"what the first has made"
    assert answer.headers["Content-Length"] == "23"
    assert (answer.facts["kept_by"], answer.facts["bytes_out"]) == ("another", 23)
    assert place.derivatives.store.get("cat.jpg/30x20.webp").read() == b"what the first has made"
    assert first.response.headers["ETag"] == answer.headers["ETag"]


def test_what_an_older_source_gave_is_replaced_and_not_answered(kept_in_memory: Place) -> None:
    place = kept_in_memory
    old = made(place, "/cat.jpg/30x20.webp").keep()
    place.sources.store.put("cat.jpg", OTHER_JPEG)
    new = place.ask("/cat.jpg/30x20.webp")
    assert result(new) == "made"
    assert new.body != old.body
    assert "kept_by" not in new.facts
    assert place.derivatives.store.get("cat.jpg/30x20.webp").read() == new.body


def test_a_winner_that_cannot_be_read_is_no_trouble(kept_in_memory: Place) -> None:
    place = kept_in_memory
    answer = made(place, "/cat.jpg/30x20.webp")
    answer.keep()

    def cut(key: str) -> Blob:
        return Blob(place.derivatives.store.get(key).info, _then_fails())

    place.derivatives.__dict__["get"] = cut
    again = answer.keep()
    assert (again.status, size(again)) == (200, (30, 20))
    assert "not_kept" not in again.facts


def _then_fails() -> Iterator[bytes]:
    yield b"half"
    raise StoreFailed("The store ended before its answer was whole.")


def test_two_services_that_make_the_same_at_once_give_and_keep_the_same(kept_in: Place, tmp_path: Path) -> None:
    others = [Place(Watched(kept_in.sources.store), Watched(kept_in.derivatives.store)) for _ in range(4)]
    start, answers = threading.Barrier(len(others)), []

    def ask(place: Place) -> None:
        start.wait()
        answers.append(place.ask("/cat.jpg/50x30.webp"))

    threads = [threading.Thread(target=ask, args=(place,)) for place in others]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [answer.status for answer in answers] == [200] * 4
    assert len({answer.body for answer in answers}) == 1
    assert len(kept_in.kept()) == 1
    assert kept_in.ask("/cat.jpg/50x30.webp").body == answers[0].body


def test_a_source_that_changes_before_its_body_comes_is_kept_under_what_it_has_become(kept_in_memory: Place) -> None:
    place = kept_in_memory
    found = place.service.lookup(Request("/cat.jpg/30x20.webp"))
    assert isinstance(found, Making)
    place.sources.store.put("cat.jpg", OTHER_JPEG)
    answer = place.service.make(found)
    place.sources.store.put("other.jpg", OTHER_JPEG)
    assert answer.body == place.ask("/other.jpg/30x20.webp").body
    again = place.ask("/cat.jpg/30x20.webp")
    assert (result(again), again.headers["ETag"]) == ("stored", answer.headers["ETag"])


def test_a_source_that_is_written_over_while_it_is_read_gives_nothing(tmp_path: Path) -> None:
    place = filled(open_store(str(tmp_path / "photos"), create=True), open_store("memory://"))
    store, file = place.sources.store, tmp_path / "photos" / "cat.jpg"

    def get(key: str) -> Blob:
        blob = store.get(key)
        file.write_bytes(OTHER_JPEG[:100])  # as a copy does that has just begun
        return blob

    place.sources.__dict__["get"] = get
    with pytest.raises(StoreFailed, match="changed"):
        place.ask("/cat.jpg/30x20.webp")
    assert place.kept() == []


FAULTS = [StoreFailed("Broken."), StoreTimeout("Slow."), StoreDenied("No.")]


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.code)
@pytest.mark.parametrize("call", ["head", "get"])
@pytest.mark.parametrize("way", ["handle", "first"])
def test_a_source_store_that_fails_is_told_and_nothing_is_kept(
    kept_in_memory: Place, fault: FirstsightError, call: str, way: str
) -> None:
    place = kept_in_memory
    place.sources.fails[call] = fault
    if (call, way) == ("head", "first"):
        assert isinstance(place.service.first(Request("/cat.jpg/30x20.webp")), Made)  # it does not ask
        return
    with pytest.raises(FirstsightError) as caught:
        getattr(place.service, way)(Request("/cat.jpg/30x20.webp"))
    assert caught.value is fault
    assert caught.value.max_age is None
    assert place.kept() == []
    place.sources.fails.clear()
    assert place.ask("/cat.jpg/30x20.webp").status == 200


@pytest.mark.parametrize("at", [0, 1, 100, len(JPEG) // 2, len(JPEG) - 1])
@pytest.mark.parametrize("spec", ["30x20.webp", "full.png", "info.json", "full.jpg"])
def test_a_body_that_fails_anywhere_is_told_and_nothing_is_kept(kept_in_memory: Place, at: int, spec: str) -> None:
    place = kept_in_memory
    store = place.sources.store

    def chunks() -> Iterator[bytes]:
        if at:
            yield JPEG[:at]
        raise StoreTimeout("The store did not answer in time.")

    place.sources.__dict__["get"] = lambda key: Blob(store.get(key).info, chunks())
    with pytest.raises(StoreTimeout):
        place.ask(f"/cat.jpg/{spec}")
    assert place.kept() == []


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.code)
@pytest.mark.parametrize("call", ["put", "get"])
def test_a_store_of_derivatives_that_fails_costs_no_answer_but_a_slow_one(
    kept_in: Place, fault: FirstsightError, call: str
) -> None:
    kept_in.derivatives.fails[call] = fault
    if call == "get" and isinstance(fault, StoreTimeout):
        with pytest.raises(StoreTimeout):  # the time that is left would not do
            kept_in.ask("/cat.jpg/30x20.webp")
        return
    answer = kept_in.ask("/cat.jpg/30x20.webp")
    assert (answer.status, result(answer), size(answer)) == (200, "made", (30, 20))
    assert answer.facts.get("not_kept") == (fault.code if call == "put" else None)


def test_a_body_that_goes_on_as_another_file_is_not_taken_for_one(
    s3: str, monkeypatch: pytest.MonkeyPatch, changing: servers.HostileS3
) -> None:
    """obstore asks for the rest of a body that was cut; what has taken its place meanwhile is not the rest of it."""
    monkeypatch.setenv("AWS_ENDPOINT_URL", changing.address)
    store = open_store("s3://changes", seconds=1)
    place = Place(Watched(store), Watched(open_store("memory://")), settings=OPEN)
    with pytest.raises(StoreFailed):
        place.ask("/cat.jpg/full.png")
    assert place.kept() == []
    assert [method for method, _ in changing.requests].count("GET") > 1  # it did ask for the rest


@pytest.fixture
def changing() -> Iterator[servers.HostileS3]:
    """An S3 whose object is replaced while it is read, by one of the same length."""
    with servers.HostileS3(body=JPEG).running() as running:
        yield running


def test_a_put_that_is_refused_for_the_moment_is_tried_again(
    s3: str, monkeypatch: pytest.MonkeyPatch, changing: servers.HostileS3
) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", changing.address)
    store: Store = open_store("s3://busy-at-first", seconds=2)
    assert store.put("cat.jpg", b"meow", {"Content-Type": "image/jpeg"}, create=True) is True
    assert len(changing.requests) == 2


def test_no_fault_is_a_success_that_a_cache_keeps() -> None:
    def all_of(kind: type[FirstsightError]) -> Iterator[type[FirstsightError]]:
        yield kind
        for below in kind.__subclasses__():
            yield from all_of(below)

    found: list[Any] = [kind for kind in all_of(FirstsightError) if kind.status >= 500]
    assert found
    assert all(kind.max_age is None for kind in found)
