"""docs/doctor.md has a section for every finding, and troubleshooting leads to them."""

import io
import re
from pathlib import Path

from rich.console import Console

from firstsight.cli.doctor import show
from firstsight.doctor.checks import CODES
from firstsight.doctor.finding import Verdict
from tests.doctor.breaking import elsewhere
from tests.doctor.recorded import judged, well

DOCS = Path(__file__).parents[2] / "docs"
SYMPTOMS = ("Missing Authentication Token", "Internal Server Error", "nothing in the log", "redirect loop", "403 of S3")


def sections() -> dict[str, str]:
    """The sections of the page by their headings."""
    parts = re.split(r"^### (.+)$", (DOCS / "doctor.md").read_text("utf-8"), flags=re.MULTILINE)
    return dict(zip(parts[1::2], parts[2::2], strict=True))


def test_every_code_has_its_section_and_every_section_its_code() -> None:
    assert set(sections()) == set(CODES)


def test_every_section_says_something() -> None:
    for code, text in sections().items():
        assert len(text.partition("\n## ")[0].strip()) > 10, code


def test_the_story_is_told_as_the_page_shows() -> None:
    [shown] = re.findall(r"^```text\n(.*?)^```$", (DOCS / "doctor.md").read_text("utf-8"), re.MULTILINE | re.DOTALL)
    told = Console(width=110, record=True, file=io.StringIO())
    show([one for one in judged(elsewhere(well())) if one.verdict is not Verdict.OK], (), told)
    lines = [line.rstrip() for line in told.export_text().splitlines()]
    assert lines[: lines.index("")] == shown.splitlines()


def test_troubleshooting_starts_from_symptoms_and_leads_to_findings() -> None:
    page = (DOCS / "troubleshooting.md").read_text("utf-8")
    led = {
        symptom: set(re.findall(r"doctor\.md#([\w-]+)", line))
        for line in page.splitlines()
        for symptom in (
            "Missing Authentication Token",
            "Internal Server Error",
            "nothing in the log",
            "loop",
            "403 of S3",
        )
        if symptom in line.partition(" | ")[0]
    }
    assert len(led) == 5
    assert all(codes and codes <= set(CODES) for codes in led.values())
    assert "region-differs" in led["nothing in the log"]
