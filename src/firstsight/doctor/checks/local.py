"""This machine: Python, libvips and its codecs, packages, folders, room on the disk, and a way to AWS."""

import re

from firstsight.doctor import when
from firstsight.doctor.check import Check, Said
from firstsight.doctor.facts import Facts
from firstsight.doctor.finding import Verdict

#: What Firstsight needs, as its package says.
PYTHON = (3, 11)
#: The least libvips with all that is used of it.
LIBVIPS = (8, 13)
#: What is read and written wherever libvips has its usual codecs.
READS, WRITES = ("jpeg", "png", "webp", "gif"), ("jpg", "png", "webp", "avif", "gif")
#: Bytes of room below which making images is about to fail, or has.
LITTLE, NONE = 1_000_000_000, 50_000_000


def python(facts: Facts) -> Said | None:
    """Python is new enough."""
    if _numbers(facts.local.python) >= PYTHON:
        return None
    return Said(
        f"Python {facts.local.python} is too old.",
        (f"python --version: {facts.local.python}", "needed: 3.11 or newer"),
        "Install Python 3.11 or newer, and Firstsight with it.",
    )


def libvips(facts: Facts) -> Said | None:
    """Libvips loads, and is new enough."""
    if facts.local.broken:
        return Said(
            "libvips does not load.",
            (facts.local.broken,),
            "pip install --force-reinstall pyvips pyvips-binary: the second brings libvips along.",
        )
    if _numbers(facts.local.libvips) >= LIBVIPS:
        return None
    return Said(
        f"libvips {facts.local.libvips} is too old.",
        (f"libvips: {facts.local.libvips}", "needed: 8.13 or newer"),
        "pip install pyvips-binary, which brings a newer one, or update your system's.",
    )


def codecs(facts: Facts) -> Said | None:
    """Libvips has its codecs."""
    lacking = [f"reads no {name}" for name in READS if name not in facts.local.reads]
    lacking += [f"writes no {name}" for name in WRITES if name not in facts.local.writes]
    if not lacking:
        return None
    return Said(
        "This libvips lacks codecs.",
        (*lacking, f"reads: {', '.join(facts.local.reads)}", f"writes: {', '.join(facts.local.writes)}"),
        "pip install pyvips-binary, whose libvips has them all.",
    )


def packages(facts: Facts) -> Said | None:
    """Every package is there, and new enough."""
    lacking = [one for one in facts.local.packages if _numbers(one.installed) < _numbers(one.least)]
    if not lacking:
        return None
    return Said(
        f"The package {lacking[0].name} is {'too old' if lacking[0].installed else 'not installed'}.",
        tuple(f"{one.name}: {one.installed or 'not installed'} (needed: {one.least} or newer)" for one in lacking),
        "In the checkout: pip install --upgrade '.[aws]'.",
    )


def sources(facts: Facts) -> Said | None:
    """The folder of the sources is there, and can be read."""
    folder = facts.local.sources
    if folder is None or (folder.exists and folder.readable):
        return None
    state = "may not be read" if folder.exists else "is not there"
    return Said(
        f"The folder of the sources {state}.",
        (f"source: {folder.path}",),
        f"chmod -R u+rX '{folder.path}', as its owner." if folder.exists else "Make it, or correct `source`.",
    )


def derivatives(facts: Facts) -> Said | None:
    """The folder of the derivatives can be written."""
    folder = facts.local.derivatives
    if folder is None or folder.writable:
        return None
    return Said(
        "The folder of the derivatives may not be written.",
        (f"derivatives: {folder.path}",),
        f"chown -R $USER '{folder.path}', or set `derivatives` to a folder of yours.",
    )


def disk(facts: Facts) -> Said | None:
    """There is room for derivatives."""
    folder = facts.local.derivatives
    if folder is None or folder.free >= LITTLE:
        return None
    return Said(
        "The disk of the derivatives is nearly full."
        if folder.free >= NONE
        else "The disk of the derivatives is full.",
        (f"{folder.path}: {folder.free / 1e6:.0f} MB free",),
        "Delete what is not needed, or set `derivatives` to another disk; firstsight orphans finds what is no use.",
        Verdict.WARNING if folder.free >= NONE else Verdict.FAILURE,
    )


def aws(facts: Facts) -> Said | None:
    """AWS can be read."""
    if not facts.refused:
        return None
    return Said("AWS could not be read.", (facts.refused,), facts.remedy, Verdict.UNKNOWN)


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(int(number) for number in re.findall(r"\d+", version)[:3])


def _is_local(facts: Facts) -> bool:
    return facts.local.sources is not None


def _keeps_local(facts: Facts) -> bool:
    return facts.local.derivatives is not None


def _loads(facts: Facts) -> bool:
    return not facts.local.broken


def _asked(facts: Facts) -> bool:
    return facts.on_aws is not None or bool(facts.refused)


CHECKS = (
    Check(
        "python",
        "Python is new enough.",
        "An older one does not know what the code is written in.",
        when.always,
        python,
    ),
    Check(
        "libvips",
        "libvips loads, and is new enough.",
        "Without it no image is made.",
        when.always,
        libvips,
    ),
    Check(
        "codecs",
        "libvips reads and writes every format.",
        "A format that it lacks is answered with an error.",
        _loads,
        codecs,
    ),
    Check(
        "packages",
        "Every package is there, and new enough.",
        "What is older lacks what is used of it; the failure is then somewhere else.",
        when.always,
        packages,
    ),
    Check(
        "folder-sources",
        "The folder of the sources can be read.",
        "Every image is a 404, or a 502.",
        _is_local,
        sources,
        ("request-*",),
    ),
    Check(
        "folder-derivatives",
        "The folder of the derivatives can be written.",
        "What cannot be kept is made anew for every request.",
        _keeps_local,
        derivatives,
    ),
    Check(
        "disk-space",
        "There is room for derivatives.",
        "What cannot be kept is made anew for every request.",
        _keeps_local,
        disk,
    ),
    Check(
        "aws-unread",
        "AWS can be read.",
        "Nothing is known of what runs there.",
        _asked,
        aws,
    ),
)
