"""libvips as a whole: how many threads an image may use, and its first use."""

import contextlib

import pyvips

from firstsight.image.render import render
from firstsight.settings import Limits
from firstsight.transform import Format, Transform


def use_threads(count: int) -> None:
    """Let each image be made by so many threads."""
    pyvips.concurrency_set(count)


def hold_memory() -> None:
    """
    Let glibc's malloc hold what an image leaves free for the next one, all in one place; elsewhere nothing happens.

    libvips' threads live for one image. Left alone, glibc gives each an arena of its own, and returns the pages of
    what is freed, to be faulted in again with the next image: up to a tenth of the time, and memory held several times.
    """
    import ctypes  # only here: the Lambda function, which has variables for this, should not wait for it

    with contextlib.suppress(AttributeError, OSError):
        libc = ctypes.CDLL(None)
        for option, value in _HELD.items():
            libc.mallopt(option, value)


#: Of malloc.h.
_TRIM_THRESHOLD, _MMAP_THRESHOLD, _ARENA_MAX = -1, -3, -8
#: Bytes that may lie free before some are returned, and from which a piece is a mapping of its own, as images are; and
#: how many arenas there are. A process makes one image at a time, whose few threads seldom wait for each other here.
_HELD = {_TRIM_THRESHOLD: 4 << 20, _MMAP_THRESHOLD: 512 << 10, _ARENA_MAX: 1}


def warm() -> None:
    """Make one small image, so that the first real one does not wait for libraries to load and tables to be built."""
    black = pyvips.Image.black(64, 64, bands=3).copy(interpretation="srgb")
    render(iter([black.jpegsave_buffer()]), Transform(width=16, format=Format.JPEG), limits=Limits())
