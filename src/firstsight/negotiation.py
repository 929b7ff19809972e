"""Choosing a format in place of `auto`, by what the client accepts and what the source is."""

from firstsight.records import replace
from firstsight.transform import Format, Transform


def resolve(
    transform: Transform, accepted: frozenset[Format], *, alpha: bool = False, moving: bool = False
) -> Transform:
    """
    Give the transform with a concrete format in place of `auto`.

    `alpha` and `moving` say whether the source has transparency, and whether it is an animation. Nearly all sources
    have neither, so that is the guess until a source's header has been read.
    """
    if transform.format is not Format.AUTO:
        return transform
    kept = alpha and (transform.background is None or transform.background.alpha < 255)
    return replace(transform, format=automatic(accepted, alpha=kept, moving=moving and transform.frame is None))


def automatic(accepted: frozenset[Format], *, alpha: bool, moving: bool) -> Format:
    """
    Choose a format: the smallest the client names that can hold the picture.

    AVIF for still pictures, WebP for all; without either, JPEG, PNG for alpha and GIF for moving pictures.
    """
    if Format.AVIF in accepted and not moving:
        return Format.AVIF
    if Format.WEBP in accepted:
        return Format.WEBP
    return Format.GIF if moving else Format.PNG if alpha else Format.JPEG
