"""The beginning of the line: the stores are asked before there is anything that makes pixels."""

import subprocess
import sys
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, cast

import pytest

from firstsight import asking
from firstsight.errors import FirstsightError, SourceNotFound, TooManyBytes
from firstsight.grammars import Wanted
from firstsight.http import Request, Response
from firstsight.records import replace
from firstsight.service import Made
from firstsight.settings import Limits
from firstsight.stores import Blob, BlobInfo, Store
from tests.service.places import JPEG, OPEN, Place, presets


def wanted(place: Place, request: Request) -> Wanted:
    found = asking.ask(request, place.settings, place.service.grammars)
    assert isinstance(found, Wanted)
    return found


def go_on(place: Place, request: Request) -> Response:
    """Answer as a function does that has just been started: the stores first, and then the service."""
    asked = wanted(place, request)
    settings, service = place.settings, place.service
    begun = asking.begin(asked, request, settings, service.sources, service.derivatives)
    found = service.go_on(request, asked, begun)
    return found.keep() if isinstance(found, Made) else found


@pytest.mark.parametrize("path", ["/cat.jpg/30x20.webp", "/alpha.png/31x", "/moving.gif/32x", "/cat.jpg/info.json"])
def test_what_has_been_begun_is_answered_like_any_other(place: Place, path: str) -> None:
    request = Request(path, headers={"accept": "image/avif"})
    made = go_on(place, request)
    assert (made.status, made.headers["Firstsight-Result"]) == (200, "made")
    again = go_on(place, request)
    assert (again.status, again.headers["Firstsight-Result"], again.body) == (200, "stored", made.body)
    assert place.service.handle(request).body == made.body
    unchanged = go_on(place, replace(request, headers={**request.headers, "if-none-match": made.headers["ETag"]}))
    assert (unchanged.status, unchanged.body) == (304, b"")


def test_a_missing_source_is_told_when_it_is_waited_for(place: Place) -> None:
    with pytest.raises(SourceNotFound):
        go_on(place, Request("/nothing.jpg/30x20.webp"))
    assert place.kept() == []


def test_a_path_that_may_mean_several_sources_is_not_guessed_at(place: Place) -> None:
    place.restart(presets=presets(thumb="30x20"))
    request = Request("/cat.jpg/30x20.webp")
    several = replace(wanted(place, request), readings=(wanted(place, request),))
    place.forget()
    assert asking.begin(several, request, OPEN, place.service.sources, place.service.derivatives) is None
    assert place.sources.calls == []


@dataclass
class Slow:
    """A store whose source comes in pieces, and which says which have been taken."""

    pieces: list[bytes]
    size: int
    taken: list[bytes] = field(default_factory=list)
    enough: threading.Event = field(default_factory=threading.Event)
    keeps_attributes: bool = False

    def get(self, key: str) -> Blob:
        return Blob(BlobInfo(key, self.size, "tag", datetime.now(UTC)), self._chunks())

    def _chunks(self) -> Iterator[bytes]:
        for number, piece in enumerate(self.pieces):
            if number == 2:
                self.enough.set()
            self.taken.append(piece)
            yield piece
        self.enough.set()


def begun(store: Any, place: Place, most: int) -> asking.Begun:
    request = Request("/cat.jpg/30x20.webp")
    settings = replace(OPEN, limits=Limits(source_bytes=most))
    found = asking.begin(wanted(place, request), request, settings, cast(Store, store), place.service.derivatives)
    assert found is not None
    return found


def test_what_arrives_is_taken_before_it_is_waited_for_and_nothing_of_it_is_lost(local: Place) -> None:
    store = Slow([JPEG[:100], JPEG[100:200], JPEG[200:]], len(JPEG))
    found = begun(store, local, len(JPEG))
    assert store.enough.wait(10)
    assert store.taken[:2] == store.pieces[:2]
    assert found.source().read() == JPEG


def test_of_a_source_over_the_limit_nothing_is_taken(local: Place) -> None:
    store = Slow([JPEG], len(JPEG))
    blob = begun(store, local, len(JPEG) - 1).source()
    assert (blob.info.size, store.taken) == (len(JPEG), [])
    local.restart(limits=Limits(source_bytes=len(JPEG) - 1))
    with pytest.raises(TooManyBytes):
        go_on(local, Request("/cat.jpg/30x20.webp"))


def test_an_error_in_the_middle_of_what_arrives_is_told(local: Place) -> None:
    def broken() -> Iterator[bytes]:
        yield JPEG[:100]
        raise FirstsightError("The store ended before its answer was whole.")

    store = Slow([], len(JPEG))
    store._chunks = broken  # type: ignore[method-assign]
    with pytest.raises(FirstsightError, match="ended before"):
        begun(store, local, len(JPEG)).source().read()


def test_it_loads_nothing_that_makes_pixels() -> None:
    program = "import sys, firstsight.asking; print(*sorted({'pyvips', 'firstsight.image'} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.split() == []
