"""
Thumbor: `/(unsafe|<signature>)/<words>/filters:<filter>(<arguments>):.../<image>`, with what imagor adds.

| in the path                     | here                                                                       |
|---------------------------------|----------------------------------------------------------------------------|
| `300x200`                       | that box, fit cover, enlarged where needed                                 |
| `300x`, `0x200`, `x200`         | one side, the other by the proportions, enlarged where needed              |
| `origxorig`                     | no box                                                                     |
| `-300x-200`                     | the box, mirrored left to right, and top to bottom                         |
| `fit-in/`                       | fit inside, not enlarged (imagor: enlarged)                                |
| `full-fit-in/`                  | fit outside, enlarged where needed                                         |
| `adaptive-fit-in/`              | the same with `adaptive`                                                   |
| `stretch/` (imagor)             | fit fill                                                                   |
| `10x20:30x40/` before the size  | crop from the pixel 10,20 to the pixel 30,40; below 1 (imagor) fractions   |
| `10x20:30x40/` after the size   | padding (imagor): left and top, right and bottom                           |
| `left`, `right`, `top`, `bottom`| anchor: west, east, north, south, and what two of them make                |
| `smart`                         | anchor smart                                                               |
| `trim`, `trim:top-left:40`      | trim0, trim40                                                              |
| nothing about orientation       | unoriented, unless the settings or imagor say otherwise                    |
| `attachment(name)` (imagor)     | to be saved under that name, with the ending of what it is                 |
| `expire(milliseconds)` (imagor) | until when the URL is valid                                                |
| `raw()` (imagor)                | the source, byte for byte                                                  |
| `orient(90)` (imagor)           | rotate; it comes first there too                                           |
| other filters                   | see thumbor_filters.py                                                     |

The signature is an HMAC over everything after it, as it came or decoded. Turns and mirrors come last there and first
here, so an anchor or a crop is turned with them.
"""

import base64
import re
from typing import Any

from firstsight.errors import BadToken
from firstsight.grammars.dialect import (
    Changes,
    Dialect,
    Notes,
    RawUrl,
    build,
    decoded,
    read_number,
    source_format,
    with_quality,
)
from firstsight.grammars.native import GRAMMAR as NATIVE
from firstsight.grammars.proof import Proof, mac
from firstsight.grammars.sources import locate
from firstsight.grammars.thumbor_calls import plain, split
from firstsight.grammars.thumbor_filters import read as read_filter
from firstsight.grammars.wanted import Wanted
from firstsight.records import replace
from firstsight.settings import Settings
from firstsight.settings.dialects import Flavour
from firstsight.transform import Anchor, Crop, Fit, Focus, Format, Point, Sides

#: The words before the filters, in the order they have to be in.
_WORDS = re.compile(
    r"""
    (?P<debug>debug/)? (?P<meta>meta/)?
    (?:(?P<trim>trim(?::(?P<corner>top-left|bottom-right))?(?::(?P<tolerance>\d{1,4}))?)/)?
    (?:(?P<crop>\d*\.?\d+x\d*\.?\d+:\d*\.?\d+x\d*\.?\d+)/)?
    (?:(?P<fit>(?P<adaptive>adaptive-)?(?P<full>full-)?fit-in)/)?
    (?:(?P<stretch>stretch)/)?
    (?:(?P<size>(?P<flop>-)?(?P<width>\d*|orig)x(?P<flip>-)?(?P<height>\d*|orig))/)?
    (?:(?P<pad>\d+x\d+(?::\d+x\d+)?)/)?
    (?:(?P<across>left|right|center)/)?
    (?:(?P<down>top|bottom|middle)/)?
    (?:(?P<smart>smart)/)?
    """,
    re.VERBOSE | re.ASCII,
)
_LENGTHS = {"sha1": 28, "sha256": 44, "sha512": 88}
_PLACES = {
    ("left", "top"): Anchor.NORTHWEST,
    ("center", "top"): Anchor.NORTH,
    ("right", "top"): Anchor.NORTHEAST,
    ("left", "middle"): Anchor.WEST,
    ("center", "middle"): Anchor.CENTER,
    ("right", "middle"): Anchor.EAST,
    ("left", "bottom"): Anchor.SOUTHWEST,
    ("center", "bottom"): Anchor.SOUTH,
    ("right", "bottom"): Anchor.SOUTHEAST,
}
_AT = {place.focus: place for place in _PLACES.values()}
#: The quality where a URL names none.
QUALITIES = {
    Flavour.THUMBOR: {Format.AVIF: 80},
    Flavour.IMAGOR: {Format.JPEG: 75, Format.WEBP: 75},
}


def read(url: RawUrl, settings: Settings, notes: Notes) -> Wanted | None:
    """Read a path that starts with `unsafe` or a signature."""
    first, slash, rest = url.path.partition("/")
    given = decoded(first)
    if not slash or not (given == "unsafe" or _is_signature(given, settings)):
        return None
    path = decoded(rest)
    words = _WORDS.match(path)
    assert words is not None  # every word may be missing
    notes.add(given, "not signed" if given == "unsafe" else "the signature")
    changes = _words(words, settings, notes)
    filters, image = split(path[words.end() :])
    about: dict[str, Any] = {}
    for name, arguments in filters:
        if name in _ABOUT:
            about |= _about(name, arguments, notes)
        else:
            changes |= read_filter(name, arguments, changes, settings, notes)
    source = locate(plain(image), settings)
    notes.add(image, f"the source '{source}'")
    changes.setdefault("format", source_format(source, settings))
    changes = with_quality(changes, QUALITIES[settings.dialects.thumbor])
    proof = replace(_proof(given, rest, path, settings), expires=about.pop("expires", None))
    return Wanted(
        NATIVE, source, build(_oriented(turned(changes), about.pop("orient", None), notes), path), proof=proof, **about
    )


def sign(path: str, secret: str, settings: Settings) -> str:
    """Give the signature of a path without its leading slash."""
    return _mac(path, secret, settings)


def turned(changes: Changes) -> Changes:
    """
    Give changes that mirror and turn first in place of ones that do so last.

    Raises BadToken for a focus in pixels, which would have to know the size of the source.
    """
    flop, flip, turns = changes.get("flop"), changes.get("flip"), int(changes.get("rotate", 0)) // 90
    if not (flop or flip or turns):
        return changes
    if isinstance(changes.get("anchor"), Point):
        raise BadToken("focal", "no focal point in pixels beside a turn or a mirror")

    def moved(x: float, y: float) -> tuple[float, float]:
        x, y = (1 - x if flop else x), (1 - y if flip else y)
        for _ in range(turns):
            x, y = 1 - y, x
        return x, y

    changes = dict(changes)
    anchor = changes.get("anchor", Anchor.CENTER)
    if isinstance(anchor, Focus):
        changes["anchor"] = Focus(*moved(anchor.x, anchor.y))
    elif isinstance(anchor, Anchor) and anchor is not Anchor.SMART:
        changes["anchor"] = _AT[moved(*anchor.focus)]
    if crop := changes.get("crop"):
        changes["crop_from"] = _AT[moved(0, 0)]
        if turns % 2:
            changes["crop"] = Crop(crop.top, crop.left, crop.height, crop.width, crop.relative)
    if turns % 2:
        changes["width"], changes["height"] = changes.get("height"), changes.get("width")
    return changes


def _about(name: str, arguments: str, notes: Notes) -> Changes:
    """Give what a filter says of the answer: fields of Wanted, and until when it is valid."""
    word = f"{name}({arguments})"
    if name == "expire" and not re.fullmatch("[0-9]{1,15}", arguments):
        return notes.refuse(word, "'expire' with milliseconds since 1970")
    if name == "orient" and arguments not in ("0", "90", "180", "270"):
        return notes.refuse(word, "'orient' by 0, 90, 180 or 270")
    notes.add(word, _ABOUT[name])
    if name == "orient":
        return {"orient": int(arguments)}
    if name == "expire":
        return {"expires": int(arguments) // 1000}
    if name == "raw":
        return {"untouched": True}
    return {"attached": True, "filename": arguments.rpartition(".")[0] or arguments}


def _oriented(changes: Changes, angle: int | None, notes: Notes) -> Changes:
    """Add a turn that comes before all else, there as here."""
    if not angle:
        return changes
    if any(changes.get(name) for name in ("rotate", "flip", "flop")):
        return changes | notes.refuse(f"orient({angle})", "'orient' without another turn or a mirror")
    return {**changes, "rotate": angle}


_ABOUT = {
    "orient": "turned before all else",
    "attachment": "to be saved under that name",
    "expire": "until when the URL is valid",
    "raw": "the source, byte for byte",
}


def _is_signature(text: str, settings: Settings) -> bool:
    length = settings.dialects.thumbor_length
    whole = _LENGTHS[settings.dialects.thumbor_digest]
    if not re.fullmatch("[A-Za-z0-9_-]+={0,2}", text) or len(text) != min(length or whole, whole):
        return False
    return text.endswith("=") or (bool(length) and length < whole)


def _mac(text: str, secret: str, settings: Settings) -> str:
    made = mac(settings.dialects.thumbor_digest, secret.encode(), text.encode("utf-8", "surrogateescape"))
    written = base64.urlsafe_b64encode(made).decode()
    return written[: settings.dialects.thumbor_length or None]


def _proof(given: str, rest: str, path: str, settings: Settings) -> Proof:
    if given == "unsafe":
        return Proof("dialects.thumbor_keys")
    # what is decoded may be signed too, for proxies decode; not where it could be decoded once more
    texts = [rest] if "%25" in rest else [rest, path]
    expected = [_mac(text, key, settings) for key in settings.dialects.thumbor_keys for text in texts]
    return Proof("dialects.thumbor_keys", given, tuple(expected))


def _words(words: re.Match[str], settings: Settings, notes: Notes) -> Changes:
    imagor = settings.dialects.thumbor is Flavour.IMAGOR
    changes: Changes = {} if imagor or settings.dialects.thumbor_oriented else {"oriented": False}
    for name, instead in (("debug", "no debug"), ("meta", "no meta; '<source key>/info.json' describes a source")):
        if words[name]:
            notes.refuse(name, instead)
    if words["trim"]:
        changes |= _trim(words, notes)
    if words["crop"]:
        changes |= notes.add(words["crop"], {"crop": _crop(words["crop"])})
    changes |= _box(words, imagor, notes)
    if words["pad"]:
        left, top, *others = (int(number) for number in re.split("[x:]", words["pad"]))
        right, bottom = others or (left, top)
        try:
            changes |= notes.add(words["pad"], {"pad": Sides(top, right, bottom, left)})
        except ValueError:
            raise BadToken(words["pad"], "padding of at most 16383 pixels") from None
    across, down = words["across"] or "center", words["down"] or "middle"
    if words["across"] or words["down"]:
        said = "/".join(filter(None, [words["across"], words["down"]]))
        changes |= notes.add(said, {"anchor": _PLACES[across, down]})
    if words["smart"]:
        changes |= notes.add("smart", {"anchor": Anchor.SMART})
    return changes


def _box(words: re.Match[str], imagor: bool, notes: Notes) -> Changes:
    changes: dict[str, Any] = {}
    if words["fit"]:
        full = bool(words["full"])
        changes |= notes.add(
            words["fit"],
            {
                "fit": Fit.OUTSIDE if full else Fit.INSIDE,
                "adaptive": bool(words["adaptive"]),
                "enlarge": full or imagor,
            },
        )
    elif words["stretch"]:
        changes |= notes.add("stretch", {"fit": Fit.FILL, "enlarge": True})
    if not words["size"]:
        return changes
    size = words["size"]
    box: dict[str, Any] = {}
    sides = words["width"], words["height"]
    if "orig" in sides and sides != ("orig", "orig"):
        notes.refuse(size, "two sides, or 'orig' for both")
    for side, text in zip(("width", "height"), sides, strict=True):
        if text not in ("", "orig"):
            number = read_number(text, 0, 16_383)
            if number is None:
                raise BadToken(size, "a size with sides of at most 16383 pixels")
            box[side] = int(number) or None
    box = {side: number for side, number in box.items() if number}
    box |= {"flop": True} if words["flop"] else {}
    box |= {"flip": True} if words["flip"] else {}
    if not words["fit"]:
        box["enlarge"] = True
    return changes | notes.add(size, box)


def _trim(words: re.Match[str], notes: Notes) -> Changes:
    if words["corner"] == "bottom-right":
        return notes.refuse(words["trim"], "a trim by the colour of the top left corner")
    return notes.add(words["trim"], {"trim": min(255, int(words["tolerance"] or 0))})


def _crop(text: str) -> Crop:
    left, top, right, bottom = numbers = [float(number) for number in re.split("[x:]", text)]
    relative = left < 1 and top < 1 and right <= 1 and bottom <= 1 and "." in text
    if not relative and any(number != int(number) for number in numbers):
        raise BadToken(text, "a crop in whole pixels, or in fractions below 1")
    try:
        return Crop(left, top, right - left, bottom - top, relative=relative)
    except ValueError:
        raise BadToken(text, "a crop '<left>x<top>:<right>x<bottom>' that holds something") from None


DIALECT = Dialect("thumbor", "/(unsafe|<signature>)/<words>/filters:<filters>/<image>", read)
