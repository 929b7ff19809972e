"""Deploys into a private AWS that runs: stacks, functions, APIs and S3 websites are real ones of LocalStack's."""

import dataclasses
import json
import os
import signal
import subprocess
import sys
import time
import zipfile
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, NoReturn
from urllib.parse import quote

import pytest

import firstsight
from firstsight.http import digest
from firstsight.settings import load
from tests.cloudlab import lab as labs
from tests.cloudlab.lab import REGION, Answer, Lab

SCRIPT = Path(sys.executable).with_name("firstsight")
SETTINGS = """
source = "s3://{bucket}"
access = "presets"

[aws]
topology = "{topology}"
{aws}

[presets.thumb]
transform = "100x80"
format = "jpg"

[presets.small]
transform = "64x"
format = "png"
"""
BROKEN = {
    "firstsight/runtimes/lambda_function.py": "raise RuntimeError('broken on purpose')",
    "firstsight/runtimes/__init__.py": "",
    "firstsight/__init__.py": "",
}
OTHER = {"other.txt": "the same code in another bundle"}


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory, require: Callable[[str], NoReturn]) -> Iterator[Lab]:
    """A private AWS."""
    if why := labs.missing():
        require(why)
    with labs.running(tmp_path_factory.mktemp("lab")) as running:
        yield running


@dataclasses.dataclass(frozen=True)
class Project:
    """A folder with settings for a bucket, and the command run in it."""

    folder: Path
    lab: Lab
    bucket: str

    def bundle(self, extra: Mapping[str, str] | None = None) -> Path:
        """A bundle with the settings; the code is that of the tests' own environment, unless `extra` has other."""
        path = self.folder / "bundle.zip"
        with zipfile.ZipFile(path, "w") as archive:
            for name, text in {"firstsight.toml": self.settings, **(extra or {})}.items():
                archive.writestr(zipfile.ZipInfo(name), text)
        return path

    @property
    def settings(self) -> str:
        return (self.folder / "firstsight.toml").read_text()

    @property
    def environ(self) -> dict[str, str]:
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "FIRSTSIGHT_"))}
        return kept | self.lab.environ

    def run(self, *arguments: str | Path) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [SCRIPT, *arguments], cwd=self.folder, env=self.environ, capture_output=True, text=True, check=False
        )

    def deploy(self, extra: Mapping[str, str] | None = None) -> subprocess.CompletedProcess[str]:
        return self.run("deploy", "--yes", "--bundle", self.bundle(extra))

    def plan(self) -> dict[str, Any]:
        done = self.run("plan", "--json", "--bundle", self.bundle())
        assert done.returncode == 0, done.stderr
        data: dict[str, Any] = json.loads(done.stdout)
        return data

    def objects(self) -> set[str]:
        """The keys of everything in the bucket."""
        found = self.lab.client("s3").list_objects_v2(Bucket=self.bucket)
        return {one["Key"] for one in found.get("Contents", ())}

    def documents(self) -> dict[str, Any]:
        """The documents of the bucket as S3 has them; the policy as text."""
        s3 = self.lab.client("s3")
        asked = {
            "policy": s3.get_bucket_policy,
            "website": s3.get_bucket_website,
            "notifications": s3.get_bucket_notification_configuration,
            "block": s3.get_public_access_block,
        }
        found: dict[str, Any] = {}
        for name, ask in asked.items():
            try:
                found[name] = {key: one for key, one in ask(Bucket=self.bucket).items() if key != "ResponseMetadata"}
            except s3.exceptions.ClientError as error:
                found[name] = error.response["Error"]["Code"]
        return found


@pytest.fixture
def project(tmp_path: Path, lab: Lab, photos: Path, request: pytest.FixtureRequest) -> Callable[..., Project]:
    """`project("website")` is one for a bucket that has a source, and a rule, a statement and a notification."""

    def make(topology: str, aws: str = "") -> Project:
        bucket = f"team-{digest(request.node.name)[:8]}"
        (tmp_path / "firstsight.toml").write_text(SETTINGS.format(bucket=bucket, topology=topology, aws=aws))
        s3, queue = lab.client("s3"), lab.client("sqs")
        s3.create_bucket(Bucket=bucket, CreateBucketConfiguration={"LocationConstraint": REGION})
        s3.put_public_access_block(
            Bucket=bucket, PublicAccessBlockConfiguration={"BlockPublicAcls": True, "BlockPublicPolicy": False}
        )
        s3.put_bucket_website(
            Bucket=bucket,
            WebsiteConfiguration={
                "IndexDocument": {"Suffix": "home.html"},
                "ErrorDocument": {"Key": "oops.html"},
                "RoutingRules": [
                    {"Condition": {"KeyPrefixEquals": "old/"}, "Redirect": {"ReplaceKeyPrefixWith": "new/"}}
                ],
            },
        )
        statement = {
            "Effect": "Allow",
            "Principal": {"AWS": f"arn:aws:iam::{labs.ACCOUNT}:root"},
            "Action": ["s3:PutObject"],
            "Resource": f"arn:aws:s3:::{bucket}/uploads/*",
        }
        policy = json.dumps({"Version": "2012-10-17", "Statement": statement}, indent=3)  # as a person writes it
        s3.put_bucket_policy(Bucket=bucket, Policy=policy)
        queue.create_queue(QueueName=bucket)
        arn = f"arn:aws:sqs:{REGION}:{labs.ACCOUNT}:{bucket}"
        theirs = {"Id": "theirs", "QueueArn": arn, "Events": ["s3:ObjectRestore:Completed"]}
        s3.put_bucket_notification_configuration(
            Bucket=bucket, NotificationConfiguration={"QueueConfigurations": [theirs]}
        )
        s3.put_object(Bucket=bucket, Key="photos/a cat.png", Body=(photos / "chelsea.png").read_bytes())
        return Project(tmp_path, lab, bucket)

    return make


def website(project: Project, path: str) -> str:
    return f"http://{project.bucket}.s3-website.{REGION}.amazonaws.com{path}"


def test_a_bucket_that_holds_things_becomes_a_service_and_is_as_before_when_it_is_taken_away(
    project: Callable[..., Project], lab: Lab, photos: Path
) -> None:
    team = project("website")
    before = team.documents()

    planned = team.plan()
    assert [change["what"] for change in planned["changes"] if change["action"] == "update"] == [
        f"policy of bucket {team.bucket}",
        f"website of bucket {team.bucket}",
        f"notifications of bucket {team.bucket}",
        "an image through the front",
    ]
    assert team.documents() == before, "a plan changes nothing"
    stacks = lab.client("cloudformation").list_stacks()["StackSummaries"]
    assert f"firstsight-{team.bucket}" not in [one["StackName"] for one in stacks]

    done = team.run("deploy", "--yes", "--checksum", planned["checksum"], "--bundle", team.bundle())
    assert done.returncode == 0, done.stderr
    assert team.objects() == {"photos/a cat.png"}, "nothing of the smoke test is left"
    assert team.documents()["website"]["RoutingRules"][0] == before["website"]["RoutingRules"][0]

    # the loop: 404 -> 307 -> function -> 302 -> 200, and from then on S3 alone
    asked = website(team, "/photos/a%20cat.png/thumb.jpg")
    first = lab.ask(asked)
    assert first.status == 307
    assert first.headers["location"].endswith("/prod/photos/a%20cat.png/thumb.jpg")
    second = lab.ask(first.headers["location"])
    assert (second.status, second.headers["location"]) == (302, asked)
    assert second.headers["cache-control"] == "no-store"
    third = lab.ask(asked)
    assert (third.status, third.headers["content-type"]) == (200, "image/jpeg")
    assert firstsight.info(third.body)["width"] == 100
    assert team.objects() == {"photos/a cat.png", "photos/a cat.png/thumb.jpg"}
    calls = lab.client("logs").filter_log_events(logGroupName=f"/aws/lambda/firstsight-{team.bucket}")["events"]
    assert lab.ask(asked).status == 200
    again = lab.client("logs").filter_log_events(logGroupName=f"/aws/lambda/firstsight-{team.bucket}")["events"]
    assert len(again) == len(calls), "the function is not asked again"

    # a source that is replaced loses what was made of it
    lab.client("s3").put_object(Bucket=team.bucket, Key="photos/a cat.png", Body=(photos / "coffee.png").read_bytes())
    wait_for(lambda: team.objects() == {"photos/a cat.png"})

    done = team.deploy()
    assert done.returncode == 0, done.stderr
    assert "Nothing to change." in done.stdout

    done = team.run("status", "--no-drift")
    assert "version 1" in done.stdout

    assert lab.ask(lab.ask(asked).headers["location"]).status == 302
    done = team.run("destroy", "--yes")
    assert done.returncode == 0, done.stderr
    assert team.documents() == before
    assert team.objects() == {"photos/a cat.png", "photos/a cat.png/thumb.jpg"}, "derivatives stay"
    artefacts = f"firstsight-{labs.ACCOUNT}-{REGION}"
    assert artefacts not in [one["Name"] for one in lab.client("s3").list_buckets()["Buckets"]]


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


def test_a_version_serves_once_it_has_made_an_image_and_the_one_before_comes_back(
    project: Callable[..., Project], lab: Lab
) -> None:
    team = project("direct", 'front = "rest-api"')
    assert team.deploy().returncode == 0
    assert "version 1," in team.run("status", "--no-drift").stdout
    front = outputs(team)["Front"]
    assert lab.ask(f"{front}/photos/a%20cat.png/thumb.jpg").status == 200

    done = team.deploy(OTHER)
    assert done.returncode == 0, done.stderr
    assert "version 2," in team.run("status", "--no-drift").stdout

    done = team.deploy(BROKEN)
    assert done.returncode == 1
    assert "The smoke test got no image" in done.stderr
    assert "version 2," in team.run("status", "--no-drift").stdout
    assert lab.ask(f"{front}/photos/a%20cat.png/small.png").status == 200
    assert "broken on purpose" in team.run("logs", "--errors").stdout
    assert not any("smoke" in key for key in team.objects())

    done = team.run("rollback")
    assert (done.returncode, done.stdout.strip()) == (0, "Version 1 is live.")
    assert "version 1," in team.run("status", "--no-drift").stdout
    assert team.run("rollback").returncode == 1, "there is none before the first"

    done = team.deploy(OTHER)
    assert done.returncode == 0, done.stderr
    assert "Version 4 is live" in done.stderr, "after a rollback a deploy goes forward again"

    done = team.run("destroy", "--yes", "--derivatives")
    assert done.returncode == 0, done.stderr
    assert team.objects() == {"photos/a cat.png"}


def test_a_function_url_serves_directly(project: Callable[..., Project], lab: Lab) -> None:
    team = project("direct")
    before = team.documents()
    done = team.deploy()
    assert done.returncode == 0, done.stderr
    answer = lab.ask(f"{outputs(team)['Front'].rstrip('/')}/photos/a%20cat.png/thumb.jpg")
    assert (answer.status, answer.headers["content-type"]) == (200, "image/jpeg")
    wait_for(lambda: "photos/a cat.png/thumb.jpg" in team.objects())
    after = team.documents()
    assert {name for name in before if before[name] != after[name]} == {"notifications"}
    assert team.run("destroy", "--yes").returncode == 0
    assert team.documents() == before


def test_a_deploy_that_is_killed_is_run_again_and_finishes(project: Callable[..., Project], lab: Lab) -> None:
    team = project("website")
    before = team.documents()
    for moment in ("The bundle", "Function create complete", "is tried", "is live", "The website of"):
        kill_at(team, moment)
    done = team.deploy()
    assert done.returncode == 0, done.stderr
    assert "Nothing to change." in team.deploy().stdout
    asked = website(team, "/photos/a%20cat.png/thumb.jpg")
    assert lab.ask(lab.ask(asked).headers["location"]).status == 302
    assert lab.ask(asked).status == 200
    assert not any("smoke" in key for key in team.objects())
    assert team.run("destroy", "--yes").returncode == 0
    assert team.documents() == before


def test_a_bucket_that_is_not_there_is_made_and_goes_again_if_it_is_empty(tmp_path: Path, lab: Lab) -> None:
    (tmp_path / "firstsight.toml").write_text(
        SETTINGS.format(bucket="team-new", topology="website", aws=f'region = "{REGION}"')
    )
    team = Project(tmp_path, lab, "team-new")
    done = team.deploy()
    assert done.returncode == 0, done.stderr
    assert lab.client("s3").get_bucket_location(Bucket="team-new")["LocationConstraint"] == REGION
    assert team.run("destroy", "--yes").returncode == 0
    assert "team-new" not in [one["Name"] for one in lab.client("s3").list_buckets()["Buckets"]]


def test_nothing_is_changed_without_a_yes_or_with_another_plans_checksum(project: Callable[..., Project]) -> None:
    team = project("direct")
    before = team.documents()
    for arguments in (["--yes", "--checksum", "0" * 12], ["--yes", "--checksum", ""], []):
        done = team.run("deploy", *arguments, "--bundle", team.bundle())
        assert done.returncode in (1, 2)
    assert team.documents() == before
    assert all(change["action"] != "keep" for change in team.plan()["changes"] if change["step"] == "stack")


def test_a_settings_file_is_proposed_for_the_bucket_and_without_access_one_for_this_machine(
    project: Callable[..., Project],
) -> None:
    team = project("website")
    before = team.documents()
    done = team.run("init", "--bucket", team.bucket, "--out", "seen.toml")
    assert done.returncode == 0, done.stderr
    assert "Topology cdn: the bucket is private" in done.stdout
    text = (team.folder / "seen.toml").read_text()
    assert f"#   It is in {REGION}." in text
    assert load(team.folder / "seen.toml", {}).source == f"s3://{team.bucket}"
    assert team.run("init", "--bucket", team.bucket, "--out", "seen.toml").returncode == 2, "it is there already"
    elsewhere = dataclasses.replace(team, lab=Lab("http://127.0.0.1:9"))
    done = elsewhere.run("init", "--bucket", team.bucket, "--out", "local.toml")
    assert done.returncode == 0, done.stderr
    assert load(team.folder / "local.toml", {}).source == "."
    assert team.documents() == before


def outputs(project: Project) -> dict[str, str]:
    found = project.lab.client("cloudformation").describe_stacks(StackName=f"firstsight-{project.bucket}")
    return {one["OutputKey"]: one["OutputValue"] for one in found["Stacks"][0]["Outputs"]}


def kill_at(project: Project, moment: str) -> None:
    """Start a deploy, and kill it as soon as it says something; if it never does, it has to have gone through."""
    command = [str(SCRIPT), "deploy", "--yes", "--bundle", str(project.bundle())]
    with subprocess.Popen(
        command, cwd=project.folder, env=project.environ, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stderr
        for line in process.stderr:
            if moment in line:
                process.send_signal(signal.SIGKILL)
                break
        process.stderr.read()


def wait_for(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 20
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.2)
