"""`firstsight html`: what it prints is parsed as HTML, and every URL in it is asked for."""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from html.parser import HTMLParser
from pathlib import Path

import pytest
import pyvips

from firstsight import Request, Service, Settings, cli, load_settings, open_service
from firstsight.settings import Key
from tests.cli.told import Command, sentence_and_remedy

Attributes = dict[str, str | None]


@dataclass
class Page(HTMLParser):
    """The elements of a piece of HTML, in order, with their attributes as a browser reads them."""

    elements: list[tuple[str, Attributes]] = field(default_factory=list)

    def __post_init__(self) -> None:
        super().__init__()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))


def parsed(html: str) -> tuple[list[Attributes], Attributes]:
    """The attributes of each `source` and of the `img`."""
    page = Page()
    page.feed(html)
    page.close()
    assert html.startswith("<picture>\n")
    assert html.endswith("</picture>\n")
    names = [name for name, _ in page.elements]
    assert names == ["picture", *["source"] * (len(names) - 2), "img"]
    return [attributes for name, attributes in page.elements if name == "source"], page.elements[-1][1]


def candidates(srcset: str | None) -> list[tuple[str, int]]:
    """The URLs of a srcset and the widths it says they have."""
    found = [re.fullmatch(r"(\S+) (\d+)w", part.strip()) for part in (srcset or "").split(", ")]
    assert all(found), srcset
    return [(match[1], int(match[2])) for match in found if match]


Printed = Callable[..., tuple[list[Attributes], Attributes, str]]


@pytest.fixture
def printed(folder: Path, capsys: pytest.CaptureFixture[str]) -> Printed:
    """`printed(KEY, option, ...)` gives the sources, the img, and what was noted."""

    def run(*arguments: str | Path) -> tuple[list[Attributes], Attributes, str]:
        assert cli.run(["html", *map(str, arguments)]) == 0
        out, err = capsys.readouterr()
        return *parsed(out), err

    return run


def opened(source: Path, tmp_path: Path, **settings: object) -> Service:
    """The service over a folder, open to everything unless the settings say else."""
    given = {"access": "open", "source": str(source), "derivatives": str(tmp_path / "made"), **settings}
    return open_service(Settings(**given))  # type: ignore[arg-type] # the settings of a test are right


def size(service: Service, path: str, media_type: str | None) -> tuple[int, int]:
    """Ask for a path and give the sides of the image that comes, which has the media type that was promised."""
    response = service.handle(Request(path))
    assert response.status == 200
    if media_type is not None:
        assert response.headers["Content-Type"] == media_type
    image = pyvips.Image.new_from_buffer(response.body, "")
    return image.width, image.height


@pytest.mark.parametrize(
    ("widths", "more", "sizes"),
    [
        ("100,300", [], [(100, 67), (300, 200)]),
        ("300, 100,300", [], [(100, 67), (300, 200)]),
        ("100,640,1280", [], [(100, 67), (600, 400)]),
        ("100,300", ["--spec", "1x1-smart"], [(100, 100), (300, 300)]),
        ("100,900", ["--spec", "1x1"], [(100, 100), (400, 400)]),
        ("100,900", ["--spec", "1x1-contain"], [(100, 100), (900, 900)]),
        ("100,900", ["--spec", "1x1-inside"], [(100, 67), (600, 400)]),
        ("100,900", ["--spec", "enlarge"], [(100, 67), (900, 600)]),
        ("100,200", ["--spec", "rotate90"], [(100, 150), (200, 300)]),
        ("100,200", ["--spec", "pad5"], [(110, 77), (210, 143)]),
        ("100,200", ["--spec", "crop0x0x200x400"], [(100, 200), (200, 400)]),
        ("100,200", ["--spec", "banner"], [(100, 50), (200, 100)]),
    ],
)
def test_every_url_gives_an_image_of_the_width_that_is_stated(
    widths: str,
    more: list[str],
    sizes: list[tuple[int, int]],
    printed: Printed,
    folder: Path,
    photos: Path,
    tmp_path: Path,
) -> None:
    (folder / "firstsight.toml").write_text('[presets.banner]\ntransform = "600x300-smart"\n')
    sources, img, _ = printed("coffee.png", "--widths", widths, "--source", photos, *more)
    service = opened(photos, tmp_path, presets=load_settings(folder / "firstsight.toml").presets)
    assert [source["type"] for source in sources] == ["image/avif", "image/webp"]
    for element in (*sources, {**img, "type": "image/jpeg"}):
        found = candidates(element["srcset"])
        assert [size(service, url, element["type"]) for url, _ in found] == sizes
        assert [width for _, width in found] == [width for width, _ in sizes]
    assert img["src"] == candidates(img["srcset"])[-1][0]
    assert (img["width"], img["height"]) == tuple(map(str, sizes[-1]))


def test_width_and_height_are_those_of_the_photo_as_it_is_seen(printed: Printed, folder: Path) -> None:
    sideways = pyvips.Image.black(60, 40, bands=3).copy(interpretation="srgb")
    sideways.set_type(pyvips.GValue.gint_type, "orientation", 6)
    sideways.jpegsave(str(folder / "a.jpg"))
    _, img, _ = printed("a.jpg", "--widths", "20,400")
    assert (img["width"], img["height"]) == ("40", "60")


@pytest.mark.parametrize(
    ("bands", "spec", "types", "fallback"),
    [
        (3, "full", ["image/avif", "image/webp"], ".jpg"),
        (4, "full", ["image/avif", "image/webp"], ".png"),
        (4, "bgffffff", ["image/avif", "image/webp"], ".jpg"),
    ],
)
def test_the_last_resort_keeps_what_is_transparent(
    bands: int, spec: str, types: list[str], fallback: str, printed: Printed, folder: Path
) -> None:
    pyvips.Image.black(60, 40, bands=bands).copy(interpretation="srgb").pngsave(str(folder / "a.png"))
    sources, img, _ = printed("a.png", "--widths", "20", "--spec", spec)
    assert [source["type"] for source in sources] == types
    assert (img["src"] or "").endswith(fallback)


def test_a_moving_picture_is_offered_only_in_formats_that_move(printed: Printed, folder: Path) -> None:
    frame = pyvips.Image.black(60, 40, bands=3).copy(interpretation="srgb")
    strip = frame.join(frame.invert(), "vertical").copy()
    strip.set_type(pyvips.GValue.gint_type, "page-height", 40)
    strip.gifsave(str(folder / "a.gif"))
    sources, img, _ = printed("a.gif", "--widths", "20")
    assert [source["type"] for source in sources] == ["image/webp"]
    assert img["src"] == "/a.gif/20x.gif"
    sources, img, _ = printed("a.gif", "--widths", "20", "--spec", "still")
    assert [source["type"] for source in sources] == ["image/avif", "image/webp"]
    assert img["src"] == "/a.gif/20x-frame1.png"


def test_texts_and_keys_are_escaped(printed: Printed, folder: Path, photos: Path, tmp_path: Path) -> None:
    key = "a \"b\" & <c>, 'd'.png"
    (folder / key).write_bytes((photos / "coffee.png").read_bytes())
    alt, sizes = 'A "cup" <of> coffee & more', '(max-width: 40em) 100vw, calc(50vw - "2"px)'
    sources, img, _ = printed(key, "--widths", "30,60", "--alt", alt, "--sizes", sizes)
    assert img["alt"] == alt
    assert [element["sizes"] for element in (*sources, img)] == [sizes] * 3
    service = opened(folder, tmp_path)
    assert [size(service, url, "image/jpeg") for url, _ in candidates(img["srcset"])] == [(30, 20), (60, 40)]


def test_signed_urls_are_taken_by_a_service_that_wants_signatures(
    printed: Printed, folder: Path, photos: Path, tmp_path: Path
) -> None:
    (folder / "firstsight.toml").write_text('access = "signed"\nkeys = ["a:0123456789abcdef"]\n')
    base = "https://img.example.com"
    sources, img, _ = printed("coffee.png", "--widths", "30,60", "--source", photos, "--sign", "--base", base)
    service = opened(photos, tmp_path, access="signed", keys=(Key("a", b"0123456789abcdef"),))
    for element in (*sources, img):
        for url, width in candidates(element["srcset"]):
            assert url.startswith(f"{base}/~a.")
            assert size(service, url.removeprefix(base), None)[0] == width


def test_without_the_image_it_is_printed_without_its_size_and_a_note_says_why(printed: Printed) -> None:
    sources, img, noted = printed("coffee.png", "--widths", "320,1280")
    assert candidates(sources[0]["srcset"]) == [("/coffee.png/320x.avif", 320), ("/coffee.png/1280x.avif", 1280)]
    assert not {"width", "height"} & img.keys()
    assert "--source" in noted


def test_a_width_that_the_image_cannot_give_is_noted(printed: Printed, photos: Path) -> None:
    *_, noted = printed("coffee.png", "--widths", "320,640,1280", "--source", photos)
    assert noted == "Note: 'coffee.png' is not wide enough for 640 and 1280; the widest it gives is 600.\n"


def test_widths_that_the_settings_refuse_are_printed_with_a_note(printed: Printed, folder: Path, photos: Path) -> None:
    (folder / "firstsight.toml").write_text(f'source = "{photos}"\naccess = "presets"\n')
    *_, noted = printed("coffee.png", "--widths", "320")
    assert noted.startswith("Note: By these settings it is refused.")
    (folder / "firstsight.toml").write_text(f'source = "{photos}"\n')
    assert printed("coffee.png", "--widths", "320")[2] == ""


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["a.jpg"], "--widths"),
        (["a.jpg", "--widths", ""], "but got ''"),
        (["a.jpg", "--widths", "320,wide"], "'320,wide'"),
        (["a.jpg", "--widths", "0"], "'0'"),
        (["a.jpg", "--widths", "-5"], "'-5'"),
        (["a.jpg", "--widths", "16384"], "'16384'"),
        (["a.jpg", "--widths", "320", "--spec", "full.webp"], "--spec but got a format"),
        (["a.jpg", "--widths", "320", "--spec", "300x"], "--spec but got one side only"),
        (["a.jpg", "--widths", "320", "--spec", "dpr2"], "--spec but got a dpr"),
        (["a.jpg", "--widths", "320", "--spec", "sepia"], "'sepia'"),
        (["../a.jpg", "--widths", "320"], "'..'"),
        (["a.jpg", "--widths", "320", "--base", "cdn"], "'cdn'"),
    ],
)
def test_bad_input_is_a_sentence_and_a_remedy(
    arguments: list[str], sentence: str, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.run(["html", *arguments]) == 2
    out, err = capsys.readouterr()
    assert sentence in sentence_and_remedy(err)[0]
    assert out == ""


def test_the_script_prints_html_alone_on_stdout(command: Command, photos: Path) -> None:
    done = command("html", "coffee.png", "--widths", "320,640", FIRSTSIGHT_SOURCE=str(photos))
    assert done.returncode == 0
    parsed(done.stdout.decode())
    assert done.stderr.startswith(b"Note: ")
