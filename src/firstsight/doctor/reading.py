"""Reads the facts, each once. Nothing here changes anything."""

import time
import traceback
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from firstsight.doctor import local
from firstsight.doctor.facts import Facts
from firstsight.doctor.finding import Hop
from firstsight.errors import FirstsightError
from firstsight.settings import Settings

if TYPE_CHECKING:
    from firstsight.aws.cloud import Cloud


def read(
    config: Path | None,
    hops: tuple[Hop, ...] = (),
    *,
    cloud_of: "Callable[[str | None], Cloud] | None" = None,
    now: Callable[[], float] = time.time,
    pause: Callable[[float], None] = time.sleep,
) -> Facts:
    """Read this machine, and AWS where the settings name a bucket of S3. `hops` are a walk that has been made."""
    file, settings = local.settings(config)
    wanted = settings is not None and names_s3(settings)
    facts = Facts(file, settings, local.read(settings), hops=hops, now=now())
    if settings is None or not wanted:
        return facts
    try:
        from firstsight.aws.cloud import Cloud
        from firstsight.doctor.looking import look
    except ImportError as error:
        return replace(
            facts, refused=f"{type(error).__name__}: {error}", remedy="In the checkout: pip install '.[aws]'."
        )
    try:
        return replace(facts, on_aws=look(settings, hops, cloud_of=cloud_of or Cloud, now=now, pause=pause))
    except FirstsightError as error:
        return replace(facts, refused=" ".join(filter(None, [error.message, error.log])), remedy=error.remedy)
    except Exception as error:  # whatever AWS says that nobody has foreseen: this machine and the hops are judged still
        frame = traceback.extract_tb(error.__traceback__)[-1]
        said = f"{type(error).__name__}: {error} ({frame.name}, line {frame.lineno})"
        return replace(facts, refused=said, remedy="This is a bug in Firstsight: report it with these lines.")


def names_s3(settings: Settings) -> bool:
    """Whether the settings name a bucket of S3."""
    return any(url.startswith("s3://") for url in (settings.source, settings.derivatives))
