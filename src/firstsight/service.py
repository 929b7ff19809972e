"""
One request, one straight line.

    parse -> authorize -> canonical? -> source there? -> 304? -> derivative there and fresh?     lookup
          -> read the source -> make -> keep -> answer                                           make

`handle` does all of it. A server calls the halves apart, because the first is cheap and for everyone, and the second is
costly, shared by all who wait for the same derivative, and bounded.
"""

import os
import time
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from firstsight import derivatives, signing, tokens
from firstsight.access import authorize
from firstsight.errors import FirstsightError, SourceNotFound
from firstsight.grammars import Grammar, Wanted, parse, select
from firstsight.http import (
    SAFE_HEADERS,
    Request,
    Response,
    accepted,
    check_method,
    decode_path,
    digest,
    encode_path,
    matches,
    server_timing,
)
from firstsight.image import FORMATS, Facts, Rendered, finish, resolve, start
from firstsight.image.geometry import Size
from firstsight.image.reader import check_bytes
from firstsight.settings import Settings
from firstsight.stores import BlobInfo, Store, open_store
from firstsight.transform import Format

#: What a source is taken for until its header has been read: a still picture without alpha, as nearly all are.
ORDINARY = Facts(kind="", size=Size(1, 1), frames=1, orientation=1, alpha=False, palette=False, moving=False)
#: How many sources' headers are remembered.
MOST_SEEN = 10_000


@dataclass(frozen=True, slots=True)
class Making:
    """A derivative that has to be made: what the second half of the line needs to know."""

    wanted: Wanted
    accepted: frozenset[Format]
    source: BlobInfo
    stages: Mapping[str, float]

    @property
    def identity(self) -> tuple[Any, ...]:
        """Equal for requests that one making answers."""
        negotiated = self.accepted if self.wanted.transform.format is Format.AUTO else None
        return self.wanted.key, self.source.etag, negotiated


@dataclass(frozen=True, slots=True)
class Service:
    """Makes each size of an image the first time it is asked for, keeps it, and serves it from then on."""

    settings: Settings
    sources: Store
    derivatives: Store
    grammars: tuple[Grammar, ...]
    #: What the headers of sources said, by key and etag: what `auto` becomes depends on it.
    seen: "OrderedDict[tuple[str, str], Facts]" = field(default_factory=OrderedDict, repr=False)

    def handle(self, request: Request) -> Response:
        """Answer a request. Raises FirstsightError, which the runtime renders."""
        found = self.lookup(request)
        response = self.make(found) if isinstance(found, Making) else found
        return replace(response, body=b"") if request.method == "HEAD" else response

    def lookup(self, request: Request) -> Response | Making:
        """Answer from what is stored, or say what has to be made."""
        began = time.perf_counter()
        check_method(request.method)
        signature, path = signing.split(decode_path(request.path, self.settings.limits.url_length))
        wanted = parse(path, self.grammars, self.settings.presets)
        authorize(wanted, signature, self.settings, time.time())
        if wanted.key != path:
            return _redirect("/".join(filter(None, [signature, wanted.key])))
        source = self.sources.head(wanted.source)
        check_bytes(source.size, self.settings.limits.source_bytes)
        accepts = accepted(request.headers.get("accept", ""))
        making = Making(wanted, accepts, source, {"find": time.perf_counter() - began})
        facts = self.seen.get((source.key, source.etag), ORDINARY)
        variant = wanted.with_transform(resolve(wanted.transform, facts, accepts))
        if matches(request.headers.get("if-none-match", ""), _etag(source, variant)):
            return Response(304, self._headers(making, variant), facts=_facts(wanted, "unchanged"))
        return self._stored(making, variant, began) or making

    def make(self, making: Making) -> Response:
        """Make a derivative, keep it, and answer with it. One that cannot be kept is still answered."""
        wanted, settings = making.wanted, self.settings
        began = time.perf_counter()
        blob = self.sources.get(wanted.source)
        if derivatives.is_derivative(blob.info):
            raise SourceNotFound("There is no image of that name.", log=f"{wanted.source!r} is itself a derivative")
        opened = time.perf_counter()
        making = replace(making, source=blob.info)
        picture = start(blob.chunks, settings.limits, svg=settings.svg, strict=settings.damaged == "strict")
        self._remember(blob.info, picture.facts)
        variant = wanted.with_transform(resolve(wanted.transform, picture.facts, making.accepted))
        if variant.transform.format is not resolve(wanted.transform, ORDINARY, making.accepted).format:
            stored = self._stored(making, variant, began)  # it was looked for in another format
            if stored is not None:
                return stored
        headed = time.perf_counter()
        rendered = finish(picture, variant.transform, settings.limits)
        made = time.perf_counter()
        trouble = self._keep(making, variant, rendered)
        stages = {
            **making.stages,
            "open": opened - began,
            "header": headed - opened,
            **rendered.stages,
            "put": time.perf_counter() - made,
        }
        headers = self._headers(making, variant, result="made", stages=stages, size=len(rendered.data))
        if rendered.still:
            headers["Firstsight-Animation"] = f"first of {rendered.source.frames} frames"
        facts = _facts(wanted, "made", stages, bytes_in=rendered.read, bytes_out=len(rendered.data), **trouble)
        return Response(200, headers, rendered.data, facts)

    def _stored(self, making: Making, variant: Wanted, began: float) -> Response | None:
        blob = derivatives.find(self.derivatives, variant.key, derivatives.tag(making.source, variant.transform))
        if blob is None:
            return None
        data = blob.read()
        stages = {"find": time.perf_counter() - began}
        headers = self._headers(making, variant, result="stored", stages=stages, size=len(data))
        facts = _facts(making.wanted, "stored", stages, bytes_out=len(data))
        return Response(200, headers, data, facts)

    def _keep(self, making: Making, variant: Wanted, rendered: Rendered) -> dict[str, str]:
        try:
            derivatives.keep(
                self.derivatives,
                variant.key,
                rendered.data,
                source=making.source,
                transform=variant.transform,
                media_type=rendered.media_type,
                cache_control=self.settings.cache_control,
            )
        except FirstsightError as error:
            return {"not_kept": error.code, "reason": error.log or error.message}
        return {}

    def _remember(self, source: BlobInfo, facts: Facts) -> None:
        self.seen[source.key, source.etag] = facts
        while len(self.seen) > MOST_SEEN:
            self.seen.popitem(last=False)

    def _headers(
        self,
        making: Making,
        variant: Wanted,
        *,
        result: str = "",
        stages: Mapping[str, float] | None = None,
        size: int | None = None,
    ) -> dict[str, str]:
        headers = {"ETag": _etag(making.source, variant), "Cache-Control": self.settings.cache_control, **SAFE_HEADERS}
        if making.wanted.transform.format is Format.AUTO:
            headers["Vary"] = "Accept"
        if result:
            headers["Firstsight-Result"] = result
        if stages:
            headers["Server-Timing"] = server_timing(stages)
        if size is not None:
            headers |= {"Content-Type": _media_type(variant), "Content-Length": str(size)}
        return headers


def open_service(settings: Settings) -> Service:
    """Open the stores that the settings name. Raises BadSettings."""
    seconds = settings.limits.seconds
    sources = open_store(settings.source, seconds=seconds)
    kept = derivatives_url(settings, sources)
    return Service(settings, sources, open_store(kept, seconds=seconds, create=True), select(settings.grammars))


def derivatives_url(settings: Settings, sources: Store) -> str:
    """Say where derivatives are kept: as set, or a cache folder for a local source, or else beside the sources."""
    if settings.derivatives:
        return settings.derivatives
    if sources.root is None:
        return settings.source
    cache = os.environ.get("XDG_CACHE_HOME") or "~/.cache"
    return str(Path(cache).expanduser() / "firstsight" / f"{sources.root.name}-{digest(sources.url)[:8]}")


def _etag(source: BlobInfo, variant: Wanted) -> str:
    return f'"{derivatives.tag(source, variant.transform)}"'


def _media_type(wanted: Wanted) -> str:
    row = FORMATS.get(wanted.transform.format)
    return row.media_type if row else "application/json"


def _redirect(key: str) -> Response:
    headers = {"Location": encode_path(key), "Cache-Control": "public, max-age=3600", **SAFE_HEADERS}
    return Response(308, headers, facts={"result": "redirected"})


def _facts(wanted: Wanted, result: str, stages: Mapping[str, float] | None = None, **more: Any) -> dict[str, Any]:
    milliseconds = {name: round(seconds * 1000, 1) for name, seconds in (stages or {}).items()}
    facts = {"source": wanted.source, "transform": tokens.canonical(wanted.transform), "result": result}
    return facts | ({"ms": milliseconds} if milliseconds else {}) | more
