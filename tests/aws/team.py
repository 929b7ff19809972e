"""A team that uses Firstsight in the private AWS: a folder with settings, a bucket, and the command run for them."""

import json
import os
import subprocess
import sys
import time
import zipfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.cloudlab.lab import REGION, Lab

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


@dataclass(frozen=True)
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


def website(project: Project, path: str) -> str:
    return f"http://{project.bucket}.s3-website.{REGION}.amazonaws.com{path}"


def outputs(project: Project) -> dict[str, str]:
    found = project.lab.client("cloudformation").describe_stacks(StackName=f"firstsight-{project.bucket}")
    return {one["OutputKey"]: one["OutputValue"] for one in found["Stacks"][0]["Outputs"]}


def wait_for(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 20
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.2)
