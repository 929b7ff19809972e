"""
The smoke test: an image of our own is put among the sources, asked for through a front, and removed again.

A private AWS (AWS_ENDPOINT_URL) has hosts that no resolver knows: there every host is asked at that address.
"""

import contextlib
import http.client
import os
import ssl
import struct
import time
import zlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import unquote, urljoin, urlsplit

from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest

from firstsight import signing
from firstsight.aws.cloud import Cloud
from firstsight.aws.names import Place
from firstsight.errors import FirstsightError
from firstsight.grammars import select
from firstsight.grammars.wanted import Wanted
from firstsight.http import encode_path
from firstsight.settings import Access, GrammarName, Settings
from firstsight.tokens import parse as parse_spec
from firstsight.transform import Format, Transform

#: The folder of the images among the sources.
FOLDER = "firstsight-smoke-test"
#: The most redirects that are followed: S3 to the front, and back.
MOST_REDIRECTS = 4
_SECONDS = 40


class SmokeTestFailed(FirstsightError):
    """The image that a deploy asks for was not answered."""

    code = "smoke-test-failed"
    title = "Smoke test failed"


@dataclass(frozen=True, slots=True)
class Hop:
    """One answer on the way."""

    url: str
    status: int
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""

    def __str__(self) -> str:
        """Say it in a line."""
        said = self.body[:200].decode("utf-8", "replace") if self.status >= 400 else ""
        return " ".join(filter(None, [str(self.status), self.url, said]))


@dataclass(frozen=True, slots=True)
class Pace:
    """How often an answer that may be on its way is asked for, and the seconds between."""

    tries: int = 1
    seconds: float = 3.0


#: How long a derivative may take to be kept once it has been answered.
KEEPING = Pace(tries=20, seconds=0.5)


def picture() -> bytes:
    """Give a PNG of 32 by 32 pixels, a gradient."""
    rows = b"".join(b"\0" + bytes(v for x in range(32) for v in (x * 8, y * 8, 128)) for y in range(32))

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", 32, 32, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")


def path(settings: Settings, source: str) -> str | None:
    """Give the path of something that may be asked for of a source, or None where nothing may."""
    grammar = next((one for one in select(settings.grammars) if one.name == GrammarName.NATIVE), None)
    preset = next((one for one in settings.presets.values() if one.transform.format is not Format.AUTO), None)
    preset = preset or next(iter(settings.presets.values()), None)
    if grammar and preset:
        return encode_path(Wanted(grammar, source, preset.transform, preset).key)
    classic = next((one for one in select(settings.grammars) if one.name == GrammarName.CLASSIC), None)
    if classic and settings.sizes:
        width, height = settings.sizes[0]
        transform = Transform(width=width, height=height, enlarge=True, format=Format.PNG)
        return encode_path(Wanted(classic, source, transform).key)
    if not grammar or settings.access is Access.PRESETS or (settings.access is Access.SIGNED and not settings.keys):
        return None
    key = Wanted(grammar, source, parse_spec("16x16.webp")).key
    if settings.access is Access.SIGNED:
        key = f"{signing.sign(f'/{key}', settings.keys[-1])}/{key}"
    return encode_path(key)


def walk(url: str, cloud: Cloud, *, sign: bool = False, follow: bool = True) -> list[Hop]:
    """Ask for a URL, and follow it from hop to hop."""
    hops: list[Hop] = []
    while len(hops) <= MOST_REDIRECTS:
        hops.append(ask(url, cloud, sign=sign and not hops))
        location = hops[-1].headers.get("location")
        if hops[-1].status not in (301, 302, 303, 307, 308) or not location or not follow:
            break
        url = urljoin(url, location)
    return hops


def ask(url: str, cloud: Cloud, *, sign: bool = False) -> Hop:
    """Ask once; `sign` is for a function URL with IAM. A failure to get any answer is a hop of status 0."""
    parts = urlsplit(url)
    headers = {"Host": parts.netloc, "User-Agent": "firstsight"}
    if sign:
        request = AWSRequest("GET", url, headers={"Host": parts.netloc})
        SigV4Auth(cloud.credentials, "lambda", cloud.region).add_auth(request)
        headers |= dict(request.headers.items())
    try:
        with contextlib.closing(_connection(url)) as connection:
            connection.request("GET", parts.path or "/", headers=headers)
            answer = connection.getresponse()
            found = {name.lower(): value for name, value in answer.getheaders()}
            return Hop(url, answer.status, found, answer.read())
    except (OSError, http.client.HTTPException) as error:
        return Hop(url, 0, {}, f"{type(error).__name__}: {error}".encode())


def fetch(url: str) -> bytes:
    """Read what a link that AWS has given leads to. Raises OSError."""
    parts = urlsplit(url)
    try:
        with contextlib.closing(_connection(url)) as connection:
            connection.request("GET", f"{parts.path}?{parts.query}", headers={"Host": parts.netloc})
            answer = connection.getresponse()
            if answer.status != 200:
                raise OSError(f"{answer.status} {answer.reason}")
            return answer.read()
    except http.client.HTTPException as error:
        raise OSError(f"{type(error).__name__}: {error}") from error


def _connection(url: str) -> http.client.HTTPConnection:
    parts = urlsplit(os.environ.get("AWS_ENDPOINT_URL") or url)
    host, port = parts.hostname or "", parts.port
    if parts.scheme == "http":
        return http.client.HTTPConnection(host, port or 80, timeout=_SECONDS)
    return http.client.HTTPSConnection(host, port or 443, timeout=_SECONDS, context=ssl.create_default_context())


def image(
    front: str,
    settings: Settings,
    cloud: Cloud,
    places: tuple[Place, Place],
    *,
    token: str,
    public: bool,
    sign: bool = False,
    pace: Pace = Pace(),
    pause: Callable[[float], Any] = time.sleep,
) -> None:
    """
    Put an image among the sources, ask for a derivative of it, and look whether it is kept. Raises SmokeTestFailed.

    `token` makes the image's name, so that an earlier derivative is not taken for the answer. `public` is whether a
    redirect leads to where everyone can read; before that is so, what is kept is looked at instead of followed to.
    """
    sources, derivatives = places
    asked = path(settings, source_key(token))
    if asked is None:
        return
    cloud.write(sources.bucket, sources.prefix + source_key(token), picture(), ContentType="image/png")
    hops: list[Hop] = []
    for attempt in range(pace.tries):
        if attempt:
            pause(pace.seconds)
        hops = walk(front.rstrip("/") + asked, cloud, sign=sign, follow=public)
        if is_image(hops[-1]) or (not public and hops[-1].status == 302):
            break
    else:
        raise SmokeTestFailed(
            f"The smoke test got no image: {hops[-1].status or 'no answer'}.",
            remedy="The log says why the function failed: firstsight logs --errors; firstsight doctor names the cause.",
            log=" -> ".join(map(str, hops)),
        )
    for _ in range(KEEPING.tries):  # the function may keep it after it has answered
        if kept(cloud, settings, derivatives, token):
            return
        pause(KEEPING.seconds)
    raise SmokeTestFailed(
        "The smoke test got an answer, but the image was not kept.",
        remedy="Check what the function may write, and the log: firstsight logs --errors.",
        log=" -> ".join(map(str, hops)),
    )


def source_key(token: str) -> str:
    """Give the source key of a smoke test's image."""
    return f"{FOLDER}/{token}.png"


def kept(cloud: Cloud, settings: Settings, derivatives: Place, token: str) -> list[str]:
    """Give the keys of what was made of a smoke test's image."""
    source = source_key(token)
    asked = unquote(path(settings, source) or "").lstrip("/").rpartition(f"/{source}")[0]
    folders = (source, f"{asked}/{source}") if asked and not asked.startswith("~") else (source,)
    below = [key for one in folders for key in cloud.keys(derivatives.bucket, f"{derivatives.prefix}{one}")]
    return [key for key in below if key != derivatives.prefix + source]


def is_image(hop: Hop) -> bool:
    """Whether an answer is an image."""
    return hop.status == 200 and hop.headers.get("content-type", "").startswith("image/") and bool(hop.body)
