"""
From what a URL calls an image to its source key.

Other servers take addresses: `s3://bucket/key`, `https://host/path`. Nothing is ever fetched from an address here; a
table of prefixes says which of them stand for keys of the configured store.
"""

import re

from firstsight.errors import BadPath, FirstsightError, NotAllowed
from firstsight.settings import Settings

#: An address; a proxy may have made one slash of two.
_ADDRESS = re.compile(r"([a-z][a-z0-9+.-]*):/{1,3}(?=[^/]|$)", re.IGNORECASE)


def locate(text: str, settings: Settings) -> str:
    """
    Give the source key that an address or a bare key stands for.

    The longest matching prefix of `dialects.sources` wins; the address of the source store counts as one of them.
    Raises NotAllowed for an address with none of these prefixes, and BadPath if nothing is left for a key.
    """
    name = _ADDRESS.sub(lambda found: f"{found[1].lower()}://", text, count=1) if _ADDRESS.match(text) else text
    own = settings.source.rstrip("/") + "/"
    table = [*settings.dialects.sources, *([(own, "")] if "://" in own else [])]
    fitting = [pair for pair in table if name.startswith(pair[0])]
    if fitting:
        prefix, key = max(fitting, key=lambda pair: len(pair[0]))
        found = key + name.removeprefix(prefix)
    elif "://" in name:
        raise NotAllowed(
            f"Expected the address of a known source but got '{name[:100]}'.",
            remedy='Say what it stands for, for example dialects.sources = ["https://img.example.com/="].',
        )
    else:
        found = name
    if name.startswith(("http://", "https://")):
        found = re.split("[?#]", found, maxsplit=1)[0]
    key = found.lstrip("/")
    if not key:
        raise BadPath("Expected the name of a source but got none.", remedy="Name the source at the end of the path.")
    return key


def watermark(text: str, settings: Settings) -> str | None:
    """
    Give the `image` of a mark for a watermark by its address or bare key; empty for the one that the settings name.

    None for an image that is not among the settings' watermarks.
    """
    try:
        key = locate(text, settings)
    except FirstsightError:
        return None
    return ("" if key == settings.watermark else key) if settings.is_watermark(key) else None
