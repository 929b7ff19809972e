"""
The photographs that are measured on.

Five small ones are the project's own examples. The large ones come with Debian's packages of backgrounds and are read
where those packages put them; derived ones are made from them once, in `.bench/`. None of either is committed.
"""

from collections.abc import Callable
from pathlib import Path

import pyvips

from bench.missing import Missing

pyvips.cache_set_max(0)  # or a file that was made anew under the same name would be taken for the one before it

ROOT = Path(__file__).parent.parent
MADE = ROOT / ".bench" / "photos"
EXAMPLES = ROOT / "examples" / "photos"
BACKGROUNDS = Path("/usr/share/backgrounds")
PACKAGES = "mate-backgrounds lomiri-wallpapers-20.04"

CAMERA = "Kleiber_by_Lukas_Baubkus.jpg"  # 6028x3391, baseline, 4:2:0, as a camera writes it
PROGRESSIVE = "Infinite-Sea_by_Aury88.jpg"  # 4096x4096, progressive, 4:4:4
ALPHA = "mate/abstract/Gulp.png"  # 1920x1200, with alpha
PROFILED = "Painting-Colors_by__herobrine7gamer.jpg"  # 6000x4000, with an sRGB profile
#: Photographs, for similarity: drawings and gradients would flatter an encoder.
PHOTOGRAPHS = (
    CAMERA,
    "mate/nature/Blinds.jpg",
    "mate/nature/Dune.jpg",
    "mate/nature/LadyBird.jpg",
    "mate/nature/RainDrops.jpg",
    "mate/nature/Storm.jpg",
    "mate/nature/TwoWings.jpg",
    "mate/nature/Wood.jpg",
)
#: The size of the photograph that sharp's own benchmark uses.
SHARP_SIZE, SHARP_BYTES = (2725, 2225), 829_183


def debian(name: str) -> Path:
    """Find one of Debian's photographs. Raises Missing."""
    path = BACKGROUNDS / name
    if not path.exists():
        raise Missing(f"{path.name} of Debian's packages of backgrounds", f"apt-get install {PACKAGES}")
    return path


def examples() -> list[Path]:
    """Give the project's own photographs."""
    return sorted(path for path in EXAMPLES.iterdir() if path.suffix in (".jpg", ".png"))


def similar() -> list[Path]:
    """Give the photographs on which similarity is measured: ours and Debian's."""
    return [*examples(), *(debian(name) for name in PHOTOGRAPHS)]


def sharp_task() -> Path:
    """
    Give a stand-in for the photograph of sharp's own benchmark, which is not ours to ship.

    A camera's photograph at that one's size, at the quality that comes nearest to its number of bytes.
    """

    def make(path: Path) -> None:
        image = covering(debian(CAMERA), *SHARP_SIZE)
        low, high = 1, 100
        while high - low > 1:
            middle = (low + high) // 2
            low, high = (middle, high) if len(_jpeg(image, middle)) <= SHARP_BYTES else (low, middle)
        path.write_bytes(_jpeg(image, low))

    return _once("sharp-task-2725x2225.jpg", make)


def sized(megapixels: float, kind: str) -> Path:
    """Give the camera's photograph in that many megapixels, as the kind that the ending says."""
    savers: dict[str, Callable[[pyvips.Image, Path], None]] = {
        "jpg": lambda image, path: image.jpegsave(path, Q=85, keep="none"),
        "progressive.jpg": lambda image, path: image.jpegsave(path, Q=85, interlace=True, keep="none"),
        "png": lambda image, path: image.pngsave(path, compression=6, keep="none"),
        "interlaced.png": lambda image, path: image.pngsave(path, compression=6, interlace=True, keep="none"),
        "webp": lambda image, path: image.webpsave(path, Q=85, effort=2, keep="none"),
        "avif": lambda image, path: image.heifsave(path, Q=60, compression="av1", effort=0, keep="none"),
        "tif": lambda image, path: image.tiffsave(path, compression="lzw", keep="none"),
        "gif": lambda image, path: image.gifsave(path, effort=1, keep="none"),
    }

    def make(path: Path) -> None:
        image = pyvips.Image.new_from_file(str(debian(CAMERA)))
        scale = (megapixels * 1e6 / (image.width * image.height)) ** 0.5
        savers[kind](image.resize(scale) if scale < 0.99 else image, path)

    return _once(f"camera-{megapixels:g}mp.{kind}", make)


def cut_out() -> Path:
    """Give the camera's photograph in 2 megapixels with nothing around it: an oval with a soft edge, as PNG."""

    def make(path: Path) -> None:
        image = pyvips.Image.new_from_file(str(debian(CAMERA)))
        image = image.resize((2e6 / (image.width * image.height)) ** 0.5)
        place = pyvips.Image.xyz(image.width, image.height)
        across, down = (place[i] / side * 2 - 1 for i, side in enumerate((image.width, image.height)))
        distance = (across * across + down * down) ** 0.5
        image.bandjoin(((0.9 - distance) * 50 * 255).cast("uchar")).pngsave(path, keep="none")

    return _once("cut-out-2mp.png", make)


def huge(*, progressive: bool) -> Path:
    """Give a JPEG of 100 megapixels: the camera's photograph, six times."""

    def make(path: Path) -> None:
        image = pyvips.Image.new_from_file(str(debian(CAMERA))).replicate(2, 3).crop(0, 0, 12_000, 8_333)
        image.jpegsave(path, Q=80, interlace=progressive, keep="none")

    return _once(f"huge-100mp{'-progressive' if progressive else ''}.jpg", make)


def covering(path: Path, width: int, height: int) -> pyvips.Image:
    """Decode at full size, resize by Lanczos and crop to a box, without any of our own code."""
    image = pyvips.Image.new_from_file(str(path))
    image = image.resize(max(width / image.width, height / image.height), kernel="lanczos3")
    return image.crop((image.width - width) // 2, (image.height - height) // 2, width, height).copy_memory()


def _jpeg(image: pyvips.Image, quality: int) -> bytes:
    data: bytes = image.jpegsave_buffer(Q=quality, keep="none")
    return data


def _once(name: str, make: Callable[[Path], None]) -> Path:
    path = MADE / name
    if not path.exists():
        MADE.mkdir(parents=True, exist_ok=True)
        unfinished = path.with_name(f"unfinished-{name}")
        make(unfinished)
        unfinished.rename(path)
    return path
