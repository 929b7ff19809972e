"""`firstsight purge`: stored derivatives deleted by hand."""

from collections.abc import Callable, Iterable, Iterator
from typing import Annotated

import typer
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from firstsight import cdn, purging
from firstsight.cli import terminal, words
from firstsight.cli.deploy import confirm
from firstsight.cli.options import Config, Yes
from firstsight.cli.terminal import BadUsage
from firstsight.errors import FirstsightError
from firstsight.purging import Found
from firstsight.service import Service, open_service
from firstsight.settings import Settings, Topology, load

#: How many derivatives are named, of however many there are.
NAMED = 10
#: Seconds that CloudFront may have too much to do.
PATIENCE = 300


def purge(
    key: Annotated[str | None, typer.Argument(metavar="KEY", help="A source, whose derivatives go.")] = None,
    *,
    prefix: Annotated[
        str | None,
        typer.Option("--prefix", metavar="P", help="Those of all sources below this, as in photos/2024; '' is all."),
    ] = None,
    preset: Annotated[str | None, typer.Option("--preset", metavar="NAME", help="Those of a preset.")] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", metavar="", help="Tell what would go, and no more.")] = False,
    yes: Yes = False,
    config: Config = None,
) -> None:
    """
    Delete stored derivatives: of a source, of all sources below a prefix, or of a preset.

    They are made again when somebody asks.
    Only what Firstsight has made is deleted, and never a source.
    CloudFront is told to forget them, where the settings have one.

    [dim]firstsight purge photos/cat.jpg[/]
    """
    settings = load(config)
    service = open_service(settings)
    find, begins = _chosen(service, key, prefix, preset)
    count, size, some = _counted(find())
    console = terminal.out()
    for name in some:
        console.print(f"  {name}", soft_wrap=True)
    if count > len(some):
        console.print(f"  and {count - len(some):,} more", style="dim")
    console.print(
        f"{words.count(count, 'derivative')}, {words.size(size)}, in {service.derivatives.url}", soft_wrap=True
    )
    if preset is not None and preset not in settings.presets:
        terminal.note(f"There is no preset '{preset}' in the settings; these are named as if it were one.")
    distribution = "" if dry_run else _distribution(settings)
    if dry_run or (not count and not (distribution and key)):
        return
    confirm(f"Delete {words.count(count, 'derivative')}?" if count else "Tell CloudFront to forget them?", yes=yes)
    beside = _delete(service, find(), count, begins)
    if key is not None:
        beside += [name for name in purging.beside(service, key.strip("/")) if name not in beside]
    if distribution:
        paths = _paths(begins, beside)
        cdn.invalidate(distribution, paths, seconds=PATIENCE)
        console.print(f"CloudFront was told to forget {', '.join(paths[:NAMED])}", soft_wrap=True)


def _chosen(
    service: Service, key: str | None, prefix: str | None, preset: str | None
) -> tuple[Callable[[], Iterator[Found]], str | None]:
    """Give what finds the derivatives, and what the paths of most of them begin with, if anything."""
    if sum(one is not None for one in (key, prefix, preset)) != 1:
        raise BadUsage(
            "Expected one of KEY, --prefix and --preset.",
            remedy="For example: firstsight purge photos/cat.jpg, or firstsight purge --preset thumb.",
        )
    if key is not None:
        source = key.strip("/")
        return lambda: purging.of_source(service, source, everywhere=True), source
    if prefix is not None:
        below = prefix.strip("/")
        return lambda: purging.below(service, below), f"{below}/" if below else ""
    return lambda: purging.of_preset(service, preset or ""), None


def _counted(found: Iterable[Found]) -> tuple[int, int, list[str]]:
    """Give the number of derivatives, their bytes, and the names of some."""
    count = size = 0
    some: list[str] = []
    columns = (TextColumn("{task.completed:,} derivatives found"), BarColumn())
    with Progress(*columns, console=terminal.err(), transient=True) as progress:
        task = progress.add_task("", total=None)
        for one in found:
            count, size = count + 1, size + one.size
            if len(some) < NAMED:
                some.append(one.key)
            progress.update(task, completed=count)
    return count, size, some


def _delete(service: Service, found: Iterable[Found], count: int, begins: str | None) -> list[str]:
    """Delete them; give the keys that do not begin as most do, as many as are worth naming."""
    beside: list[str] = []
    deleted = size = 0
    columns = (BarColumn(), MofNCompleteColumn(), TextColumn("deleted"), TimeRemainingColumn())
    try:
        with Progress(*columns, console=terminal.err(), transient=True) as progress:
            task = progress.add_task("", total=count)
            for one in purging.purge(service.derivatives, found):
                deleted, size = deleted + 1, size + one.size
                progress.update(task, completed=deleted, total=max(count, deleted))
                if len(beside) <= cdn.MOST_NAMED and (begins is None or not one.key.startswith(begins)):
                    beside.append(one.key)
    finally:
        terminal.out().print(f"{words.count(deleted, 'derivative')} deleted, {words.size(size)}")
    return beside


def _paths(begins: str | None, beside: Iterable[str]) -> tuple[str, ...]:
    named = cdn.named(beside)
    if begins == "" or cdn.EVERYTHING in named:
        return (cdn.EVERYTHING,)
    return (*([] if begins is None else [cdn.wildcard(begins)]), *named)


def _distribution(settings: Settings) -> str:
    """Give the distribution that has to be told, or nothing."""
    if settings.aws.distribution or settings.aws.topology is not Topology.CDN:
        return settings.aws.distribution
    from firstsight.aws import names, reading

    try:
        stack = reading.connect(settings).stack(names.stack_name(settings))
    except FirstsightError as error:
        terminal.note(f"CloudFront is not told: {error.message}")
        return ""
    if stack.status.unknown:
        terminal.note(f"CloudFront is not told, for the stack cannot be read: {stack.status.unknown}.")
    return stack.outputs.get("Distribution", "")
