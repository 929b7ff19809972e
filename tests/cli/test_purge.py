"""Stored derivatives are deleted by hand: counted first, asked about, and CloudFront is told."""

import shutil
from pathlib import Path
from typing import Any

import boto3
import pytest

from firstsight import Request, open_service
from firstsight.cli import run
from firstsight.settings import load
from tests import servers

SETTINGS = """
source = "{source}"
derivatives = "{kept}"
sizes = ["31x21"]

[presets.thumb]
transform = "30x20"

[presets.wide]
transform = "40x10"

[aws]
distribution = "{distribution}"
"""
PATHS = ("cat.png/thumb.webp", "cat.png/wide.jpg", "31x21/cat.png", "pets/dog.png/thumb.webp", "31x21/pets/dog.png")


def settle(folder: Path, photos: Path, source: str = "sources", kept: str = "made", distribution: str = "") -> None:
    """A folder with settings, two sources, and derivatives of them."""
    (folder / "firstsight.toml").write_text(SETTINGS.format(source=source, kept=kept, distribution=distribution))
    if "://" not in source:
        (folder / "sources" / "pets").mkdir(parents=True)
        for name in ("cat.png", "pets/dog.png"):
            shutil.copy(photos / "coffee.png", folder / "sources" / name)
    service = open_service(load())
    if "://" in source:
        for name in ("cat.png", "pets/dog.png"):
            service.sources.put(name, (photos / "coffee.png").read_bytes())
    for path in PATHS:
        assert service.handle(Request(f"/{path}")).status == 200


def left() -> set[str]:
    """What is stored, by the asked keys; in a folder of derivatives these are folders."""
    store = open_service(load()).derivatives
    keys = {info.key for info in store.list()} - {"cat.png", "pets/dog.png"}
    return keys if store.root is None else {key.rpartition("/")[0] for key in keys}


@pytest.fixture
def account(folder: Path, s3_server: str, monkeypatch: pytest.MonkeyPatch) -> Any:
    """CloudFront of an account, with a distribution."""
    for name, value in {
        "AWS_ENDPOINT_URL": s3_server,
        "AWS_ACCESS_KEY_ID": "testing",
        "AWS_SECRET_ACCESS_KEY": "testing",
        "AWS_REGION": "us-east-1",
        "AWS_DEFAULT_REGION": "us-east-1",
    }.items():
        monkeypatch.setenv(name, value)
    return boto3.client("cloudfront")


def distribution_of(cloudfront: Any, name: str) -> str:
    origin = {"Id": "a", "DomainName": "a.s3.amazonaws.com", "S3OriginConfig": {"OriginAccessIdentity": ""}}
    config = {
        "CallerReference": name,
        "Comment": "",
        "Enabled": True,
        "Origins": {"Quantity": 1, "Items": [origin]},
        "DefaultCacheBehavior": {"TargetOriginId": "a", "ViewerProtocolPolicy": "allow-all", "MinTTL": 0},
    }
    return str(cloudfront.create_distribution(DistributionConfig=config)["Distribution"]["Id"])


def told(cloudfront: Any, distribution: str) -> set[str]:
    listed = cloudfront.list_invalidations(DistributionId=distribution)["InvalidationList"].get("Items", [])
    orders = [cloudfront.get_invalidation(DistributionId=distribution, Id=one["Id"]) for one in listed]
    return {path for order in orders for path in order["Invalidation"]["InvalidationBatch"]["Paths"]["Items"]}


#: What is typed, what goes, and what CloudFront is told.
ASKED: dict[str, tuple[list[str], set[str], set[str]]] = {
    "a source": (["cat.png"], set(PATHS[:3]), {"/cat.png*", "/31x21/cat.png"}),
    "a prefix": (["--prefix", "pets/"], set(PATHS[3:]), {"/pets/*", "/31x21/pets/dog.png"}),
    "everything": (["--prefix", ""], set(PATHS), {"/*"}),
    "a preset": (["--preset", "thumb"], {PATHS[0], PATHS[3]}, {f"/{PATHS[0]}", f"/{PATHS[3]}"}),
}


@pytest.mark.parametrize("name", ASKED)
def test_what_is_asked_for_goes_and_all_else_stays(
    name: str, folder: Path, photos: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    settle(folder, photos)
    arguments, doomed, _ = ASKED[name]
    assert run(["purge", *arguments, "--yes"]) == 0
    assert left() == set(PATHS) - doomed
    assert (folder / "sources" / "cat.png").is_file()
    said = capsys.readouterr().out
    assert f"{len(doomed)} derivatives deleted" in said
    assert "CloudFront" not in said


@pytest.mark.parametrize("name", ASKED)
def test_a_bucket_and_cloudfront_lose_them_both(
    name: str, folder: Path, photos: Path, account: Any, s3_server: str, capsys: pytest.CaptureFixture[str]
) -> None:
    bucket = f"purged-{name.replace(' ', '-')}"
    servers.make_bucket(s3_server, bucket)
    distribution = distribution_of(account, bucket)
    settle(folder, photos, f"s3://{bucket}", f"s3://{bucket}", distribution)
    arguments, doomed, paths = ASKED[name]
    assert run(["purge", *arguments, "--yes"]) == 0
    assert left() == set(PATHS) - doomed
    assert told(account, distribution) == paths
    assert "CloudFront was told to forget /" in capsys.readouterr().out


def test_a_dry_run_counts_and_changes_nothing(
    folder: Path, photos: Path, account: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    distribution = distribution_of(account, "dry")
    settle(folder, photos, distribution=distribution)
    assert run(["purge", "cat.png", "--dry-run"]) == 0
    assert left() == set(PATHS)
    assert told(account, distribution) == set()
    service = open_service(load())
    size = sum(info.size for info in service.derivatives.list() if "dog" not in info.key)
    said = capsys.readouterr().out
    assert f"3 derivatives, {size / 1000:.3g} kB" in said
    assert "  cat.png/thumb.webp\n" in said


def test_of_many_only_some_are_named(folder: Path, photos: Path, capsys: pytest.CaptureFixture[str]) -> None:
    settle(folder, photos)
    for dpr in ("1.5", "2", "2.5", "3"):
        for format in ("jpg", "png", "webp"):
            assert open_service(load()).handle(Request(f"/cat.png/wide-dpr{dpr}.{format}")).status == 200
    assert run(["purge", "cat.png", "--dry-run"]) == 0
    assert "and 5 more" in capsys.readouterr().out


def test_nobody_is_asked_where_nobody_can_answer(
    folder: Path, photos: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    settle(folder, photos)
    assert run(["purge", "cat.png"]) == 2
    assert "Add --yes" in capsys.readouterr().err
    assert left() == set(PATHS)


@pytest.mark.parametrize("arguments", [[], ["cat.png", "--preset", "thumb"], ["--prefix", "a", "--preset", "thumb"]])
def test_exactly_one_thing_is_said(arguments: list[str], folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "firstsight.toml").write_text('source = "."\n')
    assert run(["purge", *arguments]) == 2
    assert "Expected one of KEY, --prefix and --preset." in capsys.readouterr().err


def test_a_preset_that_the_settings_have_no_more_can_be_purged(
    folder: Path, photos: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    settle(folder, photos)
    file = folder / "firstsight.toml"
    file.write_text(file.read_text().replace("[presets.thumb]", "[presets.other]"))
    assert run(["purge", "--preset", "thumb", "--yes"]) == 0
    assert "There is no preset 'thumb' in the settings" in capsys.readouterr().err
    assert left() == {PATHS[1], PATHS[2], PATHS[4]}


def test_where_nothing_is_stored_nothing_is_asked(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "firstsight.toml").write_text('source = "."\n')
    assert run(["purge", "cat.png"]) == 0
    assert "0 derivatives" in capsys.readouterr().out
