"""`firstsight serve`: the real console script, spoken to over real sockets."""

import contextlib
import io
import signal
import socket
import subprocess
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import pyvips
from rich.console import Console

from firstsight import Request, Settings, cli, load_settings, open_service
from firstsight.cli.options import load_local
from firstsight.cli.serve import address, first_image, try_one, welcome, who
from firstsight.settings import Access
from firstsight.stores import open_store
from tests.cli.told import SCRIPT, sentence_and_remedy

NAMES = ["Address", "Sources", "Derivatives", "Access", "Try"]


@dataclass(frozen=True)
class Running:
    """A server, and what it said of itself."""

    process: subprocess.Popen[str]
    said: dict[str, str]

    def stop(self, how: signal.Signals) -> tuple[int, str]:
        """Ask it to stop: its exit status and what it wrote to stderr."""
        self.process.send_signal(how)
        _, err = self.process.communicate(timeout=30)
        return self.process.returncode, err


Start = Callable[..., Running]


@pytest.fixture
def start(folder: Path) -> Iterator[Start]:
    """`start(SOURCE, option, ...)` runs a server on a free port until the test is over."""
    with contextlib.ExitStack() as stack:

        def run(*arguments: str | Path) -> Running:
            command = [SCRIPT, "serve", *arguments, "--port", "0"]
            process = subprocess.Popen(
                command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=folder, start_new_session=True
            )
            stack.enter_context(process)
            stack.callback(process.kill)
            assert process.stdout is not None
            lines = [process.stdout.readline() for _ in NAMES]
            said = {line[:13].strip(): line[13:].strip() for line in lines}
            if list(said) != NAMES:
                process.kill()
                raise AssertionError(process.communicate())
            return Running(process, said)

        yield run


def fetched(url: str) -> tuple[str, int, int]:
    """The media type and the sides of the image at a URL."""
    with urllib.request.urlopen(url, timeout=30) as response:
        image = pyvips.Image.new_from_buffer(response.read(), "")
        return response.headers["Content-Type"], image.width, image.height


def test_a_folder_is_served_without_a_settings_file_and_the_url_to_try_gives_an_image(
    start: Start, photos: Path, tmp_path: Path
) -> None:
    before = sorted(photos.rglob("*"))
    server = start(photos)
    assert server.said["Address"].startswith("http://127.0.0.1:")
    assert server.said["Sources"] == str(photos)
    assert Path(server.said["Derivatives"]).is_relative_to(tmp_path / "cache")
    assert server.said["Access"] == "open: any size may be asked for, from this machine only"
    assert server.said["Try"].startswith(server.said["Address"])
    assert fetched(server.said["Try"]) == ("image/webp", 300, 200)
    assert sorted(photos.rglob("*")) == before
    assert [path for path in Path(server.said["Derivatives"]).rglob("*") if path.is_file()]


@pytest.mark.parametrize(("how", "workers"), [(signal.SIGTERM, "1"), (signal.SIGINT, "1"), (signal.SIGTERM, "2")])
def test_it_stops_quietly_when_it_is_asked_to(how: signal.Signals, workers: str, start: Start, photos: Path) -> None:
    server = start(photos, "--workers", workers)
    fetched(server.said["Try"])
    status, err = server.stop(how)
    assert status in (0, 130, -how)
    assert "Traceback" not in err
    assert "Error" not in err


def test_derivatives_are_kept_where_they_are_told_to(start: Start, photos: Path, tmp_path: Path) -> None:
    server = start(photos, "--derivatives", tmp_path / "made")
    assert server.said["Derivatives"] == str(tmp_path / "made")
    fetched(server.said["Try"])
    assert [path for path in (tmp_path / "made").rglob("*") if path.is_file()]


def test_access_that_is_set_holds_on_this_machine_too(start: Start, photos: Path) -> None:
    server = start(photos, "--access", "presets")
    assert server.said["Access"].startswith("presets: only presets")
    assert server.said["Try"].startswith("Nothing may be asked for yet.")
    with pytest.raises(urllib.error.HTTPError) as refused:
        urllib.request.urlopen(f"{server.said['Address']}/coffee.png/300x200.webp", timeout=30)
    assert refused.value.code == 403
    refused.value.close()


@pytest.mark.parametrize(
    ("file", "environ", "given", "access", "decided"),
    [
        ("", {}, {}, "open", False),
        ("", {}, {"host": "localhost"}, "open", False),
        ("", {}, {"host": "::1"}, "open", False),
        ("", {}, {"host": "127.0.0.2"}, "open", False),
        ("", {}, {"host": "0.0.0.0"}, "presets", False),
        ("", {}, {"host": "192.0.2.7"}, "presets", False),
        ("", {}, {"host": "photos.example.com"}, "presets", False),
        ('host = "0.0.0.0"', {}, {}, "presets", False),
        ("", {"FIRSTSIGHT_HOST": "::"}, {}, "presets", False),
        ('host = "0.0.0.0"', {}, {"host": "127.0.0.1"}, "open", False),
        ('access = "presets"', {}, {}, "presets", True),
        ('access = "open"', {}, {"host": "0.0.0.0"}, "open", True),
        ("", {"FIRSTSIGHT_ACCESS": "signed"}, {}, "signed", True),
        ("", {}, {"access": "presets"}, "presets", True),
        ('access = "signed"', {}, {"access": "open", "host": "0.0.0.0"}, "open", True),
    ],
)
def test_it_is_open_only_where_no_other_machine_gets_to_or_somebody_says_so(
    file: str,
    environ: dict[str, str],
    given: dict[str, str],
    access: str,
    decided: bool,
    folder: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    (folder / "firstsight.toml").write_text(file)
    for name, value in environ.items():
        monkeypatch.setenv(name, value)
    settings, by_someone = load_local(None, **given)
    assert (settings.access, by_someone) == (access, decided)


@pytest.mark.parametrize(
    ("file", "given", "answered", "refused"),
    [
        ("", {}, ["127.0.0.1", "localhost", "[::1]"], "img.example.com"),
        ("", {"host": "127.0.0.2"}, ["127.0.0.2", "127.0.0.1", "localhost"], "img.example.com"),
        ("", {"host": "::1"}, ["[::1]", "localhost"], "img.example.com"),
        ('hosts = ["img.example.com"]', {}, ["img.example.com"], "localhost"),
        ('access = "signed"', {}, [], ""),  # a proxy in front of it has names of its own
        ('access = "open"', {}, [], ""),
        ("", {"access": "presets"}, [], ""),
        ("", {"host": "0.0.0.0"}, [], ""),
    ],
)
def test_only_a_server_that_is_open_unasked_answers_to_names_of_this_machine_alone(
    file: str, given: dict[str, str], answered: list[str], refused: str, folder: Path
) -> None:
    (folder / "firstsight.toml").write_text(file)
    hosts = load_local(None, **given)[0].hosts
    assert set(answered) <= set(hosts)
    assert refused not in hosts
    assert bool(hosts) == bool(answered)  # none is any


def test_it_answers_at_the_address_it_prints_wherever_on_this_machine_it_listens(start: Start, photos: Path) -> None:
    server = start(photos, "--host", "127.0.0.2")
    assert server.said["Address"].startswith("http://127.0.0.2:")
    assert fetched(server.said["Try"])[1:] == (300, 200)


def test_the_default_for_other_machines_is_said_to_be_one() -> None:
    settings = Settings(host="0.0.0.0")
    assert "the default where other machines get here" in who(settings, decided=False)
    assert "the default" not in who(settings, decided=True)


@pytest.mark.parametrize(
    "settings",
    [
        'access = "open"',
        'access = "presets"\n[presets.thumb]\ntransform = "90x90-smart"',
        'access = "presets"\nsizes = ["90x60"]',
        'access = "signed"\nkeys = ["a:0123456789abcdef"]',
        'access = "signed"\n[presets.thumb]\ntransform = "90x90"\nformat = "webp"',
    ],
)
def test_the_url_to_try_is_one_that_the_settings_allow(
    settings: str, folder: Path, photos: Path, tmp_path: Path
) -> None:
    (folder / "firstsight.toml").write_text(settings)
    service = open_service(load_settings(source=str(photos), derivatives=str(tmp_path / "made")))
    at = "http://127.0.0.1:8000"
    url = try_one(service, at)
    assert url.startswith(f"{at}/")
    assert service.handle(Request(url.removeprefix(at))).status == 200


@pytest.mark.parametrize(
    ("keys", "found"),
    [
        (["notes.txt", "b/c.JPG", "b/a.png", "z.webp"], "z.webp"),
        (["cat.jpg/300x200.webp", "cat.jpg/90x90.webp", "dog/cat.jpg"], "dog/cat.jpg"),
        (["notes.txt"], None),
        ([], None),
    ],
)
def test_the_image_to_try_is_a_source_and_no_derivative(keys: list[str], found: str | None) -> None:
    store = open_store("memory://")
    for key in keys:
        store.put(key, b"x")
    assert first_image(store) == found


def test_a_folder_without_images_says_so_and_gives_the_form(folder: Path, tmp_path: Path) -> None:
    service = open_service(Settings(source=str(folder), derivatives=str(tmp_path / "made"), access=Access.OPEN))
    assert try_one(service, "http://h:1") == (
        "No image was found among the sources. The form is http://h:1/<source key>/<spec>.<format>"
    )


def test_a_terminal_gets_links_that_are_whole_and_a_pipe_gets_lines(photos: Path, tmp_path: Path) -> None:
    service = open_service(Settings(source=str(photos), derivatives=str(tmp_path / "made"), access=Access.OPEN))
    at = "http://127.0.0.1:8000"
    shown, piped = io.StringIO(), io.StringIO()
    welcome(Console(file=shown, force_terminal=True, width=80), service, at, decided=False)
    welcome(Console(file=piped, width=20), service, at, decided=False)
    assert f";{at}\x1b\\" in shown.getvalue()
    assert [line[:13].strip() for line in piped.getvalue().splitlines()] == NAMES
    assert "\x1b" not in piped.getvalue()


@pytest.mark.parametrize(
    ("host", "url"),
    [
        ("127.0.0.1", "http://127.0.0.1:80"),
        ("0.0.0.0", "http://127.0.0.1:80"),
        ("::", "http://[::1]:80"),
        ("::1", "http://[::1]:80"),
        ("localhost", "http://localhost:80"),
    ],
)
def test_the_address_is_one_that_a_browser_here_can_open(host: str, url: str) -> None:
    assert address(host, 80) == url


def test_a_port_that_is_taken_is_a_sentence_and_a_remedy(
    folder: Path, photos: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        assert cli.run(["serve", str(photos), "--port", str(port)]) == 1
    out, err = capsys.readouterr()
    sentence, remedy = sentence_and_remedy(err)
    assert f"Port {port}" in sentence
    assert "--port" in remedy
    assert out == ""


@pytest.mark.parametrize(
    ("arguments", "status", "sentence"),
    [
        (["nowhere"], 1, "is not there"),
        (["FILE"], 1, "is a file"),
        (["ftp://photos"], 1, "'ftp://photos'"),
        ([".", "--derivatives", "FILE"], 1, "is a file"),
        ([".", "--derivatives", "FILE/made"], 1, "cannot be made"),
        ([".", "--config", "nowhere.toml"], 1, "'nowhere.toml' cannot be read"),
        ([".", "--access", "closed"], 2, "'closed'"),
        ([".", "--port", "65536"], 2, "'--port'"),
        ([".", "--workers", "0"], 2, "'--workers'"),
        ([".", "more"], 2, "more"),
    ],
)
def test_bad_input_is_a_sentence_and_a_remedy(
    arguments: list[str], status: int, sentence: str, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder / "file").write_text("")
    given = [argument.replace("FILE", str(folder / "file")) for argument in arguments]
    assert cli.run(["serve", *given]) == status
    out, err = capsys.readouterr()
    assert sentence in sentence_and_remedy(err)[0]
    assert out == ""
