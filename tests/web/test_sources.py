"""The images of a store, a page at a time."""

import threading
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firstsight.errors import BadRequest, FirstsightError, StoreFailed
from firstsight.service import Service, open_service
from firstsight.settings import Settings
from firstsight.stores import BlobInfo, Store, open_store
from firstsight.web import sources
from firstsight.web.sources import Listing, Query, Sources, cut, look, read_query

KEYS = st.lists(st.text("abcXYZ/é", min_size=1, max_size=6), unique=True)


def service_of(store: object, derivatives: Store | None = None) -> Service:
    made = open_service(Settings(source="memory://", derivatives="memory://"))
    return replace(made, sources=cast("Store", store), derivatives=derivatives or made.derivatives)


def keys_of(listing: Listing) -> list[str]:
    return [key for key, _ in listing.images]


def filled(*keys: str) -> Store:
    store = open_store("memory://")
    for key in keys:
        store.put(key, b"12345")
    return store


@dataclass
class Endless:
    """A store of so many blobs that no listing of it ends, or that fails after some."""

    fails_after: int = -1
    url: str = "s3://endless"
    root: None = None
    listings: int = 0

    def list(self) -> Iterator[BlobInfo]:
        self.listings += 1
        count = 0
        while count != self.fails_after:
            count += 1
            yield BlobInfo(f"{-count % 1_000_003:07}.jpg", count, "e", datetime.now(UTC))
        raise StoreFailed("The store could not be read.")


@given(keys=KEYS, limit=st.integers(1, 4), find=st.sampled_from(["", "a", "X", "x", "É"]))
def test_going_from_page_to_page_meets_every_image_once_and_in_order(keys: list[str], limit: int, find: str) -> None:
    listing = Listing(tuple((key, 1) for key in sorted(keys)))
    met: list[str] = []
    after: str | None = ""
    while after is not None:
        page = cut(listing, Query(after, find, limit))
        assert len(page["images"]) <= limit
        met += [image["key"] for image in page["images"]]
        after = page["next"]
    assert met == sorted(key for key in keys if find.casefold() in key.casefold())
    assert page["total"] == len(met)


def test_only_what_looks_like_an_image_that_can_be_decoded_and_is_not_hidden_is_listed() -> None:
    store = filled("b.JPG", "a/c.jpeg", "d.tif", "notes.txt", "e.svg", "f.heic", ".hidden.jpg", ".trash/g.jpg", "jpg")
    assert keys_of(look(service_of(store, open_store("memory://")))) == ["a/c.jpeg", "b.JPG", "d.tif"]
    drawing = replace(service_of(store), settings=Settings(svg=True))
    assert "e.svg" in keys_of(look(drawing))


def test_derivatives_that_are_kept_among_the_sources_are_not_listed() -> None:
    store = filled("cat.jpg", "cat.jpg/300x200.webp", "300x200/cat.jpg", "flip/full.jpg", "300x200/notes.txt")
    assert keys_of(look(service_of(store, store))) == ["cat.jpg", "flip/full.jpg"]


def test_folders_named_like_images_are_listed_where_derivatives_have_a_place_of_their_own(tmp_path: Path) -> None:
    (tmp_path / "photos" / "300x200" / "cat.jpg").mkdir(parents=True)
    (tmp_path / "photos" / "300x200" / "cat.jpg" / "full.png").write_bytes(b"1234567")
    settings = Settings(source=str(tmp_path / "photos"), derivatives=str(tmp_path / "made"))
    page = Sources(open_service(settings)).page(Query())
    assert page["images"] == [{"key": "300x200/cat.jpg/full.png", "bytes": 7}]
    assert page["store"] == "photos"


def test_a_listing_without_an_end_is_cut_short_and_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sources, "MOST_LOOKED_AT", 1000)
    listing = look(service_of(Endless()))
    assert (len(listing.images), listing.cut_short) == (1000, True)
    assert list(listing.images) == sorted(listing.images)


def test_a_listing_that_takes_too_long_is_cut_short(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sources, "MOST_SECONDS", -1.0)
    assert look(service_of(Endless())).cut_short


def test_a_store_that_fails_half_way_shows_what_it_gave_and_one_that_gives_nothing_is_an_error() -> None:
    listing = look(service_of(Endless(fails_after=3)))
    assert (len(listing.images), listing.cut_short) == (3, True)
    with pytest.raises(StoreFailed):
        look(service_of(Endless(fails_after=0)))


def test_a_slow_listing_is_kept_for_the_next_pages_and_shared_by_those_who_ask_at_the_same_time(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(sources, "MOST_LOOKED_AT", 20_000)
    store = Endless()
    kept = Sources(service_of(store))
    asking = [threading.Thread(target=kept.page, args=(Query(),)) for _ in range(4)]
    for thread in asking:
        thread.start()
    for thread in asking:
        thread.join()
    assert store.listings == 1


def test_a_new_image_in_a_small_folder_is_soon_there(tmp_path: Path) -> None:
    kept = Sources(open_service(Settings(source=str(tmp_path), derivatives="memory://")))
    assert kept.page(Query())["total"] == 0
    (tmp_path / "new.jpg").write_bytes(b"x")
    while kept.page(Query())["total"] == 0:
        pass  # for ten times as long as the listing took
    assert kept.page(Query())["images"] == [{"key": "new.jpg", "bytes": 1}]


@pytest.mark.parametrize("limit", ["0", "501", "-1", "ten", "", "1.5", "٣", "9999999999"])
def test_a_limit_out_of_range_is_refused(limit: str) -> None:
    with pytest.raises(BadRequest, match="from 1 to 500"):
        read_query({"limit": limit})


def test_a_query_without_anything_is_the_first_page() -> None:
    assert read_query({}) == Query("", "", 60)
    assert read_query({"after": "a", "find": "b", "limit": "500"}) == Query("a", "b", 500)


def test_an_error_of_the_store_is_ours() -> None:
    broken: Any = Endless(fails_after=0)
    with pytest.raises(FirstsightError):
        Sources(service_of(broken)).page(Query())
