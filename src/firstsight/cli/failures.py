"""What could not be made: all of it in a report, and the first of it on the terminal."""

import csv
from collections.abc import Iterable
from pathlib import Path
from typing import TextIO

from rich.table import Table

from firstsight.ahead import Outcome
from firstsight.cli import terminal, words
from firstsight.eager import EXTENSIONS
from firstsight.errors import UnsupportedFormat

#: Failures that are shown; a report has all.
SHOWN = 20


class Failures:
    """Takes what failed while it happens, so that however many there are, few are held."""

    def __init__(self, report: Path | None) -> None:
        self.count = 0
        self.others = 0
        self._first: list[Outcome] = []
        self._file: TextIO | None = report.open("w", newline="", encoding="utf-8") if report else None
        if self._file:
            csv.writer(self._file).writerow(["source", "derivative", "error", "reason"])

    def add(self, outcomes: Iterable[Outcome]) -> None:
        """Take what failed of some outcomes. A file that is no image, and is not called one, is no failure."""
        for outcome in outcomes:
            if outcome.error == UnsupportedFormat.code and _extension(outcome.source) not in EXTENSIONS:
                self.others += 1
            elif outcome.error:
                self.count += 1
                self._first += [outcome][: SHOWN - len(self._first)]
                if self._file:
                    csv.writer(self._file).writerow([outcome.source, outcome.key, outcome.error, outcome.reason])

    def show(self) -> None:
        """Print them."""
        if self.others:
            terminal.note(f"Passed over, for it is no image and not called one: {words.count(self.others, 'time')}.")
        if not self.count:
            return
        table = Table("Derivative", "Why it was not made", box=None, pad_edge=False)
        for outcome in self._first:
            table.add_row(outcome.key or outcome.source, f"{outcome.error}: {outcome.reason}")
        terminal.err().print(table)
        more = f", of which {SHOWN} are shown" if self.count > SHOWN else ""
        remedy = "" if self._file else "Add --report FILE to have them in a file."
        terminal.fail(f"Not made: {words.count(self.count, 'derivative')}{more}.", remedy)

    def close(self) -> None:
        """Close the report."""
        if self._file:
            self._file.close()


def _extension(key: str) -> str:
    return key.rpartition("/")[2].rpartition(".")[2].lower()
