"""imgproxy's signatures: its own vectors, several keys, and what proxies do to a path."""

import pytest

from firstsight.grammars.imgproxy import sign
from tests.grammars.imgproxy import SIGNED, settings, wanted

#: Keys and salts in hexadecimal digits, and what they sign.
VECTORS = [
    (
        "oKfUtW34Dvo2BGQehJFR4Nr0_rIjOtdtzJ3QFsUcXH8",
        "rs:fill:300:400:0/g:sm/aHR0cDovL2V4YW1w/bGUuY29tL2ltYWdl/cy9jdXJpb3NpdHku/anBn.png",
    ),
]


@pytest.mark.parametrize(("signature", "rest"), VECTORS)
def test_a_signature_is_one_of_imgproxys(signature: str, rest: str) -> None:
    found = wanted(f"{signature}/{rest}", SIGNED)
    assert found.source == "images/curiosity.jpg"
    assert found.proof is not None
    assert found.proof.is_valid
    wrong = wanted(f"{signature[:-1]}A/{rest}", SIGNED).proof
    assert wrong is not None
    assert not wrong.is_valid


def test_the_arithmetic_of_signatures_is_imgproxys() -> None:
    assert sign("/asd", b"test-key", b"test-salt") == "oWaL7QoW5TsgbuiS9-5-DI8S3Ibbo1gdB2SteJh3a20"
    assert sign("/asd", b"test-key", b"test-salt", 8) == "oWaL7QoW5Ts"


@pytest.mark.parametrize("length", [1, 8, 32])
def test_signatures_may_be_cut_and_made_with_any_of_the_keys(length: int) -> None:
    by = settings(imgproxy_keys=["6f6e65:", "74776f:73616c74"], imgproxy_signature_bytes=length)
    for key, salt in ((b"one", b""), (b"two", b"salt")):
        proof = wanted(f"{sign('/w:300/plain/a.jpg', key, salt, length)}/w:300/plain/a.jpg", by).proof
        assert proof is not None
        assert proof.is_valid


def test_a_proxy_may_have_decoded_or_normalised_what_was_signed() -> None:
    signed = sign("/w:300/plain/s3://bucket/a b.jpg", b"secret", b"hello")
    for rest in ("w:300/plain/s3://bucket/a%20b.jpg", "w:300/plain/s3:/bucket/a%20b.jpg"):
        proof = wanted(f"{signed}/{rest}", SIGNED).proof
        assert proof is not None
        assert proof.is_valid


def test_without_keys_a_signature_proves_nothing() -> None:
    for signature in ("unsafe", "_", "oKfUtW34Dvo2BGQehJFR4Nr0"):
        proof = wanted(f"{signature}/plain/a.jpg").proof
        assert proof is not None
        assert (proof.signature, proof.is_valid) == ("", False)


def test_a_url_may_be_valid_until_a_time() -> None:
    proof = wanted("_/exp:1700000000/plain/a.jpg").proof
    assert proof is not None
    assert proof.expires == 1_700_000_000
