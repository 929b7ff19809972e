"""What a path asks for, whatever the dialect it is written in."""

from collections.abc import Callable, Iterator, Mapping

from firstsight import percent
from firstsight.grammars.proof import Proof
from firstsight.records import dataclass, replace
from firstsight.settings import Preset, Settings
from firstsight.transform import Format, Transform


@dataclass(frozen=True, slots=True)
class Wanted:
    """
    A source and what is wanted of it.

    `preset` is the preset the path names, if any; `transform` has it and the tokens after it applied.

    If a path can be read in several ways, `readings` are all of them, in the order in which their sources are looked
    for; the first whose source exists is meant, and this one is what access is decided by. Without any, this is the
    only one. An `untouched` source is answered as it is, byte for byte. `path` is the path as it was written, in a
    grammar that cannot build it from the rest.
    """

    grammar: "Grammar"
    source: str
    transform: Transform
    preset: Preset | None = None
    readings: "tuple[Wanted, ...]" = ()
    untouched: bool = False
    path: str = ""
    #: The name that a browser gives a file of it, without an extension, and whether it does so instead of showing it.
    filename: str = ""
    attached: bool = False
    #: What stands for a signature in a URL of another image server; such a URL is answered as it is written.
    proof: Proof | None = None

    @property
    def key(self) -> str:
        """The derivative key, which is also the canonical path without its leading slash."""
        return self.grammar.build(self)

    @property
    def disposition(self) -> str:
        """The Content-Disposition (RFC 6266) that the URL asks for, if any."""
        if not (self.filename or self.attached):
            return ""
        file = self.source.rpartition("/")[2]
        stem, _, own = file.rpartition(".") if "." in file[1:] else (file, "", "")
        ending = own if self.untouched or self.transform.format is Format.AUTO else self.transform.format.value
        name = percent.encode(f"{self.filename or stem}.{ending}".rstrip("."))
        return f"{'attachment' if self.attached else 'inline'}; filename*=UTF-8''{name}"

    def with_transform(self, transform: Transform) -> "Wanted":
        """Give the same with another transform, one in which `auto` has become a format."""
        return replace(self, transform=transform)


@dataclass(frozen=True, slots=True)
class Grammar:
    """
    One URL dialect.

    `parse` gives None for a path that is not of its form, and raises BadToken for one that is, with a mistake in it.
    `names` gives every path that a derivative of a source may have, in a grammar where these are finite and do not
    start with the source's key.
    """

    name: str
    form: str
    parse: Callable[[str, Mapping[str, Preset]], Wanted | None]
    build: Callable[[Wanted], str]
    names: Callable[[str, Settings], Iterator[str]] | None = None
