"""How long the stages of a render take, and its end when they take too long."""

import threading
import time
from typing import Any

import pyvips

from firstsight.errors import RenderTimeout

#: Seconds until libvips is told again to stop; it forgets what it is told before it has begun.
AGAIN = 0.01


class Clock:
    """Times the stages, and has libvips stopped when the time is over."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._began = time.perf_counter()
        self._watch: _Watch | None = None
        self.stages = {"pixels": 0.0}

    def watch(self, image: pyvips.Image) -> pyvips.Image:
        """Look at the time from now on while the pixels of this image are made. It must be kept until all are."""
        began, stages = self._began, self.stages

        def made(*told: object) -> None:  # holds nothing of libvips': a circle might be collected inside of it
            stages["pixels"] = time.perf_counter() - began

        image.set_progress(True)
        image.signal_connect("posteval", made)
        self._watch = _Watch(image, time.monotonic() + self._seconds + began - time.perf_counter())
        _WATCHER.add(self._watch)
        return image

    def made(self) -> None:
        """Take what has passed for making the pixels, unless libvips tells when all of them are made."""
        self.stages["pixels"] = time.perf_counter() - self._began

    def end(self) -> None:
        """Take what has passed since the last pixel was made for encoding."""
        self.stages["encode"] = time.perf_counter() - self._began - self.stages["pixels"]

    def stop(self) -> RenderTimeout | None:
        """Look at the time no longer, and give what is to be raised where it was over."""
        if self._watch is None:
            return None
        self._watch.image = None
        if not self._watch.late:
            return None
        return RenderTimeout(
            f"Making the image took longer than {self._seconds:g} seconds.",
            remedy="Ask for a smaller or simpler one, or raise limits.seconds.",
        )


class _Watch:
    """An image whose pixels are being made, None when they are, and until when they may be."""

    __slots__ = ("image", "late", "until")

    def __init__(self, image: pyvips.Image, until: float) -> None:
        self.image: Any = image
        self.until = until
        self.late = False


class _Watcher:
    """
    One thread that looks at the time for all images.

    libvips would call back for every few rows instead, and have each of its threads wait for Python: 3 % of a small
    image. What is made in time is remembered until its time is over, so that the thread sleeps on while one image
    follows another.
    """

    def __init__(self) -> None:
        self._watches: list[_Watch] = []
        self._changed = threading.Condition()
        self._thread: threading.Thread | None = None
        self._wakes = NEVER

    def add(self, watch: _Watch) -> None:
        with self._changed:
            self._watches.append(watch)
            if self._thread is None:
                self._thread = threading.Thread(target=self._look, name="clock", daemon=True)
                self._thread.start()
            elif watch.until < self._wakes:
                self._changed.notify()

    def _look(self) -> None:
        while True:
            with self._changed:
                now = time.monotonic()
                for watch in self._watches:
                    if watch.until <= now and (image := watch.image) is not None:
                        watch.late, watch.until = True, now + AGAIN
                        image.set_kill(True)
                image = None
                self._watches = [watch for watch in self._watches if watch.until > now]
                self._wakes = min((watch.until for watch in self._watches), default=NEVER)
                self._changed.wait(None if self._wakes == NEVER else self._wakes - now)


NEVER = float("inf")
_WATCHER = _Watcher()
