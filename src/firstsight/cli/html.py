"""`firstsight html`: a `<picture>` of one image in several widths and formats."""

import dataclasses
import re
from dataclasses import dataclass
from typing import Annotated

import typer

from firstsight.cli import links, terminal
from firstsight.cli.options import Base, Config, Sign, load_local
from firstsight.cli.picture import Candidate, Source, picture
from firstsight.cli.terminal import BadUsage
from firstsight.errors import FirstsightError
from firstsight.grammars import Wanted
from firstsight.image import FORMATS, Facts, geometry, resolve, start
from firstsight.image.geometry import Size
from firstsight.service import ORDINARY
from firstsight.settings import Settings
from firstsight.stores import open_store
from firstsight.tokens import FULL
from firstsight.transform import MAX_SIDE, Format, Transform

#: What a browser is offered before the format that all know, the smallest first.
OFFERED = (Format.AVIF, Format.WEBP)


def html(
    key: Annotated[str, typer.Argument(metavar="KEY", help="The source key, as in photos/cat.jpg.")],
    *,
    widths: Annotated[str, typer.Option("--widths", metavar="PIXELS", help="The widths, as in 320,640,1280.")],
    sizes: Annotated[str, typer.Option("--sizes", help="How wide it is shown, as in HTML's `sizes`.")] = "100vw",
    alt: Annotated[
        str, typer.Option("--alt", metavar="TEXT", help="What the image shows, for those who do not see it.")
    ] = "",
    spec: Annotated[
        str,
        typer.Option(
            "--spec",
            metavar="TOKENS",
            help="Tokens or a preset for all; a size in it gives the proportions, as in 3x2-smart.",
            show_default=False,
        ),
    ] = FULL,
    source: Annotated[
        str | None,
        typer.Option("--source", metavar="URL", help="The folder or store that has the image."),
    ] = None,
    base: Base = "",
    sign: Sign = False,
    config: Config = None,
) -> None:
    """
    Print a <picture>: AVIF and WebP where the browser takes them, and an <img> for the rest.

    Width and height come from the image itself, so the page does not move when it loads.

    [dim]firstsight html cat.jpg --widths 320,640,1280 --sizes 50vw --alt "A cat"[/]

    [dim]firstsight html cat.jpg --widths 320,640 --spec 3x2-smart[/]
    """
    settings, decided = load_local(config, source=source)
    links.check_base(base)
    signer = links.newest_key(settings) if sign else None
    wanted = _want(key, spec, settings)
    asked = read_widths(widths)
    seen = _look(wanted, settings)
    chosen = choose(asked, wanted.transform, seen.size if seen else None)
    _tell(asked, chosen, wanted, seen)
    facts = seen.facts if seen else ORDINARY

    def offer(format: Format) -> Source:
        variants = [
            (wanted.with_transform(dataclasses.replace(one.transform, format=format)), one.width) for one in chosen
        ]
        for variant, _ in variants:
            links.check(variant, settings)
        candidates = [Candidate(links.address(variant, key=signer, base=base), width) for variant, width in variants]
        return Source(FORMATS[format].media_type, tuple(candidates))

    formats = [format for format in OFFERED if _given(wanted.transform, facts, format) is format]
    fallback = offer(_given(wanted.transform, facts))
    shown = picture([offer(format) for format in formats], fallback, sizes=sizes, alt=alt, size=chosen[-1].size)
    terminal.out().print(shown, soft_wrap=True)
    if signer is None and decided:
        links.note_refusal(wanted.with_transform(chosen[-1].transform), settings)


@dataclass(frozen=True, slots=True)
class Seen:
    """What the source's header says; `size` is in pixels as it is seen, and turned as the transform turns it."""

    facts: Facts
    size: Size | None


@dataclass(frozen=True, slots=True)
class Chosen:
    """One width: the transform that gives it, the width in pixels, and the whole size where that is known."""

    transform: Transform
    width: int
    size: Size | None


def read_widths(text: str) -> list[int]:
    """Read `320,640,1280`, in any order. Raises BadUsage."""
    parts = [part.strip() for part in text.split(",")]
    if not all(re.fullmatch(r"\d{1,5}", part) and 0 < int(part) <= MAX_SIDE for part in parts):
        raise BadUsage(
            f"Expected widths from 1 to {MAX_SIDE} joined by commas for --widths but got '{text}'.",
            remedy="For example: --widths 320,640,1280",
        )
    return sorted({int(part) for part in parts})


def choose(widths: list[int], transform: Transform, source: Size | None) -> list[Chosen]:
    """
    Give a transform for each width, narrowest first.

    Where the size of the source is known, a width that it cannot give becomes the widest that it can.
    """
    chosen: dict[int, Chosen] = {}
    for asked in widths:
        sized = _at(transform, asked)
        if source is None:
            chosen[asked] = Chosen(sized, asked, None)
            continue
        given = geometry.plan(source, sized).canvas.width
        sized = _at(transform, min(asked, given))
        size = geometry.plan(source, sized).result
        chosen.setdefault(size.width, Chosen(sized, size.width, size))
    return list(chosen.values())


def _at(transform: Transform, width: int) -> Transform:
    height = transform.height and transform.width and max(1, round(width * transform.height / transform.width))
    return dataclasses.replace(transform, width=width, height=height)


def _given(transform: Transform, facts: Facts, *accepted: Format) -> Format:
    automatic = dataclasses.replace(transform, format=Format.AUTO)
    return resolve(automatic, facts, frozenset(accepted)).format


def _want(key: str, spec: str, settings: Settings) -> Wanted:
    """Read a spec with a width, which each of the widths then takes the place of. Raises BadUsage."""
    wanted = links.want(key, spec or FULL, settings)
    sides = (wanted.transform.width, wanted.transform.height)
    if wanted.transform.format is not Format.AUTO:
        raise _not_for_all("a format", "AVIF, WebP and one for all others are offered.")
    if sides == (None, None):
        # without a width, tokens that only matter with one (enlarge, dpr) would mean nothing and be dropped
        wanted = links.want(key, "1x" if spec in ("", FULL) else f"{spec}-1x", settings)
    elif None in sides:
        raise _not_for_all("one side only", "Give both, for the proportions.")
    if wanted.transform.dpr != 1:
        raise _not_for_all("a dpr", "The widths are already in device pixels.")
    return wanted


def _not_for_all(what: str, remedy: str) -> BadUsage:
    return BadUsage(f"Expected tokens for --spec but got {what} among them.", remedy=remedy)


def _look(wanted: Wanted, settings: Settings) -> Seen | None:
    """Read the source's header; None, and a note, where that cannot be done."""
    try:
        blob = open_store(settings.source, seconds=settings.limits.seconds).get(wanted.source)
        facts = start(blob.chunks, settings.limits, svg=settings.svg).facts
    except FirstsightError as error:
        terminal.note(
            f"Width and height are left out, because '{wanted.source}' could not be read from "
            f"'{settings.source}'. {error.message} --source names its folder or store."
        )
        return None
    if wanted.transform.trim is not None or wanted.transform.rotate % 90:
        terminal.note("Width and height are left out, because trim and such a rotation decide them.")
        return Seen(facts, None)
    turned = geometry.orientation(facts.orientation, wanted.transform).swaps
    return Seen(facts, facts.size.swapped if turned else facts.size)


def _tell(asked: list[int], chosen: list[Chosen], wanted: Wanted, seen: Seen | None) -> None:
    sized = {one.transform.width for one in chosen}
    over = [str(width) for width in asked if width not in sized]
    if over and seen is not None and seen.size is not None:
        terminal.note(
            f"'{wanted.source}' is not wide enough for {' and '.join(over)}; the widest it gives is {chosen[-1].width}."
        )
