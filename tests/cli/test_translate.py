"""`firstsight translate`: each word of a peer's URL, and the native URL."""

from pathlib import Path

import pytest

from firstsight import cli
from tests.cli.told import sentence_and_remedy


@pytest.mark.parametrize(
    ("url", "lines"),
    [
        (
            "/unsafe/fit-in/300x200/filters:quality(70):grayscale()/photos/cat.jpg",
            [
                "unsafe            not signed",
                "fit-in            inside",
                "300x200           300x200",
                "quality(70)       q70",
                "grayscale()       grayscale",
                "photos/cat.jpg    the source 'photos/cat.jpg'",
                "thumbor           /photos/cat.jpg/300x200-inside-unoriented-grayscale-q70.jpg",
            ],
        ),
        (
            "https://img.example.com/_/rs:fill:300:200/g:no/plain/cat.jpg@webp",
            [
                "_                 the signature",
                "rs:fill:300:200   300x200-clip",
                "g:no              north",
                "plain/cat.jpg@webp  the source 'cat.jpg'",
                "format:webp       .webp",
                "imgproxy          /cat.jpg/300x200-clip-north-q79.webp",
            ],
        ),
        (
            "https://img.example.com/fit-in/300x200/cat.jpg?flip=true",
            ["dit", "/cat.jpg/300x200-inside-enlarge-flip.jpg"],
        ),
        (
            "/cat.jpg?format=auto&width=300&quality=5",
            ["image_optimization", "/cat.jpg/format=auto,quality=5,width=300"],
        ),
    ],
)
def test_a_url_is_told_word_by_word(
    url: str, lines: list[str], folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.run(["translate", url, *(["--grammar", lines[0]] if "_" in lines[0][1:] else [])]) == 0
    told = " ".join(capsys.readouterr().out.split())
    for line in lines:
        assert " ".join(line.split()) in told


def test_what_is_left_out_is_said(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.run(["translate", "/unsafe/300x200/filters:equalize()/cat.jpg"]) == 0
    out, err = capsys.readouterr()
    assert "left out" in out
    assert "refused for equalize()" in " ".join(err.split())


def test_a_signature_is_judged_by_the_settings(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "firstsight.toml").write_text('[dialects]\nthumbor_keys = ["MY_SECURE_KEY"]\n')
    assert cli.run(["translate", "/3ZAFIB9OK_j_R10MafCdhFO99mE=/300x200/smart/path/to/image.jpg"]) == 0
    assert "signature is valid" in capsys.readouterr().err
    assert cli.run(["translate", "/3ZAFIB9OK_j_R10MafCdhFO99mE=/301x200/smart/path/to/image.jpg"]) == 0
    assert "No key in dialects.thumbor_keys" in capsys.readouterr().err


@pytest.mark.parametrize(
    "arguments", [["/cat.jpg/300x200.webp"], ["/unsafe/a.jpg", "--grammar", "nosuch"], ["/unsafe/"]]
)
def test_a_url_of_no_dialect_is_refused(arguments: list[str], folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.run(["translate", *arguments]) == 2
    sentence_and_remedy(capsys.readouterr().err)
