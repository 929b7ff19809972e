"""
The service as an ASGI application.

    lookup    in one of many threads: cheap, bounded by the store
    make      in one of few threads: costly, bounded by the processors (makings.py)
"""

import asyncio
import contextlib
import os
import re
import time
import uuid
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

from starlette.routing import BaseRoute, Route, Router
from starlette.types import ASGIApp, Receive, Scope, Send

from firstsight import answers, web
from firstsight.errors import FirstsightError, InternalError, NoSuchPage, Overloaded, WrongHost
from firstsight.http import SAFE_HEADERS, Request, Response, error_response
from firstsight.runtimes import logs
from firstsight.runtimes.makers import Makers
from firstsight.runtimes.makings import Makings
from firstsight.service import Making, Service, open_service
from firstsight.settings import Access, Settings

#: Lookups that may wait for a store at the same time.
LOOKUPS = 32
#: Requests that may be looked up or wait for that; a store that has become slow is not to gather them without end.
MOST_LOOKUPS = 1_000
#: What a request may bring along as its own id.
_REQUEST_ID = re.compile(r"[A-Za-z0-9_.:-]{1,64}")


def create_app(settings: Settings) -> ASGIApp:
    """
    Build the application: `/healthz`, the page of a server that is open to everything, and images everywhere else.

    Raises BadSettings when a store cannot be opened.
    """
    service = open_service(settings)
    images = Images(service)

    @contextlib.asynccontextmanager
    async def lifespan(app: object) -> AsyncIterator[None]:
        yield
        images.close()

    routes: list[BaseRoute] = [Route("/healthz", Health())]
    if settings.access == Access.OPEN:
        routes += web.routes(service)
    router = Router(routes, default=images, lifespan=lifespan, redirect_slashes=False)
    return for_hosts(router, settings.hosts) if settings.hosts else router


def for_hosts(app: ASGIApp, hosts: tuple[str, ...]) -> ASGIApp:
    """
    Answer only requests that name one of these hosts.

    A page of another site can give itself a name that leads to this machine (DNS rebinding), and would then read what
    is meant for its user alone; it cannot choose what the browser says in Host.
    """

    async def guarded(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            began = time.perf_counter()
            request = _request(scope)
            name = re.sub(r":\d+$", "", request.headers.get("host", "")).lower()
            if name not in hosts:
                error = WrongHost(f"Expected a request for {' or '.join(hosts)} but got one for '{name[:100]}'.")
                await _tell(request, error_response(error), _request_id(request), began, error, send)
                return
        await app(scope, receive, send)

    return guarded


class Health:
    """The ASGI application of `/healthz`, which says that the process answers and asks no store."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        headers = {"Content-Type": "text/plain; charset=utf-8", "Cache-Control": "no-store", **SAFE_HEADERS}
        await _send(Response(200, headers, b"ok"), scope["method"], send)


class Images:
    """The ASGI application that answers for images."""

    def __init__(self, service: Service) -> None:
        settings = service.settings
        self._service = service
        self._looking = 0
        self._lookups = ThreadPoolExecutor(LOOKUPS, thread_name_prefix="lookup")
        alone = any(store.url.startswith("memory:") for store in (service.sources, service.derivatives))
        self._makers = None if alone else Makers(service)  # another process would not see what is in this one's memory
        self._makings = Makings(
            self._makers.make if self._makers else service.make,
            renders=settings.renders or max(1, (os.cpu_count() or 1) // settings.workers),
            queue=settings.queue,
            seconds=settings.limits.seconds,
        )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            return
        began = time.perf_counter()
        request = _request(scope)
        request_id = _request_id(request)
        error: Exception | None = None
        try:
            response = await self._answer(request)
        except FirstsightError as known:
            error, response = known, error_response(known)
        except Exception as bug:  # anything else is a bug: the log has it, the client has its number
            error, response = bug, error_response(InternalError(f"Something went wrong (request {request_id})."))
        response = replace(response, headers={**response.headers, **answers.always(self._service.settings)})
        await _tell(request, response, request_id, began, error, send)

    async def _answer(self, request: Request) -> Response:
        if request.path == "/":
            raise NoSuchPage("There is no page here.", remedy="Ask for an image: /<source key>/<spec>.<format>.")
        found = await self._look_up(request)
        return await self._makings.answer(found) if isinstance(found, Making) else found

    async def _look_up(self, request: Request) -> Response | Making:
        if self._looking >= MOST_LOOKUPS:
            raise Overloaded(f"{MOST_LOOKUPS} requests wait for the store.", remedy="Ask again in a second.")
        self._looking += 1
        try:
            return await asyncio.get_running_loop().run_in_executor(self._lookups, self._service.lookup, request)
        finally:
            self._looking -= 1

    def close(self) -> None:
        """Finish what is being made."""
        self._makings.close()
        if self._makers:
            self._makers.close()
        self._lookups.shutdown(wait=True, cancel_futures=True)


def _request(scope: Scope) -> Request:
    raw = scope.get("raw_path") or scope["path"].encode()
    headers: dict[str, str] = {}
    for raw_name, raw_value in scope["headers"]:  # what comes in several lines is one list (RFC 9110, 5.3)
        name, value = raw_name.decode("latin-1"), raw_value.decode("latin-1")
        headers[name] = f"{headers[name]}, {value}" if name in headers else value
    # bytes that are not UTF-8 become what no path may hold, and are refused with it
    path = raw.partition(b"?")[0].decode("utf-8", "surrogateescape")
    return Request(path, scope["method"], headers, query=scope.get("query_string", b"").decode("latin-1"))


def _request_id(request: Request) -> str:
    given = request.headers.get("x-request-id", "")
    return given if _REQUEST_ID.fullmatch(given) else uuid.uuid4().hex[:16]


async def _tell(
    request: Request, response: Response, request_id: str, began: float, error: Exception | None, send: Send
) -> None:
    """Answer, and write the request's line in the log."""
    response = replace(response, headers={**response.headers, "X-Request-Id": request_id})
    await _send(response, request.method, send)
    logs.request_line(request, response, request_id, time.perf_counter() - began, error)


async def _send(response: Response, method: str, send: Send) -> None:
    headers = [(name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in response.headers.items()]
    if "Content-Length" not in response.headers and response.status != 304:
        headers.append((b"content-length", str(len(response.body)).encode()))
    await send({"type": "http.response.start", "status": response.status, "headers": headers})
    await send({"type": "http.response.body", "body": b"" if method == "HEAD" else response.body})
