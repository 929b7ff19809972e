"""
One request, one straight line.

    parse -> authorize -> canonical? -> source there? -> 304? -> derivative there and fresh?     lookup
          -> read the source -> make -> keep -> answer                                           make

`handle` does all of it. A server calls the halves separately: `lookup` is cheap and made for every request, `make` is
costly, limited in number, and shared by all requests that wait for the same derivative. `first` is for a runtime that
is mostly asked for what is missing, so it starts reading the source at once.
"""

import contextlib
import time
from collections import OrderedDict
from collections.abc import Callable, Mapping
from typing import Any

from firstsight import answers, asking, derivatives
from firstsight.access import watermark
from firstsight.asking import Begun
from firstsight.errors import FirstsightError, SourceNotFound, StoreDenied
from firstsight.grammars import Grammar, Wanted, select
from firstsight.http import (
    SAFE_HEADERS,
    Request,
    Response,
    digest,
    matches,
    server_timing,
    shortened,
)
from firstsight.image import FORMATS, Facts, Rendered, cut_short, finish, resolve, start
from firstsight.image.efforts import Effort, has_choice
from firstsight.image.geometry import Size
from firstsight.image.loaders import media_type
from firstsight.image.reader import check_bytes
from firstsight.places import open_stores
from firstsight.records import dataclass, field, replace
from firstsight.settings import Damaged, Settings
from firstsight.stores import Blob, BlobInfo, Store
from firstsight.transform import Format, Transform

#: What a source is taken for until its header has been read: a still picture without alpha, as nearly all are.
ORDINARY = Facts(kind="", size=Size(1, 1), frames=1, orientation=1, alpha=False, palette=False, moving=False)
#: Seconds for which caches may keep a quickly encoded derivative, so that its refined successor soon replaces it there.
FAST_SECONDS = 60
#: How many sources' headers are remembered.
MOST_SEEN = 10_000


@dataclass(frozen=True, slots=True)
class Making:
    """A derivative that has to be made: what the second half of the line needs to know."""

    wanted: Wanted
    accepted: frozenset[Format]
    source: BlobInfo
    stages: Mapping[str, float]
    #: How long the making may take.
    seconds: float
    #: The etag of the watermark that is laid over it, if any.
    watermark: str = ""

    @property
    def identity(self) -> tuple[Any, ...]:
        """What two requests have in common exactly if one making answers both."""
        negotiated = self.accepted if self.wanted.transform.format is Format.AUTO else None
        return self.wanted.key, self.wanted.disposition, self.source.etag, self.watermark, negotiated


@dataclass(frozen=True, slots=True)
class Made:
    """
    A derivative that has been made but not stored yet.

    A runtime that can go on working after its answer stores it then; any other stores it before it answers.
    """

    response: Response
    key: str
    stages: Mapping[str, float]
    #: Stores it. Gives facts for the log about what went wrong, and the bytes that another process has stored first.
    put: Callable[[], tuple[Mapping[str, str], bytes | None]]

    def keep(self) -> Response:
        """Store it, and give the answer; if that fails, the answer's facts say so as `not_kept`."""
        began = time.perf_counter()
        trouble, winner = self.put()
        stages = {**self.stages, "put": time.perf_counter() - began}
        body = self.response.body if winner is None else winner
        headers = {**self.response.headers, "Server-Timing": server_timing(stages), "Content-Length": str(len(body))}
        facts = {**self.response.facts, "ms": answers.ms(stages), **trouble, "bytes_out": len(body)}
        if winner is not None:
            facts["kept_by"] = "another"
        return replace(self.response, headers=headers, body=body, facts=facts)


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
        """
        Answer from what is stored, or say what has to be made.

        For a runtime that is asked for everything, and mostly for what is there: the source is looked up, not read.
        """
        began = time.perf_counter()
        wanted = asking.ask(request, self.settings, self.grammars)
        if isinstance(wanted, Response):
            return wanted
        reading, found = self._found(wanted)
        if isinstance(found, Blob):
            return self._as_it_is(request, reading, found, began)
        making = self._making(request, reading, found, began)
        return self._unchanged(request, making) or self._stored(making, self._variant(making), began) or making

    def make(self, making: Making) -> Response:
        """Make a derivative, keep it, and answer with it. One that cannot be kept is still answered."""
        made = self._make(making, self.sources.get(making.wanted.source))
        return made.keep() if isinstance(made, Made) else made

    def first(self, request: Request) -> "Response | Made":
        """
        Answer a request for what is most likely not there yet, with the fewest round trips to the stores.

        For a runtime behind S3 or a CDN, which have answered for what is stored: the source is read at once, and while
        its first bytes are on their way the derivative is looked for all the same.
        """
        wanted = asking.ask(request, self.settings, self.grammars)
        return wanted if isinstance(wanted, Response) else self.go_on(request, wanted)

    def go_on(self, request: Request, wanted: Wanted, begun: Begun | None = None) -> "Response | Made":
        """Do the rest of `first`, once it is known what is wanted. `begun` are reads that are already under way."""
        began = time.perf_counter()
        if wanted.readings or wanted.untouched:  # several keys to look at, so none is worth a guess
            answer = self.lookup(request)
            return self._make(answer, self.sources.get(answer.wanted.source)) if isinstance(answer, Making) else answer
        stored = begun.derivative if begun else asking.look(wanted, request, self.settings, self.derivatives)
        source = begun.source() if begun else self.sources.get(wanted.source)
        making = self._making(request, wanted, source.info, began)
        unchanged = self._unchanged(request, making)
        if unchanged is not None:
            return unchanged
        variant = self._variant(making)
        blob = stored.blob()
        is_fresh = blob is not None and blob.info.attributes.get(derivatives.TAG) == self._tag(making, variant)
        if blob is not None and is_fresh and self._is_meant(making, variant, blob):
            return self._stored_answer(making, variant, blob, began)
        guessed = self.derivatives.keeps_attributes and stored.key == self.key(wanted, variant)
        if not guessed and (found := self._stored(making, variant, began)) is not None:
            return found
        return self._make(making, source)

    def _found(self, wanted: Wanted) -> tuple[Wanted, Blob | BlobInfo]:
        """Give the first reading whose source exists, with its info, or opened if the source itself is the answer."""
        failure: FirstsightError | None = None
        for reading in wanted.readings or (wanted,):
            try:
                if not reading.untouched:
                    return reading, self.sources.head(reading.source)
                blob = self.sources.get(reading.source)
                if not derivatives.is_derivative(blob.info):
                    return reading, blob
            except (SourceNotFound, StoreDenied) as error:  # S3 refuses what is missing to who may not list
                failure = failure or error
        raise failure or SourceNotFound("There is no image of that name.", log=f"{wanted.path!r} is a derivative")

    def _as_it_is(self, request: Request, wanted: Wanted, blob: Blob, began: float) -> Response:
        check_bytes(blob.info.size, self.settings.limits.source_bytes)
        facts = {"source": blob.info.key, "result": "untouched"}
        headers = {"ETag": f'"{digest(blob.info.etag)}"', "Cache-Control": self.settings.cache_control, **SAFE_HEADERS}
        headers |= answers.always(self.settings, wanted)
        if matches(request.headers.get("if-none-match", ""), headers["ETag"]):
            return Response(304, headers, facts=facts)
        data = blob.read()
        stages = {"find": time.perf_counter() - began}
        headers |= {
            "Firstsight-Result": "untouched",
            "Server-Timing": server_timing(stages),
            "Content-Type": media_type(data),
            "Content-Length": str(len(data)),
        }
        return Response(200, headers, data, facts | {"ms": answers.ms(stages), "bytes_out": len(data)})

    def _making(self, request: Request, wanted: Wanted, source: BlobInfo, began: float) -> Making:
        check_bytes(source.size, self.settings.limits.source_bytes)
        accepts = asking.accepts(request, self.settings)
        seconds = min(self.settings.limits.seconds, request.seconds or self.settings.limits.seconds)
        mark = watermark(wanted.transform, self.settings)
        state = self.sources.head(mark).etag if mark else ""
        return Making(wanted, accepts, source, {"find": time.perf_counter() - began}, seconds, state)

    def key(self, wanted: Wanted, variant: Wanted) -> str:
        """Give the derivative key."""
        return asking.key_of(wanted, variant, self.settings)

    @property
    def is_website(self) -> bool:
        """Whether S3 serves derivatives by itself."""
        return asking.is_website(self.settings)

    def _tag(self, making: Making, variant: Wanted) -> str:
        return derivatives.tag(making.source, variant.transform, self.manner(making.watermark))

    def manner(self, watermark: str) -> str:
        """Name what decides a result beside its source and transform: the settings, and the etag of its watermark."""
        return " ".join(filter(None, [self.settings.manner, watermark]))

    def _variant(self, making: Making) -> Wanted:
        """Give what is wanted with a concrete format: a guess until the source's header has been seen, then exact."""
        facts = self.seen.get((making.source.key, making.source.etag), ORDINARY)
        return making.wanted.with_transform(resolve(making.wanted.transform, facts, making.accepted))

    def _unchanged(self, request: Request, making: Making) -> Response | None:
        variant = self._variant(making)
        if not matches(request.headers.get("if-none-match", ""), f'"{self._tag(making, variant)}"'):
            return None
        return Response(304, self._headers(making, variant), facts=answers.facts(making.wanted, "unchanged"))

    def _make(self, making: Making, source: Blob) -> "Response | Made":
        wanted, settings = making.wanted, self.settings
        began = time.perf_counter()
        if derivatives.is_derivative(source.info):
            raise SourceNotFound("There is no image of that name.", log=f"{wanted.source!r} is itself a derivative")
        making = replace(making, source=source.info)
        looked_for = self._variant(making)
        strict, size = settings.damaged == Damaged.STRICT, source.info.size
        picture = start(source.chunks, settings.limits, svg=settings.svg, strict=strict, size=size)
        self.remember(source.info, picture.facts)
        variant = self._variant(making)
        if variant != looked_for and (stored := self._stored(making, variant, began)) is not None:
            return stored
        headed = time.perf_counter()
        left = making.seconds - sum(making.stages.values()) - (headed - began)
        limits = replace(settings.limits, seconds=max(0.001, round(left, 3)))
        rendered = finish(
            picture,
            variant.transform,
            limits,
            metadata=settings.metadata,
            similarity=settings.similarity,
            watermark=self.sources.get(watermark(variant.transform, settings)).read() if making.watermark else None,
            effort=self._effort(variant),
        )
        stages = {**making.stages, "header": headed - began, **rendered.stages}
        fast = self._effort(variant) is Effort.FAST
        headers = self._headers(making, variant, result="made", stages=stages, size=len(rendered.data), fast=fast)
        if rendered.still:
            headers["Firstsight-Animation"] = derivatives.first_of(rendered.source.frames)
        key = self.key(wanted, variant)
        sizes = {"source_bytes": source.info.size, "bytes_in": rendered.read, "bytes_out": len(rendered.data)}
        response = Response(200, headers, rendered.data, answers.facts(wanted, "made", stages, derivative=key, **sizes))
        return Made(response, key, stages, lambda: self._keep(making, variant, rendered))

    def _stored(self, making: Making, variant: Wanted, began: float) -> Response | None:
        key = self.key(making.wanted, variant)
        blob = derivatives.find(self.derivatives, key, self._tag(making, variant))
        if blob is None:
            return None
        if self._is_meant(making, variant, blob):
            return self._stored_answer(making, variant, blob, began)
        seen = self._variant(making)
        return self._stored(making, seen, began) if seen != variant else None

    def _is_meant(self, making: Making, variant: Wanted, blob: Blob) -> bool:
        """
        Whether a stored derivative is what `auto` becomes, and not one in a format that somebody has named.

        Only a source whose header has not been seen leaves that open. A store without attributes cannot tell.
        """
        if making.wanted.transform.format is not Format.AUTO or (making.source.key, making.source.etag) in self.seen:
            return True
        if self.derivatives.keeps_attributes:
            return derivatives.NAMED not in blob.info.attributes
        facts = self._facts(making)
        return facts is None or not had_to_be_named(variant.transform, facts)

    def _stored_answer(self, making: Making, variant: Wanted, blob: Blob, began: float) -> Response:
        data = blob.read()
        stages = {"find": time.perf_counter() - began}
        fast = blob.info.attributes.get(derivatives.ENCODING) == derivatives.FAST
        headers = self._headers(making, variant, result="stored", stages=stages, size=len(data), fast=fast)
        if animation := self._animation(making, variant, blob):
            headers["Firstsight-Animation"] = animation
        return Response(
            200,
            headers,
            data,
            answers.facts(making.wanted, "stored", stages, derivative=blob.info.key, bytes_out=len(data)),
        )

    def _animation(self, making: Making, variant: Wanted, blob: Blob) -> str:
        """Say of how many frames a stored derivative is only the first; a store without attributes cannot tell."""
        if self.derivatives.keeps_attributes:
            return blob.info.attributes.get(derivatives.ANIMATION, "")
        row = FORMATS.get(variant.transform.format)
        if row is None or not row.moving or variant.transform.frame is not None:
            return ""
        facts = self._facts(making)
        cut = facts is not None and cut_short(facts, variant.transform, self.settings.limits)
        return derivatives.first_of(facts.frames) if facts and cut else ""

    def _facts(self, making: Making) -> Facts | None:
        """Give what the source's header says, read where it was not since this process began; None if it cannot be."""
        facts = self.seen.get((making.source.key, making.source.etag))
        if facts is None:
            with contextlib.suppress(FirstsightError):
                chunks = self.sources.get(making.wanted.source).chunks
                facts = start(chunks, self.settings.limits, svg=self.settings.svg, strict=False).facts
                self.remember(making.source, facts)
        return facts

    def _effort(self, variant: Wanted) -> Effort:
        """Say how hard an encoder tries: less where the derivative will be refined once it is kept."""
        refined = self.settings.refine and self.derivatives.keeps_attributes and has_choice(variant.transform.format)
        return Effort.FAST if refined else Effort.USUAL

    def _cache_control(self, *, fast: bool) -> str:
        return shortened(self.settings.cache_control, FAST_SECONDS) if fast else self.settings.cache_control

    def _keep(self, making: Making, variant: Wanted, rendered: Rendered) -> tuple[dict[str, str], bytes | None]:
        fast = self._effort(variant) is Effort.FAST
        try:
            winner = derivatives.keep(
                self.derivatives,
                self.key(making.wanted, variant),
                rendered.data,
                source=making.source,
                transform=variant.transform,
                manner=self.manner(making.watermark),
                media_type=rendered.media_type,
                cache_control=self._cache_control(fast=fast),
                encoding=derivatives.FAST if fast else "",
                animation=derivatives.first_of(rendered.source.frames) if rendered.still else "",
                named=had_to_be_named(variant.transform, rendered.source),
            )
        except FirstsightError as error:
            return {"not_kept": error.code, "reason": error.log or error.message}, None
        return {}, winner

    def remember(self, source: BlobInfo, facts: Facts) -> None:
        """Remember what a source's header said. When MOST_SEEN are remembered, the oldest is forgotten."""
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
        fast: bool = False,
    ) -> dict[str, str]:
        etag = f'"{self._tag(making, variant)}{"-fast" if fast else ""}"'
        headers = {"ETag": etag, "Cache-Control": self._cache_control(fast=fast)}
        headers |= SAFE_HEADERS | answers.always(self.settings, variant)
        if making.wanted.transform.format is Format.AUTO and not self.is_website:
            headers["Vary"] = "Accept"
        if result:
            headers["Firstsight-Result"] = result
        if stages:
            headers["Server-Timing"] = server_timing(stages)
        if size is not None:
            row = FORMATS.get(variant.transform.format)
            headers |= {"Content-Type": row.media_type if row else "application/json", "Content-Length": str(size)}
        return headers


def had_to_be_named(transform: Transform, facts: Facts) -> bool:
    """Whether `auto` is taken for the transform's format before the source has been seen, and becomes another then."""
    negotiated, accepted = replace(transform, format=Format.AUTO), frozenset({transform.format})
    formats = [resolve(negotiated, known, accepted).format for known in (ORDINARY, facts)]
    return formats[0] is transform.format is not formats[1]


def open_service(settings: Settings) -> Service:
    """Open the stores that the settings name, and read the keys where they are kept elsewhere. Raises BadSettings."""
    len(settings.keys)  # reads them, so that a mistake in them stops the start and not the first signed request
    return Service(settings, *open_stores(settings), select(settings.grammars))
