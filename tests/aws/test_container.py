"""The Dockerfile of the function's container image: its instructions, since nothing here builds it."""

import ast
import json
import re
import shlex
from pathlib import Path

import pytest

from firstsight.aws import bundle
from firstsight.aws.bytecode import VERSION

Instruction = tuple[str, str]


def instructions(path: Path) -> list[Instruction]:
    """The instructions of a Dockerfile, lines that go on joined."""
    lines = [line for line in path.read_text("utf-8").splitlines() if not line.startswith("#")]
    joined = re.sub(r"\\\n\s*", "", "\n".join(lines))
    return [(line.split()[0], line.split(maxsplit=1)[1]) for line in joined.splitlines() if line.strip()]


@pytest.fixture
def dockerfile(root: Path) -> list[Instruction]:
    return instructions(root / "deploy" / "lambda" / "Dockerfile")


def test_both_stages_are_amazons_image_of_the_python_that_the_lock_is_for(dockerfile: list[Instruction]) -> None:
    bases = [rest.split()[0] for name, rest in dockerfile if name == "FROM"]
    assert bases == [f"amazon/aws-lambda-python:{VERSION}"] * 2


def test_it_has_only_instructions_that_there_are_and_begins_with_from(dockerfile: list[Instruction]) -> None:
    assert dockerfile[0][0] == "FROM"
    assert {name for name, _ in dockerfile} == {"FROM", "WORKDIR", "COPY", "RUN", "ENV", "CMD"}


def test_everything_that_is_copied_is_there(dockerfile: list[Instruction], root: Path) -> None:
    copied = [rest.split()[:-1] for name, rest in dockerfile if name == "COPY" and not rest.startswith("--from")]
    assert [name for names in copied for name in names if not (root / name).exists()] == []
    locks = [(root / name).resolve() for name in copied[0]]
    assert locks == [bundle.LOCK.resolve(), bundle.BUILD_LOCK.resolve()]


def test_what_is_installed_is_locked_by_hash(dockerfile: list[Instruction]) -> None:
    runs = " && ".join(rest for name, rest in dockerfile if name == "RUN")
    installs = [shlex.split(part) for part in runs.split("&&") if "pip install" in part]
    files = []
    for words in installs:
        assert {"--require-hashes", "--no-deps", "--no-cache-dir"} <= set(words)
        files.append(words[words.index("--requirement") + 1])
    assert files == ["lambda-build.txt", "lambda.txt"]


def test_what_is_removed_is_there_and_not_in_the_bundle_either(dockerfile: list[Instruction], root: Path) -> None:
    [removed] = re.findall(r"rm -r ((?:task/firstsight/\w+ ?)+)", " ".join(rest for _, rest in dockerfile))
    for folder in removed.split():
        name = folder.removeprefix("task/")
        assert (root / "src" / name).is_dir()
        assert not bundle.is_needed(f"{name}/anything.py")


def test_its_command_is_the_handler(dockerfile: list[Instruction], root: Path) -> None:
    [command] = [json.loads(rest) for name, rest in dockerfile if name == "CMD"]
    module, _, function = command[0].rpartition(".")
    tree = ast.parse((root / "src" / f"{module.replace('.', '/')}.py").read_text("utf-8"))
    assert function in [node.name for node in tree.body if isinstance(node, ast.FunctionDef)]
