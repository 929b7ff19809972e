"""
Storing derivatives, and finding the one that was made from the source and by the transform as they are now.

A derivative carries a tag, a digest of the source's etag and the whole transform. A store that keeps attributes holds
it as one, under the derivative key itself, where S3 or a CDN finds it. A local folder cannot, so there the derivative
key is a folder and the tag the name of the file in it (`cat.jpg/300x200.webp/4f1c….webp`): replacing it is a single
atomic step, and what it replaces is found without a search.
"""

import re
from collections.abc import Mapping

from firstsight import tokens
from firstsight.errors import SourceNotFound, StoreDenied, StoreError, StoreFailed
from firstsight.http import digest
from firstsight.stores import Blob, BlobInfo, Store
from firstsight.transform import Transform

#: The attributes of a derivative; on S3 they are user metadata.
TAG, SOURCE, TRANSFORM = "firstsight-tag", "firstsight-source", "firstsight-transform"
#: Of a derivative that is only the first frame: of how many.
ANIMATION = "firstsight-animation"
#: Of a derivative in a format that had to be asked for by name: `auto` is taken for it until the source has been seen,
#: and then becomes another.
NAMED = "firstsight-named"
#: Of a derivative that was encoded quickly at first: FAST, and then what became of it (refine.py).
ENCODING, FAST = "firstsight-encoding", "fast"
#: Bytes of a segment that is kept as it is in a local folder; file systems take 255.
LONGEST_NAME = 200
#: The name of a derivative's file in a local folder: its tag, and the extension of the derivative key.
_FILE = re.compile(r"[0-9a-f]{20}(?:\.[^./]{1,9})?")


def tag(source: BlobInfo, transform: Transform, manner: str = "") -> str:
    """
    Give the tag of the derivative that a source in its present state and a transform make.

    `manner` names what else decides the result: the settings that differ from their defaults, and the watermark.
    """
    return tag_of(source.etag, transform, manner)


def tag_of(etag: str, transform: Transform, manner: str) -> str:
    """Give the same tag, from the source's etag."""
    return digest(etag, tokens.canonical(transform), *([manner] if manner else []))


def first_of(frames: int) -> str:
    """Say that a derivative is only the first frame of so many."""
    return f"first of {frames} frames"


def look(store: Store, key: str) -> Blob | None:
    """
    Start reading whatever is stored under a derivative key, or give None.

    A store that refuses or fails counts as having nothing: the image can still be made, which is better than an error,
    and S3 answers 403 for a missing key to whoever may not list. Raises StoreTimeout only.
    """
    try:
        return store.get(key)
    except (SourceNotFound, StoreDenied, StoreFailed):
        return None


def find(store: Store, key: str, tag: str) -> Blob | None:
    """Start reading the derivative of this key, unless it is missing or was made from something else."""
    blob = look(store, key if store.keeps_attributes else _tagged(key, tag))
    if blob is None:
        return None
    if store.keeps_attributes and blob.info.attributes.get(TAG) != tag:
        return None
    return blob


def is_stored(store: Store, key: str, tag: str) -> bool:
    """Whether the derivative of this key is there, and made from what the tag says. Raises StoreError."""
    info = store.head_or_none(key if store.keeps_attributes else _tagged(key, tag))
    return info is not None and (not store.keeps_attributes or info.attributes.get(TAG) == tag)


def keep(
    store: Store,
    key: str,
    data: bytes,
    *,
    source: BlobInfo,
    transform: Transform,
    manner: str = "",
    media_type: str,
    cache_control: str,
    animation: str = "",
    encoding: str = "",
    named: bool = False,
) -> bytes | None:
    """
    Store a derivative in place of any older one of the same key.

    If another process has stored the same derivative first, its bytes stay and are given back, so that all clients get
    the same ones. (In a folder the last put wins; the same encoder writes the same bytes anyway.)
    Raises StoreFailed, and changes nothing, where that key belongs to something that we have not made.
    """
    made = tag(source, transform, manner)
    if store.keeps_attributes:
        attributes = {
            "Content-Type": media_type,
            "Cache-Control": cache_control,
            TAG: made,
            SOURCE: source.etag.strip('"'),
            TRANSFORM: tokens.canonical(transform),
            **({ANIMATION: animation} if animation else {}),
            **({ENCODING: encoding} if encoding else {}),
            **({NAMED: "yes"} if named else {}),
        }
        if not store.put(key, data, attributes, create=True):
            try:
                there = store.get(key)
            except SourceNotFound:  # it has been deleted meanwhile
                store.put(key, data, attributes)
                return None
            if not is_derivative(there.info):
                raise StoreFailed("Something else has the key of the derivative.", log=f"{key!r} is not one of ours")
            if there.info.attributes[TAG] == made:
                return _whole(there)
            store.put(key, data, attributes)
        return None
    name = _tagged(key, made)
    store.put(name, data)
    folder = name.rpartition("/")[0]
    for other in list(store.list(folder)):
        # neither a derivative further down, nor a file that somebody else has put there
        if other.key != name and key_of(store, other.key) == folder:
            store.delete(other.key)
    return None


def _whole(blob: Blob) -> bytes | None:
    try:
        return blob.read()
    except StoreError:  # what was made here is as good
        return None


def is_derivative(info: BlobInfo) -> bool:
    """Whether a blob is one that we made."""
    return TAG in info.attributes


def is_of(attributes: Mapping[str, str], etag: str) -> bool:
    """Whether a derivative was made from a source in this state, by the derivative's attributes."""
    return attributes.get(SOURCE) == etag.strip('"')


def place(store: Store, key: str) -> str:
    """Give where in a store a derivative key is: a folder cannot hold every key as it is."""
    return key if store.keeps_attributes else "/".join(map(_file_name, key.split("/")))


def key_of(store: Store, blob: str) -> str:
    """
    Give the derivative key that a blob is stored under, by its name; nothing for a file whose name is no derivative's.

    In a folder it has its segments as `place` writes them.
    """
    if store.keeps_attributes:
        return blob
    folder, _, file = blob.rpartition("/")
    return folder if _FILE.fullmatch(file) else ""


def _tagged(key: str, tag: str) -> str:
    folder = "/".join(map(_file_name, key.split("/")))
    stem, dot, extension = key.rpartition("/")[2].rpartition(".")
    return f"{folder}/{tag}.{extension}" if dot and stem and len(extension) < 10 else f"{folder}/{tag}"


def _file_name(segment: str) -> str:
    """Shorten a segment that is longer than a file's name can be; a put needs some bytes more while it is written."""
    return segment if len(segment.encode()) <= LONGEST_NAME else f"{segment[:20]}-{digest(segment)}"
