"""Derivatives are made in processes of their own, which end when they take too long, and take nobody along."""

import pickle
import subprocess
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import pyvips

from firstsight import errors
from firstsight.errors import BadToken, DamagedImage, FirstsightError, RenderTimeout
from firstsight.http import Request
from firstsight.runtimes.makers import MakerFailed, Makers
from firstsight.service import Making, Service, open_service
from firstsight.settings import Access, Dialects, GrammarName, Key, Limits, Preset, Settings
from firstsight.tokens import parse
from tests.hostile.bombs import BOMBS
from tests.service.places import ALPHA, JPEG


@pytest.fixture
def processes(monkeypatch: pytest.MonkeyPatch) -> "list[subprocess.Popen[bytes]]":
    """The makers that were started, in their order."""
    started: list[subprocess.Popen[bytes]] = []

    real = subprocess.Popen

    def start(*args: Any, **options: Any) -> "subprocess.Popen[bytes]":
        started.append(real(*args, **options))
        return started[-1]

    monkeypatch.setattr(subprocess, "Popen", start)
    return started


@pytest.fixture
def service(tmp_path: Path) -> Service:
    photos, made = tmp_path / "photos", tmp_path / "made"
    for folder in (photos, made):
        folder.mkdir()
    (photos / "cat.jpg").write_bytes(JPEG)
    (photos / "cut.jpg").write_bytes(JPEG[:-500])
    (photos / "alpha.png").write_bytes(ALPHA)
    (photos / "endless.svg").write_bytes(BOMBS["svg-billion-uses"]())
    smooth = pyvips.Image.gaussnoise(1000, 1000).cast("uchar")
    (photos / "noise.png").write_bytes(bytes(smooth.pngsave_buffer(compression=1)))
    limits = Limits(seconds=0.7)
    return open_service(
        Settings(source=str(photos), derivatives=str(made), access=Access.OPEN, svg=True, limits=limits)
    )


@pytest.fixture
def workshop(processes: object, service: Service) -> Iterator[Makers]:
    started = Makers(service)
    yield started
    started.close()


def making(service: Service, path: str) -> Making:
    found = service.lookup(Request(path))
    assert isinstance(found, Making)
    return found


def test_a_maker_makes_and_keeps_and_is_used_again(
    workshop: Makers, service: Service, processes: "list[subprocess.Popen[bytes]]"
) -> None:
    for width in (10, 20, 30):
        assert workshop.make(making(service, f"/cat.jpg/{width}x.webp")).status == 200
    assert len(processes) == 1
    stored = service.handle(Request("/cat.jpg/10x.webp"))
    assert stored.headers["Firstsight-Result"] == "stored"


# The first is one call of a loader; the second has its pixels in half a second, and is encoded for ten more.
@pytest.mark.parametrize(
    ("path", "seconds"), [("/endless.svg/300x300.png", 0.7), ("/noise.png/5000x5000-enlarge-lossless.webp", 2.5)]
)
def test_what_libvips_does_not_stop_is_stopped_and_the_next_is_made(
    workshop: Makers, service: Service, processes: "list[subprocess.Popen[bytes]]", path: str, seconds: float
) -> None:
    workshop.make(making(service, "/cat.jpg/9x.webp"))
    with pytest.raises(RenderTimeout, match=f"{seconds} seconds"):
        workshop.make(replace(making(service, path), seconds=seconds))
    assert processes[0].poll() is not None  # it does not go on where nobody sees it
    assert workshop.make(making(service, "/cat.jpg/30x20.webp")).status == 200
    assert len(processes) == 2
    assert [info.key.split("/")[0] for info in service.derivatives.list()] == ["cat.jpg", "cat.jpg"]


def test_the_crash_of_a_maker_is_the_failure_of_one_request(
    workshop: Makers, service: Service, processes: "list[subprocess.Popen[bytes]]"
) -> None:
    workshop.make(making(service, "/cat.jpg/9x.webp"))
    threading.Timer(0.2, processes[0].kill).start()
    with pytest.raises(MakerFailed, match=r"endless\.svg"):
        workshop.make(making(service, "/endless.svg/300x300.png"))
    assert workshop.make(making(service, "/cat.jpg/30x20.webp")).status == 200


def test_a_maker_that_ended_while_it_had_nothing_to_do_is_replaced(
    workshop: Makers, service: Service, processes: "list[subprocess.Popen[bytes]]"
) -> None:
    workshop.make(making(service, "/cat.jpg/9x.webp"))
    processes[0].kill()
    processes[0].wait()
    assert workshop.make(making(service, "/cat.jpg/30x20.webp")).status == 200


def test_a_maker_has_none_of_the_keys(
    service: Service, processes: "list[subprocess.Popen[bytes]]", monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FIRSTSIGHT_KEYS", "a:0123456789abcdef")
    dialects = Dialects(thumbor_keys=("one secret",), imgproxy_keys=((b"two", b"three"),), dit_keys=("four",))
    keys = (Key("a", b"0123456789abcdef"),)
    sent: list[Settings] = []
    real = pickle.dump

    def dump(value: Any, pipe: Any) -> None:
        sent.append(value)
        real(value, pipe)

    monkeypatch.setattr(pickle, "dump", dump)
    workshop = Makers(replace(service, settings=replace(service.settings, keys=keys, dialects=dialects)))
    assert workshop.make(making(service, "/cat.jpg/30x20.webp")).status == 200
    environ = Path(f"/proc/{processes[0].pid}/environ")
    assert not environ.exists() or b"FIRSTSIGHT_KEYS" not in environ.read_bytes()
    assert (tuple(sent[0].keys), sent[0].dialects) == ((), Dialects())
    workshop.close()


@pytest.mark.skipif(not Path("/proc/self/environ").exists(), reason="what a process was given is not to be seen here")
@pytest.mark.parametrize("given", ["", "glibc.malloc.check=0"])
def test_a_maker_asks_for_huge_pages_unless_the_operator_tunes_malloc(
    service: Service, processes: "list[subprocess.Popen[bytes]]", monkeypatch: pytest.MonkeyPatch, given: str
) -> None:
    monkeypatch.delenv("GLIBC_TUNABLES", raising=False)
    if given:
        monkeypatch.setenv("GLIBC_TUNABLES", given)
    workshop = Makers(service)
    assert workshop.make(making(service, "/cat.jpg/30x20.webp")).status == 200
    environ = Path(f"/proc/{processes[0].pid}/environ").read_bytes().split(b"\0")
    assert f"GLIBC_TUNABLES={given or 'glibc.malloc.hugetlb=1'}".encode() in environ
    workshop.close()


def test_an_error_of_a_maker_is_the_same_error_here(workshop: Makers, service: Service) -> None:
    with pytest.raises(DamagedImage) as caught:
        workshop.make(making(service, "/cut.jpg/full.png"))
    assert caught.value.log
    assert "best_effort" in caught.value.remedy
    assert workshop.make(making(service, "/cat.jpg/30x20.webp")).status == 200


def test_a_bug_of_a_maker_is_told_with_its_traceback(workshop: Makers, service: Service) -> None:
    broken = making(service, "/cat.jpg/30x20.webp")
    object.__setattr__(broken, "wanted", None)
    with pytest.raises(MakerFailed, match="AttributeError"):
        workshop.make(broken)
    assert workshop.make(making(service, "/cat.jpg/30x20.webp")).status == 200


def test_what_a_header_said_is_known_to_the_server(workshop: Makers, service: Service) -> None:
    assert workshop.make(making(service, "/alpha.png/30x20")).headers["Content-Type"] == "image/png"
    stored = service.lookup(Request("/alpha.png/30x20"))
    assert not isinstance(stored, Making)  # without the header it would have been looked for as a JPEG


def test_as_many_makers_as_makings_and_all_of_them_end(
    service: Service, processes: "list[subprocess.Popen[bytes]]"
) -> None:
    workshop = Makers(service)
    paths = [f"/noise.png/{width}x.jpg" for width in range(100, 103)]
    threads = [threading.Thread(target=workshop.make, args=(making(service, path),)) for path in paths]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert 1 <= len(processes) <= 3
    workshop.close()
    assert [process.poll() for process in processes] == [0] * len(processes)


def all_errors(base: type[FirstsightError] = FirstsightError) -> Iterator[type[FirstsightError]]:
    yield base
    for below in base.__subclasses__():
        yield from all_errors(below)


@pytest.mark.parametrize("kind", list(dict.fromkeys(all_errors())))
def test_every_error_comes_whole_out_of_another_process(kind: type[FirstsightError]) -> None:
    error = kind("first", "second") if kind is BadToken else kind("first", remedy="second", log="third")
    again = pickle.loads(pickle.dumps(error))
    assert type(again) is kind
    assert (str(again), vars(again)) == (str(error), vars(error))
    assert errors.FirstsightError.__reduce__(again)[1] == (kind, *error.args)


URLS: dict[GrammarName, Callable[[], str]] = {
    GrammarName.NATIVE: lambda: "/cat.jpg/30x20.webp",
    GrammarName.CLASSIC: lambda: "/30x20/cat.jpg",
    GrammarName.CARRIERWAVE: lambda: "/thumb_cat.jpg",
    GrammarName.THUMBOR: lambda: "/unsafe/30x20/cat.jpg",
    GrammarName.IMGPROXY: lambda: "/insecure/rs:fill:30:20/plain/cat.jpg",
    GrammarName.DIT: lambda: "/cat.jpg?width=30",
    GrammarName.IMAGE_OPTIMIZATION: lambda: "/cat.jpg/format=webp,width=30",
}


@pytest.mark.parametrize("name", list(GrammarName))
def test_a_making_of_every_grammar_reaches_its_maker(service: Service, name: GrammarName) -> None:
    path, _, query = URLS[name]().partition("?")
    settings = Settings(
        source=service.settings.source,
        derivatives=service.settings.derivatives,
        access=Access.OPEN,
        grammars=(name,),
        presets={"thumb": Preset("thumb", parse("30x20"), carrierwave=("thumb",))},
    )
    found = open_service(settings).lookup(Request(path, query=query))
    assert isinstance(found, Making)
    again = pickle.loads(pickle.dumps(found))
    assert again.identity == found.identity
    assert again.wanted.transform == found.wanted.transform
