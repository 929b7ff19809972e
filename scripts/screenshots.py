"""
The picture of the page in the README, taken of the real page in Chromium.

    .venv/bin/python scripts/screenshots.py

Run it after a change that is meant to be seen, and look at the picture before it is committed.
"""

import shutil
import socket
import sys
import tempfile
import threading
from pathlib import Path

import pyvips
import uvicorn
from playwright.sync_api import sync_playwright

from firstsight.runtimes.asgi import create_app
from firstsight.settings import from_dict

ROOT = Path(__file__).resolve().parents[1]
PICTURE = ROOT / "docs" / "images" / "page.png"
STATE = "#astronaut.png/360x240-focus0.45x0.2-q75.webp"
VIEW = {"width": 1280, "height": 800}
#: The port that `firstsight serve` takes, so that the picture shows the address that a reader has.
PORT = 8000
ARGUMENTS = ("--no-sandbox", "--disable-gpu", "--disable-background-networking", "--no-first-run")


def take(address: str, chromium: str) -> bytes:
    """Open the page and give a PNG of it."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=list(ARGUMENTS))
        page = browser.new_page(viewport=VIEW, color_scheme="light")
        page.goto(f"{address}/{STATE}")
        page.locator("#bench[data-state=shown]").wait_for()
        page.locator("#original-facts:has-text('KB')").wait_for()
        page.wait_for_load_state("networkidle")
        picture: bytes = page.screenshot()
        browser.close()
    return picture


def main() -> None:
    """Serve the example photographs, take the picture, and write it with 256 colours, which the eye does not miss."""
    chromium = shutil.which("chromium")
    if chromium is None:
        sys.exit("Expected chromium on the path. On Debian: apt-get install chromium")
    with tempfile.TemporaryDirectory() as made:
        settings = {"source": str(ROOT / "examples" / "photos"), "derivatives": made, "access": "open"}
        listener = socket.create_server(("127.0.0.1", PORT))
        server = uvicorn.Server(uvicorn.Config(create_app(from_dict(settings)), log_config=None, access_log=False))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
        thread.start()
        try:
            picture = take(f"http://127.0.0.1:{PORT}", chromium)
        finally:
            server.should_exit = True
            thread.join()
            listener.close()
    image = pyvips.Image.new_from_buffer(picture, "")
    PICTURE.write_bytes(image.pngsave_buffer(palette=True, effort=10, compression=9, keep="none"))
    print(f"{PICTURE.relative_to(ROOT)}: {image.width}x{image.height}, {PICTURE.stat().st_size} bytes")  # noqa: T201


if __name__ == "__main__":
    main()
