"""Each limit has a setting, and the error that refuses names it."""

import base64
import json
from dataclasses import fields
from typing import Any

import pytest

from firstsight.errors import FirstsightError
from firstsight.http import Request
from firstsight.settings import SETTINGS, GrammarName, Limits
from tests.service.places import JPEG, Place, noise, presets, size

#: For each limit: a value of it, a path that is refused for it, the status, and what the message says.
REFUSED: dict[str, tuple[float, str, int, str]] = {
    "source_bytes": (len(JPEG) - 1, "/cat.jpg/30x20.webp", 413, str(len(JPEG))),
    "source_pixels": (2_399, "/cat.jpg/30x20.webp", 422, "2400"),
    "output_pixels": (599, "/cat.jpg/30x20.webp", 422, "600"),
    "memory": (1_000_000, "/large.png/1000x1000.png", 422, "1 MB"),
    "seconds": (0.0001, "/large.png/1000x1000-lossless.webp", 504, "0.001"),
    "url_length": (50, "/cat.jpg/" + "30x20-" * 9 + "q80.webp", 400, "50"),
    "tokens": (3, "/cat.jpg/30x20-blur5-sharpen-q80.webp", 400, "3"),
}
#: Beyond these the first frame is given, and a header says so.
FIRST_FRAME: dict[str, float] = {"frames": 2, "animation_pixels": 60 * 40 * 3 - 1}


@pytest.mark.parametrize("limit", REFUSED)
def test_what_is_beyond_a_limit_is_refused_by_its_name(local: Place, limit: str) -> None:
    value, path, status, said = REFUSED[limit]
    local.sources.store.put("large.png", bytes(noise(1200, 1000).pngsave_buffer(compression=1)))
    local.restart(limits=Limits(**{limit: value}))  # type: ignore[arg-type]  # seconds may be a fraction
    with pytest.raises(FirstsightError) as caught:
        local.ask(path)
    assert (caught.value.status, said in caught.value.message) == (status, True), caught.value.message
    assert f"limits.{limit}" in caught.value.remedy
    assert local.kept() == []
    local.restart(limits=Limits())
    assert local.ask(path).status in (200, 308)


@pytest.mark.parametrize("limit", FIRST_FRAME)
def test_beyond_a_limit_of_animations_the_first_frame_is_given(local: Place, limit: str) -> None:
    assert "Firstsight-Animation" not in local.ask("/moving.gif/30x20.gif").headers
    local.restart(limits=Limits(**{limit: FIRST_FRAME[limit]}))  # type: ignore[arg-type]  # both are whole
    still = local.ask("/moving.gif/31x20.gif")
    assert still.headers["Firstsight-Animation"] == "first of 3 frames"
    assert size(still) == (31, 20)


def test_every_limit_is_tried_here_and_has_a_setting() -> None:
    names = {field.name for field in fields(Limits)}
    assert names == {*REFUSED, *FIRST_FRAME}
    assert {f"limits.{name}" for name in names} <= {row.name for row in SETTINGS}


def in_base64(**edits: Any) -> str:
    return base64.b64encode(json.dumps({"key": "cat.jpg", "edits": edits}).encode()).decode()


#: URLs of four tokens or words, each with a fifth to be put in.
WORDS = [
    ("/cat.jpg/30x20-grayscale-blur5{}-q80.webp", "-flip"),
    ("/cat.jpg/thumb-grayscale-blur5{}-q80.webp", "-flip"),
    ("/unsafe/30x20{}/cat.jpg", "/smart/filters:blur(1)"),
    ("/_/w:30/h:20{}/plain/cat.jpg", "/bl:1"),
    (in_base64(flip=True, flop=True, grayscale=True) + "{}", ""),
]


@pytest.mark.parametrize(("url", "more"), WORDS)
def test_words_are_counted_in_every_language(local: Place, url: str, more: str) -> None:
    local.restart(grammars=tuple(GrammarName), presets=presets(thumb="20x20"), limits=Limits(tokens=4))
    path = "/" + url.format(more).lstrip("/")
    if more:
        assert local.service.handle(Request("/" + url.format("").lstrip("/"))).status in (200, 308)
    else:
        local.restart(limits=Limits(tokens=3))
    with pytest.raises(FirstsightError, match=r"at most [34] (tokens|words)") as caught:
        local.service.handle(Request(path))
    assert "limits.tokens" in caught.value.remedy


def test_hyphens_of_a_source_are_no_tokens(local: Place) -> None:
    local.sources.store.put("a-b-c-d-e-f.jpg", JPEG)
    local.restart(limits=Limits(tokens=1))
    assert local.ask("/30x20/a-b-c-d-e-f.jpg").status == 200
    assert local.ask("/a-b-c-d-e-f.jpg/30x20.webp").status == 200
