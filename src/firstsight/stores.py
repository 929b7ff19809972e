"""
Stores by URL: where sources are read and derivatives are kept.

    file:///srv/photos   s3://bucket/prefix   gs://bucket/prefix   az://container/prefix   memory://

Keys are text with `/` between segments, never empty, `.` or `..`. A put is atomic: a key holds the whole old blob or the
whole new one. All calls block; all are safe to make from several threads.
"""

import itertools
import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import obstore
from obstore.exceptions import AlreadyExistsError, BaseError, PreconditionError
from obstore.store import LocalStore, MemoryStore, from_url

from firstsight.errors import (
    BadPath,
    BadSettings,
    FirstsightError,
    SourceNotFound,
    StoreDenied,
    StoreFailed,
    StoreTimeout,
)

#: Bytes a body is handed on in.
CHUNK = 65_536
#: What obstore says of a name that has a file where a folder would have to be; it has no error of its own.
_NOT_A_FOLDER = "Not a directory"


@dataclass(frozen=True, slots=True)
class BlobInfo:
    """What a store says of a blob without its bytes. `size` is in bytes; `etag` changes whenever the bytes do."""

    key: str
    size: int
    etag: str
    modified: datetime
    attributes: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Blob:
    """A blob that is being read: its bytes come in chunks while they arrive, once."""

    info: BlobInfo
    chunks: Iterator[bytes]

    def read(self) -> bytes:
        """Read the rest of it."""
        return b"".join(self.chunks)


@dataclass(frozen=True, slots=True)
class Store:
    """
    One place for blobs.

    Errors are SourceNotFound, StoreDenied, StoreTimeout and StoreFailed, and BadPath for a key no store can hold.
    """

    url: str
    backend: Any
    #: Whether a put may carry attributes (content type, cache control and names of our own).
    keeps_attributes: bool = True
    #: The folder of a local store; nothing outside it is read, not even through a symbolic link.
    root: Path | None = None

    def head(self, key: str) -> BlobInfo:
        """Look a blob up without reading it."""
        return _info(self._call(key, lambda: obstore.head(self.backend, key)))

    def get(self, key: str) -> Blob:
        """Start reading a blob."""
        result = self._call(key, lambda: obstore.get(self.backend, key))
        info = _info(result.meta, {str(name): str(value) for name, value in result.attributes.items()})
        return Blob(info, self._chunks(key, result))

    def put(self, key: str, data: bytes, attributes: dict[str, str] | None = None, *, create: bool = False) -> bool:
        """
        Store a whole blob, replacing what was there.

        With `create` a blob that is there is left as it is, and the answer is False.
        """
        kept = attributes if self.keeps_attributes and attributes else None
        mode = "create" if create else "overwrite"
        try:
            self._call(key, lambda: obstore.put(self.backend, key, data, attributes=kept, mode=mode))
        except _Exists:
            return False
        return True

    def delete(self, key: str) -> None:
        """Delete a blob; one that is not there is no error."""
        try:
            self._call(key, lambda: obstore.delete(self.backend, key))
        except SourceNotFound:
            return

    def list(self, prefix: str = "") -> Iterator[BlobInfo]:
        """
        List the blobs below a prefix, in no particular order.

        A prefix ends at a segment: `cat.jpg` lists `cat.jpg/300x200.webp` but not `cat.jpg.bak`.
        """
        batches = iter(obstore.list(self.backend, prefix or None))
        while (batch := self._call(prefix, lambda: next(batches, None))) is not None:
            yield from (_info(meta) for meta in batch)

    def _chunks(self, key: str, result: Any) -> Iterator[bytes]:
        if result.meta["size"] == 0:
            return
        stream = iter(result.stream(min_chunk_size=CHUNK))
        while (chunk := self._call(key, lambda: next(stream, None))) is not None:
            yield bytes(chunk)

    def _call(self, key: str, call: Callable[[], Any]) -> Any:
        if self.root is not None and not _inside(self.root, key):
            raise SourceNotFound("There is no image of that name.", log=f"{key!r} is a link that leaves {self.url}")
        try:
            return call()
        except (OSError, ValueError, BaseError) as error:
            raise _translated(error, self.url, key) from error


class _Exists(FirstsightError):
    """A put that may not replace anything met something."""


def open_store(url: str, *, seconds: float = 10, create: bool = False) -> Store:
    """
    Open a store by its URL, or by the path of a folder.

    `seconds` bounds each request to it, `create` makes a local folder that is missing. Nothing is read yet.
    Raises BadSettings for an address that is not understood, and for a local folder that is not there.
    """
    scheme = urlsplit(url).scheme if "://" in url else "file"
    if scheme == "memory":
        return Store(url, MemoryStore())
    if scheme == "file":
        return _open_folder(url, create=create)
    if scheme not in ("s3", "gs", "az"):
        raise BadSettings(
            f"Expected a store such as s3://bucket, gs://bucket, az://container or a folder, but got '{url}'.",
            remedy="Set `source` and `derivatives` to one of these.",
        )
    client: dict[str, Any] = {"connect_timeout": f"{min(seconds, 5):g}s", "timeout": f"{seconds:g}s"}
    endpoint = os.environ.get("AWS_ENDPOINT_URL_S3") or os.environ.get("AWS_ENDPOINT_URL") or ""
    config: dict[str, Any] = {}
    if scheme == "s3" and endpoint:
        config["endpoint"] = endpoint
        client["allow_http"] = endpoint.startswith("http://")
    retries: Any = {"max_retries": 2, "retry_timeout": timedelta(seconds=seconds)}
    options: dict[str, Any] = {"client_options": client, "retry_config": retries}
    try:
        return Store(url, from_url(url, **options, **config))
    except (BaseError, ValueError, OSError) as error:
        raise BadSettings(f"The store '{url}' cannot be opened.", remedy=_first_line(error)) from error


def _open_folder(url: str, *, create: bool) -> Store:
    path = Path(unquote(urlsplit(url).path) if url.startswith("file://") else url).expanduser().absolute()
    if create:
        path.mkdir(parents=True, exist_ok=True)
    if not path.is_dir():
        raise BadSettings(
            f"Expected a folder but '{path}' is {'a file' if path.exists() else 'not there'}.",
            remedy="Name the folder that holds the photos.",
        )
    root = path.resolve()
    return Store(root.as_uri(), LocalStore(root), keeps_attributes=False, root=root)


def _inside(root: Path, key: str) -> bool:
    try:
        real = os.path.realpath(root / key)
    except (ValueError, OSError):  # a NUL, a loop of links: the backend says what is wrong with it
        return True
    return real == str(root) or real.startswith(f"{root}{os.sep}") or ".." in key.split("/")


def _info(meta: Any, attributes: dict[str, str] | None = None) -> BlobInfo:
    return BlobInfo(meta["path"], meta["size"], meta["e_tag"] or "", meta["last_modified"], attributes or {})


def _translated(error: Exception, url: str, key: str) -> FirstsightError:
    """Give our error for one of obstore's."""
    said, log = str(error), f"{url}: {key!r}: {_first_line(error)}"
    if isinstance(error, AlreadyExistsError | PreconditionError):
        return _Exists("There is a blob of that name.", log=log)
    if isinstance(error, FileNotFoundError | IsADirectoryError) or _NOT_A_FOLDER in said:
        return SourceNotFound("There is no image of that name.", log=log)
    if isinstance(error, ValueError):
        return BadPath("The name holds a segment that no store can hold: empty, '.', '..' or a control character.", log=log)
    if isinstance(error, PermissionError) or type(error).__name__ in ("PermissionDeniedError", "UnauthenticatedError"):
        return StoreDenied("The store refused access.", remedy="Check the credentials and what they may do.", log=log)
    if "kind: Timeout" in said or "TimedOut" in said or "timed out" in said:
        return StoreTimeout("The store did not answer in time.", remedy="Ask again in a moment.", log=log)
    if "File name too long" in said:
        return BadPath("The name is longer than the store can hold.", log=log)
    return StoreFailed("The store could not be read or written.", remedy="Ask again in a moment.", log=log)


def _first_line(error: Exception) -> str:
    return next(itertools.chain(str(error).splitlines(), [type(error).__name__]))
