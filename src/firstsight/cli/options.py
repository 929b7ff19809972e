"""Options that several commands have, and the settings they lead to."""

import ipaddress
from pathlib import Path
from typing import Annotated, Any

import typer

from firstsight.settings import Settings, load

Config = Annotated[
    Path | None,
    typer.Option("--config", metavar="FILE", help="The settings file; firstsight.toml if it is there."),
]
Bundle = Annotated[
    Path | None,
    typer.Option("--bundle", metavar="FILE", help="A bundle that has been made before; otherwise one is made."),
]
Yes = Annotated[bool, typer.Option("--yes", metavar="", help="Do not ask.")]
Sign = Annotated[bool, typer.Option("--sign", metavar="", help="Sign with the newest of the settings' `keys`.")]
Base = Annotated[
    str, typer.Option("--base", metavar="URL", help="What stands before the path, such as https://img.example.com.")
]


#: What a browser on this machine calls it. A web page can give itself any other name and have it lead here.
LOCAL_NAMES = ("127.0.0.1", "localhost", "[::1]")


def load_local(config: Path | None, **given: Any) -> tuple[Settings, bool]:
    """
    Load the settings of a server on this machine, and say whether anybody has decided who may ask for what.

    Where nobody has, a server that only this machine reaches is open, under names of this machine, and any other serves
    presets only.
    """
    settings = load(config, **given)
    names = [*LOCAL_NAMES, in_url(settings.host)] if is_loopback(settings.host) else []
    opened = load(config, **given, defaults={"access": "open", "hosts": names})
    decided = settings.access == opened.access
    return (opened if names and not decided else settings), decided


def in_url(host: str) -> str:
    """Write an address as a URL has it."""
    return f"[{host}]" if ":" in host else host


def is_loopback(host: str) -> bool:
    """Whether only this machine reaches the address."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
