"""What is made when a source arrives, whatever becomes of the news of it."""

import itertools
import random
from collections.abc import Mapping
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import pyvips
from hypothesis import given, settings
from hypothesis import strategies as st

import firstsight
from firstsight import Request, Service, derivatives, eager, events
from firstsight.errors import RenderTimeout, StoreFailed
from firstsight.events import Change, Reaction
from firstsight.grammars import select
from firstsight.settings import from_dict
from firstsight.stores import Blob, Store, open_store

AVATARS = "uploads/user/avatar/*"
PRESETS: dict[str, dict[str, Any]] = {
    "thumb": {"transform": "40x30", "format": "webp", "eager": True},
    "wide": {"transform": "60x", "format": "auto", "eager": True},
    "later": {"transform": "50x", "format": "jpg"},
    "avatar": {"transform": "20x20", "format": "png", "eager": True, "carrierwave": [f"{AVATARS}/mini"]},
}
EVERYTHING = ("image/avif,image/webp", "image/webp", "")


def service_of(store: Store, **more: Any) -> Service:
    """A service whose sources and derivatives are in one store."""
    given = from_dict({"source": "memory://", "derivatives": "memory://", "presets": PRESETS, **more})
    return Service(given, store, store, select(given.grammars))


@pytest.fixture
def store() -> Store:
    return open_store("memory://")


def coloured(colour: int, width: int = 80, height: int = 60) -> bytes:
    """A PNG of one gray."""
    image = pyvips.Image.black(width, height, bands=3).linear(1, colour).copy(interpretation="srgb")
    return bytes(image.cast("uchar").pngsave_buffer())


def colour_of(data: bytes) -> float:
    return float(np.mean(pyvips.Image.new_from_buffer(data, "").numpy()[..., :3]))


def arrived(service: Service, key: str) -> Reaction:
    return events.react(service, Change("photos", key))


def keys(store: Store) -> set[str]:
    return {info.key for info in store.list()}


def test_what_is_eager_is_there_before_anybody_asks_and_is_what_a_request_would_have_stored(store: Store) -> None:
    service = service_of(store)
    store.put("cats/tom.png", coloured(90))
    made = arrived(service, "cats/tom.png").made
    assert set(made) == {f"cats/tom.png/{name}" for name in ("thumb.webp", "wide.avif", "wide.webp", "wide.jpg")}
    assert keys(store) == {"cats/tom.png", *made}
    for path in ("thumb.webp", "wide"):
        for accept in EVERYTHING:
            answer = service.handle(Request(f"/cats/tom.png/{path}", headers={"accept": accept}))
            assert answer.headers["Firstsight-Result"] == "stored"
            assert colour_of(answer.body) == pytest.approx(90, abs=2)
    alone = service_of(open_store("memory://"))
    alone.sources.put("cats/tom.png", coloured(90))
    for key in made:
        alone.handle(Request(f"/{key}"))
        mine, theirs = store.get(key), alone.derivatives.get(key)
        assert mine.info.attributes["Content-Type"] == theirs.info.attributes["Content-Type"]
        assert mine.read() == theirs.read()


def test_a_source_has_all_of_it_from_one_read(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    service = service_of(store, presets={"thumb": PRESETS["thumb"], "png": {**PRESETS["later"], "eager": True}})
    store.put("tom.png", coloured(90))
    read: list[str] = []
    get = Store.get

    def reading(self: Store, key: str) -> Blob:
        read.append(key)
        return get(self, key)

    monkeypatch.setattr(Store, "get", reading)
    assert len(arrived(service, "tom.png").made) == 2
    assert read.count("tom.png") <= 2  # its bytes, and whether it is a derivative itself


def test_the_same_news_again_does_nothing(store: Store) -> None:
    service = service_of(store)
    store.put("tom.png", coloured(90))
    first = arrived(service, "tom.png")
    before = {key: store.head(key).modified for key in first.made}
    assert arrived(service, "tom.png") == Reaction(first.change)
    assert {key: store.head(key).modified for key in first.made} == before


def test_versions_of_carrierwave_are_made_where_the_application_has_them_and_nowhere_else(store: Store) -> None:
    service = service_of(store)
    source = "uploads/user/avatar/7/me.jpg"
    store.put(source, coloured(90))
    assert set(arrived(service, source).made) == {
        "uploads/user/avatar/7/mini_me.jpg",
        "uploads/user/avatar/7/mini_me.png",
        *(f"{source}/{name}" for name in ("thumb.webp", "wide.avif", "wide.webp", "wide.jpg")),
    }
    answer = service.handle(Request("/uploads/user/avatar/7/mini_me.jpg"))
    assert answer.headers["Firstsight-Result"] == "stored"
    assert firstsight.info(answer.body)["width"] == 20


def test_a_version_that_two_sources_share_is_of_the_one_that_a_request_takes(store: Store) -> None:
    service = service_of(store)
    for name, colour in (("me.png", 200), ("me.jpg", 90)):
        store.put(f"uploads/user/avatar/7/{name}", coloured(colour))
    for name in ("me.png", "me.jpg", "me.png", "me.jpg"):
        arrived(service, f"uploads/user/avatar/7/{name}")
        if "uploads/user/avatar/7/mini_me.png" in keys(store):
            assert colour_of(store.get("uploads/user/avatar/7/mini_me.png").read()) == pytest.approx(200, abs=2)
    shared = service.handle(Request("/uploads/user/avatar/7/mini_me.png"))
    assert colour_of(shared.body) == pytest.approx(200, abs=2)


def test_what_the_application_has_stored_itself_stays(store: Store) -> None:
    service = service_of(store)
    theirs = coloured(1)
    store.put("uploads/user/avatar/7/mini_me.png", theirs)
    store.put("uploads/user/avatar/7/me.png", coloured(90))
    arrived(service, "uploads/user/avatar/7/me.png")
    assert store.get("uploads/user/avatar/7/mini_me.png").read() == theirs


def test_in_the_classic_grammar_a_preset_that_it_can_spell_is_made(store: Store) -> None:
    service = service_of(
        store,
        grammars=["classic"],
        sizes=["30x30"],
        presets={"square": {"transform": "30x30-enlarge", "format": "png", "eager": True}},
    )
    store.put("tom.png", coloured(90))
    assert arrived(service, "tom.png").made == ("30x30/tom.png",)
    assert service.handle(Request("/30x30/tom.png")).headers["Firstsight-Result"] == "stored"


def test_on_a_website_there_is_one_object_for_all(store: Store) -> None:
    service = service_of(store, aws={"topology": "website"})
    store.put("tom.png", coloured(90))
    assert set(arrived(service, "tom.png").made) == {"tom.png/thumb.webp", "tom.png/wide"}
    assert store.head("tom.png/wide").attributes["Content-Type"] == "image/jpeg"


def test_a_preset_that_a_source_cannot_have_keeps_none_of_the_others_back(store: Store) -> None:
    presets = {"second": {"transform": "20x-frame2", "format": "png", "eager": True}, "thumb": PRESETS["thumb"]}
    service = service_of(store, presets=presets)
    store.put("tom.png", coloured(90))
    reaction = arrived(service, "tom.png")
    assert (reaction.made, reaction.problem) == (("tom.png/thumb.webp",), None)


BAD: dict[str, tuple[str, bytes, dict[str, Any], str]] = {
    "cut short": ("tom.png", coloured(90)[:60], {}, "damaged-image"),
    "no image at all": ("tom.jpg", b"This is a letter.", {}, "unsupported-format"),
    "of too many bytes": ("tom.png", coloured(90), {"limits": {"source_bytes": 50}}, "too-many-bytes"),
    "of too many pixels": ("tom.png", coloured(90), {"limits": {"source_pixels": 50}}, "too-many-pixels"),
}


@pytest.mark.parametrize("case", BAD)
def test_a_source_that_cannot_be_made_into_an_image_is_told_and_raises_nothing(store: Store, case: str) -> None:
    key, data, more, code = BAD[case]
    store.put(key, data)
    reaction = arrived(service_of(store, **more), key)
    assert reaction.problem is not None
    assert (reaction.made, reaction.problem.code) == ((), code)
    assert keys(store) == {key}


@pytest.mark.parametrize("key", ["letter.pdf", "notes", "a/b.txt"])
def test_what_is_not_named_like_an_image_is_no_bad_image(store: Store, key: str) -> None:
    store.put(key, b"This is a letter.")
    assert arrived(service_of(store), key) == Reaction(Change("photos", key))


def test_without_eager_presets_nothing_is_read(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    store.put("tom.png", b"not even looked at")
    monkeypatch.setattr(Store, "get", None)
    assert arrived(service_of(store, presets={"later": PRESETS["later"]}), "tom.png").problem is None


def test_a_store_that_fails_is_raised_and_the_next_news_makes_what_is_missing(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    service = service_of(store)
    store.put("tom.png", coloured(90))
    put, puts = Store.put, iter(range(100))

    def failing(self: Store, key: str, *args: Any, **named: Any) -> bool:
        if next(puts) == 2:
            raise StoreFailed("The store is on fire.")
        return put(self, key, *args, **named)

    monkeypatch.setattr(Store, "put", failing)
    with pytest.raises(StoreFailed):
        arrived(service, "tom.png")
    assert len(keys(store)) == 4, "what was kept before and after stays"
    assert len(arrived(service, "tom.png").made) == 1
    assert len(keys(store)) == 5


def test_what_was_made_before_time_was_over_is_kept(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    service = service_of(store)
    store.put("tom.png", coloured(90))
    monkeypatch.setattr(eager, "TOGETHER", 1)
    monkeypatch.setattr(eager, "time", SimpleNamespace(monotonic=itertools.count().__next__))
    source = store.head("tom.png")
    with pytest.raises(RenderTimeout, match="Only 2 of 4"):
        eager.make(service, source, until=1.5)
    assert len(keys(store)) == 3
    assert len(eager.make(service, source).made) == 2


def test_a_source_that_changes_while_it_is_made_ends_as_it_is_last(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    service = service_of(store)
    store.put("tom.png", coloured(90))
    keep, later = derivatives.keep, iter([coloured(150), coloured(210)])

    def keeping(*args: Any, **named: Any) -> bytes | None:
        kept = keep(*args, **named)
        if (data := next(later, None)) is not None:
            store.put("tom.png", data)
        return kept

    monkeypatch.setattr(derivatives, "keep", keeping)
    arrived(service, "tom.png")
    assert_as_it_should_be(store, {"tom.png": 210})


def assert_as_it_should_be(store: Store, sources: Mapping[str, int]) -> None:
    """There is each source, what is eager of it in its colour, and nothing else."""
    names = ("thumb.webp", "wide.avif", "wide.webp", "wide.jpg")
    made = {f"{source}/{name}": colour for source, colour in sources.items() for name in names}
    assert keys(store) == {*sources, *made}
    for key, colour in made.items():
        assert colour_of(store.get(key).read()) == pytest.approx(colour, abs=3)


@st.composite
def histories(draw: st.DrawFn) -> list[tuple[str, int | None]]:
    """Puts of a source in a colour, and deletions."""
    names = st.sampled_from(["a.png", "b.png", "a.png/b.png"])
    return draw(st.lists(st.tuples(names, st.none() | st.sampled_from([60, 120, 180, 240])), min_size=1, max_size=5))


@settings(max_examples=25)
@given(histories(), st.randoms(use_true_random=False))
def test_news_in_any_order_and_twice_ends_in_the_same_state(
    history: list[tuple[str, int | None]], chance: random.Random
) -> None:
    store = open_store("memory://")
    service = service_of(store)
    sources: dict[str, int] = {}
    news: list[str] = []

    def deliver() -> None:
        key = news.pop(chance.randrange(len(news)))
        before = keys(store)
        reaction = arrived(service, key)
        news.extend(keys(store) - before)  # each put of ours is news, too
        assert before - keys(store) == set(reaction.deleted) - keys(store)

    for key, colour in history:
        if colour is None:
            store.delete(key)
            sources.pop(key, None)
        else:
            store.put(key, coloured(colour))
            sources[key] = colour
        news += [key, key]  # at least once means sometimes twice
        for _ in range(chance.randrange(3)):
            if news:
                deliver()
    while news:
        deliver()
    assert_as_it_should_be(store, sources)


def test_a_photograph_is_made_as_its_requests_make_it(store: Store, photos: Path) -> None:
    service = service_of(store)
    store.put("coffee.png", (photos / "coffee.png").read_bytes())
    arrived(service, "coffee.png")
    eagerly = pyvips.Image.new_from_buffer(store.get("coffee.png/thumb.webp").read(), "").numpy().astype(float)
    store.delete("coffee.png/thumb.webp")
    asked = service.handle(Request("/coffee.png/thumb.webp")).body
    made = pyvips.Image.new_from_buffer(asked, "").numpy().astype(float)
    # what resizing twice changes, in a picture of 40 pixels, and what WebP makes of that
    assert np.abs(eagerly - made).mean() < 6
