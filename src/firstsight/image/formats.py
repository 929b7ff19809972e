"""Output formats: a row each, with how libvips writes it."""

from collections.abc import Callable
from typing import Any

import pyvips

from firstsight.records import dataclass, replace
from firstsight.transform import Format, Transform

#: The quality of the lossy formats where none is asked for.
#: The quality of the lossy formats where none is asked for.
QUALITIES = {Format.JPEG: 80, Format.WEBP: 80, Format.AVIF: 50}
#: AV1 effort by the pixels of the result: the first answer must not take long (docs/performance.md).
AVIF_EFFORT = ((700_000, 2), (2_500_000, 1))


@dataclass(frozen=True, slots=True)
class OutputFormat:
    """One row. `options` gives libvips' saver its options for a transform and the image that is to be written."""

    format: Format
    media_type: str
    saver: str
    alpha: bool
    moving: bool
    #: The longest side that it can hold, in pixels.
    longest: int
    #: Whether it can carry a profile and an EXIF block.
    metadata: bool
    options: Callable[[Transform, pyvips.Image, bool], dict[str, Any]]


def _jpeg(t: Transform, image: pyvips.Image, palette: bool) -> dict[str, Any]:
    return {"Q": t.quality or QUALITIES[Format.JPEG], "optimize_coding": True}


def _png(t: Transform, image: pyvips.Image, palette: bool) -> dict[str, Any]:
    return {"compression": 6, "palette": palette}


def _webp(t: Transform, image: pyvips.Image, palette: bool) -> dict[str, Any]:
    return {"lossless": True, "effort": 4} if t.lossless else {"Q": t.quality or QUALITIES[Format.WEBP], "effort": 4}


def _avif(t: Transform, image: pyvips.Image, palette: bool) -> dict[str, Any]:
    pixels = image.width * image.height
    effort = next((effort for most, effort in AVIF_EFFORT if pixels <= most), 0)
    quality = {"lossless": True} if t.lossless else {"Q": t.quality or QUALITIES[Format.AVIF]}
    return {**quality, "compression": "av1", "effort": effort}


def _gif(t: Transform, image: pyvips.Image, palette: bool) -> dict[str, Any]:
    return {}


FORMATS: dict[Format, OutputFormat] = {
    row.format: row
    for row in (
        OutputFormat(Format.JPEG, "image/jpeg", "jpegsave_buffer", False, False, 65_535, True, _jpeg),
        OutputFormat(Format.PNG, "image/png", "pngsave_buffer", True, False, 10_000_000, True, _png),
        OutputFormat(Format.WEBP, "image/webp", "webpsave_buffer", True, True, 16_383, True, _webp),
        OutputFormat(Format.AVIF, "image/avif", "heifsave_buffer", True, False, 16_384, True, _avif),
        OutputFormat(Format.GIF, "image/gif", "gifsave_buffer", True, True, 65_535, False, _gif),
    )
}


def encode(image: pyvips.Image, transform: Transform, *, palette: bool, keep: str = "none") -> bytes:
    """Write an image in the transform's format, a concrete one; `keep` names the only metadata: icc or exif."""
    if transform.max_bytes is not None and transform.format in QUALITIES:
        return _encode_within(image.copy_memory(), transform, transform.max_bytes, palette=palette, keep=keep)
    row = FORMATS[transform.format]
    data: bytes = getattr(image, row.saver)(keep=keep, **row.options(transform, image, palette))
    return data


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


def _encode_within(image: pyvips.Image, transform: Transform, most: int, *, palette: bool, keep: str) -> bytes:
    """
    Write an image with the best quality that four attempts find for it to have no more than so many bytes.

    The second guesses from the size of the first, the third halves what is left, and the fourth is the least quality
    where nothing has been small enough.
    """

    def at(quality: int) -> bytes:
        return encode(image, replace(transform, quality=quality, max_bytes=None), palette=palette, keep=keep)

    high = transform.quality or QUALITIES[transform.format]
    data = at(high)
    if len(data) <= most or high == 1:
        return data
    low, found, quality = 1, b"", max(2, min(high - 1, round(high * most / len(data))))
    for last in (False, False, True):
        data = at(1 if last and not found else quality)
        if len(data) <= most:
            low, found = quality, data
        else:
            high = quality
        quality = (low + high) // 2
        if quality <= low and found:
            break
    return found or data
