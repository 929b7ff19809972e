"""Vector drawings: drawn at the size that is wanted, with nothing from outside."""

import threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import numpy as np
import pytest

import firstsight
from firstsight.errors import DamagedImage, TooManyPixels
from tests.image.seeing import decoded
from tests.image.sources import vips

SVG = (
    '<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" width="40" height="40">{}</svg>'
)
BLUE = '<rect width="40" height="40" fill="#0000ff"/>'


def drawn(body: str, spec: str = "full.png", prologue: str = "") -> np.ndarray:
    return decoded(firstsight.render((prologue + SVG.format(body)).encode(), spec, svg=True).data)[0]


def test_a_drawing_is_drawn_at_its_size_not_enlarged() -> None:
    edge = '<rect x="20" width="20" height="40" fill="#000000"/>'
    for spec in ("400x-enlarge.png", "400x400-enlarge.png", "400x-crop0x0x40x40-enlarge.png"):
        alpha = drawn(edge, spec)[200, :, 3]
        assert np.count_nonzero((alpha > 0) & (alpha < 255)) == 0, spec  # the edge lies between two pixels
        assert alpha[:200].max() == 0
        assert alpha[200:].min() == 255
    turned = drawn(edge, "400x-enlarge-rotate45.png")
    soft = np.count_nonzero((turned[200, :, 3] > 0) & (turned[200, :, 3] < 255))
    assert soft <= 8
    assert drawn(edge, "400x.png").shape[:2] == (40, 40)  # not without `enlarge`


def test_a_drawing_loads_nothing_from_outside(tmp_path: Path) -> None:
    asked = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)
            self.send_response(200)
            self.end_headers()
            self.wfile.write(red)

        def log_message(self, *words: object) -> None: ...

    red: bytes = vips(np.array([[[255, 0, 0]]]), "png")
    (tmp_path / "red.png").write_bytes(red)
    (tmp_path / "red.svg").write_text(SVG.format('<rect id="r" width="40" height="40" fill="#ff0000"/>'))
    (tmp_path / "word.txt").write_text("#ff0000")
    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        for base in (tmp_path.as_uri(), str(tmp_path), f"http://127.0.0.1:{server.server_port}"):
            for body in (
                f'<image href="{base}/red.png" width="40" height="40"/>',
                f'<image xlink:href="{base}/red.svg" width="40" height="40"/>',
                f'<use href="{base}/red.svg#r"/>',
                f'<filter id="f"><feImage href="{base}/red.png"/></filter><g filter="url(#f)">{BLUE}</g>',
                f'<style>@import url("{base}/red.css");</style>',
                f'<xi:include xmlns:xi="http://www.w3.org/2001/XInclude" href="{base}/red.svg"/>',
            ):
                shown = drawn(BLUE + body)[..., :3]
                assert np.abs(shown - [0, 0, 255]).max() == 0, body
            entity = f'<!DOCTYPE svg [<!ENTITY red SYSTEM "{base}/word.txt">]>'
            with pytest.raises(DamagedImage):
                drawn('<rect width="40" height="40" fill="&red;"/>', prologue=entity)
            dtd = f'<!DOCTYPE svg SYSTEM "{base}/svg.dtd">'
            assert np.abs(drawn(BLUE, prologue=dtd)[..., :3] - [0, 0, 255]).max() == 0
        server.shutdown()
    assert asked == []


def test_a_bomb_of_entities_and_an_enormous_drawing_are_refused() -> None:
    levels = "".join(f'<!ENTITY e{n} "{f"&e{n - 1};" * 10}">' for n in range(1, 10))
    with pytest.raises(DamagedImage):
        drawn("<text>&e9;</text>", prologue=f'<!DOCTYPE svg [<!ENTITY e0 "ha">{levels}]>')
    huge = '<svg xmlns="http://www.w3.org/2000/svg" width="100000" height="100000"/>'
    with pytest.raises(TooManyPixels, match="100000x100000"):
        firstsight.render(huge.encode(), "10x.png", svg=True)
