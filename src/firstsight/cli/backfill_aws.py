"""The backfill that Step Functions runs: started and watched from here."""

import time

from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table

from firstsight.ahead import Outcome
from firstsight.aws import backfill_cost, executions, names, prices, reading
from firstsight.aws.cloud import AwsRefused, Cloud
from firstsight.backfill.survey import Survey
from firstsight.cli import terminal, words
from firstsight.cli.failures import Failures
from firstsight.errors import FirstsightError
from firstsight.settings import Preset, Settings

#: Seconds between one look and the next.
PACE = 2.0


class NotDeployed(FirstsightError):
    """What makes presets of all sources is not part of the stack."""

    code = "not-deployed"
    title = "Not deployed"
    remedy = "Write backfill = true into [aws]; firstsight plan shows what that adds, and firstsight deploy makes it."


def run(settings: Settings, presets: tuple[Preset, ...], prefix: str, concurrency: int, failures: Failures) -> None:
    """Start a run and watch it to its end. Who interrupts it stops it."""
    sources, _ = names.places(settings)
    name = names.stack_name(settings)
    cloud = reading.connect(settings)
    machine = executions.machine(cloud, name, cloud.account())
    if machine is None:
        raise NotDeployed(f"The stack '{name}' has no state machine for a backfill.")
    under_way = executions.running(cloud, machine)
    if under_way is not None:
        raise AwsRefused(
            "A backfill is running already.",
            remedy=f"Wait for its end, or stop it: aws stepfunctions stop-execution --execution-arn {under_way}",
        )
    below = f"{prefix.strip('/')}/" if prefix.strip("/") else ""
    chosen = tuple(preset.name for preset in presets)
    begun = executions.start(cloud, machine, prefix=sources.prefix + below, presets=chosen, concurrency=concurrency)
    terminal.progress(f"Started {begun}")
    try:
        done = _watch(cloud, begun)
    except KeyboardInterrupt:
        executions.stop(cloud, begun)
        terminal.note("Stopped. What has been made is kept; the same command goes on with the rest.")
        raise
    _tell(cloud, done, failures)


def _watch(cloud: Cloud, begun: str) -> executions.Run:
    console = terminal.err()
    columns = (TextColumn("{task.completed:,} of {task.total:,} objects"), BarColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as progress:
        task = progress.add_task("", total=0)
        while not (seen := executions.look(cloud, begun)).is_over:
            progress.update(task, completed=seen.done, total=seen.total)
            time.sleep(PACE)
    return seen


def _tell(cloud: Cloud, done: executions.Run, failures: Failures) -> None:
    made = size = answered = 0
    if done.results is not None:
        for answer in executions.answers(cloud, done.results):
            answered += 1
            made, size = made + answer.get("made", 0), size + answer.get("bytes", 0)
            failures.add(
                Outcome(one["source"], one["key"], 0, one["error"], one["reason"]) for one in answer.get("failed", ())
            )
            if "Error" in answer:
                failures.add([Outcome(_first(answer), "", 0, answer["Error"], answer.get("Cause", ""))])
    said = f", {words.count(made, 'derivative')} made, {words.size(size)}" if answered else ""
    terminal.out().print(f"{words.count(done.done, 'object')} looked at{said}")
    if done.status != executions.SUCCEEDED:
        raise AwsRefused(
            f"The backfill ended as {done.status.lower()}.",
            remedy="What has been made is kept. The log says why a function fails: firstsight logs --errors.",
            log=done.cause,
        )


def _first(answer: object) -> str:
    """Name a batch whose workflow failed by what is in it."""
    text = answer.get("Input", "") if isinstance(answer, dict) else ""
    return f"a batch: {text[:100]}"


def told(known: Survey, settings: Settings, concurrency: int) -> Table:
    """Say what a run would do, how long it takes and what it costs."""
    aws = settings.aws
    estimate = backfill_cost.estimate(known, architecture=aws.architecture.value, memory=aws.memory)
    seconds = backfill_cost.seconds(known, aws.memory) / concurrency
    table = Table(
        title=f"{words.count(known.derivatives, 'derivative')} of {words.count(known.lacking, 'source')} missing, "
        f"of {known.sources:,} in all: about {words.duration(seconds)} with {concurrency} functions at a time, "
        f"{words.size(known.size)} and ${estimate.dollars:,.2f}",
        title_justify="left",
        title_style="",
        caption=f"list prices of us-east-1, {prices.DATE}, without free tiers",
        caption_justify="left",
        box=None,
        pad_edge=False,
    )
    table.add_column("$", justify="right")
    table.add_column("for")
    table.add_column("amount", justify="right")
    for row in estimate.costs:
        table.add_row(f"{row.dollars:,.4f}", row.what, row.amount)
    return table
