"""`firstsight cost`: what a month costs, beside an always-on container."""

import json
from pathlib import Path
from typing import Annotated

import typer

from firstsight.cli import costed, terminal
from firstsight.cli.options import Config
from firstsight.settings import Architecture, Topology, load

#: The most lines of the log that are read.
_LINES = 50_000


def cost(
    *,
    requests: Annotated[float, typer.Option("--requests", metavar="N", min=0, help="Requests a month.")] = 1e6,
    hit_rate: Annotated[
        float,
        typer.Option("--hit-rate", metavar="SHARE", min=0, max=1, help="The share whose image is there already."),
    ] = 0.95,
    cached: Annotated[
        float,
        typer.Option(
            "--cached", metavar="SHARE", min=0, max=1, help="Of those, the share that CloudFront has in its caches."
        ),
    ] = 0.9,
    kilobytes: Annotated[
        float | None,
        typer.Option("--kilobytes", metavar="N", min=0, help="An image's size; otherwise that of the durations."),
    ] = None,
    months: Annotated[
        float, typer.Option("--months", metavar="N", min=0, help="For how long what was made is kept.")
    ] = 12,
    peak: Annotated[
        float, typer.Option("--peak", metavar="N", min=1, help="The busiest hour over the average one.")
    ] = 3,
    topology: Annotated[
        Topology | None, typer.Option("--topology", help="Another topology than the settings say.")
    ] = None,
    memory: Annotated[
        int | None, typer.Option("--memory", metavar="MB", min=128, max=10_240, help="Another memory.")
    ] = None,
    arch: Annotated[Architecture | None, typer.Option("--arch", help="Another architecture.")] = None,
    from_logs: Annotated[
        bool,
        typer.Option("--from-logs", metavar="", help="Take durations from the function's log, not as measured by us."),
    ] = False,
    minutes: Annotated[int, typer.Option("--minutes", metavar="N", min=1, help="How far back in the log.")] = 1440,
    plot: Annotated[
        Path | None, typer.Option("--plot", metavar="FILE", help="Draw the cost over requests a month, as SVG.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", metavar="", help="Print it as JSON, with the prices.")] = False,
    config: Config = None,
) -> None:
    """
    Estimate what a month on AWS costs, part by part, beside containers that do the same.

    [dim]firstsight cost --requests 1e7 --hit-rate 0.98 --topology cdn --plot cost.svg[/]
    """
    from firstsight.aws.cost import Traffic, deployment_of
    from firstsight.aws.durations import MEASURED

    settings = load(config)
    durations = costed.logged(settings, minutes=minutes, most=_LINES) if from_logs else MEASURED
    deployment = deployment_of(settings, topology=topology, memory=memory, architecture=arch)
    traffic = Traffic(requests, hit_rate, cached, durations.kilobytes if kilobytes is None else kilobytes, months, peak)
    month = costed.Month(deployment, traffic, durations)
    if plot is not None:
        plot.write_text(costed.drawing(month), "utf-8")
        terminal.progress(f"Wrote {plot}.")
    if as_json:
        terminal.out().print(json.dumps(costed.data(month), indent=2), soft_wrap=True)
    else:
        costed.show(month, terminal.out())
