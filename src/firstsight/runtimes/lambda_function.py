"""
The service as an AWS Lambda function: `firstsight.runtimes.lambda_function.handler`.

All that can be done before the first request is done while the function starts: the settings are read, the stores
opened and connections to them begun, and meanwhile the rest is loaded and libvips warmed.
"""

import os
import sys
import threading
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from firstsight.records import dataclass, replace
from firstsight.runtimes import lambda_garbage  # first, and then the stores, which answer while the rest is loaded
from firstsight.runtimes.lambda_stores import OPENED

# isort: split
from firstsight import answers
from firstsight.errors import BadSettings, FirstsightError, InternalError, RenderTimeout, ResultTooLarge, StoreFailed
from firstsight.grammars import select
from firstsight.http import SAFE_HEADERS, Request, Response, encode_path, error_response
from firstsight.image import use_threads, warm
from firstsight.runtimes import logs
from firstsight.runtimes.afterwards import Afterwards
from firstsight.runtimes.lambda_events import front_of, is_batch
from firstsight.runtimes.metrics import embedded
from firstsight.service import Made, Service
from firstsight.settings import Topology
from firstsight.threads import in_thread

#: The most bytes of an image that fit into an answer: 6 MB (Lambda quotas) in base64, and room for the headers.
MOST_BYTES = 6 * 1024 * 1024 * 3 // 4 - 16_384
#: Seconds that are kept back from the function's timeout, to answer in and to write the log.
MARGIN = 0.5
#: The part of its time in which the function begins with another source of a batch.
BATCHED = 0.7
#: Seconds after a late answer in which what is late may come to its end; the function's timeout is later.
GRACE = 0.3
#: Seconds for which a link to a derivative that is too large for an answer is good.
LINK_SECONDS = 300
#: The MB of memory that come with one processor (Lambda developer guide, memory and computing power).
MEMORY_PER_CPU = 1769


@dataclass(slots=True)
class Function:
    """What a started function has: a service, or the error that kept it from having one."""

    service: Service | FirstsightError
    afterwards: Afterwards
    cold: bool = True


@dataclass(frozen=True, slots=True)
class Answer:
    """What is answered, and the derivative that is to be kept once it is out."""

    response: Response
    made: Made | None = None


def handler(event: Mapping[str, Any], context: Any) -> dict[str, Any]:
    """Answer one invocation: a request, the news that a source has changed, or a batch of a backfill."""
    front = front_of(event)
    if front is None:
        return _changed(event, context)
    began = time.perf_counter()
    seconds = max(0.1, context.get_remaining_time_in_millis() / 1000 - MARGIN)
    request = _as_asked(replace(front.request(event), seconds=seconds))
    error: Exception | None = None
    over = threading.Event()
    try:
        answer = _in_time(request, seconds, over)
    except FirstsightError as known:
        error, answer = known, _told(known)
    except Exception as bug:  # anything else is a bug: the log has it, the client has its number
        error, answer = bug, _told(InternalError(f"Something went wrong (request {context.aws_request_id})."))
    total = time.perf_counter() - began
    cold, FUNCTION.cold = FUNCTION.cold, False

    def finish() -> None:
        kept = answer.made.keep() if answer.made else answer.response
        facts = {**kept.facts, "front": front.name, "cold": cold, "memory_mb": _memory()}
        logs.request_line(
            request, replace(answer.response, facts=facts), context.aws_request_id, total, error, measure=embedded
        )
        _end(over)

    FUNCTION.afterwards.run(finish)
    headers = {name: value for name, value in answer.response.headers.items() if name != "Content-Length"}
    body = b"" if request.method == "HEAD" else answer.response.body
    return front.answer(replace(answer.response, headers=headers, body=body), event)


def _as_asked(request: Request) -> Request:
    """
    Give the request as the viewer made it, where CloudFront's edge function has made a derivative key of its path.

    Only behind that: elsewhere anyone could say one path to a cache and another to us.
    """
    service = FUNCTION.service
    path, _, query = request.headers.get("firstsight-path", "").partition("?")
    if not path or isinstance(service, FirstsightError) or service.settings.aws.topology is not Topology.CDN:
        return request
    return replace(request, path=path, query=query)


def _told(error: FirstsightError) -> Answer:
    """Render an error for everyone, who is not told what the operator wrote into the settings."""
    service = FUNCTION.service
    if isinstance(service, FirstsightError):
        return Answer(error_response(BadSettings("The settings cannot be used.", remedy="The log says what is wrong.")))
    response = error_response(error)
    return Answer(replace(response, headers={**response.headers, **answers.always(service.settings)}))


def _in_time(request: Request, seconds: float, over: threading.Event) -> Answer:
    """
    Answer within the seconds, whatever a store or an encoder does, so that Lambda never kills the function.

    `over` is set when nothing of it goes on any more.
    """

    def answered() -> Answer:
        try:
            return _answer(request)
        finally:
            over.set()

    wait = in_thread(answered)
    try:
        return wait(seconds)
    except TimeoutError:
        raise RenderTimeout(
            f"There was no answer within {seconds:.1f} seconds.",
            remedy="Ask again in a moment; if it stays so, give the function more memory or time.",
            log=f"the function's timeout is near; {_places()}",
        ) from None


def _end(over: threading.Event) -> None:
    """
    End the function where what it was too late for goes on, so that Lambda starts another for the next request.

    libvips stops between rows of pixels; an encoder's last call does not, and would take the next request's time.
    """
    if FUNCTION.afterwards.registered and not over.wait(GRACE):
        logs.LOGGER.warning("what was too late goes on, so the function ends; the next request starts another")
        os._exit(1)


def _answer(request: Request) -> Answer:
    service = FUNCTION.service
    if isinstance(service, FirstsightError):
        raise service
    found = service.first(request)
    too_large = len(found.response.body if isinstance(found, Made) else found.body) > MOST_BYTES
    if isinstance(found, Response):
        return Answer(_link(service, found.facts.get("derivative"), found) if too_large else found)
    website = service.settings.aws.topology is Topology.WEBSITE
    if not website and not too_large:
        return Answer(found.response, found)
    kept = found.keep()
    if "not_kept" in kept.facts:  # a redirect would lead back here, for ever
        if too_large:
            raise StoreFailed("The image is too large for an answer, and could not be kept.", log=kept.facts["reason"])
        return Answer(kept)
    if website and "Content-Disposition" not in kept.headers:  # which S3 would not send
        return Answer(_redirect(service.settings.aws.public_url + encode_path(found.key), kept))
    return Answer(_link(service, found.key, kept) if too_large else kept)


def _link(service: Service, key: str | None, response: Response) -> Response:
    """Send the client to the derivative itself, which is stored by now, or without one to the source."""
    store = service.sources if key is None else service.derivatives
    link = store.link(key or response.facts["source"], LINK_SECONDS)
    if link is None:
        raise ResultTooLarge(f"Expected an image of at most {MOST_BYTES} bytes but got {len(response.body)}.")
    return _redirect(link, response)


def _redirect(location: str, response: Response) -> Response:
    # never to be stored: a redirect that a cache keeps would lead in a circle
    headers = {"Location": location, "Cache-Control": "no-store", **SAFE_HEADERS}
    headers |= {name: value for name, value in response.headers.items() if name == "Access-Control-Allow-Origin"}
    return Response(302, headers, b"", response.facts)


def _changed(event: Mapping[str, Any], context: Any) -> dict[str, Any]:
    FUNCTION.afterwards.run(lambda: None)
    if isinstance(FUNCTION.service, FirstsightError):
        raise FUNCTION.service
    seconds = context.get_remaining_time_in_millis() / 1000 - MARGIN
    if is_batch(event):
        from firstsight.runtimes.lambda_backfill import go_on  # only here: a request has no use for it

        return go_on(FUNCTION.service, event, time.monotonic() + seconds * BATCHED)
    from firstsight.runtimes.lambda_changes import follow  # nor for this

    return follow(FUNCTION.service, event, time.monotonic() + seconds)


def _start() -> Function:
    logs.configure(sys.stdout)
    use_threads(max(1, int(os.environ.get("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "0")) // MEMORY_PER_CPU))
    afterwards = Afterwards()
    if isinstance(OPENED, FirstsightError):
        return Function(OPENED, afterwards)
    read, sources, derivatives = OPENED
    warm()
    return Function(Service(read, sources, derivatives, select(read.grammars)), afterwards)


def _places() -> str:
    service = FUNCTION.service
    region = os.environ.get("AWS_REGION", "unknown")
    if isinstance(service, FirstsightError):
        return f"function in {region}"
    return f"function in {region}, source {service.sources.url}, derivatives {service.derivatives.url}"


def _memory() -> float:
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return round(pages * os.sysconf("SC_PAGE_SIZE") / 1e6, 1)


FUNCTION = _start()
lambda_garbage.look_again()
