"""What is read of an API of API Gateway: its methods as they are, as they were deployed, and its stages."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from firstsight.aws.facts import NOT_THERE, Fact
from firstsight.aws.names import REGION

if TYPE_CHECKING:
    from firstsight.aws.cloud import Cloud

_MISSING = ("NotFoundException", "404")
#: The host of an API: its id, and its region where it is named (API Gateway developer guide, invoke URLs).
_HOST = re.compile(rf"(?P<id>[a-z0-9]+)\.execute-api\.(?P<region>{REGION})?")
#: The function in the address of an integration; ours names its alias by a variable of the stage.
_FUNCTION = re.compile(r":lambda:(?P<region>[a-z0-9-]+):\d+:function:(?P<name>[A-Za-z0-9_-]+)(?::(?P<alias>[^/]+))?")
_EVERY = 500


@dataclass(frozen=True, slots=True)
class Method:
    """One method of a path, or one route. `target` is the address of what it is passed on to."""

    path: str
    verb: str
    authorization: str = "NONE"
    needs_key: bool = False
    target: str = ""


@dataclass(frozen=True, slots=True)
class Stage:
    """One stage, and the methods of the deployment that it shows, where that can be known."""

    name: str
    variables: Mapping[str, str] = field(default_factory=dict)
    deployed: Fact[tuple[Method, ...]] = NOT_THERE
    #: Whether what is changed is deployed by itself.
    automatic: bool = False


@dataclass(frozen=True, slots=True)
class Api:
    """An API; `kind` is rest or http."""

    id: str
    region: str
    kind: str
    methods: tuple[Method, ...] = ()
    stages: Fact[tuple[Stage, ...]] = NOT_THERE
    #: The media types that it passes on as bytes, and whether its own address is off; an HTTP API knows both by itself.
    binary: Fact[tuple[str, ...]] = NOT_THERE
    disabled: bool = False

    @property
    def functions(self) -> tuple[tuple[str, str], ...]:
        """Give the functions that it asks, each as a region and a name."""
        found = (_FUNCTION.search(method.target) for method in self.methods)
        return tuple(dict.fromkeys((match["region"], match["name"]) for match in found if match))


def place_of(url: str) -> tuple[str, str, str] | None:
    """Give the id, the region (nothing where it is not named) and the stage or path of an API's address."""
    parts = urlsplit(url)
    match = _HOST.match(parts.netloc)
    return (match["id"], match["region"] or "", parts.path.strip("/")) if match else None


def read(cloud: "Cloud", identifier: str) -> Fact[Api]:
    """Read an API, whichever of the two kinds it is; None where there is none in this region."""
    rest = cloud.client("apigateway")
    resources = _all(cloud, rest, "get_resources", restApiId=identifier, embed=["methods"], limit=_EVERY)
    if resources.value is not None:
        return Fact(_rest(cloud, identifier, resources.value.get("items", [])))
    http = _http(cloud, identifier)
    return http if http.value or not resources.unknown else Fact(unknown=resources.unknown)


def _all(cloud: "Cloud", client: Any, question: str, **named: Any) -> Fact[Any]:
    """Ask for all pages: the route that everything goes by may be on the last one."""
    pages = client.get_paginator(question)
    return cloud.ask(lambda: pages.paginate(**named).build_full_result(), *_MISSING)


def _rest(cloud: "Cloud", identifier: str, resources: list[dict[str, Any]]) -> Api:
    methods = tuple(
        Method(
            resource["path"],
            verb,
            method.get("authorizationType", "NONE"),
            bool(method.get("apiKeyRequired")),
            method.get("methodIntegration", {}).get("uri", ""),
        )
        for resource in resources
        for verb, method in resource.get("resourceMethods", {}).items()
    )
    client = cloud.client("apigateway")
    whole = cloud.ask(lambda: client.get_rest_api(restApiId=identifier))
    binary = Fact(tuple((whole.value or {}).get("binaryMediaTypes", ())), whole.unknown)
    disabled = bool((whole.value or {}).get("disableExecuteApiEndpoint"))
    stages = cloud.ask(lambda: client.get_stages(restApiId=identifier))
    if stages.value is None:
        return Api(identifier, cloud.region, "rest", methods, Fact(unknown=stages.unknown), binary, disabled)
    pictures: dict[str, Fact[tuple[Method, ...]]] = {}
    for deployment in {stage.get("deploymentId", "") for stage in stages.value["item"]}:
        pictures[deployment] = _picture(cloud, identifier, deployment)
    found = tuple(
        Stage(stage["stageName"], stage.get("variables", {}), pictures[stage.get("deploymentId", "")])
        for stage in stages.value["item"]
    )
    return Api(identifier, cloud.region, "rest", methods, Fact(found), binary, disabled)


def _picture(cloud: "Cloud", identifier: str, deployment: str) -> Fact[tuple[Method, ...]]:
    """Read what a deployment holds: it is a picture of the API at the time it was made."""
    client = cloud.client("apigateway")
    fact = cloud.ask(
        lambda: client.get_deployment(restApiId=identifier, deploymentId=deployment, embed=["apisummary"]), *_MISSING
    )
    if fact.value is None:
        return Fact(unknown=fact.unknown)
    summary = fact.value.get("apiSummary")
    if not summary:
        return Fact(None)
    return Fact(
        tuple(
            Method(path, verb, one.get("authorizationType", "NONE"), bool(one.get("apiKeyRequired")))
            for path, verbs in summary.items()
            for verb, one in verbs.items()
        )
    )


def _http(cloud: "Cloud", identifier: str) -> Fact[Api]:
    client = cloud.client("apigatewayv2")
    routes = _all(cloud, client, "get_routes", ApiId=identifier)
    if routes.value is None:
        return Fact(unknown=routes.unknown)
    integrations = _all(cloud, client, "get_integrations", ApiId=identifier)
    targets = {
        f"integrations/{one['IntegrationId']}": one.get("IntegrationUri", "")
        for one in (integrations.value or {}).get("Items", ())
    }
    methods = []
    for route in routes.value.get("Items", ()):
        verb, _, path = route["RouteKey"].rpartition(" ")
        target = targets.get(route.get("Target", ""), "")
        authorization, key = route.get("AuthorizationType") or "NONE", bool(route.get("ApiKeyRequired"))
        methods.append(Method(path, verb or "ANY", authorization, key, target))
    stages = cloud.ask(lambda: client.get_stages(ApiId=identifier))
    if stages.value is None:
        return Fact(Api(identifier, cloud.region, "http", tuple(methods), Fact(unknown=stages.unknown)))
    found = tuple(
        Stage(one["StageName"], one.get("StageVariables", {}), Fact(None), bool(one.get("AutoDeploy")))
        for one in stages.value["Items"]
    )
    return Fact(Api(identifier, cloud.region, "http", tuple(methods), Fact(found)))
