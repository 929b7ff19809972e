"""
The URL dialects, each a file with a parse and a build.

GRAMMARS is ordered from the most particular form to the most general: the first enabled grammar that recognises a path
has it, so what a path means does not depend on the order in the settings.
"""

from collections.abc import Mapping

from firstsight.errors import BadPath
from firstsight.grammars import carrierwave, classic, native
from firstsight.grammars.wanted import Grammar, Wanted
from firstsight.settings import Preset

GRAMMARS: tuple[Grammar, ...] = (carrierwave.GRAMMAR, classic.GRAMMAR, native.GRAMMAR)

__all__ = ["GRAMMARS", "Grammar", "Wanted", "parse", "select"]


def select(names: tuple[str, ...]) -> tuple[Grammar, ...]:
    """Give the grammars of these names, in the order in which they are asked."""
    return tuple(grammar for grammar in GRAMMARS if grammar.name in names)


def parse(path: str, grammars: tuple[Grammar, ...], presets: Mapping[str, Preset]) -> Wanted:
    """
    Read what a decoded path without its leading slash asks for.

    Raises BadPath when no grammar knows its form, BadToken when one does and finds a mistake.
    """
    for grammar in grammars:
        wanted = grammar.parse(path, presets)
        if wanted is not None:
            return wanted
    forms = " or ".join(grammar.form for grammar in grammars)
    raise BadPath(f"Expected a path of the form {forms}.", remedy="Name a source, then what is wanted of it.")
