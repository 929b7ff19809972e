"""
From a source's bytes to a derivative's: the one straight line through pixels.

    reader -> header -> limits -> plan -> decode (while bytes still arrive) -> steps -> encode
"""

import time
from collections.abc import Iterator

import pyvips

from firstsight.errors import NotApplicable, RenderTimeout, TooManyPixels
from firstsight.image import credits, geometry, settle, steps
from firstsight.image.formats import FORMATS, OutputFormat, automatic, encode
from firstsight.image.geometry import Orientation, Plan, Size
from firstsight.image.info import describe
from firstsight.image.picture import Facts, Picture, damaged, open_picture
from firstsight.image.reader import Reader
from firstsight.image.rendered import Rendered
from firstsight.image.strip import strip
from firstsight.image.thumbhash import MOST as SMALL
from firstsight.records import replace
from firstsight.settings import Limits
from firstsight.transform import Colour, Fit, Format, Transform

#: The longest side that a vector image is drawn at.
LONGEST = 100_000


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
    if transform.format is not Format.AUTO:
        return transform
    moving = facts.moving and transform.frame is None
    alpha = facts.alpha and (transform.background is None or transform.background.alpha < 255)
    return replace(transform, format=automatic(accepted, alpha=alpha, moving=moving))


def cut_short(facts: Facts, transform: Transform, limits: Limits) -> bool:
    """Whether only the first frame of an animation is given, although the format holds more, for it is over a limit."""
    row = FORMATS.get(transform.format)
    within = facts.frames <= limits.frames and facts.frames * facts.size.pixels <= limits.animation_pixels
    return facts.moving and transform.frame is None and row is not None and row.moving and not within


def finish(picture: Picture, transform: Transform, limits: Limits, *, metadata: str = "strip") -> Rendered:
    """
    Decode, transform and encode, in a concrete format.

    `metadata` is what happens to it: `strip`; `copyright` keeps the EXIF artist and copyright; with `profile` the
    pixels stay in the colour space of the profile they came with, which is kept.
    Raises DamagedImage, TooManyPixels, NotApplicable for a frame or crop that the source does not have, RenderTimeout,
    and whatever reading the chunks raises.
    """
    clock = _Clock(limits.seconds)
    reader = picture.reader
    try:
        if transform.format is Format.JSON:
            rendered = _describe(picture, limits, clock)
        else:
            rendered = _render(picture, transform, limits, clock, metadata)
    except pyvips.Error as error:
        raise reader.error or clock.error or damaged(error) from error
    if reader.error is not None:  # libvips saw the end of the file, and may have been content with what it had
        raise reader.error
    return replace(rendered, stages={**clock.stages, "wait": reader.waited}, read=reader.received)


def _describe(picture: Picture, limits: Limits, clock: "_Clock") -> Rendered:
    facts = picture.facts
    picture.reader.forget()
    small = Transform(width=SMALL, height=SMALL, fit=Fit.INSIDE, frame=1, format=Format.PNG)
    image, job = _start(picture, small, moving=False, row=FORMATS[Format.PNG], limits=limits, metadata="strip")
    pixels = clock.watch(_run(image, job)).copy_memory()
    clock.made()
    data, size = describe(facts, pixels)
    clock.end()
    return Rendered(data, Format.JSON, "application/json", size, facts.frames, False, facts)


def _render(picture: Picture, transform: Transform, limits: Limits, clock: "_Clock", metadata: str) -> Rendered:
    facts, row = picture.facts, FORMATS[transform.format]
    still = cut_short(facts, transform, limits)
    moving = facts.moving and transform.frame is None and row.moving and not still
    frames = facts.frames if moving else 1
    texts = credits.of(picture.header) if metadata == "copyright" and row.metadata else {}
    own = transform.format.value == EXTENSIONS.get(facts.kind) and facts.plain and picture.strict
    own = own and _is_whole(transform) and frames == facts.frames and metadata != "profile" and not texts
    if not own:
        picture.reader.forget()
    image, job = _start(picture, transform, moving=moving, row=row, limits=limits, metadata=metadata)
    watched = clock.watch(_animate(image, job, picture) if moving else _run(image, job))
    pixels = watched.copy() if transform.format in STREAMED else watched.copy_memory()
    clock.made()
    for name in ("orientation",) if moving else ("orientation", "page-height"):
        if pixels.get_typeof(
            name
        ):  # savers act on these whatever else is kept: they would turn it once more, or cut it
            pixels.remove(name)
    kept = "icc" if job.own_space else "exif" if texts else "none"
    data = encode(credits.sign(pixels, texts) if texts else pixels, transform, palette=facts.palette, keep=kept)
    if own and job.plan.result == facts.size == job.plan.resized:
        data = _smaller(data, picture)
    clock.end()
    return Rendered(data, row.format, row.media_type, job.plan.result, frames, still, facts)


#: Formats whose encoders take rows as they are made, so that never all are held; the others begin when they have all.
STREAMED = (Format.JPEG, Format.PNG, Format.GIF)
#: The formats by the kinds of source that can be given as they are, without their metadata.
EXTENSIONS = {"jpeg": "jpg", "png": "png", "webp": "webp", "gif": "gif"}


def _is_whole(t: Transform) -> bool:
    """Whether a transform changes nothing but, perhaps, the size and the encoding."""
    return Transform(format=t.format) == replace(
        t, width=None, height=None, enlarge=False, dpr=1, frame=None, quality=None, max_bytes=None, lossless=False
    )


def _smaller(data: bytes, picture: Picture) -> bytes:
    """Give the source's own pixels, without its metadata, in place of a result that is no smaller."""
    whole = picture.reader.whole()
    stripped = strip(picture.facts.kind, whole) if whole is not None else None
    return stripped if stripped is not None and len(stripped) < len(data) else data


def _start(
    picture: Picture, transform: Transform, *, moving: bool, row: OutputFormat, limits: Limits, metadata: str
) -> tuple[pyvips.Image, steps.Job]:
    """Decode as little as the plan needs, and give the image with the job that the steps share."""
    facts = picture.facts
    orientation = geometry.orientation(facts.orientation, transform)
    frame = None if moving else transform.frame or 1
    gray = (facts.gray or transform.grayscale or transform.saturation == 0) and _is_gray(transform.background)
    gray = gray and transform.tint is None
    own_space = metadata == "profile" and row.metadata and picture.converted and (gray or not facts.gray)
    whole = geometry.whole(facts.size, facts.size)
    job = steps.Job(transform, whole, orientation, facts.size, row.alpha, gray, own_space)
    settled = transform.trim is not None or transform.rotate % 90 != 0
    if settled and moving:
        raise NotApplicable(
            "Expected a single frame for trim or for an angle that is not a right one, but the source moves.",
            remedy="Add 'still' to the spec.",
        )
    if settled:
        return _settle(picture, transform, job, frame, row, limits)
    plan = _plan(_seen(facts.size, orientation), transform, limits, row)
    scale = _scale(picture, _seen(plan.crop.size, orientation), _seen(plan.resized, orientation))
    return picture.pixels(scale=scale, frame=frame, every_frame=moving), replace(job, plan=plan)


def _settle(
    picture: Picture, transform: Transform, job: steps.Job, frame: int | None, row: OutputFormat, limits: Limits
) -> tuple[pyvips.Image, steps.Job]:
    """
    Do first what decides the size of the source: a turn by any angle, and a trim, which has to see every pixel.

    What follows then works on an upright image of the size that is left. Without a trim that size is known before, and
    the image is made smaller before it is turned.
    """
    turns, seen = transform.rotate % 90 != 0, _seen(picture.facts.size, job.orientation)
    size = geometry.turned(seen, transform.rotate) if turns else seen
    scale, near = 1.0, size
    if transform.trim is None:  # else the limits are looked at when the size is known
        plan = _plan(size, transform, limits, row)
        most = LONGEST / max(size.width, size.height) if picture.loader.vector else 1
        near = geometry.reduced(size, plan.crop.size, plan.resized, most)
        scale = near.width / size.width
    smaller = geometry.scaled(seen, scale)
    image = picture.pixels(scale=_scale(picture, seen, smaller), frame=frame)
    first = replace(job, plan=geometry.whole(seen, smaller))
    image = steps.orient(steps.to_srgb(steps.resize(image, first), first), first)
    if turns:
        opaque = transform.background is not None and transform.background.alpha == 255
        behind = transform.background if opaque else None if row.alpha else transform.background or steps.WHITE
        image = settle.turn(image.copy_memory(), transform.rotate, near, behind)
    if transform.trim is not None:
        image = image.copy_memory()
        rect = settle.find_trim(image, transform.trim)
        image = image.crop(rect.left, rect.top, rect.width, rect.height)
        size = Size(image.width, image.height)
    plan = _plan(size, transform, limits, row)
    return image, replace(job, plan=plan, orientation=Orientation.NORMAL, stored=size)


def _seen(size: Size, orientation: Orientation) -> Size:
    return size.swapped if orientation.swaps else size


def _scale(picture: Picture, crop: Size, resized: Size) -> float:
    """Choose what the loader makes of it: a picture not much larger than needed, or of just the size when it draws."""
    if picture.loader.vector:
        return geometry.drawn(picture.facts.size, crop, resized, LONGEST)
    return 1 / geometry.shrink(crop, resized, picture.loader.shrinks)


def _is_gray(colour: Colour | None) -> bool:
    return colour is None or (colour.red == colour.green == colour.blue and colour.alpha == 255)


def _plan(source: Size, transform: Transform, limits: Limits, row: OutputFormat) -> Plan:
    try:
        plan = geometry.plan(source, transform)
    except ValueError as error:
        raise NotApplicable(str(error)) from error
    result = plan.result
    if max(plan.result.pixels, plan.resized.pixels) > limits.output_pixels:
        raise TooManyPixels(
            f"Expected a result of at most {limits.output_pixels} pixels but {result.width}x{result.height} "
            f"has {result.pixels}.",
            remedy="Ask for a smaller one, or raise limits.output_pixels.",
        )
    if max(result.width, result.height) > row.longest:
        raise TooManyPixels(
            f"Expected no side over {row.longest} pixels, which is all that {row.format.value} can hold, "
            f"but got {result.width}x{result.height}.",
            remedy="Ask for a smaller one, or for another format.",
        )
    return plan


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


class _Clock:
    """Times the stages, and stops libvips when the time is over."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._began = time.perf_counter()
        self.stages = {"pixels": 0.0}
        self.error: RenderTimeout | None = None

    def made(self) -> None:
        """Take what has passed for making the pixels; libvips may not have called back for the last of them."""
        self.stages["pixels"] = time.perf_counter() - self._began

    def end(self) -> None:
        """Take what has passed since the last pixel was made for encoding."""
        self.stages["encode"] = time.perf_counter() - self._began - self.stages["pixels"]

    def watch(self, image: pyvips.Image) -> pyvips.Image:
        """Look at the time whenever some pixels have been made. What is given must be kept until all are."""

        def check(watched: pyvips.Image, progress: object) -> None:
            passed = self.stages["pixels"] = time.perf_counter() - self._began
            if passed > self._seconds and self.error is None:
                self.error = RenderTimeout(
                    f"Making the image took longer than {self._seconds:g} seconds.",
                    remedy="Ask for a smaller or simpler one, or raise limits.seconds.",
                )
                watched.set_kill(True)

        image.set_progress(True)
        image.signal_connect("eval", check)
        return image
