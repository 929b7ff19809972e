"""
Doctor against a service that runs in a private AWS, and is broken there in one way after the other.

Each time its first finding is the cause, and nothing else fails; put right again, nothing fails any more.
"""

import json
import os
import shlex
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NoReturn

import pytest
from typer.testing import CliRunner

from firstsight.cli import app
from tests.cloudlab import lab as labs
from tests.doctor.broken import BREAKAGES, Break, Breakage, Team, no_alias, nobody_may_invoke, unpublished


@pytest.fixture(scope="module")
def team(tmp_path_factory: pytest.TempPathFactory, photos: Path, require: Callable[[str], NoReturn]) -> Iterator[Team]:
    """A service that is deployed, and works."""
    if why := labs.missing():
        require(why)
    with labs.running(tmp_path_factory.mktemp("lab")) as lab, pytest.MonkeyPatch.context() as patch:
        for name in [name for name in os.environ if name.startswith(("AWS_", "FIRSTSIGHT_"))]:
            patch.delenv(name)
        for name, value in lab.environ.items():
            patch.setenv(name, value)
        team = Team(tmp_path_factory.mktemp("project"), lab)
        team.start((photos / "chelsea.png").read_bytes())
        yield team


def examine(team: Team) -> tuple[int, dict[str, Any]]:
    """Run doctor for a derivative that is not there; its exit status, and what it says."""
    done = CliRunner().invoke(app, ["doctor", team.url, "--json", "--config", str(team.config)])
    assert done.exception is None or isinstance(done.exception, SystemExit), done.output
    data: dict[str, Any] = json.loads(done.stdout)
    return done.exit_code, data


def wrong(data: dict[str, Any]) -> list[dict[str, Any]]:
    """The findings that are not ok, in their order."""
    return [one for one in data["findings"] if one["verdict"] != "ok"]


def assert_is_well(team: Team) -> None:
    """Nothing is found where the derivative has to be made, and that is what happens; then it is deleted again."""
    team.forget()
    _, data = examine(team)
    assert wrong(data) == []
    assert [(hop["status"], hop["who"], hop["wrong"]) for hop in data["hops"]] == [
        (307, "S3 website", False),
        (302, "function", False),
        (200, "S3 website", False),
    ]
    team.forget()


def test_nothing_is_found_where_nothing_is_wrong(team: Team) -> None:
    assert_is_well(team)


@pytest.mark.parametrize("breakage", BREAKAGES, ids=lambda breakage: breakage.what)
def test_what_is_broken_is_found_first_and_nothing_once_it_is_put_right(team: Team, breakage: Breakage) -> None:
    with breakage.breaks(team):
        status, data = examine(team)
    found = wrong(data)
    assert data["findings"][:1] == found[:1], "what is wrong comes first"
    assert [(one["code"], one["verdict"]) for one in found] == [(breakage.code, "failure")], found
    assert found[0]["evidence"]
    assert found[0]["remedy"]
    assert status == 1
    assert_is_well(team)


@pytest.mark.parametrize(
    ("breaks", "code", "verdict"),
    [
        (nobody_may_invoke, "api-invoke-permission", "failure"),
        (unpublished, "code-changed", "warning"),
        (no_alias, "function-missing", "failure"),
    ],
)
def test_the_command_that_is_told_as_the_cure_is_one(team: Team, breaks: Break, code: str, verdict: str) -> None:
    with breaks(team):
        _, data = examine(team)
        [first] = wrong(data)
        assert (first["code"], first["verdict"]) == (code, verdict)
        program, service, operation, *options = shlex.split(first["remedy"])
        assert program == "aws"
        parameters = {
            "".join(word.capitalize() for word in name.removeprefix("--").split("-")): value
            for name, value in zip(options[::2], options[1::2], strict=True)
        }
        getattr(team.client(service), operation.replace("-", "_"))(**parameters)
        assert_is_well(team)
