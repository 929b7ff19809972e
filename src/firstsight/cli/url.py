"""`firstsight url`: the canonical URL of a derivative."""

from typing import Annotated

import typer

from firstsight.cli import links, terminal
from firstsight.cli.options import Base, Config, Sign, load_local
from firstsight.cli.terminal import BadUsage


def url(
    key: Annotated[str, typer.Argument(metavar="KEY", help="The source key, as in photos/cat.jpg.")],
    spec: Annotated[str, typer.Argument(metavar="SPEC", help="Tokens or a preset, as in 300x200-smart.webp.")],
    *,
    sign: Sign = False,
    expires: Annotated[
        str | None,
        typer.Option("--expires", metavar="DURATION", help="Sign it, valid for so long: 90s, 15m, 2h, 7d or 4w."),
    ] = None,
    base: Base = "",
    grammar: Annotated[
        str | None,
        typer.Option("--grammar", metavar="NAME", help="In the words of thumbor, imgproxy or dit, and its keys."),
    ] = None,
    config: Config = None,
) -> None:
    """
    Print the canonical URL of an image.

    [dim]firstsight url cat.jpg thumb-dpr2.webp[/]

    [dim]firstsight url cat.jpg 300x200.webp --expires 2h --base https://img.example.com[/]

    [dim]firstsight url cat.jpg 300x200-enlarge.webp --grammar thumbor --sign[/]
    """
    settings, decided = load_local(config)
    links.check_base(base)
    if grammar is not None:
        if expires is not None:
            raise BadUsage("--expires is for signatures of our own.", remedy="Leave it out, or --grammar.")
        path = links.in_dialect(key, spec, grammar, settings, signed=sign)
        terminal.out().print(base.rstrip("/") + path, soft_wrap=True)
        return
    until = None if expires is None else links.expiry(expires)
    signer = links.newest_key(settings) if sign or expires else None
    wanted = links.want(key, spec, settings)
    terminal.out().print(links.address(wanted, key=signer, expires=until, base=base), soft_wrap=True)
    if signer is None and decided:
        links.note_refusal(wanted, settings)
