"""EXIF blocks: a TIFF file of tags and no pixels (EXIF 2.32, 4.6)."""

import struct

ORIENTATION, ARTIST, COPYRIGHT, GPS_FOLDER = 0x0112, 0x013B, 0x8298, 0x8825
ASCII, SHORT, LONG, RATIONAL = 2, 3, 4, 5
#: A place that can be searched for in any bytes.
PLACE = (51, 28, 38)


def exif(
    orientation: int | None = None, *, artist: str = "", copyright: str = "", gps: bool = False, order: str = "<"
) -> bytes:
    """Write a block with these tags; `order` is `<` for Intel's and `>` for Motorola's."""
    tags: list[tuple[int, int, bytes, int]] = []
    if orientation is not None:
        tags.append((ORIENTATION, SHORT, struct.pack(f"{order}HH", orientation, 0), 1))
    for tag, text in ((ARTIST, artist), (COPYRIGHT, copyright)):
        if text:
            tags.append((tag, ASCII, text.encode() + b"\0", len(text) + 1))
    if gps:
        tags.append((GPS_FOLDER, LONG, b"", 1))
    folder_end = 8 + 2 + 12 * len(tags) + 4
    body, extra = b"", b""
    for tag, kind, value, count in tags:
        if tag == GPS_FOLDER:
            value = struct.pack(f"{order}I", folder_end + len(extra))  # noqa: PLW2901
            extra += _gps(order, folder_end + len(extra))
        elif len(value) > 4:
            value, extra = struct.pack(f"{order}I", folder_end + len(extra)), extra + value  # noqa: PLW2901
        body += struct.pack(f"{order}HHI", tag, kind, count) + value.ljust(4, b"\0")
    head = (b"II*\0" if order == "<" else b"MM\0*") + struct.pack(f"{order}I", 8)
    return head + struct.pack(f"{order}H", len(tags)) + body + struct.pack(f"{order}I", 0) + extra


def _gps(order: str, start: int) -> bytes:
    """Write a GPS folder with a latitude, which begins at `start`."""
    count, end = 2, start + 2 + 2 * 12 + 4
    reference = struct.pack(f"{order}HHI", 1, ASCII, 2) + b"N\0\0\0"
    latitude = struct.pack(f"{order}HHII", 2, RATIONAL, 3, end)
    values = b"".join(struct.pack(f"{order}II", part, 1) for part in PLACE)
    return struct.pack(f"{order}H", count) + reference + latitude + struct.pack(f"{order}I", 0) + values
