"""Versions as presets of a settings file; names, directories, chains, and what is said of them."""

import json
import tomllib
from pathlib import Path
from typing import Any

import pytest

from firstsight.carrierwave import exporting, presets, reading, writing
from firstsight.carrierwave.reading import BadExport
from firstsight.cli import run
from firstsight.errors import BadSettings
from firstsight.settings import Preset, from_dict, load
from firstsight.tokens import canonical, parse
from tests.carrierwave.conftest import APP, CHECKOUTS

#: What the uploaders of the application mean with CarrierWave 1.3, which sharpens nothing.
SPECS = {
    "photo_thumb": "200x200-enlarge-fine-q95",
    "thumb_mini": "200x200-enlarge-fine-dpr0.25-q95",
    "banner": "400x150-north-enlarge-fine-q95",
    "fitted": "400x400-inside-enlarge-fine-q95",
    "enlarged": "700x700-inside-enlarge-fine-q95",
    "limited": "300x300-inside-fine-q95",
    "padded": "240x240-contain-bg336699-fine-q95",
    "drawn": "220x-fine.png",
    "small": "120x120-inside-enlarge-fine-q95",
    "poster": "150x300-enlarge-fine-q95",
    "huge": "2000x2000-inside-enlarge-fine-q95",
    "cover_thumb": "320x100-enlarge-fine-q60",
}


def processor(method: str, *arguments: Any) -> dict[str, Any]:
    return {"method": method, "arguments": list(arguments), "condition": None, "place": "u.rb:5", "defined": None}


def version(name: str, *processors: dict[str, Any], **more: Any) -> dict[str, Any]:
    whole = {"name": name, "engine": "MiniMagick", "from_version": None, "condition": None, "place": "u.rb:5"}
    return whole | {"own_directory": False, "own_name": None, "processors": processors, "versions": []} | more


def exported(*versions: dict[str, Any], dirs: tuple[str, ...] = ("up/1", "up/2"), **more: Any) -> reading.Export:
    directory = {"model": "M", "column": "c", "store_dirs": dirs}
    uploader = {"name": "Admin::BigPhotoUploader", "place": "u.rb:1", "processors": [], "directories": [directory]}
    data = {"form": 1, "carrierwave": "2.2.6", "uploaders": [uploader | {"versions": versions} | more]}
    return reading.read(json.dumps(data))


FIT = processor("resize_to_fit", 100, 100)


@pytest.mark.skipif(bool(CHECKOUTS), reason="another release may mean something else")
def test_the_versions_of_a_real_application_mean_what_they_say(export: str) -> None:
    taken = presets.take(reading.read(export), {})
    assert {name: canonical(preset.transform) for name, preset in taken.presets.items()} == SPECS
    assert taken.presets["thumb_mini"].carrierwave == ("uploads/user/avatar/*/thumb_mini",)
    assert taken.presets["cover_thumb"].carrierwave == ("uploads/post/cover/thumb",)


def test_what_could_not_be_taken_over_is_said_with_its_place_in_the_code(export: str) -> None:
    lines = (APP / "uploaders.rb").read_text("utf-8").splitlines()

    def line(text: str) -> str:
        return f"uploaders.rb:{next(number for number, own in enumerate(lines, 1) if text in own)}"

    said = {(f.place, f.about): f.sentence for f in presets.take(reading.read(export), {}).remarks if f.left_out}
    timed = line("->(_) { 100 }")
    assert said == {
        (line("resize_to_limit: [100, 100]"), "CoverUploader.toned"): (
            f"Left out: 'sepia' is a method of your own ({line('def sepia')})."
        ),
        (timed, "CoverUploader.timed"): f"Left out: 'resize_to_limit' gets its size from code ({timed}).",
    }


def test_what_was_assumed_is_said(export: str) -> None:
    said = {f.about: f.sentence for f in presets.take(reading.read(export), {}).remarks if not f.left_out}
    assert "'quality(60)' is taken for what its name says" in said["CoverUploader.thumb"]
    assert "The application still decides" in said["PhotoUploader.poster"]
    assert said["CoverUploader"] == "Files that end in pdf, psd may be uploaded; versions of those are not made here."
    assert "PhotoUploader" not in said  # it allows all


def test_a_version_of_a_version_comes_after_it_and_one_from_another_after_that() -> None:
    small = version("small", processor("resize_to_limit", 50, 80))
    export = exported(
        version("big", processor("resize_to_fill", 200, 100), versions=[small]),
        version("late", FIT, from_version="big"),
        version("lost", FIT, from_version="nowhere"),
        version("round", FIT, from_version="round"),
    )
    taken = presets.take(export, {})
    specs = {name: canonical(preset.transform) for name, preset in taken.presets.items()}
    assert specs == {
        "big": "200x100-enlarge-fine-q95",
        "big_small": "200x100-enlarge-fine-dpr0.25-q95",
        "late": "200x100-enlarge-fine-dpr0.5-q95",
    }
    assert [f.about for f in taken.remarks] == ["Admin::BigPhotoUploader.lost", "Admin::BigPhotoUploader.round"]


@pytest.mark.parametrize(
    ("dirs", "pattern"),
    [
        (("uploads", "uploads"), "uploads/t"),
        (("/uploads/9/", "/uploads/8/"), "uploads/*/t"),
        (("u/987/654/x", "u/123/456/x"), "u/*/*/x/t"),
        (("", ""), "t"),
        (("u/a", "u/b/c"), None),
        (("u//9", "u//8"), None),
        (("../u/9", "../u/8"), None),
        ((), None),
    ],
)
def test_a_directory_is_a_pattern_of_what_differs_between_two_records(dirs: tuple[str, ...], pattern: str) -> None:
    taken = presets.take(exported(version("t", FIT), dirs=dirs), {})
    assert [preset.carrierwave for preset in taken.presets.values()] == ([(pattern,)] if pattern else [])
    assert [f.left_out for f in taken.remarks] == ([] if pattern else [True, False])


@pytest.mark.parametrize(
    ("more", "reason"),
    [({"own_directory": True}, "kept in another directory"), ({"own_name": "u.rb:7"}, "name of its own (u.rb:7)")],
)
def test_a_version_that_is_kept_elsewhere_is_left_out(more: dict[str, Any], reason: str) -> None:
    taken = presets.take(exported(version("t", FIT, **more)), {})
    assert not taken.presets
    assert reason in taken.remarks[0].sentence


def test_what_changes_the_original_stays_the_applications() -> None:
    taken = presets.take(exported(version("t", FIT), processors=[FIT]), {})
    assert list(taken.presets) == ["t"]
    assert "changes the original before it is stored" in taken.remarks[0].sentence


@pytest.mark.parametrize("name", ["full", "smart", "q80", "Big"])
def test_a_version_whose_name_no_preset_can_have_gets_its_uploaders_too(name: str) -> None:
    [(preset, made)] = presets.take(exported(version(name, FIT)), {}).presets.items()
    assert preset == ("big" if name == "Big" else f"admin_big_photo_{name}")
    assert made.carrierwave == (f"up/*/{name}",)


def test_a_preset_of_that_name_which_a_person_made_keeps_it() -> None:
    export = exported(version("thumb", FIT))
    assert list(presets.take(export, {"thumb": Preset("thumb", parse("9x9"))}).presets) == ["admin_big_photo_thumb"]
    earlier = {"thumb": Preset("thumb", parse("9x9"), carrierwave=("up/*/thumb",))}
    assert list(presets.take(export, earlier).presets) == ["thumb"]


def test_a_preset_that_a_person_made_is_never_written_over() -> None:
    export = exported(version("thumb", FIT))
    theirs = {name: Preset(name, parse("9x9")) for name in ("thumb", "admin_big_photo_thumb")}
    assert list(presets.take(export, theirs).presets) == ["admin_big_photo_thumb_2"]


def test_importing_one_uploader_after_another_keeps_the_versions_of_the_first() -> None:
    first = presets.take(exported(version("thumb", FIT), version("wide", FIT), dirs=("in/1", "in/2")), {}).presets
    second = exported(version("thumb", FIT), version("wide", processor("resize_to_fit", 77, 7)))
    text = writing.merged(writing.merged("", first), presets.take(second, first).presets)
    made = from_dict(tomllib.loads(text)).presets
    found = {entry: preset.transform for preset in made.values() for entry in preset.carrierwave}
    fit = first["thumb"].transform
    assert {entry: transform.width for entry, transform in found.items()} == {
        "in/*/thumb": fit.width,
        "in/*/wide": fit.width,
        "up/*/thumb": fit.width,
        "up/*/wide": 77,
    }
    assert presets.take(second, made).presets == {name: made[name] for name in ("thumb", "admin_big_photo_wide")}


def test_versions_that_differ_have_presets_that_differ_however_alike_their_names_are() -> None:
    names = ("Big-Thumb", "big_thumb", "admin_big_photo_big_thumb", "grün", "grÿn")
    sizes = dict(zip(names, range(10, 15), strict=True))
    export = exported(*(version(name, processor("resize_to_fit", size, 10)) for name, size in sizes.items()))
    made = presets.take(export, {}).presets
    assert {entry: preset.transform.width for preset in made.values() for entry in preset.carrierwave} == {
        f"up/*/{name}": size for name, size in sizes.items()
    }
    assert all(preset.name == name for name, preset in made.items())


@pytest.mark.parametrize(
    "text",
    ["", "[]", "{}", '{"form": 2}', '{"form": 1, "carrierwave": 3}', '{"form": 1, "carrierwave": "1", "uploaders": 1}'],
)
def test_what_is_no_export_is_refused(text: str) -> None:
    with pytest.raises(BadExport):
        reading.read(text)


FILE = """# ours
source = "s3://photos"  # the bucket
grammars = ["classic"]

[presets.card]   # by hand
transform = "9x9"

[presets.thumb]
transform = "8x8"
carrierwave = ["up/*/thumb"]
eager = true     # at once

[limits]
seconds = 20
"""


def test_a_settings_file_keeps_all_else_that_is_in_it() -> None:
    made = {
        "thumb": Preset("thumb", parse("7x7-q90"), carrierwave=("up/*/thumb", "in/thumb")),
        "new": Preset("new", parse("6x6.png"), carrierwave=("up/*/new",)),
    }
    text = writing.merged(FILE, made)
    assert set(FILE.splitlines()) - set(text.splitlines()) == {
        'grammars = ["classic"]',
        'transform = "8x8"',
        'carrierwave = ["up/*/thumb"]',
    }
    settings = from_dict(tomllib.loads(text))
    assert settings.grammars == ("classic", "carrierwave")
    assert settings.presets["thumb"] == Preset("thumb", parse("7x7-q90"), True, ("up/*/thumb", "in/thumb"))
    assert settings.presets["new"] == made["new"]
    assert settings.limits.seconds == 20
    assert writing.merged(text, made) == text


@pytest.mark.parametrize("before", ["", "[presets]\ncard = '9x9'\n", "access = 'presets'\n", "[limits]\nseconds = 5\n"])
def test_a_file_without_such_presets_gets_them(before: str) -> None:
    made = {"new": Preset("new", parse("6x6.png"), carrierwave=("up/*/new",))}
    after = from_dict(tomllib.loads(writing.merged(before, made)))
    assert after.presets["new"] == made["new"]


@pytest.mark.parametrize(
    "before",
    [
        "[presets.a]\ntransform = '9x9'\n[limits]\nseconds = 5\n[presets.b]\ntransform = '8x8'\ncarrierwave = ['new']",
        "presets = { a = { transform = '9x9' } }\n[limits]\nseconds = 5\n",
        "limits.seconds = 5\npresets.a.transform = '9x9'\n",
    ],
    ids=["tables that other tables stand between", "inline tables", "dotted names"],
)
def test_a_file_may_write_its_presets_in_any_way_that_toml_has(before: str) -> None:
    made = {"new": Preset("new", parse("6x6.png"), carrierwave=("up/*/new",))}
    after = from_dict(tomllib.loads(writing.merged(before, made)))
    assert {"a": Preset("a", parse("9x9")), **made}.items() <= after.presets.items()
    assert after.limits.seconds == 5


def test_a_file_that_would_be_broken_by_the_presets_is_left_as_it_is(tmp_path: Path) -> None:
    file = tmp_path / "firstsight.toml"
    file.write_text("presets.a.transform = '9x9'\nlimits.seconds = 5\n")
    with pytest.raises(BadSettings, match="dotted names"):
        writing.write(file, {"new": Preset("new", parse("6x6.png"), carrierwave=("up/*/new",))})
    assert file.read_text() == "presets.a.transform = '9x9'\nlimits.seconds = 5\n"


def test_a_file_that_was_written_on_windows_keeps_the_ends_of_its_lines(tmp_path: Path) -> None:
    file = tmp_path / "firstsight.toml"
    file.write_bytes(b"\xef\xbb\xbf# ours\r\n[presets.a]\r\ntransform = '9x9'\r\n")
    writing.write(file, {"new": Preset("new", parse("6x6.png"), carrierwave=("up/*/new",))})
    assert b"# ours\r\n[presets.a]\r\ntransform = '9x9'\r\n" in file.read_bytes()
    assert set(load(file, {}).presets) == {"a", "new"}


def test_a_file_that_is_no_toml_is_refused() -> None:
    with pytest.raises(BadSettings, match="not valid TOML"):
        writing.merged("a = ", {})


def test_the_command_writes_them_and_may_be_run_again(
    ruby: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "firstsight.toml"
    file.write_text("# ours\n", "utf-8")
    asked = ["import", "carrierwave", "--require", str(APP / "environment.rb"), "--config", str(file)]
    assert run([*asked, "--dry-run"]) == 0
    assert file.read_text("utf-8") == "# ours\n"
    assert run([*asked, "PhotoUploader"]) == 0
    assert "CoverUploader" not in capsys.readouterr().out.partition("Written")[2]
    assert run(asked) == 0
    said = capsys.readouterr().out
    assert "CoverUploader.toned: Left out: 'sepia' is a method of your own" in said
    assert "2 left out." in said
    text = file.read_text("utf-8")
    assert text.startswith("# ours\n")
    assert run(asked) == 0
    assert file.read_text("utf-8") == text
    assert set(load(file, {}).presets) >= {"photo_thumb", "cover_thumb", "banner"}


def test_what_comes_next_is_said_and_the_store_where_it_is_not_named_yet(
    export: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "export.json").write_text(export, "utf-8")
    file = tmp_path / "firstsight.toml"
    asked = ["import", "carrierwave", "--export", str(tmp_path / "export.json"), "--config", str(file)]
    assert run(asked) == 0
    *_, told = capsys.readouterr().out.splitlines()
    assert "`source`" in told
    assert told.endswith("firstsight verify carrierwave")
    file.write_text('source = "s3://uploads"\n' + file.read_text("utf-8"), "utf-8")
    assert run(asked) == 0
    assert capsys.readouterr().out.splitlines()[-1] == "Next: firstsight verify carrierwave"


@pytest.mark.parametrize(
    "method", ["full_filename(file) = 'x'", "store_path(file = nil) = 'x'", "store_dir = 'elsewhere'"]
)
def test_a_version_that_decides_on_its_place_itself_is_left_out(ruby: str, tmp_path: Path, method: str) -> None:
    file = tmp_path / "uploaders.rb"
    file.write_text(
        "require 'active_support/time'\nrequire 'carrierwave'\n"
        "class Upload < CarrierWave::Uploader::Base\n  version(:usual) {}\n"
        f"  version(:own) do\n    def {method}\n  end\nend\n"
    )
    taken = presets.take(reading.read(exporting.run(None, file, [])), {})
    assert list(taken.presets) == ["usual"]
    assert [remark.about for remark in taken.remarks if remark.left_out] == ["Upload.own"]


def test_an_export_of_another_machine_is_read(tmp_path: Path, export: str) -> None:
    (tmp_path / "export.json").write_text(export, "utf-8")
    file = tmp_path / "firstsight.toml"
    assert run(["import", "carrierwave", "--export", str(tmp_path / "export.json"), "--config", str(file)]) == 0
    assert load(file, {}).presets == presets.take(reading.read(export), {}).presets


def test_the_ruby_files_are_printed(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["import", "carrierwave", "--ruby"]) == 0
    assert "module Firstsight" in capsys.readouterr().out
    assert run(["import", "carrierwave", "--exporter"]) == 0
    assert "FirstsightExport" in capsys.readouterr().out


def test_an_application_that_does_not_load_is_told(
    ruby: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "broken.rb").write_text("raise 'no database'\n", "utf-8")
    assert run(["import", "carrierwave", "--require", str(tmp_path / "broken.rb")]) == 1
    said = capsys.readouterr().err
    assert "could not be loaded by Ruby" in said
    assert "no database" in said


def test_one_way_to_the_uploaders_is_asked_for(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["import", "carrierwave"]) == 2
    assert "Expected one of --rails DIR" in capsys.readouterr().err
