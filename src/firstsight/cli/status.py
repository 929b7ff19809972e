"""`firstsight status`: what runs on AWS."""

from typing import Annotated

import typer
from rich.table import Table

from firstsight.cli import terminal
from firstsight.cli.options import Config
from firstsight.settings import load


def status(
    *,
    drift: Annotated[
        bool,
        typer.Option("--drift/--no-drift", metavar="", help="Have CloudFormation look for drift, which takes a while."),
    ] = True,
    config: Config = None,
) -> None:
    """
    Say what runs on AWS, since when, and what has been changed by others.

    [dim]firstsight status[/]
    """
    from firstsight.aws.prepare import remembered
    from firstsight.aws.status import rows

    cloud, facts, desired = remembered(load(config))
    table = Table.grid(padding=(0, 2))
    table.add_column(style="bold", no_wrap=True)
    table.add_column(overflow="fold")
    for name, value in rows(cloud, facts, desired, look=drift):
        table.add_row(name, value)
    terminal.out().print(table)
    if facts.stack.status.value is None:
        raise typer.Exit(1)
