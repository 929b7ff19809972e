"""A derivative is made once, kept, and then served as it was."""

import urllib.request
from dataclasses import replace
from pathlib import Path
from typing import cast

import pytest

from firstsight.errors import FirstsightError, StoreFailed
from firstsight.http import Request
from firstsight.places import derivatives_url
from firstsight.service import open_service
from firstsight.settings import Settings
from firstsight.stores import open_store
from tests.service.places import JPEG, OPEN, Place, filled, result, size


def test_a_derivative_is_made_once_and_then_served_from_the_store(place: Place) -> None:
    first = place.ask("/cat.jpg/30x20.webp")
    assert (first.status, result(first), size(first)) == (200, "made", (30, 20))
    place.forget()
    second = place.ask("/cat.jpg/30x20.webp")
    assert (second.status, result(second), second.body) == (200, "stored", first.body)
    assert place.sources.calls == ["head"]
    assert place.derivatives.calls == ["get"]
    for response in (first, second):
        assert response.headers["Content-Type"] == "image/webp"
        assert response.headers["Content-Length"] == str(len(first.body))
        assert response.headers["Cache-Control"] == "public, max-age=3600"
        assert response.headers["X-Content-Type-Options"] == "nosniff"
        assert "dur=" in response.headers["Server-Timing"]
    assert first.headers["ETag"] == second.headers["ETag"]


def test_a_new_process_finds_what_another_has_made(place: Place) -> None:
    made = {path: place.ask(path, accept="image/webp") for path in PATHS_OF_AUTO}
    place.restart()
    for path, first in made.items():
        again = place.ask(path, accept="image/webp")
        assert (result(again), again.body, again.headers["ETag"]) == ("stored", first.body, first.headers["ETag"])
    assert "put" not in place.derivatives.calls


PATHS_OF_AUTO = [
    "/cat.jpg/30x20",
    "/alpha.png/30x20",
    "/moving.gif/30x20",
    "/moving.gif/30x20-frame2",
    "/cat.jpg/info.json",
]


def test_what_is_not_changed_is_said_before_any_pixel_is_read(place: Place) -> None:
    etag = place.ask("/cat.jpg/30x20.webp").headers["ETag"]
    place.sources.fails["get"] = place.derivatives.fails["get"] = StoreFailed("Nothing was to be read.")
    place.restart()
    for sent in (etag, f"W/{etag}", f'"other", {etag}', "*"):
        response = place.ask("/cat.jpg/30x20.webp", if_none_match=sent)
        assert (response.status, response.body) == (304, b"")
        assert response.headers["ETag"] == etag
        assert response.headers["Cache-Control"] == "public, max-age=3600"
    assert set(place.sources.calls) == {"head"}
    assert place.derivatives.calls == []
    with pytest.raises(StoreFailed, match="Nothing was to be read"):
        place.ask("/cat.jpg/30x20.webp", if_none_match='"other"')


def test_head_is_answered_like_get_without_a_body(place: Place) -> None:
    for path in ("/cat.jpg/30x20.webp", "/alpha.png/30x20"):  # the first HEAD makes it, the second finds it
        heads = [place.ask(path, "HEAD") for _ in range(2)]
        got = place.ask(path)
        assert [result(head) for head in heads] == ["made", "stored"]
        for head in heads:
            assert (head.status, head.body) == (200, b"")
            for name in got.headers.keys() - {"Server-Timing", "Firstsight-Result"}:
                assert head.headers[name] == got.headers[name]
        assert int(got.headers["Content-Length"]) == len(got.body) > 0


def test_a_description_is_served_like_an_image(place: Place) -> None:
    for expected in ("made", "stored"):
        response = place.ask("/cat.jpg/info.json")
        assert (result(response), response.headers["Content-Type"]) == (expected, "application/json")
        assert b'"width": 60' in response.body


def test_derivatives_beside_the_sources_are_no_sources(s3: str) -> None:
    store = open_store(s3)
    place = filled(store, store)
    place.ask("/cat.jpg/30x20.webp")
    assert "cat.jpg/30x20.webp" in {info.key for info in store.list()}
    with pytest.raises(FirstsightError) as caught:
        place.ask("/cat.jpg/30x20.webp/10x10.webp")
    assert (caught.value.status, caught.value.code) == (404, "source-not-found")
    assert store.get("cat.jpg").read() == JPEG


def test_what_s3_serves_by_itself_carries_its_type_and_how_long_it_may_be_cached(s3: str) -> None:
    store = open_store(s3)
    made = filled(store, store).ask("/cat.jpg/30x20.webp")
    url = store.link("cat.jpg/30x20.webp", seconds=60)
    assert url is not None
    with urllib.request.urlopen(url, timeout=10) as answer:
        assert answer.read() == made.body
        assert answer.headers["Content-Type"] == "image/webp"
        assert answer.headers["Cache-Control"] == "public, max-age=3600"


def test_a_folder_of_photos_is_never_written_to(local: Place, tmp_path: Path) -> None:
    photos = cast(Path, local.sources.store.root)
    service = open_service(replace(OPEN, source=str(photos)))
    before = sorted(photos.rglob("*"))
    assert service.handle(Request("/cat.jpg/30x20.webp")).status == 200
    assert sorted(photos.rglob("*")) == before
    assert cast(Path, service.derivatives.root).is_relative_to(tmp_path / "cache" / "firstsight")
    assert len(list(service.derivatives.list())) == 1


def test_two_folders_of_the_same_name_do_not_share_their_derivatives(tmp_path: Path) -> None:
    kept = set()
    for parent in "ab":
        (tmp_path / parent / "photos").mkdir(parents=True)
        kept.add(derivatives_url(Settings(), open_store(str(tmp_path / parent / "photos"))))
    assert len(kept) == 2


def test_a_bucket_keeps_its_derivatives_beside_its_sources_unless_another_place_is_set(s3: str) -> None:
    store = open_store(s3)
    assert derivatives_url(Settings(source=s3), store) == s3
    assert derivatives_url(Settings(source=s3, derivatives="s3://made"), store) == "s3://made"
