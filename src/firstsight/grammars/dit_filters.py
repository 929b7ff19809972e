"""
The path form of Dynamic Image Transformation: thumbor's words as sharp's edits.

| in the path                        | edit                                                             |
|------------------------------------|------------------------------------------------------------------|
| `s3:bucket/`                       | the bucket                                                       |
| `10x20:110x220/`                   | crop {left 10, top 20, width 100, height 200}                    |
| `fit-in/`                          | resize fit inside, enlarged unless no_upscale()                  |
| `400x0/`                           | resize width 400; 0 is automatic, and the fit then inside        |
| background_color, fill             | flatten; resize fit contain on that colour                       |
| blur(radius, sigma)                | blur by sigma, or half the radius                                |
| sharpen(amount, radius, luminance) | sharpen by 1 and half the radius                                 |
| rgb(r, g, b) in percent            | tint                                                             |
| proportion(p)                      | resize ratio                                                     |
| no_upscale, upscale, stretch       | resize withoutEnlargement, fit inside, fit fill                  |
| format, autojpg, quality           | toFormat, and the quality of that format                         |
| watermark(bucket, key, x, y, ...)  | overlayWith                                                      |
| equalize, smart_crop               | normalize, smartCrop                                             |
| grayscale, rotate, animated        | the same                                                         |
| strip_exif, strip_icc              | nothing: always so                                               |

Filters are taken in the order of the alphabet, as it does. It drops one that it does not know; here it is refused.
"""

import re
from collections.abc import Callable
from typing import Any
from urllib.parse import unquote

from firstsight.grammars.dialect import read_number
from firstsight.records import dataclass, field

Edits = dict[str, Any]


@dataclass(slots=True)
class Path:
    """What a path says: a bucket if it names one, a key, edits, and what was expected of the words that are wrong."""

    bucket: str
    key: str
    edits: Edits = field(default_factory=dict)
    refused: list[tuple[str, str]] = field(default_factory=list)


def split(path: str) -> Path:
    """Take the words of a decoded path out of it; what is left is the key."""
    found = Path("", "")
    rest = f"/{path}"
    if crop := re.search(r"/(\d{1,6})x(\d{1,6}):(\d{1,6})x(\d{1,6})(?=/)", rest, re.ASCII):
        left, top, right, bottom = map(int, crop.groups())
        found.edits["crop"] = {"left": left, "top": top, "width": right - left, "height": bottom - top}
        rest = rest.replace(crop[0], "", 1)
    if size := re.search(r"/(\d+)x(\d+)(?=/)", rest, re.ASCII):
        width, height = size[1].lstrip("0"), size[2].lstrip("0")
        found.edits["resize"] = {"width": width or None, "height": height or None}
        if not width or not height:
            found.edits["resize"]["fit"] = "inside"
        rest = rest.replace(size[0], "", 1)
    if re.search(r"/fit-in(?=/)", rest):
        found.edits.setdefault("resize", {})["fit"] = "inside"
        rest = rest.replace("/fit-in", "", 1)
    if filters := re.search(r"/filters:((?:[^/()]|\([^()]*\))+)(?=/)", rest):
        rest = rest.replace(filters[0], "", 1)
        extension = path.rpartition(".")[2].lower()
        for call in sorted(re.findall(r"[^:()]*\([^()]*\)|[^:]+", filters[1])):
            _take(call, extension, found)
    if bucket := re.match(r"/+s3:([^/]+)(?=/)", rest):
        found.bucket, rest = bucket[1], rest[bucket.end() :]
    found.key = rest.lstrip("/")
    return found


def _take(call: str, extension: str, found: Path) -> None:
    match = re.fullmatch(r"(\w+)\((.*)\)", call)
    act = FILTERS.get(match[1]) if match else None
    if match is None or act is None:
        found.refused.append((call, "a filter that is known here"))
        return
    expected = act(found.edits, unquote(match[2]), extension)
    if expected:
        found.refused.append((call, expected))


def _numbers(text: str) -> list[float | None]:
    return [read_number(part.strip(), -1e6, 1e6) for part in text.split(",")]


Act = Callable[[Edits, str, str], str | None]


def _edit(name: str, value: Any) -> Act:
    return lambda edits, text, extension: edits.update({name: value})


def _resize(**values: Any) -> Act:
    return lambda edits, text, extension: edits.setdefault("resize", {}).update(values)


def _nothing(edits: Edits, text: str, extension: str) -> None:
    return None


def _background(edits: Edits, text: str, extension: str) -> None:
    edits["flatten"] = {"background": text}


def _fill(edits: Edits, text: str, extension: str) -> None:
    edits.setdefault("resize", {}).update(fit="contain", background=text)


def _blur(edits: Edits, text: str, extension: str) -> str | None:
    radius, *sigma = _numbers(text)
    if sigma and sigma[0] is not None:
        edits["blur"] = sigma[0]
    elif radius is None:
        return "'blur' with a radius"
    else:
        edits["blur"] = radius / 2
    return None


def _sharpen(edits: Edits, text: str, extension: str) -> str | None:
    numbers = _numbers(text)
    radius = numbers[1] if len(numbers) > 1 else None
    if radius is None:
        return "'sharpen' with an amount and a radius"
    edits["sharpen"] = 1 + radius / 2
    return None


def _rgb(edits: Edits, text: str, extension: str) -> str | None:
    parts = [number for number in _numbers(text) if number is not None and 0 <= number <= 100]
    if len(parts) != 3:
        return "'rgb' with three percentages"
    edits["tint"] = dict(zip("rgb", (255 * part / 100 for part in parts), strict=True))
    return None


def _proportion(edits: Edits, text: str, extension: str) -> str | None:
    ratio = read_number(text, 0.0001, 100)
    if ratio is None:
        return "'proportion' with a number"
    resize = edits.setdefault("resize", {})
    if resize.get("width") and resize.get("height"):
        resize |= {side: float(resize[side]) * ratio for side in ("width", "height")}
    else:
        resize["ratio"] = ratio
    return None


def _stretch(edits: Edits, text: str, extension: str) -> None:
    resize = edits.setdefault("resize", {})
    if resize.get("fit") != "inside":
        resize["fit"] = "fill"


def _format(edits: Edits, text: str, extension: str) -> None:
    edits["toFormat"] = re.sub("[^0-9a-z]", "", text.lower()).replace("jpg", "jpeg")


def _quality(edits: Edits, text: str, extension: str) -> str | None:
    if read_number(text, 1, 100) is None:
        return "'quality' with a number from 1 to 100"
    edits["quality"] = text  # of whatever format the result has
    return None


def _rotate(edits: Edits, text: str, extension: str) -> None:
    edits["rotate"] = text or None


def _animated(edits: Edits, text: str, extension: str) -> None:
    edits["animated"] = text.lower() != "false"


def _watermark(edits: Edits, text: str, extension: str) -> None:
    names = ("bucket", "key", "left", "top", "alpha", "wRatio", "hRatio")
    given = dict(zip(names, (part.strip() for part in text.split(",")), strict=False))
    options = {name: given.pop(name) for name in ("left", "top") if name in given}
    edits["overlayWith"] = {**given, "options": options}


def _smart_crop(edits: Edits, text: str, extension: str) -> None:
    given = dict(zip(("faceIndex", "padding"), (part.strip() or None for part in text.split(",")), strict=False))
    edits["smartCrop"] = given if any(given.values()) else True


FILTERS: dict[str, Act] = {
    "watermark": _watermark,
    "autojpg": _edit("toFormat", "jpeg"),
    "background_color": _background,
    "blur": _blur,
    "equalize": _edit("normalize", True),
    "fill": _fill,
    "format": _format,
    "grayscale": _edit("grayscale", True),
    "no_upscale": _resize(withoutEnlargement=True),
    "proportion": _proportion,
    "quality": _quality,
    "rgb": _rgb,
    "rotate": _rotate,
    "sharpen": _sharpen,
    "stretch": _stretch,
    "strip_exif": _nothing,
    "strip_icc": _nothing,
    "upscale": _resize(fit="inside"),
    "animated": _animated,
    "smart_crop": _smart_crop,
}
