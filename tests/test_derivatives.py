"""A stored derivative is found again only while it is the right one."""

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from firstsight import derivatives
from firstsight.errors import StoreFailed
from firstsight.stores import BlobInfo, Store, open_store
from firstsight.tokens import parse
from firstsight.transform import Transform

SOURCE = BlobInfo("photos/cat.jpg", 1000, "one", datetime(2026, 1, 1, tzinfo=UTC))
REPLACED = BlobInfo("photos/cat.jpg", 1000, "two", datetime(2025, 1, 1, tzinfo=UTC))
SMALL = parse("300x200.webp")
KEY = "photos/cat.jpg/300x200.webp"

STORES: dict[str, Callable[[Path], Store]] = {
    "file": lambda folder: open_store(str(folder)),
    "memory": lambda folder: open_store("memory://"),
}


@pytest.fixture(params=STORES)
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Store:
    return STORES[request.param](tmp_path)


def keep(store: Store, key: str, data: bytes, source: BlobInfo = SOURCE, transform: Transform = SMALL) -> None:
    derivatives.keep(
        store, key, data, source=source, transform=transform, media_type="image/webp", cache_control="max-age=60"
    )


def find(store: Store, key: str, source: BlobInfo = SOURCE, transform: Transform = SMALL) -> bytes | None:
    blob = derivatives.find(store, key, derivatives.tag(source, transform))
    return None if blob is None else blob.read()


def test_what_is_kept_is_found(store: Store) -> None:
    assert find(store, KEY) is None
    keep(store, KEY, b"small cat")
    assert find(store, KEY) == b"small cat"
    assert find(store, "photos/dog.jpg/300x200.webp") is None


def test_what_was_made_from_another_source_is_not_found(store: Store) -> None:
    keep(store, KEY, b"small cat")
    assert find(store, KEY, REPLACED) is None
    keep(store, KEY, b"small tiger", REPLACED)
    assert find(store, KEY, REPLACED) == b"small tiger"
    assert find(store, KEY) is None


def test_what_was_made_by_another_transform_is_not_found(store: Store) -> None:
    thumb = "photos/cat.jpg/thumb.webp"  # a preset's name does not say what it means
    keep(store, thumb, b"small cat")
    assert find(store, thumb, transform=parse("300x200-q50.webp")) is None


def test_a_newer_derivative_takes_the_place_of_the_older_ones_and_of_no_others(store: Store) -> None:
    others = ["photos/cat.jpg/300x200.avif", "photos/cat.jpg/30x20.webp", f"{KEY}/10x10.webp", "photos/cat.jpg.webp"]
    for key in others:
        keep(store, key, key.encode())
    for version in "123":
        keep(store, KEY, version.encode(), BlobInfo(SOURCE.key, 1000, version, SOURCE.modified))
    assert len(list(store.list())) == len(others) + 1
    assert [find(store, key) for key in others] == [key.encode() for key in others]
    assert find(store, KEY, BlobInfo(SOURCE.key, 1000, "3", SOURCE.modified)) == b"3"


def test_what_is_not_ours_is_never_replaced() -> None:
    store = open_store("memory://")
    store.put(KEY, b"a thumbnail of the team's own", {"Content-Type": "image/webp"})
    with pytest.raises(StoreFailed, match="Something else has the key"):
        keep(store, KEY, b"small cat")
    assert store.get(KEY).read() == b"a thumbnail of the team's own"


def test_a_file_of_somebody_else_stays_beside_the_derivative(tmp_path: Path) -> None:
    store = open_store(str(tmp_path))
    store.put(f"{KEY}/notes.txt", b"theirs")
    for source in (SOURCE, REPLACED):
        keep(store, KEY, b"small cat", source)
    assert store.get(f"{KEY}/notes.txt").read() == b"theirs"
    assert len(list(store.list())) == 2


@pytest.mark.parametrize(
    "key",
    [
        "x" * 230 + ".jpg/300x200.webp",
        "photos/" + "é" * 140 + ".jpg/300x200.webp",
        "📷" * 100 + "/cat.jpg/300x200.webp",
        "cat.jpg/" + "-".join(f"crop{i}x0x1x1" for i in range(25)) + ".webp",
        "300x200/photos/" + "x" * 255,
        "/".join(["deep" * 20] * 12) + "/cat.jpg/300x200.webp",
    ],
)
def test_names_longer_than_a_file_may_have_are_kept_apart(store: Store, key: str) -> None:
    keep(store, key, b"one")
    keep(store, f"y{key[1:]}", b"two")
    keep(store, f"{key}z", b"three")
    assert [find(store, key), find(store, f"y{key[1:]}"), find(store, f"{key}z")] == [b"one", b"two", b"three"]


def test_a_derivative_key_without_an_extension_is_kept(store: Store) -> None:
    for key in ("300x200/photos/cat", "300x200/.hidden", "300x200/a.b/c", "300x200/x." + "e" * 100):
        keep(store, key, key.encode())
        assert find(store, key) == key.encode()


def test_the_attributes_of_a_derivative_say_what_it_was_made_from() -> None:
    store = open_store("memory://")
    keep(store, KEY, b"small cat")
    blob = store.get(KEY)
    assert blob.info.attributes == {
        "Content-Type": "image/webp",
        "Cache-Control": "max-age=60",
        "firstsight-tag": derivatives.tag(SOURCE, SMALL),
        "firstsight-source": "one",
        "firstsight-transform": "300x200.webp",
    }
    assert derivatives.is_derivative(blob.info)
    assert not derivatives.is_derivative(SOURCE)


def test_a_local_derivative_is_a_file_that_a_viewer_opens(tmp_path: Path) -> None:
    keep(open_store(str(tmp_path)), KEY, b"small cat")
    [file] = (path for path in tmp_path.rglob("*") if path.is_file())
    assert file.parent == tmp_path / KEY
    assert file.suffix == ".webp"


def test_tags_differ_wherever_the_source_or_the_transform_does() -> None:
    made = {
        derivatives.tag(BlobInfo("a", 1, etag, SOURCE.modified), parse(spec))
        for etag in ("one", "two", "one\n300x200.webp")
        for spec in ("300x200.webp", "300x200.jpg", "300x201.webp", "300x200-q50.webp")
    }
    assert len(made) == 12
    assert all(tag.isalnum() for tag in made)
