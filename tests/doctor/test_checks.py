"""One thing broken, one finding: recorded facts, and what doctor says first and alone."""

import dataclasses
from collections.abc import Callable
from typing import Any

import hypothesis
import pytest
from hypothesis import given
from hypothesis import strategies as st

from firstsight.aws.facts import Fact, Stack
from firstsight.doctor import check, when
from firstsight.doctor.check import CRASHED, Check, Said
from firstsight.doctor.checks import CHECKS, CODES
from firstsight.doctor.facts import Facts
from firstsight.doctor.finding import Finding, Verdict, Who
from firstsight.doctor.log import Invocation
from tests.doctor.breaking import (
    bucket_gone,
    elsewhere,
    file,
    here,
    origins,
    statement,
    walked,
)
from tests.doctor.cases import ALL, CASES, Case, Where
from tests.doctor.recorded import (
    BUCKET,
    GATEWAY,
    broken,
    hop,
    judged,
    verdicts,
    well,
    with_bucket,
    with_found,
    with_function,
)


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


#: Every single thing that may be refused, in any deployment.
READS: dict[str, Callable[[Facts, Any], Facts]] = {
    **{row[0]: row[2] for row in DENIED},
    "public access block": lambda f, d: with_bucket(f, block=d),
    "account's block": lambda f, d: with_found(f, account_block=d),
    "encryption": lambda f, d: with_bucket(f, encryption=d),
    "ownership": lambda f, d: with_bucket(f, ownership=d),
    "template": lambda f, d: with_found(f, stack=stack_without_template(f, d)),
    "state": lambda f, d: with_found(f, state=d),
    "bundle": lambda f, d: broken(f, bundle=d),
    "distribution": lambda f, d: broken(f, distribution=d),
    "url": lambda f, d: with_function(f, url=d),
    "unpublished": lambda f, d: with_function(f, unpublished=d),
    "reserved": lambda f, d: with_function(f, reserved=d),
}


def stack_without_template(facts: Facts, denied: Fact[Any]) -> Stack:
    assert facts.on_aws
    return dataclasses.replace(facts.on_aws.found.stack, template=denied)


@given(st.sampled_from(ALL), st.sets(st.sampled_from(sorted(READS))))
@hypothesis.settings(deadline=None, max_examples=60)
def test_nothing_is_assumed_in_the_place_of_what_may_not_be_read(where: Where, refused: set[str]) -> None:
    facts = well(*where)
    # what is within another comes first, or it would not be there any more
    for name in sorted(refused, key=lambda name: name.startswith(("GetFunctionConfiguration", "DescribeStacks"))):
        facts = READS[name](facts, Fact(unknown="GetIt: AccessDenied"))
    said = {one.code: one.verdict for one in wrong(facts)}
    assert set(said.values()) <= {Verdict.UNKNOWN}, said
    assert CRASHED not in said


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


def test_a_website_as_cloudfronts_first_origin_needs_no_signature() -> None:
    change = origins("stored", DomainName="photos.s3-website.eu-central-1.amazonaws.com", OriginAccessControlId="")
    assert verdicts(change(well("cdn"))) == {}


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


@pytest.mark.parametrize(
    ("who", "remedy"), [(Who.S3_WEBSITE, "s3:GetObject is all it takes"), (Who.S3, "http://photos.s3-website.")]
)
def test_nobody_is_told_to_let_everyone_list_a_bucket(who: Who, remedy: str) -> None:
    denied = statement(Effect="Deny", Action="s3:GetObject", Sid="NoHotlinks")(well("website", {}))
    denied = with_bucket(denied, payment={"Payer": "Requester"})
    [found] = wrong(walked(hop(403, who, "<Code>AccessDenied</Code>"))(denied))
    assert (found.code, remedy in found.remedy) == ("missing-is-forbidden", True)
    assert "List" not in found.remedy
    for cause in ("NoHotlinks", "Requester"):
        assert any(cause in line for line in found.evidence) == (who is Who.S3_WEBSITE)
