"""What is read of AWS, through the real clients, from moto; what moto has not is answered in botocore's own stub."""

import io
import json
import time
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import botocore.client
import pytest
from botocore.stub import Stubber

from firstsight.aws import api_facts, cdn_facts, function_facts, role_facts
from firstsight.aws.cloud import Cloud
from firstsight.aws.names import Place
from firstsight.aws.role_facts import Question
from firstsight.doctor import check, permissions, reading
from firstsight.doctor.checks import CHECKS
from firstsight.doctor.facts import Facts
from firstsight.doctor.finding import Hop, Who, by_cause
from firstsight.doctor.log import Trouble
from tests.servers import aws_server

REGION, OTHER, ACCOUNT = "eu-central-1", "us-west-2", "123456789012"
SETTINGS = """
source = "s3://photos"
[aws]
topology = "website"
[presets.thumb]
transform = "100x80"
"""


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    """moto's AWS."""
    with aws_server() as address:
        yield address


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, address: str) -> Path:
    """A folder with settings, and an environment that leads to an empty AWS."""
    import urllib.request

    urllib.request.urlopen(urllib.request.Request(f"{address}/moto-api/reset", method="POST"))
    for name, value in {
        "AWS_ENDPOINT_URL": address,
        "AWS_ACCESS_KEY_ID": "a",
        "AWS_SECRET_ACCESS_KEY": "b",
        "AWS_DEFAULT_REGION": "us-east-1",
    }.items():
        monkeypatch.setenv(name, value)
    monkeypatch.delenv("AWS_PROFILE", raising=False)
    monkeypatch.chdir(tmp_path)
    (tmp_path / "firstsight.toml").write_text(SETTINGS, "utf-8")
    return tmp_path


def client(service: str, region: str = REGION) -> Any:
    session: Any = boto3.Session(region_name=region)
    return session.client(service)


def make_bucket() -> None:
    s3 = client("s3")
    s3.create_bucket(Bucket="photos", CreateBucketConfiguration={"LocationConstraint": REGION})
    s3.put_object(Bucket="photos", Key="a.jpg", Body=b"")


def make_function(region: str = REGION, name: str = "firstsight-photos") -> None:
    """A function with a version, the alias live, and a policy, as one makes them by hand."""
    iam, functions = client("iam"), client("lambda", region)
    assume = {
        "Statement": [{"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}]
    }
    role = iam.create_role(RoleName=f"{name}-{region}", AssumeRolePolicyDocument=json.dumps(assume))["Role"]["Arn"]
    code = io.BytesIO()
    with zipfile.ZipFile(code, "w") as archive:
        archive.writestr("a.py", "def handler(event, context): pass")
    functions.create_function(
        FunctionName=name,
        Runtime="python3.13",
        Role=role,
        Handler="a.handler",
        Code={"ZipFile": code.getvalue()},
        Environment={"Variables": {"FIRSTSIGHT_SOURCE": "s3://photos"}},
        Timeout=7,
        MemorySize=512,
        Publish=True,
    )
    functions.create_alias(FunctionName=name, Name="live", FunctionVersion="1")


def make_api(region: str = REGION) -> str:
    gateway = client("apigateway", region)
    api = gateway.create_rest_api(name="x")["id"]
    root = gateway.get_resources(restApiId=api)["items"][0]["id"]
    below = gateway.create_resource(restApiId=api, parentId=root, pathPart="{proxy+}")["id"]
    arn = f"arn:aws:lambda:{region}:{ACCOUNT}:function:firstsight-photos"
    for resource in (root, below):
        at = {"restApiId": api, "resourceId": resource, "httpMethod": "ANY"}
        gateway.put_method(**at, authorizationType="AWS_IAM" if resource == below else "NONE")
        uri = f"arn:aws:apigateway:{region}:lambda:path/2015-03-31/functions/{arn}/invocations"
        gateway.put_integration(**at, type="AWS_PROXY", integrationHttpMethod="POST", uri=uri)
    gateway.create_deployment(restApiId=api, stageName="prod")
    return str(api)


def lead_to(api: str, region: str = REGION) -> None:
    """Have the website's rule lead to an API."""
    rule = {
        "Condition": {"HttpErrorCodeReturnedEquals": "404"},
        "Redirect": {"HostName": f"{api}.execute-api.{region}.amazonaws.com", "ReplaceKeyPrefixWith": "prod/"},
    }
    website = {"IndexDocument": {"Suffix": "index.html"}, "RoutingRules": [rule]}
    client("s3").put_bucket_website(Bucket="photos", WebsiteConfiguration=website)


def log(*texts: str, version: str = "1") -> None:
    logs = client("logs")
    group, stream = "/aws/lambda/firstsight-photos", f"2026/01/01/[{version}]abc"
    logs.create_log_group(logGroupName=group)
    logs.create_log_stream(logGroupName=group, logStreamName=stream)
    events = [{"timestamp": int(time.time() * 1000) + number, "message": text} for number, text in enumerate(texts)]
    logs.put_log_events(logGroupName=group, logStreamName=stream, logEvents=events)


def first(facts: Facts) -> str:
    return by_cause(check.run(facts, CHECKS))[0].code


def test_a_function_and_an_api_in_another_region_than_the_bucket_are_the_first_finding(folder: Path) -> None:
    """The function and the API in another region than the bucket's, all made by hand."""
    make_bucket()
    make_function(OTHER)
    lead_to(make_api(OTHER), OTHER)
    facts = reading.read(None)
    assert facts.on_aws
    assert facts.on_aws.function.value
    assert facts.on_aws.api.value
    assert (facts.on_aws.function.value.region, facts.on_aws.api.value.region) == (OTHER, OTHER)
    assert first(facts) == "region-differs"


def test_a_function_of_that_name_is_found_in_any_region(folder: Path) -> None:
    make_bucket()
    make_function("ap-southeast-2")
    facts = reading.read(None)
    assert facts.on_aws
    assert facts.on_aws.function.value
    assert facts.on_aws.function.value.region == "ap-southeast-2"
    assert first(facts) == "region-differs"


def test_what_is_set_up_is_read(folder: Path) -> None:
    make_bucket()
    make_function()
    lead_to(make_api())
    client("lambda").add_permission(
        FunctionName="firstsight-photos",
        Qualifier="live",
        StatementId="one",
        Action="lambda:InvokeFunction",
        Principal="s3.amazonaws.com",
        SourceArn="arn:aws:s3:::photos",
    )
    log("START RequestId: 1-2\n", "[ERROR] ValueError: of no use\n", "END RequestId: 1-2\n")
    found = reading.read(None).on_aws
    assert found
    assert found.function.value
    assert found.api.value
    function, api = found.function.value, found.api.value
    assert (function.version, function.timeout, function.memory) == ("1", 7, 512)
    assert (function.runtime, function.handler, function.architecture) == ("python3.13", "a.handler", "x86_64")
    assert function.environment["FIRSTSIGHT_SOURCE"] == "s3://photos"
    assert function.unpublished.value == function.sha256
    assert [one["Sid"] for one in function.policy.value or ()] == ["one"]
    assert function.url.value is None
    assert {(one.path, one.verb, one.authorization) for one in api.methods} == {
        ("/", "ANY", "NONE"),
        ("/{proxy+}", "ANY", "AWS_IAM"),
    }
    assert api.functions == ((REGION, "firstsight-photos"),)
    assert [stage.name for stage in api.stages.value or ()] == ["prod"]
    [one] = found.invocations.value or ()
    assert (one.version, one.trouble, one.line) == ("1", Trouble.RAISED, "ValueError: of no use")


def test_after_a_request_that_failed_the_log_is_read_until_it_tells_of_it(folder: Path) -> None:
    make_bucket()
    make_function()
    pauses: list[float] = []

    def pause(seconds: float) -> None:
        pauses.append(seconds)
        if len(pauses) == 2:
            log("START RequestId: 1\n", "[ERROR] ValueError: late\n")

    failed = (Hop("http://x/", 502, 0.5, who=Who.API_GATEWAY, wrong=True),)
    facts = reading.read(None, failed, pause=pause)
    assert facts.on_aws
    assert [one.line for one in facts.on_aws.invocations.value or ()] == ["ValueError: late"]
    assert pauses == [2.0, 2.0]


def test_a_bucket_that_is_not_there(folder: Path) -> None:
    assert first(reading.read(None)) == "settings-bucket"


def test_no_way_to_aws_is_a_fact(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
    monkeypatch.setenv("AWS_MAX_ATTEMPTS", "1")
    facts = reading.read(None)
    assert facts.on_aws is None
    assert "AWS cannot be reached" in facts.refused
    assert first(facts) == "aws-unread"


def test_what_nobody_has_foreseen_is_told_and_the_rest_is_judged(folder: Path) -> None:
    def odd(region: str | None) -> Cloud:
        raise KeyError("Rules")

    facts = reading.read(None, cloud_of=odd)
    assert facts.refused.startswith("KeyError: 'Rules' (odd, line ")
    assert [one.code for one in by_cause(check.run(facts, CHECKS)) if one.verdict != "ok"] == ["aws-unread"]


def test_without_a_bucket_aws_is_not_asked(folder: Path) -> None:
    (folder / "firstsight.toml").write_text('source = "."\n', "utf-8")

    def never(region: str | None) -> Cloud:
        raise AssertionError("AWS was asked")

    facts = reading.read(None, cloud_of=never)
    assert facts.on_aws is None
    assert facts.refused == ""


def test_an_http_api_is_read_likewise(folder: Path) -> None:
    gateway = client("apigatewayv2")
    api = gateway.create_api(Name="x", ProtocolType="HTTP")["ApiId"]
    uri = f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:firstsight-photos"
    made = gateway.create_integration(
        ApiId=api, IntegrationType="AWS_PROXY", IntegrationUri=uri, PayloadFormatVersion="2.0"
    )
    target = f"integrations/{made['IntegrationId']}"
    gateway.create_route(ApiId=api, RouteKey="$default", Target=target)
    gateway.create_route(ApiId=api, RouteKey="GET /images", Target=target, AuthorizationType="AWS_IAM")
    gateway.create_stage(ApiId=api, StageName="$default", AutoDeploy=True, StageVariables={"alias": "live"})
    found = api_facts.read(Cloud(REGION), api).value
    assert found
    assert found.kind == "http"
    assert {(one.path, one.verb, one.authorization, one.target) for one in found.methods} == {
        ("$default", "ANY", "NONE", uri),
        ("/images", "GET", "AWS_IAM", uri),
    }
    assert [(one.name, one.variables, one.automatic) for one in found.stages.value or ()] == [
        ("$default", {"alias": "live"}, True)
    ]
    assert api_facts.read(Cloud(REGION), "nothing000").value is None


def test_a_route_on_the_second_page_is_read_as_well(cloud: Cloud) -> None:
    first = {"Items": [{"RouteKey": "GET /about"}], "NextToken": "more"}
    with Stubber(cloud.client("apigatewayv2")) as stub:
        stub.add_response("get_routes", first, {"ApiId": "abc"})
        stub.add_response("get_routes", {"Items": [{"RouteKey": "$default"}]}, {"ApiId": "abc", "NextToken": "more"})
        stub.add_response("get_integrations", {"Items": []})
        stub.add_response("get_stages", {"Items": []})
        with Stubber(cloud.client("apigateway")) as rest:
            rest.add_client_error("get_resources", "NotFoundException", http_status_code=404)
            found = api_facts.read(cloud, "abc").value
    assert found
    assert [one.path for one in found.methods] == ["/about", "$default"]


def test_a_nat_gateway_that_was_deleted_leads_nowhere(cloud: Cloud) -> None:
    told = [{"NatGatewayId": "nat-1", "State": "deleted"}, {"NatGatewayId": "nat-2", "State": "available"}]
    with Stubber(cloud.client("ec2")) as stub:
        stub.add_response("describe_vpc_endpoints", {"VpcEndpoints": []})
        stub.add_response("describe_nat_gateways", {"NatGateways": told})
        _, gateways = function_facts.network(cloud, "vpc-1")
    assert gateways.value == ("nat-2",)


@pytest.mark.parametrize(
    ("url", "place"),
    [
        ("https://abc123.execute-api.eu-west-1.amazonaws.com/prod", ("abc123", "eu-west-1", "prod")),
        ("https://abc123.execute-api.us-gov-west-1.amazonaws.com", ("abc123", "us-gov-west-1", "")),
        ("https://abc123.execute-api.eusc-de-east-1.amazonaws.eu/prod", ("abc123", "eusc-de-east-1", "prod")),
        ("https://abc123.execute-api.localhost.localstack.cloud:4566/prod", ("abc123", "", "prod")),
        ("https://abc123.lambda-url.eu-west-1.on.aws/", None),
        ("", None),
    ],
)
def test_the_place_of_an_api_by_its_address(url: str, place: tuple[str, str, str] | None) -> None:
    assert api_facts.place_of(url) == place


#: What is asked of AWS in other deployments than that of the test below.
ELSEWHERE = {
    *("GetDistribution", "GetCachePolicy", "GetKeyPolicy", "DescribeKey", "SimulatePrincipalPolicy", "GetTemplate"),
    *("GetFunction", "DescribeVpcEndpoints", "DescribeNatGateways", "GetRoutes", "GetIntegrations", "GetLogEvents"),
    "GetObject",
}


def test_nothing_is_changed_and_the_page_names_each_permission(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    make_bucket()
    make_function()
    lead_to(make_api())
    log("START RequestId: 1\n", "[ERROR] Runtime.ImportModuleError: x\n")
    asked: list[str] = []
    call = botocore.client.BaseClient._make_api_call  # type: ignore[attr-defined]  # the stubs leave it out

    def recorded(self: Any, operation: str, parameters: Any) -> Any:
        asked.append(operation)
        return call(self, operation, parameters)

    monkeypatch.setattr("botocore.client.BaseClient._make_api_call", recorded)
    reading.read(None)
    assert len(set(asked)) > 15
    assert [one for one in asked if not one.startswith(("Get", "List", "Describe", "Head"))] == []
    page = (Path(__file__).parents[2] / "docs" / "doctor.md").read_text("utf-8")
    told = page.partition("## What doctor may read")[2].partition("\n## ")[0]
    for operation in (ELSEWHERE | set(asked)) - {"GetCallerIdentity"}:  # which everyone may ask
        permission = permissions.missing(f"{operation}: AccessDenied")
        assert ":" in permission, operation
        assert f"`{permission.partition(':')[2].split()[0]}`" in told, permission


# What moto has not.


@pytest.fixture
def cloud(monkeypatch: pytest.MonkeyPatch) -> Cloud:
    """A cloud that reaches nothing but stubs."""
    monkeypatch.delenv("AWS_PROFILE", raising=False)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "a")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "b")
    return Cloud(REGION)


ROLE = "arn:aws:iam::123456789012:role/firstsight"
PHOTOS = (Place("photos", "in/"), Place("photos", "out/"))


def test_every_action_is_asked_on_every_prefix() -> None:
    asked = role_facts.questions(REGION, ACCOUNT, "f", PHOTOS, ["arn:key"])
    bucket = "arn:aws:s3:::photos"
    assert [(one.action, one.resource, one.prefix) for one in asked if one.action.startswith("s3:")] == [
        ("s3:GetObject", f"{bucket}/in/firstsight-doctor.jpg", None),
        ("s3:GetObject", f"{bucket}/out/firstsight-doctor.jpg", None),
        ("s3:PutObject", f"{bucket}/out/firstsight-doctor.jpg", None),
        ("s3:DeleteObject", f"{bucket}/out/firstsight-doctor.jpg", None),
        ("s3:ListBucket", bucket, "in/"),
        ("s3:ListBucket", bucket, "out/"),
    ]
    assert [one.action for one in asked if one.resource == "arn:key"] == ["kms:Decrypt", "kms:GenerateDataKey"]


def test_iam_simulates_each_question(cloud: Cloud) -> None:
    question = Question("s3:ListBucket", "arn:aws:s3:::photos", "in/")
    context = [{"ContextKeyName": "s3:prefix", "ContextKeyValues": ["in/"], "ContextKeyType": "string"}]
    with Stubber(cloud.client("iam")) as stub:
        stub.add_response(
            "simulate_principal_policy",
            {"EvaluationResults": [{"EvalActionName": "s3:ListBucket", "EvalDecision": "implicitDeny"}]},
            {
                "PolicySourceArn": ROLE,
                "ActionNames": ["s3:ListBucket"],
                "ResourceArns": ["arn:aws:s3:::photos"],
                "ContextEntries": context,
            },
        )
        [answer] = role_facts.simulate(cloud, ROLE, [question]).value or ()
    assert str(answer) == "s3:ListBucket on arn:aws:s3:::photos (prefix 'in/'): implicitDeny"


def test_a_simulation_that_is_refused_is_unknown(cloud: Cloud) -> None:
    with Stubber(cloud.client("iam")) as stub:
        stub.add_client_error("simulate_principal_policy", "AccessDenied", http_status_code=403)
        fact = role_facts.simulate(cloud, ROLE, [Question("s3:GetObject", "arn:aws:s3:::photos/a")])
    assert (fact.value, fact.unknown) == (None, "SimulatePrincipalPolicy: AccessDenied")


@pytest.mark.parametrize("written", [[{"Sid": "a", "Effect": "Allow"}], {"Sid": "a", "Effect": "Allow"}])
def test_the_statements_of_a_kms_keys_policy_are_read_also_one_without_a_list(cloud: Cloud, written: Any) -> None:
    policy = {"Version": "2012-10-17", "Statement": written}
    with Stubber(cloud.client("kms")) as stub:
        stub.add_response("get_key_policy", {"Policy": json.dumps(policy)}, {"KeyId": "k", "PolicyName": "default"})
        assert cdn_facts.key_policy(cloud, "k").value == ({"Sid": "a", "Effect": "Allow"},)


def test_a_distribution_that_is_gone(cloud: Cloud) -> None:
    with Stubber(cloud.client("cloudfront")) as stub:
        stub.add_client_error("get_distribution", "NoSuchDistribution", http_status_code=404)
        fact = cdn_facts.read(cloud, "E1")
    assert (fact.value, fact.unknown) == (None, "")
