"""libvips as a whole: how many threads an image may use, and its first use."""

import contextlib
import ctypes

import pyvips

from firstsight.image.render import render
from firstsight.settings import Limits
from firstsight.transform import Format, Transform


def use_threads(count: int) -> None:
    """Let each image be made by so many threads."""
    pyvips.concurrency_set(count)


def use_arenas(count: int) -> None:
    """
    Let glibc's malloc keep its memory in so many arenas; without glibc nothing happens.

    libvips' threads live for one image. Left alone, glibc gives each an arena of its own, and the pages of it are
    returned and faulted in again with the next image: up to a tenth of the time, and memory that is held several times.
    """
    with contextlib.suppress(AttributeError, OSError):
        ctypes.CDLL(None).mallopt(_ARENA_MAX, count)


#: `M_ARENA_MAX` of malloc.h.
_ARENA_MAX = -8


def warm() -> None:
    """Make one small image, so that the first real one does not wait for libraries to load and tables to be built."""
    black = pyvips.Image.black(64, 64, bands=3).copy(interpretation="srgb")
    render(iter([black.jpegsave_buffer()]), Transform(width=16, format=Format.JPEG), limits=Limits())
