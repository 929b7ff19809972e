"""Who may ask for what, for each access setting."""

import re
from dataclasses import replace

import pytest
from hypothesis import given

from firstsight.access import authorize
from firstsight.errors import BadSignature, BadToken, FirstsightError, NotAllowed, SignatureExpired
from firstsight.grammars import GRAMMARS, Wanted, parse, select
from firstsight.settings import Access, Key, Preset, Settings
from firstsight.signing import sign
from firstsight.tokens import parse as transform
from tests.strategies import specs

KEY = Key("a", b"0123456789abcdef")
PRESETS = {
    "thumb": Preset("thumb", transform("200x200-smart-q80")),
    "retina": Preset("retina", transform("100x-dpr4.webp")),
}
CLOSED = Settings(presets=PRESETS, sizes=((300, 200),), keys=(KEY,))
SIGNED = replace(CLOSED, access=Access.SIGNED)
OPEN = replace(CLOSED, access=Access.OPEN)


def wanted(path: str) -> Wanted:
    return parse(path, select(GRAMMARS), PRESETS)


LISTED = [
    "cat.jpg/thumb",
    "cat.jpg/thumb.webp",
    "cat.jpg/thumb.png",  # which has no quality
    "cat.jpg/thumb-dpr1.5.avif",
    "cat.jpg/thumb-dpr2",
    "cat.jpg/thumb-dpr3.jpg",
    "cat.jpg/thumb-q80-smart",  # says what the preset says
    "cat.jpg/retina",
    "cat.jpg/retina.auto",
    "cat.jpg/retina-dpr1.png",
    "300x200/cat.jpg",
    "300x200/photos/cat.png",
]
UNLISTED = [
    "cat.jpg/thumb-dpr3.5",
    "cat.jpg/thumb-dpr4",
    "cat.jpg/thumb-dpr1.0001",
    "cat.jpg/thumb-dpr0.5",
    "cat.jpg/retina-dpr5",
    "cat.jpg/thumb-q70",
    "cat.jpg/thumb-blur5",
    "cat.jpg/thumb-201x200",
    "cat.jpg/thumb.json",
    "cat.jpg/info.json",
    "cat.jpg/full",
    "cat.jpg/200x200-smart-q80",  # the same image, but not by the preset's name
    "cat.jpg/300x200",  # a listed size, but a classic one
    "300x201/cat.jpg",
    "200x300/cat.jpg",
]


@pytest.mark.parametrize("path", LISTED)
@pytest.mark.parametrize("settings", [CLOSED, SIGNED, OPEN], ids=["presets", "signed", "open"])
def test_presets_and_listed_sizes_are_for_everyone(path: str, settings: Settings) -> None:
    authorize(wanted(path), "", settings, now=0)


@pytest.mark.parametrize("path", UNLISTED)
def test_anything_else_is_for_nobody_for_signers_or_for_everyone(path: str) -> None:
    with pytest.raises(NotAllowed):
        authorize(wanted(path), "", CLOSED, now=0)
    with pytest.raises(BadSignature, match="Expected a signed URL or a preset"):
        authorize(wanted(path), "", SIGNED, now=0)
    authorize(wanted(path), sign(f"/{wanted(path).key}", KEY), SIGNED, now=0)
    authorize(wanted(path), "", OPEN, now=0)


@pytest.mark.parametrize("settings", [CLOSED, SIGNED, OPEN], ids=["presets", "signed", "open"])
@pytest.mark.parametrize("path", [*LISTED[:1], *UNLISTED[:1]])
def test_a_signature_that_is_there_has_to_be_right_whatever_the_setting(path: str, settings: Settings) -> None:
    asked = wanted(path)
    good = sign(f"/{asked.key}", KEY, 100)
    authorize(asked, good, settings, now=99)
    for signature in ("~", "~a.x", good[:-1], sign("/other", KEY), sign(f"/{asked.key}", Key("b", KEY.secret))):
        with pytest.raises(BadSignature):
            authorize(asked, signature, settings, now=99)
    with pytest.raises(SignatureExpired):
        authorize(asked, good, settings, now=100)


def test_a_signature_is_for_the_canonical_path_whatever_the_spelling() -> None:
    signature = sign("/cat.jpg/300x200-smart.jpg", KEY)
    for path in ("cat.jpg/300x200-smart.jpg", "cat.jpg/smart-300x200.jpeg"):
        authorize(wanted(path), signature, SIGNED, now=0)


def test_a_refusal_says_what_is_served_and_how_to_change_it() -> None:
    with pytest.raises(NotAllowed) as raised:
        authorize(wanted("cat.jpg/full"), "", CLOSED, now=0)
    assert raised.value.message == "Only presets and listed sizes are served here (presets: retina, thumb)."
    assert raised.value.remedy == 'Add a preset or a size to the settings, or set `access` to "signed" or "open".'
    with pytest.raises(NotAllowed) as raised:
        authorize(wanted("cat.jpg/thumb-dpr4"), "", CLOSED, now=0)
    assert raised.value.message == (
        "Only another format and a dpr of 1, 1.5, 2, 2.5, 3 may be asked for of the preset 'thumb'."
    )
    with pytest.raises(NotAllowed, match=r"\(presets: none yet\)"):
        authorize(parse("cat.jpg/full", select(GRAMMARS), {}), "", Settings(), now=0)


@given(specs("thumb"))
def test_a_preset_gives_few_derivatives_to_those_who_cannot_sign(text: str) -> None:
    try:
        asked = wanted(f"cat.jpg/{text}")
        authorize(asked, "", CLOSED, now=0)
    except (BadToken, NotAllowed):
        return
    assert re.fullmatch(r"cat\.jpg/thumb(-dpr(1\.5|2|2\.5|3))?(\.(jpg|png|webp|avif|gif))?", asked.key)


def test_errors_here_are_403() -> None:
    for error in (NotAllowed, BadSignature, SignatureExpired):
        assert issubclass(error, FirstsightError)
        assert error.status == 403
