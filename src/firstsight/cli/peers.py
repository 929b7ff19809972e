"""
The configuration of other image servers as settings.

Each has a table of the variables that mean something here; what is in none of them is said to be left out.
"""

import ast
import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from firstsight import tokens
from firstsight.errors import BadSettings, BadToken
from firstsight.grammars.dialect import Notes, build
from firstsight.grammars.imgproxy_chosen import Options
from firstsight.grammars.imgproxy_options import read
from firstsight.settings import Settings

Act = Callable[["Taken", str, Mapping[str, str]], str | None]


@dataclass(slots=True)
class Taken:
    """What is taken over: settings by dotted names, presets as specs, and a sentence about each variable."""

    settings: dict[str, Any] = field(default_factory=dict)
    presets: dict[str, str] = field(default_factory=dict)
    taken: list[tuple[str, str]] = field(default_factory=list)
    left: list[tuple[str, str]] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Peer:
    """One server: its grammar, what its variables mean, and how the names of all of them start."""

    grammar: str
    variables: Mapping[str, Act]
    prefix: str


def take(peer: str, text: str) -> Taken:
    """Read a configuration. Raises BadSettings for a text that is none."""
    values = _variables(text)
    imagor = peer == "thumbor" and any(name.startswith("IMAGOR_") for name in values)
    chosen = PEERS["imagor" if imagor else peer]
    taken = Taken({"grammars": [chosen.grammar]})
    if imagor:
        taken.settings["dialects.thumbor"] = "imagor"
    for name, value in values.items():
        act = chosen.variables.get(name)
        if act is None:
            if name.startswith(chosen.prefix):
                taken.left.append((name, "has no counterpart here"))
            continue
        before = dict(taken.settings), dict(taken.presets)
        sentence = act(taken, value, values)
        changed = [key for key, new in taken.settings.items() if before[0].get(key) != new]
        changed += [f"presets.{key}" for key in taken.presets if key not in before[1]]
        if changed:
            taken.taken.append((name, ", ".join(changed)))
        if sentence:
            taken.left.append((name, sentence))
    return taken


def _variables(text: str) -> dict[str, str]:
    """Read an environment file, JSON as AWS prints the variables of a function, or a thumbor.conf."""
    try:
        found = json.loads(text)
    except ValueError:
        found = None
    if isinstance(found, dict):
        for name in ("Configuration", "Environment", "Variables"):
            found = found.get(name, found)
        return {name: str(value) for name, value in found.items()}
    lines = [re.fullmatch(r"\s*(?:export\s+)?([A-Z][A-Z0-9_]*)\s*=\s*(.*?)\s*", line) for line in text.splitlines()]
    values = {match[1]: _literal(match[2]) for match in lines if match}
    if not values:
        raise BadSettings("Expected lines such as NAME=value but found none.", remedy="Name the configuration file.")
    return values


def _literal(text: str) -> str:
    """Give a value as text: what is in quotes, the items of a Python list joined by commas, or all of it."""
    try:
        if not text.startswith(("'", '"', "[", "(")):  # a number, or a list of them, stays as it is written
            raise ValueError(text)
        value = ast.literal_eval(text)
    except (ValueError, SyntaxError, MemoryError, RecursionError):
        return re.sub(r"\s+#.*", "", text).strip("'\"")
    return ",".join(map(str, value)) if isinstance(value, list | tuple) else str(value)


def _is_on(value: str) -> bool:
    return value.lower() in ("1", "t", "true", "yes", "on")


def _words(value: str) -> list[str]:
    return [word.strip() for word in value.split(",") if word.strip()]


# What a variable means.


def _set(name: str, read: Callable[[str], Any] = str) -> Act:
    def act(taken: Taken, value: str, values: Mapping[str, str]) -> str | None:
        try:
            if value:
                taken.settings[name] = read(value)
        except ValueError:
            return f"is no value for {name}"
        return None

    return act


def _on(name: str) -> Act:
    def act(taken: Taken, value: str, values: Mapping[str, str]) -> None:
        if _is_on(value):
            taken.settings[name] = True

    return act


def _same(value: str, sentence: str) -> Act:
    return lambda taken, given, values: None if given in ("", value) else sentence


def _left(sentence: str) -> Act:
    return lambda taken, value, values: sentence if value else None


def _nothing(taken: Taken, value: str, values: Mapping[str, str]) -> None:
    return None


def _age(value: str) -> str:
    return f"public, max-age={int(value)}"


def _megapixels(value: str) -> int:
    return int(float(value) * 1_000_000)


def _pairs(taken: Taken, value: str, values: Mapping[str, str]) -> str | None:
    keys, salts = _words(value), _words(values.get("IMGPROXY_SALT", ""))
    if len(keys) != len(salts):
        return "has not as many keys as there are salts"
    taken.settings["dialects.imgproxy_keys"] = [f"{key}:{salt}" for key, salt in zip(keys, salts, strict=True)]
    return None


def _source(taken: Taken, value: str, values: Mapping[str, str]) -> str | None:
    """A store that holds the sources, or prefixes of addresses; the first of S3 or of the disk is the source."""
    sentences = []
    for word in _words(value):
        if word.startswith("s3://") and "*" not in word:
            taken.settings.setdefault("source", word.rstrip("/"))
        elif word.startswith(("http://", "https://")) and "*" not in word:
            taken.settings.setdefault("dialects.sources", []).append(word.rstrip("/") + "/=")
        else:
            sentences.append(word)
    return f"names {', '.join(sentences)}: say what it stands for in dialects.sources" if sentences else None


def _bucket(taken: Taken, value: str, values: Mapping[str, str]) -> str | None:
    first, *others = _words(value)
    taken.settings["source"] = f"s3://{first}"
    return f"has other buckets, and one store is read here: {', '.join(others)}" if others else None


def _folder(taken: Taken, value: str, values: Mapping[str, str]) -> None:
    taken.settings["source"] = value
    if "IMGPROXY_LOCAL_FILESYSTEM_ROOT" in values:
        taken.settings.setdefault("dialects.sources", []).append("local:///=")


def _presets(taken: Taken, value: str, values: Mapping[str, str]) -> str | None:
    notes, failed, renamed = Notes(lenient=True), list[str](), list[str]()
    for line in _words(value):
        name, _, text = line.partition("=")
        options = Options()
        for segment in text.split("/"):
            read(options, segment, Settings(), notes)
        key = re.sub("[^a-z0-9_]", "_", name.lower())
        try:
            if tokens.is_token(key):
                raise BadToken(key, "a name that is no token")
            taken.presets[key] = tokens.canonical(build(options.settle(notes), line))
        except BadToken as error:
            failed.append(f"{name} ({error.token})")
        failed += [f"{word} of {name}" for word in options.of_the_answer]
        if key != name:
            renamed.append(f"{name} is {key}")
    failed += [f"{word} of a preset" for word, meaning in notes.lines if meaning == "left out"]
    sentences = [f"is taken over without {', '.join(failed)}"] if failed else []
    sentences += [f"has names that no preset has here: {', '.join(renamed)}"] if renamed else []
    return "; it ".join(sentences) or None


def _unsafe(taken: Taken, value: str, values: Mapping[str, str]) -> str | None:
    return 'lets anybody ask for anything; here that is access = "open"' if _is_on(value) else None


def _signature(taken: Taken, value: str, values: Mapping[str, str]) -> str | None:
    return "is on: put the secret from Secrets Manager into dialects.dit_keys" if _is_on(value) else None


def _loader(taken: Taken, value: str, values: Mapping[str, str]) -> str | None:
    """What a loader reads is in the store here; thumbor's own http_loader and those that fall back on it ask hosts."""
    if "http" not in value.lower():
        return None
    return (
        "fetches images from other hosts, which is never done here: "
        "say what their addresses stand for in dialects.sources"
    )


_QUALITY = "is another quality than the dialect's own: say it in presets or in the URLs"
_IMGPROXY: dict[str, Act] = {
    "IMGPROXY_KEY": _pairs,
    "IMGPROXY_SALT": _nothing,
    "IMGPROXY_SIGNATURE_SIZE": _set("dialects.imgproxy_signature_bytes", int),
    "IMGPROXY_PRESETS": _presets,
    "IMGPROXY_ALLOWED_SOURCES": _source,
    "IMGPROXY_BASE_URL": _source,
    "IMGPROXY_LOCAL_FILESYSTEM_ROOT": _folder,
    "IMGPROXY_USE_S3": _nothing,
    "IMGPROXY_AUTO_WEBP": _on("dialects.auto_format"),
    "IMGPROXY_AUTO_AVIF": _on("dialects.auto_format"),
    "IMGPROXY_ENABLE_WEBP_DETECTION": _on("dialects.auto_format"),
    "IMGPROXY_ENABLE_AVIF_DETECTION": _on("dialects.auto_format"),
    "IMGPROXY_MAX_SRC_RESOLUTION": _set("limits.source_pixels", _megapixels),
    "IMGPROXY_MAX_SRC_FILE_SIZE": _set("limits.source_bytes", int),
    "IMGPROXY_MAX_ANIMATION_FRAMES": _set("limits.frames", int),
    "IMGPROXY_TTL": _set("cache_control", _age),
    "IMGPROXY_WORKERS": _set("renders", int),
    "IMGPROXY_ALLOW_ORIGIN": _set("cors"),
    "IMGPROXY_WATERMARK_PATH": _left("is a file: put it into the store, and its key into the setting watermark"),
    "IMGPROXY_WATERMARK_URL": _left("is an address: put the image into the store, and its key into watermark"),
    "IMGPROXY_WATERMARK_OPACITY": _same("1", "multiplies every opacity, which is not done here"),
    "IMGPROXY_QUALITY": _same("80", _QUALITY),
    "IMGPROXY_FORMAT_QUALITY": _same("webp=79,avif=63,jxl=77", _QUALITY),
}
_THUMBOR: dict[str, Act] = {
    "SECURITY_KEY": _set("dialects.thumbor_keys", lambda value: [value]),
    "ALLOW_UNSAFE_URL": _unsafe,
    "RESPECT_ORIENTATION": _on("dialects.thumbor_oriented"),
    "AUTO_WEBP": _on("dialects.auto_format"),
    "AUTO_AVIF": _on("dialects.auto_format"),
    "MAX_AGE": _set("cache_control", _age),
    "MAX_PIXELS": _set("limits.source_pixels", lambda value: int(float(value))),
    "FILE_LOADER_ROOT_PATH": _folder,
    "TC_AWS_LOADER_BUCKET": _bucket,
    "ALLOWED_SOURCES": _left("allows hosts: say what their addresses stand for in dialects.sources"),
    "QUALITY": _same("80", _QUALITY),
    "LOADER": _loader,
    "STORAGE": _nothing,
    "RESULT_STORAGE": _nothing,
    "ENGINE": _nothing,
}
_IMAGOR: dict[str, Act] = {
    "IMAGOR_SECRET": _set("dialects.thumbor_keys", lambda value: [value]),
    "IMAGOR_SIGNER_TYPE": _set("dialects.thumbor_digest"),
    "IMAGOR_SIGNER_TRUNCATE": _set("dialects.thumbor_length", int),
    "IMAGOR_UNSAFE": _unsafe,
    "IMAGOR_AUTO_WEBP": _on("dialects.auto_format"),
    "IMAGOR_AUTO_AVIF": _on("dialects.auto_format"),
    "IMAGOR_CACHE_HEADER_TTL": _left("is how long a client may keep it: see cache_control"),
    "S3_LOADER_BUCKET": _bucket,
    "FILE_LOADER_BASE_DIR": _folder,
}
_DIT: dict[str, Act] = {
    "SOURCE_BUCKETS": _bucket,
    "AUTO_WEBP": _on("dialects.auto_format"),
    "ENABLE_SIGNATURE": _signature,
    "SECRETS_MANAGER": _nothing,
    "SECRET_KEY": _nothing,
    "CORS_ENABLED": _nothing,
    "CORS_ORIGIN": lambda taken, value, values: (
        _set("cors")(taken, value, values) if _is_on(values.get("CORS_ENABLED", "")) else None
    ),
    "SHARP_SIZE_LIMIT": _set("limits.source_pixels", int),
    "REWRITE_MATCH_PATTERN": _left("rewrites paths, which is not done here"),
    "REWRITE_SUBSTITUTION": _nothing,
    "ENABLE_DEFAULT_FALLBACK_IMAGE": lambda taken, value, values: (
        "gives an image in place of an error, which is not done here" if _is_on(value) else None
    ),
}
PEERS = {
    "imgproxy": Peer("imgproxy", _IMGPROXY, "IMGPROXY_"),
    "thumbor": Peer("thumbor", _THUMBOR, ""),
    "imagor": Peer("thumbor", _IMAGOR, ""),
    "dit": Peer("dit", _DIT, "\0"),  # its function has variables of all sorts
}
