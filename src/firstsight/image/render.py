"""
From a source's bytes to a derivative's: the one straight line through pixels.

    reader -> header -> limits -> plan -> decode (while bytes still arrive) -> steps -> encode
"""

from collections.abc import Iterator

import pyvips

from firstsight import negotiation
from firstsight.errors import NotApplicable
from firstsight.image import credits, steps
from firstsight.image.clock import Clock
from firstsight.image.efforts import Effort
from firstsight.image.formats import FORMATS, encode
from firstsight.image.geometry import Size, nearest, orientation
from firstsight.image.info import describe
from firstsight.image.picture import Facts, Picture, at_page, damaged, open_picture
from firstsight.image.prepare import oriented, prepare
from firstsight.image.reader import Reader
from firstsight.image.rendered import Rendered
from firstsight.image.strip import strip
from firstsight.image.thumbhash import MOST as SMALL
from firstsight.records import replace
from firstsight.settings import Limits
from firstsight.transform import DEFAULTS, MAX_SIDE, Fit, Format, Mark, Transform


def render(
    chunks: Iterator[bytes],
    transform: Transform,
    *,
    limits: Limits,
    accepted: frozenset[Format] = frozenset(),
    svg: bool = False,
    strict: bool = True,
    metadata: str = "strip",
    size: int | None = None,
) -> Rendered:
    """
    Make a derivative from a source's bytes, which are read while they arrive.

    `accepted` decides what `auto` becomes, `metadata` is as in `finish`, `size` as in `start`. Raises what these do.
    """
    picture = start(chunks, limits, svg=svg, strict=strict, size=size)
    return finish(picture, resolve(transform, picture.facts, accepted), limits, metadata=metadata)


def start(
    chunks: Iterator[bytes], limits: Limits, *, svg: bool = False, strict: bool = True, size: int | None = None
) -> Picture:
    """
    Read a source as far as its header.

    With `size`, the number of its bytes, one that has arrived by then is decoded from memory, which is quicker.
    Raises UnsupportedFormat, TooManyBytes, TooManyPixels, DamagedImage, and whatever reading the chunks raises.
    """
    return open_picture(Reader(chunks, limits.source_bytes, size), limits, svg=svg, strict=strict)


def resolve(transform: Transform, facts: Facts, accepted: frozenset[Format]) -> Transform:
    """Give the transform with a concrete format in place of `auto`."""
    return negotiation.resolve(transform, accepted, alpha=facts.alpha, moving=facts.moving)


def cut_short(facts: Facts, transform: Transform, limits: Limits) -> bool:
    """Whether only the first frame of an animation is given, although the format holds more, for it is over a limit."""
    row = FORMATS.get(transform.format)
    within = facts.frames <= limits.frames and facts.frames * facts.size.pixels <= limits.animation_pixels
    return facts.moving and transform.frame is None and row is not None and row.moving and not within


def finish(
    picture: Picture,
    transform: Transform,
    limits: Limits,
    *,
    metadata: str = "strip",
    similarity: float = 0.95,
    watermark: bytes | None = None,
    effort: Effort = Effort.USUAL,
) -> Rendered:
    """
    Decode, transform and encode, in a concrete format.

    `metadata` is what happens to it: `strip`; `copyright` keeps the EXIF artist and copyright; with `profile` the
    pixels stay in the colour space of the profile they came with, which is kept. `similarity` is what `qauto` leaves,
    `watermark` the file of the one that `mark` lays over it, `effort` how hard the encoder tries.
    Raises DamagedImage, TooManyPixels, NotApplicable for a frame or crop that the source does not have, RenderTimeout,
    and whatever reading the chunks raises.
    """
    clock = Clock(limits.seconds)
    reader = picture.reader
    try:
        if transform.format is Format.JSON:
            rendered = _describe(picture, limits, clock)
        else:
            picture = at_page(picture, transform.frame, limits)
            rendered = _render(picture, transform, limits, clock, metadata, similarity, watermark, effort)
    except pyvips.Error as error:
        raise reader.error or clock.stop() or damaged(error) from error
    finally:
        clock.stop()
    if picture.strict:
        reader.see_the_end()
    if reader.error is not None:  # libvips saw the end of the file, and may have been content with what it had
        raise reader.error
    return replace(rendered, stages={**clock.stages, "wait": reader.waited}, read=reader.received)


def _describe(picture: Picture, limits: Limits, clock: Clock) -> Rendered:
    facts = picture.facts
    small = Transform(width=SMALL, height=SMALL, fit=Fit.INSIDE, frame=1, format=Format.PNG)
    image, job = prepare(picture, small, moving=False, row=FORMATS[Format.PNG], limits=limits, metadata="strip")
    picture.reader.forget()
    pixels = clock.watch(_run(image, job)).copy_memory()
    clock.made()
    data, size = describe(facts, pixels)
    clock.end()
    return Rendered(data, Format.JSON, "application/json", size, facts.frames, False, facts)


def _render(
    picture: Picture,
    transform: Transform,
    limits: Limits,
    clock: Clock,
    metadata: str,
    similarity: float,
    watermark: bytes | None,
    effort: Effort,
) -> Rendered:
    facts, row = picture.facts, FORMATS[transform.format]
    still = cut_short(facts, transform, limits)
    moving = facts.moving and transform.frame is None and row.moving and not still
    frames = facts.frames if moving else 1
    texts = credits.of(picture.header) if metadata == "copyright" and row.metadata else {}
    own = transform.format.value == EXTENSIONS.get(facts.kind) and facts.plain and picture.strict
    own = own and _is_whole(transform) and frames == facts.frames and metadata != "profile" and not texts
    image, job = prepare(picture, transform, moving=moving, row=row, limits=limits, metadata=metadata)
    if not own:
        picture.reader.forget()
    if transform.mark is not None:
        job = replace(job, mark=_watermark(watermark, transform, job.plan.result, limits))
    watched = clock.watch(_animate(image, job, picture) if moving else _run(image, job))
    pixels = watched if transform.format in STREAMED else watched.copy_memory()
    clock.made()
    kept = "icc" if job.own_space else "exif" if texts else "none"
    # the AVIF saver acts on it whatever else is kept, and would turn once more
    if (kept == "exif" or transform.format is Format.AVIF) and pixels.get_typeof("orientation"):
        pixels = pixels.copy()
        pixels.remove("orientation")
    data = encode(
        credits.sign(pixels, texts) if texts else pixels,
        transform,
        palette=facts.palette,
        keep=kept,
        similarity=similarity,
        effort=effort,
    )
    if own and job.plan.result == facts.size == job.plan.resized:
        data = _smaller(data, picture)
    clock.end()
    return Rendered(data, row.format, row.media_type, job.plan.result, frames, still, facts)


def _watermark(data: bytes | None, transform: Transform, result: Size, limits: Limits) -> pyvips.Image:
    """Give the watermark in the size and with the opacity that it is laid over a result with."""
    how = transform.mark or Mark()
    if data is None:
        raise NotApplicable("There is no watermark here.", remedy="Name one in the setting `watermark`.")
    picture = start(iter([data]), limits)
    scale = Transform(dpr=transform.dpr)
    if how.scale or transform.dpr > 1:
        own = oriented(picture.facts.size, orientation(picture.facts.orientation, Transform()))
        room, times = (result, how.scale / 100) if how.scale else (own, transform.dpr)
        width, height = (min(MAX_SIDE, nearest(side * times)) for side in (room.width, room.height))
        scale = Transform(width=width, height=height, fit=Fit.INSIDE, enlarge=True)
    made = finish(picture, replace(scale, frame=1, format=Format.PNG), limits)
    image = pyvips.Image.new_from_buffer(made.data, "").colourspace("srgb")
    alpha = image.extract_band(3) if image.hasalpha() else pyvips.Image.black(image.width, image.height) + 255
    return steps.joined(image.extract_band(0, n=3), steps.whole(alpha * (how.opacity / 100)))


#: Formats whose encoders take rows as they are made, so that never all are held; the others begin when they have all.
STREAMED = (Format.JPEG, Format.PNG, Format.GIF)
#: The formats by the kinds of source that can be given as they are, without their metadata.
EXTENSIONS = {"jpeg": "jpg", "png": "png", "webp": "webp", "gif": "gif"}


#: The fields that say no more than the size and the encoding.
_SIZES = {"width", "height", "fit", "adaptive", "anchor", "shift", "enlarge", "fine", "dpr", "frame"}
_ENCODINGS = {"quality", "quality_auto", "max_bytes", "lossless", "format"}
_CHANGING = tuple((name, default) for name, default in DEFAULTS.items() if name not in _SIZES | _ENCODINGS)


def _is_whole(t: Transform) -> bool:
    """Whether a transform changes nothing but, perhaps, the size and the encoding."""
    return all(getattr(t, name) == default for name, default in _CHANGING)


def _smaller(data: bytes, picture: Picture) -> bytes:
    """Give the source's own pixels, without its metadata, in place of a result that is no smaller."""
    whole = picture.reader.whole()
    stripped = strip(picture.facts.kind, whole) if whole is not None else None
    return stripped if stripped is not None and len(stripped) < len(data) else data


def _run(image: pyvips.Image, job: steps.Job) -> pyvips.Image:
    for step in steps.STEPS:
        image = step(image, job)
    return image


def _animate(strip: pyvips.Image, job: steps.Job, picture: Picture) -> pyvips.Image:
    """Run the steps on each frame by itself, so that none bleeds into its neighbour."""
    strip = strip.copy_memory()
    height = strip.height // picture.facts.frames
    frames = [_run(strip.crop(0, i * height, strip.width, height), job) for i in range(picture.facts.frames)]
    joined = pyvips.Image.arrayjoin(frames, across=1).copy()
    joined.set_type(pyvips.GValue.gint_type, "page-height", frames[0].height)
    for name, kind in (("delay", pyvips.GValue.array_int_type), ("loop", pyvips.GValue.gint_type)):
        if strip.get_typeof(name):
            joined.set_type(kind, name, strip.get(name))
    return joined
