"""Files made to do harm, through the service: refused, or answered with an image that does none."""

from pathlib import Path

import pytest

from firstsight.errors import FirstsightError
from firstsight.http import Request, Response, error_response
from firstsight.service import Service, open_service
from firstsight.settings import Access, Limits, Settings
from tests.hostile.bombs import BOMBS, BOUNDED, MARK, POLYGLOTS, truncated
from tests.image.sources import KINDS, source

ASKED = ("32x.png", "32x.webp", "crop0x0x1x1.jpg", "trim.gif", "full.avif", "info.json")


@pytest.fixture
def service(tmp_path: Path) -> Service:
    (tmp_path / "photos").mkdir()
    settings = Settings(source=str(tmp_path / "photos"), derivatives=str(tmp_path / "made"), access=Access.OPEN)
    (tmp_path / "made").mkdir()
    return open_service(settings)


def ask(service: Service, data: bytes, spec: str) -> Response:
    service.sources.put("file.jpg", data)
    try:
        return service.handle(Request(f"/file.jpg/{spec}"))
    except FirstsightError as error:
        return error_response(error)


@pytest.mark.parametrize("name", BOMBS)
def test_a_bomb_is_refused_and_nothing_is_kept(service: Service, name: str) -> None:
    data = BOMBS[name]()
    for spec in ASKED:
        assert 400 <= ask(service, data, spec).status < 500
    assert list(service.derivatives.list()) == []


@pytest.mark.parametrize("name", BOUNDED)
def test_a_file_with_too_much_in_it_is_an_image_or_refused(service: Service, name: str) -> None:
    data = BOUNDED[name]()
    answers = [ask(service, data, spec) for spec in ("32x.png", "full.webp")]
    assert {answer.status for answer in answers} <= {200, 422}
    assert all(len(answer.body) < 10_000 for answer in answers)


@pytest.mark.parametrize("name", POLYGLOTS)
def test_what_a_file_is_beside_an_image_is_not_in_what_is_made_of_it(service: Service, name: str) -> None:
    data = POLYGLOTS[name]()
    for spec in ("full.png", "full.jpg", "full.gif", "full.webp", "32x.png", "info.json"):
        answer = ask(service, data, spec)
        assert answer.status in (200, 415, 422)
        assert MARK not in answer.body
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert "sandbox" in answer.headers["Content-Security-Policy"]
        assert "html" not in answer.headers["Content-Type"]


@pytest.mark.parametrize("name", KINDS)
def test_a_file_that_is_cut_anywhere_is_an_image_or_refused(service: Service, name: str) -> None:
    for label, data in truncated(name, source(name)):
        answer = ask(service, data, "32x.png")
        assert answer.status in (200, 413, 415, 422), label


# "svg-billion-uses" takes its time, and has its end in tests/runtimes/test_makers.py.
@pytest.mark.parametrize(
    "name", [name for name in (*BOMBS, *POLYGLOTS) if name.startswith("svg") and name != "svg-billion-uses"]
)
def test_a_drawing_that_is_allowed_loads_nothing_and_ends(service: Service, tmp_path: Path, name: str) -> None:
    settings = Settings(
        source=service.settings.source,
        derivatives=service.settings.derivatives,
        access=Access.OPEN,
        svg=True,
        limits=Limits(output_pixels=1_000_000, source_pixels=1_000_000),
    )
    answer = ask(open_service(settings), {**BOMBS, **POLYGLOTS}[name](), "32x.png")
    assert answer.status in (200, 422)
    assert len(answer.body) < 10_000
