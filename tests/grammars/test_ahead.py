"""What the derivatives of a preset are called, before anybody has asked for one."""

import pytest

from firstsight import tokens
from firstsight.grammars import parse, select
from firstsight.grammars.ahead import wanted_ahead
from firstsight.settings import GrammarName, Preset, Settings

VERSIONS = ("uploads/user/avatar/*/thumb", "uploads/shop/*/small")
PHOTO, AVATAR = "photos/a cat.jpg", "uploads/user/avatar/7/x.png"


@pytest.mark.parametrize(
    ("grammars", "spec", "versions", "source", "keys"),
    [
        ("native classic carrierwave", "200x200-smart", (), PHOTO, [f"{PHOTO}/thumb"]),
        ("native", "200x.webp", (), PHOTO, [f"{PHOTO}/thumb.webp"]),
        ("native carrierwave", "200x.webp", VERSIONS, PHOTO, [f"{PHOTO}/thumb.webp"]),
        ("native carrierwave", "200x", VERSIONS, AVATAR, ["uploads/user/avatar/7/thumb_x.png"]),
        (
            "native carrierwave",
            "200x.webp",
            VERSIONS,
            AVATAR,
            ["uploads/user/avatar/7/thumb_x.png", "uploads/user/avatar/7/thumb_x.webp"],
        ),
        ("carrierwave", "200x", VERSIONS, PHOTO, []),
        ("native", "200x", VERSIONS, AVATAR, [f"{AVATAR}/thumb"]),
        ("thumbor", "200x200-smart", (), PHOTO, [f"{PHOTO}/200x200-smart"]),
        ("imgproxy dit", "200x.webp", (), PHOTO, [f"{PHOTO}/200x.webp"]),
        ("classic", "200x100-enlarge.jpg", (), PHOTO, [f"200x100/{PHOTO}"]),
        ("classic", "200x100-enlarge.webp", (), PHOTO, []),
        ("classic", "200x100.jpg", (), PHOTO, []),
        ("image_optimization", "200x-enlarge.webp", (), PHOTO, [f"{PHOTO}/format=webp,width=200"]),
        ("image_optimization", "200x100-smart-enlarge.webp", (), PHOTO, []),
    ],
)
def test_a_preset_is_called_what_the_grammars_call_it(
    grammars: str, spec: str, versions: tuple[str, ...], source: str, keys: list[str]
) -> None:
    settings = Settings(grammars=tuple(GrammarName(name) for name in grammars.split()))
    preset = Preset("thumb", tokens.parse(spec), carrierwave=versions)
    assert [wanted.key for wanted in wanted_ahead(source, [preset], settings)] == keys


@pytest.mark.parametrize("source", [PHOTO, AVATAR])
def test_what_is_wanted_ahead_is_what_a_request_for_that_key_wants(source: str) -> None:
    settings = Settings()
    presets = {
        "thumb": Preset("thumb", tokens.parse("200x200"), carrierwave=VERSIONS),
        "large": Preset("large", tokens.parse("1200x.avif"), carrierwave=("uploads/user/avatar/*/large",)),
    }
    for wanted in wanted_ahead(source, presets.values(), settings):
        asked = parse(wanted.key, select(settings.grammars), presets)
        readings = [one for one in asked.readings or (asked,) if one.source == source and not one.untouched]
        assert (readings[0].transform, readings[0].key) == (wanted.transform, wanted.key)
