"""What a backfill looks at: sources, and nothing that is a derivative by its name."""

from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firstsight import tokens
from firstsight.backfill.plan import items, without_names
from firstsight.grammars import select
from firstsight.settings import GrammarName, Preset, Settings
from firstsight.stores import BlobInfo, open_store

THUMB = Preset("thumb", tokens.parse("200x200.webp"))
AVATAR = Preset("avatar", tokens.parse("90x90"), carrierwave=("uploads/*/small",))
SETTINGS = Settings(presets={"thumb": THUMB, "avatar": AVATAR})


def listed(keys: Iterable[str]) -> list[BlobInfo]:
    return [BlobInfo(key, 1, "etag", datetime.now(UTC)) for key in keys]


def looked_at(keys: Iterable[str], *presets: Preset, apart: str | None = None) -> list[str]:
    grammars = select(SETTINGS.grammars)
    found = items(listed(keys), presets or (THUMB,), SETTINGS, grammars, apart=apart)
    return [item.source.key for item in found]


def test_derivatives_below_a_listed_source_are_passed_over_by_their_names() -> None:
    keys = ["a.jpg", "a.jpg.bak", "a.jpg/300x200.webp", "a.jpg/thumb.webp", "b/thumb.webp", "b/x.png", "b/x.png/thumb"]
    assert looked_at(keys) == ["a.jpg", "a.jpg.bak", "b/thumb.webp", "b/x.png"]


def test_a_source_in_a_folder_that_is_called_like_another_source_is_one() -> None:
    assert looked_at(["a", "a/cat.jpg", "a/cat.jpg/thumb.webp"]) == ["a", "a/cat.jpg"]


def test_what_is_below_the_place_of_the_derivatives_is_passed_over() -> None:
    assert looked_at(["made/x.jpg", "madeira.jpg", "x.jpg"], apart="made/") == ["madeira.jpg", "x.jpg"]


def test_a_source_that_no_preset_has_a_name_for_is_passed_over() -> None:
    only = Settings(presets=SETTINGS.presets, grammars=(GrammarName.CARRIERWAVE,))
    found = items(listed(["uploads/7/x.jpg", "x.jpg"]), [AVATAR], only, select(only.grammars))
    assert [(item.source.key, [one.key for one in item.wanted]) for item in found] == [
        ("uploads/7/x.jpg", ["uploads/7/small_x.jpg"])
    ]


def test_a_preset_that_nobody_can_ask_for_is_known_before_anything_is_listed() -> None:
    only = Settings(presets=SETTINGS.presets, grammars=(GrammarName.CARRIERWAVE,))
    assert without_names([THUMB, AVATAR], only) == ("thumb",)
    assert without_names([THUMB, AVATAR], SETTINGS) == ()


@given(st.sets(st.text(alphabet="ab.-/", min_size=1, max_size=8).filter(lambda key: "" not in key.split("/"))))
def test_in_the_order_of_s3_every_source_is_looked_at_once_and_no_derivative_is(keys: set[str]) -> None:
    sources = {key for key in keys if not any(key.startswith(f"{other}/") for other in keys)}
    made = {f"{source}/{name}" for source in sources for name in ("thumb.webp", "300x200.jpg")}
    assert looked_at(sorted(sources | made)) == sorted(sources)


@pytest.mark.parametrize("prefix", ["", "photos"])
def test_a_listing_of_a_folder_in_any_order_gives_each_source_once(tmp_path: Path, prefix: str) -> None:
    store = open_store(str(tmp_path))
    keys = {"photos/a.jpg", "photos/b/c.jpg", "photos/b.jpg"}
    for key in keys:
        store.put(key, b"x")
    found = items(store.list(prefix), [THUMB], SETTINGS, select(SETTINGS.grammars))
    assert sorted(item.source.key for item in found) == sorted(keys)
