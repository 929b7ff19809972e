"""`firstsight backfill`: presets made of all sources that there are already."""

import contextlib
from collections.abc import Callable, Iterator
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer
from rich.progress import BarColumn, Progress, ProgressColumn, Task, TextColumn, TimeRemainingColumn
from rich.table import Table
from rich.text import Text

from firstsight.backfill import local, plan
from firstsight.backfill.survey import Survey, survey
from firstsight.cli import terminal, words
from firstsight.cli.failures import Failures
from firstsight.cli.options import Config
from firstsight.cli.terminal import BadUsage
from firstsight.errors import FirstsightError
from firstsight.service import Service, open_service
from firstsight.settings import Preset, Settings, load
from firstsight.threads import in_thread


class Where(StrEnum):
    """What makes the images."""

    LOCAL = "local"
    AWS = "aws"


def backfill(
    *,
    preset: Annotated[list[str], typer.Option("--preset", metavar="NAME", help="A preset to make; may be repeated.")],
    prefix: Annotated[
        str, typer.Option("--prefix", metavar="P", help="Only sources below this, as in photos/2024.")
    ] = "",
    on: Annotated[
        Where, typer.Option("--on", help="Where: all cores of this machine, or Step Functions and the function on AWS.")
    ] = Where.LOCAL,
    concurrency: Annotated[
        int, typer.Option("--concurrency", metavar="N", min=1, max=1000, help="Functions at a time, on AWS.")
    ] = 50,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", metavar="", help="Tell what is missing, about how long it takes, and its cost.")
    ] = False,
    report: Annotated[
        Path | None, typer.Option("--report", metavar="FILE", help="Write every failure to this file, as CSV.")
    ] = None,
    config: Config = None,
) -> None:
    """
    Make presets of all sources that are there already.

    Only what is missing or out of date is made. It may be stopped at any time: run again, it goes on with the rest.
    The exit status is 1 if something could not be made.

    [dim]firstsight backfill --preset thumb --preset large --prefix photos[/]

    [dim]firstsight backfill --preset thumb --on aws --dry-run[/]
    """
    settings = load(config)
    presets = chosen(preset, settings)
    service = open_service(settings)
    with contextlib.closing(Failures(report)) as failures:
        if dry_run:
            known = surveyed(service, presets, prefix, failures)
            terminal.out().print(_told(known, settings, service, on, concurrency), soft_wrap=True)
        elif on is Where.AWS:
            from firstsight.cli import backfill_aws

            backfill_aws.run(settings, presets, prefix, concurrency, failures)
        else:
            _make(service, presets, prefix, failures)
        failures.show()
        if failures.count:
            raise typer.Exit(1)


def chosen(names: list[str], settings: Settings) -> tuple[Preset, ...]:
    """Give the presets of these names. Raises BadUsage."""
    for name in names:
        if name not in settings.presets:
            known = ", ".join(settings.presets) or "none"
            raise BadUsage(f"There is no preset '{name}'.", remedy=f"The settings have these presets: {known}.")
    presets = tuple(settings.presets[name] for name in dict.fromkeys(names))
    for nameless in plan.without_names(presets, settings):
        raise BadUsage(
            f"No URL of these settings asks for the preset '{nameless}', so it has no name to be stored under.",
            remedy="Add 'native' to `grammars`.",
        )
    return presets


def surveyed(service: Service, presets: tuple[Preset, ...], prefix: str, failures: Failures) -> Survey:
    """Count what is missing, and estimate what making it takes."""
    known = Survey()
    with _progress(service, presets, prefix, "looked at") as progress:
        for known in survey(service, local.found(service, presets, prefix)):
            progress(known.sources, f"{known.derivatives:,} missing")
    failures.add(known.failures)
    return known


def _told(known: Survey, settings: Settings, service: Service, on: Where, concurrency: int) -> str | Table:
    if not known.derivatives:
        return f"Nothing is missing of {words.count(known.sources, 'source')}."
    if on is Where.AWS:
        from firstsight.cli import backfill_aws

        return backfill_aws.told(known, settings, concurrency)
    seconds = known.seconds / min(local.makers(service), local.cores())
    return (
        f"{words.count(known.derivatives, 'derivative')} of {words.count(known.lacking, 'source')} missing, "
        f"of {known.sources:,} in all: about {words.duration(seconds)} on this machine, and {words.size(known.size)}."
    )


def _make(service: Service, presets: tuple[Preset, ...], prefix: str, failures: Failures) -> None:
    made = size = 0
    try:
        with (
            _progress(service, presets, prefix, "done") as progress,
            contextlib.closing(local.run(service, local.found(service, presets, prefix))) as done,
        ):
            for count, one in enumerate(done, 1):
                failures.add(one.outcomes)
                good = [outcome.size for outcome in one.outcomes if not outcome.error]
                made, size = made + len(good), size + sum(good)
                progress(count, f"{made:,} made")
    except KeyboardInterrupt:
        terminal.note("Interrupted. What has been made is kept; the same command goes on with the rest.")
        raise
    finally:
        terminal.out().print(f"{words.count(made, 'derivative')} made, {words.size(size)}")


class _Rate(ProgressColumn):
    """Sources a second."""

    def render(self, task: Task) -> Text:
        return Text(f"{task.speed:,.1f}/s" if task.speed else "")


@contextlib.contextmanager
def _progress(
    service: Service, presets: tuple[Preset, ...], prefix: str, done: str
) -> Iterator[Callable[[int, str], None]]:
    """Show how many sources are done, of how many as soon as they are counted, the rate, and the time that is left."""
    total = in_thread(lambda: sum(1 for _ in local.found(service, presets, prefix)))
    columns = (
        TextColumn("{task.completed:,} {task.description}"),
        BarColumn(),
        TextColumn("{task.fields[said]}"),
        _Rate(),
        TimeRemainingColumn(),
    )
    console = terminal.err()
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as progress:
        task = progress.add_task(f"sources {done}", total=None, said="")

        def show(count: int, said: str) -> None:
            with contextlib.suppress(TimeoutError, FirstsightError):  # what cannot be listed is told by who needs it
                progress.update(task, total=total(0))
            progress.update(task, completed=count, said=said)

        yield show
