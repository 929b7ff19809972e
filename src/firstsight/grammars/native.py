"""
Native: `/<source key>/<spec>[.<format>]`.

    /photos/cat.jpg/300x200.webp          tokens
    /photos/cat.jpg/thumb.webp            a preset
    /photos/cat.jpg/thumb-dpr2.webp       a preset and what it is to be changed in
    /photos/cat.jpg/info.json             a description

The spec is everything after the last slash, so all derivatives of a source share the prefix `<source key>/`.
"""

from collections.abc import Mapping

from firstsight import tokens
from firstsight.errors import BadToken
from firstsight.grammars.wanted import Grammar, Wanted
from firstsight.settings import Preset
from firstsight.transform import Format


def parse(path: str, presets: Mapping[str, Preset]) -> Wanted | None:
    """Read any path of at least two segments; the last is the spec."""
    source, slash, text = path.rpartition("/")
    if not slash or not source:
        return None
    try:
        return parse_spec(source, text, presets)
    except BadToken as error:
        if not _is_file(text) or _is_file(source):
            raise
        # A file where a spec is expected, and none before it: it is the source itself that is asked for.
        remedy = f"If '{path}' is a source, say what is wanted of it, as in '/{path}/300x200.webp'."
        raise BadToken(error.token, error.expected, remedy=remedy) from None


def _is_file(text: str) -> bool:
    return text.lower().endswith((".jpg", ".jpeg", ".png", ".webp", ".gif", ".avif", ".tif", ".tiff", ".heic", ".svg"))


def parse_spec(source: str, text: str, presets: Mapping[str, Preset]) -> Wanted:
    """Read a spec that may start with a preset. Raises BadToken."""
    spec, format = tokens.split_format(text)
    first, *rest = spec.split("-")
    preset = presets.get(first)
    if preset is None:
        if first and not tokens.is_token(first):
            raise tokens.unknown(first, presets)
        return Wanted(GRAMMAR, source, tokens.parse(text))
    transform = tokens.apply(rest, preset.transform, format)
    if transform.format is Format.JSON:  # a description is the same whatever was to be made
        return Wanted(GRAMMAR, source, transform)
    return Wanted(GRAMMAR, source, transform, preset)


def build(wanted: Wanted) -> str:
    """Write the canonical path."""
    return f"{wanted.source}/{build_spec(wanted)}"


def build_spec(wanted: Wanted) -> str:
    """Write the canonical spec with its format: a preset's name and only what differs from the preset."""
    transform, preset = wanted.transform, wanted.preset
    if preset is None:
        return tokens.canonical(transform)
    changes = tokens.build(transform, preset.transform)
    # A preset that has a format of its own is asked for another by name, be it `auto`.
    unsaid = transform.format is preset.transform.format is Format.AUTO
    return "-".join(filter(None, [preset.name, changes])) + ("" if unsaid else f".{transform.format.value}")


GRAMMAR = Grammar("native", "/<source key>/<spec>.<format>", parse, build)
