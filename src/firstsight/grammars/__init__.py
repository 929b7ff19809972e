"""
The URL dialects, each a file with a parse and a build.

GRAMMARS is ordered from the most particular form to the most general, and a path belongs to the first enabled grammar
that recognises it; so its meaning does not depend on the order in the settings. Each grammar is a module that is loaded
only if the settings name it.
"""

from collections.abc import Mapping
from importlib import import_module

from firstsight import tokens
from firstsight.errors import BadPath
from firstsight.grammars.dialect import Dialect, Notes, RawUrl
from firstsight.grammars.wanted import Grammar, Wanted
from firstsight.settings import GrammarName, Limits, Preset, Settings

GRAMMARS = (GrammarName.IMAGE_OPTIMIZATION, GrammarName.CARRIERWAVE, GrammarName.CLASSIC, GrammarName.NATIVE)

#: The dialects of other image servers, likewise. They are asked first, with the request as it came.
DIALECTS = (GrammarName.THUMBOR, GrammarName.IMGPROXY, GrammarName.DIT, GrammarName.IMAGE_OPTIMIZATION)

__all__ = [
    "DIALECTS",
    "GRAMMARS",
    "Dialect",
    "Grammar",
    "Notes",
    "RawUrl",
    "Wanted",
    "dialect",
    "grammar",
    "parse",
    "read",
    "select",
]


def grammar(name: GrammarName) -> Grammar:
    """Load a grammar."""
    found: Grammar = import_module(f"firstsight.grammars.{name}").GRAMMAR
    return found


def dialect(name: GrammarName) -> Dialect:
    """Load a dialect."""
    found: Dialect = import_module(f"firstsight.grammars.{name}").DIALECT
    return found


def read(url: RawUrl, settings: Settings, notes: Notes | None = None) -> Wanted | None:
    """
    Read a request in the dialects that the settings name, or give None for one that is in none of them.

    `notes` takes what each word means. Raises BadPath, BadToken, NotAllowed.
    """
    for name in DIALECTS:
        if name in settings.grammars:
            wanted = dialect(name).read(url, settings, notes or _notes(settings))
            if wanted is not None:
                return wanted
    return None


def _notes(settings: Settings) -> Notes:
    return Notes(settings.dialects.lenient, most=settings.limits.tokens)


def select(names: tuple[str, ...]) -> tuple[Grammar, ...]:
    """Give the grammars of these names, in the order in which they are tried."""
    return tuple(grammar(name) for name in GRAMMARS if name in names)


def parse(
    path: str, grammars: tuple[Grammar, ...], presets: Mapping[str, Preset], most_tokens: int = Limits().tokens
) -> Wanted:
    """
    Read what a decoded path without its leading slash asks for, in a spec of so many tokens at most.

    Raises BadPath when no grammar knows its form, BadToken when one does and finds a mistake.
    """
    for grammar in grammars:
        if grammar.name == GrammarName.NATIVE:
            tokens.check_count(path.rpartition("/")[2], most_tokens)
        wanted = grammar.parse(path, presets)
        if wanted is not None:
            return wanted
    forms = " or ".join(grammar.form for grammar in grammars)
    native = any(grammar.name == GrammarName.NATIVE for grammar in grammars)
    example = ", as in '/photos/cat.jpg/300x200.webp'" if native else ""
    raise BadPath(f"Expected a path of the form {forms}.", remedy=f"Name a source, then what is wanted of it{example}.")
