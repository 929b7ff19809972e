"""The function may read the keys that the settings refer to, and no other secret."""

from collections.abc import Iterator
from dataclasses import replace
from fnmatch import fnmatchcase
from typing import Any

import boto3
import pytest
from rich.console import Console

from firstsight.aws import plan, secrets, template
from firstsight.aws.desired import desire
from firstsight.aws.plan import Plan
from firstsight.cli import planned
from firstsight.errors import BadSettings
from tests import servers
from tests.aws import states
from tests.aws.test_template import problems

SESSION = boto3.Session(aws_access_key_id="testing", aws_secret_access_key="testing", region_name=states.REGION)


def planning(reference: str, topology: str = "cdn") -> Plan:
    settings, facts = states.settings(topology, keys=reference), states.facts()
    return plan.make(settings, facts, desire(settings, facts, states.SHA))


def granted(reference: str) -> dict[str, dict[str, Any]]:
    """What the plan says is granted for the keys, by the action."""
    return {
        one["Action"][0]: dict(one) for one in planning(reference).grants if one["Sid"] in ("ReadKeys", "DecryptKeys")
    }


@pytest.fixture(scope="module")
def kept() -> Iterator[dict[str, str]]:
    """ARNs that an AWS has given to secrets and parameters, by their names."""
    with servers.s3_server() as address:
        manager = SESSION.client("secretsmanager", endpoint_url=address)
        systems = SESSION.client("ssm", endpoint_url=address)
        found = {}
        for name in ("firstsight/keys", "firstsight/keys-of-another", "another", "firstsight/keys/below"):
            found[name] = manager.create_secret(Name=name, SecretString="s")["ARN"]
        for name in ("/firstsight/keys", "plain", "/firstsight/keys/below"):
            systems.put_parameter(Name=name, Value="s", Type="SecureString")
            found[f"parameter {name}"] = systems.get_parameter(Name=name)["Parameter"]["ARN"]
        yield {name: arn.replace("123456789012", states.ACCOUNT) for name, arn in found.items()}


@pytest.mark.parametrize(
    ("reference", "action", "only"),
    [
        ("secretsmanager:firstsight/keys", "secretsmanager:GetSecretValue", "firstsight/keys"),
        ("secretsmanager:another", "secretsmanager:GetSecretValue", "another"),
        ("ssm:/firstsight/keys", "ssm:GetParameter", "parameter /firstsight/keys"),
        ("ssm:/firstsight/keys:3", "ssm:GetParameter", "parameter /firstsight/keys"),
        ("ssm:plain", "ssm:GetParameter", "parameter plain"),
    ],
)
def test_a_reference_by_name_grants_that_secret_alone(
    kept: dict[str, str], reference: str, action: str, only: str
) -> None:
    found = granted(reference)
    assert found.keys() == {action, "kms:Decrypt"}
    [resource] = found[action]["Resource"]
    assert [name for name, arn in kept.items() if fnmatchcase(arn, resource)] == [only]
    condition = found["kms:Decrypt"]["Condition"]
    [encrypted] = condition["StringLike"].values()
    assert encrypted == resource
    service = reference.partition(":")[0]
    assert condition["StringEquals"] == {"kms:ViaService": f"{service}.{states.REGION}.amazonaws.com"}
    assert found["kms:Decrypt"]["Resource"] == [f"arn:aws:kms:{states.REGION}:{states.ACCOUNT}:key/*"]


@pytest.mark.parametrize("name", ["firstsight/keys", "parameter /firstsight/keys"])
def test_a_reference_by_arn_grants_that_arn(kept: dict[str, str], name: str) -> None:
    scheme = "ssm" if name.startswith("parameter") else "secretsmanager"
    found = granted(f"{scheme}:{kept[name]}")
    reading = next(one for action, one in found.items() if not action.startswith("kms"))
    assert reading["Resource"] == [kept[name]]


def test_an_arn_without_its_end_is_completed() -> None:
    arn = f"arn:aws:secretsmanager:{states.REGION}:{states.ACCOUNT}:secret:keys"
    [statement, _] = secrets.grants(f"secretsmanager:{arn}")
    assert statement["Resource"] == {"Fn::Sub": f"{arn}-??????"}


def test_keys_in_the_settings_need_no_grant() -> None:
    settings = states.settings("cdn", keys=["a:0123456789abcdef"])
    wanted = desire(settings, states.facts(), states.SHA).stack
    assert not [one for one in template.grants(wanted) if "Keys" in one["Sid"]]


@pytest.mark.parametrize("reference", ["secretsmanager:firstsight/keys", "ssm:/firstsight/keys"])
@pytest.mark.parametrize("topology", ["website", "cdn", "direct"])
def test_cloudformation_takes_the_template(reference: str, topology: str) -> None:
    wanted = desire(states.settings(topology, keys=reference), states.facts(), states.SHA).stack
    assert problems(template.text(wanted), states.REGION) == []


def test_a_plan_shows_what_may_be_read(capsys: pytest.CaptureFixture[str]) -> None:
    planned.show(planning("secretsmanager:firstsight/keys"), Console(width=300))
    secret = f"arn:aws:secretsmanager:{states.REGION}:{states.ACCOUNT}:secret:firstsight/keys-??????"
    shown = capsys.readouterr().out
    assert f"secretsmanager:GetSecretValue on {secret}" in shown
    assert f"kms:Decrypt on arn:aws:kms:{states.REGION}:{states.ACCOUNT}:key/*, only for {secret}" in shown


def test_another_place_of_the_keys_is_a_change_of_the_role() -> None:
    before = states.settings("cdn", keys="ssm:/one")
    found, _ = states.deployed(before, states.facts())
    after = states.settings("cdn", keys="ssm:/two")
    made = plan.make(after, found, desire(after, found, states.SHA))
    [role] = [change for change in made.changes if change.what.startswith("Role ")]
    assert str(role.action) == "update"
    assert "parameter/one" in str(role.before)
    assert "parameter/two" in str(role.after)


def test_keys_in_a_file_are_refused_since_the_function_has_none() -> None:
    [sentence] = planning("file:///run/secrets/keys").refusals
    assert "file:///run/secrets/keys" in sentence
    assert "secretsmanager:NAME" in sentence


def test_a_reference_in_the_environment_is_told_to_the_function_and_a_secret_is_not(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for value, told in (("secretsmanager:keys", True), ("a:0123456789abcdef", False)):
        monkeypatch.setenv("FIRSTSIGHT_KEYS", value)
        made = planning("secretsmanager:keys")
        settings = states.settings("cdn", keys=value)
        environment = desire(settings, states.facts(), states.SHA).stack.environment
        assert (environment.get("FIRSTSIGHT_KEYS") == value) is told
        assert any("not sent along" in sentence for sentence in made.warnings) is not told


def test_a_name_that_no_secret_can_have_is_refused() -> None:
    wanted = desire(states.settings("cdn"), states.facts(), states.SHA).stack
    with pytest.raises(BadSettings, match="name or the ARN"):
        template.grants(replace(wanted, keys="ssm:${AWS::Region}"))
