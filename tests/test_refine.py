"""What was encoded quickly is encoded again by its own event, once, and never over something newer."""

import random
from pathlib import Path
from typing import Any

import pytest
import pyvips
from hypothesis import given, settings
from hypothesis import strategies as st

from firstsight import Request, Response, Service, derivatives, events, refine
from firstsight.errors import StoreFailed
from firstsight.events import Change
from firstsight.grammars import select
from firstsight.image.efforts import EFFORTS, Effort, chosen
from firstsight.refine import Refined, State
from firstsight.settings import from_dict
from firstsight.stores import Store, open_store
from firstsight.transform import Format

LONG = "public, max-age=31536000, immutable"
PRESETS = {"small": "160x120", "photo": {"transform": "300x", "format": "webp"}}


@pytest.fixture(scope="module")
def coffee(photos: Path) -> bytes:
    return (photos / "coffee.png").read_bytes()


@pytest.fixture(scope="module")
def cat(photos: Path) -> bytes:
    return (photos / "chelsea.png").read_bytes()


@pytest.fixture
def store(coffee: bytes) -> Store:
    """Sources and derivatives in one."""
    opened = open_store("memory://")
    opened.put("coffee.png", coffee)
    return opened


def service_of(store: Store, *, on: bool = True, **more: Any) -> Service:
    given = from_dict(
        {"source": "memory://", "access": "open", "presets": PRESETS, "refine": on, "cache_control": LONG, **more}
    )
    return Service(given, store, store, select(given.grammars))


def ask(service: Service, path: str, **headers: str) -> Response:
    return service.handle(
        Request(f"/{path}", headers={name.replace("_", "-"): value for name, value in headers.items()})
    )


def told(service: Service, key: str) -> Refined | None:
    return events.react(service, Change("photos", key)).refined


@pytest.mark.parametrize("named", ["", "0x0x0xbrandx2fsalex2epng"])
def test_what_has_a_watermark_is_refined_whichever_it_has(store: Store, cat: bytes, named: str) -> None:
    store.put("brand/sale.png", cat)
    store.put("brand/own.png", cat)
    service = service_of(store, watermark="" if named else "brand/own.png", watermarks=["brand/"])
    key = f"coffee.png/200x150-mark50south{named}.avif"
    first = ask(service, key)
    refined = told(service, key)
    assert refined is not None
    assert refined.state is State.REFINED
    without = ask(service, "coffee.png/200x150.png")
    images = (store.get(key).read(), first.body, without.body)
    shown, quick, plain = (pyvips.Image.new_from_buffer(each, "").numpy().astype(float) for each in images)
    assert abs(shown - quick).mean() < abs(shown - plain).mean() / 2  # the watermark is there still


def encoding(store: Store, key: str) -> str:
    return store.head(key).attributes.get(derivatives.ENCODING, "")


@pytest.mark.parametrize("key", ["coffee.png/photo.webp", "coffee.png/small.avif", "coffee.png/200x150-smart.avif"])
def test_the_first_answer_is_encoded_quickly_and_its_own_event_makes_it_smaller(store: Store, key: str) -> None:
    service = service_of(store)
    first = ask(service, key)
    before = store.get(key)
    assert before.read() == first.body
    assert encoding(store, key) == "fast"
    refined = told(service, key)
    after = store.get(key)
    data = after.read()
    assert refined == Refined(key, State.REFINED, len(first.body), len(data))
    assert len(data) < len(first.body)
    same = {derivatives.TAG, derivatives.SOURCE, derivatives.TRANSFORM, "Content-Type"}
    assert {name: after.info.attributes[name] for name in same} == {name: before.info.attributes[name] for name in same}
    shown, quick = (pyvips.Image.new_from_buffer(each, "").numpy().astype(float) for each in (data, first.body))
    assert shown.shape == quick.shape
    assert abs(shown - quick).mean() < 8, "it is the same picture"
    assert ask(service, key).body == data


def test_what_is_refined_is_not_refined_again_and_its_replacements_event_ends(store: Store) -> None:
    service = service_of(store)
    ask(service, "coffee.png/photo.webp")
    assert told(service, "coffee.png/photo.webp")
    modified = store.head("coffee.png/photo.webp").modified
    for _ in range(2):
        assert told(service, "coffee.png/photo.webp") is None
    assert store.head("coffee.png/photo.webp").modified == modified
    assert encoding(store, "coffee.png/photo.webp") == "refined"


def test_what_becomes_no_smaller_is_kept_and_says_so(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    service = service_of(store)
    first = ask(service, "coffee.png/photo.webp").body
    monkeypatch.setattr(refine, "_slowly", lambda *args: first + b"\0")
    kept = told(service, "coffee.png/photo.webp")
    assert kept == Refined("coffee.png/photo.webp", State.KEPT, len(first), len(first))
    assert store.get("coffee.png/photo.webp").read() == first
    assert store.head("coffee.png/photo.webp").attributes["Cache-Control"] == LONG
    assert told(service, "coffee.png/photo.webp") is None


def test_what_takes_too_long_is_kept(store: Store) -> None:
    service = service_of(store)
    ask(service, "coffee.png/photo.webp")
    impatient = service_of(store, limits={"seconds": 0.1, "output_pixels": 10})
    refined = told(impatient, "coffee.png/photo.webp")
    assert refined is not None
    assert refined.state is State.KEPT


def test_until_it_is_refined_it_may_not_be_kept_elsewhere_for_long(store: Store) -> None:
    service = service_of(store)
    key = "coffee.png/photo.webp"
    first, again = ask(service, key), ask(service, key)
    for answer in (first, again):
        assert answer.headers["Cache-Control"] == "public, max-age=60"
    assert store.head(key).attributes["Cache-Control"] == "public, max-age=60"
    told(service, key)
    assert store.head(key).attributes["Cache-Control"] == LONG
    better = ask(service, key, if_none_match=first.headers["ETag"])
    assert (better.status, better.headers["Cache-Control"]) == (200, LONG), "the quick one is no more good"
    assert ask(service, key, if_none_match=better.headers["ETag"]).status == 304


def test_what_has_one_effort_only_is_made_as_ever(store: Store) -> None:
    service = service_of(store)
    for key in ("coffee.png/200x.jpg", "coffee.png/200x.png", "coffee.png/info.json"):
        assert ask(service, key).headers["Cache-Control"] == LONG
        assert encoding(store, key) == ""
        assert told(service, key) is None


def test_without_the_setting_nothing_is_quick_and_nothing_is_refined(store: Store) -> None:
    quick = ask(service_of(store), "coffee.png/photo.webp").body
    store.delete("coffee.png/photo.webp")
    service = service_of(store, on=False)
    usual = ask(service, "coffee.png/photo.webp").body
    assert usual != quick
    assert encoding(store, "coffee.png/photo.webp") == ""
    assert told(service, "coffee.png/photo.webp") is None


def test_in_a_folder_which_has_no_events_nothing_is_quick(tmp_path: Path, coffee: bytes) -> None:
    (tmp_path / "coffee.png").write_bytes(coffee)
    folder, memory = open_store(str(tmp_path)), open_store("memory://")
    memory.put("coffee.png", coffee)
    assert (
        ask(service_of(folder), "coffee.png/photo.webp").body
        == ask(service_of(memory, on=False), "coffee.png/photo.webp").body
    )


def test_one_whose_source_has_changed_is_not_refined_but_goes(store: Store, cat: bytes) -> None:
    service = service_of(store)
    ask(service, "coffee.png/photo.webp")
    store.put("coffee.png", cat)
    reaction = events.react(service, Change("photos", "coffee.png/photo.webp"))
    assert reaction.refined is not None
    assert reaction.refined.state is State.STALE
    assert reaction.deleted == ("coffee.png/photo.webp",)
    assert [info.key for info in store.list()] == ["coffee.png"]


def test_one_whose_preset_has_changed_is_left_as_it_is(store: Store) -> None:
    quick = ask(service_of(store), "coffee.png/photo.webp").body
    other = service_of(store, presets={"photo": {"transform": "301x", "format": "webp"}})
    refined = told(other, "coffee.png/photo.webp")
    assert refined is not None
    assert refined.state is State.STALE
    assert store.get("coffee.png/photo.webp").read() == quick


def test_a_newer_one_that_is_put_meanwhile_is_never_replaced(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    service = service_of(store)
    ask(service, "coffee.png/photo.webp")
    newer = {derivatives.TAG: "newer", "Content-Type": "image/webp"}

    def slow(*args: Any) -> bytes:
        store.put("coffee.png/photo.webp", b"newer", newer)
        return b"small"

    monkeypatch.setattr(refine, "_slowly", slow)
    refined = told(service, "coffee.png/photo.webp")
    assert refined is not None
    assert refined.state is State.GONE
    assert store.get("coffee.png/photo.webp").read() == b"newer"


def test_one_that_is_purged_meanwhile_does_not_come_back(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    service = service_of(store)
    ask(service, "coffee.png/photo.webp")

    def slow(*args: Any) -> bytes:
        store.delete("coffee.png/photo.webp")
        return b"small"

    monkeypatch.setattr(refine, "_slowly", slow)
    refined = told(service, "coffee.png/photo.webp")
    assert refined is not None
    assert refined.state is State.GONE
    assert [info.key for info in store.list()] == ["coffee.png"]


def test_a_store_that_fails_is_raised_so_that_the_event_comes_again(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    service = service_of(store)
    ask(service, "coffee.png/photo.webp")

    def failing(*args: Any, **named: Any) -> bool:
        raise StoreFailed("The store is on fire.")

    with monkeypatch.context() as broken:
        broken.setattr(Store, "put", failing)
        with pytest.raises(StoreFailed):
            told(service, "coffee.png/photo.webp")
    refined = told(service, "coffee.png/photo.webp")
    assert refined is not None
    assert refined.state is State.REFINED


def test_versions_of_carrierwave_and_urls_of_other_servers_are_refined_too(store: Store, coffee: bytes) -> None:
    directory = "uploads/user/avatar/7"
    store.put(f"{directory}/me.jpg", coffee)
    presets = {"mini": {"transform": "200x200", "format": "webp", "carrierwave": ["uploads/user/avatar/*/mini"]}}
    service = service_of(store, presets=presets, grammars=["carrierwave", "thumbor"])
    ask(service, f"{directory}/mini_me.webp")
    ask(service, "unsafe/200x150/filters:format(webp)/coffee.png")
    made = {info.key for info in store.list()} - {"coffee.png", f"{directory}/me.jpg"}
    assert len(made) == 2
    for key in made:
        assert encoding(store, key) == "fast"
        refined = told(service, key)
        assert refined is not None
        assert refined.state is State.REFINED


def test_what_is_made_ahead_is_encoded_slowly_at_once(store: Store) -> None:
    service = service_of(store, presets={"photo": {"transform": "300x", "format": "webp", "eager": True}})
    assert events.react(service, Change("photos", "coffee.png")).made == ("coffee.png/photo.webp",)
    eager = store.get("coffee.png/photo.webp").read()
    assert encoding(store, "coffee.png/photo.webp") == ""
    store.delete("coffee.png/photo.webp")
    ask(service, "coffee.png/photo.webp")
    told(service, "coffee.png/photo.webp")
    assert store.get("coffee.png/photo.webp").read() == eager


def test_an_effort_is_a_number_of_libvips_and_larger_results_get_no_more_of_it() -> None:
    for (format, effort), table in EFFORTS.items():
        numbers = [number for _, number in table]
        assert numbers == sorted(numbers, reverse=True)
        for pixels in (1, 1_000_000, 100_000_000):
            assert chosen(format, effort, pixels)["effort"] in range(7)
    assert chosen(Format.JPEG, Effort.SLOW, 1) == chosen(Format.AVIF, Effort.USUAL, 1) == {}


@settings(max_examples=15)
@given(st.randoms(use_true_random=False), st.lists(st.sampled_from(["ask", "replace", "news"]), min_size=2, max_size=6))
def test_news_in_any_order_and_twice_ends_with_what_is_refined_of_the_source_as_it_is_last(
    chance: random.Random, steps: list[str]
) -> None:
    store = open_store("memory://")
    service = service_of(store)
    key, news, colour = "tom.png/160x120.webp", ["tom.png"], 0
    store.put("tom.png", noisy(colour))

    def deliver() -> None:
        event = news.pop(chance.randrange(len(news)))
        before = store.head(key).etag if key in {info.key for info in store.list()} else ""
        events.react(service, Change("photos", event))
        if key in {info.key for info in store.list()} and store.head(key).etag != before:
            news.append(key)

    for step in steps:
        if step == "ask":
            ask(service, key)
            news += [key, key]
        elif step == "replace":
            colour += 1
            store.put("tom.png", noisy(colour))
            news += ["tom.png", "tom.png"]
        elif news:
            deliver()
    while news:
        deliver()
    left = {info.key for info in store.list()}
    assert left <= {"tom.png", key}
    if key in left:
        assert encoding(store, key) in ("refined", "kept")
        assert store.head(key).attributes[derivatives.SOURCE] == store.head("tom.png").etag


def noisy(number: int) -> bytes:
    """A picture that two efforts write differently."""
    image = pyvips.Image.gaussnoise(200, 150, mean=100 + 20 * number, sigma=20).gaussblur(1)
    return bytes(image.cast("uchar").copy(interpretation="b-w").pngsave_buffer())
