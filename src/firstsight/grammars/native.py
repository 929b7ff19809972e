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
from firstsight.transform import Format, Transform


def parse(path: str, presets: Mapping[str, Preset]) -> Wanted | None:
    """Read any path of at least two segments; the last is the spec."""
    source, slash, text = path.rpartition("/")
    if not slash or not source:
        return None
    return parse_spec(source, text, presets)


def parse_spec(source: str, text: str, presets: Mapping[str, Preset]) -> Wanted:
    """Read a spec that may start with a preset. Raises BadToken."""
    spec, format = tokens.split_format(text)
    if not spec:
        raise BadToken(text, "a spec before the format", remedy="For example '300x200.webp', or 'full.webp' for its own size.")
    first, *rest = spec.split("-")
    preset = presets.get(first)
    if preset is not None and format is not Format.JSON:  # a description is the same whatever was to be made
        return Wanted(GRAMMAR, source, tokens.parse_tokens(rest, preset.transform, format), preset)
    return Wanted(GRAMMAR, source, tokens.parse_tokens(rest if preset else [first, *rest], Transform(), format))


def build(wanted: Wanted) -> str:
    """Write the canonical path."""
    return f"{wanted.source}/{build_spec(wanted)}"


def build_spec(wanted: Wanted) -> str:
    """Write the canonical spec with its format: a preset's name and only what differs from the preset."""
    format = tokens.extension(wanted.transform.format)
    if wanted.preset is None:
        return tokens.build(wanted.transform) + format
    changes = tokens.build(wanted.transform, wanted.preset.transform)
    return "-".join(filter(None, [wanted.preset.name, changes])) + format


GRAMMAR = Grammar("native", "/<source key>/<spec>.<format>", parse, build)
