"""`firstsight bundle`: the zip of the Lambda function."""

import base64
from pathlib import Path
from typing import Annotated

import typer

from firstsight.cli import terminal
from firstsight.cli.options import Config
from firstsight.settings import Architecture


def bundle(
    *,
    arch: Annotated[
        Architecture, typer.Option("--arch", help="The architecture of the function.")
    ] = Architecture.ARM64,
    out: Annotated[Path, typer.Option("--out", metavar="DIST", help="The folder it is written into.")] = Path("dist"),
    config: Config = None,
    no_bytecode: Annotated[
        bool, typer.Option("--no-bytecode", metavar="", help="Leave the bytecode out; cold starts take longer.")
    ] = False,
) -> None:
    """
    Make the zip of the Lambda function, for python3.13.

    It needs no Docker and no machine of that architecture, and gives the same bytes each time.
    The settings file goes in, and FIRSTSIGHT_* of the function's environment win over it.

    [dim]firstsight bundle --arch arm64 --out dist[/]
    """
    from firstsight.aws.bundle import MOST_UNZIPPED, MOST_ZIPPED, make

    made = make(arch.value, out, config=config, bytecode=not no_bytecode)
    console = terminal.out()
    console.print(made.path, soft_wrap=True)
    sizes = ((made.zipped, MOST_ZIPPED, "zipped"), (made.unzipped, MOST_UNZIPPED, "unzipped"))
    console.print(", ".join(f"{_mb(size)} of {_mb(most, 0)} MB {state}" for size, most, state in sizes))
    console.print("handler firstsight.runtimes.lambda_function.handler")
    console.print(f"sha256 {base64.b64encode(made.sha256).decode()}", soft_wrap=True)


def _mb(size: int, digits: int = 1) -> str:
    """Write bytes in the MB that Lambda's limits are in."""
    return f"{size / 2**20:.{digits}f}"
