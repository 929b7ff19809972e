"""Paths that are nothing but a source's key: whether they are left to the grammars of other image servers."""

import re

from firstsight.errors import BadToken
from firstsight.grammars.carrierwave import GRAMMAR as CARRIERWAVE
from firstsight.grammars.native import GRAMMAR as NATIVE
from firstsight.settings import GrammarName, Settings

_IMAGE = re.compile(r"\.(jpe?g|png|webp|tiff?|svg|gif|avif)$", re.IGNORECASE)


def is_bare(path: str, settings: Settings) -> bool:
    """Whether a decoded path is the name of an image file, and nothing that one of our own grammars reads."""
    for name, grammar in ((GrammarName.CARRIERWAVE, CARRIERWAVE), (GrammarName.NATIVE, NATIVE)):
        if name in settings.grammars:
            try:
                if grammar.parse(path, settings.presets) is not None:
                    return False
            except BadToken:
                continue
    return _IMAGE.search(path) is not None
