"""Our part of the bucket's documents: merged among theirs, and taken out again."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firstsight.aws import documents
from tests.aws import states

RULE = {
    "Condition": {"HttpErrorCodeReturnedEquals": "404"},
    "Redirect": {"HostName": "api.example", "ReplaceKeyPrefixWith": "prod/"},
}
STATEMENT = {"Sid": "FirstsightPhotos", "Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": "r"}
NOTIFICATION: dict[str, Any] = {
    "Id": "firstsight-photos",
    "LambdaFunctionArn": "arn:function:live",
    "Events": ["s3:ObjectCreated:*", "s3:ObjectRemoved:*"],
}
LIFECYCLE: dict[str, Any] = {
    "ID": "firstsight-photos",
    "Status": "Enabled",
    "Filter": {"Prefix": "made/"},
    "Expiration": {"Days": 30},
}
OURS: dict[str, dict[str, Any]] = {
    "website": RULE,
    "policy": STATEMENT,
    "notifications": NOTIFICATION,
    "lifecycle": LIFECYCLE,
}


def rule(**condition: str) -> dict[str, Any]:
    return {"Condition": condition, "Redirect": {"HostName": "elsewhere.example"}}


CATCH_ALL = rule(HttpErrorCodeReturnedEquals="404")
CATCH_SOME = rule(HttpErrorCodeReturnedEquals="404", KeyPrefixEquals="docs/")
ALL_OF_IT = {"Redirect": {"HostName": "elsewhere.example"}}
FORBIDDEN = rule(HttpErrorCodeReturnedEquals="403")

#: Their rules, and where ours goes among them.
PLACES: tuple[tuple[list[Any], int], ...] = (
    ([], 0),
    ([CATCH_SOME, FORBIDDEN], 2),
    ([CATCH_SOME, CATCH_ALL], 1),
    ([CATCH_ALL, CATCH_SOME], 0),
    ([FORBIDDEN, ALL_OF_IT], 1),
)


@pytest.mark.parametrize(("theirs", "place"), PLACES)
def test_our_rule_comes_last_but_before_what_would_keep_every_request_from_it(theirs: list[Any], place: int) -> None:
    website = {"IndexDocument": {"Suffix": "home.html"}, "RoutingRules": theirs}
    merged = documents.merge_website(website, RULE, None)
    assert merged["RoutingRules"].index(RULE) == place
    assert [one for one in merged["RoutingRules"] if one != RULE] == theirs
    assert merged["IndexDocument"] == {"Suffix": "home.html"}


def test_a_rule_with_another_address_takes_the_place_of_the_one_before() -> None:
    new = {**RULE, "Redirect": {"HostName": "new.example"}}
    website = {"RoutingRules": [CATCH_SOME, RULE, FORBIDDEN]}
    assert documents.merge_website(website, new, RULE)["RoutingRules"] == [CATCH_SOME, new, FORBIDDEN]


def test_our_rule_is_ours_also_after_somebody_has_changed_where_it_leads_on_our_api() -> None:
    changed = {**RULE, "Redirect": {**RULE["Redirect"], "ReplaceKeyPrefixWith": "production/"}}
    website = {"RoutingRules": [CATCH_SOME, changed, FORBIDDEN]}
    assert documents.merge_website(website, RULE, RULE)["RoutingRules"] == [CATCH_SOME, RULE, FORBIDDEN]
    assert documents.without_website(website, RULE)["RoutingRules"] == [CATCH_SOME, FORBIDDEN]
    theirs = {**changed, "Condition": {"KeyPrefixEquals": "theirs/"}}
    website = {"RoutingRules": [theirs]}
    assert documents.merge_website(website, RULE, RULE)["RoutingRules"] == [theirs, RULE]
    assert documents.without_website(website, RULE)["RoutingRules"] == [theirs]


def test_where_there_is_no_document_ours_makes_one_and_its_going_leaves_none() -> None:
    for kind, ours in OURS.items():
        merged = documents.merged(kind, None, ours, None)
        kept = documents.keep(kind, None, merged, ours, None)
        assert documents.restored(kind, merged, kept) is None, kind


def test_the_only_statement_of_a_policy_may_stand_without_a_list() -> None:
    policy = json.dumps({"Version": "2012-10-17", "Statement": states.THEIR_STATEMENT})
    merged = documents.merge_policy(policy, STATEMENT, None)
    assert documents.statements(merged) == [states.THEIR_STATEMENT, STATEMENT]


def website_of(rules: list[Any]) -> dict[str, Any]:
    """A website as S3 tells of it: without rules it has no list of them."""
    return {"IndexDocument": {"Suffix": "i"}, **({"RoutingRules": rules} if rules else {})}


their_rules = st.lists(st.sampled_from([CATCH_ALL, CATCH_SOME, FORBIDDEN, ALL_OF_IT, states.THEIR_RULE]), max_size=4)
their_statements = st.lists(
    st.fixed_dictionaries({"Sid": st.sampled_from("ABC"), "Action": st.text(max_size=3)}), max_size=3
)
their_queues = st.lists(
    st.fixed_dictionaries({"Id": st.text("xyz", min_size=1), "Events": st.just(["s3:ObjectRestore:*"])}), max_size=3
)
their_lifecycle = st.lists(
    st.fixed_dictionaries(
        {"ID": st.text("xyz", min_size=1), "Status": st.just("Enabled"), "Expiration": st.just({"Days": 1})},
        optional={"Filter": st.just({"Prefix": "logs/"}), "Prefix": st.just("tmp/")},
    ),
    min_size=1,
    max_size=3,
)
DOCUMENTS = {
    "website": st.none() | st.builds(website_of, their_rules),
    "policy": st.none()
    | st.builds(
        lambda found, indent: json.dumps({"Version": "2012-10-17", "Statement": found}, indent=indent),
        their_statements.filter(bool),
        st.sampled_from([None, 0, 3]),
    ),
    "notifications": st.none() | st.builds(lambda found: {"QueueConfigurations": found}, their_queues),
    "lifecycle": st.none()
    | st.builds(
        lambda rules, rest: {"Rules": rules, **rest},
        their_lifecycle,
        st.sampled_from([{}, {"TransitionDefaultMinimumObjectSize": "varies_by_storage_class"}]),
    ),
}


@pytest.mark.parametrize("kind", OURS)
@given(data=st.data())
def test_what_was_merged_is_taken_out_byte_for_byte_and_merging_again_changes_nothing(
    kind: str, data: st.DataObject
) -> None:
    before = data.draw(DOCUMENTS[kind])
    merged = documents.merged(kind, before, OURS[kind], None)
    kept = documents.keep(kind, before, merged, OURS[kind], None)
    again = documents.merged(kind, merged, OURS[kind], kept)
    assert again == merged
    assert documents.keep(kind, merged, again, OURS[kind], kept) == kept
    assert documents.restored(kind, merged, kept) == before


@pytest.mark.parametrize("kind", OURS)
@given(data=st.data())
def test_what_others_have_changed_since_stays_and_ours_goes(kind: str, data: st.DataObject) -> None:
    before, other = data.draw(DOCUMENTS[kind]), data.draw(DOCUMENTS[kind].filter(bool))
    merged = documents.merged(kind, before, OURS[kind], None)
    kept = documents.keep(kind, before, merged, OURS[kind], None)
    changed = documents.merged(kind, other, OURS[kind], None)
    restored = documents.restored(kind, changed, kept)
    assert documents.KINDS[kind].same(restored, before) or documents.KINDS[kind].same(restored, other)
    assert json.dumps(OURS[kind]) not in json.dumps(restored)


def filtered(events: list[str], **filters: str) -> dict[str, Any]:
    rules = [{"Name": name, "Value": value} for name, value in filters.items()]
    return {"Id": "theirs", "QueueArn": "arn", "Events": events, "Filter": {"Key": {"FilterRules": rules}}}


@pytest.mark.parametrize(
    ("theirs", "overlaps"),
    [
        (filtered(["s3:ObjectCreated:*"]), True),
        (filtered(["s3:ObjectCreated:Put"]), True),
        (filtered(["s3:ObjectRemoved:Delete"], prefix="in/cats/"), True),
        (filtered(["s3:ObjectCreated:*"], Prefix="out/"), False),
        (filtered(["s3:ObjectCreated:*"], prefix="in/", suffix=".csv"), True),
        (filtered(["s3:ObjectRestore:*"]), False),
        (filtered(["s3:ObjectCreated:*"]) | {"Id": "firstsight-photos"}, False),
    ],
)
def test_a_notification_that_s3_would_not_take_beside_ours_is_found(theirs: dict[str, Any], overlaps: bool) -> None:
    rules = {"Key": {"FilterRules": [{"Name": "Prefix", "Value": "in/"}]}}
    found = documents.overlapping({"QueueConfigurations": [theirs]}, {**NOTIFICATION, "Filter": rules})
    assert bool(found) is overlaps


def test_a_notification_that_s3_spells_in_its_own_way_is_still_ours() -> None:
    ours = {**NOTIFICATION, "Filter": {"Key": {"FilterRules": [{"Name": "Prefix", "Value": "in/"}]}}}
    told = {
        **ours,
        "Events": NOTIFICATION["Events"][::-1],
        "Filter": {"Key": {"FilterRules": [{"Name": "prefix", "Value": "in/"}]}},
    }
    document = {"LambdaFunctionConfigurations": [told]}
    assert documents.merge_notifications(document, ours, None) is document


THEIR_EXPIRY = {"ID": "logs", "Status": "Enabled", "Filter": {"Prefix": "logs/"}, "Expiration": {"Days": 7}}
THEIR_OLD_EXPIRY = {"ID": "tmp", "Status": "Enabled", "Prefix": "tmp/", "Expiration": {"Days": 7}}


def test_another_number_of_days_takes_the_place_of_the_one_before() -> None:
    later = {**LIFECYCLE, "Expiration": {"Days": 60}}
    document = {"Rules": [THEIR_EXPIRY, LIFECYCLE]}
    assert documents.merge_lifecycle(document, later, LIFECYCLE) == {"Rules": [THEIR_EXPIRY, later]}


def test_our_rule_has_the_older_form_where_theirs_have_it() -> None:
    merged = documents.merge_lifecycle({"Rules": [THEIR_OLD_EXPIRY]}, LIFECYCLE, None)
    ours = {"ID": "firstsight-photos", "Status": "Enabled", "Prefix": "made/", "Expiration": {"Days": 30}}
    assert merged == {"Rules": [THEIR_OLD_EXPIRY, ours]}
    assert documents.merge_lifecycle(merged, LIFECYCLE, LIFECYCLE) == merged


def test_rules_in_another_order_are_the_same_rules() -> None:
    same = documents.KINDS["lifecycle"].same
    assert same({"Rules": [THEIR_EXPIRY, LIFECYCLE]}, {"Rules": [LIFECYCLE, THEIR_EXPIRY]})
    assert not same({"Rules": [THEIR_EXPIRY]}, {"Rules": [LIFECYCLE]})
    assert same(None, None)
    assert not same(None, {"Rules": [LIFECYCLE]})
