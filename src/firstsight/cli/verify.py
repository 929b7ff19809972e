"""`firstsight verify`: what another library stored, beside the same made here."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer
from rich import box
from rich.table import Table

from firstsight.carrierwave import page
from firstsight.carrierwave import verify as core
from firstsight.cli import terminal, words
from firstsight.cli.options import Config
from firstsight.errors import FirstsightError
from firstsight.settings import load
from firstsight.stores import open_store


class Library(StrEnum):
    """What may have stored its versions."""

    CARRIERWAVE = "carrierwave"


class Different(FirstsightError):
    """What is made here is not like what was stored."""

    code = "different"
    title = "Different"


def verify(
    library: Annotated[Library, typer.Argument(help="The library.")],
    *,
    sample: Annotated[int, typer.Option("--sample", min=1, metavar="N", help="How many originals to try.")] = 50,
    html: Annotated[
        Path, typer.Option("--html", metavar="FILE", help="The page with the worst cases side by side.")
    ] = Path("verify.html"),
    worst: Annotated[int, typer.Option("--worst", min=0, metavar="N", help="How many of these to show.")] = 20,
    config: Config = None,
) -> None:
    """
    Compare the versions that CarrierWave has stored with those made here.

    Takes originals whose versions are in the source store, makes each version in memory, and stores nothing.
    The exit status is 1 where a size or a format differs, or a difference can be seen.

    [dim]firstsight verify carrierwave --sample 200[/]
    """
    settings = load(config)
    store = open_store(settings.source, seconds=settings.limits.seconds)
    drawn = core.sample(store, settings, sample)
    if not drawn:
        raise Different(
            "There is no original with a stored version in the source store.",
            remedy="Check `source`, and `carrierwave` of the presets.",
        )
    compared = list(core.compare(store, settings, drawn))
    rows = core.table(compared)
    console = terminal.out()
    console.print(_table(rows))
    html.write_text(page.page(rows, core.worst(compared, worst), len(drawn)), encoding="utf-8")
    console.print(f"{len(drawn)} originals; the worst cases side by side: {html}", soft_wrap=True)
    failing = sum(not one.passes for one in compared)
    if failing:
        raise Different(f"{failing} of {len(compared)} versions differ.", remedy=f"Look at them in {html}.")


def _table(rows: list[core.Row]) -> Table:
    table = Table(box=box.SIMPLE_HEAD, padding=(0, 1, 0, 0), pad_edge=False)
    table.add_column("Version", style="bold", overflow="fold", no_wrap=True)
    for heading in ("Tried", "Same size", "Same format", "Least alike", "Alike on average", "Before", "Now"):
        table.add_column(heading, justify="right")
    for row in rows:
        alike = ("-" if value is None else f"{value:.4f}" for value in (row.least, row.mean))
        compared = f"{row.compared} of {row.compared + row.trouble}" if row.trouble else str(row.compared)
        sizes = (words.size(row.stored), words.size(row.made))
        table.add_row(row.name, compared, str(row.same_size), str(row.same_kind), *alike, *sizes)
    return table
