"""A source that is open: what its header says, and its pixels at the size and of the frames that are asked for."""

from typing import Any

import pyvips

from firstsight.errors import DamagedImage, NotApplicable, TooManyPixels
from firstsight.image.geometry import Size
from firstsight.image.loaders import MAGIC_BYTES, Loader, choose
from firstsight.image.pieces import joined
from firstsight.image.profiles import is_srgb
from firstsight.image.reader import Reader
from firstsight.records import dataclass, replace
from firstsight.settings import Limits


@dataclass(frozen=True, slots=True)
class Facts:
    """What a header says. `size` is that of one frame, in pixels as stored, before orientation."""

    kind: str
    size: Size
    frames: int
    #: The EXIF orientation, 1 where there is none.
    orientation: int
    alpha: bool
    palette: bool
    moving: bool
    #: One band of colour.
    gray: bool = False
    #: Upright, of 8 bits, and gray or sRGB: the stored pixels are already what is to be shown.
    plain: bool = False
    #: Written in several passes, so that it has to be held whole: a progressive JPEG, an interlaced PNG.
    interlaced: bool = False


@dataclass(frozen=True, slots=True)
class Picture:
    """An open source."""

    facts: Facts
    loader: Loader
    source: Any
    reader: Reader
    header: pyvips.Image
    strict: bool
    #: A picture of the whole source that is there already, in a smaller size; else it is decoded.
    held: pyvips.Image | None = None

    @property
    def converted(self) -> bool:
        """Whether the pixels are to be converted by a profile of their own, which could be kept instead."""
        embedded = bool(self.header.get_typeof("icc-profile-data")) and self.header.interpretation != "cmyk"
        return embedded and not is_srgb(self.header.get("icc-profile-data"))

    def pixels(self, *, scale: float = 1, frame: int | None = None, every_frame: bool = False) -> pyvips.Image:
        """
        Decode, lazily and from top to bottom.

        `scale` is 1 over one of the loader's factors, or anything for a vector drawing; `frame` counts from 1;
        `every_frame` gives all of them above each other.
        Raises NotApplicable for a frame the source does not have.
        """
        if self.held is not None:
            return self.held
        options: dict[str, Any] = {}
        if scale != 1:
            options |= {"scale": scale} if self.loader.vector else {"shrink": round(1 / scale)}
        if frame is not None and frame > self.facts.frames:
            raise NotApplicable(
                f"Expected a frame from 1 to {self.facts.frames}, as the source has, but got {frame}.",
                remedy="Ask for one that it has.",
            )
        if self.loader.paged:
            options |= {"page": (frame or 1) - 1, "n": -1 if every_frame else 1}
        eighth = self.loader.name == "jpeg" and self.facts.interlaced and options.get("shrink") == 8
        return _load(self.loader, self._at_an_eighth() if eighth else self.source, self.strict, **options)

    def _at_an_eighth(self) -> Any:
        """
        Give what a JPEG of several scans is to be decoded from at an eighth of its size.

        Its first pixel takes the last scan, so nothing is lost by waiting for all bytes.
        """
        from firstsight.image.scans import at_an_eighth  # only here: few sources are of several scans

        arrived = self.reader.arrived()
        data = self.reader.whole() if arrived is None else arrived
        if self.reader.error is not None:
            raise self.reader.error
        if data is None:
            return self.source
        lighter = at_an_eighth(data)
        return lighter or (data if arrived is None else self.source)  # a source that has been read has no more to give


def open_picture(reader: Reader, limits: Limits, *, svg: bool = False, strict: bool = True) -> Picture:
    """
    Read a source's header.

    Raises UnsupportedFormat, DamagedImage, TooManyPixels, and whatever the reader met.
    """
    head = reader.peek(MAGIC_BYTES)
    if reader.error is not None:
        raise reader.error
    loader = choose(head, svg=svg)
    source = _source(reader, loader, strict)
    try:
        header = _load(loader, source, strict)
        facts = _facts(loader, header)
    except pyvips.Error as error:
        raise reader.error or damaged(error) from error
    _check_size(facts.size, limits)
    return Picture(facts, loader, source, reader, header, strict)


def at_page(picture: Picture, frame: int | None, limits: Limits) -> Picture:
    """
    Give the picture as the header of one of its pages describes it, which need not be like that of the first.

    Frames of an animation are alike. Raises TooManyPixels, and pyvips.Error for a header that is damaged.
    """
    facts, loader = picture.facts, picture.loader
    if frame is None or not 1 < frame <= facts.frames or facts.moving:
        return picture
    header = _load(loader, picture.source, picture.strict, page=frame - 1)
    facts = replace(_facts(loader, header), frames=facts.frames)
    _check_size(facts.size, limits)
    return replace(picture, header=header, facts=facts)


def _check_size(size: Size, limits: Limits) -> None:
    if size.pixels > limits.source_pixels:
        raise TooManyPixels(
            f"Expected a source of at most {limits.source_pixels} pixels "
            f"but got {size.width}x{size.height}, which is {size.pixels}.",
            remedy="Raise limits.source_pixels.",
        )


def damaged(error: Exception) -> DamagedImage:
    """Give our error for what libvips says of bytes it cannot decode."""
    return DamagedImage(
        "The source is damaged or cut short.",
        remedy='Store it anew, or set `damaged = "best_effort"`.',
        log=" ".join(str(error).split()),
    )


def _source(reader: Reader, loader: Loader, strict: bool) -> Any:
    """
    Give libvips the bytes as memory if they are all there, or all needed before it begins.

    Else it calls us for every 4 KiB, which takes time.
    """
    arrived, screen = reader.arrived(), loader.screen
    if arrived is not None:
        screened = joined(screen(iter([arrived]), strict), arrived) if screen else arrived
        return pyvips.Source.new_from_memory(screened)
    if screen:
        reader.screen(lambda chunks: screen(chunks, strict))
    if screen and loader.whole:
        data = reader.screened()
        if reader.error is not None:
            raise reader.error
        return pyvips.Source.new_from_memory(data)
    source = pyvips.SourceCustom()
    source.on_read(reader.read)
    return source


def _load(loader: Loader, source: Any, strict: bool, **options: Any) -> pyvips.Image:
    """Open a source of libvips', or bytes, of which it takes a copy: an image does not keep its source."""
    fail_on = loader.strict if strict else "none"
    operation = f"{loader.operation}_{'buffer' if isinstance(source, bytes) else 'source'}"
    return getattr(pyvips.Image, operation)(source, access="sequential", fail_on=fail_on, **options)


def _facts(loader: Loader, header: pyvips.Image) -> Facts:
    def number(name: str, default: int) -> int:
        return int(header.get(name)) if header.get_typeof(name) else default

    size = Size(header.width, number("page-height", header.height))
    orientation = number("orientation", 1) if loader.name != "avif" else 1  # libheif has turned it already
    profile = header.get("icc-profile-data") if header.get_typeof("icc-profile-data") else None
    space, frames = header.interpretation, number("n-pages", 1)
    simple = header.format == "uchar" and space in ("srgb", "b-w")
    return Facts(
        kind=loader.name,
        size=size,
        frames=frames,
        orientation=orientation,
        alpha=bool(header.hasalpha()),
        palette=bool(header.get_typeof("palette")),
        moving=loader.moving and frames > 1,
        gray=space in ("b-w", "grey16"),
        interlaced=bool(number("interlaced", 0)),
        plain=simple and not 2 <= orientation <= 8 and (profile is None or is_srgb(profile)),
    )
