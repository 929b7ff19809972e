"""
What is said on the terminal: results on stdout, all else on stderr, colours only where a person reads.

An error is a sentence and a remedy.
"""

import sys
import traceback

from rich.console import Console
from rich.text import Text

from firstsight.errors import FirstsightError


class BadUsage(FirstsightError):
    """The arguments of a command contradict each other, or one of them cannot be what it says."""

    code = "bad-usage"
    title = "Bad usage"


def out() -> Console:
    """Give stdout, for results."""
    return Console(highlight=False, markup=False, emoji=False)


def err() -> Console:
    """Give stderr, for everything else."""
    return Console(stderr=True, highlight=False, markup=False, emoji=False)


def note(sentence: str) -> None:
    """Tell what is worth knowing and no error."""
    _say(Text.assemble(("Note: ", "bold yellow"), sentence))


def progress(sentence: str) -> None:
    """Tell what is being done."""
    _say(Text(sentence, "dim"))


def fail(sentence: str, remedy: str = "", *, details: str = "") -> None:
    """Print an error: a sentence, what to do about it, and what only the operator may read."""
    _say(Text.assemble(("Error: ", "bold red"), sentence))
    if remedy:
        _say(Text(remedy))
    if details:
        _say(Text(f"({details})", "dim"))


def show_traceback(error: BaseException) -> None:
    """Print where an error comes from."""
    traceback.print_exception(error, file=sys.stderr)


def _say(text: Text) -> None:
    console = err()
    # between words where a person reads; in a log or a pipe a line stays a line
    console.print(text, soft_wrap=not console.is_terminal)
