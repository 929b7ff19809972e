"""`firstsight destroy`: all that deploys have made is taken away again."""

from pathlib import Path
from typing import Annotated

import typer

from firstsight.cli import planned, terminal
from firstsight.cli.deploy import confirm
from firstsight.cli.options import Config, Yes
from firstsight.settings import load


def destroy(
    *,
    yes: Yes = False,
    derivatives: Annotated[
        bool, typer.Option("--derivatives", metavar="", help="Delete the derivatives, too; they are known by a tag.")
    ] = False,
    config: Config = None,
) -> None:
    """
    Take away the stack, and exactly what was added to the bucket.

    The bucket's own website, policy and notifications are as they were before.
    Sources are never deleted, and derivatives only with --derivatives.

    [dim]firstsight destroy[/]
    """
    from firstsight.aws import destroy as taking
    from firstsight.aws import plan as plans
    from firstsight.aws.apply import Deploy
    from firstsight.aws.prepare import remembered

    settings = load(config)
    cloud, facts, desired = remembered(settings)
    console = terminal.out()
    if facts.state.unknown or facts.stack.status.unknown:
        raise plans.PlanRefused(
            f"What is there cannot be read: {facts.state.unknown or facts.stack.status.unknown}.",
            remedy="Check what these credentials may do.",
        )
    if facts.stack.status.value is None and facts.state.value is None:
        console.print(f"There is no stack {desired.name} in {facts.region}, and nothing is remembered of one.")
        return
    for restored in taking.restorations(facts):
        console.print(f"~ {restored.kind} of bucket {restored.bucket}", style="yellow", soft_wrap=True)
        for line in planned.difference(plans.readable(restored.before), plans.readable(restored.after)):
            console.print(f"      {line}", soft_wrap=True)
    console.print(f"- stack {desired.name}", style="red")
    if derivatives:
        console.print(f"- all derivatives in {desired.stack.derivatives.url}", style="red", soft_wrap=True)
    confirm("Take this away?", yes=yes)
    plan = plans.make(settings, facts, desired)
    taking.destroy(
        Deploy(cloud, settings, desired, facts, plan, Path(), tell=terminal.progress), derivatives=derivatives
    )
    console.print("Done.")
