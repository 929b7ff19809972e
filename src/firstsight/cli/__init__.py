"""
The command line: parse, call, print, exit.

The exit status is 0, 1 for what went wrong, 2 for arguments that cannot be meant, and 130 when it was interrupted.
"""

import os
import sys
from typing import Annotated

import typer

from firstsight.cli import keys, terminal
from firstsight.cli.backfill import backfill
from firstsight.cli.bundle import bundle
from firstsight.cli.check import check
from firstsight.cli.cost import cost
from firstsight.cli.deploy import deploy
from firstsight.cli.destroy import destroy
from firstsight.cli.doctor import doctor
from firstsight.cli.html import html
from firstsight.cli.import_ import import_
from firstsight.cli.init import init
from firstsight.cli.logs import logs
from firstsight.cli.orphans import orphans
from firstsight.cli.plan import plan
from firstsight.cli.purge import purge
from firstsight.cli.render import render
from firstsight.cli.rollback import rollback
from firstsight.cli.serve import serve
from firstsight.cli.status import status
from firstsight.cli.template import template
from firstsight.cli.translate import translate
from firstsight.cli.url import url
from firstsight.cli.verify import verify
from firstsight.cli.version import show_version
from firstsight.errors import BadPath, BadToken, FirstsightError

#: Shows a traceback with every error, wherever it stands on the line.
DEBUG = "--debug"

app = typer.Typer(
    name="firstsight",
    add_completion=False,
    no_args_is_help=True,
    rich_markup_mode="rich",
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog="""
[bold]Examples[/]

firstsight serve ~/Pictures

firstsight render photo.jpg small.webp 300x200-smart

firstsight url photo.jpg 300x200.webp --base https://img.example.com

Every command explains itself: firstsight serve --help
""",
)

MAKE, LINK, OPERATE, MOVE, CLOUD = "Images", "Links to images", "Settings", "Moving here", "AWS"
app.command(rich_help_panel=MAKE)(serve)
app.command(rich_help_panel=MAKE)(render)
app.command(rich_help_panel=MAKE)(backfill)
app.command(rich_help_panel=LINK)(url)
app.command(rich_help_panel=LINK)(html)
app.command(rich_help_panel=OPERATE)(check)
app.command(rich_help_panel=OPERATE)(doctor)
app.command(rich_help_panel=OPERATE)(orphans)
app.command(rich_help_panel=OPERATE)(purge)
app.command("import", rich_help_panel=MOVE)(import_)
app.command(rich_help_panel=MOVE)(verify)
app.command(rich_help_panel=MOVE)(translate)
app.add_typer(keys.app, name="keys", rich_help_panel=OPERATE)
app.command(rich_help_panel=CLOUD)(init)
app.command(rich_help_panel=CLOUD)(plan)
app.command(rich_help_panel=CLOUD)(deploy)
app.command(rich_help_panel=CLOUD)(status)
app.command(rich_help_panel=CLOUD)(logs)
app.command(rich_help_panel=CLOUD)(rollback)
app.command(rich_help_panel=CLOUD)(destroy)
app.command(rich_help_panel=CLOUD)(cost)
app.command(rich_help_panel=CLOUD)(template)
app.command(rich_help_panel=CLOUD)(bundle)


@app.callback()
def firstsight(
    *,
    version: Annotated[
        bool,
        typer.Option(
            "--version",
            metavar="",
            callback=show_version,
            is_eager=True,
            help="Show the versions and formats, and exit.",
        ),
    ] = False,
    debug: Annotated[
        bool, typer.Option(DEBUG, metavar="", help="Show a traceback with an error; the same as FIRSTSIGHT_DEBUG=1.")
    ] = False,
) -> None:
    """Make each size of an image the first time somebody asks for it, keep it, and serve it from then on."""


def main() -> None:
    """Run the command of this process' arguments, and exit."""
    sys.exit(run(sys.argv[1:]))


def run(arguments: list[str]) -> int:
    """Run a command and give its exit status. What goes wrong is told in a sentence and a remedy."""
    debug = DEBUG in arguments or os.environ.get("FIRSTSIGHT_DEBUG", "") not in ("", "0")
    arguments = [argument for argument in arguments if argument != DEBUG]
    try:
        status = app(arguments, prog_name="firstsight", standalone_mode=False)
    except typer.TyperException as error:
        if not error.format_message():  # no arguments: the help has been shown
            return error.exit_code
        context = getattr(error, "ctx", None)
        command = context.command_path if context else "firstsight"
        terminal.fail(_sentence(error.format_message()), f"{command} --help lists what there is.")
        return error.exit_code
    except (KeyboardInterrupt, typer.Abort):
        return 130
    except Exception as error:
        if debug:
            terminal.show_traceback(error)
        return _failed(error)
    return status if isinstance(status, int) else 0


def _failed(error: Exception) -> int:
    if isinstance(error, FirstsightError):
        terminal.fail(error.message, error.remedy, details=error.log)
        return 2 if isinstance(error, BadPath | BadToken | terminal.BadUsage) else 1
    if isinstance(error, OSError) and error.strerror:
        where = f"'{error.filename}': " if error.filename else ""
        terminal.fail(
            f"{where}{error.strerror}.", "Check the name, the room on the disk and what you may read and write."
        )
        return 1
    if isinstance(error, ModuleNotFoundError) and (error.name or "").partition(".")[0] in ("boto3", "botocore"):
        terminal.fail(
            f"This command needs {error.name}, which is not installed.", "In the checkout: pip install '.[aws]'."
        )
        return 1
    said = " ".join(f"{type(error).__name__}: {error}".split())
    terminal.fail(
        f"This is a bug in Firstsight ({said}).", "Run it again with --debug, and report it with what that shows."
    )
    return 1


def _sentence(message: str) -> str:
    return message if message.endswith((".", "?", ")")) else f"{message}."
