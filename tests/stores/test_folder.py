"""What is particular to a local folder."""

import errno
import os
import socket
from pathlib import Path

import pytest
from obstore.exceptions import GenericError

from firstsight.errors import (
    BadPath,
    FirstsightError,
    SourceNotFound,
    StoreDenied,
    StoreFailed,
)
from firstsight.stores import folder as folders
from firstsight.stores import open_store
from firstsight.stores.failures import translated

LINKS_OUT = {
    "file.jpg": "../secrets/key.jpg",
    "folder": "../secrets",
    "absolute": "/",
    "sibling": "../photos-of-others",
}


def link_out(folder: Path) -> None:
    """Links that leave the folder, one to a folder whose name begins like its own."""
    (folder.parent / "photos-of-others").mkdir()
    (folder.parent / "photos-of-others" / "key.jpg").write_bytes(b"secret")
    for name, target in LINKS_OUT.items():
        (folder / name).symlink_to(target)


@pytest.mark.parametrize("key", ["file.jpg", "folder/key.jpg", "absolute/etc/passwd", "sibling/key.jpg", "absolute"])
def test_no_link_leads_out_of_a_folder(folder: Path, key: str) -> None:
    link_out(folder)
    store = open_store(str(folder))
    for call in (store.head, store.get):
        with pytest.raises(SourceNotFound):
            call(key)
    with pytest.raises(FirstsightError):
        store.put(key, b"overwritten")
    store.delete(key)
    assert (folder.parent / "secrets" / "key.jpg").read_bytes() == b"secret"
    assert (folder.parent / "photos-of-others" / "key.jpg").read_bytes() == b"secret"
    assert [info.key for info in store.list()] == ["cats/one.jpg"]
    assert list(store.list(key)) == []


def test_links_within_a_folder_are_followed(folder: Path) -> None:
    (folder / "favourites").symlink_to("cats")
    (folder / "best.jpg").symlink_to(folder / "cats" / "one.jpg")
    store = open_store(str(folder))
    assert store.get("favourites/one.jpg").read() == store.get("best.jpg").read() == b"meow"
    assert {info.key for info in store.list()} == {"cats/one.jpg", "favourites/one.jpg", "best.jpg"}


def test_a_folder_may_itself_be_named_by_a_link(folder: Path) -> None:
    (folder.parent / "link").symlink_to(folder)
    assert open_store(str(folder.parent / "link")).get("cats/one.jpg").read() == b"meow"


def test_links_that_lead_in_circles_or_nowhere_hold_nothing_up(folder: Path) -> None:
    (folder / "cats" / "up").symlink_to("..")
    (folder / "self").symlink_to("self")
    (folder / "nowhere.jpg").symlink_to("gone.jpg")
    store = open_store(str(folder))
    assert [info.key for info in store.list()] == ["cats/one.jpg"]
    for key in ("self", "nowhere.jpg", "self/one.jpg"):
        with pytest.raises(SourceNotFound):
            store.get(key)


def test_a_pipe_or_a_socket_is_no_blob_and_nobody_waits_for_it(folder: Path) -> None:
    os.mkfifo(folder / "pipe.jpg")
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(folder / "socket.jpg"))
        store = open_store(str(folder))
        for key in ("pipe.jpg", "socket.jpg"):
            for call in (store.head, store.get):
                with pytest.raises(SourceNotFound):
                    call(key)
        assert [info.key for info in store.list()] == ["cats/one.jpg"]


def test_a_file_whose_name_is_not_utf8_does_not_end_a_listing(folder: Path) -> None:
    name = os.fsencode(folder) + b"/caf\xe9.jpg"
    with open(name, "wb") as file:  # noqa: PTH123  # a Path cannot be made of bytes
        file.write(b"meow")
    assert [info.key for info in open_store(str(folder)).list()] == ["cats/one.jpg"]


def test_a_file_that_is_still_being_written_is_not_listed(folder: Path) -> None:
    (folder / "two.jpg#1").write_bytes(b"me")
    assert [info.key for info in open_store(str(folder)).list()] == ["cats/one.jpg"]


def test_a_folder_whose_name_ends_like_that_of_an_unfinished_file_is_listed(folder: Path) -> None:
    (folder / "Album #2").mkdir()
    (folder / "Album #2" / "two.jpg").write_bytes(b"meow")
    assert {info.key for info in open_store(str(folder)).list()} == {"cats/one.jpg", "Album #2/two.jpg"}


def test_a_folder_that_may_not_be_read_does_not_end_the_listing_of_others(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (folder / "lost+found").mkdir()
    scandir = os.scandir

    def denied(path: str) -> object:  # for who runs the tests may be allowed everything
        if str(path).endswith(refused):
            raise PermissionError(errno.EACCES, "Permission denied", path)
        return scandir(path)

    monkeypatch.setattr(os, "scandir", denied)
    refused = "lost+found"
    assert [info.key for info in open_store(str(folder)).list()] == ["cats/one.jpg"]
    refused = folder.name
    with pytest.raises(StoreDenied):
        list(open_store(str(folder)).list())
    refused = "cats"
    with pytest.raises(StoreDenied):  # what is asked for itself is not passed over
        list(open_store(str(folder)).list("cats"))


@pytest.mark.parametrize(
    ("number", "expected"),
    [
        (errno.EACCES, StoreDenied),
        (errno.EPERM, StoreDenied),
        (errno.ENOENT, SourceNotFound),
        (errno.ENOTDIR, SourceNotFound),
        (errno.ELOOP, SourceNotFound),
        (errno.EIO, StoreFailed),
        (errno.EMFILE, StoreFailed),
        (errno.ESTALE, StoreFailed),
        (errno.ENAMETOOLONG, BadPath),
    ],
)
def test_what_the_system_says_of_a_file_becomes_an_error_of_ours(number: int, expected: type[Exception]) -> None:
    assert type(folders.translated(OSError(number, os.strerror(number)), "cat.jpg")) is expected


def test_a_name_that_is_too_long_for_a_file_is_a_bad_path(folder: Path) -> None:
    store = open_store(str(folder))
    for call in (store.head, store.get, lambda key: store.put(key, b"meow")):
        with pytest.raises(BadPath, match="longer than the store can hold"):
            call("x" * 256)


def test_a_file_where_a_folder_would_have_to_be_is_a_failed_put(folder: Path) -> None:
    store = open_store(str(folder))
    with pytest.raises(StoreFailed):
        store.put("cats/one.jpg/300x200.webp", b"meow")
    assert store.get("cats/one.jpg").read() == b"meow"


def test_a_full_disk_is_a_failed_put(folder: Path) -> None:
    said = "Generic LocalFileSystem error: Unable to copy data to file: No space left on device (os error 28)"
    error = translated(GenericError(said), open_store(str(folder)).backend, "file:///photos: 'cat.jpg'")
    assert type(error) is StoreFailed
    assert "No space left on device" in error.log


def test_a_reader_keeps_what_it_has_opened(folder: Path) -> None:
    store = open_store(str(folder))
    blob = store.get("cats/one.jpg")
    store.put("cats/one.jpg", b"woof")
    assert blob.read() == b"meow"


def test_the_etag_of_a_file_changes_though_its_time_is_set_back(folder: Path) -> None:
    file = folder / "cats" / "one.jpg"
    store = open_store(str(folder))
    before, time = store.head("cats/one.jpg").etag, file.stat()
    file.write_bytes(b"woof")  # in place, of the same size
    os.utime(file, ns=(time.st_atime_ns, time.st_mtime_ns))
    assert store.head("cats/one.jpg").etag != before


def test_nothing_is_left_open_of_a_file_that_is_not_read(folder: Path) -> None:
    store = open_store(str(folder))
    before = len(os.listdir("/proc/self/fd"))  # noqa: PTH208
    for _ in range(20):
        store.get("cats/one.jpg")
        with pytest.raises(SourceNotFound):
            store.get("cats")
    assert len(os.listdir("/proc/self/fd")) == before  # noqa: PTH208
