"""Paths, negotiation, validators and error documents, by the letter of the RFCs."""

import json
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firstsight.errors import (
    BadPath,
    BadToken,
    FirstsightError,
    MethodNotAllowed,
    Overloaded,
    SourceNotFound,
    StoreFailed,
    TooManyPixels,
)
from firstsight.http import (
    accepted,
    check_method,
    decode_path,
    digest,
    encode_path,
    error_response,
    matches,
    server_timing,
)
from firstsight.transform import Format

BOTH = {Format.AVIF, Format.WEBP}

ACCEPT = [
    ("", set()),
    ("image/webp", {Format.WEBP}),
    ("image/avif", {Format.AVIF}),
    ("image/avif,image/webp", BOTH),
    ("IMAGE/WebP", {Format.WEBP}),
    ("image/webp;q=0.1", {Format.WEBP}),
    ("image/webp ; q=0.001 , image/avif;q=1", BOTH),
    ("image/webp;q=0", set()),
    ("image/webp;q=0.000", set()),
    ("image/webp; Q=0, image/avif", {Format.AVIF}),
    ("image/webp;v=2;q=0", set()),
    ("image/webp;v=0", {Format.WEBP}),
    # What a range stands for is not named, and every client sends one.
    ("*/*", set()),
    ("image/*", set()),
    ("image/*,image/webp;q=0.5", {Format.WEBP}),
    # Not ours to answer with.
    ("image/jpeg,image/png", set()),
    ("image/webpx, ximage/webp, webp", set()),
    # Chrome, Firefox and Safari asking for an <img>, and curl.
    ("image/avif,image/webp,image/apng,image/svg+xml,image/*,*/*;q=0.8", BOTH),
    ("image/avif,image/webp,image/png,image/svg+xml,image/*;q=0.8,*/*;q=0.5", BOTH),
    ("image/webp,image/avif,image/jxl,image/heic,video/*;q=0.8,image/png,*/*;q=0.5", BOTH),
    (",, ;q=1,;,image/webp", {Format.WEBP}),
]


@pytest.mark.parametrize(("header", "formats"), ACCEPT)
def test_accept_counts_what_it_names(header: str, formats: set[Format]) -> None:
    assert accepted(header) == formats


@given(st.text())
def test_no_accept_header_is_an_error(header: str) -> None:
    assert accepted(header) <= BOTH


@pytest.mark.parametrize(
    ("header", "same"),
    [
        ('"abc"', True),
        ('W/"abc"', True),
        ("*", True),
        (" * ", True),
        ('"x", "abc"', True),
        ('"x",W/"abc" , "y"', True),
        ("", False),
        ("abc", False),
        ('"abc', False),
        ('"ABC"', False),
        ('"*"', False),
        ("W/*", False),
        ('"x", *', False),
        ('w/"abc"', False),
    ],
)
def test_if_none_match_is_compared_weakly(header: str, same: bool) -> None:
    assert matches(header, '"abc"') is same


@pytest.mark.parametrize(
    ("path", "key"),
    [
        ("/", ""),
        ("/cat.jpg/300x200.webp", "cat.jpg/300x200.webp"),
        ("/a%20b.jpg/full", "a b.jpg/full"),
        ("/a b.jpg/full", "a b.jpg/full"),
        ("/a+b.jpg/full", "a+b.jpg/full"),  # a plus is a plus: only forms mean a space by it
        ("/a%2Bb.jpg/full", "a+b.jpg/full"),
        ("/100%25.jpg/full", "100%.jpg/full"),
        ("/100%.jpg/full", "100%.jpg/full"),  # no escape, so it stands for itself
        ("/%zz.jpg/full", "%zz.jpg/full"),
        ("/%2525.jpg/full", "%25.jpg/full"),  # decoded once
        ("/%252e%252e/full", "%2e%2e/full"),
        ("/caf%C3%A9.jpg/full", "café.jpg/full"),
        ("/cafe%CC%81.jpg/full", "cafe\u0301.jpg/full"),  # another name: stores tell NFC and NFD apart
        ("/%F0%9F%90%88.jpg/full", "🐈.jpg/full"),
        ("/🐈.jpg/full", "🐈.jpg/full"),
        ("/a%2Fb.jpg/full", "a/b.jpg/full"),
        ("/.hidden/..name/...", ".hidden/..name/..."),
        ("/a%5C..%5Cb/full", "a\\..\\b/full"),  # a backslash separates nothing here
        ("/a?b#c", "a?b#c"),
        ("/a%3Fb%23c", "a?b#c"),
    ],
)
def test_a_path_is_decoded_once(path: str, key: str) -> None:
    assert decode_path(path, 2000) == key


@pytest.mark.parametrize(
    ("path", "sentence"),
    [
        ("/../etc/passwd", "no empty segment, '.' or '..'"),
        ("/a/../b", "no empty segment, '.' or '..'"),
        ("/a/..", "no empty segment, '.' or '..'"),
        ("/a/./b", "no empty segment, '.' or '..'"),
        ("/%2e%2e/b", "no empty segment, '.' or '..'"),
        ("/a/%2E./b", "no empty segment, '.' or '..'"),
        ("/a%2F..%2Fb", "no empty segment, '.' or '..'"),
        ("//a/b", "no empty segment, '.' or '..'"),
        ("/%2Fa/b", "no empty segment, '.' or '..'"),
        ("/a//b", "no empty segment, '.' or '..'"),
        ("/a/", "no empty segment, '.' or '..'"),
        ("/a%00.jpg/full", "no control characters"),
        ("/a%0D%0ASet-Cookie:x/full", "no control characters"),
        ("/a%7F/full", "no control characters"),
        ("/a%C2%9B31m/full", "no control characters"),
        ("/%FF%FE.jpg/full", "a path in UTF-8"),
        ("/caf%E9.jpg/full", "a path in UTF-8"),
        ("/%C0%AE%C0%AE/full", "a path in UTF-8"),  # an overlong spelling of ".."
        ("/%ED%A0%80/full", "a path in UTF-8"),  # half a surrogate pair
        ("/\ud800/full", "a path in UTF-8"),
        ("/" + "a" * 4999, "at most 2000 bytes but got 5000"),
        ("/" + "%61" * 700, "at most 2000 bytes but got 2101"),
    ],
)
def test_a_path_that_can_be_no_key_is_refused(path: str, sentence: str) -> None:
    with pytest.raises(BadPath, match=r"^Expected ") as raised:
        decode_path(path, 2000)
    assert sentence in raised.value.message
    assert raised.value.remedy


@given(st.text() | st.text("./%2eE0aF\x00"))
def test_whatever_the_path_it_is_a_safe_key_or_refused(path: str) -> None:
    try:
        key = decode_path(path, 50)
    except BadPath:
        return
    assert not key.startswith("/")
    assert not {".", ".."} & set(key.split("/"))
    assert "\x00" not in key


@given(st.lists(st.text(min_size=1), min_size=1).map("/".join))
def test_what_is_encoded_is_decoded_to_the_same(key: str) -> None:
    try:
        decode_path(quote(key, errors="surrogatepass"), 10_000)
    except BadPath:
        return  # not a key
    path = encode_path(key)
    assert path.isascii()
    assert decode_path(path, 10_000) == key


@pytest.mark.parametrize(
    ("key", "path"),
    [
        ("cat.jpg/300x200-bgffcc00.webp", "/cat.jpg/300x200-bgffcc00.webp"),
        ("~a.0123456789abcdef_-AZaz/cat.jpg/full", "/~a.0123456789abcdef_-AZaz/cat.jpg/full"),
        ("a b+c%?#.jpg/full", "/a%20b%2Bc%25%3F%23.jpg/full"),
        ('"<\\evil.com>/full', "/%22%3C%5Cevil.com%3E/full"),
        ("é/full", "/%C3%A9/full"),
    ],
)
def test_a_location_is_what_every_proxy_leaves_alone(key: str, path: str) -> None:
    assert encode_path(key) == path


def test_only_get_and_head_are_let_through() -> None:
    check_method("GET")
    check_method("HEAD")
    for method in ("POST", "PUT", "DELETE", "OPTIONS", "get", "", "X" * 5000):
        with pytest.raises(MethodNotAllowed, match=f"got {method[:20]}\\."):
            check_method(method)


@pytest.mark.parametrize(
    ("error", "headers"),
    [
        (BadToken("q0", "'q' with a number"), {"Cache-Control": "public, max-age=60"}),
        (SourceNotFound("There is no image of that name."), {"Cache-Control": "public, max-age=10"}),
        (TooManyPixels("Expected at most 4 but got 5."), {"Cache-Control": "public, max-age=60"}),
        (MethodNotAllowed("No."), {"Cache-Control": "public, max-age=60", "Allow": "GET, HEAD"}),
        (Overloaded("No."), {"Cache-Control": "no-store", "Retry-After": "1"}),
        (StoreFailed("No.", log="s3://place"), {"Cache-Control": "no-store"}),
        (BadPath("Got '\ud800é🐈'."), {"Cache-Control": "public, max-age=60"}),
    ],
)
def test_an_error_is_a_problem_document_that_runs_nothing(error: FirstsightError, headers: dict[str, str]) -> None:
    response = error_response(error)
    document = json.loads(response.body.decode("utf-8"))
    assert response.status == document["status"] == error.status
    assert (document["type"], document["title"]) == (f"urn:firstsight:error:{error.code}", error.title)
    assert (document["detail"], document["remedy"]) == (error.message, error.remedy)
    assert dict(response.headers) == headers | {
        "Content-Type": "application/problem+json",
        "X-Content-Type-Options": "nosniff",
        "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; sandbox",
    }
    assert b"s3://place" not in response.body


def test_server_timing_is_in_milliseconds_in_the_order_of_the_stages() -> None:
    assert server_timing({"open": 0.01234, "pixels": 1.5}) == "open;dur=12.3, pixels;dur=1500.0"
    assert server_timing({}) == ""


def test_a_digest_is_the_same_everywhere_and_for_ever() -> None:
    # printf 'etag\n300x200.webp' | sha256sum
    assert digest("etag", "300x200.webp") == "1d4cefec8bbcdd2fcabd"
