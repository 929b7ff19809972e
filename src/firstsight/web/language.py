"""
The language of specs, as data for a form: every row of TOKENS with its kind, found out by reading and not by hand.

    kind     what a form shows      what it holds
    size     two numbers            width and height
    choice   one of several words   a member of an enum
    point    two numbers            fractions of width and height
    rect     four numbers           pixels or fractions
    sides    one to four numbers    pixels
    colour   a colour               hexadecimal digits
    flag     a switch               the word alone
    number   a number in a range    with `bare` where the word alone is one
    alias    nothing                another spelling of a field
    text     a text                 whatever follows the word
"""

from collections.abc import Mapping
from enum import Enum
from typing import Any

from firstsight import tokens
from firstsight.image import FORMATS
from firstsight.settings import Preset
from firstsight.tokens import TOKENS, Token
from firstsight.transform import DEFAULTS, LOSSY, RANGES, Anchor, Format

#: The sections of the form, what is used most first.
GROUPS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("Size", ("width", "fit", "adaptive", "anchor", "shift", "enlarge", "least_width", "pad_to", "dpr", "fine")),
    ("Output", ("quality", "quality_auto", "lossless", "max_bytes")),
    ("Cut", ("crop", "crop_from", "trim", "frame")),
    ("Turn", ("rotate", "flip", "flop", "oriented")),
    ("Border", ("pad", "background", "backdrop", "round", "mark", "label")),
    ("Look", ("blur", "sharpen", "pixelate", "tint", "normalize", "grayscale", "brightness", "contrast", "saturation")),
)
#: The groups that decide what is in the frame, as against how it looks; a comparison keeps them and drops the others.
FRAMING = ("Size", "Cut", "Turn", "Border")

#: The part of a range that is worth a slider, the slider's step, and where it rests while nothing is set.
SLIDERS: dict[str, tuple[float, float, float, float]] = {
    "trim": (0, 100, 1, 10),
    "rotate": (0, 359, 1, 0),
    "round": (0, 200, 1, 0),
    "blur": (0, 20, 0.5, 0),
    "sharpen": (0, 5, 0.1, 0),
    "pixelate": (0, 50, 1, 0),
    "brightness": (0, 200, 1, 100),
    "contrast": (0, 200, 1, 100),
    "saturation": (0, 200, 1, 100),
    "dpr": (1, 3, 0.5, 1),
    "quality": (1, 100, 1, 80),
}

_KINDS = {"width": "size", "anchor": "point", "crop": "rect", "pad": "sides", "background": "colour"}


def describe(presets: Mapping[str, Preset]) -> dict[str, Any]:
    """Give the whole language: tokens in canonical order, groups of fields, formats, and the presets of this server."""
    rows = [row(token) for token in TOKENS]
    grouped = {slot for _, slots in GROUPS for slot in slots}
    rest = tuple(dict.fromkeys(r["slot"] for r in rows if r["slot"] not in grouped))
    groups = (*GROUPS, ("More", rest)) if rest else GROUPS
    return {
        "tokens": rows,
        "groups": [{"name": name, "slots": slots, "framing": name in (*FRAMING, "More")} for name, slots in groups],
        "formats": [_format(format) for format in Format],
        "aliases": tokens.FORMAT_ALIASES,
        "full": tokens.FULL,
        "info": tokens.INFO,
        "presets": [
            {"name": name, "spec": tokens.canonical(preset.transform)} for name, preset in sorted(presets.items())
        ],
    }


def row(token: Token) -> dict[str, Any]:
    """
    Describe one token.

    `slot` names the field it sets, of which a spec may have one; an alias has its field's.
    """
    slot = token.fields[0] if token.fields else _aliased(token)
    members: dict[str, Any] = {"word": token.word, "slot": slot, "kind": kind(token)}
    members |= {"help": token.help, "expected": token.expected, "example": token.example}
    match members["kind"]:
        case "number":
            members |= _range(token, slot)
        case "size":
            members["low"], members["high"] = RANGES[slot]
        case "choice":
            value = (token.read("") or {})[slot]
            members["default"] = value is DEFAULTS[slot]
            if isinstance(value, Anchor) and value is not Anchor.SMART:
                members["at"] = value.focus
    return members


def kind(token: Token) -> str:
    """Tell a token's kind by what it reads."""
    if not token.fields:
        return "alias"
    [slot, *_] = token.fields
    alone = (token.read("") or {}).get(slot)
    if isinstance(alone, Enum):
        return "choice"
    if isinstance(alone, bool):
        return "flag"
    if token.word in ("max", "point", "mark", "least", "label"):  # with a unit; pixels the form does not know
        return "text"
    if slot in RANGES and len(token.fields) == 1:
        return "number"
    return _KINDS.get(slot, "text")


def _range(token: Token, slot: str) -> dict[str, Any]:
    low, high = RANGES[slot]
    members: dict[str, Any] = {"low": low, "high": high, "default": DEFAULTS[slot]}
    members["whole"] = token.read("1.5") is None
    bare = (token.read("") or {}).get(slot)
    if bare is not None:
        members["bare"] = bare
    if slot in SLIDERS:
        members["slider"] = dict(zip(("low", "high", "step", "rest"), SLIDERS[slot], strict=True))
    return members


def _aliased(token: Token) -> str:
    return next(iter(token.read("") or token.read("1") or {"": None}))


def _format(format: Format) -> dict[str, Any]:
    written = FORMATS.get(format)
    return {
        "name": format.value,
        "media_type": written.media_type if written else "",
        "alpha": written.alpha if written else True,
        "moving": written.moving if written else True,
        "lossy": format in LOSSY,
    }
