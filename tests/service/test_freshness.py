"""What is served was made from the source as it is, by the transform as it is."""

import os
import time
from pathlib import Path
from typing import cast

import pytest

from firstsight.errors import FirstsightError
from firstsight.settings import Damaged, Metadata
from tests.service.places import (
    JPEG,
    OTHER_JPEG,
    SOURCES,
    STORES,
    Place,
    filled,
    noise,
    presets,
    result,
    size,
)


def test_a_replaced_source_gives_a_new_derivative(place: Place) -> None:
    first = place.ask("/cat.jpg/30x20.png")
    place.sources.store.put("cat.jpg", OTHER_JPEG)
    second = place.ask("/cat.jpg/30x20.png", if_none_match=first.headers["ETag"])
    assert (second.status, result(second)) == (200, "made")
    assert second.body != first.body
    assert second.headers["ETag"] != first.headers["ETag"]
    assert result(place.ask("/cat.jpg/30x20.png")) == "stored"
    place.sources.store.put("cat.jpg", JPEG)
    assert place.ask("/cat.jpg/30x20.png").body == first.body


def test_a_source_that_is_replaced_by_an_older_file_gives_a_new_derivative(local: Place) -> None:
    first = local.ask("/cat.jpg/30x20.png")
    file = cast(Path, local.sources.store.root) / "cat.jpg"
    older = file.with_name("older.jpg")
    older.write_bytes(OTHER_JPEG)
    os.utime(older, (0, 0))
    older.replace(file)
    second = local.ask("/cat.jpg/30x20.png")
    assert (result(second), second.body != first.body) == ("made", True)


def test_a_source_that_is_replaced_within_the_same_second_gives_a_new_derivative(local: Place) -> None:
    file = cast(Path, local.sources.store.root) / "cat.jpg"
    bodies = set()
    for seed in range(4):  # in place, of the same size and with the same time
        data = noise(60, 40, seed=seed).jpegsave_buffer()
        file.write_bytes(data + b"\0" * (10_000 - len(data)))
        os.utime(file, (1_000_000_000, 1_000_000_000))
        bodies.add(local.ask("/cat.jpg/30x20.png").body)
        time.sleep(0.02)  # more than a tick of the clock that the file system reads
    assert len(bodies) == 4


def test_a_deleted_source_is_not_found_though_its_derivative_is_stored(place: Place) -> None:
    place.ask("/cat.jpg/30x20.webp")
    place.sources.store.delete("cat.jpg")
    with pytest.raises(FirstsightError) as caught:
        place.ask("/cat.jpg/30x20.webp")
    assert (caught.value.status, caught.value.code) == (404, "source-not-found")


def test_a_preset_that_is_changed_gives_a_new_derivative(kept_in: Place) -> None:
    kept_in.restart(presets=presets(thumb="30x20"))
    assert size(kept_in.ask("/cat.jpg/thumb.webp")) == (30, 20)
    kept_in.restart(presets=presets(thumb="20x30"))
    changed = kept_in.ask("/cat.jpg/thumb.webp")
    assert (result(changed), size(changed)) == ("made", (20, 30))
    assert result(kept_in.ask("/cat.jpg/thumb.webp")) == "stored"
    assert len(kept_in.kept()) == 1


def test_an_older_local_derivative_is_removed_when_a_newer_one_is_kept(local: Place) -> None:
    local.ask("/cat.jpg/31x20.png")
    for data in (JPEG, OTHER_JPEG, SOURCES["alpha.png"]):
        local.sources.store.put("cat.jpg", data)
        local.ask("/cat.jpg/30x20.png")
    assert [key.rpartition("/")[0] for key in local.kept()] == ["cat.jpg/30x20.png", "cat.jpg/31x20.png"]


def test_names_that_are_longer_than_a_file_may_have_are_served_and_kept(kept_in: Place) -> None:
    spec = "30x20-bg" + "-".join(["ffffff", "blur1", "brightness101", "contrast101", "saturation101"])
    long = "x" * 240 + ".jpg"
    kept_in.sources.store.put(long, JPEG)
    for path in (f"/{long}/30x20.webp", f"/30x20/{long}", f"/{long}/" + spec + ".webp"):
        assert [result(kept_in.ask(path)) for _ in range(2)] == ["made", "stored"]
    assert len(kept_in.kept()) == 3


def test_a_source_whose_name_no_folder_could_hold_is_served_from_s3(request: pytest.FixtureRequest) -> None:
    place = filled(STORES["s3"](request, "photos"), STORES["file"](request, "made"))
    key = "x" * 400 + ".jpg"
    place.sources.store.put(key, JPEG)
    assert [result(place.ask(f"/{key}/30x20.webp")) for _ in range(2)] == ["made", "stored"]


@pytest.mark.parametrize("changes", [{"metadata": Metadata.COPYRIGHT}, {"damaged": Damaged.BEST_EFFORT}])
def test_a_setting_that_decides_the_pixels_makes_what_is_stored_anew(place: Place, changes: dict[str, object]) -> None:
    place.ask("/cat.jpg/30x20.jpg")
    place.restart(**changes)
    assert [result(place.ask("/cat.jpg/30x20.jpg")) for _ in range(2)] == ["made", "stored"]
    place.restart(cache_control="public, max-age=1")
    assert result(place.ask("/cat.jpg/30x20.jpg")) == "stored"
