"""A server over the example photographs, one over a store with a spoilt image, and Chromium; a module has its own."""

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from tests.web.browser import ARGUMENTS, ODD, Seen, opened, serving


@pytest.fixture(scope="module")
def address(photos: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    folder = tmp_path_factory.mktemp("store") / "photos"
    shutil.copytree(photos, folder)
    (folder / ODD).parent.mkdir()
    shutil.copy(photos / "chelsea.png", folder / ODD)
    with serving(folder, tmp_path_factory.mktemp("made")) as running:
        yield running


@pytest.fixture(scope="module")
def spoilt(photos: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a store of which one image is none."""
    folder = tmp_path_factory.mktemp("spoilt")
    shutil.copy(photos / "coffee.png", folder)
    (folder / "words.jpg").write_text("This is no photograph.")
    with serving(folder, tmp_path_factory.mktemp("made")) as running:
        yield running


@pytest.fixture(scope="module")
def browser(require_tool: Callable[[str], str]) -> Iterator[Browser]:
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=require_tool("chromium"), args=list(ARGUMENTS))
        yield chromium
        chromium.close()


@pytest.fixture
def seen() -> Seen:
    return Seen()


@pytest.fixture
def page(browser: Browser, seen: Seen) -> Iterator[Page]:
    with opened(browser, seen) as desktop:
        yield desktop
