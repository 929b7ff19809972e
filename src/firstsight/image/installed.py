"""What the libvips of this installation is and can do."""

import pyvips

from firstsight.image.formats import FORMATS
from firstsight.image.loaders import LOADERS


def libvips() -> str:
    """Give the version of libvips, `8.18.0` say."""
    return ".".join(str(pyvips.version(part)) for part in range(3))


def read() -> tuple[str, ...]:
    """Name the kinds of files that it decodes for us."""
    return tuple(row.name for row in LOADERS if row.operation and _has(f"{row.operation}_source"))


def written() -> tuple[str, ...]:
    """Name the formats that it encodes for us."""
    return tuple(row.format.value for row in FORMATS.values() if _has(row.saver))


def _has(operation: str) -> bool:
    return bool(pyvips.type_find("VipsOperation", operation))
