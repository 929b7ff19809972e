"""How large a result is at least, and what it is padded to."""

from firstsight.image.shapes import Size, nearest, scaled
from firstsight.records import astuple
from firstsight.transform import Fit, PadTo, Transform


def roomy(source: Size, transform: Transform, resized: Size, canvas: Size) -> tuple[Size, Size]:
    """
    Give the sizes with what a result has at least, and with what it is padded to.

    The box counts in as many pixels as the source has for it: what is not enlarged at 2x keeps the box at 1x. (The
    arithmetic of imgproxy's `min-width`, `extend` and `extend_aspect_ratio`.)
    """
    lengths, sides = astuple(source), (transform.width, transform.height)
    scales = [side / length for side, length in zip(sides, lengths, strict=True) if side]
    scale = (max if transform.fit in (Fit.COVER, Fit.CLIP, Fit.FILL) else min)(scales, default=1)
    padded = transform.pad_to is PadTo.BOX or transform.fit is Fit.CONTAIN
    ratio, spare = transform.dpr, 1 if padded else max(scale, 1)
    if not transform.enlarge:
        scale = min(scale, 1)
        ratio = min(ratio * spare, 1 / scale)
    if transform.pad_to is PadTo.BOX and transform.dpr < 1 and transform.fit in (Fit.INSIDE, Fit.CLIP):
        resized = scaled(source, scale * ratio)  # what lies in the box is the same whatever the ratio
        canvas = Size(
            *(min(nearest((side or most) * ratio), most) for side, most in zip(sides, astuple(resized), strict=True))
        )
    box = [side and nearest(side * ratio) for side in sides]
    least = max((transform.least_width or 0) / source.width, (transform.least_height or 0) / source.height)
    if least > scale:
        resized = scaled(source, least * ratio)
        if transform.fit is Fit.COVER and not transform.enlarge and all(box):  # in the proportions of its box
            excess = max(1, *(side / most for side, most in zip(box, astuple(resized), strict=True)))
            canvas = Size(*(nearest(side / excess) for side in box))
        elif transform.fit is not Fit.CONTAIN:
            canvas = Size(*(min(side or most, most) for side, most in zip(box, astuple(resized), strict=True)))
    across, down = (side or length for side, length in zip(box, astuple(canvas), strict=True))
    if transform.pad_to is PadTo.BOX:
        return resized, Size(max(canvas.width, across), max(canvas.height, down))
    if transform.pad_to is PadTo.RATIO:
        wide, high = across / canvas.width, down / canvas.height
        if high > wide:
            canvas = Size(canvas.width, nearest(canvas.width * down / across))
        elif wide > high:
            canvas = Size(nearest(canvas.height * across / down), canvas.height)
    return resized, canvas
