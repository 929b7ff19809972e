"""CASES: what is broken, in which topology, and all that doctor is to say of it."""

import dataclasses
from collections.abc import Callable
from typing import Any, NamedTuple

from firstsight.aws.api_facts import Stage
from firstsight.aws.facts import Fact, Stack
from firstsight.doctor.facts import Facts
from firstsight.doctor.finding import Who
from firstsight.doctor.local import Folder, Package
from firstsight.doctor.log import Invocation, Trouble
from tests.doctor import recorded
from tests.doctor.breaking import (
    NOTIFICATION,
    another_api,
    at,
    behaviour,
    bucket_gone,
    cdn,
    denied,
    elsewhere,
    encrypted,
    fails,
    file,
    group,
    here,
    methods,
    notified,
    only_theirs,
    origins,
    other_state,
    policy,
    redirect,
    route,
    rules,
    settings,
    stack,
    statement,
    unreduced,
    version_2,
    walked,
    without_notifications,
)
from tests.doctor.recorded import (
    BUCKET,
    EDGE,
    EVERYONE,
    GATEWAY,
    NOW,
    broken,
    distribution,
    hop,
    local,
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
URL: Where = ("website", {"front": "function-url", "public": True})
ALL = (WEBSITE, CDN, DIRECT, REST, HTTP, URL)


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
    failure(WEBSITE, walked(at("photos.s3-website.eusc-de-east-1.amazonaws.eu", 404)), "region-differs"),
    failure(CDN, walked(at("abc.lambda-url.us-east-1.on.aws", 502)), "region-differs"),
    failure(WEBSITE, bucket_gone, "settings-bucket"),
    failure(
        WEBSITE, lambda facts: with_function(facts, environment={"FIRSTSIGHT_SOURCE": "s3://other"}), "settings-bucket"
    ),
    failure(WEBSITE, lambda f: broken(with_found(f, stack=Stack()), function=Fact(None)), "not-deployed"),
    failure(
        WEBSITE,
        lambda f: broken(with_found(f, stack=Stack(Fact("REVIEW_IN_PROGRESS"))), function=Fact(None)),
        "not-deployed",
    ),
    failure(CDN, lambda f: with_found(f, stack=Stack(Fact("ROLLBACK_COMPLETE"))), "stack-failed"),
    warning(WEBSITE, lambda f: with_found(f, stack=stack(f, "UPDATE_ROLLBACK_COMPLETE")), "stack-failed"),
    warning(WEBSITE, lambda f: with_found(f, stack=stack(f, "UPDATE_IN_PROGRESS")), "stack-failed"),
    # the function
    failure(WEBSITE, lambda facts: broken(facts, function=Fact(None)), "function-missing"),
    failure(WEBSITE, lambda facts: with_function(facts, state="Failed", reason="ImageDeleted"), "function-missing"),
    failure(WEBSITE, lambda facts: with_function(facts, reserved=Fact(0)), "function-missing"),
    failure(WEBSITE, lambda facts: with_function(facts, alias=False, version="$LATEST"), "function-missing"),
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
    failure(WEBSITE, lambda f: broken(f, api=Fact(recorded.api(disabled=True))), "api-disabled"),
    failure(REST, lambda f: broken(f, api=Fact(recorded.api(binary=Fact(("image/png",))))), "api-binary"),
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
    failure(WEBSITE, walked(hop(403, Who.S3, "<Code>AccessDenied</Code>")), "missing-is-forbidden"),
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
    failure(
        WEBSITE,
        walked(hop(0, Who.NOBODY, note="no whole answer within 60 seconds")),
        "request-timeout",
    ),
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
    failure(
        WEBSITE,
        walked(hop(200, Who.SOMEBODY, note="answered 200 with a page (text/html), which is no image", wrong=True)),
        "request-no-image",
    ),
    failure(CDN, walked(hop(403, Who.FUNCTION, '{"detail": "Only presets."}')), "request-forbidden"),
    failure(CDN, walked(hop(404, Who.FUNCTION, '{"detail": "There is no image of that name."}')), "request-not-found"),
    failure(CDN, walked(hop(400, Who.FUNCTION, '{"detail": "Expected a known token."}')), "request-refused"),
)
