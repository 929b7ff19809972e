"""
Every kind of source, made by script: its bytes, and what is to be seen in it, worked out without any decoder.

The picture is the same in all of them as far as the kind can hold it: 4 x 3 patches of 16 pixels, each of one colour,
so that the middle of a patch survives a lossy encoder, and no turn or mirror image of it looks the same.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache
from typing import Any

import numpy as np
import pyvips

from tests.image import colour
from tests.image.made import gif, icc, jpeg, png, tiff
from tests.image.made.exif import exif

Array = np.ndarray[Any, Any]

PATCH = 16
COLOURS = np.array(
    [
        [[200, 30, 40], [30, 160, 60], [40, 60, 190], [240, 240, 240]],
        [[250, 200, 20], [15, 15, 15], [128, 128, 128], [90, 40, 120]],
        [[60, 200, 200], [220, 120, 170], [120, 80, 40], [180, 220, 140]],
    ]
)
GRAYS = np.array([[[0], [255], [85], [170]], [[51], [204], [102], [153]], [[17], [238], [119], [34]]])
ALPHAS = np.array([[[255], [0], [160], [255]], [[64], [255], [192], [255]], [[255], [32], [255], [0]]])
#: All or nothing of each ink, which a profile made by corners gives exactly; the last row is paper, black and cyan.
INKS = 255 * np.array(
    [
        [[1, 0, 0, 0], [0, 1, 0, 0], [0, 0, 1, 0], [0, 0, 0, 1]],
        [[1, 1, 0, 0], [0, 1, 1, 0], [1, 0, 1, 0], [1, 1, 1, 0]],
        [[0, 0, 0, 0], [0, 0, 0, 1], [0, 0, 0, 0], [1, 0, 0, 0]],
    ]
)


SWOP = np.array(
    [
        [[0, 174, 239], [236, 0, 140], [255, 242, 0], [35, 31, 32]],
        [[46, 49, 146], [237, 28, 36], [0, 166, 81], [55, 52, 53]],
        [[255, 255, 255], [35, 31, 32], [255, 255, 255], [0, 174, 239]],
    ]
)


@dataclass(frozen=True)
class Kind:
    """
    One row: the file, and what is to be seen in each of its frames, as 8-bit RGBA (floats, not premultiplied).

    `near` is how far a value may be off after decoding alone; a gray or an opaque one has three equal, or alpha 255.
    """

    make: Callable[[], bytes]
    seen: Callable[[], list[Array]]
    format: str
    near: float = 1
    gray: bool = False
    alpha: bool = False
    moving: bool = False
    pages: int = 1
    orientation: int = 1
    options: dict[str, Any] = field(default_factory=dict)


def spread(patches: Array, size: int = PATCH) -> Array:
    """Give pixels for patches."""
    return patches.repeat(size, 0).repeat(size, 1)


def rgba(patches: Array, size: int = PATCH) -> Array:
    """Give what is seen of patches of one to four channels: gray, gray and alpha, RGB, RGBA."""
    channels = patches.shape[2]
    shades = patches[:, :, :1].repeat(3, 2) if channels < 3 else patches[:, :, :3]
    alpha = patches[:, :, -1:] if channels in (2, 4) else np.full_like(patches[:, :, :1], 255)
    return spread(np.concatenate([shades, alpha], 2), size).astype(float)


def shades(depth: int) -> Array:
    """Give the nearest grays that a depth has, as its samples."""
    samples: Array = np.rint(GRAYS / 255 * (2**depth - 1)).astype(int)
    return samples


def twelve() -> tuple[Array, Array]:
    """Give the colours as a palette and the indices into it."""
    return COLOURS.reshape(12, 3), np.arange(12).reshape(3, 4, 1)


def vips(patches: Array, save: str, **options: Any) -> bytes:
    """Have libvips write what cannot sensibly be written by hand."""
    pixels = spread(patches)
    image = pyvips.Image.new_from_array(pixels.astype(np.uint8))
    image = image.copy(interpretation="b-w" if patches.shape[2] < 3 else "srgb")
    data: bytes = getattr(image, f"{save}save_buffer")(**options)
    return data


def vips_moving(frames: list[Array], save: str, delays: list[int], loop: int, **options: Any) -> bytes:
    """Have libvips write an animation."""
    strip = np.concatenate([spread(frame) for frame in frames]).astype(np.uint8)
    image = pyvips.Image.new_from_array(strip).copy(interpretation="srgb")
    image.set_type(pyvips.GValue.gint_type, "page-height", len(strip) // len(frames))
    image.set_type(pyvips.GValue.array_int_type, "delay", delays)
    image.set_type(pyvips.GValue.gint_type, "loop", loop)
    data: bytes = getattr(image, f"{save}save_buffer")(**options)
    return data


def rgb_jpeg(*segments: bytes, progressive: bool = False, patches: Array = COLOURS) -> bytes:
    """Write the patches as a JPEG in RGB, whose pixels are exact; a patch is two blocks wide and high."""
    return jpeg.jpeg(spread(patches, 2), jpeg.adobe(0), *segments, progressive=progressive)


def ink_lab(inks: tuple[int, ...]) -> tuple[float, float, float]:
    """
    Give the Lab colour of inks in a profile that no printer has: cyan prints orange and magenta green.

    So a result of the right colour can only come from this profile.
    """
    cyan, magenta, yellow, black = inks
    darker = 20 * cyan + 20 * magenta + 5 * yellow + 30 * black
    lightness = round((100 - darker) * 2.55) / 2.55  # the profile holds it in 8 bits
    return lightness, 25.0 * cyan - 30.0 * magenta, 30.0 * cyan + 15.0 * magenta - 15.0 * yellow


def printed() -> list[Array]:
    """Give what is seen of INKS through that profile."""
    lab = np.array([[ink_lab(tuple(ink // 255)) for ink in row] for row in INKS], float)
    return [rgba(colour.lab_to_srgb(lab))]


def usually_printed() -> list[Array]:
    """Give what is seen of INKS on a usual press: the sRGB colours that SWOP's inks are known by."""
    return [rgba(SWOP)]


def through(space: colour.Space) -> Callable[[], list[Array]]:
    """Give what is seen of the colours when they are values in a space."""
    return lambda: [rgba(colour.to_srgb(COLOURS, space))]


#: What EXIF's orientations do to the stored picture (TIFF 6.0, tag 274), as numpy says it.
SEEN: dict[int, Callable[[Array], Array]] = {
    1: lambda a: a,
    2: np.fliplr,
    3: lambda a: np.rot90(a, 2),
    4: np.flipud,
    5: lambda a: a.swapaxes(0, 1),
    6: lambda a: np.rot90(a, -1),
    7: lambda a: np.rot90(a, 2).swapaxes(0, 1),
    8: np.rot90,
}

PLAIN = lambda: [rgba(COLOURS)]  # noqa: E731
GRAY = lambda: [rgba(GRAYS)]  # noqa: E731
SHEER = np.concatenate([COLOURS, ALPHAS], 2)
GRAY_SHEER = np.concatenate([GRAYS, ALPHAS], 2)
MOVES = [COLOURS, COLOURS[::-1], COLOURS[:, ::-1]]
GIF_SIZE = (4 * PATCH, 3 * PATCH)


def gif_frames() -> list[gif.Frame]:
    """Give frames that use every way of disposal, offsets and transparency; colour 12 is transparent."""
    _, indices = twelve()
    whole, part = spread(indices)[:, :, 0], spread(indices[:2, :2])[:, :, 0]
    holed = part.copy()
    holed[:PATCH] = 12
    return [
        gif.Frame(whole, delay=10),
        gif.Frame(part, 16, 16, 20, gif.TO_PREVIOUS),
        gif.Frame(holed, 32, 0, 30, gif.KEEP, transparent=12),
        gif.Frame(part, 0, 16, 40, gif.TO_BACKGROUND, transparent=12),
        gif.Frame(holed, 32, 16, 50, gif.KEEP, transparent=12),
    ]


def gif_seen() -> list[Array]:
    """Give what a viewer of GIFs shows of these."""
    return [
        picture.astype(float) for picture in gif.shown(GIF_SIZE, np.append(twelve()[0], [[0, 0, 0]], 0), gif_frames())
    ]


def gif_still(*, transparent: bool = False) -> bytes:
    """Write a GIF of one frame, and no word of repetition."""
    colours, indices = twelve()
    frame = gif.Frame(spread(indices)[:, :, 0], transparent=5 if transparent else None)
    return gif.gif(GIF_SIZE, colours, [frame])


def gif_holed() -> list[Array]:
    """Give what is seen when colour 5 is transparent."""
    pixels = rgba(COLOURS)
    pixels[PATCH : 2 * PATCH, PATCH : 2 * PATCH] = 0
    return [pixels]


SVG = (
    f'<svg xmlns="http://www.w3.org/2000/svg" width="{4 * PATCH}" height="{3 * PATCH}">'
    + "".join(
        f'<rect x="{x * PATCH}" y="{y * PATCH}" width="{PATCH}" height="{PATCH}" fill="rgb({r},{g},{b})"/>'
        for y, row in enumerate(COLOURS.tolist())
        for x, (r, g, b) in enumerate(row)
    )
    + "</svg>"
)

P3, ADOBE, TINTED = icc.rgb(colour.P3, table=True), icc.rgb(colour.ADOBE), icc.cmyk(ink_lab)
PLACED = exif(1, gps=True, artist="Ada Example", copyright="(c) 2024 Ada Example")


def _palette(depth: int, colours: int, *, sheer: bool = False) -> Kind:
    patches = SHEER if sheer else COLOURS
    table = patches.reshape(12, -1)[:colours]
    indices = np.arange(12).reshape(3, 4, 1) % colours
    chunks = png.palette(table)
    return Kind(
        lambda: png.png(spread(indices), png.PALETTE, depth, *chunks),
        lambda: [rgba(table[indices[:, :, 0]])],
        "png",
        alpha=sheer,
    )


def _gray_png(depth: int) -> Kind:
    samples = shades(depth)
    return Kind(
        lambda: png.png(spread(samples), png.GRAY, depth),
        lambda: [rgba(samples / (2**depth - 1) * 255)],
        "png",
        gray=True,
    )


KINDS: dict[str, Kind] = {
    "jpeg baseline": Kind(lambda: jpeg.jpeg(jpeg.ycc(spread(COLOURS, 2))), PLAIN, "jpeg"),
    "jpeg progressive": Kind(lambda: jpeg.jpeg(jpeg.ycc(spread(COLOURS, 2)), progressive=True), PLAIN, "jpeg"),
    "jpeg subsampled": Kind(lambda: vips(COLOURS, "jpeg", Q=95, subsample_mode="on"), PLAIN, "jpeg", near=6),
    "jpeg rgb": Kind(rgb_jpeg, PLAIN, "jpeg"),
    "jpeg gray": Kind(lambda: jpeg.jpeg(spread(GRAYS, 2)), GRAY, "jpeg", gray=True),
    "jpeg gray with profile": Kind(
        lambda: jpeg.jpeg(spread(GRAYS, 2), jpeg.icc_segments(icc.gray(1.8))),
        lambda: [rgba(colour.SRGB.encode((GRAYS / 255) ** (460 / 256)) * 255)],
        "jpeg",
        near=2,
        gray=True,
    ),
    "jpeg cmyk": Kind(lambda: jpeg.jpeg(255 - spread(INKS, 2)), usually_printed, "jpeg", near=30),
    "jpeg cmyk adobe": Kind(lambda: jpeg.jpeg(255 - spread(INKS, 2), jpeg.adobe(0)), usually_printed, "jpeg", near=30),
    "jpeg cmyk with profile": Kind(
        lambda: jpeg.jpeg(255 - spread(INKS, 2), jpeg.adobe(0), jpeg.icc_segments(TINTED)), printed, "jpeg", near=3
    ),
    "jpeg ycck with profile": Kind(
        lambda: jpeg.jpeg(
            np.concatenate([jpeg.ycc(spread(INKS, 2)[:, :, :3]), 255 - spread(INKS, 2)[:, :, 3:]], 2),
            jpeg.adobe(2),
            jpeg.icc_segments(TINTED),
        ),
        printed,
        "jpeg",
        near=4,
    ),
    "jpeg p3": Kind(lambda: rgb_jpeg(jpeg.icc_segments(P3)), through(colour.P3), "jpeg", near=2),
    "jpeg adobe rgb": Kind(lambda: rgb_jpeg(jpeg.icc_segments(ADOBE, 100)), through(colour.ADOBE), "jpeg", near=2),
    "jpeg srgb profile": Kind(
        lambda: rgb_jpeg(jpeg.icc_segments(icc.rgb(colour.SRGB, table=True))), PLAIN, "jpeg", near=0
    ),
    "jpeg broken profile": Kind(lambda: rgb_jpeg(jpeg.icc_segments(TINTED[:300])), PLAIN, "jpeg", near=0),
    "jpeg two exif": Kind(
        lambda: rgb_jpeg(jpeg.exif_segment(exif(6)), jpeg.exif_segment(exif(3))),
        lambda: [SEEN[6](rgba(COLOURS))],
        "jpeg",
        orientation=6,
    ),
    "jpeg gps": Kind(lambda: rgb_jpeg(jpeg.exif_segment(PLACED)), PLAIN, "jpeg"),
    **{
        f"jpeg orientation {value}": Kind(
            lambda value=value: rgb_jpeg(jpeg.exif_segment(exif(value, order="<>"[value % 2]))),  # type: ignore[misc]
            lambda value=value: [SEEN[value](rgba(COLOURS))],  # type: ignore[misc]
            "jpeg",
            orientation=value,
        )
        for value in SEEN
    },
    **{f"png gray {depth}": _gray_png(depth) for depth in (1, 2, 4, 8, 16)},
    "png rgb": Kind(lambda: png.png(spread(COLOURS), png.RGB), PLAIN, "png", near=0),
    "png rgb 16": Kind(lambda: png.png(spread(COLOURS) * 257, png.RGB, 16), PLAIN, "png"),
    "png rgba": Kind(lambda: png.png(spread(SHEER), png.RGBA), lambda: [rgba(SHEER)], "png", near=0, alpha=True),
    "png rgba 16": Kind(lambda: png.png(spread(SHEER) * 257, png.RGBA, 16), lambda: [rgba(SHEER)], "png", alpha=True),
    "png gray alpha": Kind(
        lambda: png.png(spread(GRAY_SHEER), png.GRAY_ALPHA), lambda: [rgba(GRAY_SHEER)], "png", gray=True, alpha=True
    ),
    "png gray alpha 16": Kind(
        lambda: png.png(spread(GRAY_SHEER) * 257, png.GRAY_ALPHA, 16),
        lambda: [rgba(GRAY_SHEER)],
        "png",
        gray=True,
        alpha=True,
    ),
    "png palette 1": _palette(1, 2),
    "png palette 2": _palette(2, 4),
    "png palette 4": _palette(4, 12),
    "png palette 8": _palette(8, 12),
    "png palette transparent": _palette(8, 12, sheer=True),
    "png interlaced": Kind(lambda: png.png(spread(COLOURS), png.RGB, interlaced=True), PLAIN, "png", near=0),
    "png p3 16": Kind(
        lambda: png.png(spread(COLOURS) * 257, png.RGB, 16, png.profile(P3)), through(colour.P3), "png", near=2
    ),
    "png moving": Kind(lambda: png.moving([spread(frame) for frame in MOVES]), PLAIN, "png", near=0),
    "png orientation": Kind(
        lambda: png.png(spread(COLOURS), png.RGB, 8, png.chunk(b"eXIf", exif(8))),
        lambda: [SEEN[8](rgba(COLOURS))],
        "png",
        orientation=8,
    ),
    "webp lossy": Kind(lambda: vips(COLOURS, "webp", Q=95), PLAIN, "webp", near=8),
    "webp lossless": Kind(lambda: vips(COLOURS, "webp", lossless=True), PLAIN, "webp", near=0),
    "webp alpha": Kind(lambda: vips(SHEER, "webp", lossless=True), lambda: [rgba(SHEER)], "webp", near=0, alpha=True),
    "webp moving": Kind(
        lambda: vips_moving(MOVES, "webp", [100, 200, 300], 3, lossless=True),
        lambda: [rgba(frame) for frame in MOVES],
        "webp",
        near=0,
        alpha=True,  # libwebp's animation decoder always gives alpha
        moving=True,
    ),
    "avif": Kind(lambda: vips(COLOURS, "heif", compression="av1", Q=90, effort=0), PLAIN, "avif", near=8),
    "avif 10 bit": Kind(
        lambda: vips(COLOURS, "heif", compression="av1", Q=90, effort=0, bitdepth=10), PLAIN, "avif", near=8
    ),
    "avif alpha": Kind(
        lambda: vips(SHEER, "heif", compression="av1", Q=90, effort=0),
        lambda: [rgba(SHEER)],
        "avif",
        near=8,
        alpha=True,
    ),
    "gif": Kind(gif_still, PLAIN, "gif", near=0),
    "gif transparent": Kind(lambda: gif_still(transparent=True), gif_holed, "gif", near=0, alpha=True),
    "gif moving": Kind(
        lambda: gif.gif(GIF_SIZE, twelve()[0], gif_frames(), loop=2), gif_seen, "gif", near=0, alpha=True, moving=True
    ),
    "tiff": Kind(lambda: tiff.tiff(spread(COLOURS)), PLAIN, "tiff", near=0),
    "tiff motorola": Kind(lambda: tiff.tiff(spread(COLOURS), order=">"), PLAIN, "tiff", near=0),
    "tiff lzw": Kind(lambda: tiff.tiff(spread(COLOURS), compression=tiff.LZW), PLAIN, "tiff", near=0),
    "tiff 16": Kind(lambda: tiff.tiff(spread(COLOURS) * 257, depth=16), PLAIN, "tiff"),
    "tiff gray": Kind(lambda: tiff.tiff(spread(GRAYS), space=tiff.GRAY), GRAY, "tiff", gray=True),
    "tiff alpha": Kind(lambda: tiff.tiff(spread(SHEER), alpha=True), lambda: [rgba(SHEER)], "tiff", near=0, alpha=True),
    "tiff cmyk": Kind(lambda: tiff.tiff(spread(INKS), space=tiff.CMYK, icc=TINTED), printed, "tiff", near=3),
    "tiff pages": Kind(
        lambda: tiff.tiff(*[spread(frame) for frame in MOVES]),
        lambda: [rgba(frame) for frame in MOVES],
        "tiff",
        near=0,
        pages=3,
    ),
    "tiff orientation": Kind(
        lambda: tiff.tiff(spread(COLOURS), orientation=5), lambda: [SEEN[5](rgba(COLOURS))], "tiff", orientation=5
    ),
    "svg": Kind(SVG.encode, PLAIN, "svg", near=1, alpha=True, options={"svg": True}),
}


@cache
def source(name: str) -> bytes:
    """Give the file of a kind."""
    return KINDS[name].make()


def noisy(quality: int) -> bytes:
    """A JPEG of which no two pixels are alike."""
    pixels = np.random.default_rng(2).integers(0, 256, (64, 96, 3)).astype(np.uint8)
    data: bytes = pyvips.Image.new_from_array(pixels).copy(interpretation="srgb").jpegsave_buffer(Q=quality)
    return data
