"""Bad input is refused with its reason; nothing is stored, and the service goes on."""

from collections.abc import Callable
from pathlib import Path

import pytest

from firstsight.errors import FirstsightError
from firstsight.http import Request
from firstsight.settings import Limits
from tests.service.places import JPEG, Place, noise, size

TEXT = b"this is a text, and no picture\n" * 50
HEIC = b"\0\0\0\x18ftypheic\0\0\0\0mif1heic" + b"\0" * 500
SVG = b'<svg xmlns="http://www.w3.org/2000/svg" width="60" height="40"><rect width="9" height="9"/></svg>'
CUT = bytes(noise(600, 400).jpegsave_buffer())[:60_000]
BAD_SOURCES = {
    "text.jpg": TEXT,
    "phone.jpg": HEIC,
    "drawing.svg": SVG,
    "cut.jpg": CUT,
    "empty.jpg": b"",
    "dir/x.jpg": JPEG,
}


@pytest.mark.parametrize(
    ("path", "status", "code", "named"),
    [
        ("/cat.jpg/banana", 400, "bad-token", "banana"),
        ("/cat.jpg/30x20-banana.webp", 400, "bad-token", "banana"),
        ("/cat.jpg/0x200", 400, "bad-token", "0x200"),
        ("/cat.jpg/300x0.webp", 400, "bad-token", "300x0"),
        ("/0x200/cat.jpg", 400, "bad-token", "0x200"),
        ("/cat.jpg/-300x200", 400, "bad-token", ""),
        ("/cat.jpg/300x-200", 400, "bad-token", "200"),
        ("/cat.jpg/99999x1", 400, "bad-token", "99999x1"),
        ("/cat.jpg/30x20-q101.jpg", 400, "bad-token", "q101"),
        ("/cat.jpg/30x20-40x20.jpg", 400, "bad-token", "40x20"),
        ("/cat.jpg/30x20.bmp", 400, "bad-token", "bmp"),
        ("/cat.jpg/.webp", 400, "bad-token", ".webp"),
        ("/cat.jpg", 400, "bad-path", "/<source key>/<spec>"),
        ("/", 400, "bad-path", ""),
        ("/moving.gif/30x20-frame9.webp", 400, "not-applicable", "frame from 1 to 3"),
        ("/nowhere.jpg/30x20", 404, "source-not-found", ""),
        ("/dir/30x20", 404, "source-not-found", ""),
        ("/cat.jpg/deeper.jpg/30x20", 404, "source-not-found", ""),
        ("/text.jpg/30x20.webp", 415, "unsupported-format", "not an image"),
        ("/empty.jpg/30x20.webp", 415, "unsupported-format", ""),
        ("/phone.jpg/30x20", 415, "unsupported-format", "HEIC"),
        ("/drawing.svg/30x20.png", 415, "unsupported-format", "SVG"),
        ("/cut.jpg/300x200.webp", 422, "damaged-image", ""),
        ("/cut.jpg/full.png", 422, "damaged-image", ""),
        ("/cat.jpg/6000x6000-enlarge.png", 422, "too-many-pixels", "54000000"),
    ],
)
def test_bad_input_is_refused_with_its_reason_and_nothing_is_stored(
    local: Place, path: str, status: int, code: str, named: str
) -> None:
    for key, data in BAD_SOURCES.items():
        local.sources.store.put(key, data)
    refused(local, lambda: local.ask(path), status, code, named)


def refused(place: Place, call: Callable[[], object], status: int, code: str, named: str) -> FirstsightError:
    """The error of a call, of which nothing is stored, and after which the service goes on."""
    with pytest.raises(FirstsightError) as caught:
        call()
    error = caught.value
    assert (error.status, error.code) == (status, code)
    assert named in error.message
    problem = error.problem()
    assert problem.items() >= {"status": status, "code": code, "detail": error.message}.items()
    assert place.kept() == []
    assert place.ask("/cat.jpg/30x20.webp").status == 200
    return error


@pytest.mark.parametrize(
    "path",
    [
        "/../secrets/key.jpg/30x20",
        "/%2e%2e/secrets/key.jpg/30x20",
        "/..%2fsecrets%2fkey.jpg/30x20",
        "/a/..%2F..%2Fsecrets/key.jpg/30x20",
        "/./cat.jpg/30x20",
        "//cat.jpg/30x20",
        "/%2fcat.jpg/30x20",
        "/dir//x.jpg/30x20",
        "/cat.jpg//30x20",
        "/cat.jpg/30x20/",
        "/cat.jpg%00/30x20",
        "/cat%0a.jpg/30x20",
        "/caf%ff.jpg/30x20",
        "/30x20/../secrets/key.jpg",
        "/" + "a" * 5_000 + "/30x20",
        "/" + "a/" * 2_500 + "30x20",
    ],
)
def test_a_path_that_leaves_the_store_or_cannot_be_a_key_reads_nothing(local: Place, path: str, tmp_path: Path) -> None:
    (tmp_path / "secrets").mkdir()
    (tmp_path / "secrets" / "key.jpg").write_bytes(JPEG)
    with pytest.raises(FirstsightError) as caught:
        local.service.handle(Request(path))
    assert (caught.value.status, caught.value.code) == (400, "bad-path")
    assert local.sources.calls == local.derivatives.calls == []


def test_a_name_that_is_decoded_twice_would_leave_the_store_and_is_not(local: Place) -> None:
    with pytest.raises(FirstsightError) as caught:
        local.service.handle(Request("/%252e%252e/secrets/key.jpg/30x20"))
    assert (caught.value.status, caught.value.code) == (404, "source-not-found")


def test_a_name_longer_than_the_folder_can_hold_is_refused(local: Place) -> None:
    refused(local, lambda: local.ask("/" + "x" * 300 + ".jpg/30x20"), 400, "bad-path", "longer")


def test_a_source_of_too_many_bytes_is_refused_before_it_is_read(place: Place) -> None:
    place.restart(limits=Limits(source_bytes=len(JPEG)))
    place.sources.store.put("large.jpg", JPEG + b"\0")
    error = refused(place, lambda: place.ask("/large.jpg/30x20"), 413, "too-many-bytes", str(len(JPEG)))
    assert "limits.source_bytes" in error.remedy


def test_a_source_of_too_many_pixels_is_refused_with_both_numbers(local: Place) -> None:
    local.restart(limits=Limits(source_pixels=2_400))
    local.sources.store.put("large.png", bytes(noise(60, 41).pngsave_buffer()))
    error = refused(local, lambda: local.ask("/large.png/30x20"), 422, "too-many-pixels", "2400")
    assert "2460" in error.message
    assert "limits.source_pixels" in error.remedy


def test_a_truncated_source_is_shown_as_far_as_it_goes_where_that_is_set(local: Place) -> None:
    local.sources.store.put("cut.jpg", CUT)
    local.restart(damaged="best_effort")
    assert size(local.ask("/cut.jpg/300x200.webp")) == (300, 200)


def test_only_reading_is_allowed(local: Place) -> None:
    for method in ("POST", "PUT", "DELETE", "OPTIONS"):
        with pytest.raises(FirstsightError) as caught:
            local.ask("/cat.jpg/30x20.webp", method)
        assert (caught.value.status, caught.value.code) == (405, "method-not-allowed")
    assert local.sources.calls == []
