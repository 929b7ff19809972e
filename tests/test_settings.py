"""Settings from a file, the environment and arguments: what they mean, and what is said when they cannot be meant."""

import tomllib
import traceback
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firstsight.errors import BadSettings
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
        ({"FIRSTSIGHT_DEBUG": "1", "SECOND_PORT": "1"}, "port", 8000),
    ],
)
def test_the_environment_is_read_as_text(environ: dict[str, str], name: str, value: Any) -> None:
    assert getattr(load(Path("/dev/null"), environ), name) == value


@pytest.mark.parametrize(
    ("text", "sentence", "remedy"),
    [
        ("port = 70000", "Expected a whole number from 0 to 65535 for 'port' but got 70000.", "port = 8000"),
        ("port = 80.5", "Expected a whole number from 0 to 65535 for 'port' but got 80.5.", "port = 8000"),
        ("port = true", "Expected a whole number from 0 to 65535 for 'port' but got True.", "port = 8000"),
        ('port = "http"', "Expected a whole number from 0 to 65535 for 'port' but got 'http'.", "port = 8000"),
        ("port = [80]", "Expected a whole number from 0 to 65535 for 'port' but got [80].", "port = 8000"),
        ("port = nan", "Expected a whole number from 0 to 65535 for 'port' but got nan.", "port = 8000"),
        ("queue = inf", "Expected a whole number from 0 to 100000 for 'queue' but got inf.", "queue = 64"),
        ("[limits]\nseconds = 0", "number from 0.1 to 900 for 'limits.seconds' but got 0.", "seconds = 10 in [limits]"),
        ("source = 5", "Expected a text in quotes for 'source' but got 5.", 'source = "s3://my-photos"'),
        ('svg = "maybe"', "Expected true or false for 'svg' but got 'maybe'.", "svg = false"),
        (
            'access = "closed"',
            'one of "presets", "signed", "open" for \'access\' but got \'closed\'.',
            'access = "presets"',
        ),
        (
            "access = ['open']",
            'one of "presets", "signed", "open" for \'access\' but got [\'open\'].',
            'access = "presets"',
        ),
        ("grammars = []", 'Expected a list of some of "native", "classic", "carrierwave", ', "grammars = ["),
        ('grammars = ["modern"]', "for 'grammars' but got ['modern'].", "grammars = ["),
        ('sizes = ["300x"]', "a list of sizes such as", "sizes = ["),
        ('sizes = ["abcx1"]', "a list of sizes such as", "sizes = ["),
        ("sizes = [300]", "a list of sizes such as", "sizes = ["),
        ('hosts = ["img.example.com:80"]', "a list of host names in lower case and without ports", "hosts = ["),
        ("sizes = 300", "Expected a list for 'sizes' but got 300.", "sizes = ["),
        ('cache_control = "a\\r\\nX: y"', "Expected a line of ASCII in quotes for 'cache_control'", "cache_control ="),
        ('cors = "é"', "Expected a line of ASCII in quotes for 'cors'", 'cors = "*"'),
        ('metadata = "all"', 'one of "strip", "copyright", "profile"', 'metadata = "copyright"'),
        (
            '[aws]\ntopology = "mesh"',
            'one of "website", "cdn", "direct" for \'aws.topology\'',
            'topology = "cdn" in [aws]',
        ),
        ("prot = 80", "There is no setting 'prot'.", "Did you mean 'port'?"),
        ("[limits]\nsecond = 1", "There is no setting 'limits.second'.", "Did you mean 'limits.seconds'?"),
        ("zzz = 80", "There is no setting 'zzz'.", "Known are source, derivatives,"),
        ("limits = 5", "Expected a table [limits] but got 5.", "Write [limits] on a line of its own."),
        ('presets = ["a"]', "Expected a table [presets] but got ['a'].", "Write [presets] on a line of its own."),
        ("[presets.Thumb]", "Expected a preset's name of a-z, 0-9 and _ but got 'Thumb'.", "Choose another name."),
        ('[presets]\nb-g = "9x"', "Expected a preset's name of a-z, 0-9 and _ but got 'b-g'.", "Choose another name."),
        ('[presets]\n"" = "9x"', "Expected a preset's name of a-z, 0-9 and _ but got ''.", "Choose another name."),
        ('[presets]\nsmart = "9x"', "The preset's name 'smart' reads as a token.", "Choose another name."),
        ('[presets]\n300x200 = "9x"', "The preset's name '300x200' reads as a token.", "Choose another name."),
        ('[presets]\n300 = "9x"', "The preset's name '300' reads as a token.", "Choose another name."),
        ('[presets]\nq80 = "9x"', "The preset's name 'q80' reads as a token.", "Choose another name."),
        ('[presets]\nblur = "9x"', "The preset's name 'blur' reads as a token.", "Choose another name."),
        ('[presets]\nfull = "9x"', "The preset's name 'full' reads as a token.", "Choose another name."),
        ('[presets]\ninfo = "9x"', "The preset's name 'info' reads as a token.", "Choose another name."),
        ("[presets.a]", "Expected a 'transform' in [presets.a].", 'transform = "200x200-smart-q80" in [presets.a]'),
        (
            "[presets]\na = 5",
            "Expected a 'transform' in [presets.a].",
            'transform = "200x200-smart-q80" in [presets.a]',
        ),
        ("[presets.a]\ntransform = 5", "a text in quotes for 'presets.a.transform' but got 5.", "transform ="),
        ('[presets]\na = "sepia"', "In 'presets.a.transform': Expected a known token but got 'sepia'.", "See the list"),
        ('[presets]\na = ""', "In 'presets.a.transform': Expected a spec before the format but got ''.", "For example"),
        ('[presets]\na = "info.json"', "Expected the spec of an image for 'presets.a.transform'", "transform ="),
        (
            '[presets.a]\ntransform = "9x"\nformat = "bmp"',
            "In 'presets.a.format': Expected a format, one of jpg,",
            "Leave",
        ),
        (
            '[presets.a]\ntransform = "9x"\nformat = ["webp"]',
            "Expected a text in quotes for 'presets.a.format'",
            "format =",
        ),
        ('[presets.a]\ntransform = "9x"\nformat = "json"', "the format of an image for 'presets.a.format'", "format ="),
        (
            '[presets.a]\ntransform = "9x.png"\nformat = "webp"',
            "has the format png, and `format` is webp.",
            "Leave one",
        ),
        (
            '[presets.a]\ntransform = "9x"\neager = "soon"',
            "true or false for 'presets.a.eager' but got 'soon'.",
            "eager = true",
        ),
        (
            '[presets.a]\ntransform = "9x"\ncarrierwave = ["uploads//thumb"]',
            "Expected a list of directories with the name of a version",
            "carrierwave",
        ),
        (
            (
                '[presets.a]\ntransform = "9x"\ncarrierwave = ["u/t"]\n'
                '[presets.b]\ntransform = "8x"\ncarrierwave = ["u/t"]'
            ),
            "Both [presets.a] and [presets.b] are the version 'u/t' of CarrierWave.",
            "one of them",
        ),
        (
            '[presets.a]\ntransfrom = "9x"\ntransform = "9x"',
            "There is no setting 'presets.a.transfrom'.",
            "transform'?",
        ),
    ],
)
def test_a_mistake_names_the_setting_what_was_expected_what_was_got_and_what_to_do(
    text: str, sentence: str, remedy: str
) -> None:
    with pytest.raises(BadSettings) as raised:
        read(text)
    assert sentence in raised.value.message
    assert remedy in raised.value.remedy


def test_a_number_of_any_length_is_refused_and_no_bug() -> None:
    with pytest.raises(BadSettings, match="Expected a whole number from 0 to 65535 for 'port'"):
        from_dict({"port": 10**400})


@pytest.mark.parametrize(
    ("environ", "sentence", "remedy"),
    [
        (
            {"FIRSTSIGHT_PORT": "tcp://10.0.0.1:80"},
            "Expected a whole number from 0 to 65535 for 'FIRSTSIGHT_PORT' but got 'tcp://10.0.0.1:80'.",
            "For example: FIRSTSIGHT_PORT=8000",
        ),
        (
            {"FIRSTSIGHT_LIMITS_SECONDS": "long"},
            "Expected a number from 0.1 to 900 for 'FIRSTSIGHT_LIMITS_SECONDS' but got 'long'.",
            "For example: FIRSTSIGHT_LIMITS_SECONDS=10",
        ),
        (
            {"FIRSTSIGHT_SIZES": "300"},
            "Expected a list of sizes such as [\"300x200\", \"90x90\"] for 'FIRSTSIGHT_SIZES' but got '300'.",
            "For example: FIRSTSIGHT_SIZES=300x300,90x90",
        ),
        ({"FIRSTSIGHT_PROT": "80"}, "There is no setting 'FIRSTSIGHT_PROT'.", "Did you mean 'FIRSTSIGHT_PORT'?"),
        (
            {"FIRSTSIGHT_LIMIT_SECONDS": "80"},
            "There is no setting 'FIRSTSIGHT_LIMIT_SECONDS'.",
            "Did you mean 'FIRSTSIGHT_LIMITS_SECONDS'?",
        ),
    ],
)
def test_a_mistake_in_the_environment_names_the_variable(environ: dict[str, str], sentence: str, remedy: str) -> None:
    with pytest.raises(BadSettings) as raised:
        load(Path("/dev/null"), environ)
    assert (raised.value.message, raised.value.remedy) == (sentence, remedy)


def test_a_wrong_argument_is_called_by_its_own_name_though_the_environment_has_one_too() -> None:
    with pytest.raises(BadSettings, match="for 'port' but got 'x'"):
        load(Path("/dev/null"), {"FIRSTSIGHT_PORT": "81"}, port="x")


def test_a_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    (tmp_path / "bad.toml").write_text("source = ")
    (tmp_path / "latin.toml").write_bytes('source = "é"'.encode("latin-1"))
    for name, sentence in (
        ("none.toml", "cannot be read"),
        ("bad.toml", "is not valid TOML"),
        ("latin.toml", "is not valid TOML"),
    ):
        with pytest.raises(BadSettings, match=f"{name}' {sentence}") as raised:
            load(tmp_path / name, {})
        assert raised.value.remedy


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


SECRET = "correct-horse-battery-staple"


@pytest.mark.parametrize(
    "text",
    [
        f'keys = ["{SECRET}"]',
        f'keys = ["é:{SECRET}"]',
        f'keys = ["a-b:{SECRET}"]',
        f'keys = [["a:{SECRET}"]]',
        f'keys = ["a:{SECRET}\\u0000"]',
        f'keys = {{ a = "{SECRET}" }}',
        f'key = ["a:{SECRET}"]',
        f'[presets.a]\ntransform = "9x"\nkeys = ["a:{SECRET}"]',
        f'[limits]\nkeys = ["a:{SECRET}"]',
    ],
)
def test_a_secret_is_not_shown_by_the_error_that_it_is_in(text: str) -> None:
    with pytest.raises(BadSettings) as raised:
        read(text)
    assert SECRET not in "".join(traceback.format_exception(raised.value))
    assert SECRET not in str(raised.value.problem()) + repr(raised.value) + raised.value.log


def test_a_secret_is_not_shown_by_settings_or_by_an_error_about_the_environment_or_the_file(tmp_path: Path) -> None:
    settings = read(f'keys = ["a:{SECRET}"]')
    assert settings.keys[0].secret == SECRET.encode()
    assert SECRET not in repr(settings) + str(settings)
    for file, environ in (
        ("", {"FIRSTSIGHT_KEYS": f"a:{SECRET},b"}),
        ("", {"FIRSTSIGHT_KEYS": f"a:{SECRET}\udcff"}),
        ("", {"FIRSTSIGHT_KEY": f"a:{SECRET}"}),
        (f'keys = ["a:{SECRET}', {}),
        (f'keys = ["a:{SECRET}\\q"]', {}),
    ):
        (tmp_path / "firstsight.toml").write_text(file)
        with pytest.raises(BadSettings) as raised:
            load(tmp_path / "firstsight.toml", environ)
        assert SECRET not in "".join(traceback.format_exception(raised.value)) + raised.value.remedy
