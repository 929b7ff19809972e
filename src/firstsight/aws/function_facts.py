"""What is read of the function as it is: its configuration, who may invoke it, its URL, and where else it might be."""

import base64
import concurrent.futures
import io
import json
import re
import zipfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from firstsight.aws.facts import NOT_THERE, Fact
from firstsight.aws.names import LIVE, partition

if TYPE_CHECKING:
    from firstsight.aws.cloud import Cloud

_MISSING = "ResourceNotFoundException"
#: How many regions are asked at a time.
_AT_A_TIME = 12


@dataclass(frozen=True, slots=True)
class Function:
    """
    The version that serves: that of the alias `live`, or the unpublished one where there is no such alias.

    `memory` is in MB, `timeout` in seconds, `sha256` that of the code's zip in hexadecimal. Of `environment` only what
    names places is ever shown.
    """

    name: str
    region: str
    arn: str
    version: str = "$LATEST"
    #: Whether the alias `live` is there.
    alias: bool = True
    runtime: str = ""
    architecture: str = "x86_64"
    handler: str = ""
    memory: int = 128
    timeout: int = 3
    sha256: str = ""
    role: str = ""
    vpc: str = ""
    state: str = ""
    update: str = ""
    reason: str = ""
    modified: str = ""
    environment: Mapping[str, str] = field(default_factory=dict)
    #: The SHA-256 of the code that is not published yet.
    unpublished: Fact[str] = NOT_THERE
    #: How many may run at once, where that is set; 0 stops it.
    reserved: Fact[int] = NOT_THERE
    #: The statements of who may invoke it.
    policy: Fact[tuple[Mapping[str, Any], ...]] = NOT_THERE
    #: The configuration of its URL.
    url: Fact[Mapping[str, Any]] = NOT_THERE
    #: What a VPC has of endpoints, by the service's name, and whether a NAT gateway is in it.
    endpoints: Fact[tuple[str, ...]] = NOT_THERE
    gateways: Fact[tuple[str, ...]] = NOT_THERE


def read(cloud: "Cloud", name: str) -> Fact[Function]:
    """Read the function of a name; None where there is none in this region."""
    client = cloud.client("lambda")
    pointed = cloud.ask(lambda: client.get_alias(FunctionName=name, Name=LIVE), _MISSING)
    qualifier = pointed.value["FunctionVersion"] if pointed.value else "$LATEST"
    fact = cloud.ask(
        lambda: client.get_function_configuration(FunctionName=name, Qualifier=qualifier),
        _MISSING,
    )
    if fact.value is None:
        return Fact(unknown=fact.unknown)
    found = fact.value
    latest = cloud.ask(lambda: client.get_function_configuration(FunctionName=name), _MISSING)
    alias = {"Qualifier": LIVE} if pointed.value else {}
    policy = cloud.ask(lambda: client.get_policy(FunctionName=name, **alias), _MISSING)
    url = cloud.ask(lambda: client.get_function_url_config(FunctionName=name, **alias), _MISSING)
    concurrency = cloud.ask(lambda: client.get_function_concurrency(FunctionName=name), _MISSING)
    vpc = str(found.get("VpcConfig", {}).get("VpcId") or "")
    endpoints, gateways = network(cloud, vpc) if vpc else (NOT_THERE, NOT_THERE)
    return Fact(
        Function(
            name=name,
            region=cloud.region,
            arn=re.sub(r":(\d+|\$LATEST)$", "", found["FunctionArn"]),
            version=qualifier,
            alias=pointed.value is not None or bool(pointed.unknown),
            runtime=found.get("Runtime", ""),
            architecture=next(iter(found.get("Architectures", ())), "x86_64"),
            handler=found.get("Handler", ""),
            memory=found.get("MemorySize", 128),
            timeout=found.get("Timeout", 3),
            sha256=_hexadecimal(found.get("CodeSha256", "")),
            role=found.get("Role", ""),
            vpc=vpc,
            state=found.get("State", ""),
            update=found.get("LastUpdateStatus", ""),
            reason=found.get("StateReason", "") or found.get("LastUpdateStatusReason", ""),
            modified=found.get("LastModified", ""),
            environment=found.get("Environment", {}).get("Variables", {}),
            unpublished=Fact(_hexadecimal(latest.value["CodeSha256"]))
            if latest.value
            else Fact(unknown=latest.unknown),
            reserved=Fact((concurrency.value or {}).get("ReservedConcurrentExecutions"), concurrency.unknown),
            policy=policy if policy.unknown else Fact(_statements(policy.value)),
            url=url if url.unknown else Fact(_without_metadata(url.value) if url.value else None),
            endpoints=endpoints,
            gateways=gateways,
        )
    )


def regions(cloud: "Cloud") -> tuple[str, ...]:
    """Give all other regions of this partition that have Lambda."""
    import boto3

    found = boto3.Session().get_available_regions("lambda", partition_name=partition(cloud.region).name)
    return tuple(region for region in found if region != cloud.region)


def elsewhere(cloud_of: "Callable[[str | None], Cloud]", has: "Callable[[Cloud], bool]", wanted: Sequence[str]) -> str:
    """Give the first of the regions that has something, or nothing; one that does not answer has nothing."""
    if not wanted:
        return ""
    with concurrent.futures.ThreadPoolExecutor(_AT_A_TIME) as pool:
        there = pool.map(lambda region: has(cloud_of(region)), wanted)
        return next((region for region, found in zip(wanted, there, strict=True) if found), "")


def exists(cloud: "Cloud", name: str) -> bool:
    """Whether there is a function of this name in this region, as far as may be known."""
    client = cloud.client("lambda")
    return cloud.ask(lambda: client.get_function_configuration(FunctionName=name), _MISSING).value is not None


def libraries(cloud: "Cloud", function: Function) -> Fact[tuple[tuple[str, str], ...]]:
    """Read the function's code, and give what processor each library in it is for."""
    from firstsight.aws import elf, probe

    client = cloud.client("lambda")
    fact = cloud.ask(lambda: client.get_function(FunctionName=function.name, Qualifier=function.version), _MISSING)
    if fact.value is None:
        return Fact(unknown=fact.unknown)
    try:
        data = probe.fetch(fact.value["Code"]["Location"])
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            names = [name for name in archive.namelist() if ".so" in Path(name).suffixes]
            return Fact(tuple((name, elf.read(archive.read(name)).machine) for name in names))
    except (OSError, ValueError, KeyError, zipfile.BadZipFile) as error:
        return Fact(unknown=f"the code cannot be read: {type(error).__name__}")


def network(cloud: "Cloud", vpc: str) -> tuple[Fact[tuple[str, ...]], Fact[tuple[str, ...]]]:
    """Read what a VPC has of endpoints, by the service's name, and of NAT gateways."""
    ec2 = cloud.client("ec2")
    within = [{"Name": "vpc-id", "Values": [vpc]}]
    endpoints = cloud.ask(lambda: ec2.describe_vpc_endpoints(Filters=within))
    gateways = cloud.ask(lambda: ec2.describe_nat_gateways(Filters=within))
    if gateways.value:  # one that was deleted is still told of for about an hour (EC2 API, DescribeNatGateways)
        there = (one for one in gateways.value["NatGateways"] if one.get("State", "available") == "available")
        gateways = Fact(tuple(one["NatGatewayId"] for one in there))
    return (
        Fact(tuple(one["ServiceName"] for one in endpoints.value["VpcEndpoints"])) if endpoints.value else endpoints,
        gateways,
    )


def _statements(answer: Any) -> tuple[Mapping[str, Any], ...]:
    return tuple(json.loads(answer["Policy"]).get("Statement", ())) if answer else ()


def _without_metadata(answer: Any) -> Mapping[str, Any]:
    return {name: value for name, value in answer.items() if name != "ResponseMetadata"}


def _hexadecimal(sha: str) -> str:
    return base64.b64decode(sha).hex() if sha else ""
