"""The settings file that init writes: valid, and what suits the bucket."""

import dataclasses
import json
import tomllib
from typing import Any

import pytest

from firstsight.aws import proposal
from firstsight.aws.facts import Bucket, Fact
from firstsight.settings import Access, Topology, from_dict
from tests.aws import states

READABLE = json.dumps({"Statement": {"Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": "r"}})
BLOCK = {"BlockPublicPolicy": True}
NOTHING: Fact[Any] = Fact(None)


@pytest.mark.parametrize(
    ("bucket", "account_block", "topology", "reason"),
    [
        (states.bucket(), NOTHING, Topology.CDN, "private"),
        (states.bucket(website=states.THEIR_WEBSITE), NOTHING, Topology.CDN, "private"),
        (states.bucket(website=states.THEIR_WEBSITE, policy=READABLE), NOTHING, Topology.WEBSITE, "addresses stay"),
        (
            states.bucket(website=states.THEIR_WEBSITE, policy=READABLE, block=BLOCK),
            NOTHING,
            Topology.CDN,
            "Block Public Access",
        ),
        (
            states.bucket(website=states.THEIR_WEBSITE, policy=READABLE),
            Fact(BLOCK),
            Topology.CDN,
            "Block Public Access",
        ),
        (
            states.bucket(website=states.THEIR_WEBSITE, policy=Fact(unknown="AccessDenied")),
            NOTHING,
            Topology.CDN,
            "could not be read",
        ),
        (Bucket("photos", exists=False), NOTHING, Topology.CDN, "new"),
    ],
)
def test_the_topology_suits_the_bucket_and_has_a_reason(
    bucket: Bucket, account_block: Fact[Any], topology: Topology, reason: str
) -> None:
    proposed = proposal.propose(bucket, account_block)
    assert proposed.topology is topology
    assert reason in proposed.reason
    settings = from_dict(tomllib.loads(proposal.text(proposed)))
    assert (settings.source, settings.access, settings.aws.topology) == ("s3://photos", Access.PRESETS, topology)
    assert settings.presets


def test_a_public_access_block_that_blocks_nothing_is_none() -> None:
    off = dict.fromkeys(("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets"), False)
    sentence = "It has Block Public Access."
    assert sentence not in proposal.text(proposal.propose(states.bucket(block=off), NOTHING))
    assert sentence in proposal.text(proposal.propose(states.bucket(block=off | BLOCK), NOTHING))


KEYS = (
    "uploads/user/1/me.jpg",
    "uploads/user/1/thumb_me.jpg",
    "uploads/user/1/small_thumb_me.jpg",
    "uploads/user/2/my_house.png",
    "photos/cat.jpg",
    "300x300/photos/cat.jpg",
    "300x300/photos/gone.jpg",
    "90x90/photos/cat.jpg",
    "300x300/uploads/user/1/me.jpg",
    "notes.txt",
)


def test_what_an_earlier_system_has_made_is_taken_over() -> None:
    bucket = dataclasses.replace(states.bucket(), keys=Fact(KEYS))
    proposed = proposal.propose(bucket, NOTHING)
    assert proposed.earlier.sizes == ("300x300", "90x90")
    assert dict(proposed.earlier.versions) == {
        "thumb": "uploads/user/1/thumb_me.jpg",
        "small_thumb": "uploads/user/1/small_thumb_me.jpg",
    }
    settings = from_dict(tomllib.loads(proposal.text(proposed)))
    assert settings.sizes == ((300, 300), (90, 90))


def test_what_could_not_be_read_is_said() -> None:
    bucket = states.bucket(policy=Fact(unknown="GetBucketPolicy: AccessDenied"))
    assert "#   Its policy could not be read: GetBucketPolicy: AccessDenied." in proposal.text(
        proposal.propose(bucket, NOTHING)
    )


def test_without_a_bucket_it_is_a_file_for_this_machine_that_says_why() -> None:
    for why in ("", "There are no credentials."):
        settings = from_dict(tomllib.loads(proposal.local(why)))
        assert settings.source == "."
        assert why in proposal.local(why)
