"""What a render gives."""

from collections.abc import Mapping

from firstsight.image.geometry import Size
from firstsight.image.picture import Facts
from firstsight.records import dataclass, field
from firstsight.transform import Format


@dataclass(frozen=True, slots=True)
class Rendered:
    """
    A derivative.

    `size` is in pixels; `frames` counts those that were kept; `still` says that an animation was cut to its first frame
    because it is over a limit; `stages` are seconds by stage; `read` are the source's bytes that were needed.
    """

    data: bytes
    format: Format
    media_type: str
    size: Size
    frames: int
    still: bool
    source: Facts
    read: int = 0
    stages: Mapping[str, float] = field(default_factory=dict)
