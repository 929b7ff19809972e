"""libvips as a whole: how many threads an image may use, and its first use."""

import pyvips

from firstsight.image.render import render
from firstsight.settings import Limits
from firstsight.transform import Format, Transform


def use_threads(count: int) -> None:
    """Let each image be made by so many threads."""
    pyvips.concurrency_set(count)


def warm() -> None:
    """Make one small image, so that the first real one does not wait for libraries to load and tables to be built."""
    black = pyvips.Image.black(64, 64, bands=3).copy(interpretation="srgb")
    render(iter([black.jpegsave_buffer()]), Transform(width=16, format=Format.JPEG), limits=Limits())
