"""The command, and what an error on the terminal has to look like."""

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

#: The installed console script.
SCRIPT = Path(sys.executable).with_name("firstsight")

Command = Callable[..., subprocess.CompletedProcess[bytes]]


def sentence_and_remedy(stderr: str) -> tuple[str, str]:
    """The sentence and the remedy of the one error that was told; it fails where there is not exactly that."""
    lines = stderr.splitlines()
    assert len(lines) >= 2, stderr
    sentence, remedy, *details = lines
    assert sentence.startswith("Error: "), stderr
    assert sentence.endswith((".", "?", ")")), stderr
    assert remedy.strip(), stderr
    assert all(line.startswith("(") and line.endswith(")") for line in details), stderr
    assert "Traceback" not in stderr
    return sentence.removeprefix("Error: "), remedy
