"""What things are called on AWS, and where they are: names, places, hosts. Pure."""

from dataclasses import dataclass
from urllib.parse import unquote, urlsplit

from firstsight.errors import BadSettings
from firstsight.http import digest
from firstsight.settings import Settings

#: The regions whose website endpoint is written with a hyphen, s3-website-REGION; all later ones have a dot
#: (AWS General Reference, Amazon S3 website endpoints).
HYPHENATED = (
    "us-east-1",
    "us-west-1",
    "us-west-2",
    "ap-southeast-1",
    "ap-southeast-2",
    "ap-northeast-1",
    "eu-west-1",
    "sa-east-1",
    "us-gov-west-1",
)
#: What a region is called: eu-west-1, us-gov-west-1, eusc-de-east-1.
REGION = r"[a-z]{2,4}(?:-[a-z]+)+-\d"
#: Partitions by what their regions start with, each with the domain of its hosts.
PARTITIONS = (
    ("cn-", "aws-cn", "amazonaws.com.cn"),
    ("us-gov-", "aws-us-gov", "amazonaws.com"),
    ("eusc-", "aws-eusc", "amazonaws.eu"),
    ("", "aws", "amazonaws.com"),
)
#: The aliases of the function: the version that is asked, and the one that is tried before it is.
LIVE, NEXT = "live", "next"
#: The most characters of a function's name (Lambda API, CreateFunction).
LONGEST_NAME = 64


@dataclass(frozen=True, slots=True)
class Place:
    """A bucket and the prefix in it, empty or ending with a slash."""

    bucket: str
    prefix: str = ""

    @property
    def url(self) -> str:
        """The store's URL."""
        return f"s3://{self.bucket}/{self.prefix}".rstrip("/")


@dataclass(frozen=True, slots=True)
class Partition:
    """A part of AWS that is closed in itself: the word for it in ARNs, and the domain of its hosts."""

    name: str
    domain: str


def place(url: str, setting: str = "source") -> Place:
    """Read s3://bucket/prefix. Raises BadSettings for another kind of store."""
    parts = urlsplit(url)
    if parts.scheme != "s3" or not parts.netloc:
        raise BadSettings(
            f"Expected '{setting}' to be a bucket of S3 but got '{url}'.",
            remedy=f'Write {setting} = "s3://BUCKET" or "s3://BUCKET/PREFIX" into firstsight.toml.',
        )
    prefix = unquote(parts.path).strip("/")
    return Place(parts.netloc, f"{prefix}/" if prefix else "")


def places(settings: Settings) -> tuple[Place, Place]:
    """Give where the sources and where the derivatives are. Raises BadSettings."""
    sources = place(settings.source)
    return sources, place(settings.derivatives, "derivatives") if settings.derivatives else sources


def partition(region: str) -> Partition:
    """Give the partition of a region."""
    return next(Partition(name, domain) for start, name, domain in PARTITIONS if region.startswith(start))


def website_host(bucket: str, region: str) -> str:
    """Give the host of a bucket's website, in the form that its region has."""
    joint = "-" if region in HYPHENATED else "."
    return f"{bucket}.s3-website{joint}{region}.{partition(region).domain}"


def website_url(derivatives: Place, region: str) -> str:
    """Give the address under which the website serves derivatives, without a slash at its end."""
    return f"http://{website_host(derivatives.bucket, region)}/{derivatives.prefix}".rstrip("/")


def stack_name(settings: Settings) -> str:
    """Give what the stack and the function are called: as set, or for the bucket of the derivatives."""
    if settings.aws.name:
        return settings.aws.name
    name = f"firstsight-{places(settings)[1].bucket}".replace(".", "-")
    return shortened(name, LONGEST_NAME)


def shortened(name: str, most: int) -> str:
    """Give a name of at most so many characters, another one for each name."""
    return name if len(name) <= most else f"{name[: most - 9]}-{digest(name)[:8]}"


def artefacts_bucket(account: str, region: str) -> str:
    """Give the bucket that holds bundles and what is remembered, one for an account and region."""
    return f"firstsight-{account}-{region}"


def function_arn(name: str, account: str, region: str, alias: str = LIVE) -> str:
    """Give the ARN of an alias of the function."""
    return f"arn:{partition(region).name}:lambda:{region}:{account}:function:{name}:{alias}"


def sid(name: str) -> str:
    """Give the id of our policy statement, which may have letters and digits only."""
    return "Firstsight" + "".join(word.capitalize() for word in name.removeprefix("firstsight-").split("-"))
