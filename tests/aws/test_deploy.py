"""A deploy into a private AWS that runs, and a destroy; stacks, functions, APIs and S3 websites are real ones of it."""

import dataclasses
from collections.abc import Callable
from pathlib import Path

import firstsight
from firstsight.settings import load
from tests.aws.team import SETTINGS, Project, outputs, wait_for, website
from tests.cloudlab import lab as labs
from tests.cloudlab.lab import REGION, Lab


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
