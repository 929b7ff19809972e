"""Firstsight as a library: images in memory, on disk or on their way, without stores or a server."""

import io
import json
import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, BinaryIO

from firstsight import tokens
from firstsight.image import Rendered
from firstsight.image import render as render_chunks
from firstsight.settings import Limits
from firstsight.stores import CHUNK
from firstsight.transform import Format, Transform

#: Bytes, the path of a file, or a file that is open for reading bytes.
Source = bytes | bytearray | memoryview | str | os.PathLike[str] | BinaryIO


def render(
    source: Source,
    transform: str | Transform,
    *,
    accept: frozenset[Format] = frozenset(),
    limits: Limits | None = None,
    svg: bool = False,
    strict: bool = True,
) -> Rendered:
    """
    Make an image from another.

    `transform` is a spec such as `"300x200.webp"` or a Transform. Sizes are in pixels; the result's `data` are the bytes
    of the encoded file, `size` its width and height. With the format `auto`, `accept` says which of AVIF and WebP may be
    chosen; without any it is JPEG, or PNG where the source has alpha, or GIF where it moves.
    With `strict` a damaged source is refused, else what can be decoded is shown.

    Raises BadToken for a spec that is not understood, UnsupportedFormat, TooManyBytes, TooManyPixels or DamagedImage for
    a source that cannot be used, RenderTimeout, and OSError for a file that cannot be read.
    """
    wanted = tokens.parse(transform) if isinstance(transform, str) else transform
    return render_chunks(
        _chunks(source), wanted, limits=limits or Limits(), accepted=accept, svg=svg, strict=strict
    )


def info(source: Source, *, limits: Limits | None = None, svg: bool = False) -> Mapping[str, Any]:
    """
    Describe an image: `width` and `height` in pixels as it is seen, `format`, `frames`, `alpha`, `orientation`.

    Raises as `render` does.
    """
    described = render(source, Transform(format=Format.JSON), limits=limits, svg=svg)
    members: dict[str, Any] = json.loads(described.data)
    return members


def _chunks(source: Source) -> Iterator[bytes]:
    if isinstance(source, bytes | bytearray | memoryview):
        yield from _read(io.BytesIO(source))
    elif isinstance(source, str | os.PathLike):
        with Path(source).open("rb") as file:
            yield from _read(file)
    else:
        yield from _read(source)


def _read(file: BinaryIO) -> Iterator[bytes]:
    while chunk := file.read(CHUNK):
        yield chunk
