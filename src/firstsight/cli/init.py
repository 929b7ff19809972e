"""`firstsight init`: a first settings file."""

from pathlib import Path
from typing import Annotated

import typer

from firstsight.cli import terminal
from firstsight.errors import FirstsightError
from firstsight.settings import FILE, Settings, load


def init(
    *,
    bucket: Annotated[
        str | None, typer.Option("--bucket", metavar="NAME", help="The S3 bucket that holds the images, or will.")
    ] = None,
    out: Annotated[Path, typer.Option("--out", metavar="FILE", help="The file that is written.")] = Path(FILE),
    force: Annotated[bool, typer.Option("--force", metavar="", help="Write over one that is there.")] = False,
) -> None:
    """
    Look at a bucket, and write a firstsight.toml for it.

    Nothing on AWS is changed. Without a bucket, or without access to AWS, it is one for a server on this machine.

    [dim]firstsight init --bucket my-photos[/]
    """
    if out.exists() and not force:
        raise terminal.BadUsage(f"'{out}' is there already.", remedy="Add --force to write over it, or name another.")
    out.write_text(_proposed(bucket) if bucket else _local(""), encoding="utf-8")
    terminal.out().print(f"Written: {out}", soft_wrap=True)
    terminal.out().print("Next: firstsight plan" if "s3://" in _source(out) else "Next: firstsight check")


def _source(file: Path) -> str:
    return load(file, {}).source


def _proposed(bucket: str) -> str:
    try:
        from firstsight.aws import names, proposal, reading

        cloud = reading.connect(Settings(source=f"s3://{bucket}"))
        found = reading.bucket(cloud, names.Place(bucket))
        proposed = proposal.propose(found, cloud.account_block(cloud.account()))
    except (FirstsightError, ImportError) as error:
        why = (
            error.message if isinstance(error, FirstsightError) else f"{error}. In the checkout: pip install '.[aws]'."
        )
        terminal.note(f"{why} The file is one for a server on this machine.")
        return _local(f"The bucket {bucket} could not be looked at: {why}")
    for sentence in proposed.seen:
        terminal.progress(sentence)
    terminal.out().print(f"Topology {proposed.topology.value}: {proposed.reason}.", soft_wrap=True)
    return proposal.text(proposed)


def _local(why: str) -> str:
    from firstsight.aws.proposal import local

    return local(why)
