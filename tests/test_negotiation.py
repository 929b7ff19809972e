"""What `auto` becomes."""

import pytest

from firstsight.negotiation import resolve
from firstsight.transform import Colour, Format, Transform

AVIF, WEBP, JPEG, PNG, GIF = Format.AVIF, Format.WEBP, Format.JPEG, Format.PNG, Format.GIF
BOTH, NONE = frozenset({AVIF, WEBP}), frozenset[Format]()


@pytest.mark.parametrize(
    ("accepted", "alpha", "moving", "format"),
    [
        (BOTH, False, False, AVIF),
        (BOTH, True, False, AVIF),
        (BOTH, False, True, WEBP),  # AVIF is for still pictures here
        (frozenset({WEBP}), False, False, WEBP),
        (frozenset({AVIF}), False, True, GIF),
        (NONE, False, False, JPEG),
        (NONE, True, False, PNG),
        (NONE, True, True, GIF),
    ],
)
def test_it_is_the_smallest_that_the_client_names_and_that_can_hold_the_picture(
    accepted: frozenset[Format], alpha: bool, moving: bool, format: Format
) -> None:
    assert resolve(Transform(width=30), accepted, alpha=alpha, moving=moving).format is format


def test_one_frame_of_an_animation_is_still() -> None:
    assert resolve(Transform(frame=2), NONE, moving=True).format is JPEG


@pytest.mark.parametrize(("opacity", "format"), [(255, JPEG), (254, PNG)])
def test_what_lies_on_an_opaque_background_has_no_alpha_left(opacity: int, format: Format) -> None:
    transform = Transform(background=Colour(1, 2, 3, opacity))
    assert resolve(transform, NONE, alpha=True).format is format


def test_a_format_that_was_asked_for_stays() -> None:
    transform = Transform(format=GIF)
    assert resolve(transform, BOTH, alpha=True) is transform
