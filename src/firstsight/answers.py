"""What is said with an image: in the headers of an answer, and as facts for the log."""

from collections.abc import Mapping
from typing import Any

from firstsight import tokens
from firstsight.grammars import Wanted
from firstsight.settings import Settings


def always(settings: Settings, wanted: Wanted | None = None) -> dict[str, str]:
    """Give the headers that every answer has where the settings, or the URL itself, ask for them."""
    headers = {"Access-Control-Allow-Origin": settings.cors} if settings.cors else {}
    return headers | ({"Content-Disposition": wanted.disposition} if wanted and wanted.disposition else {})


def facts(wanted: Wanted, result: str, stages: Mapping[str, float] | None = None, **more: Any) -> dict[str, Any]:
    """Give what is to be known of an answer, with the milliseconds of each stage."""
    found = {"source": wanted.source, "transform": tokens.canonical(wanted.transform), "result": result}
    return found | ({"ms": ms(stages)} if stages else {}) | more


def ms(stages: Mapping[str, float]) -> dict[str, float]:
    """Give seconds by stage in milliseconds."""
    return {name: round(seconds * 1000, 1) for name, seconds in stages.items()}
