"""
The README and the documentation say what is so: links lead somewhere, examples run, pictures are what the code makes.

A page is run from top to bottom: a block of `toml` becomes firstsight.toml, commands of `console` and `sh` blocks are
run or, for a server, parsed, `python` and `pycon` blocks are executed.
"""

import doctest
import io
import json
import os
import re
import shlex
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass, fields
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import urlsplit

import numpy as np
import pytest
import pyvips

from firstsight import Request, Service, Settings, open_service
from firstsight.cli import run
from firstsight.errors import FirstsightError
from firstsight.http import error_response
from firstsight.image.steps import STEPS
from firstsight.settings import Limits, from_dict
from scripts import pictures
from tests.test_layers import LAYERS, is_module

ROOT = Path(__file__).parents[1]
PAGES = [*pictures.pages(), *(ROOT / name for name in ("CONTRIBUTING.md", "CHANGELOG.md", "SECURITY.md"))]
WALKS = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]


def name_of(page: Path) -> str:
    return page.relative_to(ROOT).as_posix()


@dataclass(frozen=True)
class Block:
    """A fenced block: its language and its text."""

    language: str
    text: str


def blocks(page: Path) -> Iterator[Block]:
    for fence in re.finditer(r"^```(\w*)[^\n]*\n(.*?)^```$", page.read_text("utf-8"), re.MULTILINE | re.DOTALL):
        yield Block(fence[1], fence[2])


def prose(page: Path) -> str:
    """A page without its fenced blocks."""
    return re.sub(r"^```.*?^```$", "", page.read_text("utf-8"), flags=re.MULTILINE | re.DOTALL)


def rows(text: str) -> Iterator[list[str]]:
    """The cells of every row of every table."""
    for line in text.splitlines():
        if line.startswith("| "):
            yield [cell.strip() for cell in line.strip("|").split(" | ")]


# Links.


def anchors(page: Path) -> set[str]:
    headings = re.findall(r"^#+ (.+)$", prose(page), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).strip().replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_every_relative_link_and_picture_leads_to_something(page: Path) -> None:
    broken = []
    for target in re.findall(r"\]\(([^)\s]+)\)", prose(page)):
        parts = urlsplit(target)
        if parts.scheme:
            continue
        file = (page.parent / parts.path).resolve() if parts.path else page
        if not file.exists() or (parts.fragment and parts.fragment not in anchors(file)):
            broken.append(target)
    assert broken == []


# Pictures.


def pixels(data: bytes) -> np.ndarray:
    """Red, green, blue and alpha, each 0 to 255; colours weighted by alpha, since what is transparent has none."""
    image = pyvips.Image.new_from_buffer(data, "").colourspace("srgb")
    image = image if image.hasalpha() else image.addalpha()
    array: np.ndarray = image.cast("float").numpy()
    array[..., :3] *= array[..., 3:] / 255
    return array


@pytest.mark.parametrize(
    "picture", list(pictures.pictures()), ids=lambda p: f"{name_of(p.page)}-{p.path.replace('/', ' ')}"
)
def test_every_picture_is_what_the_code_makes_of_the_path_beside_it(picture: pictures.Picture) -> None:
    assert picture.file == pictures.IMAGES / picture.expected_name, "the file's name follows from the path"
    shown, made = pixels(picture.file.read_bytes()), pixels(picture.make())
    assert shown.shape == made.shape
    # other processors round a little differently on the way to a lossy file; another transform is far off
    assert np.abs(shown - made).mean() < 1, "run scripts/pictures.py and look at what has changed"


def test_every_picture_is_shown_and_small() -> None:
    shown = "\n".join(page.read_text("utf-8") for page in PAGES)
    for file in pictures.IMAGES.iterdir():
        assert f"images/{file.name})" in shown, f"no page shows {file.name}"
        assert file.stat().st_size < 400_000


# URLs.


def example_settings() -> Settings:
    """What the examples of URLs assume: everything allowed, and the presets of the page on URLs."""
    [presets] = [b.text for b in blocks(ROOT / "docs" / "urls.md") if b.language == "toml"]
    open_to_all = {"source": str(pictures.PHOTOS), "derivatives": "memory://", "access": "open"}
    return from_dict(tomllib.loads(presets), open_to_all)


@pytest.fixture(scope="module")
def service() -> Service:
    return open_service(example_settings())


def asked_rows() -> Iterator[pytest.ParameterSet]:
    for page in WALKS:
        for cells in rows(prose(page)):
            if match := re.fullmatch(r"`(/[^`<]+)`", cells[0]):
                yield pytest.param(match[1], cells[1], id=f"{name_of(page)}-{match[1].replace('/', ' ')}")


@pytest.mark.parametrize(("path", "said"), list(asked_rows()))
def test_every_url_of_a_table_is_answered_as_the_table_says(path: str, said: str, service: Service) -> None:
    answer = service.handle(Request(path))
    redirect = re.match(r"308 to `([^`]+)`", said)
    if redirect:
        assert (answer.status, answer.headers["Location"]) == (308, redirect[1])
        assert service.handle(Request(redirect[1])).status == 200
        return
    assert answer.status == 200
    asked = re.search(r"/(\d*)x(\d*)[^/]*\.(\w+)$", path)
    if asked and asked[3] != "json":
        assert answer.headers["Content-Type"].removeprefix("image/").replace("jpeg", "jpg") == asked[3]
    size = re.search(r"\b(\d+x\d+)\b", said.partition("|")[0])
    if size and "dpr" not in path:
        made = pyvips.Image.new_from_buffer(answer.body, "")
        assert f"{made.width}x{made.height}" == size[1]


def test_the_results_of_the_fits_have_the_sizes_that_the_table_gives(service: Service) -> None:
    checked = 0
    for cells in rows(prose(ROOT / "docs" / "urls.md")):
        if len(cells) == 4 and re.fullmatch(r"\d+x\d+", cells[2]):
            made = pyvips.Image.new_from_buffer(service.handle(Request(cells[0].strip("`"))).body, "")
            assert f"{made.width}x{made.height}" == cells[2]
            checked += 1
    assert checked == 5


# Examples.


@pytest.fixture
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder that looks like a checkout, with a home of its own."""
    (tmp_path / "examples").mkdir()
    (tmp_path / "examples" / "photos").symlink_to(pictures.PHOTOS)
    (tmp_path / "Pictures").mkdir()
    for variable in [name for name in os.environ if name.startswith("FIRSTSIGHT_")]:
        monkeypatch.delenv(variable)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / ".cache"))
    monkeypatch.chdir(tmp_path)
    return tmp_path


def commands(text: str, language: str) -> Iterator[tuple[str, str]]:
    """Each command of a block with the output shown below it; a block of `sh` has commands only."""
    text = text.replace("\\\n", " ")
    if language == "sh":
        for line in text.splitlines():
            yield line.partition("  #")[0].strip(), ""
        return
    for part in re.split(r"^\$ ", text, flags=re.MULTILINE)[1:]:
        command, _, output = part.partition("\n")
        yield command, output


def parses(arguments: list[str]) -> bool:
    """Whether a command is understood: an option that is unknown is found before the help that is asked for here."""
    return run([*arguments, "--help"]) == 0


def expect(output: str, got: str) -> None:
    alike = doctest.OutputChecker().check_output(output, got, doctest.ELLIPSIS)
    assert alike, f"shown:\n{output}\ngot:\n{got}"


#: Commands that a page's test does not run: one does not end, one needs the network, three a store of one's own.
PARSED = ("serve", "bundle", "import", "verify", "orphans", "purge", "init", "plan", "deploy", "doctor")


def check_curl(line: str, output: str, service: Service) -> None:
    """Hold a curl command's output against what the service answers, without a server."""
    [url] = re.findall(r"http://127\.0\.0\.1:8000(/\S*)", line)
    try:
        answer = service.handle(Request(url))
    except FirstsightError as error:
        answer = error_response(error)
    if output.startswith("{"):
        assert json.loads(output) == json.loads(answer.body)
    elif output:
        assert output.split() == [str(answer.status), f"http://127.0.0.1:8000{answer.headers['Location']}"]
    else:
        assert answer.status == 200


@pytest.mark.parametrize("page", WALKS, ids=name_of)
@pytest.mark.usefixtures("elsewhere")
def test_the_commands_of_a_page_do_what_it_shows(
    page: Path, capfd: pytest.CaptureFixture[str], service: Service
) -> None:
    make = (ROOT / "Makefile").read_text("utf-8")
    for block in blocks(page):
        if block.language == "toml":
            Path("firstsight.toml").write_text(block.text, "utf-8")
        if block.language not in ("console", "sh"):
            continue
        for line, output in commands(block.text, block.language):
            program, *arguments = shlex.split(line)
            capfd.readouterr()
            if program == "curl":
                check_curl(line, output, service)
            elif program == "make":
                assert f"\n{arguments[0]}:" in make
            elif Path(program).name == "firstsight" and arguments[0] in PARSED:
                assert parses(arguments), line
            elif Path(program).name == "firstsight":
                status = run(arguments)
                said = capfd.readouterr()
                assert status == 0, f"{line}\n{said.err}"
                expect(output or said.out, said.out)


@pytest.mark.parametrize("page", PAGES, ids=name_of)
@pytest.mark.usefixtures("elsewhere")
def test_commands_within_sentences_are_understood(page: Path) -> None:
    for line in re.findall(r"`firstsight ([^`]+)`", prose(page)):
        assert parses(line.split()), line


@pytest.mark.parametrize("page", WALKS, ids=name_of)
@pytest.mark.usefixtures("elsewhere")
def test_the_python_of_a_page_runs(page: Path) -> None:
    namespace: dict[str, object] = {}
    for block in blocks(page):
        if block.language == "python":
            exec(compile(block.text, name_of(page), "exec"), namespace)
    runner = doctest.DocTestRunner(verbose=False, optionflags=doctest.ELLIPSIS)
    dialogues = "\n".join(block.text for block in blocks(page) if block.language == "pycon")
    report = io.StringIO()
    runner.run(doctest.DocTestParser().get_doctest(dialogues, {}, name_of(page), None, 0), out=report.write)
    assert runner.failures == 0, report.getvalue()


@pytest.mark.parametrize("page", WALKS, ids=name_of)
def test_the_settings_and_the_json_of_a_page_are_valid(page: Path) -> None:
    for block in blocks(page):
        if block.language == "toml":
            from_dict(tomllib.loads(block.text))
        if block.language == "json":
            json.loads(block.text)


# What the pages say of the code.


def design() -> str:
    return (ROOT / "docs" / "design.md").read_text("utf-8")


def test_every_dependency_has_its_reason_and_nothing_else_has() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    wanted = [
        *project["dependencies"],
        *(name for extra in project["optional-dependencies"].values() for name in extra),
    ]
    for file in (ROOT / "requirements").glob("*.in"):
        wanted += [line for line in file.read_text("utf-8").splitlines() if line[:1].isalpha()]
    names = {re.split(r"[^A-Za-z0-9_.-]", line, maxsplit=1)[0] for line in wanted}
    section = design().partition("## Dependencies")[2]
    assert {name for cells in rows(section) for name in re.findall(r"`([^`]+)`", cells[0])} == names


def test_the_house_has_every_module_of_the_package() -> None:
    [house] = [block.text for block in blocks(ROOT / "docs" / "design.md") if block.text.startswith("src/firstsight/")]
    named = set(re.findall(r"^  (\w+)(?:\.py|/)", house, re.MULTILINE))
    package = ROOT / "src" / "firstsight"
    assert named == {path.stem for path in package.iterdir() if path.suffix == ".py" or (path / "__init__.py").exists()}


def test_the_layers_are_those_that_the_test_of_layers_holds() -> None:
    [told] = [block.text for block in blocks(ROOT / "docs" / "design.md") if block.text.startswith("cli  ")]
    rows_told = [set(line.replace("the public names", "__init__").split()) for line in told.splitlines()]
    there = [{name for name in row if is_module(name)} for row in LAYERS]
    assert rows_told == [row for row in there if row]


def test_the_steps_are_told_in_their_order() -> None:
    section = (ROOT / "docs" / "how-it-works.md").read_text("utf-8").partition("## From bytes to bytes")[2]
    told = [name for cells in rows(section) for name in re.findall(r"`(\w+)`", cells[0])]
    assert told == [step.__name__ for step in STEPS]


def test_every_limit_is_told_with_its_default() -> None:
    section = (ROOT / "docs" / "serving.md").read_text("utf-8").partition("## Limits")[2].partition("\n## ")[0]
    told: dict[str, str] = {}
    for cells in rows(section):
        names = re.findall(r"`(\w+)`", cells[0])
        told |= dict(zip(names, re.findall(r"\d[\d,]*", cells[1]), strict=bool(names)))
    assert {name: int(value.replace(",", "")) for name, value in told.items()} == {
        field.name: getattr(Limits(), field.name) for field in fields(Limits)
    }


def seen() -> Iterator[str]:
    for cells in rows(prose(ROOT / "docs" / "troubleshooting.md")):
        yield from re.findall(r"`([^`]+)`", cells[0])


@pytest.mark.parametrize("phrase", list(seen()))
def test_a_message_that_troubleshooting_quotes_is_one_the_code_gives(phrase: str) -> None:
    files = [ROOT / "Makefile", *(ROOT / "src").rglob("*.py")]
    code = "\n".join(re.sub(r'"\s*\n\s*f?"', "", file.read_text("utf-8")) for file in files)
    said = re.fullmatch(r"(?:Expected )?(.*?)(?: but got| but)?", phrase.rstrip(" …"))
    assert said
    words = [rf"(?:\{{[^}}]+\}}|{re.escape(word)})" for word in said[1].split()]
    assert re.search(" ".join(words), code), phrase


# The site.


class Loaded(HTMLParser):
    """What a page makes a browser load."""

    def __init__(self) -> None:
        super().__init__()
        self.addresses: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if tag in ("script", "img", "source", "iframe"):
            self.addresses += [given.get("src") or ""]
        if tag == "link" and given.get("rel") != "canonical":
            self.addresses += [given.get("href") or ""]


def test_the_site_builds_strictly_and_loads_nothing_from_elsewhere(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "mkdocs", "build", "--strict", "--site-dir", str(tmp_path / "site")]
    environ = os.environ | {"NO_MKDOCS_2_WARNING": "1"}
    done = subprocess.run(command, cwd=ROOT, env=environ, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    for page in (tmp_path / "site").rglob("*.html"):
        loaded = Loaded()
        loaded.feed(page.read_text("utf-8"))
        assert [address for address in loaded.addresses if urlsplit(address).netloc] == [], page.name
