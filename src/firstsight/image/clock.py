"""How long the stages of a render take, and its end when they take too long."""

import time

import pyvips

from firstsight.errors import RenderTimeout


class Clock:
    """Times the stages, and stops libvips when the time is over."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._began = time.perf_counter()
        self.stages = {"pixels": 0.0}
        self.error: RenderTimeout | None = None

    def made(self) -> None:
        """Take what has passed for making the pixels; libvips may not have called back for the last of them."""
        self.stages["pixels"] = time.perf_counter() - self._began

    def end(self) -> None:
        """Take what has passed since the last pixel was made for encoding."""
        self.stages["encode"] = time.perf_counter() - self._began - self.stages["pixels"]

    def watch(self, image: pyvips.Image) -> pyvips.Image:
        """Look at the time whenever some pixels have been made. What is given must be kept until all are."""

        def check(watched: pyvips.Image, progress: object) -> None:
            passed = self.stages["pixels"] = time.perf_counter() - self._began
            if passed > self._seconds and self.error is None:
                self.error = RenderTimeout(
                    f"Making the image took longer than {self._seconds:g} seconds.",
                    remedy="Ask for a smaller or simpler one, or raise limits.seconds.",
                )
                watched.set_kill(True)

        image.set_progress(True)
        image.signal_connect("eval", check)
        return image
