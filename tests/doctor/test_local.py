"""What is read of this machine."""

import importlib.metadata
import os
from pathlib import Path

import pytest

from firstsight.doctor import check, local
from firstsight.doctor.checks import CHECKS
from firstsight.doctor.facts import Facts
from firstsight.settings import from_dict


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in [name for name in os.environ if name.startswith("FIRSTSIGHT_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_this_machine_has_what_is_needed(folder: Path) -> None:
    (folder / "photos").mkdir()
    (folder / "photos" / "a.jpg").write_bytes(b"")
    file, settings = local.settings(None)
    assert (file.exists, file.refused) == (False, "")
    settings = from_dict({"source": "photos"})
    facts = Facts(file, settings, local.read(settings))
    assert {one.code: one.verdict.value for one in check.run(facts, CHECKS) if one.verdict != "ok"} == {}
    assert facts.local.sources
    assert facts.local.sources.keys == ("a.jpg",)
    assert {package.name for package in facts.local.packages} >= {"obstore", "pyvips", "starlette", "boto3", "uv"}


def test_what_speaks_to_aws_is_not_missed_where_it_is_not_installed(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    version = importlib.metadata.version

    def installed(name: str) -> str:
        if name in ("boto3", "obstore"):
            raise importlib.metadata.PackageNotFoundError(name)
        return version(name)

    monkeypatch.setattr(importlib.metadata, "version", installed)
    found = {package.name: package.installed for package in local.read(None).packages}
    assert "boto3" not in found
    assert found["obstore"] == ""


def test_the_file_is_read_even_where_its_settings_are_refused(folder: Path) -> None:
    Path("firstsight.toml").write_text('sorce = "x"\n', "utf-8")
    file, settings = local.settings(None)
    assert settings is None
    assert file.data == {"sorce": "x"}
    assert "'sorce'" in file.refused


@pytest.mark.parametrize("text", ["source = ", "\xff"])
def test_a_file_that_is_no_toml_is_refused_with_what_is_wrong(folder: Path, text: str) -> None:
    Path("firstsight.toml").write_bytes(text.encode("latin-1"))
    file, settings = local.settings(None)
    assert settings is None
    assert "not valid TOML" in file.refused


def test_folders_that_are_not_there_and_those_in_a_bucket(folder: Path) -> None:
    found = local.read(from_dict({"source": "nowhere", "derivatives": "made"}))
    assert found.sources
    assert found.derivatives
    assert (found.sources.exists, found.derivatives.writable, found.derivatives.free > 0) == (False, True, True)
    found = local.read(from_dict({"source": "s3://photos", "derivatives": "memory://"}))
    assert (found.sources, found.derivatives) == (None, None)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read and write everything")
def test_folders_that_may_not_be_read_or_written(folder: Path) -> None:
    (folder / "photos").mkdir(mode=0)
    (folder / "made").mkdir(mode=0o500)
    found = local.read(from_dict({"source": "photos", "derivatives": "made/below"}))
    assert found.sources
    assert found.derivatives
    assert (found.sources.readable, found.derivatives.writable) == (False, False)
