"""
What is remembered between one deploy and the next, beside the bundles: what the bucket had before, and which versions
of the function have been live.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from firstsight.errors import FirstsightError

#: The form of what is remembered; one that is newer is not understood and not touched.
FORM = 1


class StateUnreadable(FirstsightError):
    """What an earlier deploy remembered cannot be read, and without it nothing is changed."""

    code = "state-unreadable"
    title = "State unreadable"


@dataclass(frozen=True, slots=True)
class Kept:
    """A document of the bucket: as it was without us, as we left it, and our part of it."""

    before: Any
    after: Any
    ours: Any
    #: The bucket whose document it is.
    bucket: str = ""


@dataclass(frozen=True, slots=True)
class State:
    """What is remembered of one stack."""

    bucket: str
    documents: Mapping[str, Kept] = field(default_factory=dict)
    #: The versions that have been live, the latest last.
    live: tuple[str, ...] = ()
    #: What the last deploy that went through to its end was of.
    finished: str = ""
    #: Buckets that we made.
    made: tuple[str, ...] = ()
    #: Where the smoke test's images are, as long as they may be there.
    probes: tuple[str, ...] = ()
    #: The deploy, rollback or destroy that wrote it last, by a name of its own, so that no two write the same bytes.
    writer: str = ""
    #: The ETag of what it was read from, or written as; nothing where nothing is there. It is no part of it.
    etag: str = field(default="", compare=False)
    form: int = FORM


def to_dict(state: State) -> dict[str, Any]:
    """Give what is written as JSON."""
    return {name: value for name, value in asdict(state).items() if name != "etag"}


def from_dict(data: Mapping[str, Any]) -> State:
    """Read it back. Raises StateUnreadable."""
    if data.get("form") != FORM:
        raise StateUnreadable(
            f"Expected what is remembered to be of form {FORM} but got {data.get('form')!r}.",
            remedy="It was written by another version of Firstsight: use that one, or a later one.",
        )
    try:
        return State(
            bucket=data["bucket"],
            documents={kind: Kept(**kept) for kind, kept in data["documents"].items()},
            live=tuple(data["live"]),
            finished=data["finished"],
            made=tuple(data["made"]),
            probes=tuple(data["probes"]),
            writer=data.get("writer", ""),
        )
    except (KeyError, TypeError, AttributeError) as error:
        raise StateUnreadable(
            "What is remembered of earlier deploys is damaged.",
            remedy="Restore an earlier version of that object; the bucket keeps them.",
            log=f"{type(error).__name__}: {error}",
        ) from error
