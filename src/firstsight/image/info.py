"""A description of a source, as JSON."""

import json

from firstsight.image import geometry
from firstsight.image.picture import Picture
from firstsight.image.rendered import Rendered
from firstsight.transform import Format, Transform


def describe(picture: Picture) -> Rendered:
    """Describe a source from its header: size as it is seen, format, frames, alpha and the orientation in the file."""
    facts = picture.facts
    orientation = geometry.orientation(facts.orientation, Transform())
    size = facts.size.swapped if orientation.swaps else facts.size
    members = {
        "width": size.width,
        "height": size.height,
        "format": facts.kind,
        "frames": facts.frames,
        "alpha": facts.alpha,
        "orientation": int(orientation),
    }
    data = json.dumps(members).encode()
    return Rendered(data, Format.JSON, "application/json", size, facts.frames, False, facts, picture.reader.received)
