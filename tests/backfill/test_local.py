"""A backfill on this machine: everything that is missing, nothing twice, whatever happens to its processes."""

import contextlib
import threading
import time
from dataclasses import replace
from pathlib import Path

import pytest

from firstsight import ahead
from firstsight.ahead import Outcome
from firstsight.backfill import local, plan
from firstsight.backfill.survey import survey
from firstsight.errors import StoreFailed
from firstsight.grammars.wanted import Wanted
from firstsight.runtimes.child import Child
from firstsight.service import Service, open_service
from firstsight.settings import GrammarName, Limits, Preset, Settings
from firstsight.stores import BlobInfo
from tests.hostile.bombs import BOMBS
from tests.service.places import ALPHA, JPEG, presets

PRESETS = presets(thumb="30x20", small="16x16.webp")
GRAMMARS = (GrammarName.CARRIERWAVE, GrammarName.NATIVE)


@pytest.fixture
def service(tmp_path: Path) -> Service:
    photos = tmp_path / "photos"
    photos.mkdir()
    (photos / "cat.jpg").write_bytes(JPEG)
    (photos / "cut.jpg").write_bytes(JPEG[:-500])
    (photos / "alpha.png").write_bytes(ALPHA)
    settings = Settings(source=str(photos), derivatives=str(tmp_path / "made"), presets=PRESETS)
    return open_service(settings)


def items(service: Service, *names: str) -> list[plan.Item]:
    chosen = [service.settings.presets[name] for name in names or service.settings.presets]
    return list(local.found(service, chosen))


def outcomes(service: Service) -> dict[str, str]:
    return {one.key or one.source: one.error for done in local.run(service, items(service)) for one in done.outcomes}


def test_what_is_missing_is_made_and_what_fails_is_told(service: Service) -> None:
    assert outcomes(service) == {
        **{f"cat.jpg/{name}": "" for name in ("thumb.avif", "thumb.webp", "thumb.jpg", "small.webp")},
        **{f"alpha.png/{name}": "" for name in ("thumb.avif", "thumb.webp", "thumb.png", "small.webp")},
        **{f"cut.jpg/{name}": "damaged-image" for name in ("thumb.avif", "thumb.webp", "thumb.jpg", "small.webp")},
    }
    again = outcomes(open_service(service.settings))
    assert {key.partition("/")[0] for key in again} == {"cut.jpg"}


@pytest.mark.parametrize(("below", "versions"), [("/made", ()), ("", ("uploads/*/thumb",))])
def test_a_folder_that_has_sources_and_derivatives_has_as_many_sources_as_before(
    tmp_path: Path, below: str, versions: tuple[str, ...]
) -> None:
    (tmp_path / "uploads" / "7").mkdir(parents=True)
    (tmp_path / "uploads" / "7" / "x.jpg").write_bytes(JPEG)
    thumb = Preset("thumb", PRESETS["small"].transform, carrierwave=versions)
    both = open_service(
        Settings(source=str(tmp_path), derivatives=f"{tmp_path}{below}", presets={"thumb": thumb}, grammars=GRAMMARS)
    )
    [done] = local.run(both, items(both))
    assert done.lacking == len(done.outcomes) == (2 if versions else 1)
    assert [item.source.key for item in items(both)] == ["uploads/7/x.jpg"]
    assert outcomes(both) == {}


def test_derivatives_in_a_folder_below_the_sources_are_no_sources_whatever_its_name(tmp_path: Path) -> None:
    photos = tmp_path / "my photos"
    photos.mkdir()
    (photos / "a b+ü%.jpg").write_bytes(JPEG)
    settings = Settings(source=str(photos), derivatives=str(photos / "made ä%20"), presets=PRESETS)
    both = open_service(settings)
    assert set(outcomes(both).values()) == {""}
    assert [item.source.key for item in items(both)] == ["a b+ü%.jpg"]


def test_a_survey_counts_what_is_missing_and_writes_nothing(service: Service) -> None:
    *_, known = survey(service, items(service))
    assert (known.sources, known.lacking, known.derivatives, known.failures) == (3, 3, 12, ())
    assert known.seconds > 0
    assert known.size > 0
    assert list(service.derivatives.list()) == []
    list(local.run(service, items(service, "small")))
    *_, known = survey(service, items(service, "small"))
    assert (known.lacking, known.derivatives) == (1, 1)


def test_what_a_survey_says_of_the_size_is_what_is_made(service: Service) -> None:
    (Path(service.settings.source) / "cut.jpg").unlink()
    *_, known = survey(service, items(service))
    made = [one.size for done in local.run(service, items(service)) for one in done.outcomes]
    assert known.size == pytest.approx(sum(made), abs=2)
    assert sum(made) == sum(info.size for info in service.derivatives.list())


def test_a_store_that_fails_is_told_for_the_source_and_the_rest_is_made(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    stock = ahead.missing

    def missing(service: Service, source: BlobInfo, wanted: tuple[Wanted, ...]) -> object:
        if source.key == "alpha.png":
            raise StoreFailed("It did not answer.", log="why")
        return stock(service, source, wanted)

    monkeypatch.setattr(ahead, "missing", missing)
    found = outcomes(service)
    assert found["alpha.png"] == "store-failed"
    assert len([key for key, error in found.items() if not error]) == 4


def test_a_process_that_crashes_or_hangs_costs_one_source(service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    photos = Path(service.settings.source)
    (photos / "endless.svg").write_bytes(BOMBS["svg-billion-uses"]())
    slow = open_service(replace(service.settings, svg=True, limits=Limits(seconds=0.5)))
    monkeypatch.setattr(local, "MORE_SECONDS", 0.5)
    monkeypatch.setattr(local, "makers", lambda service: 1)
    found = {one.key: one.error for done in local.run(slow, items(slow, "small")) for one in done.outcomes}
    assert found == {
        "alpha.png/small.webp": "",
        "cat.jpg/small.webp": "",
        "cut.jpg/small.webp": "damaged-image",
        "endless.svg/small.webp": "render-timeout",
    }


def test_the_end_of_a_process_is_told_and_another_one_takes_its_place(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    stock, asked = Child.ask, []

    def ask(self: Child, question: tuple[str, object], seconds: float) -> object:
        asked.append(question[0])
        if len(asked) == 1:
            self._process.kill()
        return stock(self, question, seconds)

    monkeypatch.setattr(Child, "ask", ask)
    monkeypatch.setattr(local, "makers", lambda service: 1)
    done = [one for done in local.run(service, items(service, "small")) for one in done.outcomes]
    assert [one.source for one in done if one.error == "internal-error"] == [asked[0]]
    assert len(done) == 3
    again = {one.source for one in (o for d in local.run(service, items(service, "small")) for o in d.outcomes)}
    assert again == {asked[0], "cut.jpg"}


def test_who_stops_in_the_middle_leaves_no_process_and_no_thread_behind(service: Service) -> None:
    photos = Path(service.settings.source)
    for number in range(200):
        (photos / f"{number}.jpg").write_bytes(JPEG)
    before = threading.active_count()
    with contextlib.closing(local.run(service, items(service))) as running:
        next(running)
    deadline = time.monotonic() + 20
    while threading.active_count() > before and time.monotonic() < deadline:
        time.sleep(0.02)
    assert threading.active_count() == before
    made = len(list(service.derivatives.list()))
    assert 0 < made < 200
    assert len(list(service.derivatives.list())) == made


def test_no_more_than_a_few_items_are_taken_from_a_long_listing_at_a_time(service: Service) -> None:
    [item] = [item for item in items(service) if item.source.key == "cat.jpg"]
    taken = 0

    def endless() -> object:
        nonlocal taken
        while True:
            taken += 1
            yield item

    for seen, _ in enumerate(local.survey(service, endless()), 1):  # type: ignore[arg-type]  # a generator of items
        assert taken - seen <= local.AT_ONCE
        if seen == 200:
            break


def test_a_bug_is_the_failure_of_one_source(service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    def make(*_: object) -> list[Outcome]:
        raise ZeroDivisionError("a bug")

    monkeypatch.setattr(ahead, "make", make)
    [one] = local._made(service, "cat.jpg", ahead.missing(service, *as_asked(items(service, "small")[0])))
    assert (one.error, one.reason) == ("internal-error", "ZeroDivisionError: a bug")


def as_asked(item: plan.Item) -> tuple[BlobInfo, tuple[Wanted, ...]]:
    return item.source, item.wanted
