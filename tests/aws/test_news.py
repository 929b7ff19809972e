"""Uploads, overwrites, deletions and bad images in a private AWS that runs: what the function does by itself."""

import json
import time
from pathlib import Path
from typing import Any
from urllib.parse import quote

import numpy as np
import pytest
import pyvips

import firstsight
from tests.aws.team import Project, outputs, wait_for, website
from tests.cloudlab import lab as labs
from tests.cloudlab.lab import REGION, Answer, Lab

SETTINGS = """
source = "s3://{bucket}"
sizes = ["90x90"]
refine = true

[aws]
topology = "direct"
front = "rest-api"
{aws}

[presets.thumb]
transform = "100x80"
format = "webp"
eager = true

[presets.small]
transform = "64x"
format = "png"

[presets.avatar]
transform = "48x48"
eager = true
carrierwave = ["uploads/user/avatar/*/mini"]
"""
AVATAR = "uploads/user/avatar/7"


def deployed(lab: Lab, folder: Path, bucket: str, aws: str = "") -> Project:
    (folder / "firstsight.toml").write_text(SETTINGS.format(bucket=bucket, aws=aws))
    team = Project(folder, lab, bucket)
    done = team.deploy()
    assert done.returncode == 0, done.stderr
    return team


def put(team: Project, key: str, data: bytes) -> None:
    team.lab.client("s3").put_object(Bucket=team.bucket, Key=key, Body=data)


def gray(level: int) -> bytes:
    image = pyvips.Image.black(120, 120, bands=3).linear(1, level).cast("uchar")
    return bytes(image.copy(interpretation="srgb").pngsave_buffer())


def level_of(team: Project, path: str) -> float:
    answer = team.lab.ask(f"{outputs(team)['Front']}/{path}")
    assert answer.status == 200, answer.body
    return float(np.mean(pyvips.Image.new_from_buffer(answer.body, "").numpy()[..., :3]))


def letters(team: Project) -> list[dict[str, Any]]:
    """What is in the dead-letter queue, which stays there."""
    sqs = team.lab.client("sqs")
    url = f"{team.lab.address}/{labs.ACCOUNT}/firstsight-{team.bucket}-failed"
    found = sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10, VisibilityTimeout=0).get("Messages", ())
    return [json.loads(message["Body"]) for message in found]


def lines(team: Project, error: str) -> list[str]:
    """The lines of the log that tell of an error."""
    group = f"/aws/lambda/firstsight-{team.bucket}"
    found = team.lab.client("logs").filter_log_events(logGroupName=group)["events"]
    return [one["message"] for one in found if f'"error": "{error}"' in one["message"]]


def test_uploads_overwrites_deletions_and_bad_images_are_followed_in_each_grammar(lab: Lab, tmp_path: Path) -> None:
    team = deployed(lab, tmp_path, "team-news", 'region = "eu-central-1"')
    eager = {"photos/cat.png/thumb.webp", f"{AVATAR}/me.png/thumb.webp", f"{AVATAR}/mini_me.png"}
    for key in ("photos/cat.png", f"{AVATAR}/me.png"):
        put(team, key, gray(60))
    wait_for(lambda: eager <= team.objects())
    assert team.objects() == {"photos/cat.png", f"{AVATAR}/me.png", *eager}

    quick = "photos/cat.png/thumb.avif"
    asked = ("photos/cat.png/small.png", "90x90/photos/cat.png", f"{AVATAR}/mini_me.png", quick)
    assert [round(level_of(team, path)) for path in asked] == pytest.approx([60] * 4, abs=2)
    wait_for(lambda: set(asked) <= team.objects())
    wait_for(lambda: encoding(team, quick) in ("refined", "kept"))  # by the event of its own put

    for key in ("photos/cat.png", f"{AVATAR}/me.png"):
        put(team, key, gray(200))
    wait_for(lambda: not ({*asked} - eager) & team.objects() and new(team, eager))
    assert [round(level_of(team, path)) for path in asked] == pytest.approx([200] * 4, abs=2)
    wait_for(lambda: set(asked) <= team.objects())

    for key in ("photos/cat.png", f"{AVATAR}/me.png"):
        lab.client("s3").delete_object(Bucket=team.bucket, Key=key)
    wait_for(lambda: team.objects() == set())
    front = outputs(team)["Front"]
    assert {lab.ask(f"{front}/{path}").status for path in asked} == {404}
    assert letters(team) == []

    put(team, "broken.png", gray(60)[:70])
    wait_for(lambda: letters(team) != [])
    time.sleep(3)  # for what should not come
    [letter] = letters(team)
    assert (letter["key"], letter["error"]) == ("broken.png", "damaged-image")
    assert len(lines(team, "damaged-image")) == 1


def encoding(team: Project, key: str) -> str:
    """How a derivative says that it is encoded."""
    metadata = team.lab.client("s3").head_object(Bucket=team.bucket, Key=key)["Metadata"]
    return str(metadata.get("firstsight-encoding", ""))


def new(team: Project, keys: set[str]) -> bool:
    """Whether all of them are there, and made of the light picture."""
    s3 = team.lab.client("s3")

    def level(key: str) -> float:
        data = s3.get_object(Bucket=team.bucket, Key=key)["Body"].read()
        return float(np.mean(pyvips.Image.new_from_buffer(data, "").numpy()))

    return keys <= team.objects() and all(level(key) > 100 for key in keys)


def test_through_a_queue_of_the_teams_a_bad_image_is_done_and_the_good_ones_are_made(lab: Lab, tmp_path: Path) -> None:
    sqs, s3 = lab.client("sqs"), lab.client("s3")
    arn = f"arn:aws:sqs:{REGION}:{labs.ACCOUNT}:uploads"
    queue = sqs.create_queue(QueueName="uploads", Attributes={"VisibilityTimeout": "5"})["QueueUrl"]
    s3.create_bucket(Bucket="team-queue", CreateBucketConfiguration={"LocationConstraint": REGION})
    theirs = {"Id": "theirs", "QueueArn": arn, "Events": ["s3:ObjectCreated:*", "s3:ObjectRemoved:*"]}
    s3.put_bucket_notification_configuration(
        Bucket="team-queue", NotificationConfiguration={"QueueConfigurations": [theirs]}
    )
    team = deployed(lab, tmp_path, "team-queue", f'events = "{arn}"')
    put(team, "broken.jpg", b"This is a letter.")
    put(team, "cat.png", gray(60))
    wait_for(lambda: "cat.png/thumb.webp" in team.objects() and letters(team) != [])
    time.sleep(7)  # a message that was not done would come again
    [letter] = letters(team)
    assert (letter["key"], letter["error"]) == ("broken.jpg", "unsupported-format")
    assert len(lines(team, "unsupported-format")) == 1
    names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]

    def left() -> set[str]:
        return set(sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=names)["Attributes"].values())

    wait_for(lambda: left() == {"0"})


CAT = "photos/a cat.png"
#: Settings under which a source has derivatives of three names, which expire.
CHANGING = """
source = "s3://{bucket}"
derivatives = "s3://{bucket}/made"
sizes = ["31x21"]

[aws]
topology = "website"
expire_days = 30

[presets.thumb]
transform = "100x80"
format = "jpg"
carrierwave = ["photos/thumb"]
"""
#: The width of what each path gives, in every grammar whose names differ.
PATHS = {f"{CAT}/thumb.jpg": 100, f"31x21/{CAT}": 31, "photos/thumb_a cat.jpg": 100}


def follow(team: Project, path: str) -> Answer:
    """Ask the website for a derivative, and go where it sends one."""
    url = website(team, f"/made/{quote(path)}")
    for _ in range(4):
        answer = team.lab.ask(url)
        url = answer.headers.get("location", "")
        if not url:
            return answer
    raise AssertionError(f"{path} leads in a circle")


def test_sources_and_presets_that_change_take_what_was_made_of_them_along(
    lab: Lab, tmp_path: Path, photos: Path
) -> None:
    team, s3 = Project(tmp_path, lab, "freshness"), lab.client("s3")
    s3.create_bucket(Bucket=team.bucket, CreateBucketConfiguration={"LocationConstraint": REGION})
    s3.put_public_access_block(
        Bucket=team.bucket, PublicAccessBlockConfiguration={"BlockPublicAcls": True, "BlockPublicPolicy": False}
    )
    theirs = {"ID": "theirs", "Status": "Enabled", "Filter": {"Prefix": "logs/"}, "Expiration": {"Days": 1}}
    s3.put_bucket_lifecycle_configuration(Bucket=team.bucket, LifecycleConfiguration={"Rules": [theirs]})
    s3.put_object(Bucket=team.bucket, Key=CAT, Body=(photos / "chelsea.png").read_bytes())
    settings = tmp_path / "firstsight.toml"
    settings.write_text(CHANGING.format(bucket=team.bucket))

    done = team.deploy()
    assert done.returncode == 0, done.stderr
    rules = s3.get_bucket_lifecycle_configuration(Bucket=team.bucket)["Rules"]
    assert [(rule["Filter"]["Prefix"], rule["Expiration"]["Days"]) for rule in rules] == [("logs/", 1), ("made/", 30)]
    assert "Nothing to change." in team.deploy().stdout

    first = {path: follow(team, path) for path in PATHS}
    assert {path: firstsight.info(answer.body)["width"] for path, answer in first.items()} == PATHS
    assert team.objects() == {CAT, *(f"made/{path}" for path in PATHS)}

    s3.put_object(Bucket=team.bucket, Key=CAT, Body=(photos / "coffee.png").read_bytes())
    wait_for(lambda: team.objects() == {CAT})
    second = {path: follow(team, path) for path in PATHS}
    assert {path: firstsight.info(answer.body)["width"] for path, answer in second.items()} == PATHS
    assert all(second[path].body != first[path].body for path in PATHS)

    settings.write_text(settings.read_text().replace("100x80", "90x80"))
    told = [sentence for sentence in team.plan()["warnings"] if "'thumb' has changed" in sentence]
    assert "2 of its 2 stored derivatives" in told[0]
    done = team.run("purge", "--preset", "thumb", "--yes")
    assert "2 derivatives deleted" in done.stdout, done.stderr
    assert team.objects() == {CAT, f"made/31x21/{CAT}"}
    assert not [sentence for sentence in team.plan()["warnings"] if "has changed" in sentence]

    s3.delete_object(Bucket=team.bucket, Key=CAT)
    wait_for(lambda: team.objects() == set())
    assert {follow(team, path).status for path in PATHS} == {404}

    done = team.run("destroy", "--yes")
    assert done.returncode == 0, done.stderr
    rules = s3.get_bucket_lifecycle_configuration(Bucket=team.bucket)["Rules"]
    assert [rule["ID"] for rule in rules] == ["theirs"]
