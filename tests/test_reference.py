"""The pages of docs/reference/ are what the code's tables say, and leave nothing out."""

import importlib.util
import inspect
import re
from pathlib import Path
from types import ModuleType

import pytest

from firstsight import errors
from firstsight.errors import FirstsightError
from firstsight.settings import PRESET, SETTINGS
from firstsight.tokens import TOKENS, Token
from firstsight.transform import Format, Transform

ROOT = Path(__file__).parents[1]
REFERENCE = ROOT / "docs" / "reference"


def load_script() -> ModuleType:
    spec = importlib.util.spec_from_file_location("reference", ROOT / "scripts" / "reference.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


SCRIPT = load_script()


def text(name: str) -> str:
    return (REFERENCE / name).read_text("utf-8")


@pytest.mark.parametrize("name", SCRIPT.PAGES)
def test_a_page_is_what_the_tables_of_the_code_say(name: str) -> None:
    assert text(name) == SCRIPT.PAGES[name](), "run .venv/bin/python scripts/reference.py --write"


def test_there_is_no_other_page() -> None:
    assert {path.name for path in REFERENCE.iterdir()} == SCRIPT.PAGES.keys()


@pytest.mark.parametrize("row", TOKENS, ids=lambda row: row.word or "size")
def test_every_token_is_in_the_page_once(row: Token) -> None:
    assert len(re.findall(rf"^\| `{re.escape(row.example)}` \| {re.escape(row.help)} \|", text("tokens.md"), re.M)) == 1


def test_every_field_of_a_transform_is_in_one_section() -> None:
    fields = [field for _, fields, _, _ in SCRIPT.GROUPS for field in fields]
    assert sorted([*fields, "format"]) == sorted(Transform.__dataclass_fields__)


def test_every_format_is_in_the_page() -> None:
    for format in Format:
        assert f"| `.{format.value}`" in text("tokens.md")


def test_every_setting_is_in_the_page_with_its_variable_and_default() -> None:
    for row in SETTINGS:
        assert f"| `{row.name}`<br>`{row.variable}` | `{SCRIPT.toml(row.default)}` |" in text("settings.md")
    for row in PRESET:
        assert f"| `{row.name}` |" in text("settings.md")


def test_every_error_that_is_raised_has_a_section_by_its_code() -> None:
    kinds = [k for _, k in inspect.getmembers(errors, inspect.isclass) if issubclass(k, FirstsightError)]
    for kind in kinds:
        if not any(kind in other.__bases__ for other in kinds):
            section = text("errors.md").partition(f"\n## {kind.code}\n")[2].partition("\n## ")[0]
            assert f"**{kind.status} {kind.title}.**" in section
            assert kind.remedy.replace("<", "&lt;") in section
