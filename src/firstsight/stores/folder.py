"""
Reading a local folder with Python's own calls instead of obstore's.

They are several times as quick, which counts when a request only reads a stored derivative. A listing passes over a
file whose name is not UTF-8 instead of stopping there, and no symbolic link leads out of the folder. Paths are plain
text here, not Path objects, because these calls are made for every request.
"""

import errno
import os
import re
import stat
from collections.abc import Iterator
from datetime import UTC, datetime

from firstsight.errors import BadPath, FirstsightError, SourceNotFound, StoreDenied, StoreFailed
from firstsight.stores.blob import CHUNK, Blob, BlobInfo

#: Files of up to this many bytes are read in one piece; a disk is no quicker in small ones.
WHOLE = 16_777_216
#: How a put names the file that it is still writing.
_UNFINISHED = re.compile(r"#\d+\Z")


def head(root: str, key: str) -> BlobInfo:
    """Look a file up."""
    try:
        found = os.stat(locate(root, key))
    except OSError as error:
        raise translated(error, key) from error
    return _info(key, found)


def get(root: str, key: str) -> Blob:
    """Open a file. It stays the same open file if another takes its name meanwhile, so no mix of both is read."""
    try:
        # A pipe or a device would otherwise wait for its other end.
        descriptor = os.open(locate(root, key), os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
    except OSError as error:
        raise translated(error, key) from error
    try:
        found = os.fstat(descriptor)
        info = _info(key, found)
    except FirstsightError:
        os.close(descriptor)
        raise
    chunks = _chunks(descriptor, key, info.size if 0 < info.size <= WHOLE else CHUNK, found.st_mtime_ns)
    next(chunks)  # begun, so that the file is closed even if nothing of it is read
    return Blob(info, chunks)


def list_files(root: str, prefix: str) -> Iterator[BlobInfo]:
    """List the files below a prefix; a link is followed as long as it stays in the folder."""
    try:
        start = locate(root, prefix) if prefix else root
        found = os.stat(start)
    except (OSError, FirstsightError):
        return
    yield from _walk(root, start, prefix, ((found.st_dev, found.st_ino),))


def folders(root: str) -> tuple[str, ...]:
    """Give the names of the folders at the top."""
    try:
        with os.scandir(root) as entries:
            return tuple(entry.name for entry in entries if entry.is_dir() and not _is_undecodable(entry.name))
    except OSError as error:
        raise translated(error, "") from error


def locate(root: str, key: str) -> str:
    """Give a key's path. Raises SourceNotFound for one that a link leads out of the folder."""
    path = root
    for segment in key.split("/"):
        path = f"{path}/{segment}"
        try:
            linked = stat.S_ISLNK(os.lstat(path).st_mode)
        except OSError:
            break  # it is not there; whoever opens it will be told
        if linked:
            real = os.path.realpath(f"{root}/{key}")
            if real != root and not real.startswith(f"{root.rstrip('/')}/"):
                raise SourceNotFound("There is no image of that name.", log=f"{key!r} is a link that leaves {root}")
            break
    return f"{root}/{key}"


def translated(error: OSError, key: str) -> FirstsightError:
    """Give our error for one of the system's."""
    log = f"{key!r}: {error.strerror}"
    if isinstance(error, FileNotFoundError | NotADirectoryError | IsADirectoryError):
        return SourceNotFound("There is no image of that name.", log=log)
    if isinstance(error, PermissionError):
        return StoreDenied("The store refused access.", remedy="Check the permissions of the folder.", log=log)
    if error.errno == errno.ENAMETOOLONG:
        return BadPath("The name is longer than the store can hold.", log=log)
    if error.errno in (errno.ELOOP, errno.ENXIO):  # a circle of links, a socket
        return SourceNotFound("There is no image of that name.", log=log)
    return StoreFailed("The store could not be read or written.", remedy="Ask again in a moment.", log=log)


def _info(key: str, found: os.stat_result) -> BlobInfo:
    if not stat.S_ISREG(found.st_mode):
        raise SourceNotFound("There is no image of that name.", log=f"{key!r} is not a regular file")
    # The inode tells a file from the one that took its place in the same tick of the clock; the time of the last change
    # to the inode, which unlike that of the bytes nobody can set back, tells a file from what was written over it.
    etag = f"{found.st_ino:x}-{found.st_mtime_ns:x}-{found.st_ctime_ns:x}-{found.st_size:x}"
    return BlobInfo(key, found.st_size, etag, datetime.fromtimestamp(found.st_mtime, UTC))


def _chunks(descriptor: int, key: str, piece: int, modified: int) -> Iterator[bytes]:
    with open(descriptor, "rb", buffering=0) as file:
        yield b""
        try:
            while chunk := file.read(piece):
                if os.fstat(descriptor).st_mtime_ns != modified:  # bytes of both would be an image of neither
                    raise StoreFailed("The file has changed while it was read.", remedy="Ask again.", log=repr(key))
                yield chunk
        except OSError as error:
            raise translated(error, key) from error


def _walk(root: str, folder: str, prefix: str, above: tuple[tuple[int, int], ...]) -> Iterator[BlobInfo]:
    """Give what is in a folder and below it, but for folders below that may not be read, such as lost+found."""
    try:
        with os.scandir(folder) as entries:
            for entry in entries:
                key = f"{prefix}/{entry.name}" if prefix else entry.name
                yield from _visit(root, entry, key, above)
    except (FileNotFoundError, NotADirectoryError):
        return
    except OSError as error:
        if len(above) > 1 and isinstance(error, PermissionError):
            return
        raise translated(error, prefix) from error


def _visit(root: str, entry: "os.DirEntry[str]", key: str, above: tuple[tuple[int, int], ...]) -> Iterator[BlobInfo]:
    if _is_undecodable(entry.name):
        return
    try:
        found = os.stat(locate(root, key)) if entry.is_symlink() else entry.stat()
    except (OSError, FirstsightError):  # gone meanwhile, or a link to nowhere or to the outside
        return
    identity = (found.st_dev, found.st_ino)
    if stat.S_ISDIR(found.st_mode):
        if identity not in above:  # a link may lead back up
            yield from _walk(root, entry.path, key, (*above, identity))
    elif stat.S_ISREG(found.st_mode) and not _UNFINISHED.search(entry.name):
        yield _info(key, found)


def _is_undecodable(name: str) -> bool:
    return any("\udc80" <= character <= "\udcff" for character in name)
