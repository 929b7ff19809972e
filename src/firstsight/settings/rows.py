"""
SETTINGS: a row names, reads and documents one setting.

The defaults are in values.py; the reference page is printed from both.
"""

import re
from collections.abc import Callable
from typing import Any

from firstsight import tokens
from firstsight.records import dataclass
from firstsight.settings.dialects import Digest, Flavour, key_pairs, secrets, source_table
from firstsight.settings.keyring import keys
from firstsight.settings.readers import header, items, number, one_of, sizes, some_of, text, texts, truth, versions
from firstsight.settings.values import (
    SECTIONS,
    Access,
    Architecture,
    Damaged,
    Front,
    GrammarName,
    Metadata,
    Settings,
    Topology,
)
from firstsight.transform import Format, Transform

#: What the name of every environment variable starts with.
PREFIX = "FIRSTSIGHT_"


@dataclass(frozen=True, slots=True)
class Setting:
    """
    One row: a dotted name in the file, the reader of its value, its help, and an example in TOML.

    `read` takes what TOML or the environment gives and raises ValueError saying what was expected. What is `secret` is
    shown nowhere.
    """

    name: str
    read: Callable[[Any], Any]
    help: str
    example: str
    secret: bool = False

    @property
    def variable(self) -> str:
        """The environment variable that overrides it."""
        return PREFIX + self.name.replace(".", "_").upper()

    @property
    def default(self) -> Any:
        """What holds where it is not set."""
        section, _, name = self.name.rpartition(".")
        return getattr(SECTIONS[section]() if section else Settings(), name)

    @property
    def line(self) -> str:
        """An example of how it is set in the file."""
        section, _, name = self.name.rpartition(".")
        return f"{name} = {self.example}" + (f" in [{section}]" if section else "")

    @property
    def assignment(self) -> str:
        """The same example in the environment."""
        import tomllib

        value = tomllib.loads(f"example = {self.example}")["example"]
        words = ",".join(value) if isinstance(value, list) else str(value).lower() if value in (True, False) else value
        return f"{self.variable}={words}"


def stack_name(value: Any) -> str:
    """Read a name that CloudFormation takes for a stack and Lambda for a function."""
    if not isinstance(value, str) or not re.fullmatch("[A-Za-z][A-Za-z0-9-]{0,63}", value):
        raise ValueError("a name of at most 64 letters, digits and hyphens that start with a letter")
    return value


def queue_arn(value: Any) -> str:
    """Read the ARN of a queue."""
    if value and not re.fullmatch(r"arn:[a-z-]+:sqs:[a-z0-9-]+:\d{12}:[A-Za-z0-9_-]{1,80}", text(value)):
        raise ValueError("a queue of SQS by its ARN, and no FIFO queue")
    return text(value)


def hosts(value: Any) -> tuple[str, ...]:
    """Read `["img.example.com", ...]`."""
    names = items(value)
    if not all(isinstance(name, str) and re.fullmatch(r"[a-z0-9.-]+|\[[0-9a-f:]+\]", name) for name in names):
        raise ValueError('a list of host names in lower case and without ports, such as ["img.example.com"]')
    return tuple(names)


def spec(value: Any) -> Transform:
    """Read the spec of an image. Raises BadToken."""
    transform = tokens.parse(text(value))
    if transform.format is Format.JSON:
        raise ValueError("the spec of an image")
    return transform


def image_format(value: Any) -> Format:
    """Read the format of an image. Raises BadToken for one that is unknown."""
    format = tokens.read_format(text(value))
    if format is Format.JSON:
        raise ValueError("the format of an image")
    return format


SETTINGS: tuple[Setting, ...] = (
    Setting(
        "source", text, "The store of the sources: a folder, or a URL such as s3://bucket/prefix.", '"s3://my-photos"'
    ),
    Setting(
        "derivatives",
        text,
        "The store of the derivatives. Empty: the user's cache folder for a local source, else the source's own store.",
        '"s3://my-photos-made"',
    ),
    Setting("grammars", some_of(GrammarName), "The URL dialects that are understood.", '["native", "classic"]'),
    Setting(
        "access",
        one_of(Access),
        "Who may ask for what. presets: only presets, with a dpr of 1, 1.5, 2, 2.5 or 3 and any format, and the listed "
        "sizes; "
        "signed: also anything with a valid signature; open: anything.",
        '"presets"',
    ),
    Setting("sizes", sizes, "Classic sizes that are allowed beside the presets.", '["300x300", "90x90"]'),
    Setting(
        "keys",
        keys,
        "Signing keys, each an id and a secret of at least 16 characters joined by a colon, oldest first; the last "
        "signs. Or where they are kept, which is read at the start and every five minutes: file:///run/secrets/keys, "
        "secretsmanager:NAME or ssm:NAME.",
        '["a:change-me-to-a-long-secret"]',
        secret=True,
    ),
    Setting("cache_control", header, "The Cache-Control of derivatives.", '"public, max-age=86400"'),
    Setting(
        "cors",
        header,
        "The Access-Control-Allow-Origin of images, for scripts of other sites that read their pixels. Empty: none.",
        '"*"',
    ),
    Setting(
        "damaged",
        one_of(Damaged),
        "What to do with a source that is cut or damaged: refuse it, or show what can be decoded.",
        '"strict"',
    ),
    Setting(
        "metadata",
        one_of(Metadata),
        "What a derivative keeps of the source's metadata. strip: nothing; copyright: the EXIF artist and copyright, "
        "where the format holds EXIF; profile: the colours stay in the space of the embedded profile, which is kept, "
        "instead of being converted to sRGB. Never where a picture was taken.",
        '"copyright"',
    ),
    Setting(
        "similarity",
        number(0.5, 1, whole=False),
        "The structural similarity (SSIM, 1 is identical) that `qauto` leaves between an image and what it was before "
        "it was encoded.",
        "0.96",
    ),
    Setting(
        "watermark",
        text,
        "The source key of the watermark that `mark` lays over a result. When it changes, so do the results.",
        '"brand/watermark.png"',
    ),
    Setting(
        "watermarks",
        texts,
        "Other watermarks that `mark` may name: source keys, or folders with a slash at the end.",
        '["brand/sale.png", "brand/partners/"]',
    ),
    Setting("svg", truth, "Whether SVG sources are drawn. Nothing they refer to is loaded.", "false"),
    Setting(
        "refine",
        truth,
        "Whether an AVIF or WebP is encoded quickly for whoever asks for it first, and then again, slowly, by the "
        "function on AWS when the event of its put arrives; the smaller one stays.",
        "true",
    ),
    Setting("host", text, "The address the server listens on.", '"127.0.0.1"'),
    Setting(
        "hosts",
        hosts,
        "The host names the server answers to, without ports. Empty: any. `serve` that is open because nobody said "
        "otherwise answers to names of this machine only, so that no web page can reach it by a name of its own.",
        '["img.example.com"]',
    ),
    Setting("port", number(0, 65535), "The port the server listens on; 0 takes a free one.", "8000"),
    Setting("workers", number(1, 256), "Server processes.", "2"),
    Setting(
        "renders",
        number(0, 256),
        "Images made at the same time by a worker; 0 shares the processors among the workers.",
        "2",
    ),
    Setting(
        "queue",
        number(0, 100_000),
        "Images that may wait to be made by a worker; one more is answered 503. As long as more is asked for than can "
        "be made nobody waits, and each that finds no renderer free is answered so.",
        "64",
    ),
    Setting(
        "aws.topology",
        one_of(Topology),
        "How requests reach the function: website (S3's 404 rule redirects to it, and it redirects back), "
        "cdn (CloudFront asks it for what S3 does not have) or direct.",
        '"cdn"',
    ),
    Setting(
        "aws.public_url",
        text,
        "Where derivatives are served: the address of the website or of the CDN, without a slash at the end.",
        '"https://img.example.com"',
    ),
    Setting(
        "aws.name",
        stack_name,
        "What the stack and the function are called. Empty: firstsight- and the bucket's name.",
        '"firstsight-photos"',
    ),
    Setting(
        "aws.region",
        text,
        "The region of the stack, which has to be the bucket's. Empty: the bucket's, found by itself.",
        '"eu-central-1"',
    ),
    Setting(
        "aws.front",
        one_of(Front),
        "What stands before the function. auto: rest-api for a website, function-url otherwise.",
        '"http-api"',
    ),
    Setting(
        "aws.front_host",
        text,
        "The host under which the front is reached, such as a domain name of your own or that of a private AWS. "
        "Empty: the one AWS gives it.",
        '"images.example.com"',
    ),
    Setting(
        "aws.public",
        truth,
        "Whether the function URL of `direct` answers everyone; else it answers who may invoke it by IAM.",
        "true",
    ),
    Setting("aws.architecture", one_of(Architecture), "The processor of the function.", '"x86_64"'),
    Setting("aws.memory", number(128, 10_240), "MB of memory of the function.", "1769"),
    Setting("aws.timeout", number(1, 900), "Seconds the function may take; API Gateway waits for 29.", "20"),
    Setting(
        "aws.backfill",
        truth,
        "Whether the stack has what makes presets of all sources on AWS: a state machine, which costs nothing at rest.",
        "true",
    ),
    Setting(
        "aws.distribution",
        text,
        "The id of a CloudFront distribution of your own in front of the derivatives, which is told when derivatives "
        "are deleted. Empty: in topology cdn the stack's own.",
        '"E1ABCDEF2GHIJK"',
    ),
    Setting(
        "aws.expire_days",
        number(0, 36_500),
        "Days after which S3 deletes a derivative, which is made again when it is asked for; 0 is never. The "
        "derivatives have to be in a prefix or a bucket of their own: sources are never deleted.",
        "90",
    ),
    Setting(
        "aws.events",
        queue_arn,
        "A queue of SQS, by its ARN, that tells of changed sources, where the bucket already tells somebody else: its "
        "messages are S3's events, from S3, SNS or EventBridge. Empty: the bucket tells the function itself.",
        '"arn:aws:sqs:eu-central-1:123456789012:uploads"',
    ),
    Setting(
        "aws.dead_letters",
        text,
        "The queue of SQS, by its URL, for sources that cannot be made into their eager presets. A deploy makes one, "
        "and tells the function.",
        '"https://sqs.eu-central-1.amazonaws.com/123456789012/failed"',
    ),
    Setting("limits.source_bytes", number(1, 10**12), "Bytes of a source file.", "100000000"),
    Setting("limits.source_pixels", number(1, 10**10), "Pixels of a source, width times height.", "100000000"),
    Setting("limits.output_pixels", number(1, 10**10), "Pixels of a result, width times height.", "25000000"),
    Setting("limits.frames", number(1, 10**6), "Frames of an animation that is kept moving.", "500"),
    Setting(
        "limits.animation_pixels",
        number(1, 10**11),
        "Pixels of all frames of an animation together; beyond this or `frames` the first frame is given.",
        "100000000",
    ),
    Setting(
        "limits.memory",
        number(30_000_000, 10**13),
        "Bytes of memory that one image may take to make, as estimated from its header before it is decoded.",
        "1000000000",
    ),
    Setting(
        "limits.seconds",
        number(0.1, 900, whole=False),
        "Seconds a request may take, the store's answer included.",
        "10",
    ),
    Setting("limits.url_length", number(50, 100_000), "Bytes of a path.", "2000"),
    Setting("limits.tokens", number(1, 1_000), "Tokens of a spec, or words of a URL of another image server's.", "32"),
    Setting(
        "dialects.lenient",
        truth,
        "Whether a word of another image server's URL that cannot be done here is passed over instead of refused.",
        "true",
    ),
    Setting(
        "dialects.auto_format",
        truth,
        "Whether such a URL without a format is answered with what the client takes, instead of the source's format.",
        "true",
    ),
    Setting(
        "dialects.sources",
        source_table,
        "What the addresses in such URLs stand for: prefixes of addresses, each with the prefix of source keys in its "
        "place. Nothing is ever fetched from an address.",
        '["https://img.example.com/=", "s3://old-bucket/=old/"]',
    ),
    Setting("dialects.thumbor", one_of(Flavour), "Whose defaults thumbor's URLs have.", '"imagor"'),
    Setting(
        "dialects.thumbor_oriented",
        truth,
        "Whether the orientation in the file is followed, as thumbor does with RESPECT_ORIENTATION and imagor does.",
        "true",
    ),
    Setting(
        "dialects.thumbor_keys",
        secrets,
        "The keys that may have signed thumbor's URLs.",
        '["MY_SECURE_KEY"]',
        secret=True,
    ),
    Setting("dialects.thumbor_digest", one_of(Digest), "The hash of their signatures.", '"sha256"'),
    Setting(
        "dialects.thumbor_length",
        number(0, 128),
        "The characters that their signatures are cut to; 0 is none.",
        "40",
    ),
    Setting(
        "dialects.imgproxy_keys",
        key_pairs,
        "The pairs of key and salt that may have signed imgproxy's URLs, in hexadecimal digits. Empty: their "
        "signatures are not looked at, and prove nothing.",
        '["736563726574:68656c6c6f"]',
        secret=True,
    ),
    Setting("dialects.imgproxy_signature_bytes", number(1, 32), "The bytes that their signatures are cut to.", "8"),
    Setting(
        "dialects.dit_keys",
        secrets,
        "The secrets that may have signed URLs of AWS's Dynamic Image Transformation.",
        '["a-secret"]',
        secret=True,
    ),
)

#: What a table [presets.NAME] may hold.
PRESET: tuple[Setting, ...] = (
    Setting("transform", spec, "The spec of the preset: tokens, with or without a format.", '"200x200-smart-q80"'),
    Setting("format", image_format, "The format where the URL names none.", '"webp"'),
    Setting("eager", truth, "Whether it is made when the source arrives, before anybody asks.", "true"),
    Setting(
        "carrierwave",
        versions,
        "The versions of CarrierWave that it is: each the directory of the files, in which `*` is any one segment, and "
        "the version's name.",
        '["uploads/user/avatar/*/thumb"]',
    ),
)
