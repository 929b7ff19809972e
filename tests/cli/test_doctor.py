"""`firstsight doctor`."""

import io
import json
from pathlib import Path

import pytest
from rich.console import Console

from firstsight import cli
from firstsight.cli.doctor import show
from firstsight.doctor.finding import Finding, Verdict
from tests.cli.told import Command, sentence_and_remedy

SETTINGS = 'source = "PHOTOS"\naccess = "presets"\n\n[presets.thumb]\ntransform = "40x30"\nformat = "webp"\n'


@pytest.fixture
def settings(folder: Path, photos: Path) -> Path:
    """Settings for the folder of photos, all well."""
    file = folder / "firstsight.toml"
    file.write_text(SETTINGS.replace("PHOTOS", str(photos)), "utf-8")
    return file


def test_where_all_is_well_it_says_so(command: Command, settings: Path) -> None:
    done = command("doctor")
    assert done.returncode == 0, done.stdout.decode()
    text = " ".join(done.stdout.decode().split())
    assert "ok 13 of 13 checks: settings-unknown," in text
    assert "libvips" in text


def test_what_is_wrong_is_told_with_its_lines_why_and_what_to_do(command: Command, settings: Path) -> None:
    settings.write_text('sorce = "."\n', "utf-8")
    done = command("doctor", COLUMNS="200")
    lines = [line.strip() for line in done.stdout.decode().splitlines()]
    assert done.returncode == 1
    assert lines[:6] == [
        "wrong  firstsight.toml has a name that no setting has: sorce.  [settings-unknown]",
        "sorce: did you mean source?",
        "and so: There is no setting 'sorce'.",
        "Why it matters: A misspelt setting would have no effect, so nothing starts with one.",
        "Do: Write source in place of sorce. All names: docs/reference/settings.md.",
        "",
    ]


def test_json_has_every_finding_with_its_parts_and_the_hops(command: Command, settings: Path) -> None:
    done = command("doctor", "--json")
    told = json.loads(done.stdout)
    assert told.keys() == {"findings", "hops"}
    assert told["hops"] == []
    for finding in told["findings"]:
        assert finding.keys() == {"code", "verdict", "what", "evidence", "why", "remedy"}
        assert finding["verdict"] == "ok"


def test_what_is_unknown_for_one_reason_is_told_once() -> None:
    console = Console(width=100, file=io.StringIO(), record=True)
    why = ("GetBucketPolicy: AccessDenied",)
    found = [Finding(code, Verdict.UNKNOWN, "Not known: it.", why, "It matters.", "Allow it.") for code in "abc"]
    found.append(
        Finding("d", Verdict.UNKNOWN, "Not known: that.", ("GetPolicy: AccessDenied",), "It matters.", "Allow.")
    )
    show([*found, Finding("e", Verdict.OK, "Fine.")], (), console)
    lines = [line.strip() for line in console.export_text().splitlines()]
    assert lines == [
        "unknown  3 checks could not be made.  [a, b, c]",
        "GetBucketPolicy: AccessDenied",
        "Do: Allow it.",
        "",
        "unknown  Not known: that.  [d]",
        "GetPolicy: AccessDenied",
        "Why it matters: It matters.",
        "Do: Allow.",
        "",
        "ok  1 of 5 checks: e",
    ]


def test_a_warning_stops_no_script(command: Command, settings: Path) -> None:
    again = '\n[presets.other]\ntransform = "40x30"\nformat = "webp"\n'
    settings.write_text(settings.read_text("utf-8") + again, "utf-8")
    done = command("doctor", "--json")
    assert done.returncode == 0
    first = json.loads(done.stdout)["findings"][0]
    assert (first["code"], first["verdict"]) == ("presets-clash", "warning")


def test_a_request_is_followed_and_the_answer_of_the_server_is_told(
    command: Command, settings: Path, photos: Path
) -> None:
    # nobody listens there
    done = command("doctor", "http://127.0.0.1:9/coffee.png/thumb.webp", "--json")
    told = json.loads(done.stdout)
    assert done.returncode == 1
    assert [(hop["status"], hop["wrong"]) for hop in told["hops"]] == [(0, True)]
    assert told["findings"][0]["code"] == "request-no-answer"
    assert "http://127.0.0.1:9/coffee.png/thumb.webp" in told["findings"][0]["evidence"][0]


@pytest.mark.parametrize("url", ["cat.jpg", "/cat.jpg/thumb.webp", "ftp://example.com/cat.jpg", "http://"])
def test_what_is_no_address_is_bad_usage(command: Command, settings: Path, url: str) -> None:
    done = command("doctor", url)
    assert done.returncode == 2
    sentence, remedy = sentence_and_remedy(done.stderr.decode())
    assert url in sentence
    assert "http://" in remedy


def test_the_settings_file_may_be_named(command: Command, settings: Path, tmp_path: Path) -> None:
    other = tmp_path / "other.toml"
    other.write_text("port = 1\nprot = 2\n", "utf-8")
    done = command("doctor", "--config", other)
    assert done.returncode == 1
    assert "prot" in done.stdout.decode()


def test_without_anything_it_checks_the_machine(folder: Path, capfd: pytest.CaptureFixture[str]) -> None:
    assert cli.run(["doctor"]) == 0
    assert "python, libvips, codecs" in " ".join(capfd.readouterr().out.split())


def test_without_what_speaks_to_aws_it_says_how_to_get_it(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    import sys

    Path("firstsight.toml").write_text('source = "s3://photos"\n', "utf-8")
    for name in [name for name in sys.modules if name.startswith(("boto3", "botocore", "firstsight.aws.cloud"))]:
        monkeypatch.delitem(sys.modules, name)
    for name in [name for name in sys.modules if name in ("firstsight.doctor.looking", "firstsight.aws.reading")]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "boto3", None)
    assert cli.run(["doctor"]) == 3
    out = " ".join(capfd.readouterr().out.split())
    assert "AWS could not be read. [aws-unread]" in out
    assert "Do: In the checkout: pip install '.[aws]'." in out
