"""Plans without AWS: from recorded states to the changes that are to be expected, and what is said beside them."""

import dataclasses
import json
from collections.abc import Callable
from typing import Any

import pytest

from firstsight.aws import cost, plan, prices, template
from firstsight.aws.desired import desire
from firstsight.aws.facts import Bucket, Fact, Facts, Stack, Version
from firstsight.aws.plan import Plan
from firstsight.errors import BadSettings
from firstsight.settings import Settings
from tests.aws import states
from tests.aws.states import bucket, deployed, facts, settings


def made(found: Facts, asked: Settings | None = None, sha: str = states.SHA) -> Plan:
    asked = asked or settings()
    return plan.make(asked, found, desire(asked, found, sha))


def changed(found: Plan) -> list[tuple[str, str]]:
    """The changes, with all of a new stack as one."""
    told = [(str(change.action), change.step if change.step == "stack" else change.what) for change in found.changes]
    return list(dict.fromkeys(one for one in told if one[0] != "keep"))


ARTEFACTS = ("create", "bucket firstsight-123456789012-eu-central-1")
CODE = ("create", f"firstsight-123456789012-eu-central-1/firstsight-photos/{states.SHA}.zip")
NEW = [ARTEFACTS, CODE, ("create", "stack"), ("create", "alias live")]
POLICY, WEBSITE = "policy of bucket photos", "website of bucket photos"
NOTIFICATIONS, CHECK = "notifications of bucket photos", ("update", "an image through the front")


def after(topology: str = "website", **aws: Any) -> Facts:
    return deployed(settings(topology, aws), facts())[0]


def with_stack(found: Facts, **changes: Any) -> Facts:
    return dataclasses.replace(found, stack=dataclasses.replace(found.stack, **changes))


def without(found: Facts, kind: str) -> Facts:
    """The same after somebody has taken a document away."""
    changed = dataclasses.replace(found.sources, documents={**found.sources.documents, kind: Fact(None)})
    return dataclasses.replace(found, sources=changed, derivatives=changed)


#: What there is, what is asked for, and what is to be done about it.
STATES: dict[str, tuple[Callable[[], Facts], Settings, list[tuple[str, str]]]] = {
    "a bucket with documents": (
        facts,
        settings(),
        [*NEW, ("update", POLICY), ("update", WEBSITE), ("update", NOTIFICATIONS), CHECK],
    ),
    "a bucket without any": (
        lambda: facts(bucket()),
        settings(),
        [*NEW, ("create", POLICY), ("create", WEBSITE), ("create", NOTIFICATIONS), CHECK],
    ),
    "no bucket": (
        lambda: facts(Bucket("photos", exists=False)),
        settings(),
        [
            ARTEFACTS,
            ("create", "bucket photos"),
            *NEW[1:],
            *(("create", what) for what in (POLICY, WEBSITE, NOTIFICATIONS)),
            CHECK,
        ],
    ),
    "behind CloudFront": (facts, settings("cdn"), [*NEW, ("update", POLICY), ("update", NOTIFICATIONS), CHECK]),
    "directly": (facts, settings("direct"), [*NEW, ("update", NOTIFICATIONS), CHECK]),
    "deployed": (after, settings(), []),
    "deployed behind CloudFront": (lambda: after("cdn"), settings("cdn"), []),
    "more memory": (
        after,
        settings(aws={"memory": 3008}),
        [("update", "stack"), ("update", "alias live"), CHECK],
    ),
    "a rule that somebody deleted": (lambda: without(after(), "website"), settings(), [("create", WEBSITE)]),
    "a stack whose creation failed": (
        lambda: with_stack(facts(artefacts=Fact(True), code=Fact(True)), status=Fact("ROLLBACK_COMPLETE")),
        settings(),
        [
            ("create", "stack"),
            ("create", "alias live"),
            ("update", POLICY),
            ("update", WEBSITE),
            ("update", NOTIFICATIONS),
            CHECK,
        ],
    ),
    "a stack in the middle of something": (
        lambda: with_stack(after(), status=Fact("UPDATE_IN_PROGRESS")),
        settings(),
        [("update", "stack")],
    ),
    "rolled back": (
        lambda: dataclasses.replace(after(), live=Fact(Version("1", "Firstsight of another time"))),
        settings(),
        [("update", "alias live")],
    ),
    "from a website to direct": (
        after,
        settings("direct"),
        [
            ("create", "stack"),
            ("update", "stack"),
            ("delete", "stack"),
            ("update", "alias live"),
            ("update", POLICY),
            ("update", WEBSITE),
            CHECK,
        ],
    ),
    "a stack that must not be read": (
        lambda: facts(stack=Stack(Fact(unknown="DescribeStacks: AccessDenied"))),
        settings("direct"),
        [
            ARTEFACTS,
            CODE,
            ("unknown", "stack"),
            ("create", "alias live"),
            ("update", NOTIFICATIONS),
            CHECK,
        ],
    ),
}


@pytest.mark.parametrize("name", STATES)
def test_a_state_leads_to_these_changes(name: str) -> None:
    found, asked, expected = STATES[name]
    assert sorted(changed(made(found(), asked))) == sorted(expected)


def test_the_changes_come_in_the_order_in_which_they_are_made() -> None:
    from firstsight.aws.apply import STEPS

    everything = settings(derivatives="s3://photos/made", aws={"expire_days": 30})
    steps = list(dict.fromkeys(change.step for change in made(facts(), everything).changes))
    assert steps == [step.name for step in STEPS]


def test_a_document_is_told_as_it_is_and_as_it_will_be() -> None:
    [policy] = made(facts()).changes_of("policy")
    assert policy.before["Statement"] == [states.THEIR_STATEMENT]
    theirs, ours = policy.after["Statement"]
    assert theirs == states.THEIR_STATEMENT
    assert ours == {
        "Sid": "FirstsightPhotos",
        "Effect": "Allow",
        "Principal": "*",
        "Action": "s3:GetObject",
        "Resource": "arn:aws:s3:::photos/*",
    }
    [website] = made(facts()).changes_of("website")
    assert website.after["RoutingRules"][0] == states.THEIR_RULE
    assert website.after["RoutingRules"][1]["Redirect"]["HostName"] == "known-when-the-stack-is-made"


def test_only_cloudfronts_own_distribution_may_read_a_private_bucket() -> None:
    found, _ = deployed(settings("cdn"), facts())
    [statement] = [
        one
        for one in json.loads(found.derivatives.documents["policy"].value or "")["Statement"]
        if one["Sid"] != "Theirs"
    ]
    assert statement["Principal"] == {"Service": "cloudfront.amazonaws.com"}
    assert statement["Action"] == "s3:GetObject"
    arn = "arn:aws:cloudfront::123456789012:distribution/E1ABCDEF"
    assert statement["Condition"] == {"StringEquals": {"AWS:SourceArn": arn}}


def test_the_checksum_is_the_same_for_the_same_and_another_for_anything_else() -> None:
    first = made(facts())
    assert first.checksum == made(facts()).checksum
    others = [
        made(facts(), sha="b" * 64),
        made(facts(), settings(aws={"memory": 2048})),
        made(facts(bucket())),
        made(facts(bucket(policy=states.THEIR_POLICY.replace("uploads", "inbox")))),
    ]
    assert len({one.checksum for one in [first, *others]}) == 5


def test_a_plan_can_be_written_as_json() -> None:
    data = json.loads(json.dumps(made(facts()).data()))
    assert data["checksum"] == made(facts()).checksum
    assert {change["action"] for change in data["changes"]} == {"create", "update", "keep"}
    assert data["grants"][0] == {
        "Sid": "ReadSources",
        "Effect": "Allow",
        "Action": ["s3:GetObject"],
        "Resource": ["arn:aws:s3:::photos/*"],
    }
    assert data["cost"]["prices_of"] == prices.DATE


OPEN = json.dumps(
    {"Statement": [{"Effect": "Allow", "Principal": "*", "Action": "s3:*", "Resource": "arn:aws:s3:::photos/*"}]}
)
READABLE = OPEN.replace("s3:*", "s3:GetObject")
OPEN_IN_A_LIST = OPEN.replace('"*"', '{"AWS": ["*"]}', 1)
RIVAL = {"QueueConfigurations": [{"Id": "theirs", "QueueArn": "arn", "Events": ["s3:ObjectCreated:*"]}]}
CATCH_ALL = {"RoutingRules": [{"Condition": {"HttpErrorCodeReturnedEquals": "404"}, "Redirect": {"HostName": "old"}}]}
KMS = [{"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": "1234"}}]
REQUESTER, OWNER = {"Payer": "Requester"}, {"Payer": "BucketOwner"}
BLOCK = {"BlockPublicPolicy": True, "RestrictPublicBuckets": True}


@pytest.mark.parametrize(
    ("found", "asked", "words"),
    [
        (facts(bucket(policy=OPEN)), settings("direct"), "allows s3:* to everyone"),
        (facts(bucket(policy=OPEN_IN_A_LIST)), settings("direct"), "allows s3:* to everyone"),
        (facts(bucket(notifications=RIVAL)), settings("direct"), "The notification 'theirs' of photos"),
        (facts(bucket(website=CATCH_ALL)), settings(), "theirs sees none of them"),
        (facts(dataclasses.replace(bucket(), encryption=Fact(KMS))), settings("cdn"), "let cloudfront.amazonaws.com"),
        (facts(dataclasses.replace(bucket(), encryption=Fact(KMS))), settings(), "encrypted with KMS"),
        (facts(bucket(payment=REQUESTER)), settings(), "says 403 of it to everyone"),
        (facts(bucket(payment=REQUESTER)), settings("cdn"), "S3 refuses CloudFront"),
        (facts(), settings(), "everyone can read them, too"),
        (facts(), settings("direct", {"public": True}), "answers everyone"),
        (facts(), settings("website", {"timeout": 60}), "API Gateway waits for 29 seconds"),
        (facts(), settings("direct", presets={}), "Nothing may be asked for"),
        (facts(changed=Fact(("The preset 'thumb' has changed.",))), settings("direct"), "'thumb' has changed"),
    ],
)
def test_what_is_probably_not_meant_is_said(found: Facts, asked: Settings, words: str) -> None:
    assert [one for one in made(found, asked).warnings if words in one]


def test_a_policy_that_lets_everyone_read_is_no_reason_for_a_warning() -> None:
    assert made(facts(bucket(policy=READABLE)), settings("direct")).warnings == ()


def test_who_pays_matters_only_to_those_who_do_not_sign_as_the_owner() -> None:
    sources = facts(bucket(payment=REQUESTER), bucket("made", payment=OWNER))
    assert made(facts(bucket(payment=REQUESTER)), settings("direct")).warnings == ()
    assert made(sources, settings("cdn", derivatives="s3://made")).warnings == ()


def denied(kind: str) -> Facts:
    documents: dict[str, Any] = {kind: Fact(unknown=f"{kind}: AccessDenied")}
    return facts(bucket(**documents))


@pytest.mark.parametrize(
    ("found", "asked", "words"),
    [
        (facts(), settings(aws={"region": "us-east-1"}), "Expected the stack in eu-central-1, where the bucket is"),
        (facts(bucket(block=BLOCK)), settings(), "Block Public Access of the bucket"),
        (facts(bucket(), account_block=Fact(BLOCK)), settings(), "Block Public Access of the account"),
        (facts(bucket(website={"RedirectAllRequestsTo": {"HostName": "x"}})), settings(), "redirects every request"),
        (denied("policy"), settings(), "The policy of photos could not be read"),
        (denied("website"), settings(), "The website of photos could not be read"),
        (
            facts(),
            settings("cdn", presets=dict.fromkeys((f"a{'x' * n}" for n in range(150)), "9x9")),
            "fewer or shorter",
        ),
        (denied("notifications"), settings("direct"), "The notifications of photos could not be read"),
        (facts(state=Fact(unknown="GetObject: AccessDenied")), settings("direct"), "What is remembered"),
        (
            facts(bucket(), bucket("made")),
            settings("direct", derivatives="s3://made", refine=True),
            "`refine` needs the news of derivatives",
        ),
        (
            facts(),
            settings("direct", source="s3://photos/in", derivatives="s3://photos/out", refine=True),
            "`refine` needs the news of derivatives",
        ),
        (
            facts(bucket(), dataclasses.replace(bucket("made"), region="us-east-1")),
            settings("direct", derivatives="s3://made"),
            "one function cannot be near both",
        ),
    ],
)
def test_what_cannot_be_done_is_refused_with_the_reason(found: Facts, asked: Settings, words: str) -> None:
    assert [one for one in made(found, asked).refusals if words in one]


def test_the_right_to_a_key_is_not_taken_from_the_function_because_nobody_could_read_the_encryption() -> None:
    encrypted = dataclasses.replace(bucket(), encryption=Fact(KMS))
    found, _ = deployed(settings("direct"), facts(encrypted))
    unread = dataclasses.replace(found.sources, encryption=Fact(unknown="GetBucketEncryption: AccessDenied"))
    for was, refused in ((found, True), (after("direct"), False)):
        now = dataclasses.replace(was, sources=unread, derivatives=unread)
        assert bool([why for why in made(now, settings("direct")).refusals if "encryption of photos" in why]) is refused


def test_what_could_not_be_read_is_unknown_and_never_taken_for_absent() -> None:
    found = made(denied("policy"))
    [policy] = found.changes_of("policy")
    assert (policy.action, policy.before, policy.after) == ("unknown", "policy: AccessDenied", None)
    assert "policy of bucket photos: policy: AccessDenied" in found.unknowns
    assert made(denied("policy"), settings("direct")).refusals == (), "nothing is merged into it there"


def test_a_front_that_does_not_go_with_its_topology_is_refused() -> None:
    with pytest.raises(BadSettings, match="function-url behind CloudFront"):
        made(facts(), settings("cdn", {"front": "rest-api"}))
    with pytest.raises(BadSettings, match="S3 redirects everyone"):
        made(facts(), settings("website", {"front": "function-url"}))


def test_the_cost_counts_what_the_topology_uses() -> None:
    rows = {
        topology: {cost.what.split(",")[0] for cost in made(facts(), settings(topology)).cost.costs}
        for topology in ("website", "cdn", "direct")
    }
    assert "API Gateway" in rows["website"]
    assert "CloudFront" in rows["cdn"]
    assert not {"API Gateway", "CloudFront"} & rows["direct"]


@pytest.mark.parametrize("topology", ["website", "cdn", "direct"])
def test_plan_and_cost_count_the_same_alarms(topology: str) -> None:
    planned = {row.what for row in made(facts(), settings(topology)).cost.costs}
    estimated = {row.what for row in cost.function(cost.deployment_of(settings(topology)), cost.Traffic()).costs}
    alarms = {what for what in planned if "alarms" in what}
    assert len(alarms) == 1
    assert alarms == {what for what in estimated if "alarms" in what}


def test_the_cost_is_that_of_the_price_list() -> None:
    """A million requests to a function alone, one in twenty of them new, 1536 MB on arm64."""
    estimate = made(facts(bucket(notifications=RIVAL)), settings("direct")).cost
    by_name = {row.what: row.dollars for row in estimate.costs}
    # 50,000 of 59 ms and 950,000 of 21 ms, and one in a hundred of them starts cold, which takes 107 ms
    seconds = 50_000 * 0.059 + 950_000 * 0.021 + 10_000 * 0.107
    assert by_name["Lambda, requests"] == pytest.approx(0.20)
    assert by_name["Lambda, compute"] == pytest.approx(seconds * 1.5 * 0.0000133334)
    assert by_name["4 alarms and a dashboard"] == pytest.approx(3.40)


def test_news_of_derivatives_costs_calls_whoever_tells_them() -> None:
    """Of a million requests 50,000 are made; S3 or a queue tells of them where they lie beside the sources."""

    def calls(asked: Settings) -> float:
        rows = {row.what: row.dollars for row in made(facts(), asked).cost.costs}
        return rows["Lambda, requests"] / 0.20 * 1e6

    queue = {"events": f"arn:aws:sqs:{states.REGION}:{states.ACCOUNT}:news"}
    assert calls(settings("cdn")) == pytest.approx(100_000)
    assert calls(settings("cdn", queue)) == pytest.approx(100_000)
    assert calls(settings("cdn", derivatives="s3://made")) == pytest.approx(50_000)


NEWS = {"DeadLetters", "DeadLettersAlarm", "Retries"}
#: What a deploy of now adds to what the first release made; it takes nothing away.
ADDED = {"website": NEWS, "direct": NEWS, "cdn": NEWS | {"HeadersPolicy", "DistributionId", "ForgetPolicy"}}


def test_an_upgrade_from_the_first_release_keeps_what_it_made() -> None:
    """The recorded template of a release, and what a deploy of now would do to it."""
    from tests.aws.test_template import PREVIOUS

    for topology in ("website", "cdn", "direct"):
        asked = settings(topology)
        found, _ = deployed(asked, facts())
        earlier = json.loads((PREVIOUS / f"0.1.0-{topology}.json").read_text("utf-8"))
        upgraded = with_stack(found, template=Fact(earlier))
        moved = [
            c.what.split()[0] for c in made(upgraded, asked).changes_of("stack") if c.action in ("create", "delete")
        ]
        assert {what for what in moved if "ApiDeployment" not in what} == ADDED[topology]


def test_the_fingerprint_of_the_live_version_is_what_makes_it_current() -> None:
    found, desired = deployed(settings(), facts())
    assert found.live.value
    assert found.live.value.description == template.description(desired.stack)
    other = dataclasses.replace(found, live=Fact(dataclasses.replace(found.live.value, description="Firstsight 1")))
    assert changed(made(other)) == [("update", "alias live")]


def test_whether_presets_have_changed_may_be_unknown_and_is_no_change() -> None:
    unknown = made(facts(changed=Fact(unknown="The store refused access.")))
    assert "presets that have changed: The store refused access." in unknown.unknowns
    assert unknown.checksum == made(facts()).checksum
