"""The function that runs at CloudFront's edge, with what it has to know of the settings written into it."""

import json
import re
from pathlib import Path

from firstsight.settings import Settings
from firstsight.tokens import FULL, TOKENS
from firstsight.transform import Format

#: The most bytes that CloudFront takes of a function (CloudFront developer guide, quotas).
MOST_BYTES = 10_240


def code(settings: Settings) -> str:
    """Give the JavaScript."""
    source = Path(__file__).with_name("edge.js").read_text(encoding="utf-8")
    presets = {name: preset.transform.format is not Format.AUTO for name, preset in sorted(settings.presets.items())}
    words = "|".join(sorted(re.escape(token.word) for token in TOKENS if token.word))
    token = rf"/^(?:\d*x\d*|{FULL}|(?:{words})[\da-fx.]*)$/"
    source = source.replace("const PRESETS = {};", f"const PRESETS = {json.dumps(presets)};")
    return source.replace("const TOKEN = /^$/;", f"const TOKEN = {token};")
