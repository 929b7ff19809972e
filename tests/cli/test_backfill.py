"""`firstsight backfill`, killed in the middle and run again."""

import csv
import os
import signal
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import boto3
import numpy as np
import pytest
import pyvips

from firstsight.stores import open_store
from tests import servers
from tests.cli.told import SCRIPT, Command, sentence_and_remedy

SETTINGS = """
source = "{source}"
derivatives = "{derivatives}"

[presets.thumb]
transform = "40x40.webp"

[presets.large]
transform = "400x-enlarge"
format = "jpg"

[presets.shared]
transform = "20x20"
"""
MADE = ("thumb.webp", "large.jpg")


def photo(seed: int) -> bytes:
    values = np.random.default_rng(seed).integers(0, 255, (48, 64, 3), dtype=np.uint8)
    return bytes(pyvips.Image.new_from_array(values, interpretation="srgb").jpegsave_buffer())


def project(folder: Path, count: int, source: str = "photos", derivatives: str = "made") -> None:
    """Settings, and so many sources in the store that they name."""
    (folder / "firstsight.toml").write_text(SETTINGS.format(source=source, derivatives=derivatives))
    store = open_store(source if "://" in source else str(folder / source), create="://" not in source)
    for number in range(count):
        store.put(f"{number % 7}/{number}.jpg", photo(number))


def kill_in_the_middle(folder: Path, made: Callable[[], int], number: signal.Signals) -> int:
    """Start a backfill, and end it by a signal when some derivatives are there; its exit status."""
    command = [str(SCRIPT), "backfill", "--preset", "thumb", "--preset", "large"]
    with subprocess.Popen(command, cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        while made() < 20:
            assert process.poll() is None, "it has ended before it could be killed"
            time.sleep(0.002)
        process.send_signal(number)
        status = process.wait()
    settled, before = 0, -1
    while settled < 5:  # what its processes had begun
        now = made()
        settled, before = (settled + 1, now) if now == before else (0, now)
        time.sleep(0.05)
    return status


def files(folder: Path) -> dict[str, tuple[int, int]]:
    """What tells a file from one that was written later."""
    return {
        str(path.relative_to(folder)): (path.stat().st_ino, path.stat().st_mtime_ns)
        for path in folder.rglob("*")
        if path.is_file() and "#" not in path.name
    }


@pytest.mark.parametrize(("number", "status"), [(signal.SIGKILL, -9), (signal.SIGINT, 130)])
def test_one_that_is_ended_in_the_middle_and_run_again_makes_exactly_what_is_missing(
    command: Command, folder: Path, number: signal.Signals, status: int
) -> None:
    project(folder, 150)
    made = folder / "made"
    assert kill_in_the_middle(folder, lambda: len(files(made)) if made.exists() else 0, number) == status
    first = files(made)
    assert 20 <= len(first) < 300
    done = command("backfill", "--preset", "thumb", "--preset", "large")
    assert (done.returncode, done.stderr) == (0, b"")
    assert done.stdout.decode().startswith(f"{300 - len(first)} derivatives made, ")
    second = files(made)
    assert {name: second[name] for name in first} == first, "nothing is made twice"
    keys = {Path(name).parent.as_posix() for name in second}
    assert keys == {f"{number % 7}/{number}.jpg/{name}" for number in range(150) for name in MADE}
    assert len(second) == 300
    assert command("backfill", "--preset", "thumb").stdout == b"0 derivatives made, 0 bytes\n"


@pytest.fixture
def s3(s3_server: str, folder: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[str, Any]:
    """A bucket that keeps every version of its objects, and a client of it."""
    for name, value in {
        "AWS_ENDPOINT_URL": s3_server,
        "AWS_ACCESS_KEY_ID": "testing",
        "AWS_SECRET_ACCESS_KEY": "testing",
        "AWS_REGION": "us-east-1",
    }.items():
        monkeypatch.setenv(name, value)
    bucket = f"backfill-{os.getpid()}-{time.monotonic_ns()}"
    servers.make_bucket(s3_server, bucket)
    client = boto3.client("s3", region_name="us-east-1")
    client.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
    return bucket, client


def test_in_a_bucket_that_holds_both_nothing_is_made_twice_either(
    command: Command, folder: Path, s3: tuple[str, Any]
) -> None:
    bucket, client = s3
    project(folder, 40, f"s3://{bucket}/photos", f"s3://{bucket}/photos")

    def versions() -> list[str]:
        pages = client.get_paginator("list_object_versions").paginate(Bucket=bucket)
        return [one["Key"] for page in pages for one in page.get("Versions", ())]

    kill_in_the_middle(folder, lambda: len(versions()) - 40, signal.SIGKILL)
    first = len(versions()) - 40
    assert 20 <= first < 80
    done = command("backfill", "--preset", "thumb", "--preset", "large")
    assert (done.returncode, done.stderr) == (0, b"")
    assert done.stdout.decode().startswith(f"{80 - first} derivatives made, ")
    keys = [f"photos/{number % 7}/{number}.jpg" for number in range(40)]
    assert sorted(versions()) == sorted([*keys, *(f"{key}/{name}" for key in keys for name in MADE)])
    head = client.head_object(Bucket=bucket, Key=f"{keys[0]}/thumb.webp")
    assert head["ContentType"] == "image/webp"
    (folder / "firstsight.toml").write_text((folder / "firstsight.toml").read_text().replace("40x40", "48x48"))
    done = command("backfill", "--preset", "thumb", "--preset", "large", "--prefix", "3")
    assert done.stdout.decode().startswith("6 derivatives made, ")


def test_what_cannot_be_made_is_reported_and_the_rest_is_made(command: Command, folder: Path) -> None:
    project(folder, 3)
    photos = folder / "photos"
    (photos / "cut, here.jpg").write_bytes(photo(1)[:-700])
    (photos / "text.jpg").write_bytes(b"no image")
    (photos / "notes.txt").write_bytes(b"no image either, and not called one")
    done = command("backfill", "--preset", "thumb", "--report", "failures.csv")
    assert done.returncode == 1
    assert done.stdout.decode().startswith("3 derivatives made, ")
    said = " ".join(done.stderr.decode().split())
    assert "Passed over, for it is no image and not called one: 1 time." in said
    assert "Error: Not made: 2 derivatives." in said
    with (folder / "failures.csv").open(newline="") as file:
        rows = sorted(csv.DictReader(file), key=lambda row: row["source"])
    assert [(row["source"], row["derivative"], row["error"]) for row in rows] == [
        ("cut, here.jpg", "cut, here.jpg/thumb.webp", "damaged-image"),
        ("text.jpg", "text.jpg/thumb.webp", "unsupported-format"),
    ]
    assert all(row["reason"] for row in rows)
    assert "damaged-image" in said


def test_a_dry_run_counts_and_estimates_and_touches_nothing(command: Command, folder: Path) -> None:
    project(folder, 30)
    before = files(folder)
    done = command("backfill", "--preset", "thumb", "--preset", "shared", "--dry-run")
    assert (done.returncode, done.stderr) == (0, b"")
    said = done.stdout.decode()
    assert said.startswith("120 derivatives of 30 sources missing, of 30 in all: about ")
    assert " on this machine, and " in said
    assert files(folder) == before
    command("backfill", "--preset", "thumb", "--preset", "shared")
    done = command("backfill", "--preset", "thumb", "--preset", "shared", "--dry-run")
    assert done.stdout == b"Nothing is missing of 30 sources.\n"


def test_the_marks_that_s3s_console_leaves_for_folders_are_no_sources_and_hide_none(
    command: Command, folder: Path, s3: tuple[str, Any]
) -> None:
    bucket, client = s3
    project(folder, 2, f"s3://{bucket}/photos", f"s3://{bucket}/photos")
    for mark in ("photos/", "photos/0/", "photos/holiday/"):
        client.put_object(Bucket=bucket, Key=mark, Body=b"")
    client.put_object(Bucket=bucket, Key="photos/holiday/thumb.webp", Body=photo(3))
    done = command("backfill", "--preset", "large")
    assert (done.returncode, done.stderr) == (0, b"")
    assert done.stdout.startswith(b"3 derivatives made, ")
    assert command("backfill", "--preset", "large").stdout == b"0 derivatives made, 0 bytes\n"


def test_a_dry_run_for_aws_tells_the_time_and_the_cost_of_each_part_and_puts_nothing(
    command: Command, folder: Path, s3: tuple[str, Any]
) -> None:
    bucket, client = s3
    project(folder, 12, f"s3://{bucket}/photos", f"s3://{bucket}/photos")
    done = command("backfill", "--preset", "thumb", "--on", "aws", "--concurrency", "7", "--dry-run")
    assert (done.returncode, done.stderr) == (0, b"")
    said = " ".join(done.stdout.decode().split())
    assert said.startswith("12 derivatives of 12 sources missing, of 12 in all: about 1 second with 7 functions at a")
    for part in ("Lambda, compute", "S3, puts and lists", "Step Functions, batches"):
        assert part in said
    assert len(client.list_objects_v2(Bucket=bucket)["Contents"]) == 12


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--preset", "thumbs"], ("no preset 'thumbs'", "thumb, large, shared")),
        ([], ("--preset", "--help")),
    ],
)
def test_a_preset_that_is_not_there_is_told(
    command: Command, folder: Path, arguments: list[str], words: tuple[str, str]
) -> None:
    project(folder, 0)
    done = command("backfill", *arguments)
    assert done.returncode == 2
    sentence, remedy = sentence_and_remedy(done.stderr.decode())
    assert words[0] in sentence
    assert words[1] in remedy


def test_a_preset_that_no_url_asks_for_is_told(command: Command, folder: Path) -> None:
    project(folder, 1)
    with (folder / "firstsight.toml").open("r+") as file:
        text = file.read()
        file.seek(0)
        file.write(f'grammars = ["classic"]\n{text}')
    done = command("backfill", "--preset", "shared")
    assert done.returncode == 2
    assert "native" in sentence_and_remedy(done.stderr.decode())[1]
