"""
Many derivatives of one source from one decode.

The largest is made from the source. Every other is made from the nearest larger picture that is at hand, which is a
picture of the whole source, so that a crop finds what it needs in it too.
"""

from collections.abc import Iterator, Sequence
from typing import Any

import pyvips

from firstsight.image import geometry, steps
from firstsight.image.efforts import Effort
from firstsight.image.formats import FORMATS
from firstsight.image.picture import Picture, damaged
from firstsight.image.prepare import loaded_scale, oriented, planned
from firstsight.image.reader import check_bytes
from firstsight.image.render import finish, resolve, start
from firstsight.image.rendered import Rendered
from firstsight.records import replace
from firstsight.settings import Limits
from firstsight.transform import Format, Transform


def render_many(
    chunks: Iterator[bytes],
    transforms: Sequence[Transform],
    *,
    limits: Limits,
    accepted: frozenset[Format] = frozenset(),
    svg: bool = False,
    strict: bool = True,
    metadata: str = "strip",
    similarity: float = 0.95,
    watermark: bytes | None = None,
    effort: Effort = Effort.USUAL,
) -> list[Rendered]:
    """
    Make several derivatives of a source, in the order of the transforms, as `render` makes each.

    The pixels are those of single renders but for what resizing twice changes. `similarity`, `watermark` and `effort`
    are as in `finish`. Raises what `render` does.
    """
    data = _all(chunks, limits)
    how: dict[str, Any] = {"metadata": metadata, "similarity": similarity, "watermark": watermark, "effort": effort}

    def opened() -> Picture:
        return start(iter([data]), limits, svg=svg, strict=strict, size=len(data))

    picture = opened()
    picture.reader.forget()
    concrete = [resolve(transform, picture.facts, accepted) for transform in transforms]
    scales = [_scale(picture, transform, limits) for transform in concrete]
    made: dict[int, Rendered] = {}
    held: pyvips.Image | None = None
    for index in sorted(range(len(concrete)), key=lambda i: -(scales[i] or 0)):
        scale = scales[index]
        if scale is None:
            made[index] = finish(opened(), concrete[index], limits, **how)
            continue
        try:
            held = _reduced(picture, held, scale)
        except pyvips.Error as error:
            raise damaged(error) from error
        # a copy, for who watches one derivative being made would otherwise be called for all that come after it
        made[index] = finish(replace(picture, held=held.copy()), concrete[index], limits, **how)
    return [made[index] for index in range(len(concrete))]


def _scale(picture: Picture, transform: Transform, limits: Limits) -> float | None:
    """
    Give how large a picture of the whole source a transform needs, as a part of the source's size.

    None for what has to start from the source itself: moving pictures, other frames than the first, drawings, what
    decides its size by looking at every pixel, what is to be fine, and what would be as large as the source.
    """
    facts = picture.facts
    row = FORMATS.get(transform.format)
    alone = row is None or facts.moving or picture.loader.vector or transform.frame not in (None, 1)
    if row is None or alone or transform.fine or transform.trim is not None or transform.rotate % 90:
        return None
    orientation = geometry.orientation(facts.orientation, transform)
    plan = planned(oriented(facts.size, orientation), transform, limits, row)
    scale = max(plan.resized.width / plan.crop.width, plan.resized.height / plan.crop.height)
    if transform.crop is not None:
        scale *= 2  # cut at whole pixels, it would lie half a pixel off
    return scale if scale < 1 else None


def _reduced(picture: Picture, held: pyvips.Image | None, scale: float) -> pyvips.Image:
    """Give a picture of the whole source in that scale, made from the last one, or from the source."""
    stored = picture.facts.size
    size = geometry.scaled(stored, scale)
    if held is None:
        held = picture.pixels(scale=loaded_scale(picture, stored, size))
    job = steps.Job(Transform(), geometry.whole(stored, size), geometry.Orientation.NORMAL, stored, alpha=True)
    return steps.resize(held, job).copy_memory()


def _all(chunks: Iterator[bytes], limits: Limits) -> bytes:
    data = bytearray()
    for chunk in chunks:
        data += chunk
        check_bytes(len(data), limits.source_bytes)
    return bytes(data)
