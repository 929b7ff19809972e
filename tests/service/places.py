"""A service over two stores that are watched, and sources to ask it for."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any, cast

import numpy as np
import pytest
import pyvips

from firstsight import tokens
from firstsight.errors import FirstsightError
from firstsight.http import Request, Response, encode_path
from firstsight.service import Service, open_service
from firstsight.settings import Access, Preset, Settings
from firstsight.stores import BlobInfo, Store, open_store


def noise(width: int, height: int, bands: int = 3, seed: int = 0) -> pyvips.Image:
    """An image of which no two are alike."""
    values = np.random.default_rng(seed).integers(0, 255, (height, width, bands), dtype=np.uint8)
    return pyvips.Image.new_from_array(values, interpretation="srgb" if bands > 2 else "b-w")


def moving(frames: int = 3) -> bytes:
    strip = pyvips.Image.arrayjoin([noise(60, 40, seed=i) for i in range(frames)], across=1).copy()
    strip.set_type(pyvips.GValue.gint_type, "page-height", 40)
    strip.set_type(pyvips.GValue.array_int_type, "delay", [100] * frames)
    return bytes(strip.gifsave_buffer())


JPEG = bytes(noise(60, 40).jpegsave_buffer())
OTHER_JPEG = bytes(noise(60, 40, seed=7).jpegsave_buffer())
ALPHA = bytes(noise(60, 40, bands=4).pngsave_buffer())
SOURCES = {
    "cat.jpg": JPEG,
    "alpha.png": ALPHA,
    "moving.gif": moving(),
    "still.gif": bytes(noise(60, 40).gifsave_buffer()),
}
OPEN = Settings(access=Access.OPEN)


class Watched:
    """A store that writes down what is asked of it, and fails where it is told to."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self.calls: list[str] = []
        self.fails: dict[str, FirstsightError] = {}

    def head_or_none(self, key: str) -> BlobInfo | None:
        return Store.head_or_none(cast(Store, self), key)  # by the watched `head`

    def __getattr__(self, name: str) -> Any:
        value = getattr(self.store, name)
        if name not in ("head", "get", "put", "delete", "list"):
            return value

        def call(*args: Any, **options: Any) -> Any:
            self.calls.append(name)
            if name in self.fails:
                raise self.fails[name]
            return value(*args, **options)

        return call


@dataclass
class Place:
    """A service over two watched stores."""

    sources: Watched
    derivatives: Watched
    settings: Settings = OPEN
    service: Service = field(init=False)

    def __post_init__(self) -> None:
        self.restart()

    def restart(self, **changes: Any) -> None:
        """A new process, perhaps with other settings, over the same stores."""
        self.settings = replace(self.settings, **changes)
        opened = open_service(replace(self.settings, source="memory://", derivatives="memory://"))
        self.service = replace(
            opened, sources=cast(Store, self.sources), derivatives=cast(Store, self.derivatives), seen=opened.seen
        )
        self.forget()

    def forget(self) -> None:
        self.sources.calls.clear()
        self.derivatives.calls.clear()

    def ask(self, path: str, method: str = "GET", **headers: str) -> Response:
        """Ask for a decoded path."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return self.service.handle(Request(encode_path(path.removeprefix("/")), method, named))

    def kept(self) -> list[str]:
        return sorted(info.key for info in self.derivatives.store.list())


def result(response: Response) -> str:
    return response.headers["Firstsight-Result"]


def size(response: Response) -> tuple[int, int]:
    image = pyvips.Image.new_from_buffer(response.body, "")
    return image.width, image.height


STORES: dict[str, Callable[[pytest.FixtureRequest, str], Store]] = {
    "file": lambda request, name: open_store(str(request.getfixturevalue("tmp_path") / name), create=True),
    "s3": lambda request, name: open_store(f"{request.getfixturevalue('s3')}/{name}"),
}


def filled(sources: Store, derivatives: Store) -> Place:
    for key, data in SOURCES.items():
        sources.put(key, data)
    return Place(Watched(sources), Watched(derivatives))


def presets(**specs: str) -> dict[str, Preset]:
    """Presets by their specs."""
    return {name: Preset(name, tokens.parse(spec)) for name, spec in specs.items()}
