"""
Files made to cost much: a few bytes that unfold, headers that lie, frames without end.

Each is a name and a function that makes it, so that only what a test asks for is made.
"""

import struct
import zlib
from collections.abc import Callable, Iterator
from functools import lru_cache

import pyvips

from tests.image.made.png import GRAY, PALETTE, RGBA, SIGNATURE, chunk

Maker = Callable[[], bytes]

#: The largest side that most formats' headers are asked for here.
SIDE = 65_500
#: One colour, as a JPEG, to be given another header.
_DOT = pyvips.Image.black(16, 16, bands=3).copy(interpretation="srgb")


@lru_cache
def _dot(suffix: str) -> bytes:
    return bytes(_DOT.write_to_buffer(suffix))


@lru_cache
def zeros(size: int) -> bytes:
    """Compress so many zeros, piece by piece: a thousandth of them is left."""
    packer = zlib.compressobj(9)
    piece = bytes(1 << 20)
    parts = [packer.compress(piece) for _ in range(size >> 20)]
    return b"".join([*parts, packer.compress(bytes(size & (1 << 20) - 1)), packer.flush()])


def png_header(width: int, height: int, depth: int, colour: int, *, interlaced: bool = False) -> bytes:
    """Write a PNG as far as its pixels."""
    return SIGNATURE + chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, interlaced))


def png_bomb(width: int, height: int) -> bytes:
    """Write a PNG of one bit a pixel, all of them black."""
    pixels = zeros((width // 8 + 2) * height)
    return png_header(width, height, 1, GRAY) + chunk(b"IDAT", pixels) + chunk(b"IEND", b"")


def _png_with(*chunks: bytes) -> bytes:
    good = _dot(".png")
    at = good.index(b"IDAT") - 4
    return good[:at] + b"".join(chunks) + good[at:]


def _text_bomb() -> bytes:
    return _png_with(*(chunk(b"zTXt", b"%d\0\0" % i + zeros(50_000_000)) for i in range(4)))


def _profile_bomb() -> bytes:
    return _png_with(chunk(b"iCCP", b"icc\0\0" + zeros(100_000_000)))


def _many_chunks() -> bytes:
    return _png_with(chunk(b"tEXt", b"key\0value") * 200_000)


def patched_jpeg(width: int, height: int) -> bytes:
    """Give a JPEG's header another size."""
    good = bytearray(_dot(".jpg"))
    at = good.index(b"\xff\xc0")
    struct.pack_into(">HH", good, at + 5, height, width)
    return bytes(good)


def jpeg_of_scans(width: int, height: int, scans: int) -> bytes:
    """
    Write a progressive JPEG whose every scan says "nothing follows" of all blocks.

    Each scan takes a decoder through all coefficients, and costs a few bytes.
    """
    blocks = (width + 7) // 8 * ((height + 7) // 8)
    header = b"\xff\xd8\xff\xdb\0\x43\0" + b"\x01" * 64
    header += b"\xff\xc2" + struct.pack(">HBHHBBBB", 11, 8, height, width, 1, 1, 0x11, 0)
    # one code for a zero difference, and one for a run of 2**14 blocks without anything
    header += b"\xff\xc4" + struct.pack(">HB", 20, 0x00) + b"\x01" + bytes(15) + b"\x00"
    header += b"\xff\xc4" + struct.pack(">HB", 20, 0x10) + b"\x01" + bytes(15) + b"\xe0"
    first = b"\xff\xda" + struct.pack(">HBBBBBB", 8, 1, 1, 0x00, 0, 0, 0) + bytes((blocks + 7) // 8)
    runs = -(-blocks // (2**14))
    again = b"\xff\xda" + struct.pack(">HBBBBBB", 8, 1, 1, 0x00, 1, 63, 0) + bytes(-(-15 * runs // 8))
    return header + first + again * scans + b"\xff\xd9"


def _hidden_scans(scans: int) -> bytes:
    """Put a marker before a scan that nothing belongs to, so that who takes one for a segment jumps over the scans."""
    good = jpeg_of_scans(4_000, 4_000, scans)
    at = good.index(b"\xff\xda")
    return good[:at] + b"\xff\x01" + good[at:]


def webp_header(width: int, height: int) -> bytes:
    """Write a WebP of VP8L that ends after its size."""
    bits = (width - 1) | (height - 1) << 14
    body = b"VP8L" + struct.pack("<I", 5) + b"\x2f" + struct.pack("<I", bits) + b"\0"
    return b"RIFF" + struct.pack("<I", 4 + len(body)) + b"WEBP" + body


def _webp_canvas() -> bytes:
    canvas = b"VP8X" + struct.pack("<I", 10) + b"\x02\0\0\0" + b"\xff\xff\xff" + b"\xff\xff\x00"
    return b"RIFF" + struct.pack("<I", 4 + len(canvas)) + b"WEBP" + canvas


def webp_of_frames(count: int) -> bytes:
    whole = _dot(".webp[lossless]")
    inner = whole[whole.index(b"VP8L") :]
    inner = inner[: 8 + int.from_bytes(inner[4:8], "little")]
    inner += bytes(len(inner) % 2)
    frame = bytes(6) + b"\x0f\0\0" + b"\x0f\0\0" + b"\x0a\0\0" + b"\0" + inner
    frames = (b"ANMF" + struct.pack("<I", len(frame)) + frame) * count
    canvas = b"VP8X" + struct.pack("<I", 10) + b"\x02\0\0\0" + b"\x0f\0\0" + b"\x0f\0\0"
    body = b"WEBP" + canvas + b"ANIM" + struct.pack("<I", 6) + bytes(6) + frames
    return b"RIFF" + struct.pack("<I", len(body)) + body


def gif_of_frames(width: int, height: int, count: int) -> bytes:
    """Write a GIF of so many frames of one pixel each."""
    screen = b"GIF89a" + struct.pack("<HHBBB", width, height, 0x80, 0, 0) + bytes(3) + b"\xff" * 3
    frame = b"\x21\xf9\x04\0\x01\0\0\0" + b"\x2c" + struct.pack("<HHHHB", 0, 0, 1, 1, 0) + b"\x02\x02\x44\x01\0"
    return screen + frame * count + b"\x3b"


def _gif_bomb(width: int, height: int) -> bytes:
    screen = b"GIF89a" + struct.pack("<HHBBB", width, height, 0x80, 0, 0) + bytes(3) + b"\xff" * 3
    image = b"\x2c" + struct.pack("<HHHHB", 0, 0, width, height, 0) + b"\x02" + (b"\xff" + bytes(255)) * 4000 + b"\0"
    return screen + image + b"\x3b"


def tiff(tags: list[tuple[int, int, int, int]], *, following: int = 0, data: bytes = b"") -> bytes:
    """Write a TIFF of one folder: a tag, a type, a count and a value each."""
    folder = struct.pack("<H", len(tags)) + b"".join(struct.pack("<HHII", *tag) for tag in sorted(tags))
    return b"II*\0" + struct.pack("<I", 8) + folder + struct.pack("<I", following) + data


SHORT, LONG = 3, 4


def _tiff_tags(width: int, height: int, compression: int = 1, size: int = 10) -> list[tuple[int, int, int, int]]:
    return [
        (256, LONG, 1, width),
        (257, LONG, 1, height),
        (258, SHORT, 1, 8),
        (259, SHORT, 1, compression),
        (262, SHORT, 1, 1),
        (273, LONG, 1, 8 + 2 + 12 * 9 + 4),
        (277, SHORT, 1, 1),
        (278, LONG, 1, height),
        (279, LONG, 1, size),
    ]


def _tiff_bomb() -> bytes:
    data = zeros(30_000 * 30_000 // 8)
    tags = [tag if tag[0] != 258 else (258, SHORT, 1, 1) for tag in _tiff_tags(30_000, 30_000, 8, len(data))]
    return tiff(tags, data=data)


def _tiff_strips(count: int) -> bytes:
    tags = [tag for tag in _tiff_tags(1, count) if tag[0] not in (273, 278, 279)]
    places = 8 + 2 + 12 * (len(tags) + 3) + 4
    tags += [(273, LONG, count, places), (278, LONG, 1, 1), (279, LONG, count, places)]
    return tiff(tags, data=b"\1\0\0\0" * count)


def _tiff_tile() -> bytes:
    tags = [tag for tag in _tiff_tags(100, 100) if tag[0] not in (273, 278, 279)]
    huge = 2**31 - 16
    tags += [(322, LONG, 1, huge), (323, LONG, 1, huge), (324, LONG, 1, 8), (325, LONG, 1, 10)]
    return tiff(tags)


def tiff_of_pages(count: int) -> bytes:
    parts, at = [b"II*\0" + struct.pack("<I", 8)], 8
    size = 2 + 12 * 9 + 4
    for page in range(count):
        tags = [tag if tag[0] != 273 else (273, LONG, 1, 8) for tag in _tiff_tags(1, 1, size=1)]
        folder = struct.pack("<H", len(tags)) + b"".join(struct.pack("<HHII", *tag) for tag in tags)
        at += size
        parts.append(folder + struct.pack("<I", at if page < count - 1 else 0))
    return b"".join(parts)


def patched_avif(width: int, height: int) -> bytes:
    """Give an AVIF's header another size."""
    good = bytearray(_dot(".avif"))
    at = 0
    while (at := good.find(b"ispe", at)) >= 0:
        struct.pack_into(">II", good, at + 8, width, height)
        at += 4
    return bytes(good)


def svg(body: str, width: str = "100", height: str = "100", before: str = "") -> bytes:
    """Write an SVG."""
    space = 'xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink"'
    return f'<?xml version="1.0"?>{before}<svg {space} width="{width}" height="{height}">{body}</svg>'.encode()


def _laughs() -> bytes:
    entities = '<!ENTITY a0 "ha">' + "".join(f'<!ENTITY a{i} "{f"&a{i - 1};" * 10}">' for i in range(1, 10))
    return svg("<text>&a9;</text>", before=f"<!DOCTYPE svg [{entities}]>")


def _uses() -> bytes:
    groups = '<g id="g0"><rect width="1" height="1"/></g>' + "".join(
        f'<g id="g{i}">{f"""<use xlink:href="#g{i - 1}"/>""" * 10}</g>' for i in range(1, 10)
    )
    return svg(f'<defs>{groups}</defs><use xlink:href="#g9"/>')


def _deep() -> bytes:
    return svg("<g>" * 200_000 + "</g>" * 200_000)


#: What is refused whatever is asked of it, with `svg` off as it is unless an operator says otherwise.
BOMBS: dict[str, Maker] = {
    "png-30000x30000": lambda: png_bomb(30_000, 30_000),
    "png-header": lambda: png_header(SIDE, SIDE, 8, RGBA) + chunk(b"IDAT", b"") + chunk(b"IEND", b""),
    "png-header-16-bit-interlaced": lambda: png_header(SIDE, SIDE, 16, RGBA, interlaced=True),
    "png-header-palette": lambda: png_header(SIDE, SIDE, 8, PALETTE) + chunk(b"IDAT", zeros(1_000_000)),
    "png-header-largest": lambda: png_header(2**31 - 1, 2**31 - 1, 16, RGBA) + chunk(b"IDAT", b""),
    "jpeg-header": lambda: patched_jpeg(SIDE, SIDE),
    "jpeg-header-65535": lambda: patched_jpeg(65_535, 65_535),
    "jpeg-of-5000-scans": lambda: jpeg_of_scans(4_000, 4_000, 5_000),
    "webp-header": lambda: webp_header(16_384, 16_384),
    "webp-canvas": _webp_canvas,
    "webp-of-20000-frames": lambda: webp_of_frames(20_000),
    "gif-bomb": lambda: _gif_bomb(SIDE, SIDE),
    "tiff-header": lambda: tiff(_tiff_tags(SIDE, SIDE)),
    "tiff-deflate-30000x30000": _tiff_bomb,
    "png-of-100000-frames": lambda: _png_with(chunk(b"fcTL", bytes(26)) * 100_000),
    "jpeg-of-5000-scans-behind-a-bare-marker": lambda: _hidden_scans(5_000),
    "avif-of-100000-boxes": lambda: _dot(".avif") + (struct.pack(">I4s", 8, b"free") * 100_001),
    "tiff-of-2000000-strips": lambda: _tiff_strips(2_000_000),
    "tiff-of-100000-pages": lambda: tiff_of_pages(100_000),
    "tiff-endless-tile": _tiff_tile,
    "tiff-beyond-any-number": lambda: b"II+\0\x08\0\0\0" + b"\xff" * 8 + bytes(100),
    "avif-header": lambda: patched_avif(SIDE, SIDE),
    "svg-header": lambda: svg("<rect/>", "65500", "65500"),
    "svg-billion-laughs": _laughs,
    "svg-billion-uses": _uses,
    "svg-deep": _deep,
    "png-text-bomb": _text_bomb,
    "png-profile-bomb": _profile_bomb,
    "png-of-200000-chunks": _many_chunks,
    "gif-header": lambda: gif_of_frames(SIDE, SIDE, 1),
    "gif-of-100000-large-frames": lambda: gif_of_frames(20_000, 20_000, 100_000),
    "gif-of-100000-frames": lambda: gif_of_frames(2, 2, 100_000),
    "tiff-circle": lambda: tiff(_tiff_tags(2, 2, size=4), following=8, data=b"abcd"),
}

#: What the limits allow, and costs as much as they allow: shown in the figures, and no attack.
LARGEST: dict[str, Maker] = {
    "png-99-megapixels-of-16-bit-interlaced": lambda: (
        png_header(9_990, 9_990, 16, RGBA, interlaced=True) + chunk(b"IDAT", zeros(50_000_000)) + chunk(b"IEND", b"")
    ),
    "png-99-megapixels": lambda: png_bomb(9_990, 9_990),
}

_HTML = b"<html><script>alert(document.domain)</script></html>"
_ZIP = b"PK\x03\x04" + bytes(26) + b"PK\x05\x06" + bytes(18)
#: Images that are something else too, and what is taken for an image: refused.
POLYGLOTS: dict[str, Maker] = {
    "jpeg-and-html": lambda: _dot(".jpg") + _HTML,
    "jpeg-with-html-in-a-comment": lambda: (
        b"\xff\xd8\xff\xfe" + struct.pack(">H", 2 + len(_HTML)) + _HTML + _dot(".jpg")[2:]
    ),
    "png-and-zip": lambda: _dot(".png") + _ZIP + _HTML,
    "png-with-html-in-a-text": lambda: _png_with(chunk(b"tEXt", b"Comment\0" + _HTML)),
    "gif-and-html": lambda: _dot(".gif") + _HTML,
    "gif-and-script": lambda: b"GIF89a/*" + bytes(60) + b"*/=alert(1);" + _HTML,
    "webp-and-html": lambda: _dot(".webp") + _HTML,
    "tiff-and-html": lambda: _dot(".tif") + _HTML,
    "html-alone": lambda: _HTML,
    "html-and-jpeg": lambda: _HTML + _dot(".jpg"),
    "pdf-and-jpeg": lambda: b"%PDF-1.4\n" + _dot(".jpg") + _HTML,
    "svg-with-a-script": lambda: svg("<script>alert(1)</script>" + _HTML.decode()),
    "svg-with-a-file": lambda: svg('<image xlink:href="file:///etc/passwd" width="9" height="9"/>'),
    "svg-with-a-url": lambda: svg('<image xlink:href="http://127.0.0.1:9/x.png" width="9" height="9"/>'),
    "svg-with-an-entity": lambda: svg("<text>&f;</text>", before='<!DOCTYPE svg [<!ENTITY f SYSTEM "/etc/passwd">]>'),
    "postscript": lambda: b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n" + _HTML,
    "magick-script": lambda: b"push graphic-context\nviewbox 0 0 9 9\nfill 'url(https://127.0.0.1/x.jpg)'\n",
    "zip-alone": lambda: _ZIP,
    "empty": lambda: b"",
    "zeros": lambda: bytes(100_000),
}
MARK = b"alert("


def truncated(name: str, data: bytes) -> Iterator[tuple[str, bytes]]:
    """Cut a good file at places from its first byte to its last."""
    places = sorted({1, 2, 8, 12, 20, 40, *(len(data) * share // 10 for share in range(1, 10)), len(data) - 1})
    return ((f"{name}-cut-at-{place}", data[:place]) for place in places if place < len(data))
