"""
From a source's bytes to a derivative's: the one straight line through pixels.

    reader -> header -> limits -> plan -> decode (while bytes still arrive) -> steps -> encode
"""

import time
from collections.abc import Iterator
from dataclasses import replace

import pyvips

from firstsight.errors import NotApplicable, RenderTimeout, TooManyPixels
from firstsight.image import geometry, steps
from firstsight.image.formats import FORMATS, automatic, encode
from firstsight.image.geometry import Orientation, Plan, Size
from firstsight.image.info import describe
from firstsight.image.picture import Facts, Picture, damaged, open_picture
from firstsight.image.reader import Reader
from firstsight.image.rendered import Rendered
from firstsight.settings import Limits
from firstsight.transform import Format, Transform


def render(
    chunks: Iterator[bytes],
    transform: Transform,
    *,
    limits: Limits,
    accepted: frozenset[Format] = frozenset(),
    svg: bool = False,
    strict: bool = True,
) -> Rendered:
    """
    Make a derivative from a source's bytes, which are read while they arrive.

    `accepted` decides what `auto` becomes. Raises what `start` and `finish` do.
    """
    picture = start(chunks, limits, svg=svg, strict=strict)
    return finish(picture, resolve(transform, picture.facts, accepted), limits)


def start(chunks: Iterator[bytes], limits: Limits, *, svg: bool = False, strict: bool = True) -> Picture:
    """
    Read a source as far as its header.

    Raises UnsupportedFormat, TooManyBytes, TooManyPixels, DamagedImage, and whatever reading the chunks raises.
    """
    return open_picture(Reader(chunks, limits.source_bytes), limits, svg=svg, strict=strict)


def resolve(transform: Transform, facts: Facts, accepted: frozenset[Format]) -> Transform:
    """Give the transform with a concrete format in place of `auto`."""
    if transform.format is not Format.AUTO:
        return transform
    moving = facts.moving and transform.frame is None
    alpha = facts.alpha and (transform.background is None or transform.background.alpha < 255)
    return replace(transform, format=automatic(accepted, alpha=alpha, moving=moving))


def finish(picture: Picture, transform: Transform, limits: Limits) -> Rendered:
    """
    Decode, transform and encode, in a concrete format.

    Raises DamagedImage, TooManyPixels, NotApplicable for a frame or crop that the source does not have, RenderTimeout, and
    whatever reading the chunks raises.
    """
    if transform.format is Format.JSON:
        return describe(picture)
    clock = _Clock(limits.seconds)
    reader = picture.reader
    try:
        rendered = _render(picture, transform, limits, clock)
    except pyvips.Error as error:
        raise reader.error or clock.error or damaged(error) from error
    if reader.error is not None:  # libvips saw the end of the file, and may have been content with what it had
        raise reader.error
    return replace(rendered, stages={**clock.stages, "wait": reader.waited}, read=reader.received)


def _render(picture: Picture, transform: Transform, limits: Limits, clock: "_Clock") -> Rendered:
    facts, row = picture.facts, FORMATS[transform.format]
    wants_all = facts.moving and transform.frame is None and row.moving
    within = facts.frames <= limits.frames and facts.frames * facts.size.pixels <= limits.animation_pixels
    moving = wants_all and within
    image, job = _start(picture, transform, moving=moving, alpha=row.alpha, limits=limits)
    pixels = clock.watch(_animate(image, job, picture) if moving else _run(image, job)).copy_memory()
    clock.stage("pixels")
    data = encode(pixels, transform, palette=facts.palette)
    clock.stage("encode")
    kept = facts.frames if moving else 1
    return Rendered(data, row.format, row.media_type, job.plan.result, kept, wants_all and not within, facts)


def _start(
    picture: Picture, transform: Transform, *, moving: bool, alpha: bool, limits: Limits
) -> tuple[pyvips.Image, steps.Job]:
    """Decode as little as the plan needs, and give the image with the job that the steps share."""
    facts = picture.facts
    orientation = geometry.orientation(facts.orientation, transform)
    stored = facts.size
    frame = None if moving else transform.frame or 1
    if transform.trim is not None or transform.rotate % 90:
        if moving:
            raise NotApplicable(
                "Expected a single frame for trim or for an angle that is not a right one, but the source moves.",
                remedy="Add 'still' to the spec.",
            )
        return _settle(picture, transform, orientation, frame, alpha, limits)
    plan = _plan(stored.swapped if orientation.swaps else stored, transform, limits)
    crop, resized = (plan.crop.size.swapped, plan.resized.swapped) if orientation.swaps else (plan.crop.size, plan.resized)
    factor = geometry.shrink(crop, resized, picture.loader.shrinks)
    image = picture.pixels(shrink=factor, frame=frame, every_frame=moving)
    return image, steps.Job(transform, plan, orientation, stored, alpha)


def _settle(
    picture: Picture,
    transform: Transform,
    orientation: Orientation,
    frame: int | None,
    alpha: bool,
    limits: Limits,
) -> tuple[pyvips.Image, steps.Job]:
    """
    Do first what decides the size of the source: a turn by any angle, and a trim, which has to see every pixel.

    What follows then works on an upright image of the size that is left.
    """
    whole = _plan(picture.facts.size, Transform(), limits)
    job = steps.Job(transform, whole, orientation, picture.facts.size, alpha)
    image = steps.orient(steps.to_srgb(picture.pixels(frame=frame), job), job)
    if transform.rotate % 90:
        image = steps.turn(image.copy_memory(), transform.rotate)
    if transform.trim is not None:
        image = image.copy_memory()
        rect = steps.find_trim(image, transform.trim)
        image = image.crop(rect.left, rect.top, rect.width, rect.height)
    size = Size(image.width, image.height)
    return image, steps.Job(transform, _plan(size, transform, limits), Orientation.NORMAL, size, alpha)


def _plan(source: Size, transform: Transform, limits: Limits) -> Plan:
    try:
        plan = geometry.plan(source, transform)
    except ValueError as error:
        raise NotApplicable(str(error), remedy="Ask info.json of the source for its size.") from error
    if max(plan.result.pixels, plan.resized.pixels) > limits.output_pixels and transform != Transform():
        raise TooManyPixels(
            f"Expected a result of at most {limits.output_pixels} pixels but {plan.result.width}x{plan.result.height} "
            f"has {plan.result.pixels}.",
            remedy="Ask for a smaller one, or raise limits.output_pixels.",
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
        self._began = self._last = time.perf_counter()
        self.stages: dict[str, float] = {}
        self.error: RenderTimeout | None = None

    def stage(self, name: str) -> None:
        now = time.perf_counter()
        self.stages[name] = now - self._last
        self._last = now

    def watch(self, image: pyvips.Image) -> pyvips.Image:
        def check(watched: pyvips.Image, progress: object) -> None:
            if time.perf_counter() - self._began > self._seconds and self.error is None:
                self.error = RenderTimeout(
                    f"Making the image took longer than {self._seconds:g} seconds.",
                    remedy="Ask for a smaller or simpler one, or raise limits.seconds.",
                )
                watched.set_kill(True)

        image.set_progress(True)
        image.signal_connect("eval", check)
        return image


