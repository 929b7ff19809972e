"""`firstsight doctor`: what is wrong, why, and what to do about it."""

import json
import os
from collections.abc import Sequence
from typing import Annotated
from urllib.parse import urlsplit

import typer
from rich.console import Console
from rich.padding import Padding
from rich.text import Text

from firstsight.cli import terminal
from firstsight.cli.options import Config, is_loopback
from firstsight.doctor import finding
from firstsight.doctor.finding import Finding, Hop, Verdict

_LOOKS = {
    Verdict.FAILURE: ("wrong", "bold red"),
    Verdict.UNKNOWN: ("unknown", "bold magenta"),
    Verdict.WARNING: ("warning", "bold yellow"),
    Verdict.OK: ("ok", "green"),
}


def doctor(
    *,
    url: Annotated[
        str | None, typer.Argument(metavar="URL", help="An image's address, to be followed hop by hop.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", metavar="", help="Print it as JSON.")] = False,
    config: Config = None,
) -> None:
    """
    Name the cause of what is wrong, and the cure.

    Reads this machine, the settings and what AWS has, and changes nothing.
    With a URL, the request is followed as a browser would.
    Causes come first, and what only follows from them is told with them.
    Each finding has a code, and docs/doctor.md a section of that name.
    The exit status is 1 where something is wrong, 3 where only something could not be read, and otherwise 0.

    [dim]firstsight doctor http://my-photos.s3-website-eu-west-1.amazonaws.com/cat.jpg/thumb.webp[/]
    """
    from firstsight.doctor import reading
    from firstsight.doctor.check import run
    from firstsight.doctor.checks import CHECKS
    from firstsight.doctor.walk import walk

    if url is not None and not (urlsplit(url).scheme in ("http", "https") and urlsplit(url).hostname):
        raise terminal.BadUsage(
            f"Expected the address of an image but got '{url}'.",
            remedy="Give all of it, from http:// or https:// on; firstsight status says where images are.",
        )
    hops = walk(url, connect=_private(url)) if url else ()
    found = finding.by_cause(run(reading.read(config, hops), CHECKS))
    if as_json:
        told = {"findings": [one.data() for one in found], "hops": [hop.data() for hop in hops]}
        terminal.out().print(json.dumps(told, indent=2), soft_wrap=True)
    else:
        show(found, hops, terminal.out())
    if status := finding.worst(found):
        raise typer.Exit(status)


def _private(url: str) -> str | None:
    """Give what stands in for every host in a private AWS, whose names no resolver knows."""
    endpoint = os.environ.get("AWS_ENDPOINT_URL", "")
    return urlsplit(endpoint).netloc if endpoint and not is_loopback(urlsplit(url).hostname or "") else None


def show(found: Sequence[Finding], hops: Sequence[Hop], console: Console) -> None:
    """Print the hops, what is wrong, and what is well; what is unknown for the same reason is told once."""
    for number, hop in enumerate(hops, 1):
        console.print(_hop(number, hop))
    if hops:
        console.print()
    fine = [one for one in found if one.verdict is Verdict.OK]
    told: dict[tuple[Verdict, tuple[str, ...]], list[Finding]] = {}
    for number, one in enumerate(found):
        if one.verdict is not Verdict.OK:
            reason = one.evidence if one.verdict is Verdict.UNKNOWN else (str(number),)
            told.setdefault((one.verdict, reason), []).append(one)
    for alike in told.values():
        _finding(alike, console)
    codes = ", ".join(one.code for one in fine) or "none"
    console.print(Text.assemble(("ok  ", "green"), f"{len(fine)} of {len(found)} checks: ", (codes, "dim")))


def _hop(number: int, hop: Hop) -> Text:
    status = Text(str(hop.status or "no answer"), "bold red" if hop.wrong else "bold")
    line = Text.assemble(f"{number}  ", status, f"  {hop.url}  ", (f"{hop.who.value}, {hop.seconds:.2f} s", "dim"))
    for more in (f"-> {hop.to}" if hop.to else "", hop.note, " ".join(hop.body.split())[:200] if hop.wrong else ""):
        if more:
            line.append(f"\n     {more}")
    return line


def _finding(alike: Sequence[Finding], console: Console) -> None:
    one, *more = alike
    word, style = _LOOKS[one.verdict]
    what = one.what if not more else f"{len(alike)} checks could not be made."
    codes = ", ".join(finding.code for finding in alike)
    console.print(Text.assemble((f"{word}  ", style), (what, "bold"), (f"  [{codes}]", "dim")))
    for line in one.evidence:
        console.print(Padding(Text(line, "cyan"), (0, 0, 0, 4), expand=False))
    if one.why and not more:
        console.print(Padding(Text(f"Why it matters: {one.why}"), (0, 0, 0, 2), expand=False))
    if one.remedy:
        console.print(Padding(Text(f"Do: {one.remedy}"), (0, 0, 0, 2), expand=False))
    console.print()
