"""Facts of a deployment in which all is well, to be broken in one place at a time."""

import dataclasses
import json
from collections.abc import Mapping
from typing import Any

from firstsight.aws.api_facts import Api, Method, Stage
from firstsight.aws.cdn_facts import Distribution
from firstsight.aws.desired import Desired
from firstsight.aws.facts import Bucket, Fact
from firstsight.aws.facts import Facts as AwsFacts
from firstsight.aws.function_facts import Function
from firstsight.aws.names import places
from firstsight.aws.role_facts import Answer, questions
from firstsight.doctor import check, finding
from firstsight.doctor.checks import CHECKS
from firstsight.doctor.facts import Facts, OnAws
from firstsight.doctor.finding import Finding, Hop, Verdict, Who
from firstsight.doctor.local import File, Folder, Local, Package
from firstsight.doctor.log import Invocation
from firstsight.settings import Front, Settings
from tests.aws import states
from tests.aws.states import ACCOUNT, REGION, SHA

NOW = 1_764_000_000.0  # 24 November 2025
NAME = "firstsight-photos"
API = "abc123"
ARN = f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:{NAME}"
TARGET = f"arn:aws:apigateway:{REGION}:lambda:path/2015-03-31/functions/{ARN}:${{stageVariables.alias}}/invocations"
DISTRIBUTION_ARN = f"arn:aws:cloudfront::{ACCOUNT}:distribution/E1ABCDEF"
KEYS = ("a.jpg", "a.jpg/100x80.webp", "b/c.png", "notes.txt")


def local(**changes: Any) -> Local:
    """A machine that has what is needed."""
    usual = Local(
        "3.13.1",
        "8.18.0",
        ("jpeg", "png", "webp", "gif", "avif"),
        ("jpg", "png", "webp", "avif", "gif"),
        "",
        (Package("obstore", "0.12.1", "0.12"), Package("boto3", "1.43.0", "1.43")),
    )
    return dataclasses.replace(usual, **changes)


def folders(**changes: Any) -> Local:
    """The same, with folders for sources and derivatives."""
    places = {"sources": Folder("photos", keys=KEYS), "derivatives": Folder("cache", free=10**11)}
    return local(**places | changes)


def permission(action: str, service: str, source: str, **condition: Any) -> dict[str, Any]:
    """A statement of the function's policy, as Lambda writes it."""
    return {
        "Sid": service.partition(".")[0],
        "Effect": "Allow",
        "Action": action,
        "Resource": f"{ARN}:live",
        "Principal": "*" if service == "*" else {"Service": service},
        "Condition": {**({"ArnLike": {"AWS:SourceArn": source}} if source else {}), **condition},
    }


GATEWAY = permission(
    "lambda:InvokeFunction", "apigateway.amazonaws.com", f"arn:aws:execute-api:{REGION}:{ACCOUNT}:{API}/*"
)
BUCKET = permission("lambda:InvokeFunction", "s3.amazonaws.com", "arn:aws:s3:::photos")
EDGE = tuple(
    permission(action, "cloudfront.amazonaws.com", DISTRIBUTION_ARN)
    for action in ("lambda:InvokeFunctionUrl", "lambda:InvokeFunction")
)
EVERYONE = tuple(permission(action, "*", "") for action in ("lambda:InvokeFunctionUrl", "lambda:InvokeFunction"))


def function(desired: Desired, **changes: Any) -> Function:
    """The function as a deploy leaves it."""
    wanted = desired.stack
    usual = Function(
        name=NAME,
        region=REGION,
        arn=ARN,
        version="1",
        runtime="python3.13",
        architecture=wanted.architecture,
        handler="firstsight.runtimes.lambda_function.handler",
        memory=wanted.memory,
        timeout=wanted.timeout,
        sha256=SHA,
        role=f"arn:aws:iam::{ACCOUNT}:role/firstsight",
        state="Active",
        update="Successful",
        environment=wanted.environment,
        unpublished=Fact(SHA),
        policy=Fact((GATEWAY, BUCKET, *EDGE)),
        url=Fact({"AuthType": "AWS_IAM"}),
    )
    return dataclasses.replace(usual, **changes)


METHODS = (Method("/", "ANY", target=TARGET), Method("/{proxy+}", "ANY", target=TARGET))
#: What API Gateway's summary of a deployment has of them.
DEPLOYED = tuple(Method(method.path, method.verb) for method in METHODS)


def api(**changes: Any) -> Api:
    """The API as a deploy leaves it."""
    if changes.get("kind") == "http":
        routes = (Method("$default", "ANY", target=TARGET),)
        stage = Stage("$default", {"alias": "live"}, Fact(None), automatic=True)
        return dataclasses.replace(Api(API, REGION, "http", routes, Fact((stage,))), **changes)
    names = (("prod", "live"), ("next", "next"))
    stages = tuple(Stage(name, {"alias": alias}, Fact(DEPLOYED)) for name, alias in names)
    return dataclasses.replace(Api(API, REGION, "rest", METHODS, Fact(stages), Fact(("*/*",))), **changes)


def distribution(**changes: Any) -> Distribution:
    """A distribution as CloudFront's API gives it (GetDistribution, GetCachePolicy)."""
    config = {
        "Enabled": True,
        "Origins": {
            "Quantity": 2,
            "Items": [
                {
                    "Id": "stored",
                    "DomainName": f"photos.s3.{REGION}.amazonaws.com",
                    "S3OriginConfig": {"OriginAccessIdentity": ""},
                    "OriginAccessControlId": "E2S3",
                },
                {
                    "Id": "made",
                    "DomainName": f"abc.lambda-url.{REGION}.on.aws",
                    "CustomOriginConfig": {"OriginProtocolPolicy": "https-only"},
                    "OriginAccessControlId": "E2URL",
                },
            ],
        },
        "OriginGroups": {
            "Quantity": 1,
            "Items": [
                {
                    "Id": "stored-or-made",
                    "FailoverCriteria": {"StatusCodes": {"Quantity": 2, "Items": [403, 404]}},
                    "Members": {"Quantity": 2, "Items": [{"OriginId": "stored"}, {"OriginId": "made"}]},
                }
            ],
        },
        "DefaultCacheBehavior": {
            "TargetOriginId": "stored-or-made",
            "CachePolicyId": "policy-1",
            "FunctionAssociations": {"Quantity": 1, "Items": [{"EventType": "viewer-request", "FunctionARN": "arn"}]},
        },
        "CacheBehaviors": {"Quantity": 0},
        "CustomErrorResponses": {
            "Quantity": 2,
            "Items": [{"ErrorCode": 404, "ErrorCachingMinTTL": 10}, {"ErrorCode": 500, "ErrorCachingMinTTL": 0}],
        },
    }
    policy = {
        "Name": NAME,
        "MinTTL": 0,
        "ParametersInCacheKeyAndForwardedToOrigin": {
            "HeadersConfig": {"HeaderBehavior": "whitelist", "Headers": {"Quantity": 1, "Items": ["Accept"]}}
        },
    }
    usual = Distribution("E1ABCDEF", "Deployed", config, {"policy-1": Fact(policy)})
    return dataclasses.replace(usual, **changes)


def role(settings: Settings, *, denied: str = "", keys: tuple[str, ...] = ()) -> tuple[Answer, ...]:
    """What IAM says of the role: all is allowed but the actions that begin so."""
    asked = questions(REGION, ACCOUNT, NAME, places(settings), keys)
    return tuple(
        Answer(one, "implicitDeny" if denied and one.action.startswith(denied) else "allowed") for one in asked
    )


ANSWERED = Invocation(int(NOW * 1000), "1", memory=180, size=1536)


def bucket(**documents: Any) -> Bucket:
    """The bucket, owned by who made it, and with some keys."""
    return dataclasses.replace(
        states.bucket(**documents),
        ownership=Fact("BucketOwnerEnforced"),
        encryption=Fact([{"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"}}]),
        keys=Fact(KEYS),
    )


def well(topology: str = "website", aws: Mapping[str, Any] | None = None) -> Facts:
    """Facts in which all is well."""
    settings = states.settings(topology, dict(aws or {}))
    found, desired = states.deployed(settings, states.facts(bucket(**states.THEIRS)))
    kind = {Front.REST_API: "rest", Front.HTTP_API: "http"}.get(desired.stack.front, "")
    public = {"url": Fact({"AuthType": "NONE"}), "policy": Fact((BUCKET, *EVERYONE))} if desired.stack.public else {}
    on_aws = OnAws(
        found,
        desired,
        function=Fact(function(desired, **public)),
        invocations=Fact((ANSWERED,)),
        bundle=Fact(True),
        api=Fact(api(kind=kind)) if kind else Fact(None),
        rule_region=REGION if kind else "",
        role=Fact(role(settings)),
        distribution=Fact(distribution()) if topology == "cdn" else Fact(None),
    )
    file = File("firstsight.toml", exists=True, data={"source": "s3://photos", "aws": {"topology": topology}})
    return Facts(file, settings, local(), on_aws, now=NOW)


def broken(facts: Facts, **changes: Any) -> Facts:
    """The same with other facts about AWS."""
    assert facts.on_aws
    return dataclasses.replace(facts, on_aws=dataclasses.replace(facts.on_aws, **changes))


def with_function(facts: Facts, **changes: Any) -> Facts:
    """The same with another function."""
    assert facts.on_aws
    assert facts.on_aws.function.value
    return broken(facts, function=Fact(dataclasses.replace(facts.on_aws.function.value, **changes)))


def with_found(facts: Facts, **changes: Any) -> Facts:
    """The same with other facts of a plan's."""
    assert facts.on_aws
    return broken(facts, found=dataclasses.replace(facts.on_aws.found, **changes))


def with_bucket(facts: Facts, **changes: Any) -> Facts:
    """The same with another bucket; documents are values or facts."""
    assert facts.on_aws
    found: AwsFacts = facts.on_aws.found
    documents = {
        kind: one if isinstance(one, Fact) else Fact(one)
        for kind, one in changes.items()
        if kind in ("policy", "website", "notifications", "block", "payment")
    }
    rest = {name: one for name, one in changes.items() if name not in documents}
    rest = {"documents": {**found.sources.documents, **documents}} | rest
    changed = dataclasses.replace(found.sources, **rest)
    return with_found(facts, sources=changed, derivatives=changed)


def document(facts: Facts, kind: str) -> Any:
    """A document of the bucket as it is; a policy as what it says."""
    assert facts.on_aws
    value = facts.on_aws.found.sources.documents[kind].value
    return json.loads(value or "") if kind == "policy" else value


def judged(facts: Facts) -> tuple[Finding, ...]:
    """What doctor says."""
    return finding.by_cause(check.run(facts, CHECKS))


def verdicts(facts: Facts) -> dict[str, str]:
    """What doctor says of all that is not well, in its order."""
    return {one.code: one.verdict.value for one in judged(facts) if one.verdict is not Verdict.OK}


def hop(status: int, who: Who, body: str = "", **more: Any) -> Hop:
    """An answer on the way; one that is no image and no redirect is wrong."""
    usual = {"wrong": status == 0 or status >= 400, "seconds": 0.1}
    return Hop("http://photos.example/a.jpg/thumb.webp", status, who=who, body=body, **usual | more)
