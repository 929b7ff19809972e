"""A first firstsight.toml for a bucket, from what can be seen of it. Pure."""

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from firstsight.aws import documents
from firstsight.aws.facts import Bucket, Fact
from firstsight.aws.warnings import is_open
from firstsight.settings import Topology

#: The most sizes that are taken over from the keys of an earlier system.
MOST_SIZES = 20
_IMAGE = re.compile(r"\.(?:jpe?g|png|webp|avif|gif|tiff?)$", re.IGNORECASE)
_CLASSIC = re.compile(r"([1-9]\d*x[1-9]\d*)/(.+)")


@dataclass(frozen=True, slots=True)
class Earlier:
    """How an earlier system has named its derivatives: its sizes by how often, its versions with an example."""

    sizes: tuple[str, ...] = ()
    versions: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Proposal:
    """What is proposed, and what was seen, a sentence each."""

    source: str
    topology: Topology
    reason: str
    seen: tuple[str, ...]
    earlier: Earlier


def propose(bucket: Bucket, account_block: Fact[dict[str, bool]]) -> Proposal:
    """Say what suits a bucket."""
    earlier = earlier_system(bucket.keys.value or ())
    topology, reason = _topology(bucket, account_block)
    return Proposal(f"s3://{bucket.name}", topology, reason, tuple(_seen(bucket)), earlier)


def _topology(bucket: Bucket, account_block: Fact[dict[str, bool]]) -> tuple[Topology, str]:
    if not bucket.exists:
        return Topology.CDN, "the bucket is new, and can stay private"
    website, policy = bucket.documents["website"], bucket.documents["policy"]
    blocks = [fact.value or {} for fact in (bucket.documents["block"], account_block)]
    blocked = any(flags.get("BlockPublicPolicy") or flags.get("RestrictPublicBuckets") for flags in blocks)
    if website.unknown or policy.unknown:
        return Topology.CDN, "whether the bucket is a public website could not be read, and this needs no public one"
    if website.value and blocked:
        return Topology.CDN, "the bucket has a website, but Block Public Access keeps everyone from it"
    if website.value and any(_reads(statement) for statement in documents.statements(policy.value)):
        return Topology.WEBSITE, "the bucket is a public website already, so its addresses stay as they are"
    return Topology.CDN, "the bucket is private, and stays so: only CloudFront and the function read it"


def _reads(statement: dict[str, object]) -> bool:
    everyone = statement.get("Principal") in ("*", {"AWS": "*"})
    actions = statement.get("Action")
    named = [actions] if isinstance(actions, str) else actions if isinstance(actions, list) else []
    return statement.get("Effect") == "Allow" and everyone and bool({"s3:GetObject", "s3:*", "*"} & set(named))


def earlier_system(keys: Iterable[str]) -> Earlier:
    """
    Find derivatives among keys.

    `300x200/KEY` is one of the AWS sample's where KEY is there as well; `DIR/thumb_NAME` one of CarrierWave's where
    `DIR/NAME` is.
    """
    there = {key for key in keys if _IMAGE.search(key)}
    sizes: Counter[str] = Counter()
    versions: dict[str, str] = {}
    for key in sorted(there):
        if (classic := _CLASSIC.fullmatch(key)) and classic[2] in there:
            sizes[classic[1]] += 1
        version = next((name for name, source in _versions(key) if source in there), None)
        if version:
            versions.setdefault(version, key)
    found = tuple(size for size, _ in sizes.most_common(MOST_SIZES))
    return Earlier(found, tuple(versions.items()))


def _versions(key: str) -> Iterator[tuple[str, str]]:
    """Give every way to read a name as a version's and a source's, the longest version first: `a_b_c.jpg`, `a_b`."""
    folder, slash, name = key.rpartition("/")
    words = name.split("_")
    for count in range(len(words) - 1, 0, -1):
        version = "_".join(words[:count])
        if re.fullmatch("[a-z0-9_]+", version):
            yield version, f"{folder}{slash}{'_'.join(words[count:])}"


def _seen(bucket: Bucket) -> Iterator[str]:
    if not bucket.exists:
        yield "There is no such bucket yet; deploy makes it."
        return
    yield f"It is in {bucket.region}."
    for name, fact in {**bucket.documents, "encryption": bucket.encryption, "keys": bucket.keys}.items():
        if fact.unknown:
            yield f"Its {name} could not be read: {fact.unknown}."
    told = {
        "website": "It has a website, whose rules stay.",
        "policy": "It has a policy, whose statements stay.",
        "notifications": "It tells others of changes, which stays.",
        "block": "It has Block Public Access.",
    }
    block = bucket.documents["block"].value or {}
    there = {kind for kind in told if bucket.documents[kind].value} - ({"block"} if not any(block.values()) else set())
    yield from (sentence for kind, sentence in told.items() if kind in there)
    if any(is_open(statement) for statement in documents.statements(bucket.documents["policy"].value)):
        yield "Its policy lets everyone do more than read: look at that."
    if bucket.kms_key:
        yield f"It is encrypted with KMS ({bucket.kms_key})."
    if bucket.ownership.value:
        yield f"Who owns what is put into it: {bucket.ownership.value}."
    yield f"Versions of its objects: {(bucket.versioning.value or 'not kept').lower()}."


def text(proposal: Proposal) -> str:
    """Write the settings file of a proposal."""
    earlier = proposal.earlier
    lines = [
        f"# What was seen of {proposal.source}:",
        *(f"#   {sentence}" for sentence in proposal.seen),
        "",
        f'source = "{proposal.source}"',
        "# Derivatives are kept beside their sources; another bucket or a prefix keeps them apart.",
        '# derivatives = "s3://another-bucket"',
        "",
        "# Only presets and the listed sizes can be asked for, so nobody can have thousands of images made.",
        'access = "presets"',
    ]
    if earlier.sizes:
        listed = ", ".join(f'"{size}"' for size in earlier.sizes)
        lines += ["# The sizes that an earlier system has made, by how often.", f"sizes = [{listed}]"]
    lines += [
        "",
        "[aws]",
        f"# {proposal.reason[:1].upper()}{proposal.reason[1:]}.",
        f'topology = "{proposal.topology.value}"',
        "",
    ]
    if earlier.versions:
        lines.append("# Versions of CarrierWave were seen; firstsight import reads from the uploaders what they are:")
        lines += [f"#   {name}, as in {key}" for name, key in earlier.versions]
        lines.append("")
    return "\n".join([*lines, *_PRESET])


_PRESET = (
    "# A name for what can be asked for: /<source key>/thumb",
    "[presets.thumb]",
    'transform = "200x200-smart"',
    "",
)


def local(why: str = "") -> str:
    """Write the settings file of a server on this machine, with the reason where that was not what was asked for."""
    lines = [f"# {why}", ""] if why else []
    lines += [
        "# The folder that holds the photos, or a bucket: s3://my-photos",
        'source = "."',
        'access = "presets"',
        "",
    ]
    return "\n".join([*lines, *_PRESET])
