"""Deploys after the first in a private AWS that runs: new versions and broken ones, killed ones, and two at once."""

import signal
import subprocess
from collections.abc import Callable

from tests.aws.team import SCRIPT, Project, outputs, website
from tests.cloudlab.lab import Lab

BROKEN = {
    "firstsight/runtimes/lambda_function.py": "raise RuntimeError('broken on purpose')",
    "firstsight/runtimes/__init__.py": "",
    "firstsight/__init__.py": "",
}
OTHER, ANOTHER = ({"other.txt": f"the same code in {which} bundle"} for which in ("another", "a third"))


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


def test_of_two_deploys_at_once_the_one_that_began_first_ends_and_no_version_is_lost(
    project: Callable[..., Project],
) -> None:
    team = project("direct", 'front = "rest-api"')
    assert team.deploy().returncode == 0
    code, told = stopped_at(team, "The bundle", OTHER, lambda: team.deploy(ANOTHER))
    assert (code, "a deploy of firstsight-team-" in told, "by somebody else" in told) == (1, True, True), told
    assert "version 2," in team.run("status", "--no-drift").stdout
    assert "Nothing to change." in team.deploy(ANOTHER).stdout, "what theirs has made is as it was"
    assert team.run("rollback").stdout.strip() == "Version 1 is live."
    assert team.run("destroy", "--yes").returncode == 0


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


def stopped_at(
    project: Project, moment: str, extra: dict[str, str], meanwhile: Callable[[], object]
) -> tuple[int, str]:
    """Start a deploy, stop it as soon as it says something, do something else, and let it go on: its exit and words."""
    bundle = project.bundle(extra).rename(project.folder / "stopped.zip")
    command = [str(SCRIPT), "deploy", "--yes", "--bundle", str(bundle)]
    with subprocess.Popen(
        command, cwd=project.folder, env=project.environ, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stderr
        assert any(moment in line for line in process.stderr), f"it never says {moment}"
        process.send_signal(signal.SIGSTOP)
        try:
            meanwhile()
        finally:
            process.send_signal(signal.SIGCONT)
        told = process.stderr.read()
    return process.returncode, told
