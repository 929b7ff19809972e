"""How a plan is shown."""

import difflib
import json
from collections import Counter
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.text import Text

if TYPE_CHECKING:
    from firstsight.aws.plan import Change, Plan

_MARKS = {
    "create": ("+", "green"),
    "update": ("~", "yellow"),
    "delete": ("-", "red"),
    "keep": (" ", "dim"),
    "unknown": ("?", "magenta"),
}
#: Lines around a difference.
_AROUND = 2


def show(plan: "Plan", console: Console) -> None:
    """Print the changes in their order, what is granted, what it costs, and what is to be known."""
    console.print(f"Account {plan.account}, region {plan.region}, stack {plan.name}\n", style="bold")
    for change in plan.changes:
        if change.action != "keep":
            _show(change, console)
    kept = Counter(change.step for change in plan.changes if change.action == "keep")
    if kept:
        told = ", ".join(f"{step} {count}" if count > 1 else step for step, count in kept.items())
        console.print(f"  keep    {told}", style="dim", soft_wrap=True)
    console.print("\nThe function may:", style="bold")
    for grant in plan.grants:
        # as a text, because to rich the `:secret:` of an ARN is an emoji
        console.print(Text(f"  {_actions(grant)} on {_resources(grant)}"), soft_wrap=True)
    cost = plan.cost
    console.print(f"\nA month of {cost.requests:,} requests: about ${cost.dollars:,.2f}", style="bold")
    for row in cost.costs:
        amount = f", {row.amount}" if row.amount else ""
        console.print(f"  {row.dollars:8.2f}  {row.what}{amount}", soft_wrap=True)
    console.print(
        f"  (list prices of us-east-1, {_date()}, without free tiers; `firstsight cost` says more)",
        style="dim",
        soft_wrap=True,
    )
    for title, sentences, style in (
        ("Warning", plan.warnings, "yellow"),
        ("Unknown", plan.unknowns, "magenta"),
        ("Refused", plan.refusals, "bold red"),
    ):
        for sentence in sentences:
            console.print(Text.assemble("\n", (f"{title}: ", style), sentence), soft_wrap=True)
    console.print()
    if plan.is_empty:
        console.print("Nothing to change.")
    console.print(f"checksum {plan.checksum}")


def difference(before: Any, after: Any) -> list[str]:
    """Give the lines in which two documents differ, with their marks."""
    old, new = ([] if one is None else json.dumps(one, indent=2).splitlines() for one in (before, after))
    lines = list(difflib.unified_diff(old, new, lineterm="", n=_AROUND))[2:]
    return [line for line in lines if not line.startswith("@@")]


def _show(change: "Change", console: Console) -> None:
    mark, style = _MARKS[change.action]
    console.print(Text(f"{mark} {change.action:<7} {change.what}", style), soft_wrap=True)
    if change.action == "unknown":
        console.print(f"      {change.before}", style="dim", soft_wrap=True)
    elif change.action == "update" or change.step not in ("stack", "function"):
        for line in difference(change.before, change.after):
            colour = {"+": "green", "-": "red"}.get(line[:1], "dim")
            console.print(Text(f"      {line}", colour), soft_wrap=True)


def _actions(grant: Any) -> str:
    return ", ".join(grant["Action"])


def _resources(grant: Any) -> str:
    named = ", ".join(grant["Resource"])
    for what, values in grant.get("Condition", {}).get("StringLike", {}).items():
        if what == "s3:prefix":
            return f"{named}, below {', '.join(values)}"
        return f"{named}, only for {values}"  # what one of AWS's services has encrypted with it
    return named


def _date() -> str:
    from firstsight.aws.prices import DATE

    return DATE
