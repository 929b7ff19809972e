"""
A request, walked hop by hop as a browser would: one GET after another, along the redirects, to the first that is wrong.

No AWS is asked here: a hop says what anybody sees, and who answered is told from headers, body and host alone.
"""

import contextlib
import http.client
import re
import socket
import ssl
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from urllib.parse import quote, urljoin, urlsplit, urlunsplit

from firstsight.doctor.finding import Hop, Who
from firstsight.http import SAFE_HEADERS
from firstsight.threads import in_thread

#: The most answers on the way. The longest that is right has three: the website, the function, the website again.
MOST_HOPS = 10
#: Seconds for all of them; API Gateway gives up on a function after 29.
SECONDS = 60.0
#: The most bytes that are read of one answer, and the most that are told of a text.
_MOST_READ, _MOST_TOLD = 64 * 2**20, 2000
#: Seconds that a connection has to say itself that its time is over; looking a name up knows no time.
_SLACK = 1.0
#: What a browser says that it takes in an `<img>` (Fetch standard, image; Chromium).
_ACCEPT = "image/avif,image/webp,image/apng,image/svg+xml,image/*,*/*;q=0.8"
#: What stands in a path or a query as it is (RFC 3986, pchar).
_SAFE = "/?%:@!$&'()*+,;=~-._"
#: What no image of any format begins with: what API Gateway hands on of one where it is not told that it is binary.
_BASE64 = re.compile(rb"[A-Za-z0-9+/]{64}")
_REDIRECTS = (301, 302, 303, 307, 308)
#: The headers by which an answer is told apart, and those that decide how long it is kept.
TOLD = (
    *("server", "content-type", "content-length", "cache-control", "etag", "age", "vary", "via", "retry-after"),
    *("x-cache", "x-amz-cf-id", "x-amz-error-code", "x-amz-error-message", "x-amz-bucket-region", "x-amz-request-id"),
    *("x-amz-apigw-id", "apigw-requestid", "x-amzn-requestid", "x-amzn-errortype", "firstsight-result"),
)
_SECRET = re.compile(r"(X-Amz-(?:Signature|Credential|Security-Token)=)[^&]*", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class _Answer:
    status: int
    headers: Mapping[str, str]
    body: bytes
    #: What kept the body from arriving whole.
    cut: str = ""


def walk(url: str, *, connect: str | None = None, seconds: float = SECONDS) -> tuple[Hop, ...]:
    """
    Ask for a URL and follow it; the last hop is the image, or the first that is wrong.

    `connect` is the HOST:PORT that is connected to in the place of every host, in plain HTTP: a private AWS, whose
    names no resolver knows. `seconds` is for the whole way. Nothing is raised for what goes wrong on it.
    """
    deadline = time.monotonic() + seconds
    hops: list[Hop] = []
    been: set[tuple[str, str]] = set()
    while True:
        began = time.monotonic()
        hop, to = _hop(url, connect, deadline - began, began)
        if to:
            wrong = (
                f"a redirect to where it has led before: {_told(to)}"
                if (url, to) in been
                else f"more than {MOST_HOPS} answers, and no image"
                if len(hops) + 1 >= MOST_HOPS
                else ""
            )
            hop = replace(hop, note=wrong, wrong=True) if wrong else hop
        hops.append(hop)
        if hop.wrong or not to:
            return tuple(hops)
        been.add((url, to))
        url = to


def who(url: str, status: int, headers: Mapping[str, str], body: bytes) -> Who:
    """Say who gave an answer, as ANSWERERS tells it."""
    seen = _Seen(urlsplit(url).hostname or "", status, headers, body[:_MOST_TOLD])
    return next((one for one, gave in ANSWERERS if gave(seen)), Who.SOMEBODY)


def _hop(url: str, connect: str | None, seconds: float, began: float) -> tuple[Hop, str]:
    """Ask once; the hop, and where it leads as it was said, secrets and all."""
    ask = in_thread(lambda: _ask(url, connect, max(0.001, seconds)))
    try:
        answer = ask(max(0.0, seconds) + _SLACK)
    except Exception as error:
        return Hop(_told(url), 0, time.monotonic() - began, note=_failure(error, url, connect, seconds), wrong=True), ""
    location = answer.headers.get("location", "")
    to = _absolute(url, location) if answer.status in _REDIRECTS and location else ""
    kind = answer.headers.get("content-type", "")
    note = _fault(answer, to, kind)
    hop = Hop(
        _told(url),
        answer.status,
        time.monotonic() - began,
        to=_told(to),
        who=who(url, answer.status, answer.headers, answer.body),
        note=note,
        body="" if kind.startswith("image/") else answer.body[:_MOST_TOLD].decode("utf-8", "replace"),
        headers={name: answer.headers[name] for name in TOLD if name in answer.headers},
        wrong=bool(note),
    )
    return hop, to


def _ask(url: str, connect: str | None, seconds: float) -> _Answer:
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise ValueError(f"a browser follows http and https, and this is '{_told(url)[:200]}'")
    target = urlunsplit(("", "", quote(parts.path or "/", safe=_SAFE), quote(parts.query, safe=_SAFE), ""))
    with contextlib.closing(_connection(url, connect, seconds)) as connection:
        connection.request("GET", target, headers={"Host": parts.netloc, "Accept": _ACCEPT, "User-Agent": "firstsight"})
        answer = connection.getresponse()
        headers = {name.lower(): value for name, value in answer.getheaders()}
        promised = answer.length or 0  # `read` with a limit does not say that there was less
        try:
            body = answer.read(_MOST_READ)
        except http.client.IncompleteRead as error:
            return _Answer(answer.status, headers, error.partial, f"it ends after {len(error.partial)} bytes")
        except OSError as error:
            return _Answer(answer.status, headers, b"", f"its body does not arrive: {error}")
        cut = f"it ends after {len(body)} of {promised} bytes" if len(body) < min(promised, _MOST_READ) else ""
        return _Answer(answer.status, headers, body, cut)


def _connection(url: str, connect: str | None, seconds: float) -> http.client.HTTPConnection:
    parts = urlsplit(f"http://{connect}" if connect else url)
    if parts.scheme == "http":
        return http.client.HTTPConnection(parts.hostname or "", parts.port or 80, timeout=seconds)
    context = ssl.create_default_context()
    return http.client.HTTPSConnection(parts.hostname or "", parts.port or 443, timeout=seconds, context=context)


def _fault(answer: _Answer, to: str, kind: str) -> str:
    """Say what is wrong with an answer in itself, or nothing."""
    if answer.status in _REDIRECTS:
        return "" if to else "a redirect that does not say where to"
    if answer.status >= 400:
        return f"answered {answer.status} {http.client.responses.get(answer.status, '')}".rstrip()
    if answer.cut:
        return answer.cut
    if not answer.body:
        return f"answered {answer.status} with nothing in it"
    if kind.startswith("text/html"):
        return f"answered {answer.status} with a page ({kind}), which is no image"
    if kind.startswith("image/") and _BASE64.match(answer.body):
        return f"answered {answer.status} with an image in base64, which nobody has decoded"
    return ""


#: What keeps an answer away, the first that matches; `{host}` is what was connected to.
_FAILURES: tuple[tuple[type[BaseException], str], ...] = (
    (socket.gaierror, "the name {host} is not found"),
    (TimeoutError, "no whole answer from {host} within {seconds:.0f} seconds"),
    (ssl.SSLCertVerificationError, "the certificate of {host} is not good: {error.verify_message}"),
    (ssl.SSLError, "no TLS with {host}: {error.reason}"),
    (ConnectionRefusedError, "{host} refuses the connection"),
    (http.client.RemoteDisconnected, "{host} closed the connection without an answer"),
    (ConnectionError, "the connection to {host} broke: {error}"),
    (http.client.HTTPException, "what {host} answers is no HTTP: {error!r}"),
    (OSError, "{host} cannot be reached: {error}"),
    (ValueError, "no URL to go to: {error}"),
)


def _failure(error: Exception, url: str, connect: str | None, seconds: float) -> str:
    words = next((words for kind, words in _FAILURES if isinstance(error, kind)), "{error!r}")
    host = connect or url.partition("://")[2].partition("/")[0]
    return words.format(error=error, host=host, seconds=max(0.0, seconds))


def _absolute(url: str, location: str) -> str:
    """Give where a redirect leads, read as UTF-8; what comes after a `#` is the browser's own business."""
    location = location.encode("latin-1", "replace").decode("utf-8", "replace")
    with contextlib.suppress(ValueError):
        return urljoin(url, location).partition("#")[0]
    return location


def _told(url: str) -> str:
    """Give a URL without what would let others in: a link that S3 has signed."""
    return _SECRET.sub(r"\1...", url)


@dataclass(frozen=True, slots=True)
class _Seen:
    host: str
    status: int
    headers: Mapping[str, str]
    body: bytes

    def has(self, *names: str) -> bool:
        return any(name in self.headers for name in names)

    def says(self, name: str, *starts: str) -> bool:
        return self.headers.get(name, "").startswith(starts)

    @property
    def is_website(self) -> bool:
        """A host of S3's websites, or an answer in their way: HTML and the error's code in headers, never XML."""
        from_s3 = self.says("server", "AmazonS3")
        page = self.body.lstrip().startswith(b"<html>") and b"<li>Code: " in self.body
        return ".s3-website" in self.host or page or (from_s3 and (self.has("x-amz-error-code") or self._moves))

    @property
    def _moves(self) -> bool:
        return self.status in _REDIRECTS and b"<Error>" not in self.body


#: Who answered, the first that matches. What a function of ours says passes through every front, so that comes first;
#: CloudFront passes on what S3 and the others say, so it is the one only where it made the answer itself.
ANSWERERS: tuple[tuple[Who, Callable[[_Seen], bool]], ...] = (
    (
        Who.FUNCTION,
        lambda seen: (
            seen.has("firstsight-result")
            or seen.headers.get("content-security-policy") == SAFE_HEADERS["Content-Security-Policy"]
        ),
    ),
    (Who.CLOUDFRONT, lambda seen: seen.says("server", "CloudFront")),
    (Who.API_GATEWAY, lambda seen: seen.has("x-amz-apigw-id", "apigw-requestid") or ".execute-api." in seen.host),
    (Who.FUNCTION_URL, lambda seen: ".lambda-url." in seen.host),
    (Who.S3_WEBSITE, lambda seen: seen.is_website),
    (
        Who.S3,
        lambda seen: (
            seen.says("server", "AmazonS3")
            or bool(re.search(r"(^|\.)s3[.-]", seen.host))
            or b"<Error><Code>" in seen.body
        ),
    ),
    (Who.FUNCTION_URL, lambda seen: seen.has("x-amzn-requestid")),
    (Who.CLOUDFRONT, lambda seen: seen.has("x-amz-cf-id") or seen.host.endswith(".cloudfront.net")),
)
