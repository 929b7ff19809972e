"""The grid of sources and boxes that every dialect's sizes are held against, and the size that a plan gives."""

from firstsight.image.geometry import Size, plan
from firstsight.transform import Transform

SOURCES = [(640, 480), (480, 640), (300, 300), (100, 50), (37, 113), (3000, 1000)]
BOXES = [(300, 200), (200, 300), (1000, 100), (100, 1000), (640, 480), (50, 50)]


def shown(source: tuple[int, int], transform: Transform) -> tuple[int, int]:
    """The size of the result."""
    size = plan(Size(*source), transform).result
    return size.width, size.height
