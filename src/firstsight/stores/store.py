"""A store: one place for blobs, whatever is behind it."""

from collections.abc import Callable, Iterator, Sequence
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import obstore
from obstore.exceptions import BaseError
from obstore.store import AzureStore, MemoryStore, S3Store

from firstsight.errors import FirstsightError, SourceNotFound, StoreDenied, StoreFailed
from firstsight.records import dataclass, field
from firstsight.stores import folder
from firstsight.stores.blob import CHUNK, Blob, BlobInfo, check_key
from firstsight.stores.failures import Exists, Unconditional, translated

if TYPE_CHECKING:
    from pathlib import Path

#: Attributes that every store knows by these names; all others are names of our own.
STANDARD = ("Cache-Control", "Content-Disposition", "Content-Encoding", "Content-Language", "Content-Type")

#: Stores that compare etags at a put; Google's compare generations instead, and a folder nothing.
_COMPARING = (S3Store, AzureStore, MemoryStore)


@dataclass(frozen=True, slots=True)
class Store:
    """
    One place for blobs.

    Errors are SourceNotFound, StoreDenied, StoreTimeout and StoreFailed, and BadPath for a key no store can hold.
    """

    url: str
    #: Not shown: one for Azure cannot be, and others may hold credentials.
    backend: Any = field(repr=False)
    #: Whether a put may carry attributes (content type, cache control and names of our own).
    keeps_attributes: bool = True
    #: Whether it can hand out links to what it holds.
    gives_links: bool = False
    #: What the URL says before every key.
    prefix: str = ""
    #: What joins the words of an attribute's name in this store; Azure's may be identifiers only.
    joint: str = "-"
    #: The folder of a local store; nothing outside it is read, not even through a symbolic link.
    root: "Path | None" = None

    def head(self, key: str) -> BlobInfo:
        """Look a blob up, with its attributes, without reading it."""
        check_key(key)
        if self.root is not None:
            return folder.head(str(self.root), key)
        result = self._call(key, lambda: obstore.get(self.backend, key, options={"head": True}))
        return _info(result.meta, self._attributes(result.attributes))

    def head_or_none(self, key: str) -> BlobInfo | None:
        """
        Look a blob up as `head` does, or give None where it is missing.

        A refusal counts as missing, for S3 answers 403 instead of 404 to whoever may not list the bucket.
        """
        try:
            return self.head(key)
        except (SourceNotFound, StoreDenied):
            return None

    def get(self, key: str) -> Blob:
        """Start reading a blob."""
        check_key(key)
        if self.root is not None:
            return folder.get(str(self.root), key)
        result = self._call(key, lambda: obstore.get(self.backend, key))
        return Blob(_info(result.meta, self._attributes(result.attributes)), self._chunks(key, result))

    def put(
        self,
        key: str,
        data: bytes,
        attributes: dict[str, str] | None = None,
        *,
        create: bool = False,
        match: str = "",
    ) -> bool:
        """
        Store a whole blob, replacing what was there.

        With `create` an existing blob is left as it is, and the answer is False. In a store without conditional puts
        this is a look and then a put, which may replace what somebody else has put in between. With `match` a blob is
        replaced only if it has this etag; if it has another, or is missing, the answer is False. In a store without
        conditional puts nothing is ever replaced.
        """
        self._check_for_writing(key)
        if match and not isinstance(self.backend, _COMPARING):
            return False
        kept = attributes if self.keeps_attributes and attributes else {}
        named = {name if name in STANDARD else name.replace("-", self.joint): value for name, value in kept.items()}
        mode: Any = {"e_tag": f'"{match}"'} if match else "create" if create else "overwrite"
        try:
            self._call(key, lambda: obstore.put(self.backend, key, data, attributes=named or None, mode=mode))
        except Exists:
            return False
        except Unconditional:
            if self._is_there(key):
                return False
            return self.put(key, data, attributes)
        except SourceNotFound as error:
            if match:
                return False
            # not the key but what holds it
            raise StoreFailed("The store does not exist.", remedy="Create it first.", log=error.log) from error
        return True

    def delete(self, key: str) -> None:
        """Delete a blob; one that is not there is no error."""
        try:
            self._check_for_writing(key)
            self._call(key, lambda: obstore.delete(self.backend, key))
        except SourceNotFound:
            return

    def delete_all(self, keys: Sequence[str]) -> None:
        """Delete up to 1,000 blobs, with one request if the store can; one that is missing is no error."""
        if isinstance(self.backend, S3Store) and keys:  # others differ in what they say of one that is not there
            for key in keys:
                check_key(key)
            self._call(keys[0], lambda: obstore.delete(self.backend, keys))
            return
        for key in keys:
            self.delete(key)

    def folders(self) -> tuple[str, ...]:
        """Give the first segments that keys have before a slash."""
        if self.root is not None:
            return folder.folders(str(self.root))
        found = self._call("", lambda: obstore.list_with_delimiter(self.backend))
        return tuple(found["common_prefixes"])

    def list(self, prefix: str = "") -> Iterator[BlobInfo]:
        """
        List the blobs below a prefix, in no particular order.

        A prefix ends at a segment: `cat.jpg` lists `cat.jpg/300x200.webp` but not `cat.jpg.bak`.
        """
        if prefix:
            check_key(prefix)
        if self.root is not None:
            yield from folder.list_files(str(self.root), prefix)
            return
        batches = iter(obstore.list(self.backend, prefix or None))
        while (batch := self._call(prefix, lambda: next(batches, None))) is not None:
            # the mark that S3's console leaves for the folder that the store is has no name here
            yield from (_info(meta) for meta in batch if meta["path"])

    def link(self, key: str, seconds: float) -> str | None:
        """Give a URL by which anyone can read a blob for so many seconds, or None if the store has no such URLs."""
        check_key(key)
        if not self.gives_links:
            return None
        url: str = self._call(key, lambda: obstore.sign(self.backend, "GET", key, timedelta(seconds=seconds)))
        return url

    def _chunks(self, key: str, result: Any) -> Iterator[bytes]:
        missing = result.meta["size"]
        if missing == 0:
            return
        stream = iter(result.stream(min_chunk_size=CHUNK))
        while (chunk := self._call(key, lambda: next(stream, None))) is not None:
            missing -= len(chunk)
            yield bytes(chunk)
        if missing > 0:
            raise StoreFailed(
                "The store ended before its answer was whole.", log=f"{key!r}: {missing} bytes are missing"
            )

    def _is_there(self, key: str) -> bool:
        try:
            self.head(key)
        except SourceNotFound:
            return False
        return True

    def _check_for_writing(self, key: str) -> None:
        check_key(key)
        if self.root is not None:
            folder.locate(str(self.root), key)

    def _attributes(self, found: Any) -> dict[str, str]:
        pairs = ((str(name), str(value)) for name, value in found.items())
        return {name if name in STANDARD else name.replace(self.joint, "-"): value for name, value in pairs}

    def _call(self, key: str, call: Callable[[], Any]) -> Any:
        try:
            return call()
        except FirstsightError:
            raise
        except (OSError, ValueError, NotImplementedError, BaseError) as error:
            raise translated(error, self.backend, f"{self.url}: {key!r}") from error


def _info(meta: Any, attributes: dict[str, str] | None = None) -> BlobInfo:
    # Some stores write the quotation marks of HTTP around the same etag in one answer and not in another.
    etag = (meta["e_tag"] or "").strip('"')
    return BlobInfo(meta["path"], meta["size"], etag, meta["last_modified"], attributes or {})
