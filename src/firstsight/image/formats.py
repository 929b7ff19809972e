"""Output formats: a row each, with how libvips writes it."""

from collections.abc import Callable
from typing import Any

import pyvips

from firstsight.image.efforts import Effort, chosen
from firstsight.records import dataclass, replace
from firstsight.transform import Format, Transform

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


def encode(
    image: pyvips.Image,
    transform: Transform,
    *,
    palette: bool,
    keep: str = "none",
    similarity: float = 0.95,
    effort: Effort = Effort.USUAL,
) -> bytes:
    """
    Write an image in the transform's format, a concrete one.

    `keep` names the only metadata, icc or exif; `similarity` is what a quality that is chosen must leave; `effort` is
    how hard the encoder tries.
    """
    row = FORMATS[transform.format]
    usual = QUALITIES.get(transform.format, 0)

    def write(pixels: pyvips.Image, quality: int | None) -> bytes:
        asked = quality == transform.quality and not transform.quality_auto
        wanted = transform if asked else replace(transform, quality=quality, quality_auto=False)
        options = row.options(wanted, pixels, palette)
        if effort is not Effort.USUAL:
            options |= chosen(transform.format, effort, pixels.width * pixels.height)
        data: bytes = getattr(pixels, row.saver)(keep=keep, **options)
        return data

    quality = transform.quality
    if not transform.quality_auto and transform.max_bytes is None:
        return write(image, quality)
    from firstsight.image.quality import alike, within  # only here: most are written with a quality that is known

    image = image.copy_memory()
    if transform.quality_auto:
        quality = alike(image, write, similarity, usual)
    if transform.max_bytes is not None and usual:
        return within(lambda tried: write(image, tried), transform.max_bytes, quality or usual)
    return write(image, quality)
