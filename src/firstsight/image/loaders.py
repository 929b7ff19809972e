"""
Which bytes are decoded, by what, and nothing else: an allow-list by magic bytes, never by name.

libvips' own search for a loader is not used, its untrusted loaders are blocked, and its operation cache is off, because
a service sees each image once and the cache would only hold memory.
"""

import re
from collections.abc import Callable, Iterator

import pyvips

from firstsight.errors import UnsupportedFormat
from firstsight.image import screens, wholes
from firstsight.image.pieces import Piece
from firstsight.records import dataclass

pyvips.cache_set_max(0)
# pyvips has libvips call Python for every message, from any of its threads, where Python may then collect garbage that
# libvips must not lose there, and tens of times for an image. Libvips' own handler says nothing.
pyvips._remove_log_handler()
pyvips.block_untrusted_set(True)
pyvips.operation_block_set("VipsForeignLoadSvg", False)  # decided by the `svg` setting, below
pyvips.concurrency_set(1)  # the images of many requests are made side by side; threads within one would only contend

#: Bytes that are enough to tell every kind apart; an SVG may have comments first.
MAGIC_BYTES = 1024


@dataclass(frozen=True, slots=True)
class Loader:
    """
    One row: how a kind of file is known and read.

    `operation` is libvips' name without its ending, or None for a kind that is recognised to be refused with `reason`.
    `paged` kinds may hold several pictures, which are the frames of an animation in `moving` ones.
    `shrinks` are the factors by which it decodes to a smaller image at less cost; a `vector` one is drawn at any size.
    `strict` is the least that makes a strict read fail, in libvips' words: what a JPEG or GIF decoder only warns of is
    seen in the picture, where a TIFF decoder warns of tags it does not know. Bytes pass through `screen` (screens.py);
    of a `whole` one the decoder needs them all before it begins.
    """

    name: str
    known: Callable[[bytes], bool]
    operation: str | None = None
    paged: bool = False
    moving: bool = False
    shrinks: tuple[int, ...] = ()
    vector: bool = False
    strict: str = "error"
    screen: Callable[[Iterator[bytes], bool], Iterator[Piece]] | None = None
    whole: bool = False
    reason: str = ""


def _brand(*brands: bytes) -> Callable[[bytes], bool]:
    def known(head: bytes) -> bool:
        if head[4:8] != b"ftyp":
            return False
        box = head[8 : max(16, int.from_bytes(head[:4]))]
        return any(box[i : i + 4] in brands for i in range(0, min(len(box), 256), 4))

    return known


def _svg(head: bytes) -> bool:
    text = head.removeprefix(b"\xef\xbb\xbf").lstrip()
    return text.startswith(b"<") and re.search(rb"<svg[\s>:]", head) is not None


LOADERS: tuple[Loader, ...] = (
    Loader(
        "jpeg",
        lambda head: head.startswith(b"\xff\xd8\xff"),
        "jpegload",
        shrinks=(2, 4, 8),
        strict="warning",
        screen=screens.jpeg_scans,
    ),
    Loader("png", lambda head: head.startswith(b"\x89PNG\r\n\x1a\n"), "pngload", screen=screens.png_texts),
    Loader(
        "webp",
        lambda head: head[:4] == b"RIFF" and head[8:12] == b"WEBP",
        "webpload",
        paged=True,
        moving=True,
        screen=wholes.webp_frames,
        whole=True,
    ),
    Loader(
        "gif",
        lambda head: head[:6] in (b"GIF87a", b"GIF89a"),
        "gifload",
        paged=True,
        moving=True,
        strict="warning",
        screen=wholes.gif_frames,
        whole=True,
    ),
    Loader("avif", _brand(b"avif", b"avis"), "heifload", True, screen=wholes.avif_boxes, whole=True),
    Loader("heic", _brand(b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1"), reason="HEIC"),
    Loader(
        "tiff",
        lambda head: head[:4] in (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+"),
        "tiffload",
        paged=True,
        screen=wholes.tiff_pages,
        whole=True,
    ),
    Loader("svg", _svg, "svgload", vector=True),
    Loader("pdf", lambda head: head.startswith(b"%PDF-"), reason="PDF"),
    Loader("psd", lambda head: head.startswith(b"8BPS"), reason="Photoshop"),
    Loader("bmp", lambda head: head.startswith(b"BM"), reason="BMP"),
    Loader("jxl", lambda head: head.startswith((b"\xff\x0a", b"\0\0\0\x0cJXL ")), reason="JPEG XL"),
)
READ_KINDS = tuple(loader.name for loader in LOADERS if loader.operation)


def choose(head: bytes, *, svg: bool) -> Loader:
    """Find the loader for bytes that begin like this. Raises UnsupportedFormat."""
    loader = next((loader for loader in LOADERS if loader.known(head)), None)
    if loader is not None and loader.operation is not None and (svg or loader.name != "svg"):
        return loader
    kinds = ", ".join(kind for kind in READ_KINDS if kind != "svg" or svg)
    remedy = f"Read are {kinds}."
    if loader is None:
        raise UnsupportedFormat("The source is not an image of a known kind.", remedy=remedy)
    if loader.operation is None:
        raise UnsupportedFormat(f"The source is a {loader.reason} file, which is not decoded here.", remedy=remedy)
    raise UnsupportedFormat("The source is an SVG, which is not drawn here.", remedy="Set `svg = true` to allow.")


def media_type(head: bytes) -> str:
    """Give the media type of a file by its first bytes; that of any bytes at all for what is no image."""
    names = {"svg": "image/svg+xml", "pdf": "application/pdf", "psd": "image/vnd.adobe.photoshop"}
    loader = next((loader for loader in LOADERS if loader.known(head[:MAGIC_BYTES])), None)
    return names.get(loader.name, f"image/{loader.name}") if loader else "application/octet-stream"
