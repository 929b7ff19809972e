"""ThumbHash, against its author's own implementation."""

import base64

import pytest

from firstsight.image.thumbhash import thumbhash


def picture(width: int, height: int, alpha: bool) -> bytes:
    return bytes(
        value % 256
        for y in range(height)
        for x in range(width)
        for value in (x * 7 + y * 3, x * x + y * 5, x * y, x * 11 + y * 13 if alpha else 255)
    )


# What version 0.1.1 of the npm package `thumbhash` gives for these pictures.
@pytest.mark.parametrize(
    ("width", "height", "alpha", "expected"),
    [
        (100, 75, False, "HwgGDYJmdkdmVwhkZVRndu6PurxA"),
        (60, 100, False, "H/gBDAIzUZQQFFAxVmfOn2nkCA=="),
        (32, 32, True, "HRmGFQQHMEYjarV5aVg/CpQ1WHF2hZYFlg=="),
        (100, 10, True, "nPiBEYIHETJwqYSsj36wdhoLRDRod4g="),
        (13, 100, False, "negJIRJURAiHdHV231x0mAc="),
        (1, 1, False, "AAgCBwAAAAAAAAAAAAAAAAAAAAAAAAAA"),
    ],
)
def test_the_hash_is_that_of_the_reference(width: int, height: int, alpha: bool, expected: str) -> None:
    assert base64.b64encode(thumbhash(width, height, picture(width, height, alpha))).decode() == expected


def test_a_wholly_transparent_picture_has_a_hash() -> None:
    assert base64.b64encode(thumbhash(10, 6, bytes(240))).decode() == "AAiCA4AAAAAAAAAAAAAAAAAAAAAAAAA="


def test_a_flat_picture_has_the_same_hash_wherever_it_is_made() -> None:
    flat = thumbhash(10, 6, bytes([200, 30, 40, 255] * 60))
    assert flat[5:] == bytes(len(flat) - 5)


@pytest.mark.parametrize(("width", "height", "size"), [(101, 1, 404), (1, 101, 404), (2, 2, 15), (0, 5, 0)])
def test_too_large_a_picture_or_the_wrong_number_of_bytes_is_refused(width: int, height: int, size: int) -> None:
    with pytest.raises(ValueError, match="expected up to 100x100"):
        thumbhash(width, height, bytes(size))
