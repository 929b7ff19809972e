"""From obstore's errors to ours. Their classes say little, so what happened is read from their text."""

import errno
import re
from typing import Any

from obstore.exceptions import AlreadyExistsError, PermissionDeniedError, PreconditionError, UnauthenticatedError
from obstore.store import LocalStore, S3Store

from firstsight.errors import BadPath, FirstsightError, SourceNotFound, StoreDenied, StoreFailed, StoreTimeout
from firstsight.stores import s3

_STATUS = re.compile(r"Server returned non-2xx status code: (\d{3})")
_ERRNO = re.compile(r"\(os error (\d+)\)")
_SECRET = re.compile(r"((?:sig|signature|token|key)=)[^&\s\"]+", re.IGNORECASE)
#: Where a machine in a cloud asks for credentials. A failure there means that none were found anywhere.
_METADATA = re.compile(r"/latest/(?:api/token|meta-data)|/computeMetadata/|/metadata/identity")
_NO_CONTAINER = ("<Code>NoSuchBucket</Code>", "<Code>ContainerNotFound</Code>")
_EXPIRED = ("<Code>ExpiredToken</Code>", "<Code>RequestTimeTooSkewed</Code>", "<Code>InvalidToken</Code>")
#: What a listing says that comes to a key with an empty segment, `..` or a control character.
_UNLISTABLE = "Encountered object with invalid path"
_LONGEST_LOG = 500

AGAIN = "Ask again in a moment."


class Exists(FirstsightError):
    """A put that may not replace anything met something."""


class Unconditional(FirstsightError):
    """The store has no put that only creates."""


def translated(error: Exception, backend: Any, where: str) -> FirstsightError:
    """Give our error for one of obstore's; `where` names the store and the key for the log."""
    said, _, details = str(error).partition("\n\nDebug source:")
    told = _SECRET.sub(r"\1...", " ".join(said.split()))
    log = f"{where}: {told[:_LONGEST_LOG]}"
    if isinstance(error, AlreadyExistsError | PreconditionError):
        return Exists("There is a blob of that name.", log=log)
    if isinstance(backend, LocalStore):
        return _of_folder(error, said, log)
    if any(code in said for code in _NO_CONTAINER):
        return StoreFailed("The store does not exist.", remedy="Create it, or correct the URL.", log=log)
    if _UNLISTABLE in said:
        return StoreFailed(
            "The store holds a name that cannot be listed: one with an empty segment, '..' or a control character.",
            remedy="Give that object another name, or work below a prefix that it is not in.",
            log=log,
        )
    if isinstance(error, FileNotFoundError):
        return SourceNotFound("There is no image of that name.", log=log)
    if isinstance(error, ValueError):
        return BadPath("The name is one that the store cannot hold.", log=log)
    if _METADATA.search(said):
        return StoreDenied("No credentials for the store were found.", remedy=_remedy(backend), log=log)
    status = _status(said)
    if status == 501 or isinstance(error, NotImplementedError):
        return Unconditional("The store does not know this kind of put.", log=log)
    denied = isinstance(error, PermissionDeniedError | UnauthenticatedError) or status in (401, 403)
    if denied or any(code in said for code in _EXPIRED):
        return StoreDenied("The store refused access.", remedy=_remedy(backend), log=log)
    if isinstance(backend, S3Store) and (status == 400 or "incorrectly configured region" in said):
        elsewhere = s3.wrong_region(backend, log)
        if elsewhere is not None:
            return elsewhere
    if "kind: Timeout," in details:
        return StoreTimeout("The store did not answer in time.", remedy=AGAIN, log=f"{log} (timeout)")
    return StoreFailed("The store could not be read or written.", remedy=AGAIN, log=log)


def _of_folder(error: Exception, said: str, log: str) -> FirstsightError:
    numbers = _ERRNO.findall(said)
    number = int(numbers[-1]) if numbers else 0
    if isinstance(error, FileNotFoundError | IsADirectoryError):
        return SourceNotFound("There is no image of that name.", log=log)
    if number == errno.ENAMETOOLONG:
        return BadPath("The name is longer than the store can hold.", log=log)
    if isinstance(error, PermissionError) or number in (errno.EACCES, errno.EPERM, errno.EROFS):
        return StoreDenied("The store refused access.", remedy="Check the permissions of the folder.", log=log)
    if isinstance(error, ValueError):
        return BadPath("The name cannot be the name of a file.", log=log)
    return StoreFailed("The store could not be read or written.", remedy=AGAIN, log=log)


def _status(said: str) -> int | None:
    found = _STATUS.search(said)
    return int(found[1]) if found else None


def _remedy(backend: Any) -> str:
    return s3.REMEDY if isinstance(backend, S3Store) else "Check the credentials and what they may do."
