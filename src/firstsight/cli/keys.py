"""`firstsight keys new`: a signing key."""

import base64
import secrets
import string
import time
from typing import Annotated

import typer

from firstsight.cli import terminal

#: Bytes of a secret: as many as HMAC-SHA256 gives, so no fewer would do as well and no more would do better.
SECRET_BYTES = 32

app = typer.Typer(help="Keys that sign URLs.", no_args_is_help=True)


@app.command()
def new(
    name: Annotated[
        str | None, typer.Option("--id", metavar="ID", help="Letters and digits; today's date if not given.")
    ] = None,
) -> None:
    """
    Print a new signing key, an id and a random secret joined by a colon.

    Put it last in the settings' [bold]keys[/]: the last one signs, and all of them are valid.
    So URLs that an older key has signed go on working until that key is taken out.

    [dim]FIRSTSIGHT_KEYS="$FIRSTSIGHT_KEYS,$(firstsight keys new)" firstsight serve[/]
    """
    identifier = time.strftime("%Y%m%d") if name is None else name
    if not identifier or not set(identifier) <= set(string.ascii_letters + string.digits):
        raise terminal.BadUsage(
            f"Expected an id of letters and digits but got '{identifier}'.", remedy="Choose another with --id."
        )
    secret = base64.urlsafe_b64encode(secrets.token_bytes(SECRET_BYTES)).decode().rstrip("=")
    terminal.out().print(f"{identifier}:{secret}", soft_wrap=True)
