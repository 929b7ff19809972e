"""Who may ask for what."""

from dataclasses import replace

from firstsight import signing
from firstsight.errors import BadSignature, NotAllowed
from firstsight.grammars import Wanted
from firstsight.settings import Settings
from firstsight.transform import Format

#: The highest device pixel ratio a preset may be asked for in without a signature.
MAX_PRESET_DPR = 3


def authorize(wanted: Wanted, signature: str, settings: Settings, now: float) -> None:
    """
    Let a request pass, or raise NotAllowed, BadSignature or SignatureExpired.

    `signature` is the leading segment of the path, or nothing. A signature that is there must be valid whatever the
    access setting, so that a wrong one is noticed.
    """
    if signature:
        signing.verify(f"/{wanted.key}", signature, settings.keys, now)
        return
    if settings.access == "open" or _is_listed(wanted, settings):
        return
    if settings.access == "signed":
        raise BadSignature("Expected a signed URL or a preset.", remedy="Sign it: firstsight url KEY SPEC --sign.")
    names = ", ".join(sorted(settings.presets)) or "none yet"
    raise NotAllowed(
        f"Only presets and listed sizes are served here (presets: {names}).",
        remedy='Add a preset or a size to the settings, or set `access` to "signed" or "open".',
    )


def _is_listed(wanted: Wanted, settings: Settings) -> bool:
    transform = wanted.transform
    if wanted.preset is not None:
        ratio_and_format = {"dpr": transform.dpr, "format": transform.format}
        small = transform.dpr <= max(MAX_PRESET_DPR, wanted.preset.transform.dpr)
        return small and replace(wanted.preset.transform, **ratio_and_format) == transform
    by_size = wanted.grammar.name == "classic" and transform.format is not Format.JSON
    return by_size and (transform.width, transform.height) in settings.sizes
