"""
Derivatives that are made before anybody asks: what of a source is missing, and all of that from one decode.

    a source and presets -> wanted (grammars/ahead) -> variants, each with its key -> those missing -> made and kept

A derivative that is stored and up to date is not made again, so a second run does nothing.
"""

from collections.abc import Sequence

from firstsight import derivatives
from firstsight.access import watermark
from firstsight.errors import (
    DamagedImage,
    FirstsightError,
    TooManyBytes,
    UnsupportedFormat,
)
from firstsight.grammars import carrierwave
from firstsight.grammars.ahead import NEGOTIATED
from firstsight.grammars.wanted import Wanted
from firstsight.image import Facts, render_many, resolve, start
from firstsight.image.efforts import Effort
from firstsight.image.reader import check_bytes
from firstsight.records import dataclass
from firstsight.service import ORDINARY, Service, had_to_be_named
from firstsight.settings import Damaged, GrammarName
from firstsight.stores import BlobInfo
from firstsight.transform import Format, Transform

#: Errors of the source itself, which every derivative of it would meet.
_OF_THE_SOURCE = (DamagedImage, UnsupportedFormat, TooManyBytes)


@dataclass(frozen=True, slots=True)
class Variant:
    """One derivative: its key, and its transform in a concrete format."""

    key: str
    transform: Transform


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one derivative: its size in bytes, or the code of an error and what it says."""

    source: str
    key: str
    size: int = 0
    error: str = ""
    reason: str = ""


def missing(service: Service, source: BlobInfo, wanted: Sequence[Wanted]) -> tuple[Variant, ...]:
    """
    Give the derivatives that are not stored, or are out of date.

    The source's header is read only if a format depends on it. Nothing is missing of a blob that is itself a derivative
    or a version that CarrierWave has stored; and a version that CarrierWave has stored is not missing either.
    Raises FirstsightError.
    """
    facts = _facts(service, source) if any(one.transform.format is Format.AUTO for one in wanted) else ORDINARY
    if facts is None:
        return ()
    found = {key: variant for one in wanted for key, variant in _variants(service, one, facts)}
    lacking = tuple(variant for variant in found.values() if not _is_there(service, source, variant))
    if not lacking or (facts is ORDINARY and _is_derivative(service, source)):
        return ()
    if _is_version(service, source.key):
        return ()
    versions = {one.key for one in wanted if one.grammar.name == GrammarName.CARRIERWAVE}
    return tuple(one for one in lacking if one.key not in versions or not _is_theirs(service, one.key))


def make(service: Service, key: str, variants: Sequence[Variant]) -> list[Outcome]:
    """Make and store derivatives of a source, which is read and decoded once. What goes wrong is in the outcomes."""
    try:
        blob = service.sources.get(key)
        check_bytes(blob.info.size, service.settings.limits.source_bytes)
        data = blob.read()
    except FirstsightError as error:
        return [failed(key, variant.key, error) for variant in variants]
    return _make(service, blob.info, data, variants)


def _make(service: Service, source: BlobInfo, data: bytes, variants: Sequence[Variant]) -> list[Outcome]:
    settings = service.settings
    try:
        marks = {watermark(variant.transform, settings) for variant in variants} - {""}
        if len(marks) > 1:
            return [outcome for variant in variants for outcome in _make(service, source, data, [variant])]
        rendered = render_many(
            iter([data]),
            [variant.transform for variant in variants],
            limits=settings.limits,
            svg=settings.svg,
            strict=settings.damaged == Damaged.STRICT,
            metadata=settings.metadata,
            similarity=settings.similarity,
            effort=Effort.SLOW if settings.refine else Effort.USUAL,  # nobody waits
            watermark=service.sources.get(marks.pop()).read() if marks else None,
        )
    except FirstsightError as error:
        if len(variants) == 1 or isinstance(error, _OF_THE_SOURCE):
            return [failed(source.key, variant.key, error) for variant in variants]
        return [outcome for variant in variants for outcome in _make(service, source, data, [variant])]
    outcomes = []
    for variant, made in zip(variants, rendered, strict=True):
        try:
            derivatives.keep(
                service.derivatives,
                variant.key,
                made.data,
                source=source,
                transform=variant.transform,
                manner=_manner(service, variant),
                media_type=made.media_type,
                cache_control=settings.cache_control,
                animation=derivatives.first_of(made.source.frames) if made.still else "",
                named=had_to_be_named(variant.transform, made.source),
            )
            outcomes.append(Outcome(source.key, variant.key, len(made.data)))
        except FirstsightError as error:
            outcomes.append(failed(source.key, variant.key, error))
    return outcomes


def failed(source: str, key: str, error: FirstsightError) -> Outcome:
    """Give the outcome of a derivative that could not be made, with what the operator may read of the error."""
    reason = f"{error.message} ({error.log})" if error.log else error.message
    return Outcome(source, key, 0, error.code, reason)


def _variants(service: Service, wanted: Wanted, facts: Facts) -> list[tuple[str, Variant]]:
    """Give the derivatives that a path stands for: several, where the format is negotiated with the client."""
    found = []
    for accepted in NEGOTIATED if not service.is_website else (frozenset[Format](),):
        concrete = wanted.with_transform(resolve(wanted.transform, facts, accepted))
        key = service.key(wanted, concrete)
        found.append((key, Variant(key, concrete.transform)))
    return found


def _facts(service: Service, source: BlobInfo) -> Facts | None:
    """Give what the source's header says, or None where the blob is itself a derivative."""
    known = service.seen.get((source.key, source.etag))
    if known is not None:
        return known
    blob = service.sources.get(source.key)
    if derivatives.is_derivative(blob.info):
        return None
    facts = start(blob.chunks, service.settings.limits, svg=service.settings.svg, strict=False).facts
    service.remember(blob.info, facts)
    return facts


def _is_there(service: Service, source: BlobInfo, variant: Variant) -> bool:
    tag = derivatives.tag(source, variant.transform, _manner(service, variant))
    return derivatives.is_stored(service.derivatives, variant.key, tag)


def _is_derivative(service: Service, source: BlobInfo) -> bool:
    return service.sources.keeps_attributes and derivatives.is_derivative(service.sources.head(source.key))


def _is_version(service: Service, key: str) -> bool:
    """Whether a source is a version that CarrierWave has made of another, by its name."""
    if GrammarName.CARRIERWAVE not in service.settings.grammars:
        return False
    read = carrierwave.parse(key, service.settings.presets)
    readings = read.readings if read is not None else ()
    return any(not one.untouched and _is_theirs(service, one.source) for one in readings)


def _is_theirs(service: Service, key: str) -> bool:
    """Whether the sources hold a blob of that key that is no derivative of ours."""
    info = service.sources.head_or_none(key)
    return info is not None and not derivatives.is_derivative(info)


def _manner(service: Service, variant: Variant) -> str:
    mark = watermark(variant.transform, service.settings)
    return service.manner(service.sources.head(mark).etag if mark else "")
