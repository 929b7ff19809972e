"""No request and no file makes the service ask for an address, whatever it is made to say."""

import base64
import json
import socket
import threading
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import pytest

from firstsight.errors import FirstsightError
from firstsight.http import Request
from firstsight.service import open_service
from firstsight.settings import Access, Dialects, GrammarName, Settings
from tests.service.places import JPEG


class Listener:
    """A server within the network that only the service reaches, which notices who comes."""

    def __init__(self) -> None:
        self.socket = socket.create_server(("127.0.0.1", 0))
        self.port: int = self.socket.getsockname()[1]
        self.came = threading.Event()
        self.thread = threading.Thread(target=self._accept, daemon=True)
        self.thread.start()

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self.socket.accept()
            except OSError:
                return
            self.came.set()
            connection.close()


@pytest.fixture
def listener() -> Iterator[Listener]:
    started = Listener()
    yield started
    started.socket.close()


def drawings(address: str) -> dict[str, str]:
    """SVGs that refer to an address in all the ways there are."""
    xlink = 'xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink"'
    parts = {
        "image": f'<image xlink:href="{address}" width="9" height="9"/>',
        "image-href": f'<image href="{address}" width="9" height="9"/>',
        "use": f'<use xlink:href="{address}#a"/>',
        "style": f"<style>@import url({address}); @font-face {{ font-family: x; src: url({address}) }}</style>",
        "fill": f'<rect width="9" height="9" fill="url({address}#a)"/>',
        "filter": f'<filter id="f"><feImage href="{address}"/></filter><rect width="9" height="9" filter="url(#f)"/>',
        "foreign": f'<foreignObject><iframe xmlns="http://www.w3.org/1999/xhtml" src="{address}"/></foreignObject>',
        "xinclude": f'<xi:include xmlns:xi="http://www.w3.org/2001/XInclude" href="{address}"/>',
    }
    found = {name: f'<svg {xlink} width="9" height="9">{part}</svg>' for name, part in parts.items()}
    found["entity"] = (
        f'<!DOCTYPE svg [<!ENTITY e SYSTEM "{address}">]><svg {xlink} width="9" height="9"><text>&e;</text></svg>'
    )
    found["doctype"] = f'<!DOCTYPE svg SYSTEM "{address}"><svg {xlink} width="9" height="9"/>'
    found["sheet"] = f'<?xml-stylesheet href="{address}"?><svg {xlink} width="9" height="9"/>'
    return found


def urls(address: str) -> Iterator[str]:
    """The address in every place of a URL that other servers would fetch it from."""
    whole, host = quote(address, safe=""), address.removeprefix("http://")
    encoded = base64.urlsafe_b64encode(address.encode()).decode().rstrip("=")
    for name in (address, whole, host, f"//{host}"):
        yield f"/{name}/30x20.webp"
        yield f"/30x20/{name}"
        yield f"/unsafe/30x20/{name}"
        yield f"/unsafe/30x20/filters:watermark({name},0,0,0)/cat.jpg"
        yield f"/unsafe/30x20/filters:frame({name})/cat.jpg"
        yield f"/_/w:30/plain/{name}@webp"
        yield f"/fit-in/30x20/{name}"
        yield f"/{name}?width=30"
        yield f"/cat.jpg?url={name}&width=30"
    yield f"/_/w:30/{encoded}.webp"
    yield f"/_/wmu:{encoded}/w:30/plain/cat.jpg"
    edits = {"overlayWith": {"bucket": address, "key": "x.png"}}
    for asked in ({"key": address}, {"bucket": host, "key": "x"}, {"key": "cat.jpg", "edits": edits}):
        yield "/" + base64.b64encode(json.dumps(asked).encode()).decode()


@pytest.mark.parametrize("lenient", [False, True])
def test_nothing_that_is_asked_for_or_drawn_is_fetched(tmp_path: Path, listener: Listener, lenient: bool) -> None:
    address = f"http://127.0.0.1:{listener.port}/x.png"
    photos = tmp_path / "photos"
    photos.mkdir()
    (photos / "cat.jpg").write_bytes(JPEG)
    for name, text in drawings(address).items():
        (photos / f"{name}.svg").write_text(text)
    service = open_service(
        Settings(
            source=str(photos),
            derivatives=str(tmp_path / "made"),
            access=Access.OPEN,
            grammars=tuple(GrammarName),
            svg=True,
            watermark="cat.jpg",
            dialects=Dialects(lenient=lenient),
        )
    )
    drawn = [f"/{name}.svg/9x9.png" for name in drawings(address)]
    statuses = []
    for url in [*urls(address), *drawn]:
        path, _, query = url.partition("?")
        try:
            statuses.append(service.handle(Request(path, query=query)).status)
        except FirstsightError as error:
            statuses.append(error.status)
    assert max(statuses) < 500
    assert statuses.count(200) > len(drawn) // 2  # they were drawn, without what they refer to
    assert not listener.came.is_set()
    socket.create_connection(("127.0.0.1", listener.port)).close()
    assert listener.came.wait(10)  # it would have noticed
