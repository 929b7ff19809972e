"""The HTML of a responsive image, as text: `<picture>`, `<source>` and `<img>` of the HTML standard, section 4.8."""

from dataclasses import dataclass
from html import escape

from firstsight.image.geometry import Size


@dataclass(frozen=True, slots=True)
class Candidate:
    """One URL and the width in pixels of the image it gives."""

    url: str
    width: int


@dataclass(frozen=True, slots=True)
class Source:
    """One format in all widths, narrowest first."""

    media_type: str
    candidates: tuple[Candidate, ...]

    @property
    def srcset(self) -> str:
        """The value of the attribute of that name."""
        return ", ".join(f"{candidate.url} {candidate.width}w" for candidate in self.candidates)


def picture(sources: list[Source], fallback: Source, *, sizes: str, alt: str, size: Size | None) -> str:
    """
    Write the element.

    A browser takes the first source whose format it knows, else the fallback, whose widest is also the plain `src`.
    `size` is that one's, in pixels; with it the browser keeps the place free before the image has come.
    """
    lines = [_tag("source", type=source.media_type, srcset=source.srcset, sizes=sizes) for source in sources]
    sides = {"width": str(size.width), "height": str(size.height)} if size else {}
    widest = fallback.candidates[-1].url
    lines.append(_tag("img", src=widest, srcset=fallback.srcset, sizes=sizes, **sides, alt=alt))
    return "\n".join(["<picture>", *(f"  {line}" for line in lines), "</picture>"])


def _tag(name: str, **attributes: str) -> str:
    return f"<{name} " + " ".join(f'{key}="{escape(value)}"' for key, value in attributes.items()) + ">"
