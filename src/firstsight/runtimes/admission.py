"""
Who may wait for a renderer when more is asked for than can be made at once.

In a burst requests wait: a page that asks for thirty new thumbnails gets all of them, one after the other. Under a
lasting overload a queue would always be full and make everybody late, so then nobody waits: a request that finds no
renderer free is refused, and one that is accepted takes no longer than it would alone.

The backlog tells the two apart. It is how many would be waiting or in the making if nobody had been refused: a leaky
bucket that rises by one with each request, accepted or not, and falls by what the renderers can make in the meantime.
"""


class Admission:
    """Decides at each request for something new. `now` is in seconds, of any clock that goes forward."""

    def __init__(self, *, renders: int, queue: int, seconds: float) -> None:
        self._renders = renders
        self._most = renders + queue
        self._seconds = seconds
        self._backlog = 0.0
        self._looked = 0.0
        #: The seconds that a making takes, on average over the last few; nothing is known before the first.
        self._making = 0.0

    def admits(self, under_way: int, now: float) -> bool:
        """Whether one more may be made while so many wait or are being made."""
        if self._making:
            self._backlog = max(0.0, self._backlog - (now - self._looked) * self._renders / self._making)
        self._looked = now
        # capped at half as much again, so that refusing ends soon after the load does
        self._backlog = min(self._backlog + 1, 1.5 * self._most)
        if under_way < self._renders:
            return True
        return under_way < self._most and self._backlog <= self._most and self._in_time(under_way)

    def made(self, seconds: float) -> None:
        """Take note of how long a making took."""
        self._making += (seconds - self._making) * (1 / 8 if self._making else 1)

    def _in_time(self, under_way: int) -> bool:
        """Whether the last in the queue would be made before nobody waits for it any more."""
        ahead = under_way - self._renders + 1
        return (ahead / self._renders + 1) * self._making <= self._seconds
