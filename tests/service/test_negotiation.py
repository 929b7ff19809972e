"""The format by what the client takes, and one name for one derivative."""

import pytest
import pyvips

from firstsight.http import Request, Response
from tests.service.places import JPEG, Place, result, size

EVERYTHING, WEBP, NOTHING = "image/avif,image/webp,image/apng,*/*;q=0.8", "image/webp,*/*", "*/*"


@pytest.mark.parametrize(
    ("path", "accept", "expected"),
    [
        ("/cat.jpg/30x20", EVERYTHING, "avif"),
        ("/cat.jpg/30x20", WEBP, "webp"),
        ("/cat.jpg/30x20", NOTHING, "jpeg"),
        ("/cat.jpg/30x20", "", "jpeg"),
        ("/cat.jpg/30x20", "image/*", "jpeg"),
        ("/cat.jpg/30x20", "image/avif;q=0, image/webp;q=0.5", "webp"),
        ("/cat.jpg/30x20", "IMAGE/WEBP", "webp"),
        ("/alpha.png/30x20", EVERYTHING, "avif"),
        ("/alpha.png/30x20", WEBP, "webp"),
        ("/alpha.png/30x20", NOTHING, "png"),
        ("/alpha.png/30x20-bgffffff", NOTHING, "jpeg"),
        ("/moving.gif/30x20", EVERYTHING, "webp"),
        ("/moving.gif/30x20", WEBP, "webp"),
        ("/moving.gif/30x20", NOTHING, "gif"),
        ("/moving.gif/30x20-frame1", NOTHING, "png"),  # frames of an animation have transparent parts
        ("/still.gif/30x20", NOTHING, "jpeg"),
        ("/moving.gif/30x20-frame1", EVERYTHING, "avif"),
        ("/cat.jpg/30x20.png", EVERYTHING, "png"),
        ("/30x20/cat.jpg", EVERYTHING, "jpeg"),
    ],
)
def test_the_format_is_the_best_that_the_client_names(local: Place, path: str, accept: str, expected: str) -> None:
    for _ in range(2):  # made, then found
        response = local.ask(path, accept=accept)
        assert response.headers["Content-Type"] == f"image/{expected}"
        assert (
            pyvips.Image.new_from_buffer(response.body, "")
            .get("vips-loader")
            .startswith({"avif": "heif"}.get(expected, expected))
        )
    assert result(response) == "stored"


def test_an_animation_that_is_negotiated_moves(local: Place) -> None:
    for accept in (EVERYTHING, NOTHING):
        response = local.ask("/moving.gif/30x20", accept=accept)
        assert pyvips.Image.new_from_buffer(response.body, "").get("n-pages") == 3


@pytest.mark.parametrize(
    ("named", "accept", "expected"),
    [
        ("/alpha.png/30x20.jpg", NOTHING, "png"),
        ("/moving.gif/30x20.jpg", NOTHING, "gif"),
        ("/moving.gif/30x20.avif", EVERYTHING, "webp"),
        ("/cat.jpg/30x20.jpg", NOTHING, "jpeg"),
        ("/alpha.png/30x20.avif", EVERYTHING, "avif"),
    ],
)
def test_what_was_stored_in_a_format_by_name_is_not_taken_for_a_negotiated_one(
    kept_in: Place, named: str, accept: str, expected: str
) -> None:
    automatic = named.rpartition(".")[0]
    kept_in.ask(named)
    for _ in range(2):  # made, then found
        kept_in.restart()
        response = kept_in.ask(automatic, accept=accept)
        assert response.headers["Content-Type"] == f"image/{expected}"
    kept_in.restart()
    answer = kept_in.service.first(Request(automatic, headers={"accept": accept}))
    assert isinstance(answer, Response)  # found, and not made again
    assert answer.headers["Content-Type"] == f"image/{expected}"


def test_only_a_negotiated_answer_varies_by_accept(local: Place) -> None:
    for path, varies in {"/cat.jpg/30x20": True, "/cat.jpg/30x20.webp": False, "/30x20/cat.jpg": False}.items():
        made, stored = local.ask(path, accept=WEBP), local.ask(path, accept=WEBP)
        unchanged = local.ask(path, accept=WEBP, if_none_match=made.headers["ETag"])
        assert unchanged.status == 304
        for response in (made, stored, unchanged):
            assert response.headers.get("Vary") == ("Accept" if varies else None)


def test_two_formats_of_a_derivative_have_two_etags(local: Place) -> None:
    webp, jpeg = (local.ask("/cat.jpg/30x20", accept=accept) for accept in (WEBP, NOTHING))
    assert webp.headers["ETag"] != jpeg.headers["ETag"]
    assert local.ask("/cat.jpg/30x20", accept=NOTHING, if_none_match=webp.headers["ETag"]).status == 200


@pytest.mark.parametrize(
    ("asked", "canonical"),
    [
        ("/cat.jpg/30x20-cover.webp", "/cat.jpg/30x20.webp"),
        ("/cat.jpg/30x20.jpeg", "/cat.jpg/30x20.jpg"),
        ("/cat.jpg/30x20.auto", "/cat.jpg/30x20"),
        ("/cat.jpg/q80-30x20.webp", "/cat.jpg/30x20-q80.webp"),
        ("/cat.jpg/0030x20.webp", "/cat.jpg/30x20.webp"),
        ("/moving.gif/30x20-still.gif", "/moving.gif/30x20-frame1.gif"),
        ("/a b/caf\u00e9 100%+.jpg/30x20-cover", "/a%20b/caf%C3%A9%20100%25%2B.jpg/30x20"),
    ],
)
def test_another_spelling_is_redirected_to_the_canonical_one(local: Place, asked: str, canonical: str) -> None:
    response = local.ask(asked)
    assert (response.status, response.headers["Location"], response.body) == (308, canonical, b"")
    assert response.headers["Cache-Control"] == "public, max-age=3600"
    assert local.sources.calls == local.derivatives.calls == []
    if not asked.startswith("/a b"):
        assert local.service.handle(Request(response.headers["Location"])).status == 200


@pytest.mark.parametrize(
    "key", ["a b/c+d.jpg", "100%.jpg", "caf\u00e9.jpg", "cafe\u0301.jpg", "📷/🐈.jpg", "q?and#h.jpg", "300x200x.jpg"]
)
def test_any_name_of_a_source_can_be_asked_for(place: Place, key: str) -> None:
    place.sources.store.put(key, JPEG)
    for expected in ("made", "stored"):
        response = place.ask(f"/{key}/30x20.webp")
        assert (result(response), size(response)) == (expected, (30, 20))


def test_images_may_be_read_by_scripts_of_other_sites_where_the_setting_says_so(local: Place) -> None:
    header = "Access-Control-Allow-Origin"
    assert header not in local.ask("/cat.jpg/30x20.webp").headers
    local.restart(cors="https://example.com")
    made, stored, spelled = (local.ask(f"/cat.jpg/{spec}") for spec in ("40x20.webp", "40x20.webp", "q80-40x20.webp"))
    unchanged = local.ask("/cat.jpg/40x20.webp", if_none_match=made.headers["ETag"])
    assert [response.status for response in (made, stored, spelled, unchanged)] == [200, 200, 308, 304]
    assert {response.headers[header] for response in (made, stored, spelled, unchanged)} == {"https://example.com"}
