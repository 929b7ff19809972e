"""`firstsight serve`: the server on this machine."""

import itertools
from pathlib import Path
from typing import Annotated, Literal

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from firstsight.cli import links, terminal
from firstsight.cli.options import Config, in_url, is_loopback, load_local
from firstsight.errors import FirstsightError, StoreError
from firstsight.grammars import Wanted, classic, native
from firstsight.service import Service, open_service
from firstsight.settings import Access, Settings
from firstsight.stores import Store
from firstsight.transform import Format, Transform

#: Names that are looked at to find one of an image.
LOOKED_AT = 2_000
_IMAGES = (".jpg", ".jpeg", ".png", ".webp", ".avif", ".gif", ".tif", ".tiff")


def serve(
    source: Annotated[
        str | None, typer.Argument(metavar="SOURCE", help="A folder of photos, or a store such as s3://bucket/prefix.")
    ] = None,
    *,
    derivatives: Annotated[
        str | None, typer.Option("--derivatives", metavar="URL", help="Where to keep what is made.")
    ] = None,
    config: Config = None,
    host: Annotated[
        str | None, typer.Option("--host", metavar="ADDRESS", help="The address to listen on, 127.0.0.1 if not set.")
    ] = None,
    port: Annotated[
        int | None,
        typer.Option("--port", min=0, max=65535, metavar="N", help="The port, 8000 if not set; 0 takes a free one."),
    ] = None,
    access: Annotated[
        Literal["presets", "signed", "open"] | None,
        typer.Option("--access", help="Who may ask for what. If not set, open on this machine alone, else presets."),
    ] = None,
    workers: Annotated[
        int | None, typer.Option("--workers", min=1, max=256, metavar="N", help="Server processes, 1 if not set.")
    ] = None,
) -> None:
    """
    Serve a folder of photos, each in any size.

    Needs no settings. What is made of a local folder is kept in your cache folder, never among the photos.

    [dim]firstsight serve ~/Pictures[/]

    [dim]firstsight serve s3://my-photos --derivatives s3://my-photos-made --port 9000[/]
    """
    given = {"source": source, "derivatives": derivatives, "host": host, "port": port, "access": access}
    settings, decided = load_local(config, **given, workers=workers)
    service = open_service(settings)
    from firstsight.runtimes import server

    listener = server.listen(settings)
    at = address(settings.host, listener.getsockname()[1])
    console = terminal.out()
    welcome(console, service, at, decided=decided)
    console.file.flush()
    server.serve(settings, listener)


def address(host: str, port: int) -> str:
    """Write where a browser on this machine finds a server that listens there."""
    reached = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}.get(host, in_url(host))
    return f"http://{reached}:{port}"


def welcome(console: Console, service: Service, at: str, *, decided: bool) -> None:
    """Print what a new user needs: the address, what is served from where, who may ask, and a URL to try."""
    settings = service.settings
    tried = try_one(service, at)
    rows = [
        ("Address", _link(at)),
        ("Sources", Text(place(service.sources))),
        ("Derivatives", Text(place(service.derivatives))),
        ("Access", Text(who(settings, decided=decided))),
        ("Try", _link(tried) if tried.startswith("http") else Text(tried)),
        ("Stop", Text("Ctrl-C")),
    ]
    if not console.is_terminal:  # in a log or a pipe a line stays a line
        for name, value in rows[:-1]:
            console.print(Text.assemble(f"{name:<13}", value), soft_wrap=True)
        return
    table = Table.grid(padding=(0, 2))
    table.add_column(style="bold", no_wrap=True)
    table.add_column(overflow="fold")
    for name, value in rows:
        table.add_row(name, value)
    console.print(table)
    console.print()


def who(settings: Settings, *, decided: bool) -> str:
    """Say in words who may ask for what."""
    alone = is_loopback(settings.host)
    if settings.access == Access.OPEN:
        return "open: any size may be asked for, " + ("from this machine only" if alone else "by anyone who gets here")
    listed = [*sorted(settings.presets), *(f"{width}x{height}" for width, height in settings.sizes)]
    named = ", ".join(listed) or "there are none yet"
    if settings.access == Access.SIGNED:
        keys = "" if settings.keys else "; there is no key yet, so nothing can be signed"
        return f"signed: only signed URLs, and presets ({named}){keys}"
    why = "" if decided else "; the default where other machines get here, and --access changes it"
    return f"presets: only presets and listed sizes ({named}){why}"


def place(store: Store) -> str:
    """Name a store as its operator knows it: a folder by its path, any other by its URL."""
    return str(store.root) if store.root is not None else store.url


def try_one(service: Service, at: str) -> str:
    """Give the URL of an image that the server will make, or say why there is none."""
    settings = service.settings
    try:
        key = first_image(service.sources)
    except StoreError as error:
        return f"The sources cannot be listed. {error.message} {error.remedy}"
    wanted = allowed(settings, key or "KEY")
    if key is None or wanted is None:
        lacking = "No image was found among the sources" if key is None else "Nothing may be asked for yet"
        return f"{lacking}. The form is {at}/<source key>/<spec>.<format>"
    signs = settings.access == Access.SIGNED and wanted.preset is None and wanted.grammar is native.GRAMMAR
    try:
        links.check(wanted, settings)
    except FirstsightError:
        return f"{at}/<source key>/<spec>.<format>"
    return links.address(wanted, key=settings.keys[-1] if signs else None, base=at)


def allowed(settings: Settings, key: str) -> Wanted | None:
    """Choose something that may be asked for of a source."""
    if settings.access == Access.OPEN or (settings.access == Access.SIGNED and settings.keys):
        return Wanted(native.GRAMMAR, key, Transform(width=300, height=200, format=Format.WEBP))
    for preset in settings.presets.values():
        return Wanted(native.GRAMMAR, key, preset.transform, preset)
    for width, height in settings.sizes:
        return classic.parse(f"{width}x{height}/{key}", {}) if "classic" in settings.grammars else None
    return None


def first_image(store: Store) -> str | None:
    """Find the key of a source by its name, among the first that the store lists. Raises StoreError."""
    names = (info.key for info in itertools.islice(store.list(), LOOKED_AT))
    images = (key for key in names if key.lower().endswith(_IMAGES) and not _derived(key))
    return min(images, default=None, key=lambda key: (key.count("/"), key))


def _derived(key: str) -> bool:
    """Whether the key looks like a derivative's, in a store that holds both."""
    return any(folder.lower().endswith(_IMAGES) for folder in Path(key).parent.parts)


def _link(url: str) -> Text:
    return Text(url, style=f"cyan link {url}")
