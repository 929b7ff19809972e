"""What the operator decides, as values; the rows of SETTINGS say what each means."""

from collections.abc import Mapping, Sequence
from enum import StrEnum

from firstsight.records import dataclass, field
from firstsight.settings.dialects import Dialects
from firstsight.transform import Transform


class GrammarName(StrEnum):
    """The URL dialects by name; grammars/ has a file for each."""

    NATIVE = "native"
    CLASSIC = "classic"
    CARRIERWAVE = "carrierwave"
    THUMBOR = "thumbor"
    IMGPROXY = "imgproxy"
    DIT = "dit"
    IMAGE_OPTIMIZATION = "image_optimization"


#: The grammars that are understood unless the settings say otherwise: those of no other image server.
OWN_GRAMMARS = (GrammarName.NATIVE, GrammarName.CLASSIC, GrammarName.CARRIERWAVE)


class Access(StrEnum):
    """Who may ask for what: only what is listed, also what is signed, or anything."""

    PRESETS = "presets"
    SIGNED = "signed"
    OPEN = "open"


class Damaged(StrEnum):
    """What to do with a source that is cut or damaged: refuse it, or show what can be decoded."""

    STRICT = "strict"
    BEST_EFFORT = "best_effort"


class Metadata(StrEnum):
    """What a derivative keeps of the source's metadata."""

    STRIP = "strip"
    COPYRIGHT = "copyright"
    PROFILE = "profile"


class Topology(StrEnum):
    """How requests reach the function on AWS: S3's website, CloudFront, or the function alone."""

    WEBSITE = "website"
    CDN = "cdn"
    DIRECT = "direct"


class Front(StrEnum):
    """What stands before the function on AWS; `auto` leaves it to the topology."""

    AUTO = "auto"
    REST_API = "rest-api"
    HTTP_API = "http-api"
    FUNCTION_URL = "function-url"


class Architecture(StrEnum):
    """The processors that Lambda has."""

    ARM64 = "arm64"
    X86_64 = "x86_64"


@dataclass(frozen=True, slots=True)
class Preset:
    """
    A transform that the operator has named.

    `eager` presets are made when the source arrives; `carrierwave` are the versions of CarrierWave that it is, each a
    directory and the version's name.
    """

    name: str
    transform: Transform
    eager: bool = False
    carrierwave: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Key:
    """A signing key. Its secret is never shown, not even in a traceback."""

    id: str
    secret: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Limits:
    """How much one request may cost. Where a limit is met the error names it."""

    source_bytes: int = 100_000_000
    source_pixels: int = 100_000_000
    output_pixels: int = 25_000_000
    frames: int = 500
    animation_pixels: int = 100_000_000
    memory: int = 1_000_000_000
    seconds: float = 10
    url_length: int = 2_000
    tokens: int = 32


@dataclass(frozen=True, slots=True)
class Aws:
    """What holds on AWS only."""

    topology: Topology = Topology.DIRECT
    public_url: str = ""
    name: str = ""
    region: str = ""
    front: Front = Front.AUTO
    front_host: str = ""
    public: bool = False
    architecture: Architecture = Architecture.ARM64
    memory: int = 1536
    timeout: int = 10
    backfill: bool = False
    distribution: str = ""
    expire_days: int = 0
    events: str = ""
    dead_letters: str = ""


#: The tables of the settings file that are not presets.
SECTIONS: dict[str, type[Limits] | type[Aws] | type[Dialects]] = {"limits": Limits, "dialects": Dialects, "aws": Aws}


@dataclass(frozen=True, slots=True)
class Settings:
    """All settings, validated. The rows of SETTINGS say what each means."""

    source: str = "."
    derivatives: str = ""
    grammars: tuple[GrammarName, ...] = OWN_GRAMMARS
    access: Access = Access.PRESETS
    sizes: tuple[tuple[int, int], ...] = ()
    keys: Sequence[Key] = ()
    presets: Mapping[str, Preset] = field(default_factory=dict)
    limits: Limits = Limits()
    cache_control: str = "public, max-age=3600"
    cors: str = ""
    damaged: Damaged = Damaged.STRICT
    metadata: Metadata = Metadata.STRIP
    similarity: float = 0.95
    watermark: str = ""
    watermarks: tuple[str, ...] = ()
    svg: bool = False
    refine: bool = False
    host: str = "127.0.0.1"
    hosts: tuple[str, ...] = ()
    port: int = 8000
    workers: int = 1
    renders: int = 0
    queue: int = 32
    dialects: Dialects = Dialects()
    aws: Aws = Aws()

    def is_watermark(self, key: str) -> bool:
        """Whether a source key is a watermark: the one, or one of those that are listed, by name or by folder."""
        listed = any(key == known or (known.endswith("/") and key.startswith(known)) for known in self.watermarks)
        return bool(key) and (key == self.watermark or listed)

    @property
    def manner(self) -> str:
        """The settings that decide a derivative's bytes beside its transform, unless they have their defaults."""
        usual = Settings()
        names = ("damaged", "metadata", "similarity")
        return " ".join(
            f"{name}={getattr(self, name)}" for name in names if getattr(self, name) != getattr(usual, name)
        )
