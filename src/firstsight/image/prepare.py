"""Before the steps: what to decode, and the job that says what becomes of it."""

import pyvips

from firstsight.errors import NotApplicable, TooManyPixels
from firstsight.image import geometry, settle, steps
from firstsight.image.formats import OutputFormat
from firstsight.image.geometry import Orientation, Plan, Size
from firstsight.image.memory import check_memory, estimate
from firstsight.image.picture import Picture
from firstsight.records import replace
from firstsight.settings import Limits
from firstsight.transform import Colour, Transform

#: The longest side that a vector image is drawn at.
LONGEST = 100_000


def prepare(
    picture: Picture, transform: Transform, *, moving: bool, row: OutputFormat, limits: Limits, metadata: str
) -> tuple[pyvips.Image, steps.Job]:
    """Decode as little as the plan needs, and give the image with the job that the steps share."""
    facts = picture.facts
    orientation = geometry.orientation(facts.orientation, transform)
    frame = None if moving else transform.frame or 1
    gray = (facts.gray or transform.grayscale or transform.saturation == 0) and _is_gray(transform.background)
    gray = gray and transform.tint is None and transform.mark is None and transform.label is None
    own_space = metadata == "profile" and row.metadata and picture.converted and (gray or not facts.gray)
    settled = transform.trim is not None or transform.rotate % 90 != 0
    if settled and moving:
        raise NotApplicable(
            "Expected a single frame for trim or for an angle that is not a right one, but the source moves.",
            remedy="Add 'still' to the spec.",
        )
    if settled:
        whole = geometry.whole(facts.size, facts.size)
        job = steps.Job(transform, whole, orientation, facts.size, row.alpha, gray, own_space)
        return _settle(picture, transform, job, frame, row, limits)
    plan = planned(oriented(facts.size, orientation), transform, limits, row)
    frames = facts.frames if moving else 1
    check_memory(estimate(facts, plan, row.format, frames=frames, held=False), limits)
    near = oriented(plan.crop.size, orientation), oriented(plan.resized, orientation)
    cut = plan.crop.size != oriented(facts.size, orientation)
    scale = loaded_scale(picture, *near, spare=(8 if cut else 2) if transform.fine else 1)
    job = steps.Job(transform, plan, orientation, facts.size, row.alpha, gray, own_space)
    return picture.pixels(scale=scale, frame=frame, every_frame=moving), job


def _settle(
    picture: Picture, transform: Transform, job: steps.Job, frame: int | None, row: OutputFormat, limits: Limits
) -> tuple[pyvips.Image, steps.Job]:
    """
    Do first what decides the size of the source: a turn by any angle, and a trim, which has to see every pixel.

    What follows then works on an upright image of the size that is left. Without a trim that size is known before, and
    the image is made smaller before it is turned.
    """
    whole = geometry.whole(picture.facts.size, picture.facts.size)
    check_memory(estimate(picture.facts, whole, row.format, frames=1, held=True), limits)
    turns, seen = transform.rotate % 90 != 0, oriented(picture.facts.size, job.orientation)
    size = geometry.turned(seen, transform.rotate) if turns else seen
    scale, near = 1.0, size
    if transform.trim is None:  # else the limits are looked at when the size is known
        plan = planned(size, transform, limits, row)
        most = LONGEST / max(size.width, size.height) if picture.loader.vector else 1
        near = geometry.reduced(size, plan.crop.size, plan.resized, most)
        scale = near.width / size.width
    smaller = geometry.scaled(seen, scale)
    image = picture.pixels(scale=loaded_scale(picture, seen, smaller, spare=2 if transform.fine else 1), frame=frame)
    picture.reader.forget()  # what is turned or trimmed is not given as it came
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
    plan = planned(size, transform, limits, row)
    return image, replace(job, plan=plan, orientation=Orientation.NORMAL, stored=size)


def oriented(size: Size, orientation: Orientation) -> Size:
    """Give the size that a stored image has when it is upright, or the other way round."""
    return size.swapped if orientation.swaps else size


def loaded_scale(picture: Picture, crop: Size, resized: Size, *, spare: float = 1) -> float:
    """
    Choose what the loader makes of it: a picture not much larger than needed, or of just the size when it draws.

    `spare` is how many times the width and height that are needed it leaves at least; what is fine needs more than one,
    and more again where the borders of a crop fall between its pixels.
    """
    if picture.loader.vector:
        return geometry.drawn(picture.facts.size, crop, resized, LONGEST)
    return 1 / geometry.shrink(crop, resized, picture.loader.shrinks, spare=spare)


def _is_gray(colour: Colour | None) -> bool:
    return colour is None or (colour.red == colour.green == colour.blue and colour.alpha == 255)


def planned(source: Size, transform: Transform, limits: Limits, row: OutputFormat) -> Plan:
    """Plan a result within the limits. Raises NotApplicable and TooManyPixels."""
    try:
        plan = geometry.plan(source, transform)
    except ValueError as error:
        raise NotApplicable(str(error)) from error
    result = plan.result
    largest = max(result, plan.resized, key=lambda size: size.pixels)
    if largest.pixels > limits.output_pixels:
        what = "a result" if largest is result else "an image, before it is cropped,"
        raise TooManyPixels(
            f"Expected {what} of at most {limits.output_pixels} pixels but {largest.width}x{largest.height} "
            f"has {largest.pixels}.",
            remedy="Ask for a smaller one, or raise limits.output_pixels.",
        )
    if max(result.width, result.height) > row.longest:
        raise TooManyPixels(
            f"Expected no side over {row.longest} pixels, which is all that {row.format.value} can hold, "
            f"but got {result.width}x{result.height}.",
            remedy="Ask for a smaller one, or for another format.",
        )
    return plan
