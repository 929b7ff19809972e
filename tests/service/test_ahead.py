"""Derivatives that are made before anybody asks are those that a request would have made."""

from dataclasses import replace
from typing import Any

import pytest

from firstsight import ahead, derivatives
from firstsight.ahead import Outcome, Variant
from firstsight.errors import StoreFailed
from firstsight.grammars.ahead import wanted_ahead
from firstsight.image.picture import Picture
from firstsight.settings import Aws, Preset, Topology
from firstsight.stores import open_store
from tests.service.places import JPEG, OTHER_JPEG, Place, filled, noise, presets, result

PRESETS = presets(thumb="30x20", small="16x16.webp", large="300x-enlarge.png")


def lacking(place: Place, key: str, *names: str) -> tuple[Variant, ...]:
    settings = place.settings
    wanted = wanted_ahead(key, [settings.presets[name] for name in names or settings.presets], settings)
    return ahead.missing(place.service, place.service.sources.head(key), wanted)


def made(place: Place, key: str, *names: str) -> list[Outcome]:
    variants = lacking(place, key, *names)
    return ahead.make(place.service, key, variants) if variants else []


def test_everything_that_may_be_asked_for_is_made_once_and_then_found_by_requests(place: Place) -> None:
    place.restart(presets=PRESETS)
    expected = {
        "cat.jpg": {"thumb.avif", "thumb.webp", "thumb.jpg", "small.webp", "large.png"},
        "alpha.png": {"thumb.avif", "thumb.webp", "thumb.png", "small.webp", "large.png"},
        "moving.gif": {"thumb.webp", "thumb.gif", "small.webp", "large.png"},
    }
    for key, names in expected.items():
        outcomes = made(place, key)
        assert {outcome.key for outcome in outcomes} == {f"{key}/{name}" for name in names}
        assert {outcome.error for outcome in outcomes} == {""}
        place.restart()
        assert lacking(place, key) == ()
        place.restart()
        for accept in ("image/avif,image/webp", "image/webp", "*/*"):
            assert result(place.ask(f"/{key}/thumb", accept=accept)) == "stored"
        for outcome in outcomes:
            answer = place.ask(f"/{outcome.key}")
            assert (result(answer), len(answer.body)) == ("stored", outcome.size)
    assert "put" not in place.derivatives.calls


def test_a_source_is_decoded_once_for_all_of_them(local: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    local.restart(presets=presets(a="30x.jpg", b="20x.webp", c="10x10.png"))
    decoded = []
    stock = Picture.pixels

    def pixels(self: Picture, **options: Any) -> Any:
        if self.held is None:
            decoded.append(options)
        return stock(self, **options)

    monkeypatch.setattr(Picture, "pixels", pixels)
    assert len(made(local, "cat.jpg")) == 3
    assert len(decoded) == 1


def test_what_changes_is_made_again_and_nothing_else(place: Place) -> None:
    place.restart(presets=presets(thumb="30x20.jpg", small="16x16.webp"))
    assert len(made(place, "cat.jpg")) == 2
    place.restart(presets=presets(thumb="30x20-q50.jpg", small="16x16.webp"))
    assert [outcome.key for outcome in made(place, "cat.jpg")] == ["cat.jpg/thumb.jpg"]
    place.sources.put("cat.jpg", OTHER_JPEG)
    assert len(made(place, "cat.jpg")) == 2
    assert lacking(place, "cat.jpg") == ()


def test_only_a_preset_without_a_format_has_the_source_read_to_find_what_is_missing(local: Place) -> None:
    local.restart(presets=presets(thumb="30x20", small="16x16.webp"))
    made(local, "cat.jpg")
    local.restart()
    lacking(local, "cat.jpg", "small")
    assert local.sources.calls == ["head"]
    local.forget()
    lacking(local, "cat.jpg", "thumb")
    assert local.sources.calls == ["head", "get"]


def test_a_website_of_s3_has_one_derivative_for_all_clients(s3: str) -> None:
    store = open_store(s3)
    shop = filled(store, store)
    shop.restart(presets=presets(thumb="30x20"), aws=Aws(topology=Topology.WEBSITE))
    assert [outcome.key for outcome in made(shop, "alpha.png")] == ["alpha.png/thumb"]
    assert store.get("alpha.png/thumb").info.attributes["Content-Type"] == "image/png"
    assert result(shop.ask("/alpha.png/thumb", accept="image/avif")) == "stored"


def test_derivatives_beside_their_sources_have_none_of_their_own(s3: str) -> None:
    store = open_store(s3)
    shop = filled(store, store)
    shop.restart(presets=presets(thumb="30x20", small="16x16.webp"))
    made(shop, "cat.jpg")
    for name in ("thumb", "small"):
        assert lacking(shop, "cat.jpg/small.webp", name) == ()
    assert len(lacking(shop, "cat.jpg")) == 0


def test_a_version_that_carrierwave_has_stored_stays_as_it_is(kept_in: Place) -> None:
    versions = {"thumb": Preset("thumb", PRESETS["small"].transform, carrierwave=("uploads/*/thumb",))}
    kept_in.restart(presets=versions)
    for key in ("uploads/7/x.jpg", "uploads/7/y.jpg", "uploads/7/thumb_x.jpg"):
        kept_in.sources.put(key, JPEG)
    assert [variant.key for variant in lacking(kept_in, "uploads/7/x.jpg")] == ["uploads/7/thumb_x.webp"]
    assert lacking(kept_in, "uploads/7/thumb_x.jpg") == ()
    assert len(made(kept_in, "uploads/7/y.jpg")) == 2
    kept_in.restart()
    assert lacking(kept_in, "uploads/7/y.jpg") == ()
    assert result(kept_in.ask("/uploads/7/thumb_y.jpg")) == "stored"
    assert kept_in.ask("/uploads/7/thumb_x.jpg").body == JPEG


def test_what_is_wrong_with_one_derivative_keeps_no_other_from_being_made(local: Place) -> None:
    local.restart(presets=presets(second="frame2-20x.webp", small="16x16.webp"))
    assert {one.key: one.error for one in made(local, "cat.jpg")} == {
        "cat.jpg/second.webp": "not-applicable",
        "cat.jpg/small.webp": "",
    }


def test_a_source_that_is_damaged_gone_or_too_large_is_told_for_each_derivative(local: Place) -> None:
    local.restart(presets=presets(a="20x.webp", b="10x.webp"))
    local.sources.put("cut.jpg", JPEG[:-500])
    local.sources.put("text.jpg", b"no image")
    variants = lacking(local, "cat.jpg")
    assert {one.error for one in made(local, "cut.jpg")} == {"damaged-image"}
    assert {one.error for one in made(local, "text.jpg")} == {"unsupported-format"}
    assert {one.error for one in ahead.make(local.service, "gone.jpg", variants)} == {"source-not-found"}
    local.restart(limits=replace(local.settings.limits, source_bytes=100))
    [first, second] = made(local, "cat.jpg")
    assert (first.error, first.key, second.key) == ("too-many-bytes", "cat.jpg/a.webp", "cat.jpg/b.webp")
    local.restart(limits=type(local.settings.limits)())
    local.derivatives.fails["put"] = StoreFailed("No room.", log="disk")
    assert [(one.error, one.reason) for one in made(local, "cat.jpg", "a")] == [("store-failed", "No room. (disk)")]


def test_the_watermark_is_laid_over_and_another_one_makes_it_missing(local: Place) -> None:
    local.restart(presets=presets(marked="30x20-mark-lossless.png", small="16x16.webp"), watermark="alpha.png")
    assert len(made(local, "cat.jpg")) == 2
    local.restart()
    answer = local.ask("/cat.jpg/marked.png")
    assert result(answer) == "stored"
    local.sources.put("alpha.png", JPEG)
    local.restart()
    assert [variant.key for variant in lacking(local, "cat.jpg")] == ["cat.jpg/marked.png"]


def test_an_animation_that_is_cut_short_says_so(s3: str) -> None:
    store = open_store(s3)
    shop = filled(store, store)
    shop.restart(presets=presets(small="16x16.webp"), limits=replace(shop.settings.limits, frames=2))
    made(shop, "moving.gif")
    assert store.get("moving.gif/small.webp").info.attributes[derivatives.ANIMATION] == "first of 3 frames"


def test_each_has_the_watermark_that_it_names(local: Place) -> None:
    marks = {
        name: bytes(noise(8, 8, bands=4, seed=seed).pngsave_buffer()) for seed, name in enumerate(("a.png", "b.png"))
    }
    for name, data in marks.items():
        local.sources.store.put(name, data)
    named = presets(one="30x-mark100north.png", two="30x-mark100north0x0x0xbx2epng.png", none="30x.png")
    local.restart(presets=named, watermark="a.png", watermarks=("b.png",))
    ahead_of = {outcome.key: outcome.size for outcome in made(local, "cat.jpg")}
    stored = {key: local.ask(f"/{key}") for key in ahead_of}
    assert {result(answer) for answer in stored.values()} == {"stored"}
    for answer in stored.values():
        assert sum(answer.body == other.body for other in stored.values()) == 1
