"""
Writing transforms as URLs of other image servers, which is the reverse of reading their grammars.

A writer spells what its dialect has words for and leaves out the rest. The URL is then read again, and given only if it
means exactly the transform that was asked for.
"""

from importlib import import_module

from firstsight.errors import BadSettings, FirstsightError
from firstsight.grammars import Notes, RawUrl, dialect, dit, imgproxy, thumbor
from firstsight.settings import GrammarName, Settings
from firstsight.transform import Format, Transform

#: The dialects that can be written.
WRITTEN = (GrammarName.THUMBOR, GrammarName.IMGPROXY, GrammarName.DIT)


def build(name: GrammarName, source: str, transform: Transform, settings: Settings) -> str | None:
    """
    Write what is wanted of a source as a path of another server's, percent-encoded and without a leading slash.

    It is not signed. None for what the dialect, with these settings, has no words for.
    """
    if transform.format is Format.JSON:
        return None
    paths: tuple[str, ...] = import_module(f"firstsight.grammars.{name}_writing").write(source, transform, settings)
    return next((path for path in paths if _means(path, name, source, transform, settings)), None)


def sign(name: GrammarName, path: str, settings: Settings) -> str:
    """Sign a path that `build` has given, with the last key of its dialect. Raises BadSettings where there is none."""
    keys = {
        GrammarName.THUMBOR: settings.dialects.thumbor_keys,
        GrammarName.IMGPROXY: settings.dialects.imgproxy_keys,
        GrammarName.DIT: settings.dialects.dit_keys,
    }[name]
    if not keys:
        raise BadSettings(f"There is no key to sign a URL of {name} with.", remedy=f"Set dialects.{name}_keys.")
    rest = path.partition("/")[2]
    if name is GrammarName.THUMBOR:
        return f"{thumbor.sign(rest, settings.dialects.thumbor_keys[-1], settings)}/{rest}"
    if name is GrammarName.IMGPROXY:
        key, salt = settings.dialects.imgproxy_keys[-1]
        return f"{imgproxy.sign(f'/{rest}', key, salt, settings.dialects.imgproxy_signature_bytes)}/{rest}"
    return f"{path}?signature={dit.sign(f'/{path}', {}, settings.dialects.dit_keys[-1])}"


def _means(path: str, name: GrammarName, source: str, transform: Transform, settings: Settings) -> bool:
    try:
        read = dialect(name).read(RawUrl(path), settings, Notes())
    except FirstsightError:
        return False
    return read is not None and not read.untouched and (read.source, read.transform) == (source, transform)
