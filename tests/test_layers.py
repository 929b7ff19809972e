"""
Imports point down, and each outside library has its place.

The two tables below are the rules. A new module goes into the lowest row of LAYERS that is above everything it
imports; a new library goes into OUTSIDE with the modules that may use it.
"""

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

PACKAGE = Path(__file__).parents[1] / "src" / "firstsight"

# Top to bottom. A name is a module or a folder of src/firstsight; it may import what stands in a lower row.
LAYERS: tuple[tuple[str, ...], ...] = (
    ("__main__",),
    ("cli", "runtimes", "doctor", "aws", "carrierwave", "web", "backfill"),
    ("__init__",),  # the public names
    ("service", "events", "purging", "changed", "library", "ahead", "eager", "refine"),
    ("asking",),
    ("access", "answers", "cdn", "derivatives", "places"),
    ("grammars", "image", "stores", "signing", "http"),
    ("settings",),
    ("tokens",),
    ("vocabulary", "negotiation"),
    ("spelling",),
    ("transform", "references"),
    ("parts",),
    ("errors", "records", "threads", "plot", "percent"),
)

# Who may import a neighbour in the same row. Inside a folder, files import each other freely.
BESIDE: dict[str, tuple[str, ...]] = {
    "cli": ("runtimes", "doctor", "aws", "carrierwave", "backfill"),
    "doctor": ("aws",),
    "aws": ("runtimes", "backfill"),  # metrics that the function writes, for the alarms; what a survey has found
    "runtimes": ("web",),
    "backfill": ("runtimes",),  # a process that answers questions
    "events": ("service", "purging", "eager", "refine"),
    "eager": ("service", "ahead"),
    "refine": ("service", "purging"),
    "ahead": ("service",),
    "purging": ("service",),
    "changed": ("service", "purging"),
}

# Python's own modules, those of later versions than this one too.
STANDARD = sys.stdlib_module_names | {"_sha2"}

# What is not Python's own, and the modules (a folder ends with a slash) that may import it.
OUTSIDE: dict[str, tuple[str, ...]] = {
    # stores/s3 too, inside a function: only boto3 reads profiles and SSO, and only who has them and no keys gets there.
    # references too, for keys that AWS keeps, and dead_letters, for what nobody should try again.
    "boto3": ("aws/", "stores/s3", "references", "cdn", "runtimes/dead_letters"),
    "botocore": ("aws/", "stores/s3", "cdn"),
    "obstore": ("stores/",),
    "pyvips": ("image/",),
    "rich": ("cli", "cli/"),
    "tomlkit": ("carrierwave/writing", "cli/import_peers"),
    "starlette": ("runtimes/asgi", "runtimes/server", "web/"),
    "typer": ("cli", "cli/"),
    "uvicorn": ("runtimes/server", "runtimes/heads"),
}

# Arithmetic and text alone: nothing from OUTSIDE, wherever they live.
PURE = (
    "image/geometry",
    "image/room",
    "image/scans",
    "image/shapes",
    "access",
    "derivatives",
    "http",
    "negotiation",
    "percent",
    "signing",
    "transform",
    "vocabulary",
    "spelling",
    "tokens",
    "settings/",
    "errors",
    "grammars/",
)

# Never loaded on the way to a first image: each costs a cold start more than the image itself.
HEAVY = ("asyncio", "boto3", "botocore", "dataclasses", "inspect", "pydantic", "rich", "starlette", "typer", "uvicorn")


class Import(NamedTuple):
    """One name that a source imports, and the line it is on."""

    name: str
    line: int


def imports_of(source: str, module: str, *, is_package: bool) -> Iterator[Import]:
    """Every import in a source, wherever it stands, with relative ones made absolute."""
    parents = ["firstsight", *module.split("/")]
    package = parents if is_package else parents[:-1]
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield Import(alias.name, node.lineno)
        elif isinstance(node, ast.ImportFrom):
            base = package[: len(package) - node.level + 1] if node.level else []
            origin = ".".join([*base, *([node.module] if node.module else [])])
            for alias in node.names:
                yield Import(f"{origin}.{alias.name}", node.lineno)


def layer_of(name: str) -> int | None:
    """The row of a top-level name, counted from the top, or None where no row has it."""
    return next((depth for depth, names in enumerate(LAYERS) if name in names), None)


def within(module: str, places: tuple[str, ...]) -> bool:
    """Whether a module is one of the places, or in a folder among them."""
    return any(
        module == place or (place.endswith("/") and (module.startswith(place) or module == place[:-1]))
        for place in places
    )


def violations(source: str, module: str, *, is_package: bool = False) -> list[str]:
    """What a source does against the rules, a sentence each; `module` is its path, as in "image/render"."""
    own = module.partition("/")[0]
    depth = layer_of(own)
    if depth is None:
        cure = f"add {own!r} to LAYERS in tests/test_layers.py, in the lowest row that is above everything it imports"
        return [f"src/firstsight/{module} is in no layer: {cure}."]
    found = []
    for name, line in imports_of(source, module, is_package=is_package):
        where = f"src/firstsight/{module} line {line}"
        first, *rest = name.split(".")
        if first == "firstsight":
            # `from firstsight import render` asks the package itself for a public name.
            target = rest[0] if rest and (layer_of(rest[0]) is not None or is_module(rest[0])) else "__init__"
            below = layer_of(target)
            if below is None:
                found.append(f"{where} imports {target!r}, which no row of LAYERS in tests/test_layers.py has.")
            elif target != own and below <= depth and target not in BESIDE.get(own, ()):
                found.append(
                    f"{where} imports {target!r}, which is {'above' if below < depth else 'beside'} {own!r}: "
                    "imports point down."
                )
        elif first not in STANDARD:
            places = OUTSIDE.get(first)
            if places is None:
                found.append(f"{where} imports {first!r}: give it a row of OUTSIDE in tests/test_layers.py.")
            elif not within(module, places) or within(module, PURE):
                found.append(f"{where} imports {first!r}, which belongs to {' and '.join(places)} alone.")
    return found


def is_module(name: str) -> bool:
    """Whether the tree has such a module or folder."""
    return (PACKAGE / f"{name}.py").exists() or (PACKAGE / name).is_dir()


def modules() -> Iterator[tuple[Path, str, bool]]:
    """Each source of the package, with its module path and whether it is a folder's `__init__`."""
    for path in sorted(PACKAGE.rglob("*.py")):
        parts = path.relative_to(PACKAGE).with_suffix("").parts
        is_package = parts[-1] == "__init__" and len(parts) > 1
        yield path, "/".join(parts[:-1] if is_package else parts), is_package


@pytest.mark.parametrize(
    ("path", "module", "is_package"),
    [pytest.param(*found, id=found[1]) for found in modules()],
)
def test_imports_point_down_and_libraries_stay_in_their_place(path: Path, module: str, is_package: bool) -> None:
    assert violations(path.read_text("utf-8"), module, is_package=is_package) == []


@pytest.mark.parametrize(
    ("module", "source", "sentence"),
    [
        ("errors", "from firstsight.transform import Transform", "imports 'transform', which is above 'errors'"),
        ("errors", "from .transform import Transform", "imports 'transform', which is above 'errors'"),
        ("image/render", "from ..service import Service", "imports 'service', which is above 'image'"),
        ("image/render", "import firstsight.stores", "imports 'stores', which is beside 'image'"),
        ("service", "from firstsight import render", "imports '__init__', which is above 'service'"),
        ("service", "def f():\n    import pyvips", "line 2 imports 'pyvips', which belongs to image/ alone"),
        ("image/geometry", "import pyvips", "imports 'pyvips', which belongs to image/ alone"),
        ("grammars/native", "import obstore", "imports 'obstore', which belongs to stores/ alone"),
        ("runtimes/lambda_function", "import boto3.session", "imports 'boto3', which belongs to aws/ and"),
        ("runtimes/lambda_function", "import starlette", "imports 'starlette', which belongs to runtimes/asgi and"),
        ("service", "from rich import print", "imports 'rich', which belongs to cli and cli/ alone"),
        ("service", "import requests", "imports 'requests': give it a row of OUTSIDE"),
        ("gadgets/wheel", "", "add 'gadgets' to LAYERS in tests/test_layers.py"),
    ],
)
def test_the_rules_catch(module: str, source: str, sentence: str) -> None:
    [found] = violations(source, module)
    assert sentence in found


@pytest.mark.parametrize(
    ("module", "source"),
    [
        ("image/render", "import pyvips\nfrom firstsight.image import geometry\nfrom .steps import STEPS"),
        ("service", "from firstsight import signing, stores"),
        ("runtimes/asgi", "import asyncio\nfrom starlette.applications import Starlette"),
        ("cli", "import typer\nfrom firstsight import __version__\nfrom firstsight.runtimes import asgi"),
        ("aws/plan", "import boto3"),
        ("stores/opening", "from obstore.store import S3Store"),
    ],
)
def test_the_rules_allow(module: str, source: str) -> None:
    assert violations(source, module) == []


def test_a_relative_import_in_a_folders_own_file_is_followed_from_that_folder() -> None:
    assert list(imports_of("from . import steps", "image", is_package=True)) == [Import("firstsight.image.steps", 1)]
    assert list(imports_of("from .. import http", "image", is_package=True)) == [Import("firstsight.http", 1)]


def test_every_neighbour_that_may_be_imported_is_in_the_same_row() -> None:
    assert {layer_of(own): {layer_of(other) for other in others} for own, others in BESIDE.items()} == {
        layer_of(own): {layer_of(own)} for own in BESIDE
    }


def test_nothing_of_the_command_line_the_server_or_the_cloud_is_loaded_on_the_way_to_a_first_image(
    photos: Path,
) -> None:
    program = (
        "import sys, firstsight\n"
        "firstsight.render(sys.stdin.buffer.read(), '300x200.webp')\n"
        f"print(*sorted(set({HEAVY!r}) & set(sys.modules)))\n"
    )
    with (photos / "coffee.png").open("rb") as coffee:
        done = subprocess.run([sys.executable, "-c", program], stdin=coffee, capture_output=True, check=False)
    assert (done.returncode, done.stdout.decode().split()) == (0, []), done.stderr.decode()
