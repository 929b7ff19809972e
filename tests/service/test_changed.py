"""What presets were when derivatives were stored is compared with what they are, of some of them and at little cost."""

import pytest

from firstsight import changed
from firstsight.changed import Changed, Survey
from firstsight.settings import Aws, GrammarName, Metadata, Preset, Topology
from firstsight.stores import open_store
from firstsight.tokens import parse
from tests.service.places import ALPHA, JPEG, OTHER_JPEG, STORES, Place, Watched, presets

SPECS = {"thumb": "30x20", "wide": "40x10.png", "marked": "50x10-mark"}


@pytest.fixture(params=["folders", "one-bucket", "website"])
def place(request: pytest.FixtureRequest) -> Place:
    """Three derivatives of each preset, and one of none."""
    if request.param == "folders":
        found = Place(Watched(STORES["file"](request, "photos")), Watched(STORES["file"](request, "made")))
    else:
        store = STORES["s3"](request, "photos")
        found = Place(Watched(store), Watched(store))
    for key, data in {"cat.jpg": JPEG, "alpha.png": ALPHA, "mark.png": ALPHA}.items():
        found.sources.store.put(key, data)
    topology = Topology.WEBSITE if request.param == "website" else Topology.DIRECT
    found.restart(presets=presets(**SPECS), watermark="mark.png", aws=Aws(topology=topology))
    for name in ("thumb", "wide.png", "marked"):
        for path in (f"cat.jpg/{name}", f"alpha.png/{name}", f"cat.jpg/{name.removesuffix('.png')}-dpr2.webp"):
            assert found.ask(path).status == 200
    assert found.ask("cat.jpg/10x.jpg").status == 200
    return found


def found(place: Place) -> dict[str, tuple[int, int]]:
    surveyed = changed.survey(place.service)
    assert surveyed.whole
    return {one.preset: (one.outdated, one.looked) for one in surveyed.changed}


def test_nothing_has_changed_where_nothing_has(place: Place) -> None:
    assert found(place) == {}


def test_a_preset_that_has_changed_is_told_with_its_derivatives_and_no_other(place: Place) -> None:
    place.restart(presets=presets(**SPECS | {"thumb": "30x21"}))
    assert found(place) == {"thumb": (3, 3)}


def test_what_has_been_made_anew_counts_no_more(place: Place) -> None:
    place.restart(presets=presets(**SPECS | {"thumb": "30x21"}))
    place.ask("cat.jpg/thumb")
    assert found(place) == {"thumb": (2, 3)}


def test_a_format_of_its_own_that_has_changed_is_told_of_what_has_its_name(place: Place) -> None:
    place.restart(presets=presets(**SPECS | {"wide": "40x11.png"}))
    assert found(place) == {"wide": (3, 3)}


def test_settings_that_decide_the_pixels_count_for_every_preset(place: Place) -> None:
    place.restart(metadata=Metadata.PROFILE)
    assert found(place) == dict.fromkeys(SPECS, (3, 3))


def test_a_watermark_that_has_changed_counts_for_what_it_is_on(place: Place) -> None:
    place.sources.store.put("mark.png", JPEG)
    assert found(place) == {"marked": (3, 3)}


def test_a_source_that_has_changed_counts_where_nothing_tells_it_from_a_preset(place: Place) -> None:
    place.sources.store.put("alpha.png", OTHER_JPEG)
    in_a_folder = place.derivatives.store.root is not None
    assert found(place) == (dict.fromkeys(SPECS, (1, 3)) if in_a_folder else {})


def test_derivatives_whose_source_is_gone_do_not_count_in_a_folder(place: Place) -> None:
    place.restart(presets=presets(**SPECS | {"thumb": "30x21"}))
    place.sources.store.delete("alpha.png")
    assert found(place) == {"thumb": (2, 2) if place.derivatives.store.root is not None else (3, 3)}


def test_only_so_many_are_listed_and_looked_at_and_that_is_said(place: Place) -> None:
    place.restart(presets=presets(**SPECS | {"thumb": "30x21"}))
    surveyed = changed.survey(place.service, looked=2)
    assert surveyed == Survey((Changed("thumb", 2, 2),), whole=False)
    assert "of its 2 stored derivatives that were looked at (there may be more)" in next(
        changed.sentences(surveyed, served=True)
    )
    assert changed.survey(place.service, listed=0) == Survey((), whole=False)
    place.forget()
    changed.survey(place.service, looked=2)
    assert place.derivatives.calls.count("head") == 2 * len(SPECS)


def test_a_version_of_carrierwave_is_one_of_its_preset() -> None:
    store = open_store("memory://")
    store.put("up/7/cat.jpg", JPEG)
    place = Place(Watched(store), Watched(store))
    version = {"thumb": Preset("thumb", parse("30x20"), carrierwave=("up/*/thumb",))}
    place.restart(presets=version, grammars=(GrammarName.CARRIERWAVE,))
    place.ask("up/7/thumb_cat.jpg")
    assert found(place) == {}
    place.restart(presets={"thumb": Preset("thumb", parse("31x20"), carrierwave=("up/*/thumb",))})
    assert found(place) == {"thumb": (1, 1)}


def test_what_is_told_names_the_remedy_and_how_long_it_lasts() -> None:
    surveyed = Survey((Changed("thumb", 1_200, 1_100),), whole=True)
    [told] = changed.sentences(surveyed, served=True)
    assert told == (
        "The preset 'thumb' has changed: 1,100 of its 1,200 stored derivatives were made with other settings than now. "
        "They are served until they are deleted: firstsight purge --preset thumb."
    )
    [told] = changed.sentences(surveyed, served=False)
    assert "or from another source, than now. They are made anew when they are asked for" in told
