"""The page over HTTP: its files and its two lists, and problem details for everything else below `/-/`."""

import json
import logging
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial
from importlib.resources import files
from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.datastructures import QueryParams
from starlette.responses import Response as Answer
from starlette.types import Receive, Scope, Send

from firstsight.errors import FirstsightError, InternalError, NoSuchPage
from firstsight.http import Response, check_method, digest, error_response, matches
from firstsight.service import Service
from firstsight.web import language
from firstsight.web.sources import Sources, read_query

#: Only what comes from this server, no inline code or style, and no text that is taken for markup.
POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' blob:",
        "connect-src 'self'",
        "base-uri 'none'",
        "form-action 'none'",
        "frame-ancestors 'none'",
        "require-trusted-types-for 'script'",
        "trusted-types 'none'",
    )
)
#: `no-cache` lets a browser keep them but makes it ask, so that a newer version is seen at once.
HEADERS = {
    "Cache-Control": "no-cache",
    "Content-Security-Policy": POLICY,
    "Cross-Origin-Opener-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}
MEDIA_TYPES = {
    ".css": "text/css; charset=utf-8",
    ".html": "text/html; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
}

Find = Callable[[QueryParams], Response]


class Page:
    """The ASGI application of the page."""

    def __init__(self, service: Service) -> None:
        self._answers: dict[str, Find] = {f"/-/{name}": _always(answer) for name, answer in _files().items()}
        self._answers["/"] = self._answers.pop("/-/page.html")
        self._answers["/favicon.ico"] = self._answers["/-/favicon.svg"]
        self._answers["/-/tokens.json"] = _always(_json(language.describe(service.settings.presets)))
        self._answers["/-/sources.json"] = partial(_sources, Sources(service))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
        query = QueryParams(scope["query_string"])
        try:
            check_method(scope["method"])
            response = await run_in_threadpool(self._find(scope["path"]), query)
        except FirstsightError as known:
            response = error_response(known)
        except Exception:  # anything else is a bug: the log has it
            logging.getLogger("firstsight").exception("page")
            response = error_response(InternalError("Something went wrong.", remedy="The server's log says what."))
        if response.status == 200 and matches(headers.get("if-none-match", ""), response.headers["ETag"]):
            response = replace(response, status=304, body=b"")
        answer = Answer(b"" if scope["method"] == "HEAD" else response.body, response.status, dict(response.headers))
        if response.status != 304:
            answer.headers["Content-Length"] = str(len(response.body))
        await answer(scope, receive, send)

    def _find(self, path: str) -> Find:
        if path not in self._answers:
            raise NoSuchPage("There is no such page.", remedy="The page of this server is at /.")
        return self._answers[path]


def _files() -> Mapping[str, Response]:
    folder = files("firstsight.web")
    found = [(entry, f".{entry.name.rpartition('.')[2]}") for entry in folder.iterdir()]
    return {e.name: _ok(e.read_bytes(), MEDIA_TYPES[suffix]) for e, suffix in found if suffix in MEDIA_TYPES}


def _sources(sources: Sources, query: QueryParams) -> Response:
    return _json(sources.page(read_query(query)))


def _always(response: Response) -> Find:
    return lambda query: response


def _json(members: Mapping[str, Any]) -> Response:
    return _ok(json.dumps(members, ensure_ascii=False).encode(), "application/json")


def _ok(body: bytes, media_type: str) -> Response:
    etag = f'"{digest(body.decode())}"'
    return Response(200, {**HEADERS, "Content-Type": media_type, "ETag": etag}, body)
