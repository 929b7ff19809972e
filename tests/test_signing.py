"""Signatures against vectors made without our code, and everything that must not pass for one."""

import base64
import hashlib
import hmac
import traceback

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from firstsight.errors import BadSignature, SignatureExpired
from firstsight.settings import Key
from firstsight.signing import sign, split, verify

PATH = "/photos/cat.jpg/300x200.webp"
KEY = Key("a", b"0123456789abcdef")
NEW = Key("b2", "sécret-of-the-year-2025".encode())


def mac(secret: bytes, text: str) -> str:
    return base64.urlsafe_b64encode(hmac.new(secret, text.encode(), hashlib.sha256).digest()[:16]).decode()[:22]


# printf %s "$text" | openssl dgst -sha256 -hmac "$secret" -binary | head -c 16 | basenc --base64url, without the "=="
VECTORS = [
    (KEY, PATH, None, "~a.cwP3TMjjZN1R0joBX_H2qw"),
    (KEY, PATH, 1_700_000_000, "~a.1700000000.zV0Pzdvw0OMxrwRUCpN5sw"),
    (NEW, "/a b+c%2F/caf\u00e9🐈.jpg/full", None, "~b2.2jOEzSCNc6_SmiAgNi_Ywg"),
    (KEY, "/300x200/cat.jpg", 0, "~a.0.avMko533IucWufaWLahLzg"),
]


@pytest.mark.parametrize(("key", "path", "expires", "signature"), VECTORS)
def test_a_signature_is_what_any_language_would_make_of_it(
    key: Key, path: str, expires: int | None, signature: str
) -> None:
    assert sign(path, key, expires) == signature
    assert signature.endswith("." + mac(key.secret, path if expires is None else f"{expires}:{path}"))


@given(st.text(st.characters(exclude_categories=["Cs"])), st.none() | st.integers(1, 10**12 - 1))
def test_what_is_signed_is_verified_until_its_time_is_over(path: str, expires: int | None) -> None:
    signature = sign(path, KEY, expires)
    verify(path, signature, (KEY,), now=0)
    if expires is not None:
        verify(path, signature, (KEY,), now=expires - 0.001)
        with pytest.raises(SignatureExpired):
            verify(path, signature, (KEY,), now=expires)


@pytest.mark.parametrize("expires", [None, 2_000_000_000])
def test_changing_any_character_of_path_or_signature_is_noticed(expires: int | None) -> None:
    signature = sign(PATH, KEY, expires)
    others = [(PATH[:i] + c + PATH[i + 1 :], signature) for i in range(len(PATH)) for c in "xX0/" if c != PATH[i]]
    for i, old in enumerate(signature):
        others += [(PATH, signature[:i] + c + signature[i + 1 :]) for c in "aB0_-.~=" if c != old]
        others += [(PATH, signature[:i] + signature[i + 1 :]), (PATH, signature[:i] + "0" + signature[i:])]
    others += [(PATH, signature + c) for c in "=A.\n "]
    others += [(PATH + "/", signature), (PATH[1:], signature), ("", signature)]
    for path, text in others:
        with pytest.raises(BadSignature):
            verify(path, text, (KEY,), now=0)


@given(st.text() | st.text("~ab.0123_-").map("~".__add__))
def test_no_other_text_is_a_signature(text: str) -> None:
    assume(text != sign(PATH, KEY))
    with pytest.raises(BadSignature):
        verify(PATH, text, (KEY,), now=0)


def test_an_expiry_cannot_be_dropped_added_or_moved() -> None:
    name, _, code = sign(PATH, KEY, 100).split(".")
    for text in (f"{name}.{code}", f"{name}.0100.{code}", f"{name}.101.{code}", f"{name}.\u0661\u0660\u0660.{code}"):
        with pytest.raises(BadSignature):
            verify(PATH, text, (KEY,), now=0)
    bare = sign(PATH, KEY)
    with pytest.raises(BadSignature):
        verify(PATH, bare.replace("~a.", "~a.100."), (KEY,), now=0)
    with pytest.raises(BadSignature):
        verify("100:" + PATH, sign(PATH, KEY, 100), (KEY,), now=0)


def test_keys_are_rotated_by_keeping_the_old_one_until_its_signatures_are_gone() -> None:
    old, new = sign(PATH, KEY), sign(PATH, NEW)
    for signature in (old, new):
        verify(PATH, signature, (KEY, NEW), now=0)
    verify(PATH, new, (NEW,), now=0)
    with pytest.raises(BadSignature):
        verify(PATH, old, (NEW,), now=0)


def test_two_keys_may_have_one_id() -> None:
    twin = Key("a", b"fedcba9876543210")
    for key in (KEY, twin):
        verify(PATH, sign(PATH, key), (KEY, twin), now=0)


def test_an_unknown_id_is_answered_as_a_wrong_signature_is() -> None:
    with pytest.raises(BadSignature) as unknown:
        verify(PATH, sign(PATH, NEW), (KEY,), now=0)
    with pytest.raises(BadSignature) as wrong:
        verify(PATH, sign("/other", KEY), (KEY,), now=0)
    assert str(unknown.value) == str(wrong.value) == "The signature is not valid for this path."
    with pytest.raises(BadSignature):
        verify(PATH, sign(PATH, KEY), (), now=0)


def test_a_late_signature_that_is_also_wrong_is_called_wrong() -> None:
    with pytest.raises(BadSignature):
        verify("/other", sign(PATH, KEY, 1), (KEY,), now=2)


@pytest.mark.parametrize(
    ("path", "parts"),
    [
        ("~a.x/cat.jpg/full", ("~a.x", "cat.jpg/full")),
        ("~/cat.jpg", ("~", "cat.jpg")),
        ("cat.jpg/full", ("", "cat.jpg/full")),
        ("cat.jpg/~a.x/full", ("", "cat.jpg/~a.x/full")),
        ("~a.x", ("", "~a.x")),
        ("", ("", "")),
    ],
)
def test_a_signature_is_the_first_segment_that_starts_with_a_tilde(path: str, parts: tuple[str, str]) -> None:
    assert split(path) == parts


def test_a_secret_is_shown_nowhere() -> None:
    shown = [repr(KEY), str(KEY), f"{KEY}"]
    with pytest.raises(BadSignature) as raised:
        verify("/other", sign(PATH, KEY), (KEY,), now=0)
    shown += [repr(raised.value), "".join(traceback.format_exception(raised.value)), str(raised.value.problem())]
    assert not [text for text in shown if "0123456789abcdef" in text]
