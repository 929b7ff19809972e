"""`firstsight check`."""

from pathlib import Path

import pytest

from firstsight import Request, cli, open_service
from firstsight.settings import load
from tests.cli.told import Command, sentence_and_remedy

SETTINGS = """
source = "PHOTOS"
access = "signed"
keys = ["old:0000000000000000", "new:a-secret-of-many-characters"]

[presets.thumb]
transform = "200x200-smart-q80"
eager = true

[presets.hero]
transform = "1600x"
format = "webp"

[limits]
source_pixels = 50000000
seconds = 1
"""


def rows(text: str) -> dict[str, str]:
    """What is said of each thing, on one line."""
    found: dict[str, str] = {}
    name = ""
    for line in text.partition("Preset ")[0].splitlines():
        name = line[:13].strip() or name
        found[name] = f"{found.get(name, '')} {line[13:].strip()}".strip()
    return found


def test_it_says_what_the_settings_mean(command: Command, folder: Path, photos: Path) -> None:
    Path("firstsight.toml").write_text(SETTINGS.replace("PHOTOS", str(photos)))
    done = command("check", FIRSTSIGHT_WORKERS="3")
    text = done.stdout.decode()
    said = rows(text)
    assert (done.returncode, done.stderr) == (0, b"")
    assert "FIRSTSIGHT_WORKERS" in said["Settings"]
    assert said["Sources"].endswith("reachable: yes")
    assert said["Access"] == "signed: only signed URLs, and presets (hero, thumb)"
    assert said["Keys"] == "old, new (the last signs)"
    assert "3 processes" in said["Server"]
    assert "sources up to 50 megapixels" in said["Limits"]
    table = " ".join(text.partition("Preset ")[2].split())
    assert "200x200-smart-q80" in table
    assert "cropped to fill it" in table
    assert "1600x.webp" in table
    assert "always webp" in table
    assert max(map(len, text.splitlines())) <= 80


@pytest.mark.parametrize("keys", ["a:a-secret-of-many-characters", "a:a-secret", "a-secret-of-many-characters"])
def test_no_secret_is_ever_shown(
    keys: str, folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("FIRSTSIGHT_KEYS", keys)
    cli.run(["check", "--debug"])
    out, err = capsys.readouterr()
    assert "keys" in (out + err).lower()
    assert "a-secret" not in out + err


def test_checking_makes_neither_a_file_nor_a_folder(command: Command, folder: Path, tmp_path: Path) -> None:
    done = command("check")
    assert done.returncode == 0
    assert "there is no firstsight.toml" in rows(done.stdout.decode())["Settings"]
    assert rows(done.stdout.decode())["Access"].startswith("open: any size may be asked for, from this machine only")
    assert list(folder.iterdir()) == []
    assert not (tmp_path / "cache").exists()


def test_a_store_that_cannot_be_reached_is_told_with_the_reason_and_status_1(command: Command, free_port: int) -> None:
    s3 = {
        "AWS_ENDPOINT_URL": f"http://127.0.0.1:{free_port}",
        "AWS_ACCESS_KEY_ID": "a",
        "AWS_SECRET_ACCESS_KEY": "b",
        "AWS_REGION": "eu-central-1",
    }
    done = command("check", FIRSTSIGHT_SOURCE="s3://photos", FIRSTSIGHT_LIMITS_SECONDS="1", **s3)
    assert done.returncode == 1
    said = rows(done.stdout.decode())
    assert said["Sources"].startswith("s3://photos reachable: no. ")
    assert len(said["Sources"]) > len("s3://photos reachable: no. ") + 20


@pytest.mark.parametrize("name", ["source", "derivatives"])
def test_a_folder_that_is_missing_or_a_file_is_told(
    name: str, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder / "file").write_text("")
    (folder / "firstsight.toml").write_text(f'{name} = "{folder}/file"')
    assert cli.run(["check"]) == 1
    said = rows(capsys.readouterr().out)["Sources" if name == "source" else "Derivatives"]
    assert "reachable: no" in said
    assert "a file" in said


@pytest.mark.parametrize(
    ("settings", "noted"),
    [
        ('access = "presets"', "Nothing may be asked for"),
        ('access = "signed"', "Nothing can be signed"),
        ('access = "open"\nhost = "0.0.0.0"', "Anyone"),
        ('sizes = ["90x90"]\ngrammars = ["native"]', "no effect"),
        ('access = "open"\nderivatives = "."', "Nothing is kept"),
        ('access = "open"\nsource = "memory://"\nderivatives = "memory://"', ""),
        ('sizes = ["90x90"]', ""),
        ('access = "open"', ""),
    ],
)
def test_what_is_valid_and_hardly_meant_is_noted(
    settings: str, noted: str, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder / "firstsight.toml").write_text(settings)
    assert cli.run(["check"]) == 0
    err = capsys.readouterr().err
    assert (noted in err) if noted else (err == "")


@pytest.mark.parametrize(
    ("settings", "sentence"),
    [
        ('sorce = "x"', "There is no setting 'sorce'"),
        ('access = "closed"', "for 'access' but got 'closed'"),
        ("port = 70000", "'port'"),
        ("source = ", "is not valid TOML"),
        ('[presets.Thumb]\ntransform = "90x90"', "'Thumb'"),
        ('[presets.thumb]\ntransform = "90x0"', "In 'presets.thumb.transform': Expected a size"),
        ('[presets.thumb]\nformat = "webp"', "'transform'"),
        ('[limits]\nseconds = "long"', "'limits.seconds'"),
        ('keys = ["short"]', "a value that is not shown"),
    ],
)
def test_a_wrong_setting_is_a_sentence_and_a_remedy(
    settings: str, sentence: str, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder / "other.toml").write_text(settings)
    assert cli.run(["check", "--config", "other.toml"]) == 1
    out, err = capsys.readouterr()
    assert sentence in sentence_and_remedy(err)[0]
    assert out == ""


def test_a_preset_that_has_changed_since_derivatives_were_stored_is_told(
    command: Command, folder: Path, photos: Path
) -> None:
    file = Path("firstsight.toml")
    file.write_text(f'source = "{photos}"\nderivatives = "made"\n[presets.thumb]\ntransform = "30x20"\n')
    assert command("check").stderr == b""
    assert not Path("made").exists(), "to check changes nothing"
    service = open_service(load(file))
    assert service.handle(Request("/coffee.png/thumb.webp")).status == 200
    assert command("check").stderr == b""
    file.write_text(file.read_text().replace("30x20", "31x20"))
    said = " ".join(command("check").stderr.decode().split())
    assert "The preset 'thumb' has changed: 1 of its 1 stored derivatives" in said
    assert "firstsight purge --preset thumb" in said
    assert command("purge", "--preset", "thumb", "--yes").returncode == 0
    assert command("check").stderr == b""
