"""Whatever is asked, the answer is about the asking: a 4xx where it is nonsense, never a fault of ours."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from firstsight import tokens
from firstsight.errors import FirstsightError
from firstsight.http import Request
from firstsight.service import Service, open_service
from firstsight.settings import Access, GrammarName, Limits, Preset, Settings
from tests.hostile.urls import ATTACKS, SPECS, hostile_url
from tests.service.places import JPEG

CASES = 300
THUMB = {"thumb": Preset("thumb", tokens.parse("20x20.png"))}


@pytest.fixture(scope="module", params=[Access.PRESETS, Access.SIGNED, Access.OPEN])
def service(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    folder = tmp_path_factory.mktemp("hostile")
    (folder / "photos").mkdir()
    (folder / "made").mkdir()
    (folder / "photos" / "cat.jpg").write_bytes(JPEG)
    (folder / "secret.jpg").write_bytes(JPEG)
    yield open_service(
        Settings(
            source=str(folder / "photos"),
            derivatives=str(folder / "made"),
            access=request.param,
            presets=THUMB,
            grammars=tuple(GrammarName),
            limits=Limits(output_pixels=1_000_000, seconds=5),
        )
    )
    assert (folder / "secret.jpg").read_bytes() == JPEG
    assert sorted(path.name for path in folder.iterdir()) == ["made", "photos", "secret.jpg"]


def status(service: Service, url: str) -> int:
    path, _, query = url.partition("?")
    try:
        return service.handle(Request(path, query=query)).status
    except FirstsightError as error:
        return error.status if error.problem()["detail"] else 500


def test_a_hostile_url_is_refused(service: Service) -> None:
    found = {number: status(service, hostile_url(number)) for number in range(CASES)}
    assert {answer for answer in found.values() if answer >= 500} == set()
    if service.settings.access is not Access.OPEN:  # where anything may be asked for, some of it is an image
        assert {number: hostile_url(number) for number, answer in found.items() if not 400 <= answer < 500} == {}


def test_the_cases_are_many_and_the_same_each_time() -> None:
    assert len({hostile_url(number) for number in range(CASES)}) > CASES * 0.95
    assert hostile_url(7) == hostile_url(7)


@pytest.mark.parametrize("spec", SPECS)
def test_a_spec_that_asks_for_too_much_is_refused(service: Service, spec: str) -> None:
    if spec not in ("300x200-dpr9999.png",):
        assert 400 <= status(service, f"/cat.jpg/{spec}") < 500


#: Text of what attacks are made of, and of anything at all.
PATHS = st.lists(
    st.one_of(st.sampled_from((*ATTACKS, *SPECS, "cat.jpg", "thumb.png")), st.text(max_size=30)), max_size=6
)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(PATHS, st.text(st.characters(codec="ascii"), max_size=60))
def test_any_path_and_query_have_an_answer(service: Service, parts: list[str], query: str) -> None:
    path = "/" + "/".join(parts)
    assert status(service, path.replace("?", "%3f") + "?" + query) < 500


def test_no_request_reads_beside_the_photographs(service: Service, tmp_path: Path) -> None:
    for climb in ("..", "%2e%2e", "..%2f", "%252e%252e", "....//", "..;", "..%00", "..%5c"):
        for path in (f"/{climb}/secret.jpg/thumb.png", f"/thumb/{climb}/secret.jpg", f"/{climb}secret.jpg/thumb.png"):
            assert 400 <= status(service, path) < 500
