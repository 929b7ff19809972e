"""`firstsight import`: what another library does to images, as presets."""

from collections.abc import Mapping
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer
from rich import box
from rich.console import Console
from rich.table import Table

from firstsight.carrierwave import exporting, presets, reading, writing
from firstsight.cli import terminal, words
from firstsight.cli.import_peers import import_peer
from firstsight.cli.options import Config
from firstsight.cli.terminal import BadUsage
from firstsight.settings import FILE, Preset, Settings, load

#: A version has the format that its name ends in.
AUTO = "in the format of its name"


class Library(StrEnum):
    """What can be imported."""

    CARRIERWAVE = "carrierwave"
    IMGPROXY = "imgproxy"
    THUMBOR = "thumbor"
    DIT = "dit"


def import_(
    library: Annotated[Library, typer.Argument(help="The library, or the image server.")],
    uploaders: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="UPLOADER|FILE",
            help="Only these uploaders; all that have versions if not given. Or the configuration of a server.",
        ),
    ] = None,
    *,
    rails: Annotated[
        Path | None, typer.Option("--rails", metavar="DIR", help="The Rails application that has the uploaders.")
    ] = None,
    require: Annotated[
        Path | None, typer.Option("--require", metavar="FILE", help="The Ruby file that loads the uploaders.")
    ] = None,
    export: Annotated[
        Path | None, typer.Option("--export", metavar="FILE", help="What the exporter wrote on another machine.")
    ] = None,
    config: Config = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", metavar="", help="Write nothing.")] = False,
    exporter: Annotated[
        bool, typer.Option("--exporter", metavar="", help="Print the Ruby program that exports, and exit.")
    ] = False,
    ruby: Annotated[
        bool, typer.Option("--ruby", metavar="", help="Print the Ruby module for the uploaders, and exit.")
    ] = False,
) -> None:
    """
    Take the versions of CarrierWave's uploaders over as presets, or the configuration of an image server as settings.

    They are written into the settings file, which keeps all else that is in it, and mean exactly the same.
    What could not be taken over is said with its place in the code, or its name.

    [dim]firstsight import carrierwave --rails ~/shop[/]

    [dim]firstsight import carrierwave --exporter > exporter.rb[/]

    [dim]firstsight import imgproxy production.env[/]
    """
    if library is not Library.CARRIERWAVE:
        import_peer(library, uploaders or [], config, dry_run=dry_run)
        return
    if exporter or ruby:
        typer.echo(exporting.script(exporting.EXPORTER if exporter else exporting.MODULE), nl=False)
        return
    if sum(given is not None for given in (rails, require, export)) != 1:
        raise BadUsage(
            "Expected one of --rails DIR, --require FILE and --export FILE.",
            remedy="Where there is no Ruby: firstsight import carrierwave --exporter prints what makes the export.",
        )
    text = export.read_text(encoding="utf-8") if export else exporting.run(rails, require, uploaders or [])
    file = config or Path(FILE)
    settings = load(file if file.exists() else None, {})
    taken = presets.take(reading.read(text), settings.presets)
    console = terminal.out()
    if taken.presets:
        console.print(_table(taken.presets))
    _report(console, taken)
    if not dry_run and taken.presets:
        writing.write(file, taken.presets)
        console.print(f"Written to {file}.", soft_wrap=True)
        first = (
            "" if settings.source != Settings().source else "write the store of the uploads into it as `source`, then "
        )
        console.print(f"Next: {first}firstsight verify carrierwave", soft_wrap=True)


def _table(found: Mapping[str, Preset]) -> Table:
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    table.add_column("Preset", style="bold", overflow="fold")
    table.add_column("What it gives")
    table.add_column("Versions", overflow="fold")
    for preset in found.values():
        table.add_row(preset.name, words.describe(preset.transform, auto=AUTO), "\n".join(preset.carrierwave))
    return table


def _report(console: Console, taken: presets.Taken) -> None:
    for remark in sorted(taken.remarks, key=lambda remark: (not remark.left_out, remark.place)):
        console.print(f"{remark.place} {remark.about}: {remark.sentence}", soft_wrap=True)
    left_out = sum(remark.left_out for remark in taken.remarks)
    if left_out:
        console.print(
            f"{left_out} left out. Their uploaders go on as they are until these are written as presets by hand.",
            soft_wrap=True,
        )
