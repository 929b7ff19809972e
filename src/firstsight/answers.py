"""Parts of an answer that do not depend on its pixels: headers, and facts for the log."""

from collections.abc import Mapping
from typing import Any

from firstsight import tokens
from firstsight.grammars import Wanted
from firstsight.settings import Settings


def always(settings: Settings, wanted: Wanted | None = None) -> dict[str, str]:
    """Give the headers that the settings, or the URL itself, ask for on every answer."""
    headers = {"Access-Control-Allow-Origin": settings.cors} if settings.cors else {}
    return headers | ({"Content-Disposition": wanted.disposition} if wanted and wanted.disposition else {})


def facts(wanted: Wanted, result: str, stages: Mapping[str, float] | None = None, **more: Any) -> dict[str, Any]:
    """Give what the log says of an answer, with the milliseconds of each stage."""
    found = {"source": wanted.source, "transform": tokens.canonical(wanted.transform), "result": result}
    return found | ({"ms": ms(stages)} if stages else {}) | more


def ms(stages: Mapping[str, float]) -> dict[str, float]:
    """Give seconds by stage in milliseconds."""
    return {name: round(seconds * 1000, 1) for name, seconds in stages.items()}
