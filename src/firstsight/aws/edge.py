"""The function that runs at CloudFront's edge, with what it has to know of the settings written into it."""

import json
import re
from pathlib import Path

from firstsight.grammars import DIALECTS
from firstsight.settings import GrammarName, Settings
from firstsight.tokens import FULL, TOKENS
from firstsight.transform import Format

#: What the grammars of other servers read in a query.
QUERIES = {
    GrammarName.DIT: "format|fit|width|height|rotate|flip|flop|grayscale|greyscale|signature|expires",
    GrammarName.IMAGE_OPTIMIZATION: "format|width|height|quality",
}

#: The most bytes that CloudFront takes of a function (CloudFront developer guide, quotas).
MOST_BYTES = 10_240


def code(settings: Settings) -> str:
    """Give the JavaScript."""
    source = Path(__file__).with_name("edge.js").read_text(encoding="utf-8")
    presets = {name: preset.transform.format is not Format.AUTO for name, preset in sorted(settings.presets.items())}
    words = "|".join(sorted(re.escape(token.word) for token in TOKENS if token.word))
    written = "mark|label"  # the words that a place or a text follows
    token = rf"/^(?:\d*x\d*|{FULL}|(?:{written})\d[\da-z]*|(?:{words})[\da-fx.]*)$/"
    asked = "|".join(names for grammar, names in QUERIES.items() if grammar in settings.grammars)
    negotiates = settings.dialects.auto_format and any(name in DIALECTS for name in settings.grammars)
    source = source.replace("const PRESETS = {};", f"const PRESETS = {json.dumps(presets)};")
    source = source.replace("const TOKEN = /^$/;", f"const TOKEN = {token};")
    source = source.replace("const QUERY = /^$/;", f"const QUERY = /^(?:{asked})$/;")
    return source.replace("const NEGOTIATES = false;", f"const NEGOTIATES = {str(negotiates).lower()};")
