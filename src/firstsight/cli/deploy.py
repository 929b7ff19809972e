"""`firstsight deploy`: from a plan to what it says."""

import sys
from typing import Annotated

import typer

from firstsight.cli import planned, terminal
from firstsight.cli.options import Bundle, Config, Yes
from firstsight.settings import load


def deploy(
    *,
    yes: Yes = False,
    checksum: Annotated[
        str | None,
        typer.Option("--checksum", metavar="C", help="Apply only the plan of this checksum, which plan has shown."),
    ] = None,
    bundle: Bundle = None,
    config: Config = None,
) -> None:
    """
    Make the function and all it needs, or bring them up to date.

    The plan is shown and confirmed first.
    The new version serves only once it has made an image; until then, and if it fails, the old one does.
    An interrupted deploy is run again, and goes on from where it was.

    [dim]firstsight deploy[/]
    """
    from firstsight.aws.apply import Deploy, apply
    from firstsight.aws.plan import PlanRefused
    from firstsight.aws.prepare import prepare

    with prepare(load(config), config, bundle=bundle, tell=terminal.progress) as prepared:
        plan = prepared.plan
        planned.show(plan, terminal.out())
        if checksum is not None and checksum != plan.checksum:
            raise PlanRefused(
                f"Expected the plan '{checksum}' but this is '{plan.checksum}'.",
                remedy="Something has changed since; look at firstsight plan again. Nothing has been changed.",
            )
        if plan.refusals:
            raise PlanRefused(plan.refusals[0], remedy="Nothing has been changed.")
        if plan.is_empty:
            return
        confirm("Apply this plan?", yes=yes)
        under_way = Deploy(
            prepared.cloud,
            prepared.settings,
            prepared.desired,
            prepared.facts,
            plan,
            prepared.bundle,
            tell=terminal.progress,
        )
        try:
            apply(under_way)
        except KeyboardInterrupt:
            terminal.note("Interrupted. What serves has not been touched; firstsight deploy goes on from here.")
            raise
        where = prepared.desired.public_url or under_way.outputs["Front"].rstrip("/")
        terminal.out().print(f"Done. Images are at {where}", soft_wrap=True)


def confirm(question: str, *, yes: bool) -> None:
    """Ask, unless the answer was given. Raises BadUsage where nobody can be asked, Abort for no."""
    if yes:
        return
    if not sys.stdin.isatty():
        raise terminal.BadUsage("Nobody can be asked here.", remedy="Add --yes to go on without.")
    if not typer.confirm(question):
        raise typer.Abort
