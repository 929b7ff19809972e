"""`firstsight check`: whether the settings hold, and what they mean."""

import itertools
import os
from collections.abc import Iterator
from pathlib import Path

import typer
from rich import box
from rich.console import Console
from rich.table import Table

from firstsight import changed, tokens
from firstsight.cli import terminal, words
from firstsight.cli.options import Config, is_loopback, load_local
from firstsight.cli.serve import place, who
from firstsight.errors import FirstsightError
from firstsight.places import derivatives_url
from firstsight.service import open_service
from firstsight.settings import FILE, SETTINGS, Access, Damaged, Settings
from firstsight.stores import open_store


def check(*, config: Config = None) -> None:
    """
    Check the settings, and say what they mean.

    Reads the settings file and FIRSTSIGHT_*, looks into both stores, and changes nothing.
    The exit status is 1 where a setting is wrong or a store cannot be reached.

    [dim]firstsight check --config firstsight.toml[/]
    """
    settings, decided = load_local(config)
    console = terminal.out()
    reached = _stores(settings)
    _rows(
        console,
        [
            ("Settings", _where(config)),
            ("Sources", reached[0][1]),
            ("Derivatives", reached[1][1]),
            ("Access", who(settings, decided=decided)),
            ("Grammars", ", ".join(settings.grammars)),
            ("Keys", ", ".join(key.id for key in settings.keys) + " (the last signs)" if settings.keys else "none"),
            ("Caching", settings.cache_control),
            ("Damaged", "refused" if settings.damaged == Damaged.STRICT else "shown as far as they can be decoded"),
            ("SVG", "drawn" if settings.svg else "refused"),
            ("Server", _server(settings)),
            ("Limits", "\n".join(limit(settings.limits) for limit in words.LIMITS.values())),
            *([] if settings.presets else [("Presets", "none")]),
        ],
    )
    if settings.presets:
        console.print(_presets(settings, console))
    for sentence in (*_doubts(settings), *_changed(settings, reached)):
        terminal.note(sentence)
    if not all(ok for ok, _ in reached):
        raise typer.Exit(1)


def _where(config: Path | None) -> str:
    file = config or Path(FILE)
    sources = [str(file.absolute())] if file.is_file() else []
    sources += [row.variable for row in SETTINGS if row.variable in os.environ]
    return ", ".join(sources) or f"the defaults: there is no {FILE} in this folder, and no FIRSTSIGHT_* is set"


def _stores(settings: Settings) -> list[tuple[bool, str]]:
    """Say of both stores whether they can be reached, or why not."""
    found = [_reach(settings.source, settings.limits.seconds)]
    try:
        kept = derivatives_url(settings, open_store(settings.source))
    except FirstsightError:
        return [*found, (True, "beside the sources, or in your cache folder")]
    folder = Path(kept)
    if "://" not in kept and not folder.exists():
        return [*found, (True, f"{folder.absolute()}\nnot there yet; it is made when the server starts")]
    return [*found, _reach(kept, settings.limits.seconds, write=True)]


def _reach(url: str, seconds: float, *, write: bool = False) -> tuple[bool, str]:
    try:
        store = open_store(url, seconds=seconds)
        empty = not list(itertools.islice(store.list(), 1))
    except FirstsightError as error:
        details = f"\n({error.log})" if error.log else ""
        return False, f"{url}\nreachable: no. {error.message} {error.remedy}{details}"
    if write and store.root is not None and not os.access(store.root, os.W_OK):
        return False, f"{place(store)}\nreachable: yes, but it may not be written to. Let this user write there."
    return True, f"{place(store)}\nreachable: yes" + (", and empty" if empty else "")


def _changed(settings: Settings, reached: list[tuple[bool, str]]) -> Iterator[str]:
    """Say which presets have changed since derivatives were stored, where there are any."""
    if not settings.presets or not all(ok for ok, _ in reached):
        return
    kept = derivatives_url(settings, open_store(settings.source))
    if "://" not in kept and not Path(kept).exists():  # opening it would make it
        return
    try:
        found = changed.survey(open_service(settings))
    except FirstsightError as error:
        yield f"Whether presets have changed is unknown: {error.message}"
        return
    yield from changed.sentences(found, served=changed.is_served(settings))


def _server(settings: Settings) -> str:
    workers = "one process" if settings.workers == 1 else f"{settings.workers} processes"
    renders = f"{settings.renders} images at a time" if settings.renders else "an image at a time for each processor"
    return f"{settings.host} port {settings.port}, {workers}, {renders}, {settings.queue} more may wait"


def _rows(console: Console, rows: list[tuple[str, str]]) -> None:
    table = Table.grid(padding=(0, 2))
    table.add_column(style="bold", no_wrap=True)
    table.add_column(overflow="fold")
    for name, value in rows:
        table.add_row(name, value)
    console.print(table)


def _presets(settings: Settings, console: Console) -> Table:
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    table.add_column("Preset", style="bold", overflow="fold")
    table.add_column("Transform", overflow="fold")
    table.add_column("What it gives")
    for preset in settings.presets.values():
        eager = "; made when the source arrives" if preset.eager else ""
        table.add_row(preset.name, tokens.canonical(preset.transform), words.describe(preset.transform) + eager)
    return table


def _doubts(settings: Settings) -> Iterator[str]:
    """Say what is valid and probably not meant."""
    nothing = not settings.presets and not settings.sizes
    if settings.access == Access.PRESETS and nothing:
        yield "Nothing may be asked for: access is by presets, and there are none. Add a [presets.NAME] or `sizes`."
    if settings.access == Access.SIGNED and not settings.keys:
        yield "Nothing can be signed: access is by signature, and there is no key. Add one to `keys`."
    if settings.access == Access.OPEN and not is_loopback(settings.host):
        yield 'Anyone who gets to the server may have any size made. Set `access` to "presets" or "signed".'
    if settings.sizes and "classic" not in settings.grammars:
        yield 'The `sizes` have no effect: they are asked for by the classic grammar. Add "classic" to `grammars`.'
    if _share_a_folder(settings):
        yield (
            "Nothing is kept: derivatives are below their source's key, which in one folder is a file. "
            "Name another folder as `derivatives`, or none for the one in your cache."
        )


def _share_a_folder(settings: Settings) -> bool:
    if not settings.derivatives or "native" not in settings.grammars:
        return False
    try:
        roots = [open_store(url).root for url in (settings.source, settings.derivatives)]
    except FirstsightError:  # it has been told
        return False
    return roots[0] is not None and roots[0] == roots[1]
