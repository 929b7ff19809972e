"""What a benchmark gives: tables, as text for a terminal, as Markdown, and as JSON."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

Cell = str | int | float


@dataclass(frozen=True, slots=True)
class Table:
    """One table. `note` says how it was made and what limits it; `target` what it should show."""

    title: str
    columns: Sequence[str]
    rows: Sequence[Sequence[Cell]]
    note: str = ""
    target: str = ""

    def text(self) -> str:
        """Columns aligned, for a terminal."""
        grid = [list(map(str, self.columns)), *([show(cell) for cell in row] for row in self.rows)]
        widths = [max(len(row[i]) for row in grid) for i in range(len(self.columns))]
        numeric = self._numeric()
        lines = ["  ".join(_pad(cell, widths[i], numeric[i]) for i, cell in enumerate(row)).rstrip() for row in grid]
        lines.insert(1, "  ".join("-" * width for width in widths))
        return "\n".join([self.title, "", *lines, *(f"\n{text}" for text in (self.target, self.note) if text)])

    def markdown(self) -> str:
        """A Markdown table under a heading."""
        marks = ["---:" if numeric else "---" for numeric in self._numeric()]
        lines = [_markdown(map(str, self.columns)), _markdown(marks)]
        lines += [_markdown(show(cell) for cell in row) for row in self.rows]
        return "\n\n".join(filter(None, [f"### {self.title}", self.target, "\n".join(lines), self.note]))

    def _numeric(self) -> list[bool]:
        return [all(not isinstance(row[i], str) or row[i] == "" for row in self.rows) for i in range(len(self.columns))]


@dataclass(frozen=True, slots=True)
class Report:
    """What one benchmark gives. `drawings` are SVG files by name; `raw` goes into the JSON only."""

    tables: Sequence[Table]
    drawings: dict[str, str] = field(default_factory=dict)
    raw: Any = None

    def json(self) -> dict[str, Any]:
        """Everything but the drawings."""
        return {"tables": [asdict(table) for table in self.tables], "raw": self.raw}


def show(cell: Cell) -> str:
    """Write a number with three significant digits, or as many as it has before the point."""
    if isinstance(cell, float):
        return f"{cell:.{2 if abs(cell) < 10 else 1 if abs(cell) < 100 else 0}f}"
    return str(cell)


def _pad(text: str, width: int, numeric: bool) -> str:
    return text.rjust(width) if numeric else text.ljust(width)


def _markdown(cells: Any) -> str:
    return f"| {' | '.join(cells)} |"
