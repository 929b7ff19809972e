"""Derivatives are found by their source, a prefix or a preset, and deleted; nothing else ever is."""

from collections.abc import Iterable

import pytest

from firstsight import derivatives, purging
from firstsight.http import Request
from firstsight.purging import Found
from firstsight.settings import Access, GrammarName, Preset
from firstsight.stores import open_store
from firstsight.tokens import parse
from tests.service.places import ALPHA, JPEG, STORES, Place, Watched, result

#: In a folder of their own, so that there can be something beside them.
CAT, KITTEN, DOG = "pets/7/cat.jpg", "pets/7/cat.jpg/kitten.jpg", "pets/8/dog.png"
PRESETS = {
    "thumb": Preset("thumb", parse("30x20"), carrierwave=("pets/*/thumb",)),
    "wide": Preset("wide", parse("40x10.webp"), carrierwave=("pets/*/wide",)),
}
OWN = (GrammarName.NATIVE, GrammarName.CLASSIC, GrammarName.CARRIERWAVE)
#: For each grammar what is asked for in it, and under which key that is kept.
ASKED: dict[GrammarName, tuple[str, str, str]] = {
    GrammarName.NATIVE: (f"/{CAT}/thumb-dpr2.png", "", f"{CAT}/thumb-dpr2.png"),
    GrammarName.CLASSIC: (f"/31x21/{CAT}", "", f"31x21/{CAT}"),
    GrammarName.CARRIERWAVE: ("/pets/7/wide_cat.webp", "", "pets/7/wide_cat.webp"),
    GrammarName.THUMBOR: (f"/unsafe/32x22/{CAT}", "", f"{CAT}/32x22-enlarge-unoriented.jpg"),
    GrammarName.IMGPROXY: (f"/_/rs:fill:33:23:1/plain/{CAT}", "", f"{CAT}/33x23-enlarge.jpg"),
    GrammarName.DIT: (f"/{CAT}", "width=34&height=24", f"{CAT}/34x24-enlarge.jpg"),
    GrammarName.IMAGE_OPTIMIZATION: (f"/{CAT}", "format=webp&width=35", f"{CAT}/format=webp,width=35"),
}
KEPT = {kept for _, _, kept in ASKED.values()}
#: Derivatives of other sources, whose names are near.
OTHERS = {f"{CAT}.bak/30x.jpg", f"{DOG}/30x.jpg", "pets/8/thumb_dog.png", f"31x21/{DOG}", f"{CAT}/kitten.jpg/30x.jpg"}


def shared(store: object) -> Place:
    """Sources and derivatives beside each other."""
    return Place(Watched(store), Watched(store))  # type: ignore[arg-type] # what opens them gives stores


PLACES = {
    "folders": lambda request: Place(
        Watched(STORES["file"](request, "photos")), Watched(STORES["file"](request, "made"))
    ),
    "memory": lambda request: shared(open_store("memory://")),
    "one-bucket": lambda request: shared(STORES["s3"](request, "photos")),
    "two-places": lambda request: Place(
        Watched(STORES["file"](request, "photos")), Watched(STORES["s3"](request, "made"))
    ),
}


@pytest.fixture(params=PLACES)
def full(request: pytest.FixtureRequest) -> Place:
    """A place with derivatives of all kinds, of several sources, and with what is not ours."""
    place: Place = PLACES[request.param](request)
    sources, kept = place.sources.store, place.derivatives.store
    for key, data in {CAT: JPEG, f"{CAT}.bak": JPEG, DOG: ALPHA}.items():
        sources.put(key, data)
    place.restart(presets=PRESETS)
    for grammar, (path, query, _) in ASKED.items():
        place.restart(grammars=(grammar, GrammarName.NATIVE))
        assert place.service.handle(Request(path, query=query)).status == 200
    if sources.root is None:  # a folder has no file within a file
        sources.put(KITTEN, JPEG)
    place.restart(grammars=OWN)
    for key in OTHERS:
        if "kitten" not in key or sources.root is None:
            assert place.ask(key).status == 200
    # what somebody else has put there, under a name that a derivative could have
    kept.put(f"{CAT}/notes.txt", b"theirs")
    kept.put(f"{CAT}/30x20.webp" if kept.root is None else f"{CAT}/30x20.webp/theirs.webp", b"theirs")
    place.restart(grammars=tuple(GrammarName), sizes=((31, 21),), access=Access.PRESETS)
    return place


def keys(found: Iterable[Found]) -> set[str]:
    return {one.key for one in found}


def stored(place: Place) -> set[str]:
    """The derivative keys of everything that we made, by what the test knows of the stores."""
    store = place.derivatives.store
    if store.root is None:
        return {info.key for info in store.list() if "firstsight-tag" in store.get(info.key).info.attributes}
    return {info.key.rpartition("/")[0] for info in store.list() if not info.key.endswith(("theirs.webp", "notes.txt"))}


def contents(place: Place) -> dict[str, str]:
    return {info.key: info.etag for store in (place.sources, place.derivatives) for info in store.store.list()}


def test_the_derivatives_of_a_source_are_found_in_every_grammar_and_those_of_no_other(full: Place) -> None:
    found = list(purging.of_source(full.service, CAT))
    assert keys(found) == KEPT
    assert sum(one.size for one in found) == sum(full.derivatives.store.head(one.blob).size for one in found) > 0


def test_what_is_purged_is_gone_and_all_else_is_as_it_was(full: Place) -> None:
    before, ours = contents(full), stored(full)
    doomed = {one.blob for one in purging.of_source(full.service, CAT)}
    purged = list(purging.purge(full.derivatives.store, purging.of_source(full.service, CAT)))
    assert {one.blob for one in purged} == doomed
    assert contents(full) == {key: etag for key, etag in before.items() if key not in doomed}
    assert stored(full) == ours - KEPT
    assert list(purging.of_source(full.service, CAT)) == []
    assert result(full.ask("pets/7/thumb_cat.jpg")) == "made"


def test_those_of_all_sources_below_a_prefix_are_found(full: Place) -> None:
    assert keys(purging.below(full.service, "pets/8")) == {key for key in OTHERS if "dog" in key}
    assert keys(purging.below(full.service, "pets")) == keys(purging.below(full.service, "")) == stored(full)
    assert list(purging.below(full.service, "pet")) == []


def test_those_of_a_preset_are_found_by_its_name_in_every_grammar_that_has_it(full: Place) -> None:
    assert keys(purging.of_preset(full.service, "thumb")) == {f"{CAT}/thumb-dpr2.png", "pets/8/thumb_dog.png"}
    assert keys(purging.of_preset(full.service, "wide")) == {"pets/7/wide_cat.webp"}
    full.restart(presets={})
    assert keys(purging.of_preset(full.service, "thumb")) == {f"{CAT}/thumb-dpr2.png"}
    assert list(purging.of_preset(full.service, "nobody")) == []


def test_sizes_that_are_listed_no_more_are_found_where_everything_is_looked_through(full: Place) -> None:
    full.restart(sizes=())
    assert keys(purging.of_source(full.service, CAT)) == KEPT - {f"31x21/{CAT}"}
    assert keys(purging.of_source(full.service, CAT, everywhere=True)) == KEPT
    full.restart(access=Access.OPEN)
    assert keys(purging.of_source(full.service, CAT)) == KEPT


def test_more_than_one_piece_is_found_and_deleted(
    request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(purging, "PIECE", 10)
    monkeypatch.setattr(purging, "REQUEST", 3)
    for name in ("memory", "one-bucket"):
        place: Place = PLACES[name](request)
        place.sources.store.put("cat.jpg", JPEG)
        for index in range(25):
            place.derivatives.store.put(f"cat.jpg/{index + 1}x.jpg", b"x", {derivatives.TAG: "a"})
        found = purging.purge(place.derivatives.store, purging.of_source(place.service, "cat.jpg"))
        assert len(list(found)) == 25
        assert place.kept() == ["cat.jpg"]


def test_a_listing_of_millions_is_not_held_in_memory() -> None:
    """What has been looked up is given before the listing has gone on for more than a piece."""
    place = shared(open_store("memory://"))
    place.derivatives.store.put("cat.jpg/1x.jpg", b"x", {derivatives.TAG: "a"})
    drawn = 0

    def endless() -> Iterable[str]:
        nonlocal drawn
        while True:
            drawn += 1
            yield "cat.jpg/1x.jpg"

    found = purging.look(place.derivatives.store, endless())
    assert next(found).key == "cat.jpg/1x.jpg"
    assert drawn <= purging.PIECE


def test_names_that_a_folder_cannot_hold_are_found(local: Place) -> None:
    long = "x" * 240 + ".jpg"
    local.sources.store.put(long, JPEG)
    for path in (f"/{long}/30x20.webp", f"/30x20/{long}"):
        assert local.ask(path).status == 200
    purged = list(purging.purge(local.derivatives.store, purging.of_source(local.service, long)))
    assert len(purged) == 2
    assert local.kept() == []


def test_a_source_that_is_named_as_a_folder_of_others_has_none_of_their_derivatives(full: Place) -> None:
    for source in ("pets", "pets/7", "pets/8", "31x21", "31x21/pets", "31x21/pets/7"):
        assert list(purging.of_source(full.service, source)) == [], source


def test_what_no_grammar_reads_any_more_goes_with_its_source_and_with_no_other(full: Place) -> None:
    store = full.derivatives.store
    for key in ("pets/8/dog.png/retired.webp", "pets/8/dog.png/deeper/retired.webp"):
        blob = key if store.root is None else f"{key}/{'a1' * 10}.webp"
        store.put(blob, b"x", {derivatives.TAG: "a1"})
    found = keys(purging.of_source(full.service, DOG))
    assert "pets/8/dog.png/retired.webp" in found
    assert "pets/8/dog.png/deeper/retired.webp" not in found
