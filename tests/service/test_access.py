"""Who may ask for what."""

import time

import pytest

from firstsight import signing
from firstsight.errors import FirstsightError
from firstsight.http import Request
from firstsight.settings import Key
from tests.service.places import Place, presets, result, size

KEYS = (Key("old", b"a secret of the past"), Key("new", b"a secret of today.."))


def test_a_signed_url_is_served_and_any_other_refused(local: Place) -> None:
    local.restart(access="signed", keys=KEYS)
    path = "/cat.jpg/30x20.webp"
    for key in KEYS:
        assert local.ask(f"/{signing.sign(path, key)}{path}").status == 200
    assert local.ask(f"/{signing.sign(path, KEYS[1], int(time.time()) + 60)}{path}").status == 200
    assert local.kept() == [k for k in local.kept() if k.startswith("cat.jpg/30x20.webp")]
    refused = {
        path: "bad-signature",
        f"/~new.{'A' * 22}{path}": "bad-signature",
        f"/~nobody{signing.sign(path, KEYS[1])[4:]}{path}": "bad-signature",
        f"/{signing.sign(path, KEYS[1])}/cat.jpg/31x20.webp": "bad-signature",
        f"/{signing.sign(path, KEYS[1], int(time.time()) - 1)}{path}": "signature-expired",
    }
    local.forget()
    for url, code in refused.items():
        with pytest.raises(FirstsightError) as caught:
            local.ask(url)
        assert (caught.value.status, caught.value.code) == (403, code)
    assert local.sources.calls == []


def test_another_spelling_of_a_signed_url_keeps_its_signature(local: Place) -> None:
    local.restart(access="signed", keys=KEYS)
    signature = signing.sign("/cat.jpg/30x20.webp", KEYS[1])
    response = local.ask(f"/{signature}/cat.jpg/30x20-cover.webp")
    assert (response.status, response.headers["Location"]) == (308, f"/{signature}/cat.jpg/30x20.webp")
    assert local.service.handle(Request(response.headers["Location"])).status == 200


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("/cat.jpg/thumb.webp", (20, 20)),
        ("/cat.jpg/thumb.jpg", (20, 20)),
        ("/cat.jpg/thumb", (20, 20)),
        ("/cat.jpg/thumb-dpr2.webp", (40, 40)),
        ("/cat.jpg/thumb-dpr3.webp", (60, 60)),
        ("/cat.jpg/thumb-dpr4.webp", None),
        ("/cat.jpg/thumb-q50.webp", None),
        ("/cat.jpg/thumb-30x.webp", None),
        ("/cat.jpg/30x20.webp", None),
        ("/30x20/cat.jpg", (30, 20)),
        ("/31x20/cat.jpg", None),
    ],
)
def test_with_presets_only_they_and_the_listed_sizes_are_served(
    local: Place, path: str, expected: tuple[int, int] | None
) -> None:
    local.restart(access="presets", presets=presets(thumb="20x20-smart-enlarge-q80"), sizes=((30, 20),))
    if expected is not None:
        assert size(local.ask(path)) == expected
        return
    with pytest.raises(FirstsightError) as caught:
        local.ask(path)
    assert (caught.value.status, caught.value.code) == (403, "not-allowed")
    assert local.sources.calls == []


def test_tokens_after_a_preset_change_it(local: Place) -> None:
    local.restart(presets=presets(thumb="20x20-grayscale.png"))
    assert size(local.ask("/cat.jpg/thumb-30x10.png")) == (30, 10)
    assert local.ask("/cat.jpg/thumb-grayscale.png").headers["Location"] == "/cat.jpg/thumb.png"


def test_a_classic_size_is_filled_and_enlarged(local: Place) -> None:
    for expected in ("made", "stored"):
        response = local.ask("/90x90/cat.jpg")
        assert (result(response), size(response), response.headers["Content-Type"]) == (
            expected,
            (90, 90),
            "image/jpeg",
        )
