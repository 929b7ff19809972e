"""A plain function of Node with sharp and Amazon's SDK, installed from its lock file on first use."""

import shutil
import subprocess
from pathlib import Path

from bench.missing import Missing
from bench.sharp import node

HERE = Path(__file__).parent
INSTALLED = HERE.parent.parent / ".bench" / "lambda_node"
FILES = ("package.json", "package-lock.json", ".npmrc", "index.mjs", "runtime.mjs")
VERSIONS = """
import { createRequire } from "node:module";
const require = createRequire(import.meta.url);
const sdk = require("@aws-sdk/client-s3/package.json").version;
console.log(`Node ${process.versions.node}, sharp ${require("sharp").versions.sharp}, @aws-sdk/client-s3 ${sdk}`);
"""


def install() -> Path:
    """Bring what is installed in line with the lock file, and give its folder. Raises Missing."""
    node()
    lock, done = HERE / "package-lock.json", INSTALLED / "installed-lock.json"
    INSTALLED.mkdir(parents=True, exist_ok=True)
    for name in FILES:
        shutil.copyfile(HERE / name, INSTALLED / name)
    if not done.exists() or done.read_bytes() != lock.read_bytes():
        command = ["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund"]
        try:
            subprocess.run(command, cwd=INSTALLED, check=True, capture_output=True)
        except subprocess.CalledProcessError as error:
            raise Missing("sharp or the SDK", f"npm ci in {INSTALLED} failed: {error.stderr.decode()}") from error
        shutil.copyfile(lock, done)
    return INSTALLED


def versions() -> str:
    """Say what it is made of."""
    command = [node(), "--input-type=module", "-e", VERSIONS]
    return subprocess.run(command, cwd=install(), capture_output=True, text=True, check=True).stdout.strip()
