"""Who may ask for what."""

from firstsight import signing
from firstsight.errors import BadSignature, NotAllowed, SignatureExpired
from firstsight.grammars import Wanted
from firstsight.grammars.proof import Proof
from firstsight.records import replace
from firstsight.settings import Access, GrammarName, Settings
from firstsight.transform import Transform

#: The device pixel ratios a preset may be asked for in without a signature, beside its own: few, so that nobody can
#: have thousands of derivatives made by asking for 1.0001, 1.0002 and so on.
PRESET_DPRS = (1, 1.5, 2, 2.5, 3)


def authorize(wanted: Wanted, signature: str, settings: Settings, now: float) -> None:
    """
    Let a request pass, or raise NotAllowed, BadSignature or SignatureExpired.

    `signature` is the leading segment of the path, or nothing. A signature that is there must be valid whatever the
    access setting, so that a wrong one is noticed.
    """
    if wanted.proof is not None and _is_proven(wanted.proof, now):
        return
    if signature:
        signing.verify(f"/{wanted.key}", signature, settings.keys, now)
        return
    if settings.access == Access.OPEN or _is_listed(wanted, settings):
        return
    if settings.access == Access.SIGNED:
        raise BadSignature("Expected a signed URL or a preset.", remedy="Sign it: firstsight url KEY SPEC --sign.")
    if wanted.preset is not None:
        dprs = ", ".join(map(str, PRESET_DPRS))
        raise NotAllowed(
            f"Only another format and a dpr of {dprs} may be asked for of the preset '{wanted.preset.name}'.",
            remedy='Add a preset to the settings, or set `access` to "signed" or "open".',
        )
    names = ", ".join(sorted(settings.presets)) or "none yet"
    raise NotAllowed(
        f"Only presets and listed sizes are served here (presets: {names}).",
        remedy='Add a preset or a size to the settings, or set `access` to "signed" or "open".',
    )


def watermark(transform: Transform, settings: Settings) -> str:
    """
    Give the source key of the watermark that a transform lays over its result; nothing where it lays none.

    Raises NotAllowed for one that the settings do not list, whoever has signed.
    """
    if transform.mark is None:
        return ""
    key = transform.mark.image or settings.watermark
    if not transform.mark.image or settings.is_watermark(key):
        return key
    raise NotAllowed(
        f"Expected a watermark that is allowed here but got '{key[:100]}'.",
        remedy='Add it, or a folder, to the setting `watermarks`, for example watermarks = ["brand/"].',
    )


def _is_proven(proof: Proof, now: float) -> bool:
    """Whether a key of another image server's has signed. Raises BadSignature for a wrong signature, as for our own."""
    if proof.expires is not None and now >= proof.expires:
        raise SignatureExpired("The URL was valid until a time that has passed.")
    if proof.signature and not proof.is_valid:
        raise BadSignature(
            "The signature is not valid for this URL.", remedy=f"Sign it with one of the keys in {proof.setting}."
        )
    return bool(proof.signature)


def _is_listed(wanted: Wanted, settings: Settings) -> bool:
    transform = wanted.transform
    if wanted.preset is not None:
        preset = wanted.preset.transform
        listed = transform.dpr in (*PRESET_DPRS, preset.dpr)
        return listed and replace(preset, dpr=transform.dpr, format=transform.format) == transform
    return wanted.grammar.name == GrammarName.CLASSIC and (transform.width, transform.height) in settings.sizes
