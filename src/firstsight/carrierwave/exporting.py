"""Running exporter.rb inside an application."""

import shutil
import subprocess
import tempfile
from collections.abc import Sequence
from importlib.resources import as_file, files
from pathlib import Path

from firstsight.carrierwave.reading import BadExport

#: What the application's own Ruby runs, and what its uploaders include.
EXPORTER, MODULE = "exporter.rb", "firstsight_carrierwave.rb"
#: Seconds a large application may take to load.
LONGEST = 300


def script(name: str) -> str:
    """Give the text of one of the two Ruby files."""
    return files(__package__).joinpath(name).read_text(encoding="utf-8")


def run(rails: Path | None, required: Path | None, uploaders: Sequence[str]) -> str:
    """
    Export an application's uploaders: a Rails application by its folder, any other by the file that loads it.

    It runs in its bundle where it has one. Gives the JSON. Raises BadExport with what Ruby said.
    """
    asked = ["--rails", str(rails.absolute())] if rails else ["--require", str(required and required.absolute())]
    folder = rails or (required or Path()).absolute().parent
    above = (folder.absolute(), *folder.absolute().parents)
    home = next((place for place in above if (place / "Gemfile").exists()), None)
    program = ["bundle", "exec", "ruby"] if home else ["ruby"]
    if shutil.which(program[0]) is None:
        raise BadExport(
            f"Expected '{program[0]}' on the path.",
            remedy="Run the exporter where the application runs (firstsight import carrierwave --exporter prints it), "
            "and read its file with --export FILE.",
        )
    with as_file(files(__package__).joinpath(EXPORTER)) as exporter, tempfile.TemporaryDirectory() as scratch:
        out = Path(scratch) / "export.json"
        command = [*program, str(exporter), "--out", str(out), *asked, *uploaders]
        try:
            done = subprocess.run(command, cwd=home or folder, capture_output=True, timeout=LONGEST, check=False)
        except subprocess.TimeoutExpired as error:
            raise BadExport(f"The application did not load within {LONGEST} seconds.", remedy="Load less.") from error
        if done.returncode or not out.exists():
            said = [line for line in done.stderr.decode(errors="replace").splitlines() if line.strip()]
            raise BadExport(
                "The application could not be loaded by Ruby.",
                remedy="Mend what Ruby says, or run the exporter where the application runs.",
                log="\n".join(said[:5]),
            )
        return out.read_text(encoding="utf-8")
