"""
The pages of docs/reference/, printed from the tables that the code itself goes by.

    .venv/bin/python scripts/reference.py              print them
    .venv/bin/python scripts/reference.py --write      write them

`tests/test_reference.py` fails where a page is not what this makes.
"""

import inspect
import json
import math
import re
import sys
from collections.abc import Iterable, Iterator
from enum import StrEnum
from pathlib import Path
from typing import Any

from firstsight import errors
from firstsight.access import PRESET_DPRS
from firstsight.aws.prices import PRICES, Price
from firstsight.errors import FirstsightError
from firstsight.grammars import DIALECTS, GRAMMARS, dialect, grammar
from firstsight.image import FORMATS
from firstsight.settings import PRESET, SETTINGS, Limits, Setting
from firstsight.tokens import FORMAT_ALIASES, FULL, INFO, TOKENS, Token, parse
from firstsight.transform import LOSSY, Format

ROOT = Path(__file__).resolve().parents[1]
FOLDER = ROOT / "docs" / "reference"

#: The sections of the page of tokens: a title, the fields it is about, what to know first, and pictures to show.
GROUPS: tuple[tuple[str, tuple[str, ...], str, tuple[str, ...]], ...] = (
    (
        "Size",
        ("width", "height", "enlarge", "least_width", "least_height", "pad_to", "dpr", "fine"),
        "One side is enough. Nothing gets more pixels than the source has unless `enlarge` says so.",
        ("coffee.png/120x80.webp", "coffee.png/120x80-dpr2.webp"),
    ),
    (
        "Fit",
        ("fit", "adaptive"),
        "How an image meets a box of which both sides are given. The words are those of CSS.",
        tuple(f"rocket.jpg/120x120{fit}.webp" for fit in ("", "-contain-bgffcc66", "-inside", "-outside", "-fill")),
    ),
    (
        "Anchor",
        ("anchor", "shift"),
        "What a crop keeps, and where an image lies in a larger box: a compass name, what catches the eye, or a point.",
        tuple(f"astronaut.png/180x90{anchor}.webp" for anchor in ("", "-south", "-smart", "-focus0.8x0.3")),
    ),
    (
        "Cut",
        ("crop", "crop_from", "trim"),
        "Both come before the resize, in pixels of the source as it is seen: turned as its EXIF says.",
        ("chelsea.png/160x-crop0.35x0.15x0.5x0.5.webp",),
    ),
    (
        "Turn",
        ("rotate", "flip", "flop", "oriented"),
        "",
        tuple(f"coffee.png/120x80-{turn}.webp" for turn in ("rotate90", "flop")),
    ),
    (
        "Border",
        ("pad", "background", "backdrop", "round", "mark", "label"),
        "",
        (
            "coffee.png/120x80-pad6-bgaa2211.webp",
            "coffee.png/120x80-round12.webp",
            "chelsea.png/160x160-round.webp",
        ),
    ),
    (
        "Look",
        ("blur", "sharpen", "pixelate", "tint", "normalize", "grayscale", "brightness", "contrast", "saturation"),
        "",
        (
            "coffee.png/120x80-blur3.webp",
            "coffee.png/120x80-grayscale.webp",
            "coffee.png/120x80-brightness130-saturation60.webp",
        ),
    ),
    (
        "Output",
        ("frame", "quality", "quality_auto", "max_bytes", "lossless"),
        "An animation stays one where the format can hold it.",
        (),
    ),
)


def tokens_page() -> str:
    """The page of the language of specs."""
    return page(
        "Tokens",
        "What a URL can say about an image. A *spec* is the last segment of the path: "
        "tokens joined by `-`, then a dot and the format.",
        code(
            "/photos/cat.jpg/300x200-smart-q80.webp\n"
            f" └{' source '.center(12, '─')}┘ └{' tokens '.center(15, '─')}┘ └ format"
        ),
        "The order of tokens does not matter; another order is answered with a redirect to the canonical one, "
        "which is the order of this page, so that one image has one URL. "
        f"A spec has at most {Limits().tokens} tokens unless `limits.tokens` says otherwise, and one for each thing. "
        "The first may be the name of a [preset](settings.md#presets), and those after it change what it says.",
        f"`{FULL}` alone is the image in its own size, as in `{FULL}.webp`; "
        f"`{INFO}.json` describes it: size, format, frames and more.",
        *(part for group in GROUPS for part in _group(*group)),
        "## Format",
        "The format is what stands after the dot. Without one it is `auto`.",
        table(("Format", "Media type", "Transparency", "Animation", "`q`"), (_format(format) for format in Format)),
        "`auto` becomes AVIF for a client that names it in `Accept` (not for an animation), else WebP for one that "
        "names that, and else what every client can show: JPEG, PNG where there is transparency, GIF where it moves. "
        + " ".join(f"`.{alias}` is another spelling of `.{name}`." for alias, name in FORMAT_ALIASES.items()),
        "## Grammars",
        "The native form has a spec; others say less. `grammars` in the [settings](settings.md) chooses.",
        table(("Grammar", "Form"), ((f"`{name}`", f"`{grammar(name).form}`") for name in GRAMMARS)),
        "The dialects of other image servers are read too, and name the same derivatives: "
        "[Moving from another image server](../moving.md).",
        table(("Dialect", "Form"), ((f"`{name}`", f"`{dialect(name).form}`") for name in DIALECTS)),
    )


def _group(title: str, fields: tuple[str, ...], text: str, pictures: tuple[str, ...]) -> Iterator[str]:
    yield f"## {title}"
    if text:
        yield text
    rows = ((f"`{row.example}`", row.help, quoted(row.expected)) for row in TOKENS if belongs(row, fields))
    yield table(("Token", "What it gives", "How it is written"), rows)
    if pictures:
        yield table(("URL", "Gives"), ((f"`/{path}`", _picture(path)) for path in pictures))


def belongs(row: Token, fields: tuple[str, ...]) -> bool:
    """Whether a row sets one of the fields; another spelling of a row belongs where that does."""
    found = row.fields or tuple(row.read(row.example.removeprefix(row.word)) or ())
    return not set(found).isdisjoint(fields)


def _picture(path: str) -> str:
    source, _, spec = path.rpartition("/")
    stem = source.partition(".")[0]
    return f"![{stem} as {spec}](../images/{stem}-{spec})"


def _format(format: Format) -> tuple[str, ...]:
    row = FORMATS.get(format)
    if format is Format.AUTO:
        return "`.auto` or none", "chosen from the request's `Accept`", "yes", "yes", "yes"
    if row is None:
        return f"`.{format.value}`", "`application/json`", "", "", ""
    yes = {True: "yes", False: "no"}
    return f"`.{format.value}`", f"`{row.media_type}`", yes[row.alpha], yes[row.moving], yes[format in LOSSY]


def settings_page() -> str:
    """The page of the settings."""
    sections = dict.fromkeys(row.name.rpartition(".")[0] for row in SETTINGS)
    named = [section for section in sections if section]
    dprs = ", ".join(map(str, PRESET_DPRS))
    return page(
        "Settings",
        "`firstsight.toml` in the working folder, or the file that `--config` names. "
        "`firstsight check` reads it and says what it means.",
        code(
            'source = "s3://my-photos"\naccess = "signed"\nkeys = ["2025:a-long-secret-of-your-own"]\n\n'
            '[presets.thumb]\ntransform = "200x200-smart-q80"\n\n[limits]\nseconds = 20',
            "toml",
        ),
        "Each setting is also an environment variable, which wins over the file; an argument of the command line wins "
        "over both. Items of a list are then joined by commas: `FIRSTSIGHT_SIZES=300x300,90x90`.",
        _settings(row for row in SETTINGS if "." not in row.name),
        *(part for name in named for part in (f"## [{name}]", _settings(_of(name)))),
        "## Presets",
        "A preset is a transform with a name: `[presets.thumb]` is asked for as `/cat.jpg/thumb`, "
        "`/cat.jpg/thumb.webp` or `/cat.jpg/thumb-dpr2`. The name is of a-z, 0-9 and `_`, and none that reads as a "
        "[token](tokens.md). "
        f"Without a signature, any format and a dpr of {dprs} may be asked for of it.",
        table(
            ("In `[presets.NAME]`", "Values", "What it decides", "For example"),
            ((f"`{row.name}`", _values(row), row.help, f"`{row.line}`") for row in PRESET),
        ),
        'The short form `thumb = "200x200-smart-q80"` in `[presets]` says the transform alone.',
    )


def _of(section: str) -> Iterator[Setting]:
    return (row for row in SETTINGS if row.name.startswith(f"{section}."))


def _settings(rows: Iterable[Setting]) -> str:
    header = ("Setting", "Default", "Values", "What it decides", "For example")
    return table(
        header,
        (
            (f"`{row.name}`<br>`{row.variable}`", f"`{toml(row.default)}`", _values(row), row.help, f"`{row.example}`")
            for row in rows
        ),
    )


def _values(row: Setting) -> str:
    """Say what a setting may be, as its reader does to who gets it wrong."""
    nonsense = [object()] if row.example.startswith("[") else object()
    try:
        row.read(nonsense)
    except ValueError as error:
        return quoted(str(error))
    raise AssertionError(f"{row.name} takes anything")


def toml(value: Any) -> str:
    """Write the value of a setting as TOML does."""
    if isinstance(value, StrEnum | str):
        return json.dumps(str(value))
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, tuple):
        return "[" + ", ".join(map(toml, value)) + "]"
    return str(value)


def errors_page() -> str:
    """The page of the errors."""
    found = [kind for kind in vars(errors).values() if inspect.isclass(kind) and issubclass(kind, FirstsightError)]
    leaves = [kind for kind in found if not any(kind in other.__bases__ for other in found)]
    leaves.sort(key=lambda kind: kind.status)
    try:
        parse("300x200-blurry5")
    except FirstsightError as error:
        example = json.dumps(error.problem(), indent=2)
    return page(
        "Errors",
        "An error is answered as a problem document ([RFC 9457](https://www.rfc-editor.org/rfc/rfc9457)): "
        "`detail` says what was expected and what was got, `remedy` what to do about it. `code` never changes.",
        code(example, "json"),
        "A cache may keep a mistake in the URL for some seconds, and a failure of the server not at all. "
        "Addresses, credentials and what a library said are in the log only.",
        table(
            ("Status", "Code", "Python", "Kept by caches"),
            (
                (str(kind.status), f"[`{kind.code}`](#{kind.code})", f"`{kind.__name__}`", _kept(kind))
                for kind in leaves
            ),
        ),
        *(part for kind in leaves for part in _error(kind)),
    )


def _kept(kind: type[FirstsightError]) -> str:
    return "no" if kind.max_age is None else f"{kind.max_age} seconds"


def _error(kind: type[FirstsightError]) -> Iterator[str]:
    yield f"## {kind.code}"
    yield f"**{kind.status} {kind.title}.** " + " ".join((inspect.getdoc(kind) or "").split())
    yield f"*What to do:* {kind.remedy}".replace("<", "&lt;")
    if kind.headers:
        yield "*With it:* " + ", ".join(f"`{name}: {value}`" for name, value in kind.headers.items())


def prices_page() -> str:
    """The page of the prices."""
    return page(
        "Prices",
        "What `firstsight cost`, `firstsight plan` and `firstsight backfill` count with: list prices of us-east-1 in "
        "US dollars, from memory. Look at AWS's page before you decide by them.",
        "Other regions cost up to half as much again. A price that falls with the amount of a month has its steps, "
        "each up to so much.",
        table(
            ("What", "Dollars", "For each", "AWS's page", "As of"),
            ((row.what, _steps(row), row.unit, row.page, row.date) for row in PRICES.values()),
        ),
    )


def _steps(row: Price) -> str:
    return "; ".join(
        _dollars(dollars) + ("" if math.isinf(upto) else f" to {upto:,.0f}") for upto, dollars in row.steps
    )


def _dollars(amount: float) -> str:
    text = f"{amount:.10f}".rstrip("0")
    return text if len(text.partition(".")[2]) >= 2 else f"{amount:.2f}"


# How a page is written.


def page(title: str, *parts: str) -> str:
    """Join the parts of a page."""
    note = "<!-- Printed by scripts/reference.py from the tables of the code: change those. -->"
    return "\n\n".join([note, f"# {title}", *parts]) + "\n"


def table(header: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    """Write a table."""
    lines = [header, ("---",) * len(header), *rows]
    return "\n".join(f"| {' | '.join(cell.replace('|', '&#124;') for cell in line)} |" for line in lines)


def code(text: str, language: str = "text") -> str:
    """Write a block of code."""
    return f"```{language}\n{text}\n```"


def quoted(text: str) -> str:
    """Write what stands in quotes as code."""
    return re.sub(r"'([^']+)'|\"([^\"]+)\"", lambda found: f"`{found[1] or found[2]}`", text)


PAGES = {"tokens.md": tokens_page, "settings.md": settings_page, "errors.md": errors_page, "prices.md": prices_page}


def main() -> None:
    """Print the pages, or write them."""
    for name, make in PAGES.items():
        if "--write" in sys.argv[1:]:
            FOLDER.mkdir(parents=True, exist_ok=True)
            (FOLDER / name).write_text(make(), encoding="utf-8")
        else:
            sys.stdout.write(make())


if __name__ == "__main__":
    main()
