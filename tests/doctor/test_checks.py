"""One thing broken, one finding: recorded facts, and what doctor says first and alone."""

import dataclasses
import json
from collections.abc import Callable
from typing import Any, NamedTuple

import pytest

from firstsight.aws.api_facts import Method, Stage
from firstsight.aws.desired import Desired
from firstsight.aws.facts import Fact, Stack
from firstsight.aws.state import State
from firstsight.doctor import check, when
from firstsight.doctor.check import CRASHED, Check, Said
from firstsight.doctor.checks import CHECKS, CODES
from firstsight.doctor.facts import Facts
from firstsight.doctor.finding import Finding, Verdict, Who
from firstsight.doctor.local import File, Folder, Package
from firstsight.doctor.log import Invocation, Trouble
from firstsight.settings import from_dict
from tests.aws.states import THEIR_STATEMENT
from tests.doctor import recorded
from tests.doctor.recorded import (
    API,
    BUCKET,
    EDGE,
    EVERYONE,
    GATEWAY,
    NOW,
    broken,
    distribution,
    document,
    folders,
    hop,
    judged,
    local,
    verdicts,
    well,
    with_bucket,
    with_found,
    with_function,
)

Where = tuple[str, dict[str, Any]]
#: The topologies, and what [aws] has beside.
WEBSITE: Where = ("website", {})
CDN: Where = ("cdn", {})
DIRECT: Where = ("direct", {"public": True})
REST: Where = ("direct", {"front": "rest-api"})
HTTP: Where = ("website", {"front": "http-api"})
ALL = (WEBSITE, CDN, DIRECT, REST, HTTP)


def fails(trouble: Trouble, line: str = "", *, then: tuple[Invocation, ...] = ()) -> Callable[[Facts], Facts]:
    one = Invocation(int(NOW * 1000), "1", trouble, line)
    return lambda facts: broken(facts, invocations=Fact((recorded.ANSWERED, one, *then)))


def rules(change: Callable[[list[Any]], list[Any]]) -> Callable[[Facts], Facts]:
    """Change the website's rules; ours is the last."""

    def changed(facts: Facts) -> Facts:
        website = document(facts, "website")
        return with_bucket(facts, website={**website, "RoutingRules": change(website["RoutingRules"])})

    return changed


def redirect(**members: str) -> Callable[[Facts], Facts]:
    return rules(lambda found: [*found[:-1], {**found[-1], "Redirect": {**found[-1]["Redirect"], **members}}])


def statement(**members: Any) -> Callable[[Facts], Facts]:
    """Add a statement for everyone to the policy."""
    added = {"Sid": "Oops", "Effect": "Allow", "Principal": "*", "Resource": "arn:aws:s3:::photos/*", **members}

    def changed(facts: Facts) -> Facts:
        policy = document(facts, "policy")
        return with_bucket(facts, policy=json.dumps({**policy, "Statement": [*policy["Statement"], added]}))

    return changed


def only_theirs(facts: Facts) -> Facts:
    return with_bucket(facts, policy=json.dumps({"Version": "2012-10-17", "Statement": THEIR_STATEMENT}))


def cdn(**members: Any) -> Callable[[Facts], Facts]:
    """Change members of the distribution's configuration."""
    usual = distribution()
    return lambda facts: broken(facts, distribution=Fact(distribution(config={**usual.config, **members})))


def origins(name: str, **members: Any) -> Callable[[Facts], Facts]:
    found = distribution().config["Origins"]["Items"]
    items = [{**one, **members} if one["Id"] == name else one for one in found]
    return cdn(Origins={"Quantity": len(items), "Items": items})


def behaviour(**members: Any) -> dict[str, Any]:
    return {**distribution().config["DefaultCacheBehavior"], **members}


def group(codes: list[int], members: list[str]) -> Callable[[Facts], Facts]:
    one = {
        "Id": "stored-or-made",
        "FailoverCriteria": {"StatusCodes": {"Items": codes}},
        "Members": {"Items": [{"OriginId": member} for member in members]},
    }
    return cdn(OriginGroups={"Quantity": 1, "Items": [one]})


def policy(**members: Any) -> Callable[[Facts], Facts]:
    """Change the cache policy, which no function at the edge helps any more where Accept is concerned."""

    def changed(facts: Facts) -> Facts:
        usual = distribution().policies["policy-1"].value or {}
        return broken(facts, distribution=Fact(distribution(policies={"policy-1": Fact({**usual, **members})})))

    return changed


def unreduced(headers: list[str]) -> Callable[[Facts], Facts]:
    keyed = {"ParametersInCacheKeyAndForwardedToOrigin": {"HeadersConfig": {"Headers": {"Items": headers}}}}
    bare = {**distribution().config, "DefaultCacheBehavior": behaviour(FunctionAssociations={"Quantity": 0})}
    return lambda facts: broken(facts, distribution=Fact(distribution(config=bare, policies={"policy-1": Fact(keyed)})))


def methods(*found: Method, deployed: tuple[Method, ...] = recorded.DEPLOYED) -> Callable[[Facts], Facts]:
    stages = (Stage("prod", {"alias": "live"}, Fact(deployed)),)
    return lambda facts: broken(facts, api=Fact(recorded.api(methods=found, stages=Fact(stages))))


def route(**members: Any) -> Callable[[Facts], Facts]:
    """Change the one route of an HTTP API."""
    usual = recorded.api(kind="http")
    changed = dataclasses.replace(usual.methods[0], **members)
    return lambda facts: broken(facts, api=Fact(dataclasses.replace(usual, methods=(changed,))))


def encrypted(key: str, **more: Any) -> Callable[[Facts], Facts]:
    rule = {"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": key}}
    return lambda facts: broken(with_bucket(facts, encryption=Fact([rule])), **more)


def denied(action: str, keys: tuple[str, ...] = ()) -> Callable[[Facts], Facts]:
    def changed(facts: Facts) -> Facts:
        assert facts.settings
        return broken(facts, role=Fact(recorded.role(facts.settings, denied=action, keys=keys)))

    return changed


def settings(data: dict[str, Any]) -> Callable[[Facts], Facts]:
    return lambda facts: dataclasses.replace(facts, settings=from_dict(data), file=File("firstsight.toml", True, data))


def file(data: dict[str, Any], refused: str = "") -> Callable[[Facts], Facts]:
    return lambda facts: Facts(File("firstsight.toml", True, data, refused, "Mend it."), None, local())


def here(**changes: Any) -> Callable[[Facts], Facts]:
    """This machine alone, with folders."""
    return lambda facts: Facts(
        File("firstsight.toml"), from_dict({"source": "photos"}), folders(**changes), None, now=NOW
    )


def walked(*hops: Any) -> Callable[[Facts], Facts]:
    return lambda facts: dataclasses.replace(facts, hops=hops)


def at(host: str, status: int) -> Any:
    return dataclasses.replace(hop(status, Who.SOMEBODY), url=f"http://{host}/a.jpg/thumb.webp")


def bucket_gone(facts: Facts) -> Facts:
    return with_found(
        with_bucket(facts, exists=False, region="", documents={}),
        stack=Stack(),
        state=Fact(None),
    )


def elsewhere(facts: Facts) -> Facts:
    """The function in another region, made by hand, and the rest of it gone; as in the story."""
    return broken(
        with_found(with_function(facts, region="us-east-1"), stack=Stack()),
        api=Fact(recorded.api(region="us-east-1", stages=Fact(()))),
        rule_region="us-east-1",
        bundle=Fact(False),
    )


def other_state(facts: Facts) -> Facts:
    assert facts.on_aws
    state = facts.on_aws.found.state.value
    assert isinstance(state, State)
    return with_found(facts, state=Fact(dataclasses.replace(state, live=("1", "2"))))


NOTIFICATION = {"Id": "resize", "LambdaFunctionArn": "arn:x", "Events": ["s3:ObjectCreated:*"]}


def notified(*entries: dict[str, Any], ours: bool = True) -> Callable[[Facts], Facts]:
    def changed(facts: Facts) -> Facts:
        found = document(facts, "notifications")
        own = found["LambdaFunctionConfigurations"] if ours else []
        return with_bucket(facts, notifications={**found, "LambdaFunctionConfigurations": [*own, *entries]})

    return changed


RAISED = "ValueError: of no use (firstsight/service.py, line 3)"
MISSING = "Runtime.ImportModuleError: Unable to import module 'x': No module named 'pyvips'"
LINKER = "Runtime.ImportModuleError: Unable to import module 'x': /var/task/a.abi3.so: cannot open shared object file"
OTHER_CODE = {"sha256": "b" * 64, "unpublished": Fact("b" * 64), "version": "2"}
FAILED_THEN_FINE = (Invocation(int(NOW * 1000) + 1, "1", size=1536, memory=90),)


class Case(NamedTuple):
    """What is broken in which deployment, and all that is to be said of it."""

    where: Where
    breaks: Callable[[Facts], Facts]
    said: dict[str, str]


def failure(where: Where, breaks: Callable[[Facts], Facts], code: str) -> Case:
    return Case(where, breaks, {code: "failure"})


def warning(where: Where, breaks: Callable[[Facts], Facts], code: str) -> Case:
    return Case(where, breaks, {code: "warning"})


CASES = (
    # regions and places
    failure(WEBSITE, elsewhere, "region-differs"),
    failure(WEBSITE, lambda facts: broken(facts, rule_region="us-west-2"), "region-differs"),
    failure(
        CDN, settings({"source": "s3://photos", "sizes": ["9x9"], "aws": {"region": "us-east-1"}}), "region-differs"
    ),
    failure(WEBSITE, walked(at("photos.s3-website-us-east-1.amazonaws.com", 404)), "region-differs"),
    failure(WEBSITE, walked(at("photos.s3-website.us-east-2.amazonaws.com", 404)), "region-differs"),
    failure(CDN, walked(at("abc.lambda-url.us-east-1.on.aws", 502)), "region-differs"),
    failure(WEBSITE, bucket_gone, "settings-bucket"),
    failure(
        WEBSITE, lambda facts: with_function(facts, environment={"FIRSTSIGHT_SOURCE": "s3://other"}), "settings-bucket"
    ),
    failure(WEBSITE, lambda f: broken(with_found(f, stack=Stack()), function=Fact(None)), "not-deployed"),
    failure(CDN, lambda f: with_found(f, stack=Stack(Fact("ROLLBACK_COMPLETE"))), "stack-failed"),
    warning(WEBSITE, lambda f: with_found(f, stack=stack(f, "UPDATE_ROLLBACK_COMPLETE")), "stack-failed"),
    warning(WEBSITE, lambda f: with_found(f, stack=stack(f, "UPDATE_IN_PROGRESS")), "stack-failed"),
    # the function
    failure(WEBSITE, lambda facts: broken(facts, function=Fact(None)), "function-missing"),
    failure(WEBSITE, lambda facts: with_function(facts, state="Failed", reason="ImageDeleted"), "function-missing"),
    failure(WEBSITE, lambda facts: with_function(facts, reserved=Fact(0)), "function-missing"),
    failure(WEBSITE, fails(Trouble.IMPORT, MISSING), "function-import-error"),
    failure(
        WEBSITE,
        lambda facts: broken(with_function(facts, **OTHER_CODE), invocations=version_2(MISSING), bundle=Fact(False)),
        "function-import-error",
    ),
    failure(WEBSITE, fails(Trouble.IMPORT, LINKER), "bundle-architecture"),
    failure(
        WEBSITE,
        lambda facts: broken(fails(Trouble.IMPORT, MISSING)(facts), libraries=Fact((("a.so", "x86_64"),))),
        "bundle-architecture",
    ),
    failure(WEBSITE, fails(Trouble.RAISED, RAISED), "function-raises"),
    warning(WEBSITE, fails(Trouble.RAISED, RAISED, then=FAILED_THEN_FINE), "function-raises"),
    failure(WEBSITE, fails(Trouble.TIMEOUT, "Task timed out after 10.00 seconds"), "function-timeout"),
    failure(
        WEBSITE,
        lambda facts: with_function(
            fails(Trouble.TIMEOUT)(facts), vpc="vpc-1", endpoints=Fact(("com.amazonaws.eu-central-1.sqs",))
        ),
        "function-vpc",
    ),
    failure(WEBSITE, fails(Trouble.KILLED, "Runtime exited with error: signal: killed"), "function-killed"),
    failure(WEBSITE, fails(Trouble.STORE, "502 store-denied The store refused access."), "function-store"),
    warning(
        WEBSITE,
        lambda facts: broken(facts, invocations=Fact((Invocation(0, "1", memory=1500, size=1536),))),
        "function-memory",
    ),
    Case(
        WEBSITE,
        lambda facts: with_function(facts, runtime="python3.9"),
        {"function-changed": "warning", "function-runtime": "warning"},
    ),
    warning(WEBSITE, lambda facts: with_function(facts, timeout=3), "function-changed"),
    warning(WEBSITE, other_state, "function-moved"),
    failure(
        WEBSITE,
        lambda facts: broken(with_function(facts, **{**OTHER_CODE, "version": "1"}), bundle=Fact(False)),
        "code-changed",
    ),
    warning(WEBSITE, lambda facts: with_function(facts, unpublished=Fact("c" * 64)), "code-changed"),
    # the role and keys
    failure(WEBSITE, denied("s3:Put"), "role-denied"),
    failure(CDN, denied("s3:List"), "role-denied"),
    failure(DIRECT, lambda facts: denied("kms:", keys=("arn:key",))(encrypted("arn:key")(facts)), "kms-denied"),
    failure(CDN, encrypted("arn:key", keys={"arn:key": Fact(())}), "kms-front"),
    failure(CDN, encrypted("aws/s3"), "kms-front"),
    failure(WEBSITE, encrypted("arn:key"), "kms-front"),
    warning(WEBSITE, lambda facts: with_bucket(facts, ownership=Fact("ObjectWriter")), "object-ownership"),
    # API Gateway and function URLs
    failure(WEBSITE, lambda facts: broken(facts, api=Fact(None)), "api-missing"),
    failure(
        WEBSITE,
        methods(recorded.METHODS[0], dataclasses.replace(recorded.METHODS[1], authorization="AWS_IAM")),
        "api-authorization",
    ),
    failure(
        REST, methods(*(dataclasses.replace(one, needs_key=True) for one in recorded.METHODS)), "api-authorization"
    ),
    failure(HTTP, route(authorization="JWT"), "api-authorization"),
    failure(HTTP, route(path="/images"), "api-method-missing"),
    failure(WEBSITE, methods(recorded.METHODS[0]), "api-method-missing"),
    failure(
        WEBSITE,
        methods(recorded.METHODS[0], dataclasses.replace(recorded.METHODS[1], target="arn:function:other/invocations")),
        "api-method-missing",
    ),
    failure(WEBSITE, lambda f: broken(f, api=Fact(recorded.api(stages=Fact((Stage("next"),))))), "api-stage-missing"),
    failure(WEBSITE, lambda f: broken(f, api=Fact(recorded.api(stages=Fact((Stage("prod"),))))), "api-stage-missing"),
    failure(WEBSITE, methods(*recorded.METHODS, deployed=recorded.DEPLOYED[:1]), "api-not-deployed"),
    failure(WEBSITE, lambda facts: with_function(facts, policy=Fact((BUCKET,))), "api-invoke-permission"),
    failure(
        WEBSITE,
        lambda facts: with_function(facts, policy=Fact((another_api(), BUCKET))),
        "api-invoke-permission",
    ),
    Case(
        WEBSITE,
        lambda facts: with_function(facts, timeout=60),
        {"function-changed": "warning", "gateway-timeout": "warning"},
    ),
    failure(CDN, lambda facts: with_function(facts, url=Fact(None)), "url-missing"),
    failure(DIRECT, lambda facts: with_function(facts, url=Fact({"AuthType": "AWS_IAM"})), "url-missing"),
    failure(CDN, lambda facts: with_function(facts, policy=Fact((BUCKET, EDGE[0]))), "url-permission"),
    failure(CDN, lambda facts: with_function(facts, policy=Fact((BUCKET, EDGE[1]))), "url-permission"),
    failure(DIRECT, lambda facts: with_function(facts, policy=Fact((BUCKET, EVERYONE[1]))), "url-permission"),
    # the bucket's documents
    failure(WEBSITE, lambda facts: with_bucket(facts, website=None), "website-off"),
    failure(
        WEBSITE, lambda f: with_bucket(f, website={"RedirectAllRequestsTo": {"HostName": "www.example"}}), "website-off"
    ),
    failure(WEBSITE, rules(lambda found: found[:-1]), "website-rule-missing"),
    failure(WEBSITE, redirect(ReplaceKeyPrefixWith="stage/"), "website-rule-target"),
    failure(WEBSITE, redirect(HostName="other.execute-api.eu-central-1.amazonaws.com"), "website-rule-target"),
    failure(WEBSITE, redirect(HttpRedirectCode="301"), "website-rule-target"),
    failure(
        WEBSITE,
        rules(lambda found: [{"Redirect": {"ReplaceKeyWith": "oops.html"}}, *found]),
        "website-rule-hidden",
    ),
    failure(WEBSITE, lambda facts: with_bucket(facts, block={"RestrictPublicBuckets": True}), "block-public-access"),
    failure(WEBSITE, lambda f: with_found(f, account_block=Fact({"BlockPublicPolicy": True})), "block-public-access"),
    failure(WEBSITE, only_theirs, "policy-missing"),
    failure(CDN, only_theirs, "policy-missing"),
    failure(WEBSITE, statement(Action="s3:*"), "policy-open"),
    failure(CDN, statement(Action=["s3:GetObject", "s3:PutObject"], Principal={"AWS": "*"}), "policy-open"),
    failure(WEBSITE, notified(ours=False), "notification-missing"),
    failure(WEBSITE, lambda facts: with_function(facts, policy=Fact((GATEWAY,))), "notification-missing"),
    warning(WEBSITE, notified(NOTIFICATION), "notification-loop"),
    warning(
        WEBSITE,
        lambda facts: broken(facts, desired=without_notifications(facts)),
        "notification-missing",
    ),
    failure(WEBSITE, walked(hop(403, Who.S3_WEBSITE, "<Code>AccessDenied</Code>")), "missing-is-forbidden"),
    # CloudFront
    failure(CDN, lambda facts: broken(facts, distribution=Fact(None)), "cdn-missing"),
    failure(CDN, cdn(Enabled=False), "cdn-missing"),
    warning(CDN, lambda f: broken(f, distribution=Fact(distribution(status="InProgress"))), "cdn-missing"),
    failure(CDN, origins("stored", OriginAccessControlId=""), "cdn-access"),
    failure(CDN, origins("made", OriginAccessControlId=""), "cdn-access"),
    failure(CDN, group([404], ["stored", "made"]), "cdn-failover"),
    failure(CDN, group([403, 404], ["made", "stored"]), "cdn-failover"),
    failure(CDN, cdn(DefaultCacheBehavior=behaviour(TargetOriginId="made")), "cdn-failover"),
    failure(CDN, policy(MinTTL=60), "cdn-redirect"),
    failure(
        CDN,
        walked(hop(302, Who.CLOUDFRONT, to="http://x/", headers={"x-cache": "Hit from cloudfront"}, wrong=True)),
        "cdn-redirect",
    ),
    warning(CDN, cdn(CustomErrorResponses={"Items": [{"ErrorCode": 404, "ErrorCachingMinTTL": 300}]}), "cdn-errors"),
    warning(CDN, unreduced(["Accept"]), "cdn-accept"),
    failure(CDN, unreduced([]), "cdn-accept"),
    # keys
    warning(WEBSITE, lambda f: with_bucket(f, keys=Fact(("a//b.jpg", "c.jpg"))), "keys-unservable"),
    warning(WEBSITE, lambda f: with_bucket(f, keys=Fact(("2024/300x200.jpg",))), "keys-like-derivatives"),
    warning(WEBSITE, here(sources=Folder("photos", keys=("2024/40x40.png",))), "keys-like-derivatives"),
    # settings
    failure(WEBSITE, file({"sorce": "photos"}, "There is no setting 'sorce'."), "settings-unknown"),
    failure(WEBSITE, file({"limits": {"second": 3}}, "There is no setting."), "settings-unknown"),
    failure(WEBSITE, file({"presets": {"a": {"transfrom": "1x1"}}}, "Expected."), "settings-unknown"),
    failure(WEBSITE, file({"port": "x"}, "Expected a number."), "settings-wrong"),
    warning(
        WEBSITE,
        settings({"source": "s3://photos", "presets": {"a": "100x80", "b": "100x80"}, "aws": {"topology": "website"}}),
        "presets-clash",
    ),
    warning(
        WEBSITE,
        settings({"source": "s3://photos", "presets": {"a": "100x80", "a_b": "10x80"}, "aws": {"topology": "website"}}),
        "presets-clash",
    ),
    warning(WEBSITE, settings({"source": "s3://photos"}), "settings-allow-nothing"),
    failure(WEBSITE, settings({"source": "s3://photos", "access": "signed"}), "settings-allow-nothing"),
    # this machine
    failure(WEBSITE, lambda facts: dataclasses.replace(facts, local=local(python="3.9.2")), "python"),
    failure(WEBSITE, lambda facts: dataclasses.replace(facts, local=local(broken="OSError: libvips.so.42")), "libvips"),
    failure(WEBSITE, lambda facts: dataclasses.replace(facts, local=local(libvips="8.9.1")), "libvips"),
    failure(WEBSITE, lambda facts: dataclasses.replace(facts, local=local(writes=("jpg", "png"))), "codecs"),
    failure(WEBSITE, here(packages=(Package("obstore", "", "0.12"),)), "packages"),
    failure(WEBSITE, here(packages=(Package("obstore", "0.9", "0.12"),)), "packages"),
    failure(WEBSITE, here(sources=Folder("photos", exists=False)), "folder-sources"),
    failure(WEBSITE, here(sources=Folder("photos", readable=False)), "folder-sources"),
    failure(WEBSITE, here(derivatives=Folder("cache", writable=False, free=10**11)), "folder-derivatives"),
    warning(WEBSITE, here(derivatives=Folder("cache", free=10**8)), "disk-space"),
    failure(WEBSITE, here(derivatives=Folder("cache", free=10**6)), "disk-space"),
    Case(
        WEBSITE,
        lambda f: dataclasses.replace(f, on_aws=None, refused="AWS cannot be reached.", remedy="Do."),
        {"aws-unread": "unknown"},
    ),
    # a request, where nothing else explains it
    failure(WEBSITE, walked(hop(0, Who.NOBODY, note="no answer within the time")), "request-timeout"),
    failure(WEBSITE, walked(hop(504, Who.API_GATEWAY)), "request-timeout"),
    failure(WEBSITE, walked(hop(0, Who.NOBODY, note="the name is not known")), "request-no-answer"),
    failure(WEBSITE, walked(hop(302, Who.FUNCTION, to="http://x/", wrong=True)), "request-loop"),
    failure(
        WEBSITE,
        walked(hop(403, Who.API_GATEWAY, '{"message":"Missing Authentication Token"}')),
        "request-missing-token",
    ),
    failure(WEBSITE, walked(hop(502, Who.API_GATEWAY, '{"message": "Internal server error"}')), "request-server-error"),
    failure(WEBSITE, walked(hop(403, Who.API_GATEWAY, '{"message":"Forbidden"}')), "request-forbidden"),
    failure(CDN, walked(hop(403, Who.FUNCTION, '{"detail": "Only presets."}')), "request-forbidden"),
    failure(CDN, walked(hop(404, Who.FUNCTION, '{"detail": "There is no image of that name."}')), "request-not-found"),
    failure(CDN, walked(hop(400, Who.FUNCTION, '{"detail": "Expected a known token."}')), "request-refused"),
)


def without_notifications(facts: Facts) -> Desired:
    """What is wanted where a notification of theirs is in the way."""
    assert facts.on_aws
    wanted = facts.on_aws.desired.wanted
    return dataclasses.replace(facts.on_aws.desired, wanted=dataclasses.replace(wanted, notifications=False))


def stack(facts: Facts, status: str) -> Stack:
    assert facts.on_aws
    return dataclasses.replace(facts.on_aws.found.stack, status=Fact(status))


def version_2(line: str) -> Fact[Any]:
    return Fact((Invocation(int(NOW * 1000), "2", Trouble.IMPORT, line),))


def another_api() -> dict[str, Any]:
    return {
        **GATEWAY,
        "Condition": {
            "ArnLike": {"AWS:SourceArn": GATEWAY["Condition"]["ArnLike"]["AWS:SourceArn"].replace(API, "other")}
        },
    }


def wrong(facts: Facts) -> list[Finding]:
    """All that is not well."""
    return [one for one in judged(facts) if one.verdict is not Verdict.OK]


@pytest.mark.parametrize("where", ALL, ids=str)
def test_where_all_is_well_all_is_ok(where: Where) -> None:
    assert verdicts(well(*where)) == {}
    assert verdicts(here()(well())) == {}


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.where[0]}-{'-'.join(case.said)}")
def test_one_thing_broken_is_one_finding(case: Case) -> None:
    assert verdicts(case.breaks(well(*case.where))) == case.said


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.where[0]}-{'-'.join(case.said)}")
def test_each_says_what_it_read_why_it_matters_and_what_to_do(case: Case) -> None:
    for one in wrong(case.breaks(well(*case.where))):
        assert one.evidence, one
        assert all(one.evidence), one
        assert one.why, one
        assert one.remedy, one
        assert one.what.endswith((".", "?")), one


def test_every_code_has_a_case() -> None:
    covered = {code for case in CASES for code in case.said}
    assert set(CODES) - covered == {"request-answered", CRASHED}


def test_codes_are_unlike_each_other_and_every_symptom_is_a_code() -> None:
    assert len(set(CODES)) == len(CODES)
    for row in CHECKS:
        for symptom in row.symptoms:
            begins = symptom.removesuffix("*")
            assert any(code.startswith(begins) if symptom.endswith("*") else code == symptom for code in CODES), symptom


def test_a_check_that_crashes_is_a_finding_and_the_others_hold() -> None:
    def crash(facts: Facts) -> Said | None:
        raise KeyError("Rules")

    rows = [Check(code, "Fine.", "", when.always, judge) for code, judge in (("one", crash), ("other", lambda _: None))]
    one, other = check.run(well(), rows)
    assert (one.code, one.verdict, one.evidence[0][:16]) == (CRASHED, Verdict.UNKNOWN, "KeyError: 'Rules")
    assert (other.code, other.verdict) == ("other", Verdict.OK)


@pytest.mark.parametrize("row", CHECKS, ids=lambda row: row.code)
def test_no_check_crashes_on_what_is_missing(row: Check) -> None:
    for facts in (well(), here()(well()), file({})(well()), bucket_gone(well()), elsewhere(well())):
        assert CRASHED not in {one.code for one in check.run(facts, [row])}


#: What is refused, the permission that is missing, where the answer would be, and what is not known then.
DENIED: tuple[tuple[str, str, Callable[[Facts, Any], Facts], set[str]], ...] = (
    (
        "GetBucketPolicy: AccessDenied",
        "s3:GetBucketPolicy",
        lambda f, d: with_bucket(f, policy=d),
        {"policy-missing", "policy-open"},
    ),
    (
        "GetBucketWebsite: AccessDenied",
        "s3:GetBucketWebsite",
        lambda f, d: with_bucket(f, website=d),
        {"website-off"},
    ),
    (
        "GetBucketNotificationConfiguration: AccessDenied",
        "s3:GetBucketNotification",
        lambda f, d: with_bucket(f, notifications=d),
        {"notification-missing", "notification-loop"},
    ),
    (
        "GetFunctionConfiguration: AccessDeniedException",
        "lambda:GetFunctionConfiguration",
        lambda f, d: broken(f, function=d),
        {"function-missing"},
    ),
    (
        "GetPolicy: AccessDeniedException",
        "lambda:GetPolicy",
        lambda f, d: with_function(f, policy=d),
        {"api-invoke-permission", "notification-missing"},
    ),
    (
        "DescribeLogStreams: AccessDeniedException",
        "logs:DescribeLogStreams",
        lambda f, d: broken(f, invocations=d),
        {f"function-{name}" for name in ("import-error", "timeout", "killed", "raises", "store")},
    ),
    (
        "SimulatePrincipalPolicy: AccessDenied",
        "iam:SimulatePrincipalPolicy",
        lambda f, d: broken(f, role=d),
        {"role-denied"},
    ),
    (
        "GetResources: AccessDeniedException",
        "apigateway:GET",
        lambda f, d: broken(f, api=d),
        {"api-missing"},
    ),
    (
        "DescribeStacks: AccessDenied",
        "cloudformation:DescribeStacks",
        lambda f, d: with_found(f, stack=Stack(status=d)),
        {"not-deployed"},
    ),
    (
        "ListObjectsV2: AccessDenied",
        "s3:ListBucket",
        lambda f, d: with_bucket(f, keys=d),
        {"keys-unservable", "keys-like-derivatives"},
    ),
)


@pytest.mark.parametrize(("why", "permission", "breaks", "codes"), DENIED, ids=[row[1] for row in DENIED])
def test_what_may_not_be_read_is_unknown_and_names_the_permission(
    why: str, permission: str, breaks: Callable[[Facts, Fact[Any]], Facts], codes: set[str]
) -> None:
    found = wrong(breaks(well(), Fact(unknown=why)))
    assert {one.code for one in found} == codes
    for one in found:
        assert one.verdict is Verdict.UNKNOWN
        assert one.evidence == (why,)
        assert f"Allow {permission} to" in one.remedy


def test_what_could_not_be_read_for_another_reason_asks_for_no_permission() -> None:
    [one] = [
        one
        for one in judged(broken(well(), api=Fact(unknown="GetResources: TooManyRequests")))
        if one.verdict is not Verdict.OK
    ]
    assert (one.verdict, one.remedy) == (Verdict.UNKNOWN, "Run doctor again.")


def test_a_misspelt_setting_is_told_with_the_nearest() -> None:
    [one] = [
        one
        for one in judged(file({"acces": "open", "aws": {"memroy": 1}}, "No.")(well()))
        if one.verdict is not Verdict.OK
    ]
    assert one.evidence == ("acces: did you mean access?", "aws.memroy: did you mean memory?", "and so: No.")


def test_news_that_come_through_a_queue_are_no_finding() -> None:
    facts = well(aws={"events": "arn:aws:sqs:eu-central-1:123456789012:news"})
    assert verdicts(facts) == {}


@pytest.mark.parametrize(
    "path", ["*", "*/*/*", "prod/*/{proxy+}", "prod/ANY/{proxy+}", "*/GET/*"], ids=lambda path: path.replace("/", " ")
)
def test_a_permission_to_invoke_is_known_however_people_write_it(path: str) -> None:
    arn = GATEWAY["Condition"]["ArnLike"]["AWS:SourceArn"].removesuffix("*") + path
    given = {**GATEWAY, "Condition": {"ArnLike": {"aws:sourceArn": arn}}}
    assert verdicts(with_function(well(), policy=Fact((given, BUCKET)))) == {}


def test_a_private_aws_is_not_asked_for_what_it_has_not() -> None:
    facts = broken(
        well(), private=True, role=Fact(None), invocations=Fact((Invocation(0, "1", memory=1536, size=1536),))
    )
    facts = with_found(facts, account_block=Fact(unknown="Could not connect"))
    assert verdicts(facts) == {}
