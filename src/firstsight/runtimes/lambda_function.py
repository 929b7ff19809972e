"""
The service as an AWS Lambda function: `firstsight.runtimes.lambda_function.handler`.

While the function starts, the settings are read and connections to the stores begun. What makes pixels is loaded with
the first request, while its source is on the way: that costs nothing then, and a start that is waited for is as short
as it can be. Where Lambda starts functions before they are needed, all is loaded at the start.
"""

import os
import sys
import threading
import time
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from firstsight.records import dataclass, replace
from firstsight.runtimes import lambda_garbage  # first, and then the stores, which answer while the rest is loaded
from firstsight.runtimes.lambda_stores import OPENED, Opened

# isort: split
from firstsight import answers, asking
from firstsight.errors import BadSettings, FirstsightError, InternalError, RenderTimeout, ResultTooLarge, StoreFailed
from firstsight.grammars import Grammar, select
from firstsight.http import SAFE_HEADERS, Request, Response, encode_path, error_response
from firstsight.runtimes import logs
from firstsight.runtimes.afterwards import Afterwards
from firstsight.runtimes.lambda_events import front_of, is_batch
from firstsight.runtimes.metrics import embedded
from firstsight.settings import Topology
from firstsight.threads import in_thread

if TYPE_CHECKING:
    from firstsight.service import Made, Service

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
#: What Lambda says where a request waits for the start (Lambda developer guide, defined runtime environment variables).
ON_DEMAND = "on-demand"
#: The MB of memory that come with one processor (Lambda developer guide, memory and computing power).
MEMORY_PER_CPU = 1769


@dataclass(slots=True)
class Function:
    """What a started function has. Its service is there when what makes pixels has been loaded."""

    afterwards: Afterwards
    grammars: tuple[Grammar, ...] = ()
    service: "Service | None" = None
    cold: bool = True


@dataclass(frozen=True, slots=True)
class Answer:
    """What is answered, and the derivative that is to be kept once it is out."""

    response: Response
    made: "Made | None" = None


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
    path, _, query = request.headers.get("firstsight-path", "").partition("?")
    if not path or isinstance(OPENED, FirstsightError) or OPENED.settings.aws.topology is not Topology.CDN:
        return request
    return replace(request, path=path, query=query)


def _told(error: FirstsightError) -> Answer:
    """Render an error for everyone, who is not told what the operator wrote into the settings."""
    if isinstance(OPENED, FirstsightError):
        return Answer(error_response(BadSettings("The settings cannot be used.", remedy="The log says what is wrong.")))
    response = error_response(error)
    return Answer(replace(response, headers={**response.headers, **answers.always(OPENED.settings)}))


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
    found = _found(request)
    if isinstance(found, Response):
        return Answer(_link(found.facts.get("derivative"), found) if len(found.body) > MOST_BYTES else found)
    too_large = len(found.response.body) > MOST_BYTES
    aws = _opened().settings.aws
    if aws.topology is not Topology.WEBSITE and not too_large:
        return Answer(found.response, found)
    kept = found.keep()
    if "not_kept" in kept.facts:  # a redirect would lead back here, for ever
        if too_large:
            raise StoreFailed("The image is too large for an answer, and could not be kept.", log=kept.facts["reason"])
        return Answer(kept)
    if aws.topology is Topology.WEBSITE and "Content-Disposition" not in kept.headers:  # which S3 would not send
        return Answer(_redirect(aws.public_url + encode_path(found.key), kept))
    return Answer(_link(found.key, kept) if too_large else kept)


def _found(request: Request) -> "Response | Made":
    """Find or make what is asked for. The first time, what makes pixels is loaded while the source is on its way."""
    if FUNCTION.service is not None:
        return FUNCTION.service.first(request)
    opened = _opened()
    wanted = asking.ask(request, opened.settings, FUNCTION.grammars)
    if isinstance(wanted, Response):
        return wanted
    begun = asking.begin(wanted, request, opened.settings, opened.sources, opened.derivatives)
    return _loaded().go_on(request, wanted, begun)


def _opened() -> Opened:
    if isinstance(OPENED, FirstsightError):
        raise OPENED
    return OPENED


def _loaded() -> "Service":
    """Load what makes pixels, unless it is."""
    if FUNCTION.service is None:
        from firstsight.image import use_threads
        from firstsight.service import Service

        opened = _opened()
        use_threads(max(1, int(os.environ.get("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "0")) // MEMORY_PER_CPU))
        FUNCTION.service = Service(opened.settings, opened.sources, opened.derivatives, FUNCTION.grammars)
        lambda_garbage.look_again()
    return FUNCTION.service


def _link(key: str | None, response: Response) -> Response:
    """Send the client to the derivative itself, which is stored by now, or without one to the source."""
    store = _opened().sources if key is None else _opened().derivatives
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
    seconds = context.get_remaining_time_in_millis() / 1000 - MARGIN
    if is_batch(event):
        from firstsight.runtimes.lambda_backfill import go_on  # only here: a request has no use for it

        return go_on(_loaded(), event, time.monotonic() + seconds * BATCHED)
    from firstsight.runtimes.lambda_changes import follow  # nor for this

    return follow(_loaded(), event, time.monotonic() + seconds)


def _places() -> str:
    region = os.environ.get("AWS_REGION", "unknown")
    if isinstance(OPENED, FirstsightError):
        return f"function in {region}"
    return f"function in {region}, source {OPENED.sources.url}, derivatives {OPENED.derivatives.url}"


def _memory() -> float:
    from pathlib import Path  # only here, after the answer: it would be a fiftieth of a cold start

    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return round(pages * os.sysconf("SC_PAGE_SIZE") / 1e6, 1)


def _start() -> Function:
    logs.configure(sys.stdout)
    return Function(Afterwards(), () if isinstance(OPENED, FirstsightError) else select(OPENED.settings.grammars))


FUNCTION = _start()
if os.environ.get("AWS_LAMBDA_INITIALIZATION_TYPE", ON_DEMAND) != ON_DEMAND and isinstance(OPENED, Opened):
    from firstsight.image import warm

    _loaded()
    warm()
