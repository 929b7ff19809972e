"""The stack: valid for CloudFormation, no more rights than needed, ids that stay."""

import json
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from cfnlint.api import ManualArgs, lint  # type: ignore[import-untyped]

from firstsight.aws import fronts, pipeline, template
from firstsight.aws.desired import desire
from firstsight.aws.desired_stack import DesiredStack
from firstsight.aws.facts import Fact
from tests.aws import states

KMS = [
    {
        "ApplyServerSideEncryptionByDefault": {
            "SSEAlgorithm": "aws:kms",
            "KMSMasterKeyID": f"arn:aws:kms:{states.REGION}:{states.ACCOUNT}:key/5678",
        }
    }
]
#: Every topology with every front it can have, and every option once.
CASES: dict[str, tuple[str, dict[str, Any], dict[str, Any]]] = {
    "website, REST API": ("website", {}, {}),
    "website, HTTP API": ("website", {"front": "http-api"}, {}),
    "website, function URL": ("website", {"front": "function-url", "public": True}, {}),
    "cdn": ("cdn", {}, {}),
    "cdn, prefixes": ("cdn", {"timeout": 29}, {"source": "s3://photos/in", "derivatives": "s3://photos/out"}),
    "direct, IAM": ("direct", {}, {}),
    "direct, public": ("direct", {"public": True}, {}),
    "direct, REST API": ("direct", {"front": "rest-api"}, {}),
    "direct, HTTP API": ("direct", {"front": "http-api"}, {}),
    "direct, a queue": ("direct", {"events": f"arn:aws:sqs:{states.REGION}:{states.ACCOUNT}:uploads"}, {}),
    "x86, other sizes, a name": (
        "website",
        {"architecture": "x86_64", "memory": 3008, "timeout": 29, "name": "n" * 64},
        {"derivatives": "s3://made/sizes"},
    ),
}


def wanted(case: str, *, encrypted: bool = False) -> DesiredStack:
    topology, aws, more = CASES[case]
    settings = states.settings(topology, aws, **more)
    sources = states.bucket()
    derivatives = sources if "derivatives" not in more else states.bucket("made")
    if encrypted:
        sources = derivatives = replace(sources, encryption=Fact(KMS))
    return desire(settings, states.facts(sources, derivatives), states.SHA).stack


QUEUES = "arn:${AWS::Partition}:sqs:${AWS::Region}:${AWS::AccountId}:"


def built(case: str) -> dict[str, Any]:
    data: dict[str, Any] = json.loads(template.text(wanted(case)))
    return data


def problems(text: str, region: str) -> list[str]:
    return [str(found) for found in lint(text, config=ManualArgs(regions=[region]))]


@pytest.mark.parametrize("case", CASES)
def test_cfn_lint_finds_nothing_in_any_topology(case: str) -> None:
    assert problems(template.text(wanted(case)), states.REGION) == []


def test_cfn_lint_finds_nothing_with_a_key_of_kms_or_an_alias_that_follows() -> None:
    assert problems(template.text(wanted("website, REST API", encrypted=True)), states.REGION) == []
    text = pipeline.text(states.settings("cdn"), "s3://bundles/firstsight.zip", states.REGION)
    assert problems(text, states.REGION) == []


def test_the_alias_of_a_pipeline_follows_the_key_of_its_bundle() -> None:
    texts = [pipeline.text(states.settings("direct"), f"s3://bundles/{key}.zip", states.REGION) for key in "ab"]
    aliased = [json.loads(text)["Resources"]["Live"]["Properties"]["FunctionVersion"] for text in texts]
    assert aliased[0] != aliased[1]
    for text, alias in zip(texts, aliased, strict=True):
        assert json.loads(text)["Resources"][alias["Fn::GetAtt"][0]]["Type"] == "AWS::Lambda::Version"


def test_cfn_lint_would_find_a_mistake() -> None:
    data = built("website, REST API")
    data["Resources"]["Function"]["Properties"]["Runtime"] = "python3.99"
    assert problems(json.dumps(data), states.REGION)


@pytest.mark.parametrize("case", CASES)
def test_the_template_fits_into_a_request(case: str) -> None:
    assert len(template.text(wanted(case)).encode()) <= template.MOST_BYTES


def statements(case: str, *, encrypted: bool = False) -> Iterator[tuple[str, str]]:
    """Every action the role has, with each resource."""
    for grant in template.grants(wanted(case, encrypted=encrypted)):
        found = grant["Resource"] if isinstance(grant["Resource"], list) else [grant["Resource"]]
        for action in grant["Action"]:
            for resource in found:
                yield action, resource["Fn::Sub"] if isinstance(resource, dict) else resource


def test_the_function_may_do_what_it_needs_and_nothing_else() -> None:
    logs = "arn:${AWS::Partition}:logs:${AWS::Region}:${AWS::AccountId}:log-group:/aws/lambda/firstsight-photos:*"
    assert set(statements("cdn, prefixes")) == {
        ("s3:GetObject", "arn:${AWS::Partition}:s3:::photos/in/*"),
        ("s3:GetObject", "arn:${AWS::Partition}:s3:::photos/out/*"),
        ("s3:PutObject", "arn:${AWS::Partition}:s3:::photos/out/*"),
        ("s3:DeleteObject", "arn:${AWS::Partition}:s3:::photos/out/*"),
        ("s3:ListBucket", "arn:${AWS::Partition}:s3:::photos"),
        (
            "ssm:GetParameter",
            "arn:${AWS::Partition}:ssm:${AWS::Region}:${AWS::AccountId}:parameter/firstsight/firstsight-photos/distribution",
        ),
        ("logs:CreateLogStream", logs),
        ("logs:PutLogEvents", logs),
        ("sqs:SendMessage", f"{QUEUES}firstsight-photos-failed"),
    }


def test_news_that_cannot_be_followed_goes_to_a_queue_after_two_more_tries_and_an_alarm_tells() -> None:
    found = built("website, REST API")["Resources"]
    retries = found["Retries"]["Properties"]
    assert (retries["Qualifier"], retries["MaximumRetryAttempts"]) == ("live", 2)
    assert retries["DestinationConfig"]["OnFailure"]["Destination"] == {"Fn::GetAtt": ["DeadLetters", "Arn"]}
    variables = found["Function"]["Properties"]["Environment"]["Variables"]
    assert variables["FIRSTSIGHT_AWS_DEAD_LETTERS"] == {"Ref": "DeadLetters"}
    [dimension] = found["DeadLettersAlarm"]["Properties"]["Dimensions"]
    assert dimension["Value"] == {"Fn::GetAtt": ["DeadLetters", "QueueName"]}


def test_a_queue_of_the_teams_is_read_message_by_message_in_place_of_the_buckets_notification() -> None:
    case = "direct, a queue"
    found = built(case)["Resources"]
    mapping = found["News"]["Properties"]
    assert mapping["FunctionResponseTypes"] == ["ReportBatchItemFailures"]
    assert mapping["FunctionName"] == {"Ref": "Live"}
    queue = f"arn:aws:sqs:{states.REGION}:{states.ACCOUNT}:uploads"
    assert mapping["EventSourceArn"] == queue
    assert not wanted(case).notifications
    assert "SourcePermission" not in found
    granted = {action for action, resource in statements(case) if resource == queue}
    assert granted == {"sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes"}


def test_listing_is_scoped_to_the_prefixes() -> None:
    listing = [grant for grant in template.grants(wanted("cdn, prefixes")) if grant["Action"] == ["s3:ListBucket"]]
    assert [grant["Condition"]["StringLike"]["s3:prefix"] for grant in listing] == [["in/*"], ["out/*"]]


def test_only_its_own_distribution_may_be_told_and_the_function_finds_it() -> None:
    found = built("cdn")["Resources"]
    [statement] = found["ForgetPolicy"]["Properties"]["PolicyDocument"]["Statement"]
    assert (statement["Effect"], statement["Action"]) == ("Allow", ["cloudfront:CreateInvalidation"])
    own = "arn:${AWS::Partition}:cloudfront::${AWS::AccountId}:distribution/${Distribution}"
    assert statement["Resource"] == {"Fn::Sub": own}
    kept = found["DistributionId"]["Properties"]
    assert kept["Value"] == {"Ref": "Distribution"}
    assert found["Function"]["Properties"]["Environment"]["Variables"]["FIRSTSIGHT_AWS_DISTRIBUTION"] == (
        f"ssm:{kept['Name']}"
    )
    theirs = desire(states.settings("website", {"distribution": "E123"}), states.facts(), states.SHA).stack
    assert (
        "cloudfront:CreateInvalidation",
        "arn:${AWS::Partition}:cloudfront::${AWS::AccountId}:distribution/E123",
    ) in {(grant["Action"][0], grant["Resource"]["Fn::Sub"]) for grant in template.grants(theirs)}
    assert "cloudfront" not in template.text(wanted("direct, public"))


def test_keys_of_kms_are_granted_only_where_the_bucket_is_encrypted_with_one() -> None:
    assert not any(action.startswith("kms:") for action, _ in statements("website, REST API"))
    granted = {one for one in statements("website, REST API", encrypted=True) if one[0].startswith("kms:")}
    key = f"arn:aws:kms:{states.REGION}:{states.ACCOUNT}:key/5678"
    assert granted == {("kms:Decrypt", key), ("kms:GenerateDataKey", key)}


@pytest.mark.parametrize("case", CASES)
def test_nobody_is_granted_everything(case: str) -> None:
    text = template.text(wanted(case))
    assert "s3:*" not in text
    assert not re.search(r'"Action": "\*"', text)
    everyone = [name for name, found in built(case)["Resources"].items() if found["Properties"].get("Principal") == "*"]
    assert everyone == (["UrlPermission", "UrlInvokePermission"] if wanted(case).public else [])


def test_a_function_url_gets_both_permissions_that_it_needs() -> None:
    for case in ("cdn", "direct, public"):
        found = built(case)["Resources"]
        actions = {found[name]["Properties"]["Action"] for name in ("UrlPermission", "UrlInvokePermission")}
        assert actions == {"lambda:InvokeFunctionUrl", "lambda:InvokeFunction"}


def test_cloudfront_asks_s3_first_and_the_function_for_what_is_forbidden_or_missing() -> None:
    config = built("cdn, prefixes")["Resources"]["Distribution"]["Properties"]["DistributionConfig"]
    [group] = config["OriginGroups"]["Items"]
    assert [member["OriginId"] for member in group["Members"]["Items"]] == ["stored", "made"]
    assert group["FailoverCriteria"]["StatusCodes"]["Items"] == [403, 404]
    stored, made = config["Origins"]
    assert stored["OriginPath"] == "/out"
    assert "OriginPath" not in made
    kept = {one["ErrorCode"]: one["ErrorCachingMinTTL"] for one in config["CustomErrorResponses"]}
    assert kept == fronts.ERROR_SECONDS
    assert {code for code, seconds in kept.items() if seconds == 0} == {500, 502, 503, 504}


def test_stacks_whose_long_names_begin_alike_do_not_take_each_others_names_at_cloudfront() -> None:
    def names(bucket: str) -> set[str]:
        settings = states.settings("cdn", source=f"s3://{bucket}")
        stack = desire(settings, states.facts(states.bucket(bucket)), states.SHA).stack
        found = template.build(stack)["Resources"]
        configured = [
            found[access]["Properties"]["OriginAccessControlConfig"] for access in ("StoredAccess", "MadeAccess")
        ]
        told = [one["Name"]["Fn::Sub"] for one in (found["Edge"]["Properties"], *configured)]
        resolved = {one.replace("${AWS::Region}", "ap-southeast-1") for one in told}
        assert all(len(name) <= 64 for name in resolved), "the most of CloudFront"
        return resolved

    long = "a-company-with-a-long-name-production"
    assert not names(f"{long}-originals") & names(f"{long}-avatars")


def test_cloudfront_serves_what_s3_has_with_the_headers_that_the_function_gives() -> None:
    found = built("cdn")["Resources"]
    behaviour = found["Distribution"]["Properties"]["DistributionConfig"]["DefaultCacheBehavior"]
    policy = found[behaviour["ResponseHeadersPolicyId"]["Ref"]]["Properties"]["ResponseHeadersPolicyConfig"]
    assert policy["SecurityHeadersConfig"]["ContentTypeOptions"] == {"Override": True}
    named = policy["SecurityHeadersConfig"]["ContentSecurityPolicy"]["ContentSecurityPolicy"]
    assert named == "default-src 'none'; style-src 'unsafe-inline'; sandbox"
    assert "CorsConfig" not in policy


def test_cloudfront_lets_scripts_of_other_sites_read_where_the_setting_says_so() -> None:
    settings = states.settings("cdn", cors="https://example.com")
    wanted = desire(settings, states.facts(), states.SHA).stack
    assert problems(template.text(wanted), states.REGION) == []
    policy = template.build(wanted)["Resources"]["HeadersPolicy"]["Properties"]["ResponseHeadersPolicyConfig"]
    assert policy["CorsConfig"]["AccessControlAllowOrigins"] == {"Items": ["https://example.com"]}
    assert policy["CorsConfig"]["AccessControlAllowCredentials"] is False


def test_the_function_is_told_where_its_stores_are_and_no_secret(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FIRSTSIGHT_CORS", "*")
    monkeypatch.setenv("FIRSTSIGHT_PORT", "9")
    monkeypatch.setenv("FIRSTSIGHT_KEYS", "a:0123456789abcdef")
    assert wanted("website, REST API").environment == {
        "FIRSTSIGHT_SOURCE": "s3://photos",
        "FIRSTSIGHT_DERIVATIVES": "s3://photos",
        "FIRSTSIGHT_AWS_TOPOLOGY": "website",
        "FIRSTSIGHT_AWS_PUBLIC_URL": "http://photos.s3-website.eu-central-1.amazonaws.com",
        "FIRSTSIGHT_CORS": "*",
        "MALLOC_ARENA_MAX": "1",
        "MALLOC_TRIM_THRESHOLD_": "4194304",
        "MALLOC_MMAP_THRESHOLD_": "524288",
    }


def test_another_code_setting_or_size_is_another_fingerprint() -> None:
    first = wanted("direct, IAM")
    others = [
        replace(first, code=(first.code[0], "other.zip")),
        replace(first, memory=2048),
        replace(first, environment={**first.environment, "FIRSTSIGHT_CORS": "*"}),
    ]
    assert len({template.fingerprint(one) for one in [first, *others]}) == 4


def test_what_deploys_move_is_told_cloudformation_the_same_way_for_ever() -> None:
    for case in CASES:
        resources = built(case)["Resources"]
        assert {name: resources[name] for name in ("FirstVersion", "Live", "Next")} == {
            "FirstVersion": {
                "Type": "AWS::Lambda::Version",
                "DeletionPolicy": "Retain",
                "UpdateReplacePolicy": "Retain",
                "Properties": {"FunctionName": {"Ref": "Function"}},
            },
            **{
                logical: {
                    "Type": "AWS::Lambda::Alias",
                    "Properties": {
                        "FunctionName": {"Ref": "Function"},
                        "Name": logical.lower(),
                        "FunctionVersion": {"Fn::GetAtt": ["FirstVersion", "Version"]},
                    },
                }
                for logical in ("Live", "Next")
            },
        }


PREVIOUS = Path(__file__).with_name("templates")


@pytest.mark.parametrize("file", sorted(PREVIOUS.glob("*.json")), ids=lambda file: file.stem)
def test_an_upgrade_keeps_the_ids_of_every_earlier_release(file: Path) -> None:
    """A resource of another id, type or fixed name would be made anew: another address, another log."""
    earlier = json.loads(file.read_text("utf-8"))["Resources"]
    case = {"website": "website, REST API", "cdn": "cdn", "direct": "direct, IAM"}[file.stem.partition("-")[2]]
    now = built(case)["Resources"]
    # a deployment is a picture of the API, and named for what is in it
    stays = {name: one for name, one in earlier.items() if one["Type"] != "AWS::ApiGateway::Deployment"}
    assert {name: one["Type"] for name, one in stays.items()} == {name: now[name]["Type"] for name in stays}
    for name, one in stays.items():
        for fixed in ("FunctionName", "LogGroupName", "StageName", "Qualifier", "PathPart", "AlarmName"):
            assert one["Properties"].get(fixed) == now[name]["Properties"].get(fixed), name
