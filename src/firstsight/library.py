"""
Firstsight as a library: images in memory, on disk or on their way, without stores or a server.

>>> import firstsight
>>> made = firstsight.render("coffee.png", "300x200-smart.webp")
>>> made.size.width, made.size.height, made.media_type
(300, 200, 'image/webp')
>>> made.data[:4]
b'RIFF'
>>> firstsight.info("coffee.png")["width"]
600
>>> [image.size.width for image in firstsight.render_many("coffee.png", ["480x.webp", "240x.webp", "120x.webp"])]
[480, 240, 120]
"""

import io
import json
import os
from collections.abc import Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from pathlib import Path
from typing import Any, BinaryIO

from firstsight import tokens
from firstsight.image import Rendered
from firstsight.image import render as render_chunks
from firstsight.image import render_many as render_family
from firstsight.settings import Limits
from firstsight.stores import CHUNK
from firstsight.transform import Format, Transform

#: The bytes of an image file, the path of one, or one that is open for reading bytes.
Source = bytes | bytearray | memoryview | str | os.PathLike[str] | BinaryIO


def render(
    source: Source,
    transform: str | Transform,
    *,
    accept: AbstractSet[Format] = frozenset(),
    limits: Limits | None = None,
    svg: bool = False,
    strict: bool = True,
    metadata: str = "strip",
) -> Rendered:
    """
    Make an image from another.

    `source` is an image file: its bytes, its path, or an open file, which is read from where it stands and left open.
    `transform` is a spec such as `"300x200.webp"`, or a Transform; sizes in it are in pixels, after the orientation in
    the file. Where it names no format, the result is JPEG, or PNG for a source with alpha, or GIF for one that moves,
    unless `accept` allows better: `{Format.AVIF, Format.WEBP}` or one of them.
    `limits` bound what it may cost, `svg` lets SVG be drawn, and without `strict` a damaged source is shown as far as
    it can be decoded. `metadata` may be `"copyright"`, which keeps the EXIF artist and copyright, or `"profile"`, which
    keeps an embedded profile instead of converting to sRGB.

    The result's `data` are the bytes of an image file, its `size` has the `width` and `height` of one frame in pixels,
    and its `media_type` is `image/webp` or the like. For the spec `info.json` the data are a description in JSON.

    Raises BadToken for a spec that is not understood; UnsupportedFormat, TooManyBytes, TooManyPixels or DamagedImage
    for a source that cannot be used; NotApplicable for a frame or a crop that it does not have; RenderTimeout; OSError
    for a file that cannot be read; TypeError for what is none of these. All but the last two are FirstsightErrors.
    """
    wanted = tokens.parse(transform) if isinstance(transform, str) else transform
    accepted = frozenset(accept)
    size = len(source) if isinstance(source, bytes | bytearray) else None
    return render_chunks(
        _chunks(source),
        wanted,
        limits=limits or Limits(),
        accepted=accepted,
        svg=svg,
        strict=strict,
        metadata=metadata,
        size=size,
    )


def render_many(
    source: Source,
    transforms: Sequence[str | Transform],
    *,
    accept: AbstractSet[Format] = frozenset(),
    limits: Limits | None = None,
    svg: bool = False,
    strict: bool = True,
    metadata: str = "strip",
) -> list[Rendered]:
    """
    Make several images from one, which is decoded once, in the order of the transforms.

    Each is what `render` makes, but for a little that resizing twice changes: a smaller one is made from a larger. All
    arguments are as there, and what is raised; if one of them cannot be made, none is given.
    """
    wanted = [tokens.parse(transform) if isinstance(transform, str) else transform for transform in transforms]
    return render_family(
        _chunks(source),
        wanted,
        limits=limits or Limits(),
        accepted=frozenset(accept),
        svg=svg,
        strict=strict,
        metadata=metadata,
    )


def info(source: Source, *, limits: Limits | None = None, svg: bool = False) -> Mapping[str, Any]:
    """
    Describe an image.

    The members are `width` and `height` in pixels as it is seen (after the orientation in the file), `format` as in
    `"jpeg"`, the number of `frames`, whether it has `alpha`, the EXIF `orientation`, 1 where the file has none, the
    `colour` that most of it has, as in `"#c88858"`, and its `thumbhash` in base64, a placeholder of some 25 bytes.

    Raises as `render` does.
    """
    described = render(source, Transform(format=Format.JSON), limits=limits, svg=svg)
    members: dict[str, Any] = json.loads(described.data)
    return members


def _chunks(source: Source) -> Iterator[bytes]:
    """Hand the bytes on in pieces; what is no image is refused here, and a file is opened only when it is read."""
    if isinstance(source, bytes | bytearray | memoryview):
        return iter([bytes(source)])
    if isinstance(source, str | os.PathLike):
        return _read_file(Path(source))
    if not hasattr(source, "read") or isinstance(source, io.TextIOBase):
        raise TypeError(f"Expected bytes, a path or a file that is open for reading bytes but got {source!r:.80}.")
    return _read(source)


def _read_file(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        yield from _read(file)


def _read(file: BinaryIO) -> Iterator[bytes]:
    while chunk := file.read(CHUNK):
        yield chunk
