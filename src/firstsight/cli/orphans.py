"""`firstsight orphans`: derivatives that nobody asks for any more."""

from typing import Annotated

import typer

from firstsight import purging
from firstsight.carrierwave.orphans import find
from firstsight.cli import terminal, words
from firstsight.cli.options import Config
from firstsight.service import open_service
from firstsight.settings import load


def orphans(
    *,
    delete: Annotated[bool, typer.Option("--delete", metavar="", help="Delete them.")] = False,
    config: Config = None,
) -> None:
    """
    List the derivatives whose source is gone, or whose preset or version is no longer configured.

    Only what Firstsight made is listed, never a source, and never a version that CarrierWave stored.

    [dim]firstsight orphans --delete[/]
    """
    service = open_service(load(config))
    console = terminal.out()
    count = size = 0
    found = sorted(find(service), key=lambda orphan: orphan.key)
    for orphan in found:
        console.print(f"{orphan.key}  {orphan.reason}", soft_wrap=True)
        count, size = count + 1, size + orphan.size
    if delete:  # looked up once more, for what is ours may be somebody else's since it was found
        doomed = purging.look(service.derivatives, (orphan.key for orphan in found))
        for _ in purging.purge(service.derivatives, doomed):
            pass
    done = " deleted" if delete and count else ""
    console.print(f"{count} orphan{'' if count == 1 else 's'}, {words.size(size)}{done}")
