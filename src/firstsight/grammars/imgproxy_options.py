"""
imgproxy's options, `<name>:<argument>:<argument>`.

| option                              | here                                                                       |
|-------------------------------------|----------------------------------------------------------------------------|
| rs, s, rt, w, h, el                 | the box, its fit, enlarge                                                  |
| resizing type fit                   | fit inside; contain, with `ex`; or padbox                                  |
| fill                                | fit clip; cover where it enlarges                                          |
| fill-down                           | fit cover                                                                  |
| force                               | fit fill                                                                   |
| auto                                | clip or cover, adaptive                                                    |
| mw, mh                              | least                                                                      |
| ex, exar                            | padbox, padratio, placed by their gravity                                  |
| z                                   | the box times so much; without a box, up to 1, dpr                         |
| dpr                                 | dpr; blur and pixelate are divided by it, for it does not multiply them    |
| g                                   | anchor and shift; `sm` is smart, `fp` a focus                              |
| c                                   | crop, counted from the corner, side or middle that its gravity names       |
| wm                                  | mark, with the watermark of the settings                                   |
| t, pd, rot, bg, bl, sh, pix, q, mb  | trim, pad, rotate, bg, blur, sharpen, pixelate, q, max                     |
| fl                                  | flop, flip; it comes after `rot` there and before here, so a turn swaps it |
| ar:0                                | unoriented                                                                 |
| fq                                  | q, where the format is that                                                |
| f, ext                              | the format                                                                 |
| exp                                 | until when the URL is valid                                                |
| pr                                  | presets of the settings; the one called `default` always comes first       |
| fn, att                             | the name it is saved under, and whether it is                              |
| raw, skp                            | the source, byte for byte; for sources of some formats                     |
| cb, eth, sm:1, scp:1, kcr           | nothing: so it is already, or it is a setting                              |
"""

import base64
import re
from collections.abc import Callable

from firstsight.grammars.dialect import Mistake, Notes, read_colour, read_number
from firstsight.grammars.imgproxy_box import COMPASS
from firstsight.grammars.imgproxy_chosen import Options
from firstsight.settings import Settings
from firstsight.tokens import FORMAT_NAMES
from firstsight.transform import MAX_SIDE, MAX_SOURCE_SIDE, Mark, Sides

_TYPES = ("fit", "fill", "fill-down", "force", "auto")
#: Long names by short ones, and other spellings.
_NAMES = dict(
    re.findall(
        "([a-z-]+)=([a-z_-]+)",
        "rs=resize s=size rt=resizing_type w=width h=height mw=min-width mh=min-height z=zoom el=enlarge ex=extend "
        "exar=extend_aspect_ratio g=gravity c=crop t=trim pd=padding ar=auto_rotate rot=rotate fl=flip bg=background "
        "bl=blur sh=sharpen pix=pixelate wm=watermark sm=strip_metadata kcr=keep_copyright scp=strip_color_profile "
        "ph=preserve_hdr eth=enforce_thumbnail q=quality fq=format_quality mb=max_bytes f=format ext=format "
        "skp=skip_processing cb=cachebuster exp=expires fn=filename att=return_attachment pr=preset raw=raw dpr=dpr",
    )
) | {"extend_ar": "extend_aspect_ratio"}


def name_of(segment: str) -> str | None:
    """Give the long name of the option that a segment is, or None for none that is known."""
    name = segment.partition(":")[0]
    long = _NAMES.get(name, name)
    return long if long in OPTIONS or long in _NAMES.values() else None


def read(options: Options, segment: str, settings: Settings, notes: Notes) -> None:
    """Take one option. Raises BadToken for one that is unknown or wrong, unless that is passed over."""
    name, *arguments = segment.split(":")
    long = _NAMES.get(name, name)
    if long == "preset":
        for preset in arguments:
            options.use(preset, settings, notes)
        return
    act = OPTIONS.get(long)
    if act is None:
        notes.refuse(segment, "an option that can be done here")
        return
    before = options.so_far()
    try:
        said = act(options, arguments)
    except Mistake as mistake:
        notes.refuse(segment, str(mistake))
        return
    after = {name: value for name, value in options.so_far().items() if before.get(name) != value}
    notes.add(segment, said or after)


# How the arguments of one option are read.

Act = Callable[[Options, list[str]], str | None]


def _number(arguments: list[str], index: int, low: float, high: float, name: str) -> float:
    value = read_number(arguments[index], low, high) if index < len(arguments) else None
    if value is None:
        raise Mistake(f"'{name}' with a number from {low} to {high}")
    return value


def _set(key: str, name: str, low: float, high: float, *, whole: bool = True, least: float | None = None) -> Act:
    def act(options: Options, arguments: list[str]) -> None:
        value = _number(arguments, 0, low, high, name)
        if (whole and value != int(value)) or len(arguments) > 1:
            raise Mistake(f"'{name}' with one {'whole ' if whole else ''}number from {low} to {high}")
        if value == least:  # the same as not said
            options.values.pop(key, None)
        else:
            options.values[key] = value

    return act


def _truth(text: str) -> bool:
    return text in ("1", "t", "T", "true", "TRUE", "True")


def _type(options: Options, arguments: list[str]) -> None:
    if arguments[0] not in _TYPES:
        raise Mistake("a resizing type, one of " + ", ".join(_TYPES))
    options.values["type"] = arguments[0]


def _enlarge(options: Options, arguments: list[str]) -> None:
    options.values["enlarge"] = _truth(arguments[0])


def _room(key: str, name: str) -> Act:
    def act(options: Options, arguments: list[str]) -> None:
        gravity = _read_gravity(arguments[1:], name) if len(arguments) > 1 and arguments[1] else ("ce", 0.0, 0.0)
        if gravity[0] in ("sm", "fp"):
            raise Mistake(f"'{name}' with a gravity of the compass")
        options.values[key] = gravity if _truth(arguments[0]) else None

    return act


_extend = _room("extend", "extend")


def _size(options: Options, arguments: list[str]) -> None:
    if len(arguments) > 7:
        raise Mistake("'size' with at most seven arguments")
    acts = (OPTIONS["width"], OPTIONS["height"], _enlarge)
    for index, act in enumerate(acts):
        if len(arguments) > index and arguments[index]:
            act(options, arguments[index : index + 1])
    if len(arguments) > 3 and arguments[3]:
        _extend(options, arguments[3:])


def _resize(options: Options, arguments: list[str]) -> None:
    if arguments[0]:
        _type(options, arguments)
    _size(options, arguments[1:])


def _zoom(options: Options, arguments: list[str]) -> None:
    across = _number(arguments, 0, 0.0001, 100, "zoom")
    down = _number(arguments, 1, 0.0001, 100, "zoom") if len(arguments) > 1 else across
    options.values["zoom"] = (across, down)


def _read_gravity(arguments: list[str], name: str) -> tuple[str, float, float]:
    kind, *offsets = arguments
    if kind == "sm" and not offsets:
        return kind, 0, 0
    if kind == "fp" and len(offsets) == 2:
        return kind, _number(offsets, 0, 0, 1, name), _number(offsets, 1, 0, 1, name)
    if kind not in COMPASS or len(offsets) > 2:
        raise Mistake(f"'{name}' with a gravity, one of {', '.join(COMPASS)}, sm, or fp:<x>:<y>")
    x, y = (
        _number(offsets, index, -MAX_SIDE, MAX_SIDE, name) if len(offsets) > index and offsets[index] else 0
        for index in (0, 1)
    )
    return kind, x, y


def _gravity(options: Options, arguments: list[str]) -> None:
    options.values["gravity"] = _read_gravity(arguments, "gravity")


def _crop_option(options: Options, arguments: list[str]) -> None:
    width = _number(arguments, 0, 0, MAX_SOURCE_SIDE, "crop")
    height = _number(arguments, 1, 0, MAX_SOURCE_SIDE, "crop") if len(arguments) > 1 else 0
    options.values["crop_size"] = (width, height)
    if len(arguments) > 2 and arguments[2]:
        options.values["crop_gravity"] = _read_gravity(arguments[2:], "crop")


def _trim(options: Options, arguments: list[str]) -> None:
    if any(argument and argument not in ("0", "f", "false") for argument in arguments[1:]):
        raise Mistake("'trim' with a threshold alone")
    options.values.pop("trim", None)
    if arguments[0]:
        options.values["trim"] = round(_number(arguments, 0, 0, 255, "trim"))


def _padding(options: Options, arguments: list[str]) -> None:
    if len(arguments) > 4:
        raise Mistake("'padding' with at most four numbers")
    given = [int(_number(arguments, i, 0, MAX_SIDE, "padding")) if text else None for i, text in enumerate(arguments)]
    top, right, bottom, left = given + [None] * (4 - len(given))
    top = top or 0
    right = top if right is None else right
    bottom = top if bottom is None else bottom
    options.values["pad"] = Sides(top, right, bottom, right if left is None else left)


def _rotate(options: Options, arguments: list[str]) -> None:
    value = _number(arguments, 0, -36_000, 36_000, "rotate")
    if value % 90:
        raise Mistake("'rotate' by a multiple of 90")
    options.values["rotate"] = int(value) % 360


def _flip(options: Options, arguments: list[str]) -> None:
    for name, text in zip(("flop", "flip"), arguments, strict=False):
        options.values[name] = _truth(text)


def _auto_rotate(options: Options, arguments: list[str]) -> None:
    options.values["oriented"] = _truth(arguments[0])


def _background(options: Options, arguments: list[str]) -> None:
    if arguments == [""]:
        options.values.pop("background", None)
        return
    numbers = [read_number(argument, 0, 255) for argument in arguments]
    text = arguments[0]
    if len(arguments) == 3 and None not in numbers:
        text = "".join(f"{int(number or 0):02x}" for number in numbers)
    if not re.fullmatch("[0-9a-fA-F]{3}|[0-9a-fA-F]{6}", text) or len(arguments) not in (1, 3):
        raise Mistake("'background' with a colour such as ffcc00 or 255:204:0")
    options.values["background"] = read_colour(text)


def _format_quality(options: Options, arguments: list[str]) -> None:
    if len(arguments) % 2:
        raise Mistake("'format_quality' with pairs of a format and a quality")
    for index in range(0, len(arguments), 2):
        quality = int(_number(arguments, index + 1, 0, 100, "format_quality"))
        if arguments[index] in FORMAT_NAMES and quality:
            options.qualities[FORMAT_NAMES[arguments[index]]] = quality


def _format(options: Options, arguments: list[str]) -> None:
    if len(arguments) != 1 or arguments[0] not in FORMAT_NAMES:
        raise Mistake("a format, one of " + ", ".join(FORMAT_NAMES))
    options.values["format"] = FORMAT_NAMES[arguments[0]]


def _watermark(options: Options, arguments: list[str]) -> None:
    opacity = round(_number(arguments, 0, 0, 1, "watermark") * 100)
    place, x, y, scale = [*arguments[1:], "", "", "", ""][:4]
    if place not in ("", "re", *COMPASS) or len(arguments) > 5:
        raise Mistake(f"'watermark' with an opacity and a position, one of {', '.join(COMPASS)} or re")
    offsets = [round(_number([text], 0, -MAX_SIDE, MAX_SIDE, "watermark")) if text else 0 for text in (x, y)]
    if any(0 < abs(float(text)) < 1 for text in (x, y) if text):
        raise Mistake("'watermark' with offsets in pixels")
    size = round(_number([scale], 0, 0, 1, "watermark") * 100) if scale else 0
    options.values.pop("mark", None)
    if opacity:
        where = None if place == "re" else COMPASS[place or "ce"]
        options.values["mark"] = Mark(opacity, where, size, offsets[0], offsets[1])


def _filename(options: Options, arguments: list[str]) -> str:
    name, encoded = [*arguments, "", ""][:2]
    if len(arguments) > 2:
        raise Mistake("'filename' with a name, and whether it is in base64")
    try:
        text = base64.urlsafe_b64decode(name + "=" * (-len(name) % 4)).decode() if _truth(encoded) else name
    except ValueError:
        raise Mistake("'filename' with a name in base64url") from None
    options.filename = text
    return "the name that it is saved under"


def _attachment(options: Options, arguments: list[str]) -> str:
    options.attached = _truth(arguments[0])
    return "saved instead of shown" if options.attached else "nothing: it is shown"


def _raw(options: Options, arguments: list[str]) -> str:
    options.raw = _truth(arguments[0])
    return "the source, byte for byte" if options.raw else "nothing"


def _skip(options: Options, arguments: list[str]) -> str:
    if any(name not in FORMAT_NAMES for name in arguments):
        raise Mistake("'skip_processing' with formats, some of " + ", ".join(FORMAT_NAMES))
    options.skipped |= {FORMAT_NAMES[name] for name in arguments}
    return "sources of these formats byte for byte, by the end of their names, unless another format is asked for"


def _expires(options: Options, arguments: list[str]) -> str:
    if len(arguments) != 1 or not re.fullmatch("[0-9]{1,12}", arguments[0]):
        raise Mistake("'expires' with seconds since 1970")
    options.expires = int(arguments[0]) or None
    return "until when the URL is valid"


def _only(value: bool, expected: str) -> Act:
    def act(options: Options, arguments: list[str]) -> str:
        if _truth(arguments[0]) is not value:
            raise Mistake(expected)
        return "always so"

    return act


def _nothing(meaning: str) -> Act:
    return lambda options, arguments: meaning


OPTIONS: dict[str, Act] = {
    "resize": _resize,
    "size": _size,
    "resizing_type": _type,
    "width": _set("w", "width", 0, MAX_SIDE),
    "height": _set("h", "height", 0, MAX_SIDE),
    "enlarge": _enlarge,
    "extend": _extend,
    "zoom": _zoom,
    "dpr": _set("dpr", "dpr", 0.1, 8, whole=False),
    "gravity": _gravity,
    "crop": _crop_option,
    "trim": _trim,
    "padding": _padding,
    "auto_rotate": _auto_rotate,
    "rotate": _rotate,
    "flip": _flip,
    "background": _background,
    "blur": _set("blur", "blur", 0, 100, whole=False),
    "sharpen": _set("sharpen", "sharpen", 0, 10, whole=False),
    "pixelate": _set("pixelate", "pixelate", 0, MAX_SIDE, least=0),
    "quality": _set("quality", "quality", 0, 100, least=0),
    "max_bytes": _set("max_bytes", "max_bytes", 0, 1_000_000_000, least=0),
    "watermark": _watermark,
    "format": _format,
    "format_quality": _format_quality,
    "expires": _expires,
    "min-width": _set("least_width", "min-width", 0, MAX_SIDE, least=0),
    "min-height": _set("least_height", "min-height", 0, MAX_SIDE, least=0),
    "extend_aspect_ratio": _room("ratio", "extend_aspect_ratio"),
    "strip_metadata": _only(True, "'strip_metadata' set; the setting `metadata` keeps some"),
    "strip_color_profile": _only(True, "'strip_color_profile' set; the setting `metadata` keeps it"),
    "return_attachment": _attachment,
    "filename": _filename,
    "raw": _raw,
    "skip_processing": _skip,
    "preserve_hdr": _only(False, "no 'preserve_hdr'"),
    "keep_copyright": _nothing("nothing: the setting `metadata` decides"),
    "enforce_thumbnail": _nothing("nothing: thumbnails in files are not used"),
    "cachebuster": _nothing("nothing: a source that changes makes its derivatives anew"),
}
