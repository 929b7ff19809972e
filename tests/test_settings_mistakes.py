"""What is said of settings that cannot be meant, and what is never shown: secrets."""

import tomllib
import traceback
from pathlib import Path

import pytest

from firstsight.errors import BadSettings
from firstsight.settings import (
    Settings,
    from_dict,
    load,
)


def read(text: str) -> Settings:
    return from_dict(tomllib.loads(text))


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
            {"FIRSTSIGHT_PORT": "http"},
            "Expected a whole number from 0 to 65535 for 'FIRSTSIGHT_PORT' but got 'http'.",
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
