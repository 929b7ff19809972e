"""The command as a whole: help, versions, exit statuses, and what is said when something goes wrong."""

import inspect
import os
import pty
import subprocess
from pathlib import Path

import pytest
import pyvips

import firstsight
from firstsight import cli
from tests.cli.told import SCRIPT, Command, sentence_and_remedy


def test_the_version_comes_with_libvips_and_the_formats(command: Command) -> None:
    done = command("--version")
    lines = done.stdout.decode().splitlines()
    assert lines[0] == f"firstsight {firstsight.__version__}"
    assert lines[1].startswith(f"libvips {pyvips.version(0)}.{pyvips.version(1)}.")
    assert lines[2].startswith("reads jpeg, png, webp, gif, avif")
    assert lines[3] == "writes jpg, png, webp, avif, gif"


WORDS = (
    *("─ Images ", "│ serve ", "│ render "),
    *("─ Links to images ", "│ url ", "│ html "),
    *("─ Settings ", "│ check "),
    *("─ AWS ", "│ bundle "),
)


def test_the_help_names_every_command_in_its_group_with_examples(command: Command) -> None:
    text = command("--help").stdout.decode()
    places = [text.index(word) for word in WORDS]
    assert places == sorted(places)
    assert "firstsight serve ~/Pictures" in text
    assert max(map(len, text.splitlines())) <= 80


@pytest.mark.parametrize("name", ["serve", "render", "url", "html", "check", "bundle"])
def test_each_command_has_an_example_in_its_help_that_can_be_parsed(
    name: str, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.run([name, "-h"]) == 0
    assert f" firstsight {name}" in capsys.readouterr().out.partition("Usage")[2]


def test_the_help_of_a_command_breaks_its_lines_where_a_sentence_ends() -> None:
    ragged = []
    for command in (*cli.app.registered_commands, *cli.keys.app.registered_commands):
        _, *paragraphs = inspect.cleandoc(command.callback.__doc__ or "").split("\n\n")
        lines = [line for paragraph in paragraphs for line in paragraph.split("\n")[:-1]]
        ragged += [line for line in lines if not line.endswith((".", ":"))]
    assert ragged == []


@pytest.mark.parametrize("arguments", [["rendr"], ["--colour"], ["serve", "--prot", "1"], ["serve", "--port", "x"]])
def test_what_cannot_be_meant_is_told_in_a_sentence_with_status_2(
    arguments: list[str], folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.run(arguments) == 2
    assert "--help" in sentence_and_remedy(capsys.readouterr().err)[1]


def test_no_arguments_give_the_help_and_status_2(command: Command) -> None:
    done = command()
    assert done.returncode == 2
    assert b"Usage" in done.stdout + done.stderr
    assert b"Error" not in done.stderr


def test_colours_are_for_terminals_only(folder: Path) -> None:
    ours, theirs = pty.openpty()
    with os.fdopen(ours, "rb", buffering=0) as reading:
        subprocess.run([SCRIPT, "url", "a.jpg", "300x0"], stderr=theirs, cwd=folder, check=False, timeout=60)
        os.close(theirs)
        assert b"\x1b[1;31mError: \x1b[0m" in reading.read(4096)
    piped = subprocess.run([SCRIPT, "url", "a.jpg", "300x0"], capture_output=True, cwd=folder, check=False, timeout=60)
    assert piped.stderr.startswith(b"Error: ")
    assert b"\x1b" not in piped.stderr


@pytest.mark.parametrize("name", ["boto3", "botocore.exceptions"])
def test_a_command_that_needs_the_extra_says_how_to_get_it(
    name: str, folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def halted(*_: object) -> None:
        raise ModuleNotFoundError(f"No module named '{name}'", name=name)

    monkeypatch.setattr("firstsight.cli.links.want", halted)
    assert cli.run(["url", "a.jpg", "full"]) == 1
    sentence, remedy = sentence_and_remedy(capsys.readouterr().err)
    assert sentence == f"This command needs {name}, which is not installed."
    assert "pip install '.[aws]'" in remedy


@pytest.fixture
def bug(folder: Path, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Arguments that meet a bug."""
    monkeypatch.setattr("firstsight.cli.links.want", lambda *given: 1 / 0)
    return ["url", "a.jpg", "full"]


def test_a_bug_is_one_line_that_says_so(bug: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.run(bug) == 1
    sentence, remedy = sentence_and_remedy(capsys.readouterr().err)
    assert sentence == "This is a bug in Firstsight (ZeroDivisionError: division by zero)."
    assert "--debug" in remedy


def test_a_traceback_is_shown_only_where_it_is_asked_for(
    bug: list[str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for arguments in (["--debug", *bug], [*bug, "--debug"]):
        assert cli.run(arguments) == 1
        assert "Traceback" in capsys.readouterr().err
    for value, shown in (("1", True), ("0", False), ("", False)):
        monkeypatch.setenv("FIRSTSIGHT_DEBUG", value)
        assert cli.run(bug) == 1
        assert ("Traceback" in capsys.readouterr().err) is shown


def test_an_interrupt_is_quiet(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def interrupted(*given: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("firstsight.cli.links.want", interrupted)
    assert cli.run(["url", "a.jpg", "full"]) == 130
    assert capsys.readouterr() == ("", "")


def test_a_disk_that_is_full_is_no_bug(photos: Path, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    if not Path("/dev/full").exists():
        pytest.skip("only Linux has /dev/full")
    assert cli.run(["render", str(photos / "coffee.png"), "/dev/full", "30x20.png"]) == 1
    assert "No space left" in sentence_and_remedy(capsys.readouterr().err)[0]


def test_printing_a_url_loads_no_server(folder: Path) -> None:
    program = "import sys; from firstsight import cli; cli.run(['url', 'a.jpg', 'full']); print(*sys.modules)"
    done = subprocess.run([SCRIPT.with_name("python"), "-c", program], capture_output=True, cwd=folder, check=True)
    assert not {"starlette", "uvicorn", "asyncio", "boto3"} & set(done.stdout.decode().split())
