"""Applying a plan: killed before and after every order it gives AWS, and run again, it comes to the same."""

import copy
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any, cast

import pytest

from firstsight.aws import apply, destroy, plan, probe, reading, remembered
from firstsight.aws.apply import Deploy, StackFailed
from firstsight.aws.cloud import Cloud, Progress
from firstsight.aws.desired import desire
from firstsight.aws.plan import PlanRefused
from firstsight.aws.remembered import DeployOvertaken
from firstsight.settings import Settings
from tests.aws import states
from tests.aws.memory import Killed, Memory

NAME = "firstsight-photos"
ARTEFACTS = f"firstsight-{states.ACCOUNT}-{states.REGION}"
THEIRS = {**states.THEIRS, "block": None}


def account() -> Memory:
    """An account with a bucket that holds things."""
    memory = Memory(buckets={"photos": copy.deepcopy(THEIRS)})
    memory.objects["photos", "cat.jpg"] = b"a cat"
    return memory


@pytest.fixture(autouse=True)
def _front(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every front answers with an image, unless the version it leads to is a broken one."""

    def walk(url: str, cloud: Any, *, sign: bool = False, follow: bool = True) -> list[probe.Hop]:
        alias = "next" if "/next/" in url else "live"
        found = cloud.version(NAME, alias).value
        source = f"{probe.FOLDER}/{url.rsplit('/', 2)[1]}"
        bucket = next(bucket for bucket, key in cloud.objects if key.endswith(source))
        cloud.objects[bucket, f"{source}/thumb.webp"] = b"made"
        broken = found is None or found.description in cloud.buckets.get("broken", {})
        return [probe.Hop(url, 502 if broken else 200, {"content-type": "image/webp"}, b"image")]

    monkeypatch.setattr(probe, "walk", walk)


def prepared(memory: Memory, settings: Settings, bundle: Path, sha: str = states.SHA) -> Deploy:
    cloud = cast("Cloud", memory)
    facts = reading.read(cloud, settings)
    desired = desire(settings, facts, sha)
    facts = reading.with_code(cloud, facts, desired.stack.code)
    made = plan.make(settings, facts, desired)
    patience = probe.Pace(tries=1)
    return Deploy(cloud, settings, desired, facts, made, bundle, pause=lambda _: None, patience=patience)


@pytest.fixture
def bundle(tmp_path: Path) -> Path:
    path = tmp_path / "bundle.zip"
    path.write_bytes(b"a bundle")
    return path


def outcome(memory: Memory) -> dict[str, Any]:
    """What a deploy is for: everything but the record of how it came about."""
    objects = {key: data for key, data in memory.objects.items() if not key[1].endswith("state.json")}
    live = memory.version(NAME, "live").value
    return {
        "documents": memory.buckets["photos"],
        "objects": objects,
        "template": memory.stack(NAME).template,
        "live": live and live.description,
    }


def run(deploy: Deploy) -> None:
    apply.apply(deploy)


def take_away(deploy: Deploy) -> None:
    destroy.destroy(deploy, derivatives=False)


def kills(make: Callable[[], Memory], settings: Settings, bundle: Path, act: Callable[[Deploy], None], sha: str) -> int:
    """How many orders an undisturbed run gives."""
    memory = make()
    memory.orders = 0
    act(prepared(memory, settings, bundle, sha))
    return memory.orders


def deployed(settings: Settings, bundle: Path) -> Memory:
    memory = account()
    run(prepared(memory, settings, bundle))
    return memory


@pytest.mark.parametrize("topology", ["website", "cdn", "direct"])
def test_a_deploy_that_is_killed_at_any_order_and_run_again_comes_to_the_same(topology: str, bundle: Path) -> None:
    settings = states.settings(topology)
    wanted = outcome(deployed(settings, bundle))
    orders = kills(account, settings, bundle, run, states.SHA)
    assert orders > 15
    for half in range(2, 2 * orders + 2):
        memory = account()
        memory.kill_at = half / 2
        with pytest.raises(Killed):
            run(prepared(memory, settings, bundle))
        memory.kill_at = None
        run(prepared(memory, settings, bundle))
        assert outcome(memory) == wanted, f"killed at {half / 2}"
        assert prepared(memory, settings, bundle).plan.is_empty
        take_away(prepared(memory, settings, bundle))
        assert memory.buckets == {"photos": THEIRS}, f"killed at {half / 2}"
        assert memory.objects == {("photos", "cat.jpg"): b"a cat"}


def test_an_update_that_is_killed_at_any_order_leaves_a_version_serving_and_comes_to_the_same(bundle: Path) -> None:
    settings, other = states.settings("website"), "b" * 64
    reference = deployed(settings, bundle)
    run(prepared(reference, settings, bundle, other))
    orders = kills(lambda: deployed(settings, bundle), settings, bundle, run, other)
    for half in range(2, 2 * orders + 2):
        memory = deployed(settings, bundle)
        memory.orders, memory.kill_at = 0, half / 2
        with pytest.raises(Killed):
            run(prepared(memory, settings, bundle, other))
        memory.kill_at = None
        assert memory.version(NAME, "live").value is not None
        run(prepared(memory, settings, bundle, other))
        assert outcome(memory) == outcome(reference), f"killed at {half / 2}"
        state = remembered.read(cast("Cloud", memory), ARTEFACTS, NAME, states.ACCOUNT).value
        assert state
        assert state.live == ("1", "2")


def test_a_destroy_that_is_killed_at_any_order_and_run_again_leaves_nothing(bundle: Path) -> None:
    settings = states.settings("website")
    orders = kills(lambda: deployed(settings, bundle), settings, bundle, take_away, states.SHA)
    for half in range(2, 2 * orders + 2):
        memory = deployed(settings, bundle)
        memory.orders, memory.kill_at = 0, half / 2
        with pytest.raises(Killed):
            take_away(prepared(memory, settings, bundle))
        memory.kill_at = None
        take_away(prepared(memory, settings, bundle))
        assert memory.buckets == {"photos": THEIRS}, f"killed at {half / 2}"
        assert memory.stacks == {}


def broken(memory: Memory, settings: Settings, bundle: Path, sha: str) -> Deploy:
    """A deploy of a function that answers nothing."""
    deploy = prepared(memory, settings, bundle, sha)
    memory.buckets.setdefault("broken", {})[f"Firstsight {deploy.desired.fingerprint}"] = True
    return deploy


def test_a_broken_version_never_serves_and_the_next_good_one_does(bundle: Path) -> None:
    settings = states.settings("website")
    memory = deployed(settings, bundle)
    before = outcome(memory)["live"]
    with pytest.raises(probe.SmokeTestFailed):
        run(broken(memory, settings, bundle, "b" * 64))
    assert outcome(memory)["live"] == before
    assert not any(probe.FOLDER in key for _, key in memory.objects)
    run(prepared(memory, settings, bundle, "c" * 64))
    assert memory.aliases[NAME, "live"] == "3"
    state = remembered.read(cast("Cloud", memory), ARTEFACTS, NAME, states.ACCOUNT).value
    assert state
    assert state.live == ("1", "3"), "a rollback does not go to what never served"


def test_a_first_deploy_that_is_broken_leaves_the_bucket_alone(bundle: Path) -> None:
    memory, settings = account(), states.settings("website")
    with pytest.raises(probe.SmokeTestFailed):
        run(broken(memory, settings, bundle, states.SHA))
    assert memory.buckets["photos"] == THEIRS


def test_what_the_team_changes_afterwards_stays_when_all_is_taken_away(bundle: Path) -> None:
    settings = states.settings("website")
    memory = deployed(settings, bundle)
    new = {"Condition": {"KeyPrefixEquals": "blog/"}, "Redirect": {"HostName": "blog.example.com"}}
    memory.buckets["photos"]["website"]["RoutingRules"].append(new)
    run(prepared(memory, settings, bundle, "b" * 64))
    memory.buckets["photos"]["website"]["ErrorDocument"] = {"Key": "sorry.html"}
    take_away(prepared(memory, settings, bundle))
    assert memory.buckets["photos"]["website"] == {
        **states.THEIR_WEBSITE,
        "ErrorDocument": {"Key": "sorry.html"},
        "RoutingRules": [states.THEIR_RULE, new],
    }
    assert memory.buckets["photos"]["policy"] == states.THEIR_POLICY


def test_another_topology_takes_out_what_the_one_before_had_put_in(bundle: Path) -> None:
    memory = deployed(states.settings("website"), bundle)
    run(prepared(memory, states.settings("direct"), bundle))
    found = memory.buckets["photos"]
    assert (found["website"], found["policy"]) == (states.THEIR_WEBSITE, states.THEIR_POLICY)
    assert "LambdaFunctionConfigurations" in found["notifications"]


@pytest.mark.parametrize("act", [run, take_away])
def test_other_buckets_in_the_settings_leave_nothing_of_ours_in_the_ones_before(
    act: Callable[[Deploy], None], bundle: Path
) -> None:
    memory = deployed(states.settings("website", {"name": NAME}), bundle)
    memory.buckets["elsewhere"] = {**THEIRS, "notifications": None}
    moved = states.settings("website", {"name": NAME}, source="s3://elsewhere")
    planned = prepared(memory, moved, bundle)
    named = [change.what for change in planned.plan.changes if "of bucket" in change.what]
    kinds = ("policy", "website", "notifications")
    assert named == [f"{kind} of bucket {name}" for kind in kinds for name in ("photos", "elsewhere")]
    act(planned)
    assert memory.buckets["photos"] == THEIRS
    take_away(prepared(memory, moved, bundle))
    assert memory.buckets["elsewhere"] == {**THEIRS, "notifications": None}


def test_a_bucket_of_before_that_is_gone_keeps_nobody_from_going_on(bundle: Path) -> None:
    memory = deployed(states.settings("website", {"name": NAME}), bundle)
    memory.buckets["elsewhere"] = {**THEIRS}
    del memory.buckets["photos"]
    moved = states.settings("website", {"name": NAME}, source="s3://elsewhere")
    run(prepared(memory, moved, bundle))
    assert prepared(memory, moved, bundle).plan.is_empty


def test_a_stack_that_fails_is_told_with_its_own_reason_and_not_with_that_of_an_earlier_time(bundle: Path) -> None:
    memory = deployed(settings := states.settings(), bundle)
    memory.happened = [("1", Progress("Function", "UPDATE_FAILED", "the reason of last month"))]
    memory.failing = ("2", Progress("Role", "UPDATE_FAILED", "the reason of today"))
    with pytest.raises(StackFailed, match="Role: the reason of today"):
        run(prepared(memory, settings, bundle, "b" * 64))


def test_a_refused_plan_changes_nothing(bundle: Path) -> None:
    memory = account()
    with pytest.raises(PlanRefused, match="us-east-1"):
        run(prepared(memory, states.settings("website", {"region": "us-east-1"}), bundle))
    assert memory.orders == 0


def test_a_rollback_needs_a_version_before(bundle: Path) -> None:
    memory = deployed(states.settings("direct"), bundle)
    state = remembered.read(cast("Cloud", memory), ARTEFACTS, NAME, states.ACCOUNT).value
    assert state
    with pytest.raises(PlanRefused, match="no version before"):
        apply.roll_back(cast("Cloud", memory), ARTEFACTS, NAME, state)


def test_the_lifecycle_of_derivatives_is_set_changed_and_taken_away_and_theirs_stays(
    bundle: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(probe, "kept", lambda *_: ["made/thumb.webp"])  # what the front keeps is below no prefix
    theirs = {"ID": "logs", "Status": "Enabled", "Filter": {"Prefix": "logs/"}, "Expiration": {"Days": 7}}
    memory = account()
    memory.buckets["photos"]["lifecycle"] = {"Rules": [theirs]}

    def deploy(days: int) -> list[dict[str, Any]]:
        settings = states.settings("cdn", {"expire_days": days}, derivatives="s3://photos/made")
        run(prepared(memory, settings, bundle))
        assert prepared(memory, settings, bundle).plan.is_empty
        return list(memory.buckets["photos"]["lifecycle"]["Rules"])

    ours = {"ID": NAME, "Status": "Enabled", "Filter": {"Prefix": "made/"}, "Expiration": {"Days": 30}}
    assert deploy(30) == [theirs, ours]
    assert deploy(60) == [theirs, {**ours, "Expiration": {"Days": 60}}]
    assert deploy(0) == [theirs]
    assert deploy(30) == [theirs, ours]
    other = {**theirs, "ID": "other"}
    memory.buckets["photos"]["lifecycle"]["Rules"].insert(0, other)
    take_away(prepared(memory, states.settings("cdn", derivatives="s3://photos/made"), bundle))
    assert memory.buckets["photos"]["lifecycle"] == {"Rules": [other, theirs]}


@pytest.mark.parametrize("act", [run, take_away])
def test_who_planned_before_somebody_else_deployed_changes_nothing(act: Callable[[Deploy], None], bundle: Path) -> None:
    settings = states.settings("website")
    memory = deployed(settings, bundle)
    ours = prepared(memory, settings, bundle, "b" * 64)
    run(prepared(memory, settings, bundle, "c" * 64))
    before = copy.deepcopy((memory.buckets, memory.objects, memory.stacks, memory.aliases))
    with pytest.raises(DeployOvertaken, match="firstsight-photos by somebody else"):
        act(ours)
    assert (memory.buckets, memory.objects, memory.stacks, memory.aliases) == before


def test_a_rollback_from_what_is_not_remembered_any_more_moves_nothing(bundle: Path) -> None:
    memory = deployed(settings := states.settings("direct"), bundle)
    run(prepared(memory, settings, bundle, "b" * 64))
    read = remembered.read(cast("Cloud", memory), ARTEFACTS, NAME, states.ACCOUNT).value
    assert read
    run(prepared(memory, settings, bundle, "c" * 64))
    with pytest.raises(DeployOvertaken):
        apply.roll_back(cast("Cloud", memory), ARTEFACTS, NAME, read)
    assert memory.aliases[NAME, "live"] == "3"


def test_a_stack_that_somebody_else_has_brought_up_to_date_is_left_so(bundle: Path) -> None:
    memory = deployed(settings := states.settings("website"), bundle)
    ours, theirs = (prepared(memory, settings, bundle, letter * 64) for letter in "bc")
    memory.orders = 0
    memory.meanwhile = (2, lambda: run(prepared(memory, settings, bundle, "c" * 64)))  # we have begun by then
    with pytest.raises(DeployOvertaken):
        run(ours)
    assert memory.latest(NAME) == f"Firstsight {theirs.desired.fingerprint}"


@pytest.mark.parametrize("fresh", [True, False])
def test_a_deploy_that_somebody_else_overtakes_at_any_order_ends_and_loses_no_version(
    fresh: bool, bundle: Path
) -> None:
    settings = states.settings("website")

    def start() -> Memory:
        return account() if fresh else deployed(settings, bundle)

    for order in range(1, kills(start, settings, bundle, run, "b" * 64) + 1):
        memory = start()
        ours, theirs = (partial(prepared, memory, settings, bundle, letter * 64) for letter in "bc")
        planned = ours()
        memory.orders, memory.meanwhile = 0, (order, lambda theirs=theirs: run(theirs()))
        with pytest.raises(DeployOvertaken):
            run(planned)
        state = remembered.read(cast("Cloud", memory), ARTEFACTS, NAME, states.ACCOUNT).value
        assert state
        assert memory.served, f"theirs at {order}"
        assert memory.served <= set(state.live), f"at {order}"
        run(theirs())
        assert theirs().plan.is_empty, f"at {order}"
