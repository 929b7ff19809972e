"""Signatures of thumbor and imagor: their own vectors, other hashes, several keys, and what proxies do to a path."""

import base64
import hashlib
import hmac

import pytest

from firstsight.grammars.thumbor import sign
from firstsight.settings import Settings
from tests.grammars.thumbor import IMAGOR, KEY, THUMBOR, settings, wanted

PATH = "500x500/top/raw.githubusercontent.com/cshum/imagor/master/testdata/gopher.png"
SHA256 = settings(thumbor_keys=["mysecret"], thumbor="imagor", thumbor_digest="sha256", thumbor_length=40)

#: Settings, the signature, and the path it is over.
VECTORS = [
    (THUMBOR, "3ZAFIB9OK_j_R10MafCdhFO99mE=", "300x200/smart/path/to/image.jpg"),
    (IMAGOR, "cST4Ko5_FqwT3BDn-Wf4gO3RFSk=", PATH),
    (SHA256, "IGEn3TxngivD0jy4uuiZim2bdUCvhcnVi1Nm0xGy", PATH),
]


@pytest.mark.parametrize(("by", "signature", "path"), VECTORS)
def test_a_signature_is_one_of_thumbors(by: Settings, signature: str, path: str) -> None:
    wrong = "A" * (len(signature) - 1) + signature[-1]
    for shown_one, valid in ((signature, True), (wrong, False)):
        proof = wanted(f"{shown_one}/{path}", by).proof
        assert proof is not None
        assert proof.is_valid is valid
    assert sign(path, by.dialects.thumbor_keys[0], by) == signature


@pytest.mark.parametrize("digest", ["sha1", "sha256", "sha512"])
@pytest.mark.parametrize("length", [0, 20, 40, 88, 128])
def test_signatures_may_be_of_another_hash_and_cut(digest: str, length: int) -> None:
    by = settings(thumbor_keys=["old", "new"], thumbor_digest=digest, thumbor_length=length)
    path = "300x200/a.jpg"
    whole = base64.urlsafe_b64encode(hmac.new(b"new", path.encode(), getattr(hashlib, digest)).digest()).decode()
    proof = wanted(f"{whole[: length or None]}/{path}", by).proof
    assert proof is not None
    assert proof.is_valid


def test_a_proxy_may_have_encoded_or_decoded_what_was_signed() -> None:
    for signed, sent in (("a b.jpg", "a%20b.jpg"), ("a%20b.jpg", "a%20b.jpg"), ("a.jpg", "%61.jpg")):
        proof = wanted(f"{sign(signed, KEY, THUMBOR)}/{sent}").proof
        assert proof is not None
        assert proof.is_valid
    # but what is decoded twice is another image
    proof = wanted(f"{sign('a%20b.jpg', KEY, THUMBOR)}/a%2520b.jpg").proof
    assert proof is not None
    assert not proof.is_valid


def test_no_key_is_shown() -> None:
    assert "SECURE" not in repr(THUMBOR)
    assert sign("a.jpg", KEY, THUMBOR) not in repr(wanted(f"{'A' * 27}=/a.jpg"))
