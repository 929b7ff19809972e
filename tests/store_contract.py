"""
What every store does, whatever is behind it.

To hold a store of your own to it, give pytest a module with a fixture `store`, an empty firstsight.stores.Store for
each test, and import these tests there:

    from tests.store_contract import *
"""

import hashlib
import sys
import threading
import unicodedata
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from itertools import cycle, islice

import pytest

from firstsight.errors import BadPath, SourceNotFound
from firstsight.stores import CHUNK, Store

BACKSLASH = "back\\slash.jpg"
ODD_KEYS = [
    "cat.jpg",
    "no extension",
    "a b/c d.jpg",
    "plus+and%20percent%.jpg",
    "100%",
    "query?and#hash&more=1;2,3.jpg",
    "quotes'\"`<>[]{}|^~@!$()*.jpg",
    BACKSLASH,
    unicodedata.normalize("NFC", "café/crème brûlée.jpg"),
    unicodedata.normalize("NFD", "café/crème brûlée.jpg"),
    "日本語/写真.jpg",
    "📷/🐈‍⬛.jpg",
    "...jpg",
    ".hidden/.jpg",
    "~user/x.jpg",
    " leading and trailing ",
    "s" * 200 + ".jpg",
    "/".join(["folder" * 8] * 16) + "/x.jpg",
]

BAD_KEYS = [
    "..",
    "../secret.jpg",
    "a/../../secret.jpg",
    "a/..",
    ".",
    "./a.jpg",
    "a/./b.jpg",
    "a//b.jpg",
    "/a.jpg",
    "//a.jpg",
    "a.jpg/",
    "/",
    "nul\0.jpg",
    "line\nbreak.jpg",
    "escape\x1b.jpg",
    "delete\x7f.jpg",
    "half a pair \ud83d.jpg",
]


def calls(store: Store) -> list[Callable[[str], object]]:
    """Whatever can be done to a key."""
    return [store.head, store.get, store.delete, lambda key: store.put(key, b"")]


def test_what_is_put_can_be_read(store: Store) -> None:
    assert store.put("photos/cat.jpg", b"meow") is True
    blob = store.get("photos/cat.jpg")
    assert blob.read() == b"meow"
    assert (blob.info.key, blob.info.size) == ("photos/cat.jpg", 4)


def test_head_get_and_list_tell_the_same(store: Store) -> None:
    store.put("cat.jpg", b"meow")
    head, blob, [listed] = store.head("cat.jpg"), store.get("cat.jpg"), list(store.list())
    for info in (head, blob.info, listed):
        assert (info.key, info.size) == ("cat.jpg", 4)
        assert info.etag == head.etag != ""
        assert info.modified.tzinfo is not None
    assert head.modified == blob.info.modified


def test_an_empty_blob_is_a_blob(store: Store) -> None:
    store.put("empty", b"")
    assert store.get("empty").read() == b""
    assert store.head("empty").size == 0


def test_a_large_blob_comes_in_chunks(store: Store) -> None:
    block = bytes(range(256)) * 256
    data = b"".join(hashlib.sha256(bytes([i % 256, i // 256])).digest() + block for i in range(320))
    store.put("large", data)
    blob = store.get("large")
    chunks = list(blob.chunks)
    assert blob.info.size == len(data) > 20_000_000
    assert len(chunks) > 20 or store.url == "memory://"  # which has it whole already
    assert all(len(chunk) >= CHUNK for chunk in chunks[:-1])
    assert b"".join(chunks) == data


def test_a_blob_that_is_not_read_to_its_end_holds_nothing_up(store: Store) -> None:
    store.put("large", b"x" * 5_000_000)
    for _ in range(30):
        assert next(store.get("large").chunks)
        store.get("large")
    assert store.get("large").info.size == 5_000_000


def test_attributes_are_kept_where_the_store_can(store: Store) -> None:
    attributes = {"Content-Type": "image/webp", "Cache-Control": "public, max-age=60", "firstsight-tag": "4f1c"}
    store.put("cat.webp", b"meow", attributes)
    found = store.get("cat.webp").info.attributes
    if store.keeps_attributes:
        assert found.items() >= attributes.items()
    else:
        assert found == {}


def test_a_put_replaces_bytes_and_attributes(store: Store) -> None:
    store.put("cat.webp", b"a long meow", {"Content-Type": "image/webp", "firstsight-tag": "old"})
    store.put("cat.webp", b"mew", {"Content-Type": "image/png"})
    blob = store.get("cat.webp")
    assert blob.read() == b"mew"
    assert "firstsight-tag" not in blob.info.attributes


def test_the_etag_changes_with_the_bytes_and_only_then(store: Store) -> None:
    etags = []
    for data in (b"one", b"two", b"six"):  # the same size, at once after each other
        store.put("cat.jpg", data)
        etags.append(store.head("cat.jpg").etag)
        assert store.head("cat.jpg").etag == etags[-1]
    assert len(set(etags)) == 3


def test_a_put_that_may_only_create_leaves_what_is_there(store: Store) -> None:
    assert store.put("cat.jpg", b"first", create=True) is True
    assert store.put("cat.jpg", b"second", create=True) is False
    assert store.get("cat.jpg").read() == b"first"


def test_a_put_that_may_only_replace_one_blob_leaves_every_other(store: Store) -> None:
    assert store.put("cat.jpg", b"missing", match="0123456789abcdef") is False
    store.put("cat.jpg", b"first")
    first = store.head("cat.jpg").etag
    compares = store.root is None and not store.url.startswith("gs:")  # Google compares generations, a folder nothing
    assert store.put("cat.jpg", b"second", match=first) is compares
    assert store.put("cat.jpg", b"third", match=first) is False
    assert store.get("cat.jpg").read() == (b"second" if compares else b"first")


def test_a_reader_sees_the_old_blob_or_the_new_one_and_never_a_mix(store: Store) -> None:
    versions = [bytes([letter]) * 200_000 for letter in b"abcd"]
    store.put("cat.jpg", versions[0])
    done = threading.Event()

    def write() -> None:
        try:
            for data in islice(cycle(versions), 40):
                store.put("cat.jpg", data)
        finally:
            done.set()

    def read() -> set[bytes]:
        seen = set()
        while not done.is_set():
            seen.add(store.get("cat.jpg").read())
        return seen

    with ThreadPoolExecutor(3) as pool:
        readers = [pool.submit(read) for _ in range(2)]
        pool.submit(write).result()
        assert {data for reader in readers for data in reader.result()} <= set(versions)


def test_many_threads_may_use_a_store_at_once(store: Store) -> None:
    def use(number: int) -> bytes:
        store.put(f"{number}.jpg", b"%d" % number * 1000)
        return store.get(f"{number}.jpg").read()

    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(use, range(40))) == [b"%d" % number * 1000 for number in range(40)]
    assert len(list(store.list())) == 40


def test_a_missing_blob_is_not_found(store: Store) -> None:
    store.put("cats/one.jpg", b"meow")
    found = store.head_or_none("cats/one.jpg")
    assert found is not None
    assert found.size == 4
    for key in ("dog.jpg", "cats", "cats/two.jpg", "cats/one.jpg/300x200.webp", "cats/one"):
        with pytest.raises(SourceNotFound):
            store.head(key)
        assert store.head_or_none(key) is None
        with pytest.raises(SourceNotFound):
            store.get(key)


def test_a_deleted_blob_is_gone_and_may_be_deleted_again(store: Store) -> None:
    store.put("cat.jpg", b"meow")
    store.put("cat.jpg.bak", b"meow")
    store.delete("cat.jpg")
    store.delete("cat.jpg")
    store.delete("never/there.jpg")
    with pytest.raises(SourceNotFound):
        store.head("cat.jpg")
    assert [info.key for info in store.list()] == ["cat.jpg.bak"]


@pytest.mark.parametrize("key", ODD_KEYS)
def test_any_name_can_be_a_key(store: Store, key: str) -> None:
    if key == BACKSLASH and store.url.startswith("az:"):
        pytest.skip("Azure takes it for a slash")
    store.put(key, key.encode(), {"Content-Type": "image/jpeg"})
    assert store.get(key).read() == key.encode()
    assert store.head(key).key == key
    assert [info.key for info in store.list()] == [key]
    store.delete(key)
    assert list(store.list()) == []


def test_two_spellings_of_a_letter_are_two_keys(store: Store) -> None:
    if store.root is not None and sys.platform == "darwin":
        pytest.skip("its file systems take them for one")
    composed, decomposed = (unicodedata.normalize(form, "é.jpg") for form in ("NFC", "NFD"))
    store.put(composed, b"one")
    with pytest.raises(SourceNotFound):
        store.head(decomposed)
    store.put(decomposed, b"two")
    assert (store.get(composed).read(), store.get(decomposed).read()) == (b"one", b"two")


@pytest.mark.parametrize("key", BAD_KEYS)
def test_a_text_that_is_no_key_is_refused_by_every_call(store: Store, key: str) -> None:
    store.put("a.jpg", b"meow")
    store.put("b/a.jpg", b"meow")
    for call in calls(store):
        with pytest.raises(BadPath):
            call(key)
    with pytest.raises(BadPath):
        list(store.list(key))
    assert {info.key for info in store.list()} == {"a.jpg", "b/a.jpg"}


def test_the_empty_text_is_no_key(store: Store) -> None:
    for call in calls(store):
        with pytest.raises(BadPath):
            call("")


def test_a_listing_ends_its_prefix_at_a_segment(store: Store) -> None:
    keys = {"cats/1.jpg", "cats/2.jpg", "cats/kittens/3.jpg", "cats.bak/4.jpg", "catsup.jpg", "dogs/cats/5.jpg"}
    for key in keys:
        store.put(key, b"meow")
    assert {info.key for info in store.list()} == keys
    assert {info.key for info in store.list("cats")} == {"cats/1.jpg", "cats/2.jpg", "cats/kittens/3.jpg"}
    assert {info.key for info in store.list("cats/kittens")} == {"cats/kittens/3.jpg"}


def test_an_empty_listing_is_no_error(store: Store) -> None:
    assert list(store.list()) == []
    store.put("cats/1.jpg", b"meow")
    assert list(store.list("dogs")) == []
    assert list(store.list("cat")) == []


def test_head_tells_the_attributes(store: Store) -> None:
    store.put("cat.jpg", b"meow", {"Content-Type": "image/jpeg", "firstsight-tag": "a1"})
    kept = store.head("cat.jpg").attributes
    assert kept == store.get("cat.jpg").info.attributes
    assert kept.get("firstsight-tag") == ("a1" if store.keeps_attributes else None)


def test_many_blobs_are_deleted_at_once_also_ones_that_are_not_there(store: Store) -> None:
    for key in ODD_KEYS[:-1]:
        store.put(key, b"x")
    store.put("cat.jpg.bak", b"x")
    store.delete_all([*ODD_KEYS, "never/there.jpg"])
    assert [info.key for info in store.list()] == ["cat.jpg.bak"]
    store.delete_all([])


def test_the_folders_are_what_keys_start_with(store: Store) -> None:
    assert store.folders() == ()
    for key in ("300x200/cat.jpg", "300x200/b/dog.jpg", "a b/c.jpg", "cat.jpg"):
        store.put(key, b"x")
    assert sorted(store.folders()) == ["300x200", "a b"]
