"""`firstsight import imgproxy|thumbor|dit`: their configuration files as settings."""

import json
import tomllib
from pathlib import Path

import pytest

from firstsight import cli, tokens
from firstsight.cli.peers import take
from firstsight.settings import Settings, load
from tests.cli.told import sentence_and_remedy

IMGPROXY = """
# production
IMGPROXY_KEY=736563726574,6e6577
export IMGPROXY_SALT="68656c6c6f,73616c74"
IMGPROXY_SIGNATURE_SIZE=8
IMGPROXY_PRESETS=default=rs:fit:1200:0,thumb=rs:fill:200:200/g:sm/q:70,Big One=w:2000/ush:0.5
IMGPROXY_ALLOWED_SOURCES=s3://photos/,https://img.example.com,*.example.org
IMGPROXY_MAX_SRC_RESOLUTION=50
IMGPROXY_AUTO_WEBP=true
IMGPROXY_TTL=3600
IMGPROXY_QUALITY=75
IMGPROXY_PROMETHEUS_BIND=:8081
"""
THUMBOR = """
SECURITY_KEY = 'MY_SECURE_KEY'
ALLOW_UNSAFE_URL = False
RESPECT_ORIENTATION = True
AUTO_WEBP = True  # for browsers
TC_AWS_LOADER_BUCKET = 'photos'
ALLOWED_SOURCES = ['img.example.com', 'x.example.com']
MAX_AGE = 86400
QUALITY = 80
UPLOAD_ENABLED = False
"""
IMAGOR = "IMAGOR_SECRET=mysecret\nIMAGOR_SIGNER_TYPE=sha256\nIMAGOR_SIGNER_TRUNCATE=40\nS3_LOADER_BUCKET=photos\n"
DIT = {
    "Environment": {
        "Variables": {
            "SOURCE_BUCKETS": "photos, old-photos",
            "AUTO_WEBP": "Yes",
            "ENABLE_SIGNATURE": "Yes",
            "SECRETS_MANAGER": "name",
            "CORS_ENABLED": "Yes",
            "CORS_ORIGIN": "*",
            "SHARP_SIZE_LIMIT": "50000000",
        }
    }
}


def imported(peer: str, text: str, folder: Path) -> Settings:
    (folder / "their.conf").write_text(text)
    assert cli.run(["import", peer, "their.conf"]) == 0
    return load(folder / "firstsight.toml", {})


def test_an_environment_file_of_imgproxy_becomes_settings(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    settings = imported("imgproxy", IMGPROXY, folder)
    dialects = settings.dialects
    assert settings.grammars == ("native", "classic", "carrierwave", "imgproxy")
    assert dialects.imgproxy_keys == ((b"secret", b"hello"), (b"new", b"salt"))
    assert dialects.imgproxy_signature_bytes == 8
    assert dialects.auto_format is True
    assert dialects.sources == (("https://img.example.com/", ""),)
    assert settings.source == "s3://photos"
    assert settings.limits.source_pixels == 50_000_000
    assert settings.cache_control == "public, max-age=3600"
    assert {name: tokens.canonical(preset.transform) for name, preset in settings.presets.items()} == {
        "default": "1200x",
        "thumb": "200x200-clip-smart-q70",
        "big_one": "2000x",
    }
    out = capsys.readouterr().out
    for name in (
        "*.example.org",
        "IMGPROXY_QUALITY is another",
        "IMGPROXY_PROMETHEUS_BIND has no",
        "ush:0.5",
        "big_one",
    ):
        assert name in out
    assert "736563726574" not in out


def test_a_thumbor_conf_becomes_settings(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    settings = imported("thumbor", THUMBOR, folder)
    assert settings.grammars[-1] == "thumbor"
    assert settings.dialects.thumbor == "thumbor"
    assert settings.dialects.thumbor_keys == ("MY_SECURE_KEY",)
    assert settings.dialects.thumbor_oriented is True
    assert settings.dialects.auto_format is True
    assert settings.source == "s3://photos"
    assert settings.cache_control == "public, max-age=86400"
    out = capsys.readouterr().out
    assert "ALLOWED_SOURCES allows hosts" in out
    assert "UPLOAD_ENABLED has no counterpart here" in out
    assert "MY_SECURE" not in out


@pytest.mark.parametrize(
    ("loader", "asks_hosts"),
    [
        ("thumbor.loaders.http_loader", True),
        ("thumbor.loaders.strict_https_loader", True),
        ("thumbor.loaders.file_loader_http_fallback", True),
        ("thumbor.loaders.file_loader", False),
        ("tc_aws.loaders.s3_loader", False),
    ],
)
def test_a_loader_that_asks_other_hosts_is_told_for_nothing_is_fetched_from_them_here(
    loader: str, asks_hosts: bool
) -> None:
    left = take("thumbor", f"LOADER = '{loader}'\n").left
    sentence = (
        "fetches images from other hosts, which is never done here: "
        "say what their addresses stand for in dialects.sources"
    )
    assert left == ([("LOADER", sentence)] if asks_hosts else [])


def test_imagors_environment_is_known_by_its_names(folder: Path) -> None:
    dialects = imported("thumbor", IMAGOR, folder).dialects
    assert (dialects.thumbor, dialects.thumbor_keys) == ("imagor", ("mysecret",))
    assert (dialects.thumbor_digest, dialects.thumbor_length) == ("sha256", 40)


def test_the_variables_of_a_function_become_settings(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    settings = imported("dit", json.dumps(DIT), folder)
    assert settings.grammars[-1] == "dit"
    assert settings.source == "s3://photos"
    assert settings.cors == "*"
    assert settings.limits.source_pixels == 50_000_000
    out = capsys.readouterr().out
    assert "old-photos" in out
    assert "dialects.dit_keys" in out


def test_the_settings_file_keeps_all_else_that_is_in_it(folder: Path) -> None:
    before = '# ours\naccess = "signed"\n\n[presets.small]\ntransform = "90x90"\n\n[limits]\nseconds = 20  # slow\n'
    (folder / "firstsight.toml").write_text(before)
    imported("imgproxy", IMGPROXY, folder)
    text = (folder / "firstsight.toml").read_text()
    assert text.startswith("# ours\n")
    assert "seconds = 20  # slow" in text
    data = tomllib.loads(text)
    assert data["access"] == "signed"
    assert data["presets"]["small"] == {"transform": "90x90"}
    assert data["limits"] == {"seconds": 20, "source_pixels": 50_000_000}
    imported("imgproxy", IMGPROXY, folder)
    assert (folder / "firstsight.toml").read_text() == text


def test_a_preset_that_a_person_has_made_stays_and_that_is_told(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = '[presets.thumb]\ntransform = "90x90"\neager = true\n'
    (folder / "firstsight.toml").write_text(before)
    settings = imported("imgproxy", IMGPROXY, folder)
    assert before in (folder / "firstsight.toml").read_text()
    assert tokens.canonical(settings.presets["big_one"].transform) == "2000x"
    assert "presets.thumb is in the settings file already" in capsys.readouterr().out


def test_a_dry_run_writes_nothing(folder: Path) -> None:
    (folder / "their.conf").write_text(THUMBOR)
    assert cli.run(["import", "thumbor", "their.conf", "--dry-run"]) == 0
    assert not (folder / "firstsight.toml").exists()


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        ([], ""),
        (["their.conf", "other"], THUMBOR),
        (["their.conf"], "nothing here"),
        (["missing.conf"], ""),
        (["their.conf"], "IMGPROXY_KEY=zz\nIMGPROXY_SALT=zz\n"),
    ],
)
def test_what_cannot_be_read_is_told(
    arguments: list[str], text: str, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder / "their.conf").write_text(text)
    assert cli.run(["import", "imgproxy", *arguments]) in (1, 2)
    sentence_and_remedy(capsys.readouterr().err)
    assert not (folder / "firstsight.toml").exists()


def test_what_a_preset_says_of_the_answer_is_told_and_not_lost_silently() -> None:
    taken = take("imgproxy", "IMGPROXY_PRESETS=save=w:9/att:1/fn:cat,whole=raw:1,small=w:9/mw:20/ex:1\n")
    assert taken.presets == {"save": "9x", "whole": "full", "small": "9x-least20x-padbox"}
    [(name, sentence)] = taken.left
    assert name == "IMGPROXY_PRESETS"
    assert sentence == "is taken over without filename of save, return_attachment of save, raw of whole"
