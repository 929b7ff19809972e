"""
The pictures of the README and the documentation, made by the code they show.

A row of a table that has both is the whole instruction: the URL path in its first cell, the picture in another.

    | `/coffee.png/240x160.webp` | cropped to the box | ![a cup](docs/images/coffee-240x160.webp) |

Run it after a row was added, or after a change to the pipeline that is meant to be seen:

    .venv/bin/python scripts/pictures.py

`tests/test_docs.py` makes every picture again and compares it with the file.
"""

import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import firstsight

ROOT = Path(__file__).resolve().parents[1]
PHOTOS = ROOT / "examples" / "photos"
IMAGES = ROOT / "docs" / "images"

_ROW = re.compile(r"^\| `/(?P<path>[^`]+)` \|.*!\[[^\]]+\]\((?P<file>[^)]+)\)", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Picture:
    """One picture: the page that shows it, the URL path beside it without its first slash, and its file."""

    page: Path
    path: str
    file: Path

    def make(self) -> bytes:
        """Render it from its photograph. Raises FirstsightError for a path that means nothing."""
        source, _, spec = self.path.rpartition("/")
        return firstsight.render(PHOTOS / source, spec).data

    @property
    def expected_name(self) -> str:
        """The file's name, which follows from the path: `coffee-240x160.webp`."""
        source, _, spec = self.path.rpartition("/")
        return f"{Path(source).stem}-{spec}"


def pages() -> list[Path]:
    """The README and the pages of the documentation."""
    return [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]


def pictures() -> Iterator[Picture]:
    """Every picture that stands in a table beside its path."""
    for page in pages():
        for row in _ROW.finditer(page.read_text("utf-8")):
            yield Picture(page, row["path"], (page.parent / row["file"]).resolve())


def main() -> None:
    """Make all pictures."""
    IMAGES.mkdir(parents=True, exist_ok=True)
    for picture in pictures():
        data = picture.make()
        picture.file.write_bytes(data)
        sys.stdout.write(f"{picture.file.relative_to(ROOT)}  {len(data)} bytes\n")


if __name__ == "__main__":
    main()
