"""`firstsight --version`."""

import platform

import typer

from firstsight.cli import terminal


def show_version(asked: bool) -> None:
    """Print the versions and the formats, and exit, if that was asked for."""
    if not asked:
        return
    import firstsight
    from firstsight.image import installed

    rows = (
        f"firstsight {firstsight.__version__}",
        f"libvips {installed.libvips()}, Python {platform.python_version()}",
        f"reads {', '.join(kind for kind in installed.read() if kind != 'svg')}; svg where the settings allow it",
        f"writes {', '.join(installed.written())}",
    )
    for row in rows:
        terminal.out().print(row, soft_wrap=True)
    raise typer.Exit
