"""`firstsight render`, mostly as the real console script."""

import json
import os
import stat
import subprocess
from pathlib import Path

import pytest
import pyvips

from firstsight import cli
from firstsight.cli.render import write
from tests.cli.told import SCRIPT, Command, sentence_and_remedy


def seen(data: bytes) -> tuple[str, int, int]:
    """The decoder and the sides of encoded bytes."""
    image = pyvips.Image.new_from_buffer(data, "")
    return image.get("vips-loader"), image.width, image.height


def test_a_photo_becomes_a_file_of_the_size_and_the_format_that_were_asked_for(
    command: Command, folder: Path, photos: Path
) -> None:
    done = command("render", photos / "coffee.png", "small.webp", "300x200")
    assert (done.returncode, done.stdout) == (0, b"")
    data = (folder / "small.webp").read_bytes()
    assert seen(data) == ("webpload_buffer", 300, 200)
    told = done.stderr.decode()
    assert f"small.webp: 300x200 webp, {len(data):,} bytes" in told
    assert f"from 600x400 png, {(photos / 'coffee.png').stat().st_size:,} bytes read" in told
    assert "pixels " in told
    assert "encode " in told
    assert " ms" in told
    assert "\x1b" not in told


def test_pipes_take_the_image_and_give_the_other_and_nothing_else(command: Command, photos: Path) -> None:
    done = command("render", "-", "-", "120x.jpg", stdin=(photos / "coffee.png").read_bytes())
    assert done.returncode == 0
    assert seen(done.stdout) == ("jpegload_buffer", 120, 80)
    assert done.stderr.startswith(b"stdout: 120x80 jpg")


def test_a_pipe_without_a_format_is_jpeg_or_png_where_there_is_alpha(command: Command, photos: Path) -> None:
    clear = pyvips.Image.black(40, 20, bands=4).copy(interpretation="srgb").pngsave_buffer()
    assert seen(command("render", photos / "coffee.png", "-", "30x").stdout)[0] == "jpegload_buffer"
    assert seen(command("render", "-", "-", "30x", stdin=clear).stdout)[0] == "pngload_buffer"


@pytest.mark.parametrize("unbuffered", ["", "1"])
def test_a_reader_that_has_had_enough_is_told_as_nothing_but_the_status(
    unbuffered: str, folder: Path, photos: Path
) -> None:
    with subprocess.Popen(
        [SCRIPT, "render", photos / "hubble_deep_field.jpg", "-", "full.png"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        cwd=folder,
        env=os.environ | {"PYTHONUNBUFFERED": unbuffered},
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.read(8)
        process.stdout.close()
        assert process.stderr.read() == b""
    assert process.returncode == 1


def test_a_description_is_json(command: Command, photos: Path) -> None:
    told = json.loads(command("render", photos / "coffee.png", "-", "info.json").stdout)
    assert (told["width"], told["height"], told["format"]) == (600, 400, "png")


def test_presets_and_limits_of_the_settings_hold(command: Command, folder: Path, photos: Path) -> None:
    Path("firstsight.toml").write_text('[presets.thumb]\ntransform = "90x90-smart"\n[limits]\nsource_pixels = 239999\n')
    done = command("render", photos / "coffee.png", "a.png", "thumb")
    assert done.returncode == 1
    assert "limits.source_pixels" in sentence_and_remedy(done.stderr.decode())[1]
    done = command("render", photos / "coffee.png", "a.png", "thumb", FIRSTSIGHT_LIMITS_SOURCE_PIXELS="240000")
    assert done.returncode == 0
    assert seen((folder / "a.png").read_bytes()) == ("pngload_buffer", 90, 90)


def test_what_the_settings_say_of_metadata_and_of_quality_holds(command: Command, folder: Path, photos: Path) -> None:
    image = pyvips.Image.new_from_file(str(photos / "coffee.png")).copy()
    image.set_type(pyvips.GValue.gstr_type, "exif-ifd0-Copyright", "Her (Her, ASCII, 4 components, 4 bytes)")
    image.write_to_file(str(folder / "with.jpg"))

    def made(spec: str, **environ: str) -> bytes:
        done = command("render", "with.jpg", "-", spec, **environ)
        assert done.returncode == 0, done.stderr
        return done.stdout

    kept = pyvips.Image.new_from_buffer(made("30x.jpg", FIRSTSIGHT_METADATA="copyright"), "")
    assert kept.get("exif-ifd0-Copyright").startswith("Her ")
    assert "exif-ifd0-Copyright" not in pyvips.Image.new_from_buffer(made("30x.jpg"), "").get_fields()
    rough, fine = (made("300x-qauto.webp", FIRSTSIGHT_SIMILARITY=least) for least in ("0.5", "0.95"))
    assert len(rough) < len(fine)


def test_a_file_that_is_no_image_is_a_sentence_and_a_remedy(command: Command, folder: Path) -> None:
    Path("cat.jpg").write_text("no image at all")
    done = command("render", "cat.jpg", "a.png", "300x200")
    assert done.returncode == 1
    assert "not an image" in sentence_and_remedy(done.stderr.decode())[0]
    assert sorted(path.name for path in folder.iterdir()) == ["cat.jpg"]


@pytest.mark.parametrize(
    ("arguments", "status", "sentence"),
    [
        (["IMAGE", "a.webp", "300x200.png"], 2, "SPEC says .png but OUT is 'a.webp'"),
        (["IMAGE", "a.jpg", "300x200.webp"], 2, "SPEC says .webp but OUT is 'a.jpg'"),
        (["IMAGE", "a.bmp", "300x200"], 2, "but got 'a.bmp'"),
        (["IMAGE", "a.tiff", "300x200.webp"], 2, "but got 'a.tiff'"),
        (["IMAGE", "a", "300x200"], 2, "but got 'a'"),
        (["IMAGE", "a.webp", "300x0"], 2, "but got '300x0'"),
        (["IMAGE", "a.webp", "-300"], 2, "No such option"),
        (["IMAGE", "a.webp", "blurr5"], 2, "but got 'blurr5'"),
        (["IMAGE", "a.webp", "sepia"], 2, "Expected a known token but got 'sepia'"),
        (["IMAGE", "a.webp", "300x200.bmp"], 2, "Expected a format"),
        (["IMAGE", "a.webp", ".webp"], 2, "Expected a spec before the format"),
        (["IMAGE", "a.webp", "crop900x900x10x10"], 1, "Expected a crop inside 600x400"),
        (["IMAGE", "a.webp", "frame2"], 1, "Expected a frame from 1 to 1"),
        (["nothing.jpg", "a.webp", "300x200"], 1, "There is no file 'nothing.jpg'"),
        (["FOLDER", "a.webp", "300x200"], 1, "is a folder"),
        (["IMAGE", "FOLDER", "300x200.webp"], 1, "is a folder"),
        (["IMAGE", "none/a.webp", "300x200"], 1, "The folder 'none' is not there"),
        (["IMAGE", "a.webp"], 2, "Missing argument 'SPEC'"),
        (["IMAGE", "a.webp", "300x200", "more"], 2, "more"),
        (["IMAGE", "a.webp", "300x200", "--config", "none.toml"], 1, "The settings file 'none.toml' cannot be read"),
    ],
)
def test_bad_input_is_a_sentence_and_a_remedy_and_writes_nothing(
    arguments: list[str],
    status: int,
    sentence: str,
    folder: Path,
    photos: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    names = {"IMAGE": str(photos / "coffee.png"), "FOLDER": str(photos)}
    assert cli.run(["render", *(names.get(argument, argument) for argument in arguments)]) == status
    assert sentence in sentence_and_remedy(capsys.readouterr().err)[0]
    assert list(folder.iterdir()) == []


@pytest.mark.parametrize("link", ["itself", "symbolic", "hard"])
def test_the_image_that_is_read_is_never_overwritten(
    link: str, folder: Path, photos: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = (photos / "coffee.png").read_bytes()
    image, other = folder / "coffee.png", folder / "other.png"
    image.write_bytes(before)
    {"itself": lambda: None, "symbolic": lambda: other.symlink_to(image), "hard": lambda: other.hardlink_to(image)}[
        link
    ]()
    target = image if link == "itself" else other
    assert cli.run(["render", str(image), str(target), "30x20"]) == 2
    assert "never overwritten" in sentence_and_remedy(capsys.readouterr().err)[0]
    assert image.read_bytes() == before


def test_a_failed_render_leaves_the_older_file_as_it_was(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "bad.png").write_bytes(b"\x89PNG\r\n\x1a\n and then nothing")
    (folder / "a.webp").write_bytes(b"older")
    assert cli.run(["render", "bad.png", "a.webp", "30x20"]) == 1
    sentence_and_remedy(capsys.readouterr().err)
    assert (folder / "a.webp").read_bytes() == b"older"
    assert sorted(path.name for path in folder.iterdir()) == ["a.webp", "bad.png"]


def test_whoever_reads_the_older_file_still_reads_all_of_it(tmp_path: Path) -> None:
    path = tmp_path / "a.webp"
    path.write_bytes(b"older")
    path.chmod(0o640)
    with path.open("rb", buffering=0) as reading:
        write(path, b"new")
        assert reading.read() == b"older"
    assert path.read_bytes() == b"new"
    assert stat.S_IMODE(path.stat().st_mode) == 0o640
    assert [entry.name for entry in tmp_path.iterdir()] == ["a.webp"]


def test_a_link_is_followed_and_stays_a_link(tmp_path: Path) -> None:
    (tmp_path / "real.webp").write_bytes(b"older")
    (tmp_path / "link.webp").symlink_to("real.webp")
    write(tmp_path / "link.webp", b"new")
    assert (tmp_path / "link.webp").is_symlink()
    assert (tmp_path / "real.webp").read_bytes() == b"new"


def test_a_pipe_may_be_named_as_a_file(command: Command, photos: Path) -> None:
    done = command("render", photos / "coffee.png", "/dev/stdout", "30x20.png")  # a link to what has no name
    assert done.returncode == 0, done.stderr
    assert seen(done.stdout) == ("pngload_buffer", 30, 20)


def test_a_file_may_have_the_longest_name_there_is(tmp_path: Path) -> None:
    name = "n" * 250 + ".webp"
    write(tmp_path / name, b"new")
    assert [entry.name for entry in tmp_path.iterdir()] == [name]


def test_a_device_is_written_to_and_not_replaced() -> None:
    write(Path(os.devnull), b"new")
    assert stat.S_ISCHR(Path(os.devnull).stat().st_mode)
