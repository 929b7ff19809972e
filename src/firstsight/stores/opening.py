"""Opening a store by its URL."""

import os
import re
from datetime import timedelta
from typing import Any

from obstore.exceptions import BaseError
from obstore.store import LocalStore, MemoryStore, from_url

from firstsight import percent
from firstsight.errors import BadSettings
from firstsight.stores import s3
from firstsight.stores.store import Store

#: Of a URL the scheme, the authority and the path (RFC 3986, appendix B).
_URL = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*)://([^/?#]*)([^?#]*)")
#: The schemes of object stores, each with the variables that name another endpoint than its maker's.
ENDPOINTS: dict[str, tuple[str, ...]] = {
    "s3": ("AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT_URL"),
    "gs": ("GOOGLE_BASE_URL",),
    "az": ("AZURE_STORAGE_ENDPOINT", "AZURE_ENDPOINT", "AZURITE_BLOB_STORAGE_URL"),
}


def open_store(url: str, *, seconds: float = 10, create: bool = False) -> Store:
    """
    Open a store by its URL, or by the path of a folder.

    `seconds` bounds each request to it, `create` makes a local folder that is missing. Nothing is read yet; only S3 is
    asked for the bucket's region, where the environment does not say it.
    Raises BadSettings for an address that is not understood, and for a local folder that is not there.
    """
    scheme, place, path = _parts(url)
    if scheme == "memory":
        return Store(url, MemoryStore())
    if scheme == "file":
        if place not in ("", "localhost") or not path:  # file://photos is not the folder it looks like (RFC 8089)
            raise BadSettings(
                f"Expected three slashes before a folder's path, as in file:///srv/photos, but got '{url}'.",
                remedy="Write them, or the path alone: /srv/photos, or photos for a folder of the one you are in.",
            )
        return _open_folder(path, create=create)
    if scheme not in ENDPOINTS or not place:
        raise BadSettings(
            f"Expected a store such as s3://bucket, gs://bucket, az://container or a folder, but got '{url}'.",
            remedy="Set `source` and `derivatives` to one of these.",
        )
    endpoint = _endpoint(scheme)
    bound = timedelta(seconds=seconds)
    client: dict[str, Any] = {
        "connect_timeout": min(bound, timedelta(seconds=5)),
        "timeout": bound,
        "allow_http": endpoint.startswith("http://"),
    }
    retries: Any = {"max_retries": 2, "retry_timeout": bound}
    more = s3.options(place, seconds) if scheme == "s3" else {}
    options: dict[str, Any] = {"client_options": client, "retry_config": retries, **more}
    try:
        backend = from_url(url, **options)
    except (BaseError, ValueError, OSError) as error:
        raise BadSettings(f"The store '{url}' cannot be opened.", remedy=_first_line(error)) from error
    path = path.strip("/")
    return Store(
        url,
        backend,
        gives_links=True,
        prefix=f"{path}/" if path else "",
        joint="_" if scheme == "az" else "-",
    )


def _parts(url: str) -> tuple[str, str, str]:
    """Give the scheme, the bucket and the decoded path of a URL; what is none is the path of a folder."""
    found = _URL.match(url)
    return (found[1].lower(), found[2], percent.decode(found[3]).decode()) if found else ("file", "", url or ".")


def _endpoint(scheme: str) -> str:
    """Give the endpoint of the environment, or nothing; over a malformed one the client would end the process."""
    given = {name: os.environ[name] for name in ENDPOINTS[scheme] if name in os.environ}
    for name, address in given.items():
        if not address.startswith(("http://", "https://")):
            raise BadSettings(
                f"Expected an address in {name}, as in http://127.0.0.1:9000, but got '{address}'.",
                remedy=f"Begin it with http:// or https://, or unset {name} for the endpoint of the store's maker.",
            )
    return next(iter(given.values()), "")


def _open_folder(name: str, *, create: bool) -> Store:
    from pathlib import Path  # only here, for it takes 2 ms to load: a function's stores are no folders

    path = Path(name).expanduser().absolute()
    if create and not path.exists():
        try:
            path.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise BadSettings(
                f"The folder '{path}' cannot be made: {(error.strerror or str(error)).lower()}.",
                remedy="Name another one, or let this user write there.",
            ) from error
    if not path.is_dir():
        raise BadSettings(
            f"Expected a folder but '{path}' is {'a file' if path.exists() else 'not there'}.",
            remedy="Name the folder that holds the photos.",
        )
    root = path.resolve()
    return Store(root.as_uri(), LocalStore(root), keeps_attributes=False, root=root)


def _first_line(error: Exception) -> str:
    return next(iter(str(error).splitlines()), type(error).__name__)
