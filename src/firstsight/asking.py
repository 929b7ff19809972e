"""
The first part of a request, before any pixels: what it asks for, whether it may, and the first reads of the stores.

It is a module of its own so that a Lambda function that has just started can ask the store for the source at once, and
load libvips while the store answers.
"""

import threading
import time
from collections.abc import Callable
from itertools import chain

from firstsight import answers, derivatives, signing
from firstsight.access import authorize
from firstsight.grammars import Grammar, RawUrl, Wanted, parse, read
from firstsight.http import (
    SAFE_HEADERS,
    Request,
    Response,
    accepted,
    check_key,
    check_length,
    check_method,
    decode_path,
    encode_path,
)
from firstsight.negotiation import resolve
from firstsight.records import dataclass
from firstsight.settings import Settings, Topology
from firstsight.stores import Blob, Store
from firstsight.threads import in_thread
from firstsight.transform import Format


def ask(request: Request, settings: Settings, grammars: tuple[Grammar, ...]) -> Wanted | Response:
    """
    Read and authorize a request: give what it wants, or a redirect to its canonical URL.

    Raises MethodNotAllowed, BadPath, BadToken, NotAllowed, BadSignature, SignatureExpired.
    """
    check_method(request.method)
    foreign = _foreign(request, settings)
    if foreign is not None:
        return foreign
    signature, path = signing.split(decode_path(request.path, settings.limits.url_length))
    wanted = parse(path, grammars, settings.presets, settings.limits.tokens)
    authorize(wanted, signature, settings, time.time())
    return wanted if wanted.key == path else _redirect("/".join(filter(None, [signature, wanted.key])), settings)


@dataclass(frozen=True, slots=True)
class Look:
    """A read of the derivative under the key that it most likely has. `blob` waits for it; None where it is missing."""

    key: str
    blob: Callable[[], Blob | None]


@dataclass(frozen=True, slots=True)
class Begun:
    """Reads that are under way. `source`, and `derivative.blob`, wait for theirs and raise what it raises."""

    source: Callable[[], Blob]
    derivative: Look


def begin(wanted: Wanted, request: Request, settings: Settings, sources: Store, kept: Store) -> Begun | None:
    """
    Begin to read the source and its derivative, or give None where the path has several readings.

    Until the source is asked for, a thread takes its bytes as they arrive; otherwise the store would soon stop sending.
    A source that is larger than the limit is left unread.
    """
    if wanted.readings or wanted.untouched:
        return None
    waited_for = threading.Event()

    def take() -> Blob:
        blob = sources.get(wanted.source)
        taken: list[bytes] = []
        small = blob.info.size <= settings.limits.source_bytes
        while small and not waited_for.is_set() and (chunk := next(blob.chunks, None)) is not None:
            taken.append(chunk)
        return Blob(blob.info, chain(taken, blob.chunks))

    wait = in_thread(take)

    def given() -> Blob:
        waited_for.set()
        return wait()

    return Begun(given, look(wanted, request, settings, kept))


def look(wanted: Wanted, request: Request, settings: Settings, kept: Store) -> Look:
    """Begin to read what is stored under the key that the derivative most likely has."""
    guess = wanted.with_transform(resolve(wanted.transform, accepts(request, settings)))
    key = key_of(wanted, guess, settings)
    if not kept.keeps_attributes:
        return Look(key, lambda: None)
    return Look(key, in_thread(lambda: derivatives.look(kept, key)))


def accepts(request: Request, settings: Settings) -> frozenset[Format]:
    """Give the formats that a client accepts: none on S3's website, which has one object for all clients."""
    return frozenset() if is_website(settings) else accepted(request.headers.get("accept", ""))


def key_of(wanted: Wanted, variant: Wanted, settings: Settings) -> str:
    """Give the derivative key: that of the variant, or on S3's website the key as it was asked for."""
    return wanted.key if is_website(settings) else variant.key


def is_website(settings: Settings) -> bool:
    """Whether S3 serves derivatives by itself, where nobody negotiates a format."""
    return settings.aws.topology is Topology.WEBSITE


def _foreign(request: Request, settings: Settings) -> Wanted | None:
    """Read a request in the dialect of another image server, which is answered under the URL it has."""
    wanted = read(RawUrl(request.path.removeprefix("/"), request.query), settings)
    if wanted is None:
        return None
    check_length(request.path + request.query, settings.limits.url_length)
    check_key(wanted.source)
    authorize(wanted, "", settings, time.time())
    return wanted


def _redirect(key: str, settings: Settings) -> Response:
    headers = {"Location": encode_path(key), "Cache-Control": "public, max-age=3600"}
    return Response(308, headers | SAFE_HEADERS | answers.always(settings), facts={"result": "redirected"})
