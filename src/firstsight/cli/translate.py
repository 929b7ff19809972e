"""`firstsight translate`: what a URL of another image server means here."""

from types import SimpleNamespace
from typing import Annotated, cast
from urllib.parse import urlsplit

import typer

from firstsight.cli import terminal
from firstsight.cli.options import Config
from firstsight.errors import BadPath
from firstsight.grammars import DIALECTS, Notes, RawUrl, Wanted, dialect
from firstsight.grammars.dialect import Changes
from firstsight.http import check_key, encode_path
from firstsight.records import replace
from firstsight.settings import GrammarName, Settings, load
from firstsight.tokens import TOKENS
from firstsight.transform import DEFAULTS, Format, Transform


def translate(
    url: Annotated[str, typer.Argument(metavar="URL", help="A URL or a path of thumbor, imagor, imgproxy or AWS.")],
    *,
    grammar: Annotated[
        str | None,
        typer.Option("--grammar", metavar="NAME", help="The dialect, where it does not show: " + ", ".join(DIALECTS)),
    ] = None,
    config: Config = None,
) -> None:
    """
    Show what a URL of another image server means here, word by word, and the URL of the same image.

    [dim]firstsight translate /unsafe/fit-in/300x200/smart/cat.jpg[/]

    [dim]firstsight translate 'https://img.example.com/_/rs:fill:300:200/plain/cat.jpg@webp'[/]
    """
    settings = load(config)
    name, wanted, notes = read(url, settings, grammar)
    check_key(wanted.source)
    console = terminal.out()
    width = min(40, max(len(word) for word, _ in notes.lines))
    for word, meaning in notes.lines:
        console.print(f"{word:{width}}  {said(meaning)}", soft_wrap=True)
    console.print(f"{name.value:{width}}  {encode_path(wanted.key)}", soft_wrap=True)
    left = [word for word, meaning in notes.lines if meaning == "left out"]
    if left and not settings.dialects.lenient:
        terminal.note(f"It is refused for {', '.join(left)}, unless dialects.lenient is set.")
    proof = wanted.proof
    if proof is not None and proof.signature:
        terminal.note("Its signature is valid." if proof.is_valid else f"No key in {proof.setting} made its signature.")


def read(url: str, settings: Settings, grammar: str | None = None) -> tuple[GrammarName, Wanted, Notes]:
    """
    Read a URL in the dialect that it is of, with what became of each of its words.

    Without a grammar those of the settings are tried, and then all the others. Raises BadPath when none knows it.
    """
    parts = urlsplit(url)
    path = parts.path if parts.scheme in ("http", "https") else url.partition("?")[0]
    query = parts.query if parts.scheme in ("http", "https") else url.partition("?")[2]
    raw = RawUrl(path.removeprefix("/"), query)
    names = [name for name in DIALECTS if grammar in (None, name.value)]
    for name in sorted(names, key=lambda name: name not in settings.grammars):
        notes = Notes(lenient=True)
        wanted = dialect(name).read(raw, replace(settings, grammars=(GrammarName.NATIVE, name)), notes)
        if wanted is not None:
            return name, wanted, notes
    raise BadPath(
        f"Expected a URL of {', '.join(names) or 'a known dialect'} but got '{url[:100]}'.",
        remedy="Its form is " + " or ".join(dialect(name).form for name in names or DIALECTS) + ".",
    )


def said(meaning: Changes | str) -> str:
    """Spell what a word changes in our own words."""
    if isinstance(meaning, str):
        return meaning
    fields = cast(Transform, SimpleNamespace(**(DEFAULTS | meaning)))
    words = [row.word + (row.write(fields) or "") for row in TOKENS if _spells(row.fields, meaning, row.write(fields))]
    format = meaning.get("format", Format.AUTO)
    return "-".join(words) + (f".{format.value}" if format is not Format.AUTO else "") or "nothing"


def _spells(fields: tuple[str, ...], changes: Changes, written: str | None) -> bool:
    return written is not None and any(changes.get(name, DEFAULTS[name]) != DEFAULTS[name] for name in fields)
