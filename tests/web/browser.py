"""Chromium on the page: what it is started with, what a page did, and what a person finds on it."""

import contextlib
import re
import socket
import threading
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import quote, urlsplit

import pyvips
import uvicorn
from playwright.sync_api import Browser, BrowserContext, Locator, Page, Request, expect

from firstsight.runtimes.asgi import create_app
from firstsight.settings import from_dict

ARGUMENTS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
)
DESKTOP = {"width": 1440, "height": 900}
PHONE = {"width": 390, "height": 844}
TIMES = "\u00d7"
ODD = "with spaces & more/ä+100%.png"


@contextlib.contextmanager
def serving(source: Path, made: Path) -> Iterator[str]:
    """Serve a folder in a thread; the address, without a slash at its end."""
    presets = {"thumb": "200x100-q50"}
    settings = {"source": str(source), "derivatives": str(made), "access": "open", "presets": presets}
    listener = socket.create_server(("127.0.0.1", 0))
    server = uvicorn.Server(uvicorn.Config(create_app(from_dict(settings)), log_config=None, access_log=False))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
    thread.start()
    try:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join()
        listener.close()


@dataclass
class Seen:
    """What a page did while a test ran."""

    complaints: list[str] = field(default_factory=list)
    requests: list[Request] = field(default_factory=list)
    #: What the test itself provokes, as a regular expression.
    allowed: str = "(?!)"

    def saw(self, request: Request) -> None:
        self.requests.append(request)

    def results(self) -> list[str]:
        """The paths of the images that were fetched as results."""
        paths = (urlsplit(request.url).path for request in self.requests if request.resource_type == "fetch")
        return [path for path in paths if not path.endswith(".json")]


@contextlib.contextmanager
def opened(browser: Browser, seen: Seen, **options: object) -> Iterator[Page]:
    context: BrowserContext = browser.new_context(**{"viewport": DESKTOP, **options})  # type: ignore[arg-type]  # options by name
    context.set_default_timeout(15_000)
    page = context.new_page()
    page.on("console", lambda m: seen.complaints.append(m.text) if m.type in ("error", "warning") else None)
    page.on("pageerror", lambda error: seen.complaints.append(str(error)))
    page.on("request", seen.saw)
    try:
        yield page
    finally:
        context.close()
    assert [text for text in seen.complaints if not re.search(seen.allowed, text)] == []
    hosts = {urlsplit(r.url).hostname for r in seen.requests if not r.url.startswith("blob:http://127.0.0.1:")}
    assert hosts == {"127.0.0.1"}


def bench(page: Page, state: str = "shown") -> Locator:
    """The bench, once it is in a state."""
    found = page.locator("#bench")
    expect(found).to_have_attribute("data-state", state, timeout=15_000)
    return found


def begin(page: Page, address: str, fragment: str, state: str = "shown") -> None:
    page.goto(f"{address}/#{fragment}")
    bench(page, state)


def original_of(page: Page) -> Locator:
    """The original, once it is there to be clicked on."""
    expect(page.locator("#original img")).not_to_have_js_property("naturalWidth", 0)
    return page.locator("#original")


def type_spec(page: Page, spec: str, state: str = "shown") -> None:
    page.locator("#spec").fill(spec)
    expect(page).to_have_url(re.compile(re.escape(quote(spec, safe="")) + "$"))
    bench(page, state)


def section(page: Page, name: str) -> Locator:
    """A section of the form, open."""
    found = page.locator("#form details").filter(has=page.locator("summary", has_text=name))
    found.evaluate("element => (element.open = true)")
    return found


def spec_of(page: Page) -> str:
    return page.locator("#spec").input_value()


def shown_size(page: Page) -> tuple[int, int]:
    """The pixels of the image that is shown as the result."""
    bench(page)
    width, height = page.locator("#result > img").evaluate("image => [image.naturalWidth, image.naturalHeight]")
    return width, height


def tags(html: str) -> list[tuple[str, dict[str, str | None]]]:
    """The elements of a text, with their attributes."""
    found: list[tuple[str, dict[str, str | None]]] = []

    class Parser(HTMLParser):
        def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
            found.append((tag, dict(attrs)))

    Parser().feed(html)
    return found


def fetched(address: str) -> pyvips.Image:
    """What the server answers to another client, decoded."""
    with urllib.request.urlopen(address, timeout=15) as answer:
        return pyvips.Image.new_from_buffer(answer.read(), "")
