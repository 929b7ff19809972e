"""The keys of the sources: those that cannot be served, and originals that look like derivatives."""

from collections.abc import Iterator

from firstsight import grammars
from firstsight.doctor import when
from firstsight.doctor.check import Check, Said, known
from firstsight.doctor.facts import Facts
from firstsight.doctor.finding import Verdict
from firstsight.doctor.local import SOME_KEYS
from firstsight.errors import FirstsightError

#: How many are shown.
_SHOWN = 5


def unservable(facts: Facts) -> Said | None:
    """Every key can be a path."""
    keys, _ = _keys(facts)
    wrong = [key for key in keys if any(segment in ("", ".", "..") for segment in key.rstrip("/").split("/"))]
    if not wrong:
        return None
    return Said(
        f"{len(wrong)} of {len(keys)} keys cannot be served: they have an empty segment, '.' or '..'.",
        tuple(wrong[:_SHOWN]),
        f"Copy each to another key: aws s3 mv 's3://BUCKET/{wrong[0]}' 's3://BUCKET/{_mended(wrong[0])}'.",
        Verdict.WARNING,
    )


def alike(facts: Facts) -> Said | None:
    """No original has a name that reads as a derivative's."""
    keys, complete = _keys(facts)
    found = list(_alike(facts, keys, complete))
    if not found:
        return None
    return Said(
        f"{len(found)} of {len(keys)} keys read as derivatives of what is not there.",
        tuple(f"{key} reads as made of {source}" for key, source in found[:_SHOWN]),
        "Rename them, or take the grammar that reads them so out of `grammars`.",
        Verdict.WARNING,
    )


def _alike(facts: Facts, keys: tuple[str, ...], complete: bool) -> Iterator[tuple[str, str]]:
    settings, there = when.settings(facts), set(keys)
    enabled = grammars.select(settings.grammars)
    for key in keys:
        try:
            wanted = grammars.parse(key, enabled, settings.presets)
        except FirstsightError:
            continue
        readings = [reading.source for reading in wanted.readings] or [wanted.source]
        if key in readings or any(source in there for source in readings):
            continue
        if complete or all(source < keys[-1] for source in readings):  # else it may be among those that were not read
            yield key, readings[0]


def _keys(facts: Facts) -> tuple[tuple[str, ...], bool]:
    """Give some source keys without their prefix, and whether they are all."""
    if facts.on_aws is not None:
        from firstsight.aws.reading import SOME_KEYS as SOME_ON_AWS

        bucket, prefix = facts.on_aws.found.sources, facts.on_aws.desired.stack.sources.prefix
        keys = known(bucket.keys) or ()
        return tuple(key.removeprefix(prefix) for key in keys), len(keys) < SOME_ON_AWS
    keys = facts.local.sources.keys if facts.local.sources else ()
    return keys, len(keys) < SOME_KEYS


def _mended(key: str) -> str:
    return "/".join(segment for segment in key.split("/") if segment not in ("", ".", ".."))


def _has_keys(facts: Facts) -> bool:
    return facts.settings is not None and (when.has_bucket(facts) or facts.local.sources is not None)


CHECKS = (
    Check(
        "keys-unservable",
        "Every key that was looked at can be served.",
        "A URL with `//`, `.` or `..` is changed by browsers and proxies on the way, so no such key is ever asked for.",
        _has_keys,
        unservable,
    ),
    Check(
        "keys-like-derivatives",
        "No original that was looked at reads as a derivative.",
        "It is taken for a derivative of another source, which is not there: its own sizes are never made.",
        _has_keys,
        alike,
    ),
)
