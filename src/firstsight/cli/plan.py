"""`firstsight plan`: every change on AWS before it is made."""

import json
from typing import Annotated

import typer

from firstsight.cli import planned, terminal
from firstsight.cli.options import Bundle, Config
from firstsight.settings import load


def plan(
    *,
    as_json: Annotated[bool, typer.Option("--json", metavar="", help="Print it as JSON.")] = False,
    requests: Annotated[
        int, typer.Option("--requests", metavar="N", min=1, help="Requests a month, for the cost.")
    ] = 1_000_000,
    bundle: Bundle = None,
    config: Config = None,
) -> None:
    """
    Show every change that deploy would make on AWS, and make none.

    What is there is read, what the settings ask for is compared with it; the last line is the plan's checksum.

    [dim]firstsight plan[/]
    """
    from firstsight.aws.prepare import prepare

    with prepare(load(config), config, bundle=bundle, requests=requests, tell=terminal.progress) as prepared:
        if as_json:
            terminal.out().print(json.dumps(prepared.plan.data(), indent=2), soft_wrap=True)
        else:
            planned.show(prepared.plan, terminal.out())
    if prepared.plan.refusals:
        raise typer.Exit(1)
