"""`firstsight render`: one image made from another, without a store or a server."""

import contextlib
import dataclasses
import mimetypes
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, BinaryIO

import typer
from rich.text import Text

from firstsight import tokens
from firstsight.cli import terminal
from firstsight.cli.options import Config
from firstsight.cli.terminal import BadUsage
from firstsight.errors import FirstsightError
from firstsight.grammars import native
from firstsight.image import Rendered, finish, resolve, start
from firstsight.settings import Damaged, Settings, load
from firstsight.stores import CHUNK
from firstsight.transform import Format, Transform

PIPE = "-"


class BadFile(FirstsightError):
    """A file of the command line is not there, or not what it should be."""

    code = "bad-file"
    title = "Bad file"


def render(
    source: Annotated[str, typer.Argument(metavar="IN", help="The image to read; - for stdin.")],
    target: Annotated[str, typer.Argument(metavar="OUT", help="The file to write; - for stdout.")],
    spec: Annotated[str, typer.Argument(metavar="SPEC", help="Tokens or a preset, as in 300x200-smart.")],
    *,
    config: Config = None,
) -> None:
    """
    Make one image from another.

    The format is the one that SPEC or the name of OUT ends in.

    [dim]firstsight render photo.jpg small.webp 300x200-smart[/]

    [dim]curl -s https://example.com/cat.jpg | firstsight render - - 300x.jpg > cat.jpg[/]

    [dim]firstsight render photo.jpg - info.json[/]
    """
    settings = load(config)
    transform = choose_format(read_spec(spec, settings), target)
    _check_target(source, target, transform)
    with _reading(source) as file:
        made = _make(file, transform, settings)
    if target == PIPE:
        ends = b"\n" if made.format is Format.JSON else b""
        _send(made.data + ends)
    else:
        write(Path(target), made.data)
    terminal.err().print(report(made, "stdout" if target == PIPE else target), soft_wrap=True)


def _make(file: BinaryIO, transform: Transform, settings: Settings) -> Rendered:
    """Make what a server of these settings would, for a client that takes no special format."""
    chunks = iter(lambda: file.read(CHUNK), b"")
    picture = start(chunks, settings.limits, svg=settings.svg, strict=settings.damaged == Damaged.STRICT)
    resolved = resolve(transform, picture.facts, frozenset())
    return finish(picture, resolved, settings.limits, metadata=settings.metadata, similarity=settings.similarity)


def read_spec(spec: str, settings: Settings) -> Transform:
    """Read tokens, perhaps after a preset of the settings. Raises BadToken."""
    return native.parse_spec("", spec, settings.presets).transform


def choose_format(transform: Transform, target: str) -> Transform:
    """
    Take the format from the name of the file to write, where the spec names none.

    Raises BadUsage where the two contradict each other, or neither says what to write.
    """
    suffix = Path(target).suffix if target != PIPE else ""
    if not suffix and (target == PIPE or transform.format is not Format.AUTO):
        return transform
    name = suffix.removeprefix(".").lower()
    format = _FORMATS.get(name)
    kind, _ = mimetypes.guess_type(f"image{suffix}", strict=False)
    image = (kind or "").startswith("image/")
    if format is None and (image or transform.format is Format.AUTO):
        raise BadUsage(
            f"Expected OUT to end in one of {', '.join(f'.{name}' for name in _FORMATS)} but got '{target}'.",
            remedy="Give it such a name" + ("." if image else ", or name the format in SPEC, as in 300x200.webp."),
        )
    if format is None or format is transform.format:
        return transform
    if transform.format is not Format.AUTO:
        raise BadUsage(
            f"SPEC says {tokens.extension(transform.format)} but OUT is '{target}'.",
            remedy="Leave the format out of SPEC, or let OUT end in the same.",
        )
    return dataclasses.replace(transform, format=format)


_FORMATS = {**tokens.FORMAT_NAMES, Format.JSON.value: Format.JSON}


def write(path: Path, data: bytes) -> None:
    """Put a whole file in place of any older one, so that nobody ever sees half of it."""
    if path.exists() and not path.is_file():  # /dev/null, a named pipe, /dev/stdout where that is one
        path.write_bytes(data)
        return
    path = path.resolve()  # what a link points to is replaced, not the link
    beside = path.with_name(f".firstsight-{os.getpid()}.part")  # the file's own name may be as long as names can be
    try:
        with beside.open("xb") as file:
            file.write(data)
        if path.exists():
            beside.chmod(path.stat().st_mode & 0o777)
        beside.replace(path)
    finally:
        beside.unlink(missing_ok=True)


def _send(data: bytes) -> None:
    left = memoryview(data)
    while left:  # with PYTHONUNBUFFERED one write may take only a part
        left = left[sys.stdout.buffer.write(left) :]
    sys.stdout.buffer.flush()


def report(made: Rendered, target: str) -> Text:
    """Say what was made, of what, and how long each stage took."""
    stages = ", ".join(f"{name} {seconds * 1000:.0f} ms" for name, seconds in made.stages.items())
    size, source = made.size, made.source
    frames = f", {made.frames} frames" if made.frames > 1 else ""
    still = f" (only the first of {source.frames} frames: the animation is over a limit)" if made.still else ""
    what = "a description" if made.format is Format.JSON else f"{size.width}x{size.height} {made.format.value}{frames}"
    return Text.assemble(
        (target, "bold"),
        f": {what}, {len(made.data):,} bytes{still}",
        (f"\n  from {source.size.width}x{source.size.height} {source.kind}, {made.read:,} bytes read", "dim"),
        (f"\n  {stages}" if stages else "", "dim"),
    )


def _check_target(source: str, target: str, transform: Transform) -> None:
    if target == PIPE:
        if sys.stdout.isatty() and transform.format is not Format.JSON:
            raise BadUsage(
                "An image would be written to the terminal.", remedy="Send it on with | or >, or name a file as OUT."
            )
        return
    path = Path(target)
    if source != PIPE and path.exists() and Path(source).exists() and path.samefile(source):
        raise BadUsage(f"OUT is IN, '{source}', which is never overwritten.", remedy="Name another file as OUT.")
    if path.is_dir():
        raise BadFile(f"Expected the name of a file as OUT but '{target}' is a folder.", remedy="Add a name to it.")
    if not path.parent.is_dir():
        raise BadFile(f"The folder '{path.parent}' is not there.", remedy=f"Make it first: mkdir -p '{path.parent}'")


@contextlib.contextmanager
def _reading(source: str) -> Iterator[BinaryIO]:
    if source == PIPE:
        if sys.stdin.isatty():
            raise BadUsage("There is no image on stdin.", remedy="Send one with | or <, or name a file as IN.")
        yield sys.stdin.buffer
        return
    path = Path(source)
    if not path.exists():
        raise BadFile(f"There is no file '{source}'.", remedy="Name an image as IN, or - for stdin.")
    if path.is_dir():
        raise BadFile(f"Expected an image as IN but '{source}' is a folder.", remedy="Name one of the files in it.")
    with path.open("rb") as file:
        yield file
