"""`firstsight logs`: the function's log."""

from typing import Annotated

import typer

from firstsight.cli import terminal
from firstsight.cli.options import Config
from firstsight.settings import load


def logs(
    *,
    follow: Annotated[bool, typer.Option("--follow", "-f", metavar="", help="Go on until interrupted.")] = False,
    errors: Annotated[bool, typer.Option("--errors", metavar="", help="Only what failed.")] = False,
    minutes: Annotated[int, typer.Option("--minutes", metavar="N", min=1, help="How far back.")] = 60,
    config: Config = None,
) -> None:
    """
    Print the function's log, a line a request.

    [dim]firstsight logs --follow --errors[/]
    """
    from firstsight.aws import log, names, reading

    settings = load(config)
    cloud = reading.connect(settings)
    out = terminal.out()
    for line in log.lines(cloud, names.stack_name(settings), minutes=minutes, errors=errors, follow=follow):
        out.print(line, soft_wrap=True)
