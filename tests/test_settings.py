"""Settings from a file, the environment and arguments: what they mean, and what is said when they cannot be meant."""

import tomllib
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firstsight.settings import (
    PRESET,
    SETTINGS,
    Access,
    Architecture,
    Aws,
    Damaged,
    Dialects,
    Front,
    GrammarName,
    Key,
    Limits,
    Metadata,
    Preset,
    Setting,
    Settings,
    Topology,
    from_dict,
    load,
)
from firstsight.settings.dialects import Digest, Flavour
from firstsight.transform import Anchor, Format, Transform

EVERYTHING = """
source = "s3://photos"
derivatives = "s3://made"
grammars = ["classic"]
access = "signed"
sizes = ["300x300", "90x60"]
keys = ["a:0123456789abcdef", "b:with:colons:and spaces"]
cache_control = "public, max-age=86400"
cors = "*"
damaged = "best_effort"
metadata = "copyright"
similarity = 0.9
watermark = "brand/mark.png"
watermarks = ["brand/sale.png", "partners/"]
svg = true
refine = true
host = "0.0.0.0"
hosts = ["img.example.com", "[::1]"]
port = 80
workers = 4
renders = 2
queue = 10

[limits]
source_bytes = 1
source_pixels = 2
output_pixels = 3
frames = 4
animation_pixels = 5
memory = 60000000
seconds = 1.5
url_length = 60
tokens = 7

[aws]
topology = "cdn"
public_url = "https://img.example.com"
name = "photos"
region = "eu-central-1"
front = "function-url"
front_host = "images.example.com"
public = true
architecture = "x86_64"
memory = 1769
timeout = 20
backfill = true
distribution = "E1ABCDEF2GHIJK"
expire_days = 90
events = "arn:aws:sqs:eu-central-1:123456789012:uploads"
dead_letters = "https://sqs.eu-central-1.amazonaws.com/123456789012/failed"

[dialects]
lenient = true
auto_format = true
sources = ["https://img.example.com/a=b/=old/", "s3://bucket/="]
thumbor = "imagor"
thumbor_oriented = true
thumbor_keys = ["MY_SECURE_KEY"]
thumbor_digest = "sha512"
thumbor_length = 40
imgproxy_keys = ["736563726574:68656c6c6f", "00ff:"]
imgproxy_signature_bytes = 8
dit_keys = ["one", "two"]

[presets]
banner = "1200x400.webp"

[presets.thumb]
transform = "200x200-smart"
format = "jpeg"
eager = true
carrierwave = ["uploads/user/avatar/*/thumb"]
"""


def read(text: str) -> Settings:
    return from_dict(tomllib.loads(text))


def test_every_setting_of_a_file_is_read() -> None:
    settings = read(EVERYTHING)
    assert settings.source == "s3://photos"
    assert settings.derivatives == "s3://made"
    assert settings.grammars == (GrammarName.CLASSIC,)
    assert settings.access is Access.SIGNED
    assert settings.sizes == ((300, 300), (90, 60))
    assert settings.keys == (Key("a", b"0123456789abcdef"), Key("b", b"with:colons:and spaces"))
    assert settings.cache_control == "public, max-age=86400"
    assert settings.cors == "*"
    assert settings.damaged is Damaged.BEST_EFFORT
    assert settings.metadata is Metadata.COPYRIGHT
    assert settings.watermark == "brand/mark.png"
    assert settings.watermarks == ("brand/sale.png", "partners/")
    assert settings.svg is True
    assert settings.refine is True
    assert (settings.host, settings.port) == ("0.0.0.0", 80)
    assert settings.hosts == ("img.example.com", "[::1]")
    assert (settings.workers, settings.renders, settings.queue) == (4, 2, 10)
    assert settings.limits == Limits(1, 2, 3, 4, 5, 60_000_000, 1.5, 60, 7)
    assert settings.dialects == Dialects(
        lenient=True,
        auto_format=True,
        sources=(("https://img.example.com/a=b/", "old/"), ("s3://bucket/", "")),
        thumbor=Flavour.IMAGOR,
        thumbor_oriented=True,
        thumbor_keys=("MY_SECURE_KEY",),
        thumbor_digest=Digest.SHA512,
        thumbor_length=40,
        imgproxy_keys=((b"secret", b"hello"), (b"\x00\xff", b"")),
        imgproxy_signature_bytes=8,
        dit_keys=("one", "two"),
    )
    assert settings.aws == Aws(
        topology=Topology.CDN,
        public_url="https://img.example.com",
        name="photos",
        region="eu-central-1",
        front=Front.FUNCTION_URL,
        front_host="images.example.com",
        public=True,
        architecture=Architecture.X86_64,
        memory=1769,
        timeout=20,
        backfill=True,
        distribution="E1ABCDEF2GHIJK",
        expire_days=90,
        events="arn:aws:sqs:eu-central-1:123456789012:uploads",
        dead_letters="https://sqs.eu-central-1.amazonaws.com/123456789012/failed",
    )
    assert settings.presets == {
        "banner": Preset("banner", Transform(width=1200, height=400, format=Format.WEBP)),
        "thumb": Preset(
            "thumb",
            Transform(width=200, height=200, anchor=Anchor.SMART, format=Format.JPEG),
            eager=True,
            carrierwave=("uploads/user/avatar/*/thumb",),
        ),
    }


def test_the_file_of_this_test_has_every_setting() -> None:
    data = tomllib.loads(EVERYTHING)
    names = {f"{section}.{name}" for section in ("limits", "dialects", "aws") for name in data[section]}
    names |= data.keys() - {"limits", "dialects", "aws", "presets"}
    assert {row.name for row in SETTINGS} == names
    assert {row.name for row in PRESET} == data["presets"]["thumb"].keys()


def test_nothing_said_is_every_default() -> None:
    assert from_dict({}) == Settings()
    assert Settings().access is Access.PRESETS
    for row in SETTINGS:
        head, _, name = row.name.rpartition(".")
        assert row.default == getattr(getattr(Settings(), head) if head else Settings(), name)


@pytest.mark.parametrize("row", SETTINGS, ids=lambda row: row.name)
def test_the_example_of_a_setting_means_the_same_in_the_file_and_in_the_environment(row: Setting) -> None:
    value = row.read(tomllib.loads(f"x = {row.example}")["x"])
    variable, _, text = row.assignment.partition("=")
    assert variable == row.variable == "FIRSTSIGHT_" + row.name.upper().replace(".", "_")
    assert row.read(text) == value
    section, _, name = row.name.rpartition(".")
    assert row.line == f"{name} = {row.example}" + (f" in [{section}]" if section else "")
    settings = load(Path("/dev/null"), {variable: text})
    assert getattr(getattr(settings, section) if section else settings, name) == value


@pytest.mark.parametrize("row", SETTINGS, ids=lambda row: row.name)
@given(value=st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.lists(st.text() | st.integers()))
def test_any_value_is_read_or_refused_with_a_sentence(row: Setting, value: Any) -> None:
    try:
        row.read(value)
    except ValueError as error:
        refusal = str(error)
    else:
        return
    assert refusal.split(maxsplit=1)[0] in ("a", "one", "true"), refusal


def test_arguments_win_over_the_environment_and_the_environment_over_the_file(tmp_path: Path) -> None:
    file = tmp_path / "some.toml"
    file.write_text('host = "file"\nport = 1\nqueue = 1\n[limits]\nframes = 1\nseconds = 1')
    environ = {"FIRSTSIGHT_PORT": "2", "FIRSTSIGHT_QUEUE": "2", "FIRSTSIGHT_LIMITS_SECONDS": "2.5"}
    settings = load(file, environ, queue=3, host=None, defaults={"port": 9, "workers": 9})
    assert (settings.host, settings.port, settings.queue, settings.workers) == ("file", 2, 3, 9)
    assert (settings.limits.frames, settings.limits.seconds) == (1, 2.5)


def test_a_file_that_an_editor_on_windows_has_written_is_read(tmp_path: Path) -> None:
    (tmp_path / "settings.toml").write_bytes(b'\xef\xbb\xbfaccess = "open"\r\n[limits]\r\nseconds = 3\r\n')
    found = load(tmp_path / "settings.toml", {})
    assert (found.access, found.limits.seconds) == ("open", 3)


def test_the_file_in_the_working_folder_is_read_where_none_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert load(environ={}) == Settings()
    (tmp_path / "firstsight.toml").write_text("port = 81")
    assert load(environ={}).port == 81


@pytest.mark.parametrize(
    ("environ", "name", "value"),
    [
        ({"FIRSTSIGHT_PORT": "81"}, "port", 81),
        ({"FIRSTSIGHT_PORT": " 81 "}, "port", 81),
        ({"FIRSTSIGHT_SVG": "True"}, "svg", True),
        ({"FIRSTSIGHT_SVG": "0"}, "svg", False),
        ({"FIRSTSIGHT_SIZES": "300x200, 90x90,"}, "sizes", ((300, 200), (90, 90))),
        ({"FIRSTSIGHT_SIZES": ""}, "sizes", ()),
        ({"FIRSTSIGHT_GRAMMARS": "native"}, "grammars", (GrammarName.NATIVE,)),
        ({"FIRSTSIGHT_ACCESS": "open"}, "access", Access.OPEN),
        ({"FIRSTSIGHT_KEYS": "a:0123456789abcdef"}, "keys", (Key("a", b"0123456789abcdef"),)),
        # What others call alike is not ours: Kubernetes does so for a service of this name.
        ({"FIRSTSIGHT_SERVICE_HOST": "10.0.0.1", "FIRSTSIGHT_PORT_80_TCP": "tcp://10.0.0.1:80"}, "port", 8000),
        ({"FIRSTSIGHT_PORT": "tcp://10.0.0.1:80", "FIRSTSIGHT_SERVICE_PORT": "80"}, "port", 8000),
        ({"FIRSTSIGHT_SERVICE_PORT_HTTP": "80", "FIRSTSIGHT_PORT_80_TCP_ADDR": "10.0.0.1"}, "port", 8000),
        ({"FIRSTSIGHT_PORT_80_TCP_PORT": "80", "FIRSTSIGHT_PORT_80_TCP_PROTO": "tcp"}, "port", 8000),
        ({"FIRSTSIGHT_DEBUG": "1", "SECOND_PORT": "1"}, "port", 8000),
    ],
)
def test_the_environment_is_read_as_text(environ: dict[str, str], name: str, value: Any) -> None:
    assert getattr(load(Path("/dev/null"), environ), name) == value


@pytest.mark.parametrize("name", ["thumb", "cover_photo", "2col", "webp", "json", "a", "_", "northern", "quality"])
def test_any_other_name_may_be_a_presets(name: str) -> None:
    assert read(f'[presets]\n"{name}" = "9x9"').presets[name].name == name


@pytest.mark.parametrize(
    ("lines", "format"),
    [
        ('transform = "9x"', Format.AUTO),
        ('transform = "9x"\nformat = "auto"', Format.AUTO),
        ('transform = "9x.webp"', Format.WEBP),
        ('transform = "9x.webp"\nformat = "auto"', Format.WEBP),
        ('transform = "9x.webp"\nformat = "webp"', Format.WEBP),
        ('transform = "9x"\nformat = "jpeg"', Format.JPEG),
    ],
)
def test_a_presets_format_is_in_its_transform_or_beside_it(lines: str, format: Format) -> None:
    assert read(f"[presets.a]\n{lines}").presets["a"].transform == Transform(width=9, format=format)
