"""What follows when a source changes: however late, often and mixed up the news comes, what is stored is of what is."""

from collections.abc import Sequence
from typing import Any
from urllib.parse import quote_plus

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firstsight import derivatives, events
from firstsight.errors import FirstsightError
from firstsight.events import Change, changes, react
from firstsight.http import Request, Response, encode_path
from firstsight.service import Made, Making, Service, open_service
from firstsight.settings import Access, GrammarName, Preset, Settings
from firstsight.stores import Store, open_store
from firstsight.tokens import parse
from tests.service.places import ALPHA, JPEG, OTHER_JPEG, STORES, Place, Watched

SETTINGS = Settings(
    source="memory://",
    derivatives="memory://",
    access=Access.OPEN,
    grammars=(GrammarName.NATIVE, GrammarName.CLASSIC, GrammarName.CARRIERWAVE),
    presets={"thumb": Preset("thumb", parse("30x20"), carrierwave=("up/*/thumb",))},
)
#: Names that are near each other: one is another's beginning, or its folder.
SOURCES = ("up/7/cat.jpg", "up/7/cat", "up/7")
CONTENTS = (JPEG, OTHER_JPEG, ALPHA)


def paths_of(source: str) -> tuple[str, ...]:
    folder, _, name = source.rpartition("/")
    named = (f"{folder}/thumb_{name}",) if folder == "up/7" else ()
    below = (f"{source}/thumb.webp", f"{source}/10x.png") if source != "up/7" else ()  # there files are CarrierWave's
    return (*below, f"31x21/{source}", *named)


def service_over(sources: Store, kept: Store) -> Service:
    opened = open_service(SETTINGS)
    return Service(SETTINGS, sources, kept, opened.grammars)


def ask(service: Service, path: str) -> Response | None:
    try:
        return service.handle(Request(encode_path(path)))
    except FirstsightError:
        return None


def truth() -> dict[tuple[bytes, str], bytes]:
    """What each path gives for each content of its source, from services that have seen nothing else."""
    found = {}
    for content in CONTENTS:
        for source in SOURCES:
            store = open_store("memory://")
            store.put(source, content)
            service = service_over(store, open_store("memory://"))
            for path in paths_of(source):
                response = ask(service, path)
                assert response is not None
                found[content, path] = response.body
    return found


TRUTH = truth()
ASKED = {path: source for source in SOURCES for path in paths_of(source)}
steps = st.lists(
    st.tuples(st.just("put"), st.sampled_from(SOURCES), st.sampled_from(CONTENTS))
    | st.tuples(st.just("delete"), st.sampled_from(SOURCES))
    | st.tuples(st.just("ask"), st.sampled_from(sorted(ASKED)))
    | st.tuples(st.just("deliver"), st.integers(0, 100)),
    min_size=10,
    max_size=60,
)


@given(steps=steps, data=st.data())
def test_events_in_any_order_late_and_twice_end_in_the_state_of_the_sources(
    steps: list[tuple[Any, ...]], data: st.DataObject
) -> None:
    store = open_store("memory://")  # one bucket for all, so that derivatives lie among the sources
    service = service_over(store, store)
    sent: list[str] = []
    for step in steps:
        if step[0] == "put":
            store.put(step[1], step[2])
            sent.append(step[1])
        elif step[0] == "delete":
            store.delete(step[1])
            sent.append(step[1])
        elif step[0] == "ask":
            ask(service, step[1])
            sent.append(step[1])  # S3 tells of every put, also of ours
        elif sent:
            react(service, Change("photos", sent[step[1] % len(sent)]))
    # all of them at last, some once more, in an order that has nothing to do with when they happened
    for key in data.draw(st.permutations(sent + sent[::3])):
        react(service, Change("photos", key))
    for info in store.list():
        if info.key in ASKED:
            source = ASKED[info.key]
            content = store.get(source).read()  # it is there, or this fails
            assert store.get(info.key).read() == TRUTH[content, info.key]
    for source in SOURCES:
        if source in {info.key for info in store.list()}:
            assert store.get(source).read() in CONTENTS


@pytest.fixture(params=["one-bucket", "two-prefixes", "within"])
def s3_place(request: pytest.FixtureRequest) -> Place:
    """Sources and derivatives in a bucket: together, apart, and derivatives in a folder of the sources."""
    sources = STORES["s3"](request, "photos")
    kept = {
        "one-bucket": lambda: sources,
        "two-prefixes": lambda: STORES["s3"](request, "made"),
        "within": lambda: STORES["s3"](request, "photos/made"),
    }[request.param]()
    sources.put("up/7/cat.jpg", JPEG)
    sources.put("up/7/cat.jpg.bak", JPEG)
    place = Place(Watched(sources), Watched(kept), SETTINGS)
    for path in (*paths_of("up/7/cat.jpg"), *paths_of("up/7/cat.jpg.bak")):
        assert place.ask(path).status == 200
    place.forget()
    return place


def event(place: Place, key: str, kind: str = "ObjectCreated:Put", bucket: str = "") -> list[Change]:
    """The news as S3 sends it: the bucket's name, and the whole key encoded as in a form."""
    store = place.sources.store
    name = bucket or store.url.removeprefix("s3://").partition("/")[0]
    whole = quote_plus(store.prefix + key, safe="/")
    return changes([{"eventName": kind, "s3": {"bucket": {"name": name}, "object": {"key": whole}}}])


def derivatives_of(place: Place, source: str) -> set[str]:
    return {key for key in place.kept() if key in paths_of(source)}


def test_a_source_that_is_overwritten_deleted_and_put_back_takes_its_derivatives_along(s3_place: Place) -> None:
    source, other = "up/7/cat.jpg", "up/7/cat.jpg.bak"
    sources = s3_place.sources.store
    for kind, content in (
        ("ObjectCreated:Put", OTHER_JPEG),
        ("ObjectCreated:CompleteMultipartUpload", ALPHA),
        ("ObjectRemoved:Delete", None),
        ("ObjectCreated:Copy", JPEG),
        ("LifecycleExpiration:Delete", None),
        ("ObjectCreated:Put", JPEG),
    ):
        if content is None:
            sources.delete(source)
        else:
            sources.put(source, content)
        was = derivatives_of(s3_place, source)
        [change] = event(s3_place, source, kind)
        assert set(react(s3_place.service, change).deleted) == was
        assert derivatives_of(s3_place, source) == set()
        assert derivatives_of(s3_place, other) == set(paths_of(other))
        assert react(s3_place.service, change).deleted == ()
        for path in paths_of(source):
            if content is not None:
                assert s3_place.ask(path).body == TRUTH[content, path]
        assert derivatives_of(s3_place, source) == (set(paths_of(source)) if content is not None else set())
        assert react(s3_place.service, change).deleted == ()  # a late or repeated event takes nothing that is right


def test_news_of_our_own_puts_and_of_what_is_elsewhere_deletes_nothing_and_lists_nothing(s3_place: Place) -> None:
    for info in s3_place.derivatives.store.list():
        whole = s3_place.derivatives.store.prefix + info.key
        if not derivatives.is_derivative(s3_place.derivatives.store.head(info.key)):
            continue
        change = Change(s3_place.sources.store.url.removeprefix("s3://").partition("/")[0], whole)
        assert react(s3_place.service, change) == events.Reaction(change, ())
    s3_place.sources.store.delete("up/7/cat.jpg")
    kept = s3_place.kept()
    [elsewhere] = event(s3_place, "up/7/cat.jpg", "ObjectRemoved:Delete", bucket="another-bucket")
    assert react(s3_place.service, elsewhere).deleted == ()
    assert s3_place.kept() == kept
    assert "list" not in s3_place.derivatives.calls


@pytest.mark.parametrize("key", ["photos/", "a//b.jpg", "..", "new\nline.jpg"])
def test_news_of_what_can_be_no_source_is_passed_over(s3_place: Place, key: str) -> None:
    [change] = event(s3_place, key)
    assert react(s3_place.service, change).deleted == ()


def test_a_derivative_that_was_being_made_while_its_source_changed_goes_when_it_is_told_of() -> None:
    store = open_store("memory://")
    service = service_over(store, store)
    for path in paths_of("up/7/cat.jpg"):
        for then in (OTHER_JPEG, None):
            store.put("up/7/cat.jpg", JPEG)
            making = service.lookup(Request(encode_path(path)))
            assert isinstance(making, Making)
            made = service._make(making, service.sources.get("up/7/cat.jpg"))
            assert isinstance(made, Made)
            if then is None:
                store.delete("up/7/cat.jpg")
            else:
                store.put("up/7/cat.jpg", then)
            assert react(service, Change("photos", "up/7/cat.jpg")).deleted == ()
            made.keep()  # the news of the source has come before this
            told: dict[str, Sequence[str]] = {}
            reaction = react(service, Change("photos", path), forget=told.__setitem__)
            assert reaction.deleted == (path,)
            assert told == {"up/7/cat.jpg": [path]}
            assert path not in {info.key for info in store.list()}


def test_what_has_the_key_of_an_outdated_derivative_in_another_store_stays() -> None:
    """Derivatives were kept beside the sources once; now they have a store of their own, with a file of somebody's."""
    sources, kept = open_store("memory://"), open_store("memory://")
    path = paths_of("up/7/cat.jpg")[0]
    sources.put("up/7/cat.jpg", JPEG)
    assert ask(service_over(sources, sources), path) is not None
    sources.put("up/7/cat.jpg", OTHER_JPEG)
    kept.put(path, b"theirs")
    assert react(service_over(sources, kept), Change("photos", path)).deleted == ()
    assert kept.get(path).read() == b"theirs"
