"""
The stages of the pixel pipeline, one function each, in the order of STEPS.

A step takes an image and the job and gives an image: a guard, then the act. Its arithmetic is geometry's. Images have
8 bits from `to_srgb` on, in sRGB or, where the result needs no colour, in one band of gray; alpha, not premultiplied,
is one band more.
"""

from collections.abc import Callable

import pyvips

from firstsight.image import smart, smooth
from firstsight.image.geometry import Orientation, Plan, Rect, Size, nearest
from firstsight.image.profiles import is_srgb
from firstsight.records import astuple, dataclass
from firstsight.transform import MAX_SIDE, Anchor, Backdrop, Colour, Format, Transform

WHITE = Colour(255, 255, 255)
CLEAR = Colour(255, 255, 255, 0)
#: The formats with alpha whose encoders lose something of the colours.
LOSSY = (Format.WEBP, Format.AVIF)


@dataclass(slots=True)
class Job:
    """What a step may look at. All frames of an animation share one job."""

    transform: Transform
    plan: Plan
    orientation: Orientation
    #: The size of the source as stored; the image that comes in may have been shrunk on load.
    stored: Size
    #: Whether what is encoded may have alpha.
    alpha: bool
    #: Whether one band of gray is enough for the result; what is gray by then has just that.
    gray: bool = False
    #: Whether the pixels stay in the space of their own profile, which the result will carry.
    own_space: bool = False
    #: What `smart` found in the first frame.
    window: tuple[int, int] | None = None
    #: The lightness in Lab, in percent, that `normalize` makes black and white, and the mean colour of a border.
    levels: tuple[float, float] | None = None
    border: list[int] | None = None
    #: The watermark as it is laid over the result: sized, with its opacity.
    mark: pyvips.Image | None = None


def extract(image: pyvips.Image, job: Job) -> pyvips.Image:
    """Cut the crop out, in the image as it is stored."""
    if job.plan.crop.size == (job.stored.swapped if job.orientation.swaps else job.stored):
        return image
    rect = job.orientation.place(job.plan.crop, job.stored)
    across, down = image.width / job.stored.width, image.height / job.stored.height
    left, top = int(rect.left * across), int(rect.top * down)
    width = min(image.width - left, max(1, round(rect.width * across)))
    height = min(image.height - top, max(1, round(rect.height * down)))
    return image.crop(left, top, width, height)


def resize(image: pyvips.Image, job: Job) -> pyvips.Image:
    """
    Resize, with the colours weighted by their alpha.

    A resize of whole numbers takes a third of the time, and colours that are told apart less where the alpha is low
    pack better without loss. An encoder with loss spends a tenth of its bytes on the steps between them, which nobody
    sees, so it gets the colours as they are.
    """
    target = job.plan.resized.swapped if job.orientation.swaps else job.plan.resized
    here = Size(image.width, image.height)
    if here == target:
        return image
    if not image.hasalpha():
        return _to(image, here, target)
    weighted = image.premultiply()
    if not (job.alpha and job.transform.format in LOSSY and not job.transform.lossless):
        weighted = whole(weighted, image.format)
    return whole(_to(weighted, here, target).unpremultiply(), image.format)


def _to(image: pyvips.Image, here: Size, target: Size) -> pyvips.Image:
    """
    Make smaller with Lanczos' kernel, then larger with Catmull and Rom's.

    libvips' own enlarging lays the first pixels' centres upon each other, not their corners, which moves the picture by
    up to half a pixel of the source.
    """
    smaller = Size(min(here.width, target.width), min(here.height, target.height))
    if smaller != here:
        image = image.resize(smaller.width / here.width, vscale=smaller.height / here.height, kernel="lanczos3")
    if smaller == target:
        return image
    across, down = target.width / smaller.width, target.height / smaller.height
    centres = {"idx": 0.5 - 0.5 / across, "idy": 0.5 - 0.5 / down}
    area = {"oarea": [0, 0, target.width, target.height], "extend": "copy"}
    bicubic = pyvips.Interpolate.new("bicubic")
    return image.affine([across, 0, 0, down], interpolate=bicubic, premultiplied=True, **centres, **area)


def to_srgb(image: pyvips.Image, job: Job) -> pyvips.Image:
    """Convert to sRGB by the embedded profile, CMYK without one by libvips' own; gray stays gray where it may."""
    seen = image.interpretation
    gray = seen in ("b-w", "grey16") and job.gray
    cmyk = seen == "cmyk"
    profile = image.get("icc-profile-data") if image.get_typeof("icc-profile-data") else None
    if cmyk or not (job.own_space or profile is None or is_srgb(profile)):
        fallback = {"input_profile": "cmyk"} if cmyk else {}
        try:
            image = image.icc_transform("srgb", embedded=True, intent="relative", depth=8, **fallback)
        except pyvips.Error:  # a profile that does not fit the pixels: they are taken as what they claim to be
            image = image.colourspace("srgb")
    space = "b-w" if gray else "srgb"
    if gray and image.bands > 2:  # the profile made it three equal bands
        image = image.extract_band(1).bandjoin(image.extract_band(3)) if image.hasalpha() else image.extract_band(1)
        image = image.copy(interpretation="b-w")
    image = image.colourspace(space) if image.interpretation != space else image
    return image.cast("uchar") if image.format != "uchar" else image


def orient(image: pyvips.Image, job: Job) -> pyvips.Image:
    """Bring the image upright, mirrored and turned as asked."""
    flop, turns = job.orientation.parts
    if not flop and not turns:
        return image
    image = image.copy_memory()  # it was read from top to bottom, and turning needs it in any order
    image = image.fliphor() if flop else image
    return image.rot(f"d{turns * 90}") if turns else image


def cover(image: pyvips.Image, job: Job) -> pyvips.Image:
    """Crop to the box what is over on either side."""
    canvas = job.plan.canvas
    left, top = job.plan.offset
    here = Size(image.width, image.height)
    width, height = min(here.width, canvas.width), min(here.height, canvas.height)
    if Size(width, height) == here:
        return image
    if job.plan.smart:
        image = image.copy_memory()
        job.window = job.window or smart.window(image, width, height)
        left, top = job.window
        return image.crop(left, top, width, height)
    return image.crop(max(0, -left), max(0, -top), width, height)


def normalize(image: pyvips.Image, job: Job) -> pyvips.Image:
    """Spread the lightness in CIE Lab, but for the hundredths at its ends, over all there is (as sharp does)."""
    if not job.transform.normalize:
        return image
    image = image.copy_memory()
    seen, alpha = parts(image)
    lab = seen.colourspace("lab")
    light = lab.extract_band(0)
    if job.levels is None:
        fine = light.linear(655.35, 0).cast("ushort")  # a histogram of whole percents would be off by one of them
        job.levels = (fine.percent(1) / 655.35, fine.percent(99) / 655.35)
    dark, bright = job.levels
    if bright - dark <= 1:  # of one colour
        return image
    gain = 100 / (bright - dark)
    spread = light.linear(gain, -dark * gain).bandjoin(lab.extract_band(1, n=2)).copy(interpretation="lab")
    return joined(spread.colourspace("b-w" if seen.bands == 1 else "srgb"), alpha)


def contain(image: pyvips.Image, job: Job) -> pyvips.Image:
    """Place a smaller image on the canvas."""
    canvas = job.plan.canvas
    if (image.width, image.height) == (canvas.width, canvas.height):
        return image
    left, top = job.plan.offset
    return _embed(image, job, Rect(max(0, left), max(0, top), canvas.width, canvas.height))


def background(image: pyvips.Image, job: Job) -> pyvips.Image:
    """Put the background colour behind what is transparent."""
    colour = job.transform.background
    if colour is None or not image.hasalpha():
        return image
    if colour.alpha == 255:
        return image.flatten(background=shade(colour, image))
    behind = image.new_from_image(list(astuple(colour))).copy(interpretation="srgb")
    return behind.composite2(image, "over").cast("uchar")


def colours(image: pyvips.Image, job: Job) -> pyvips.Image:
    """
    Change brightness, contrast and saturation.

    By the formulas of the CSS filters of the same names (Filter Effects Module Level 1, section 9).
    """
    t = job.transform
    saturation = 0 if t.grayscale else t.saturation / 100
    seen, alpha = parts(image)
    if seen.bands == 1:
        saturation = 1
    if (t.brightness, t.contrast, saturation) == (100, 100, 1):
        return image
    gain = t.brightness / 100 * t.contrast / 100
    if gain != 1 or t.contrast != 100:
        seen = seen.linear(gain, 127.5 * (1 - t.contrast / 100))
    if saturation == 0 and job.gray:
        seen = seen.recomb([list(LUMINANCE)])
    elif saturation != 1:
        seen = seen.recomb(
            [
                [weight * (1 - saturation) + (saturation if i == j else 0) for j, weight in enumerate(LUMINANCE)]
                for i in range(3)
            ]
        )
    return joined(whole(seen), alpha)


#: The weights of red, green and blue in CSS's `saturate` and `grayscale`.
LUMINANCE = (0.2126, 0.7152, 0.0722)


def blur(image: pyvips.Image, job: Job) -> pyvips.Image:
    """Blur, with the colours weighted by their alpha."""
    sigma = job.transform.blur * job.transform.dpr
    if not sigma:
        return image
    if not image.hasalpha():
        return smooth.blurred(image, sigma)
    return whole(image.premultiply().gaussblur(sigma).unpremultiply())


def sharpen(image: pyvips.Image, job: Job) -> pyvips.Image:
    """Sharpen the lightness."""
    if not job.transform.sharpen:
        return image
    return image.sharpen(sigma=max(0.1, job.transform.sharpen))


def tint(image: pyvips.Image, job: Job) -> pyvips.Image:
    """Keep the lightness and take the hue and chroma of a colour (in CIE Lab, as sharp's `tint` does)."""
    colour = job.transform.tint
    if colour is None:
        return image
    seen, alpha = parts(image)
    lab = pyvips.Image.black(1, 1, bands=3).linear(1, [colour.red, colour.green, colour.blue]).cast("uchar")
    _, a, b = lab.copy(interpretation="srgb").colourspace("lab")(0, 0)
    light = seen.colourspace("lab").extract_band(0)
    tinted = light.bandjoin([a, b]).copy(interpretation="lab").colourspace("srgb")
    return joined(tinted, alpha)


def pixelate(image: pyvips.Image, job: Job) -> pyvips.Image:
    """Give all pixels of a square the mean of their colours, weighted by their alpha."""
    side = nearest(job.transform.pixelate * job.transform.dpr) if job.transform.pixelate else 1
    return image if side == 1 else smooth.pixelated(image, side)


def corners(image: pyvips.Image, job: Job) -> pyvips.Image:
    """Make the corners transparent outside a quarter circle, with smooth edges."""
    if not job.transform.round:
        return image
    half = min(image.width, image.height) / 2
    radius = half if job.transform.round == MAX_SIDE else min(half, job.transform.round * job.transform.dpr)
    # from half a pixel before the first pixel's centre to half a pixel after the last one's
    box = {"a": [-0.5, -0.5], "b": [image.width - 0.5, image.height - 0.5], "corners": [radius] * 4}
    distance = pyvips.Image.sdf(image.width, image.height, "rounded-box", **box)
    mask = ((0.5 - distance) * 255).cast("uchar")
    colour = job.transform.background
    if colour is not None and colour.alpha < 255:  # it is behind what is transparent already
        image = (image if image.hasalpha() else image.addalpha()).premultiply()
        behind = image.new_from_image(list(astuple(colour))).copy(interpretation="srgb").premultiply()
        mixed = behind + (image - behind) * (mask / 255)
        return whole(mixed.copy(interpretation="srgb").unpremultiply())
    seen, alpha = parts(image)
    return background(joined(seen, mask if alpha is None else whole(alpha * mask / 255)), job)


def pad(image: pyvips.Image, job: Job) -> pyvips.Image:
    """Add the border."""
    if job.plan.result == job.plan.canvas:
        return image
    sides = job.plan.pad
    return _embed(image, job, Rect(sides.left, sides.top, job.plan.result.width, job.plan.result.height))


def flatten(image: pyvips.Image, job: Job) -> pyvips.Image:
    """Put white, or the background colour, behind what is transparent where the format has no alpha."""
    if job.alpha or not image.hasalpha():
        return image
    colour = job.transform.background or WHITE
    return image.flatten(background=shade(colour, image))


def mark(image: pyvips.Image, job: Job) -> pyvips.Image:
    """Lay the watermark over it, at its place or in tiles. What does not fit is cut off."""
    over, how = job.mark, job.transform.mark
    if over is None or how is None:
        return image
    x, y = (round(n * job.transform.dpr) for n in (how.x, how.y))
    if how.place is not None:
        return _lay(image, over, how.place, x, y)
    tile = over.embed(0, 0, over.width + max(0, x), over.height + max(0, y))
    across, down = -(-image.width // tile.width), -(-image.height // tile.height)
    return _lay(image, tile.replicate(across, down).crop(0, 0, image.width, image.height), Anchor.NORTHWEST, 0, 0)


def label(image: pyvips.Image, job: Job) -> pyvips.Image:
    """Write a line of text over it. What does not fit is cut off."""
    how, dpr = job.transform.label, job.transform.dpr
    if how is None:
        return image
    from firstsight.image.lettering import letters  # only here: few pictures are written on

    return _lay(image, letters(how, dpr), how.place, round(how.x * dpr), round(how.y * dpr))


Step = Callable[[pyvips.Image, Job], pyvips.Image]

#: The order of the pipeline. Pixels are made fewer first; colours are right before any is added.
STEPS: tuple[Step, ...] = (
    extract,
    resize,
    to_srgb,
    orient,
    cover,
    background,
    normalize,
    contain,
    colours,
    tint,
    blur,
    sharpen,
    pixelate,
    corners,
    pad,
    flatten,
    mark,
    label,
)


def _lay(image: pyvips.Image, over: pyvips.Image, place: Anchor, x: int, y: int) -> pyvips.Image:
    """Lay an image with alpha over another, at a place and from there inwards."""
    across, down = place.focus
    left = (image.width - over.width) * across + (-x if across == 1 else x)
    top = (image.height - over.height) * down + (-y if down == 1 else y)
    laid = image.composite2(over, "over", x=int(left), y=int(top))
    return whole(laid if image.hasalpha() else laid.extract_band(0, n=3)).copy(interpretation="srgb")


#: The sigma of a blurred border in pixels, and by how much the picture is made smaller before it is blurred.
BORDER_BLUR, BORDER_SHRINK = 50, 8


def _embed(image: pyvips.Image, job: Job, place: Rect) -> pyvips.Image:
    backdrop = job.transform.backdrop
    if backdrop is not None:
        image = image.copy_memory()
    if backdrop is Backdrop.BLUR:
        return _blurred(image, job, place).insert(image, place.left, place.top)
    colour = job.transform.background or (CLEAR if job.alpha else WHITE)
    if backdrop is Backdrop.MEAN:
        seen = image.flatten(background=shade(WHITE, image)) if image.hasalpha() else image
        job.border = job.border or [round(band.avg()) for band in seen.bandsplit()]
        behind = [*job.border, 255][: image.bands]
        return image.embed(place.left, place.top, place.width, place.height, extend="background", background=behind)
    if colour.alpha < 255 and not image.hasalpha():
        image = image.addalpha()
    behind = [*shade(colour, image), colour.alpha][: image.bands]
    return image.embed(place.left, place.top, place.width, place.height, extend="background", background=behind)


def _blurred(image: pyvips.Image, job: Job, place: Rect) -> pyvips.Image:
    """Give the picture stretched to a canvas and blurred: what is far blurred may be made of few pixels."""
    small = [max(1, side // BORDER_SHRINK) for side in (place.width, place.height)]
    seen = image.flatten(background=shade(WHITE, image)) if image.hasalpha() else image
    fewer = seen.resize(small[0] / image.width, vscale=small[1] / image.height)
    fewer = smooth.blurred(fewer, BORDER_BLUR * job.transform.dpr / BORDER_SHRINK)
    behind = fewer.resize(place.width / fewer.width, vscale=place.height / fewer.height, kernel="linear")
    behind = behind.embed(0, 0, place.width, place.height, extend="copy")  # a side may be a pixel short
    return joined(behind, behind.extract_band(0).linear(0, 255).cast("uchar") if image.hasalpha() else None)


def shade(colour: Colour, image: pyvips.Image) -> list[int]:
    """Give a colour without its alpha, in as many bands as the image has."""
    return [colour.red, colour.green, colour.blue][: 1 if image.bands < 3 else 3]


def parts(image: pyvips.Image) -> tuple[pyvips.Image, pyvips.Image | None]:
    """Take what is seen and the alpha apart."""
    if not image.hasalpha():
        return image, None
    return image.extract_band(0, n=image.bands - 1), image.extract_band(image.bands - 1)


def joined(seen: pyvips.Image, alpha: pyvips.Image | None) -> pyvips.Image:
    """Put back together what `parts` took apart."""
    whole = seen if alpha is None else seen.bandjoin(alpha)
    return whole.copy(interpretation="b-w" if seen.bands == 1 else "srgb")


def whole(image: pyvips.Image, format: str = "uchar") -> pyvips.Image:
    """Round to whole numbers; a cast alone would cut off."""
    return image.rint().cast(format)
