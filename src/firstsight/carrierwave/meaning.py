"""
What a processor of CarrierWave means, as a transform; and what two of them mean, one after the other.

| CarrierWave                        | here                                                                     |
|------------------------------------|--------------------------------------------------------------------------|
| `resize_to_fit`                    | inside, enlarge                                                          |
| `resize_to_limit`                  | inside                                                                   |
| `resize_to_fill`                   | cover, enlarge, its gravity as the anchor; with Vips always the centre   |
| `resize_and_pad`                   | contain, enlarge, its background and gravity; MiniMagick of CarrierWave  |
|                                    | 1.x does not enlarge                                                     |
| `crop`                             | crop, where it comes first                                               |
| `resize_to_geometry_string`        | by its last sign: none inside and enlarge, > inside, ^ outside, ! fill   |
| `convert`                          | format                                                                   |
| a method `quality` of the app      | quality                                                                  |
| methods that orient or strip       | nothing: that is always done here                                        |

Read from the code of CarrierWave 1.3.2, 2.2.6 and 3.1.2. Where nothing says otherwise ImageMagick writes a JPEG in the
quality of its source, which cameras choose near 95, or 92 where that has none; libvips writes 75. From 2.x on
CarrierWave has MiniMagick and Vips resize by the gem image_processing, which sharpened what it resized: with MiniMagick
before 1.11, with Vips before 2.0 (its CHANGELOG).
"""

import dataclasses
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from firstsight import tokens
from firstsight.carrierwave.reading import Processor
from firstsight.errors import BadToken
from firstsight.transform import DECIMALS, MAX_SIDE, RANGES, Anchor, Colour, Crop, Fit, Format, Transform

#: What an engine writes where nobody says how: the quality by format, and for every other.
QUALITIES = {"Vips": {}, "MiniMagick": {Format.WEBP: 75}, "RMagick": {Format.WEBP: 75}}
USUAL_QUALITY = {"Vips": 75, "MiniMagick": 95, "RMagick": 95}
#: What image_processing sharpened by, as the sigma here that comes nearest to it, and its first release that does not:
#: (-1 -1 -1, -1 32 -1, -1 -1 -1) / 24 with Vips, ImageMagick's 0x1 with MiniMagick.
SHARPENED = {"Vips": (0.5, (2, 0)), "MiniMagick": (0.8, (1, 11))}
#: Where the release is not known: between the two.
USUAL_RELEASE = (1, 14)


class NotTaken(Exception):
    """A processor has no meaning here; the text says why, as the end of a sentence."""


@dataclass(frozen=True, slots=True)
class Engine:
    """
    What makes versions: MiniMagick, RMagick or Vips, under a release of CarrierWave, of which `major` is the first
    number.

    `image_processing` is the release of that gem, by its first two numbers.
    """

    name: str
    major: int
    image_processing: tuple[int, int] = USUAL_RELEASE


Reader = Callable[[Engine, tuple[Any, ...]], Transform]


def meaning(processor: Processor, engine: Engine) -> Transform:
    """Give the transform that one processor is. Raises NotTaken."""
    if processor.condition:
        raise NotTaken(f"'{processor.method}' is done under a condition ({processor.condition})")
    if code := next(filter(None, map(_code, processor.arguments)), ""):
        raise NotTaken(f"'{processor.method}' gets its size from code ({code})")
    if any(isinstance(argument, dict) and argument for argument in processor.arguments):
        raise NotTaken(f"'{processor.method}' has options for {engine.name or 'its engine'}")
    read = (OWN if processor.defined else STANDARD).get(processor.method)
    if read is None:
        where = f" ({processor.defined})" if processor.defined else ""
        raise NotTaken(f"'{processor.method}' is a method of your own{where}")
    arguments = tuple(argument for argument in processor.arguments if argument != {})
    try:
        return read(engine, arguments)
    except (ValueError, TypeError, IndexError) as error:
        shown = ", ".join(map(repr, arguments))
        raise NotTaken(f"'{processor.method}' has arguments that are not understood ({shown})") from error


def then(first: Transform, second: Transform) -> Transform:
    """
    Give the one transform that does the first and then the second, for a source of any size.

    Raises NotTaken where no single one does.
    """
    format = second.format if second.format is not Format.AUTO else first.format
    quality = second.quality or first.quality
    if not _resizes(second):
        if second.crop is not None and (_resizes(first) or first.crop is not None):
            raise NotTaken("it crops what has been resized or cropped before")
        return dataclasses.replace(first, crop=second.crop or first.crop, format=format, quality=quality)
    if second.crop is not None and first != Transform(format=first.format, quality=first.quality):
        raise NotTaken("it crops what has been resized or cropped before")
    resized = _both(first, second) if _resizes(first) else dataclasses.replace(second, crop=second.crop or first.crop)
    return dataclasses.replace(resized, format=format, quality=quality)


def finished(transform: Transform, engine: Engine) -> Transform:
    """
    Add what the engine does by itself: its default quality, and the sharpening of what it has resized.

    No engine decodes a JPEG at a reduced size close to the result's, so the result is `fine`.
    """
    usual = USUAL_QUALITY.get(engine.name, 95)
    quality = transform.quality or QUALITIES.get(engine.name, {}).get(transform.format, usual)
    sigma, without = SHARPENED.get(engine.name, (0, (0, 0)))
    sharpens = engine.major > 1 and engine.image_processing < without and _resizes(transform)
    sharpen = sigma if sharpens else 0
    return dataclasses.replace(transform, quality=quality, sharpen=sharpen, fine=True)


def _both(first: Transform, second: Transform) -> Transform:
    before, after = _fit(first), _fit(second)
    if before is Fit.INSIDE and after is Fit.INSIDE:
        if second.enlarge:
            return dataclasses.replace(second, crop=first.crop)
        least = _least(first.width, second.width), _least(first.height, second.height)
        return dataclasses.replace(first, width=least[0], height=least[1], fit=Fit.INSIDE)
    if before is Fit.INSIDE and (second.enlarge or _holds(first, second)):
        return dataclasses.replace(second, crop=first.crop, enlarge=second.enlarge or first.enlarge)
    exact = before in (Fit.COVER, Fit.CONTAIN, Fit.FILL) and first.enlarge
    if exact and first.width and first.height:
        if after is Fit.INSIDE:
            width, height = _inside(first.width, first.height, second)
            return _smaller(first, width, height)
        if second.width and second.height and first.width * second.height == second.width * first.height:
            return _smaller(first, second.width, second.height)
    raise NotTaken("it resizes twice, in a way that is not the same as resizing once")


def _smaller(first: Transform, width: int, height: int) -> Transform:
    """
    Give the transform that makes the result of `first`, whose size is known, and scales it to this smaller size.

    Where it can, it does so by a smaller dpr, which keeps the crop of `first` to a fraction of a pixel.
    """
    if first.fit is Fit.COVER and first.width and first.height:
        ratio = round(width / first.width, DECIMALS)
        made = int(first.width * ratio + 0.5), int(first.height * ratio + 0.5)
        if RANGES["dpr"][0] <= ratio < 1 and made == (width, height):
            return dataclasses.replace(first, dpr=ratio)
    if max(width, height) > MAX_SIDE:
        raise NotTaken(f"it makes an image of {width}x{height}, and no side may be over {MAX_SIDE}")
    return dataclasses.replace(first, width=width, height=height)


def _resizes(transform: Transform) -> bool:
    return transform.width is not None or transform.height is not None


def _fit(transform: Transform) -> Fit:
    return transform.fit if transform.width and transform.height else Fit.INSIDE


def _holds(first: Transform, second: Transform) -> bool:
    """Whether what fills the first box is never smaller than the second."""
    return all(
        outer is None or (inner is not None and outer >= inner)
        for outer, inner in ((first.width, second.width), (first.height, second.height))
    )


def _least(*sides: int | None) -> int | None:
    return min((side for side in sides if side is not None), default=None)


def _inside(width: int, height: int, box: Transform) -> tuple[int, int]:
    """Give the size of an image of this size that is brought inside a box, as ImageMagick and libvips round it."""
    scale = min(side / own for side, own in ((box.width, width), (box.height, height)) if side is not None)
    scale = scale if box.enlarge else min(scale, 1)
    return max(1, int(width * scale + 0.5)), max(1, int(height * scale + 0.5))


def _box(arguments: tuple[Any, ...], **more: Any) -> Transform:
    width, height = (None if side in (None, 0) else _whole(side) for side in arguments[:2])
    if width is None and height is None:
        raise ValueError("no side")
    return Transform(width=width, height=height, **more)


def _whole(side: Any) -> int:
    if isinstance(side, bool) or int(side) != float(side):
        raise ValueError(side)
    return int(side)


def _fill(engine: Engine, arguments: tuple[Any, ...]) -> Transform:
    anchor = Anchor.CENTER if engine.name == "Vips" else _anchor(arguments[2:3])
    return _box(arguments, fit=Fit.COVER, enlarge=True, anchor=anchor)


def _pad(engine: Engine, arguments: tuple[Any, ...]) -> Transform:
    enlarge = not (engine.name == "MiniMagick" and engine.major == 1)
    background = _colour(arguments[2]) if len(arguments) > 2 else None
    return _box(arguments, fit=Fit.CONTAIN, enlarge=enlarge, background=background, anchor=_anchor(arguments[3:4]))


def _crop(engine: Engine, arguments: tuple[Any, ...]) -> Transform:
    left, top, width, height = map(_whole, arguments)
    return Transform(crop=Crop(left, top, width, height))


def _geometry(engine: Engine, arguments: tuple[Any, ...]) -> Transform:
    match = re.fullmatch(r"(\d+)?(?:x(\d+)?)?([>^!]?)", arguments[0])
    if match is None:
        raise ValueError(arguments[0])
    width, height, sign = match.groups()
    fit = {"^": Fit.OUTSIDE, "!": Fit.FILL}.get(sign, Fit.INSIDE)
    return _box((width, height), fit=fit, enlarge=sign != ">")


def _convert(engine: Engine, arguments: tuple[Any, ...]) -> Transform:
    try:
        format = tokens.read_format(str(arguments[0]).lower().removeprefix("."))
    except BadToken as error:
        raise NotTaken(f"it writes {str(arguments[0]).upper()}, which is not written here") from error
    return Transform(format=format)


def _quality(engine: Engine, arguments: tuple[Any, ...]) -> Transform:
    return Transform(quality=_whole(arguments[0]))


def _nothing(engine: Engine, arguments: tuple[Any, ...]) -> Transform:
    return Transform()


#: CarrierWave's own processors.
STANDARD: dict[str, Reader] = {
    "resize_to_fit": lambda engine, arguments: _box(arguments, fit=Fit.INSIDE, enlarge=True),
    "resize_to_limit": lambda engine, arguments: _box(arguments, fit=Fit.INSIDE),
    "resize_to_fill": _fill,
    "resize_and_pad": _pad,
    "resize_to_geometry_string": _geometry,
    "crop": _crop,
    "convert": _convert,
}
#: Methods that many applications define, under names that say what they do.
OWN: dict[str, Reader] = {"quality": _quality} | dict.fromkeys(
    (
        "auto_orient",
        "autoorient",
        "auto_orientation",
        "fix_exif_rotation",
        "fix_orientation",
        "fix_rotation",
        "remove_exif",
        "remove_metadata",
        "strip",
        "strip_exif",
        "strip_metadata",
    ),
    _nothing,
)

_TRANSPARENT = ("transparent", "none", "rgba(255,255,255,0)", "rgba(255,255,255,0.0)")
_NAMED = {"white": "ffffff", "black": "000000", "red": "ff0000", "blue": "0000ff", "gray": "808080", "grey": "808080"}


def _colour(value: Any) -> Colour | None:
    if isinstance(value, list):
        return Colour(*(_whole(part) for part in value))
    text = str(value or "transparent").lower().replace(" ", "")
    if text in _TRANSPARENT:
        return None
    digits = _NAMED.get(text, text.removeprefix("#"))
    if len(digits) in (3, 4):
        digits = "".join(digit * 2 for digit in digits)
    if not re.fullmatch("(?:[0-9a-f]{2}){3,4}", digits):
        raise ValueError(text)
    return Colour(*bytes.fromhex(digits))


def _anchor(given: tuple[Any, ...]) -> Anchor:
    """Read a gravity: "NorthWest", "north-west", :north_west, "CenterGravity" of RMagick."""
    words = "".join(str(word) for word in given if word).lower()
    name = re.sub("[^a-z]", "", words).removesuffix("gravity").replace("centre", "center")
    return Anchor(name) if name else Anchor.CENTER


def _code(argument: Any) -> str:
    return str(argument["proc"]) if isinstance(argument, dict) and "proc" in argument else ""
