"""One request, one straight line: what is asked, made, stored, served again, and refused."""

import itertools
import os
import time
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, cast

import numpy as np
import pytest
import pyvips

from firstsight import signing, tokens
from firstsight.errors import FirstsightError, StoreFailed, StoreTimeout
from firstsight.http import Request, Response, encode_path
from firstsight.service import Service, derivatives_url, open_service
from firstsight.settings import Access, Damaged, Key, Limits, Preset, Settings
from firstsight.stores import Store, open_store
from tests import servers

_numbers = itertools.count()


def noise(width: int, height: int, bands: int = 3, seed: int = 0) -> pyvips.Image:
    """An image of which no two are alike."""
    values = np.random.default_rng(seed).integers(0, 255, (height, width, bands), dtype=np.uint8)
    return pyvips.Image.new_from_array(values, interpretation="srgb" if bands > 2 else "b-w")


def moving(frames: int = 3) -> bytes:
    strip = pyvips.Image.arrayjoin([noise(60, 40, seed=i) for i in range(frames)], across=1).copy()
    strip.set_type(pyvips.GValue.gint_type, "page-height", 40)
    strip.set_type(pyvips.GValue.array_int_type, "delay", [100] * frames)
    return bytes(strip.gifsave_buffer())


JPEG = bytes(noise(60, 40).jpegsave_buffer())
OTHER_JPEG = bytes(noise(60, 40, seed=7).jpegsave_buffer())
ALPHA = bytes(noise(60, 40, bands=4).pngsave_buffer())
SOURCES = {
    "cat.jpg": JPEG,
    "alpha.png": ALPHA,
    "moving.gif": moving(),
    "still.gif": bytes(noise(60, 40).gifsave_buffer()),
}
OPEN = Settings(access=Access.OPEN)


class Watched:
    """A store that writes down what is asked of it, and fails where it is told to."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self.calls: list[str] = []
        self.fails: dict[str, FirstsightError] = {}

    def __getattr__(self, name: str) -> Any:
        value = getattr(self.store, name)
        if name not in ("head", "get", "put", "delete", "list"):
            return value

        def call(*args: Any, **options: Any) -> Any:
            self.calls.append(name)
            if name in self.fails:
                raise self.fails[name]
            return value(*args, **options)

        return call


@dataclass
class Place:
    """A service over two watched stores."""

    sources: Watched
    derivatives: Watched
    settings: Settings = OPEN
    service: Service = field(init=False)

    def __post_init__(self) -> None:
        self.restart()

    def restart(self, **changes: Any) -> None:
        """A new process, perhaps with other settings, over the same stores."""
        self.settings = replace(self.settings, **changes)
        opened = open_service(replace(self.settings, source="memory://", derivatives="memory://"))
        self.service = replace(
            opened, sources=cast(Store, self.sources), derivatives=cast(Store, self.derivatives), seen=opened.seen
        )
        self.forget()

    def forget(self) -> None:
        self.sources.calls.clear()
        self.derivatives.calls.clear()

    def ask(self, path: str, method: str = "GET", **headers: str) -> Response:
        """Ask for a decoded path."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return self.service.handle(Request(encode_path(path.removeprefix("/")), method, named))

    def kept(self) -> list[str]:
        return sorted(info.key for info in self.derivatives.store.list())


def result(response: Response) -> str:
    return response.headers["Firstsight-Result"]


def size(response: Response) -> tuple[int, int]:
    image = pyvips.Image.new_from_buffer(response.body, "")
    return image.width, image.height


@pytest.fixture(scope="session")
def bucket(s3_server: str) -> str:
    name = f"service-{next(_numbers)}"
    servers.make_bucket(s3_server, name)
    return name


@pytest.fixture(autouse=True)
def _no_account(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in servers.clear_environment():
        monkeypatch.delenv(name)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))


@pytest.fixture
def s3(bucket: str, s3_server: str, monkeypatch: pytest.MonkeyPatch) -> str:
    """The URL of an empty place in a bucket."""
    for name, value in {
        "AWS_ENDPOINT_URL": s3_server,
        "AWS_ACCESS_KEY_ID": "testing",
        "AWS_SECRET_ACCESS_KEY": "testing",
        "AWS_REGION": "us-east-1",
    }.items():
        monkeypatch.setenv(name, value)
    return f"s3://{bucket}/{next(_numbers)}"


STORES: dict[str, Callable[[pytest.FixtureRequest, str], Store]] = {
    "file": lambda request, name: open_store(str(request.getfixturevalue("tmp_path") / name), create=True),
    "s3": lambda request, name: open_store(f"{request.getfixturevalue('s3')}/{name}"),
}


def filled(sources: Store, derivatives: Store) -> Place:
    for key, data in SOURCES.items():
        sources.put(key, data)
    return Place(Watched(sources), Watched(derivatives))


@pytest.fixture(params=itertools.product(STORES, STORES), ids=lambda pair: f"{pair[0]}-to-{pair[1]}")
def place(request: pytest.FixtureRequest) -> Place:
    """Each pair of a store of sources and one of derivatives."""
    sources, kept = request.param
    return filled(STORES[sources](request, "photos"), STORES[kept](request, "made"))


@pytest.fixture(params=STORES)
def kept_in(request: pytest.FixtureRequest) -> Place:
    """Sources in a folder, and each store of derivatives."""
    return filled(STORES["file"](request, "photos"), STORES[request.param](request, "made"))


@pytest.fixture
def local(request: pytest.FixtureRequest) -> Place:
    """Both in folders, where it makes no difference."""
    return filled(STORES["file"](request, "photos"), STORES["file"](request, "made"))


# Made once, then stored.


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


# Negotiation.

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


# One name for one derivative.


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


# Who may ask.

KEYS = (Key("old", b"a secret of the past"), Key("new", b"a secret of today.."))


def test_a_signed_url_is_served_and_any_other_refused(local: Place) -> None:
    local.restart(access="signed", keys=KEYS)
    path = "/cat.jpg/30x20.webp"
    for key in KEYS:
        assert local.ask(f"/{signing.sign(path, key)}{path}").status == 200
    assert local.ask(f"/{signing.sign(path, KEYS[1], int(time.time()) + 60)}{path}").status == 200
    assert local.kept() == [k for k in local.kept() if k.startswith("cat.jpg/30x20.webp")]
    refused = {
        path: "bad-signature",
        f"/~new.{'A' * 22}{path}": "bad-signature",
        f"/~nobody{signing.sign(path, KEYS[1])[4:]}{path}": "bad-signature",
        f"/{signing.sign(path, KEYS[1])}/cat.jpg/31x20.webp": "bad-signature",
        f"/{signing.sign(path, KEYS[1], int(time.time()) - 1)}{path}": "signature-expired",
    }
    local.forget()
    for url, code in refused.items():
        with pytest.raises(FirstsightError) as caught:
            local.ask(url)
        assert (caught.value.status, caught.value.code) == (403, code)
    assert local.sources.calls == []


def test_another_spelling_of_a_signed_url_keeps_its_signature(local: Place) -> None:
    local.restart(access="signed", keys=KEYS)
    signature = signing.sign("/cat.jpg/30x20.webp", KEYS[1])
    response = local.ask(f"/{signature}/cat.jpg/30x20-cover.webp")
    assert (response.status, response.headers["Location"]) == (308, f"/{signature}/cat.jpg/30x20.webp")
    assert local.service.handle(Request(response.headers["Location"])).status == 200


def presets(**specs: str) -> dict[str, Preset]:
    return {name: Preset(name, tokens.parse(spec)) for name, spec in specs.items()}


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("/cat.jpg/thumb.webp", (20, 20)),
        ("/cat.jpg/thumb.jpg", (20, 20)),
        ("/cat.jpg/thumb", (20, 20)),
        ("/cat.jpg/thumb-dpr2.webp", (40, 40)),
        ("/cat.jpg/thumb-dpr3.webp", (60, 60)),
        ("/cat.jpg/thumb-dpr4.webp", None),
        ("/cat.jpg/thumb-q50.webp", None),
        ("/cat.jpg/thumb-30x.webp", None),
        ("/cat.jpg/30x20.webp", None),
        ("/30x20/cat.jpg", (30, 20)),
        ("/31x20/cat.jpg", None),
    ],
)
def test_with_presets_only_they_and_the_listed_sizes_are_served(
    local: Place, path: str, expected: tuple[int, int] | None
) -> None:
    local.restart(access="presets", presets=presets(thumb="20x20-smart-enlarge-q80"), sizes=((30, 20),))
    if expected is not None:
        assert size(local.ask(path)) == expected
        return
    with pytest.raises(FirstsightError) as caught:
        local.ask(path)
    assert (caught.value.status, caught.value.code) == (403, "not-allowed")
    assert local.sources.calls == []


def test_tokens_after_a_preset_change_it(local: Place) -> None:
    local.restart(presets=presets(thumb="20x20-grayscale.png"))
    assert size(local.ask("/cat.jpg/thumb-30x10.png")) == (30, 10)
    assert local.ask("/cat.jpg/thumb-grayscale.png").headers["Location"] == "/cat.jpg/thumb.png"


def test_a_classic_size_is_filled_and_enlarged(local: Place) -> None:
    for expected in ("made", "stored"):
        response = local.ask("/90x90/cat.jpg")
        assert (result(response), size(response), response.headers["Content-Type"]) == (
            expected,
            (90, 90),
            "image/jpeg",
        )


# Freshness.


def test_a_replaced_source_gives_a_new_derivative(place: Place) -> None:
    first = place.ask("/cat.jpg/30x20.png")
    place.sources.store.put("cat.jpg", OTHER_JPEG)
    second = place.ask("/cat.jpg/30x20.png", if_none_match=first.headers["ETag"])
    assert (second.status, result(second)) == (200, "made")
    assert second.body != first.body
    assert second.headers["ETag"] != first.headers["ETag"]
    assert result(place.ask("/cat.jpg/30x20.png")) == "stored"
    place.sources.store.put("cat.jpg", JPEG)
    assert place.ask("/cat.jpg/30x20.png").body == first.body


def test_a_source_that_is_replaced_by_an_older_file_gives_a_new_derivative(local: Place) -> None:
    first = local.ask("/cat.jpg/30x20.png")
    file = cast(Path, local.sources.store.root) / "cat.jpg"
    older = file.with_name("older.jpg")
    older.write_bytes(OTHER_JPEG)
    os.utime(older, (0, 0))
    older.replace(file)
    second = local.ask("/cat.jpg/30x20.png")
    assert (result(second), second.body != first.body) == ("made", True)


def test_a_source_that_is_replaced_within_the_same_second_gives_a_new_derivative(local: Place) -> None:
    file = cast(Path, local.sources.store.root) / "cat.jpg"
    bodies = set()
    for seed in range(4):  # in place, of the same size and with the same time
        data = noise(60, 40, seed=seed).jpegsave_buffer()
        file.write_bytes(data + b"\0" * (10_000 - len(data)))
        os.utime(file, (1_000_000_000, 1_000_000_000))
        bodies.add(local.ask("/cat.jpg/30x20.png").body)
        time.sleep(0.02)  # more than a tick of the clock that the file system reads
    assert len(bodies) == 4


def test_a_deleted_source_is_not_found_though_its_derivative_is_stored(place: Place) -> None:
    place.ask("/cat.jpg/30x20.webp")
    place.sources.store.delete("cat.jpg")
    with pytest.raises(FirstsightError) as caught:
        place.ask("/cat.jpg/30x20.webp")
    assert (caught.value.status, caught.value.code) == (404, "source-not-found")


def test_a_preset_that_is_changed_gives_a_new_derivative(kept_in: Place) -> None:
    kept_in.restart(presets=presets(thumb="30x20"))
    assert size(kept_in.ask("/cat.jpg/thumb.webp")) == (30, 20)
    kept_in.restart(presets=presets(thumb="20x30"))
    changed = kept_in.ask("/cat.jpg/thumb.webp")
    assert (result(changed), size(changed)) == ("made", (20, 30))
    assert result(kept_in.ask("/cat.jpg/thumb.webp")) == "stored"
    assert len(kept_in.kept()) == 1


def test_an_older_local_derivative_is_removed_when_a_newer_one_is_kept(local: Place) -> None:
    local.ask("/cat.jpg/31x20.png")
    for data in (JPEG, OTHER_JPEG, SOURCES["alpha.png"]):
        local.sources.store.put("cat.jpg", data)
        local.ask("/cat.jpg/30x20.png")
    assert [key.rpartition("/")[0] for key in local.kept()] == ["cat.jpg/30x20.png", "cat.jpg/31x20.png"]


def test_names_that_are_longer_than_a_file_may_have_are_served_and_kept(kept_in: Place) -> None:
    spec = "30x20-bg" + "-".join(["ffffff", "blur1", "brightness101", "contrast101", "saturation101"])
    long = "x" * 240 + ".jpg"
    kept_in.sources.store.put(long, JPEG)
    for path in (f"/{long}/30x20.webp", f"/30x20/{long}", f"/{long}/" + spec + ".webp"):
        assert [result(kept_in.ask(path)) for _ in range(2)] == ["made", "stored"]
    assert len(kept_in.kept()) == 3


def test_a_source_whose_name_no_folder_could_hold_is_served_from_s3(request: pytest.FixtureRequest) -> None:
    place = filled(STORES["s3"](request, "photos"), STORES["file"](request, "made"))
    key = "x" * 400 + ".jpg"
    place.sources.store.put(key, JPEG)
    assert [result(place.ask(f"/{key}/30x20.webp")) for _ in range(2)] == ["made", "stored"]


# Stores that fail.


@pytest.mark.parametrize("error", [StoreFailed("It is full.", log="no space left"), StoreTimeout("Too slow.")])
def test_an_image_that_cannot_be_kept_is_answered_all_the_same(kept_in: Place, error: FirstsightError) -> None:
    kept_in.derivatives.fails["put"] = error
    for _ in range(2):
        response = kept_in.ask("/cat.jpg/30x20.webp")
        assert (response.status, result(response), size(response)) == (200, "made", (30, 20))
        assert response.facts["not_kept"] == error.code
        assert response.facts["reason"] == (error.log or error.message)
    assert kept_in.kept() == []
    kept_in.derivatives.fails.clear()
    assert "not_kept" not in kept_in.ask("/cat.jpg/30x20.webp").facts
    assert result(kept_in.ask("/cat.jpg/30x20.webp")) == "stored"


@pytest.fixture(scope="module")
def hostile() -> Iterator[servers.HostileS3]:
    large = noise(900, 600).jpegsave_buffer(Q=90)
    with servers.HostileS3(body=bytes(large)).running() as running:
        yield running


@pytest.mark.parametrize("damaged", ["strict", "best_effort"])
@pytest.mark.parametrize(
    ("bucket_name", "status", "code"),
    [
        ("cuts", 502, "store-failed"),
        ("stalls", 504, "store-timeout"),
        ("silent", 504, "store-timeout"),
        ("busy", 502, "store-failed"),
        ("forbids", 502, "store-denied"),
        ("elsewhere", 502, "store-failed"),
    ],
)
def test_a_source_that_does_not_come_whole_stores_nothing(
    hostile: servers.HostileS3,
    s3: str,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    bucket_name: str,
    status: int,
    code: str,
    damaged: str,
) -> None:
    assert len(hostile.body) > 400_000
    monkeypatch.setenv("AWS_ENDPOINT_URL", hostile.address)
    limits = Limits(seconds=0.5)
    settings = replace(
        OPEN, source=f"s3://{bucket_name}", derivatives=str(tmp_path / "made"), damaged=Damaged(damaged), limits=limits
    )
    service = open_service(settings)
    for spec in ("300x200.webp", "full.png", "900x600"):
        with pytest.raises(FirstsightError) as caught:
            service.handle(Request(f"/cat.jpg/{spec}"))
        assert (caught.value.status, caught.value.code) == (status, code)
        assert caught.value.max_age is None
    assert list(service.derivatives.list()) == []


# Bad input.

TEXT = b"this is a text, and no picture\n" * 50
HEIC = b"\0\0\0\x18ftypheic\0\0\0\0mif1heic" + b"\0" * 500
SVG = b'<svg xmlns="http://www.w3.org/2000/svg" width="60" height="40"><rect width="9" height="9"/></svg>'
CUT = bytes(noise(600, 400).jpegsave_buffer())[:60_000]
BAD_SOURCES = {
    "text.jpg": TEXT,
    "phone.jpg": HEIC,
    "drawing.svg": SVG,
    "cut.jpg": CUT,
    "empty.jpg": b"",
    "dir/x.jpg": JPEG,
}


@pytest.mark.parametrize(
    ("path", "status", "code", "named"),
    [
        ("/cat.jpg/banana", 400, "bad-token", "banana"),
        ("/cat.jpg/30x20-banana.webp", 400, "bad-token", "banana"),
        ("/cat.jpg/0x200", 400, "bad-token", "0x200"),
        ("/cat.jpg/300x0.webp", 400, "bad-token", "300x0"),
        ("/0x200/cat.jpg", 400, "bad-token", "0x200"),
        ("/cat.jpg/-300x200", 400, "bad-token", ""),
        ("/cat.jpg/300x-200", 400, "bad-token", "200"),
        ("/cat.jpg/99999x1", 400, "bad-token", "99999x1"),
        ("/cat.jpg/30x20-q101.jpg", 400, "bad-token", "q101"),
        ("/cat.jpg/30x20-40x20.jpg", 400, "bad-token", "40x20"),
        ("/cat.jpg/30x20.bmp", 400, "bad-token", "bmp"),
        ("/cat.jpg/.webp", 400, "bad-token", ".webp"),
        ("/cat.jpg", 400, "bad-path", "/<source key>/<spec>"),
        ("/", 400, "bad-path", ""),
        ("/moving.gif/30x20-frame9.webp", 400, "not-applicable", "frame from 1 to 3"),
        ("/nowhere.jpg/30x20", 404, "source-not-found", ""),
        ("/dir/30x20", 404, "source-not-found", ""),
        ("/cat.jpg/deeper.jpg/30x20", 404, "source-not-found", ""),
        ("/text.jpg/30x20.webp", 415, "unsupported-format", "not an image"),
        ("/empty.jpg/30x20.webp", 415, "unsupported-format", ""),
        ("/phone.jpg/30x20", 415, "unsupported-format", "HEIC"),
        ("/drawing.svg/30x20.png", 415, "unsupported-format", "SVG"),
        ("/cut.jpg/300x200.webp", 422, "damaged-image", ""),
        ("/cut.jpg/full.png", 422, "damaged-image", ""),
        ("/cat.jpg/6000x6000-enlarge.png", 422, "too-many-pixels", "36000000"),
    ],
)
def test_bad_input_is_refused_with_its_reason_and_nothing_is_stored(
    local: Place, path: str, status: int, code: str, named: str
) -> None:
    for key, data in BAD_SOURCES.items():
        local.sources.store.put(key, data)
    refused(local, lambda: local.ask(path), status, code, named)


def refused(place: Place, call: Callable[[], object], status: int, code: str, named: str) -> FirstsightError:
    """The error of a call, of which nothing is stored, and after which the service goes on."""
    with pytest.raises(FirstsightError) as caught:
        call()
    error = caught.value
    assert (error.status, error.code) == (status, code)
    assert named in error.message
    problem = error.problem()
    assert problem.items() >= {"status": status, "code": code, "detail": error.message}.items()
    assert place.kept() == []
    assert place.ask("/cat.jpg/30x20.webp").status == 200
    return error


@pytest.mark.parametrize(
    "path",
    [
        "/../secrets/key.jpg/30x20",
        "/%2e%2e/secrets/key.jpg/30x20",
        "/..%2fsecrets%2fkey.jpg/30x20",
        "/a/..%2F..%2Fsecrets/key.jpg/30x20",
        "/./cat.jpg/30x20",
        "//cat.jpg/30x20",
        "/%2fcat.jpg/30x20",
        "/dir//x.jpg/30x20",
        "/cat.jpg//30x20",
        "/cat.jpg/30x20/",
        "/cat.jpg%00/30x20",
        "/cat%0a.jpg/30x20",
        "/caf%ff.jpg/30x20",
        "/30x20/../secrets/key.jpg",
        "/" + "a" * 5_000 + "/30x20",
        "/" + "a/" * 2_500 + "30x20",
    ],
)
def test_a_path_that_leaves_the_store_or_cannot_be_a_key_reads_nothing(local: Place, path: str, tmp_path: Path) -> None:
    (tmp_path / "secrets").mkdir()
    (tmp_path / "secrets" / "key.jpg").write_bytes(JPEG)
    with pytest.raises(FirstsightError) as caught:
        local.service.handle(Request(path))
    assert (caught.value.status, caught.value.code) == (400, "bad-path")
    assert local.sources.calls == local.derivatives.calls == []


def test_a_name_that_is_decoded_twice_would_leave_the_store_and_is_not(local: Place) -> None:
    with pytest.raises(FirstsightError) as caught:
        local.service.handle(Request("/%252e%252e/secrets/key.jpg/30x20"))
    assert (caught.value.status, caught.value.code) == (404, "source-not-found")


def test_a_name_longer_than_the_folder_can_hold_is_refused(local: Place) -> None:
    refused(local, lambda: local.ask("/" + "x" * 300 + ".jpg/30x20"), 400, "bad-path", "longer")


def test_a_source_of_too_many_bytes_is_refused_before_it_is_read(place: Place) -> None:
    place.restart(limits=Limits(source_bytes=len(JPEG)))
    place.sources.store.put("large.jpg", JPEG + b"\0")
    error = refused(place, lambda: place.ask("/large.jpg/30x20"), 413, "too-many-bytes", str(len(JPEG)))
    assert "limits.source_bytes" in error.remedy


def test_a_source_of_too_many_pixels_is_refused_with_both_numbers(local: Place) -> None:
    local.restart(limits=Limits(source_pixels=2_400))
    local.sources.store.put("large.png", bytes(noise(60, 41).pngsave_buffer()))
    error = refused(local, lambda: local.ask("/large.png/30x20"), 422, "too-many-pixels", "2400")
    assert "2460" in error.message
    assert "limits.source_pixels" in error.remedy


def test_a_truncated_source_is_shown_as_far_as_it_goes_where_that_is_set(local: Place) -> None:
    local.sources.store.put("cut.jpg", CUT)
    local.restart(damaged="best_effort")
    assert size(local.ask("/cut.jpg/300x200.webp")) == (300, 200)


def test_only_reading_is_allowed(local: Place) -> None:
    for method in ("POST", "PUT", "DELETE", "OPTIONS"):
        with pytest.raises(FirstsightError) as caught:
            local.ask("/cat.jpg/30x20.webp", method)
        assert (caught.value.status, caught.value.code) == (405, "method-not-allowed")
    assert local.sources.calls == []


# Where derivatives are kept.


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
