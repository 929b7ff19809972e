"""Ways in which a deployment that is well is broken, each a function from facts to facts."""

import dataclasses
import json
from collections.abc import Callable
from typing import Any

from firstsight.aws.api_facts import Method, Stage
from firstsight.aws.desired import Desired
from firstsight.aws.facts import Fact, Stack
from firstsight.aws.state import State
from firstsight.doctor.facts import Facts
from firstsight.doctor.finding import Who
from firstsight.doctor.local import File
from firstsight.doctor.log import Invocation, Trouble
from firstsight.settings import from_dict
from tests.aws.states import ACCOUNT, THEIR_STATEMENT
from tests.doctor import recorded
from tests.doctor.recorded import (
    API,
    GATEWAY,
    NOW,
    broken,
    distribution,
    document,
    folders,
    hop,
    local,
    permission,
    with_bucket,
    with_found,
    with_function,
)


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
    source = f"arn:aws:execute-api:us-east-1:{ACCOUNT}:{API}/*"
    invoked = permission("lambda:InvokeFunction", "apigateway.amazonaws.com", source)
    return broken(
        with_found(with_function(facts, region="us-east-1", policy=Fact((invoked,))), stack=Stack()),
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


def without_notifications(facts: Facts) -> Desired:
    """What is wanted where a notification of theirs is in the way."""
    assert facts.on_aws
    wanted = facts.on_aws.desired.stack
    return dataclasses.replace(facts.on_aws.desired, stack=dataclasses.replace(wanted, notifications=False))
