"""Files made to do harm, through the service: refused, or answered with an image that does none."""

import dataclasses
from pathlib import Path

import pytest

from firstsight.errors import FirstsightError
from firstsight.http import Request, Response, error_response
from firstsight.service import Service, open_service
from firstsight.settings import Access, Damaged, Limits, Settings
from tests.hostile.bombs import BOMBS, MARK, POLYGLOTS, truncated
from tests.hostile.readers import damage
from tests.image.mutations import damaged
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


@pytest.mark.parametrize("name", POLYGLOTS)
def test_a_file_that_is_more_than_an_image_is_refused(service: Service, name: str) -> None:
    data = POLYGLOTS[name]()
    for spec in ("full.png", "full.jpg", "full.gif", "full.webp", "32x.png", "info.json"):
        answer = ask(service, data, spec)
        assert answer.status in (415, 422)
        assert MARK not in answer.body
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert "sandbox" in answer.headers["Content-Security-Policy"]
        assert "html" not in answer.headers["Content-Type"]


@pytest.mark.parametrize("name", POLYGLOTS)
def test_what_a_file_is_beside_an_image_is_not_in_what_is_made_of_it(service: Service, name: str) -> None:
    lenient = open_service(dataclasses.replace(service.settings, damaged=Damaged.BEST_EFFORT))
    data, made = POLYGLOTS[name](), 0
    for spec in ("full.png", "full.jpg", "full.gif", "full.webp", "32x.png", "info.json"):
        answer = ask(lenient, data, spec)
        assert answer.status in (200, 415, 422)
        assert MARK not in answer.body
        made += answer.status == 200
    assert made in (0, 6)


@pytest.mark.parametrize("name", KINDS)
def test_a_file_that_is_cut_anywhere_is_refused(service: Service, name: str) -> None:
    for label, data in truncated(name, source(name)):
        answer = ask(service, data, "32x.png")
        assert 400 <= answer.status < 500, label


@pytest.mark.parametrize("piece", range(4))
def test_a_file_that_another_reader_finds_damaged_is_refused_and_any_other_is_an_image_or_refused(
    service: Service, piece: int
) -> None:
    found = []
    for number in range(piece, 500, 4):
        name, data = damaged(number)
        for spec, every_frame in (("32x.png", False), ("full.webp", True)):
            answer, reason = ask(service, data, spec), damage(data, every_frame=every_frame)
            assert 400 <= answer.status < 500 or (answer.status == 200 and not reason), (name, number, spec, reason)
            found.append(bool(reason))
    assert 0.7 < sum(found) / len(found) < 0.95  # the reader finds neither everything damaged nor nothing


@pytest.mark.parametrize("name", [name for name in KINDS if name != "svg"])
def test_the_other_reader_finds_nothing_wrong_with_a_good_file_and_something_with_any_cut_one(name: str) -> None:
    assert damage(source(name), every_frame=True) == ""
    for label, data in truncated(name, source(name)):
        assert damage(data, every_frame=False), label


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
