"""The smoke test: what it asks for, what it takes for an answer, and that it looks whether the image is kept."""

from pathlib import Path
from typing import Any, cast

import pytest

import firstsight
from firstsight import Request, open_service
from firstsight.aws import probe
from firstsight.aws.cloud import Cloud
from firstsight.aws.names import Place
from firstsight.settings import Settings
from tests.aws import states
from tests.aws.memory import Memory

PHOTOS = Place("photos", "in/")
KEY = "in/firstsight-smoke-test/token.png"


@pytest.fixture
def memory() -> Memory:
    return Memory(buckets={"photos": {}})


def try_image(memory: Memory, settings: Settings, *, public: bool = True) -> None:
    probe.image(
        "https://front/next",
        settings,
        cast("Cloud", memory),
        (PHOTOS, PHOTOS),
        token="token",
        public=public,
        pace=probe.Pace(tries=2),
        pause=lambda _: None,
    )


def answers(monkeypatch: pytest.MonkeyPatch, memory: Memory, *hops: probe.Hop, keeps: bool = True) -> list[str]:
    """Let these be the answers, one after the other, and give what was asked."""
    asked: list[str] = []

    def ask(url: str, cloud: Any, *, sign: bool = False) -> probe.Hop:
        asked.append(url)
        if keeps:
            memory.objects["photos", f"{KEY}/thumb.webp"] = b"made"
        return hops[len(asked) - 1]

    monkeypatch.setattr(probe, "ask", ask)
    return asked


IMAGE = probe.Hop("url", 200, {"content-type": "image/webp"}, b"image")
REDIRECT = probe.Hop("url", 302, {"location": "http://website/firstsight-smoke-test/token.png/thumb.webp"})
FORBIDDEN = probe.Hop("url", 403, {"content-type": "text/html"}, b"Forbidden")


def test_an_image_is_an_answer_and_a_redirect_leads_to_one(monkeypatch: pytest.MonkeyPatch, memory: Memory) -> None:
    asked = answers(monkeypatch, memory, REDIRECT, IMAGE)
    try_image(memory, states.settings())
    assert asked == [
        "https://front/next/firstsight-smoke-test/token.png/thumb.webp",
        "http://website/firstsight-smoke-test/token.png/thumb.webp",
    ]
    assert firstsight.info(memory.objects["photos", KEY])["format"] == "png"


def test_before_the_website_is_public_the_redirect_and_what_is_kept_are_enough(
    monkeypatch: pytest.MonkeyPatch, memory: Memory
) -> None:
    asked = answers(monkeypatch, memory, REDIRECT, FORBIDDEN)
    try_image(memory, states.settings(), public=False)
    assert len(asked) == 1


@pytest.mark.parametrize(
    ("hops", "keeps", "words"),
    [
        ((FORBIDDEN, FORBIDDEN), True, "got no image: 403"),
        ((REDIRECT, FORBIDDEN, REDIRECT, FORBIDDEN), True, "got no image: 403"),
        ((probe.Hop("url", 200, {"content-type": "text/html"}, b"<p>"),) * 2, True, "got no image: 200"),
        ((probe.Hop("url", 0, {}, b"refused"),) * 2, True, "got no image: no answer"),
        ((IMAGE,), False, "the image was not kept"),
    ],
)
def test_anything_else_is_a_failure(
    monkeypatch: pytest.MonkeyPatch, memory: Memory, hops: tuple[probe.Hop, ...], keeps: bool, words: str
) -> None:
    answers(monkeypatch, memory, *hops, keeps=keeps)
    with pytest.raises(probe.SmokeTestFailed, match=words):
        try_image(memory, states.settings())


def test_an_answer_that_takes_its_time_is_waited_for(monkeypatch: pytest.MonkeyPatch, memory: Memory) -> None:
    asked = answers(monkeypatch, memory, FORBIDDEN, IMAGE)
    try_image(memory, states.settings())
    assert len(asked) == 2


@pytest.mark.parametrize(
    ("more", "path"),
    [
        ({}, "/firstsight-smoke-test/t.png/thumb.webp"),
        ({"presets": {"auto": "200x"}}, "/firstsight-smoke-test/t.png/auto"),
        ({"presets": {}, "sizes": ["60x40"]}, "/60x40/firstsight-smoke-test/t.png"),
        ({"presets": {}, "access": "open"}, "/firstsight-smoke-test/t.png/16x16.webp"),
        ({"presets": {}}, None),
        ({"presets": {}, "access": "signed"}, None),
    ],
)
def test_what_is_asked_for_is_something_that_may_be(more: dict[str, Any], path: str | None) -> None:
    assert probe.path(states.settings(**more), "firstsight-smoke-test/t.png") == path


@pytest.mark.parametrize(
    "more",
    [
        {},
        {"presets": {}, "sizes": ["60x40"]},
        {"presets": {}, "access": "signed", "keys": ["a:0123456789abcdef"]},
        {"presets": {}, "access": "open"},
    ],
)
def test_the_service_answers_what_is_asked_for_and_it_is_found_where_it_is_kept(
    more: dict[str, Any], tmp_path: Path
) -> None:
    source = tmp_path / probe.source_key("token")
    source.parent.mkdir()
    source.write_bytes(probe.picture())
    settings = states.settings(**more)
    asked = probe.path(settings, probe.source_key("token"))
    assert asked
    local = states.settings(source=str(tmp_path), derivatives="memory://", **more)
    assert open_service(local).handle(Request(asked)).status == 200
    memory = Memory(buckets={"photos": {}})
    key = "in" + ("/" + asked.split("/", 2)[2] if asked.startswith("/~") else asked)
    memory.objects |= {("photos", key): b"made", ("photos", KEY): b"source", ("photos", "in/other.png"): b""}
    assert probe.kept(cast("Cloud", memory), settings, PHOTOS, "token") == [key]
