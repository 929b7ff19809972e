"""
A service that is deployed in a private AWS, and the ways in which it is broken there, one at a time.

Each of BREAKAGES breaks it for real, as people and accidents do, and puts it right again when its test is over.
"""

import contextlib
import importlib.util
import io
import json
import platform
import struct
import zipfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from unittest import mock
from urllib.parse import urlsplit

from firstsight.aws import apply, names, reading
from firstsight.aws.cloud import Cloud
from firstsight.aws.prepare import prepare
from firstsight.settings import Settings, load
from tests.cloudlab.lab import REGION, Lab

BUCKET, SOURCE = "team-photos", "photos/a cat.png"
ELSEWHERE = "us-west-2"
#: The architecture that this machine runs, in Lambda's words, and the `e_machine` of the other one.
ARCHITECTURE, OTHER_MACHINE = ("x86_64", 183) if platform.machine() == "x86_64" else ("arm64", 62)
SETTINGS = f"""
source = "s3://{BUCKET}"
access = "presets"

[aws]
topology = "website"
architecture = "{ARCHITECTURE}"

[presets.thumb]
transform = "100x80"
format = "jpg"
"""
_HANDLER = "firstsight/runtimes/lambda_function.py"
#: The packages around it, so that it hides the one of the tests' environment.
_PACKAGES = {"firstsight/__init__.py": "", "firstsight/runtimes/__init__.py": ""}

Files = Mapping[str, str | bytes]


@dataclass(frozen=True)
class Team:
    """A folder with settings, and the bucket and the function of them."""

    folder: Path
    lab: Lab

    @property
    def config(self) -> Path:
        """The settings file."""
        return self.folder / "firstsight.toml"

    @property
    def settings(self) -> Settings:
        return load(self.config, {})

    @property
    def name(self) -> str:
        """The stack's and the function's."""
        return names.stack_name(self.settings)

    @property
    def url(self) -> str:
        """What everybody asks for, at the bucket's website."""
        return f"http://{BUCKET}.s3-website.{REGION}.amazonaws.com/photos/a%20cat.png/thumb.jpg"

    def client(self, service: str) -> Any:
        return self.lab.client(service)

    def start(self, image: bytes) -> None:
        """Make the bucket, as a team has it that serves its pictures from a website, and deploy."""
        self.config.write_text(SETTINGS)
        s3 = self.client("s3")
        s3.create_bucket(Bucket=BUCKET, CreateBucketConfiguration={"LocationConstraint": REGION})
        open_to_policies = {"BlockPublicAcls": True, "IgnorePublicAcls": True}
        s3.put_public_access_block(Bucket=BUCKET, PublicAccessBlockConfiguration=open_to_policies)
        s3.put_object(Bucket=BUCKET, Key=SOURCE, Body=image, ContentType="image/png")
        self.deploy({})

    def deploy(self, files: Files, *, smoke: bool = True, cloud: Cloud | None = None) -> None:
        """
        Deploy a bundle of the settings and some files; without them the code is that of the tests' own environment.

        Without `smoke` the smoke test lets pass what does not work, as it does with what breaks only later.
        """
        path = self.folder / "bundle.zip"
        path.write_bytes(bundle({"firstsight.toml": SETTINGS, **files}))
        with contextlib.ExitStack() as stack:
            if cloud:
                stack.enter_context(mock.patch.object(reading, "connect", return_value=cloud))
            if not smoke:
                stack.enter_context(mock.patch.object(apply.Deploy, "smoke"))
            prepared = stack.enter_context(prepare(self.settings, self.config, bundle=path))
            apply.apply(
                apply.Deploy(
                    cloud=prepared.cloud,
                    settings=prepared.settings,
                    desired=prepared.desired,
                    facts=prepared.facts,
                    plan=prepared.plan,
                    bundle=prepared.bundle,
                )
            )

    def forget(self) -> None:
        """Delete the derivative, so that the function is asked for it."""
        self.client("s3").delete_object(Bucket=BUCKET, Key=f"{SOURCE}/thumb.jpg")


def bundle(files: Files) -> bytes:
    """Zip files."""
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            archive.writestr(zipfile.ZipInfo(name), data)
    return written.getvalue()


Break = Callable[[Team], AbstractContextManager[None]]


def document(kind: str, change: Callable[[Any], Any], *, deploy: bool = True) -> Break:
    """Change a document of the bucket; it is put right by a deploy, or else by hand."""

    @contextlib.contextmanager
    def broken(team: Team) -> Iterator[None]:
        cloud = Cloud(REGION)
        before = cloud.document(BUCKET, kind).value
        cloud.put_document(BUCKET, kind, change(before))
        yield
        if deploy:
            team.deploy({})
        else:
            cloud.put_document(BUCKET, kind, before)
        assert cloud.document(BUCKET, kind).value == before

    return broken


def without_rule(website: dict[str, Any]) -> dict[str, Any]:
    return {name: one for name, one in website.items() if name != "RoutingRules"}


def redirecting(**changes: str) -> Callable[[dict[str, Any]], dict[str, Any]]:
    def change(website: dict[str, Any]) -> dict[str, Any]:
        rule, *rest = website["RoutingRules"]
        return {**website, "RoutingRules": [{**rule, "Redirect": {**rule["Redirect"], **changes}}, *rest]}

    return change


def open_to_everyone(policy: str) -> str:
    """What many a tutorial says."""
    bucket = f"arn:aws:s3:::{BUCKET}"
    everything = {"Effect": "Allow", "Principal": "*", "Action": "s3:*", "Resource": [bucket, f"{bucket}/*"]}
    found = json.loads(policy)
    return json.dumps({**found, "Statement": [*found["Statement"], everything]})


def deployed(files: Callable[[], Files]) -> Break:
    """Deploy a bundle that does not work."""

    @contextlib.contextmanager
    def broken(team: Team) -> Iterator[None]:
        team.deploy(files(), smoke=False)
        yield
        team.deploy({})

    return broken


def handler(text: str) -> Callable[[], Files]:
    """A bundle in which a text is the module of the handler."""
    return lambda: {**_PACKAGES, _HANDLER: text}


def other_architecture() -> Files:
    """A bundle whose bindings of libvips are for the other architecture, as far as their headers tell."""
    files = {}
    for name in ("_cffi_backend", "_libvips"):
        found = importlib.util.find_spec(name)
        assert found
        assert found.origin
        library = bytearray(Path(found.origin).read_bytes())
        struct.pack_into("<H", library, 18, OTHER_MACHINE)  # e_machine (System V ABI, ELF header)
        files[Path(found.origin).name] = bytes(library)
    return files


@contextlib.contextmanager
def by_hand(team: Team) -> Iterator[None]:
    """Put other code into the function, as one does in the console, and let it serve."""
    changed = bundle({"firstsight.toml": SETTINGS, "note.txt": "mended in the console"})
    team.client("lambda").update_function_code(FunctionName=team.name, ZipFile=changed)
    _publish_and_go_live(team)
    yield
    team.deploy({})


@contextlib.contextmanager
def unpublished(team: Team) -> Iterator[None]:
    """Put other code into the function, as one does in the console, and leave it at that."""
    changed = bundle({"firstsight.toml": SETTINGS, "note.txt": "tried in the console"})
    team.client("lambda").update_function_code(FunctionName=team.name, ZipFile=changed)
    yield


@contextlib.contextmanager
def no_alias(team: Team) -> Iterator[None]:
    """Delete the alias that everything asks for."""
    team.client("lambda").delete_alias(FunctionName=team.name, Name=names.LIVE)
    yield


@contextlib.contextmanager
def another_bucket(team: Team) -> Iterator[None]:
    """Let the function's variables name another bucket."""
    functions = team.client("lambda")
    variables = functions.get_function_configuration(FunctionName=team.name)["Environment"]["Variables"]
    wrong = dict.fromkeys(("FIRSTSIGHT_SOURCE", "FIRSTSIGHT_DERIVATIVES"), "s3://team-pictures")
    functions.update_function_configuration(FunctionName=team.name, Environment={"Variables": {**variables, **wrong}})
    _publish_and_go_live(team)
    yield
    team.deploy({})


def _publish_and_go_live(team: Team) -> None:
    cloud = Cloud(REGION)
    cloud.settle(team.name)
    cloud.move(team.name, names.LIVE, cloud.publish(team.name, ""))


@contextlib.contextmanager
def signed_requests_only(team: Team) -> Iterator[None]:
    """Let API Gateway want a signature of everyone, and deploy that."""
    gateway, api = team.client("apigateway"), _api(team, Cloud(REGION))
    before = gateway.get_stage(restApiId=api, stageName="prod")["deploymentId"]

    def authorize(how: str) -> None:
        for resource in gateway.get_resources(restApiId=api)["items"]:
            for method in resource.get("resourceMethods", {}):
                patch = [{"op": "replace", "path": "/authorizationType", "value": how}]
                where = {"restApiId": api, "resourceId": resource["id"], "httpMethod": method}
                gateway.update_method(**where, patchOperations=patch)

    def serve(deployment: str) -> None:
        patch = [{"op": "replace", "path": "/deploymentId", "value": deployment}]
        gateway.update_stage(restApiId=api, stageName="prod", patchOperations=patch)

    authorize("AWS_IAM")
    made = gateway.create_deployment(restApiId=api)["id"]
    serve(made)
    yield
    authorize("NONE")
    serve(before)
    gateway.delete_deployment(restApiId=api, deploymentId=made)


@contextlib.contextmanager
def nobody_may_invoke(team: Team) -> Iterator[None]:
    """Remove API Gateway's permission to invoke what is live."""
    functions = team.client("lambda")
    where = {"FunctionName": team.name, "Qualifier": names.LIVE}
    statements = json.loads(functions.get_policy(**where)["Policy"])["Statement"]
    [one] = [one for one in statements if one["Principal"] == {"Service": "apigateway.amazonaws.com"}]
    functions.remove_permission(**where, StatementId=one["Sid"])
    yield
    functions.add_permission(
        **where,
        StatementId=one["Sid"],
        Action=one["Action"],
        Principal=one["Principal"]["Service"],
        SourceArn=one["Condition"]["ArnLike"]["AWS:SourceArn"],
    )


def _api(team: Team, cloud: Cloud) -> str:
    """The id of the API that the stack has in a region."""
    return urlsplit(cloud.stack(team.name).outputs["Front"]).netloc.partition(".")[0]


@contextlib.contextmanager
def another_region(team: Team) -> Iterator[None]:
    """Deploy function and API where the bucket is not, and let the bucket's rule lead there."""
    s3, there = Cloud(REGION), Cloud(ELSEWHERE)
    before: dict[str, Any] = {kind: s3.document(BUCKET, kind).value for kind in ("website", "policy", "notifications")}
    team.deploy({}, smoke=False, cloud=there)
    for kind, one in before.items():  # S3 takes no function of another region to tell
        s3.put_document(BUCKET, kind, one)
    host = f"{_api(team, there)}.execute-api.{ELSEWHERE}.amazonaws.com"  # as it is on AWS; the lab's own has no region
    s3.put_document(BUCKET, "website", redirecting(HostName=host)(before["website"]))
    yield
    team.deploy({})


@contextlib.contextmanager
def another_region_alone(team: Team) -> Iterator[None]:
    """The same, with nothing where the bucket is."""
    with another_region(team):
        Cloud(REGION).delete_stack(team.name)
        team.client("cloudformation").get_waiter("stack_delete_complete").wait(StackName=team.name)
        yield


@dataclass(frozen=True)
class Breakage:
    """One way to break it: in words, what breaks it and puts it right, and the code of what doctor is to find first."""

    what: str
    breaks: Break
    code: str


BREAKAGES: tuple[Breakage, ...] = (
    Breakage("the website is off", document("website", lambda website: None), "website-off"),
    Breakage("the rule is removed", document("website", without_rule), "website-rule-missing"),
    Breakage(
        "the rule leads to a stage that is not there",
        document("website", redirecting(ReplaceKeyPrefixWith="production/")),
        "website-rule-target",
    ),
    Breakage(
        "the rule leads to another path",
        document("website", redirecting(ReplaceKeyPrefixWith="prod/images/")),
        "website-rule-target",
    ),
    Breakage("the notification is removed", document("notifications", lambda found: None), "notification-missing"),
    Breakage("the policy is open to everyone", document("policy", open_to_everyone, deploy=False), "policy-open"),
    Breakage("the API wants signatures", signed_requests_only, "api-authorization"),
    Breakage("the API may not invoke the function", nobody_may_invoke, "api-invoke-permission"),
    Breakage("the function's variables name another bucket", another_bucket, "settings-bucket"),
    Breakage(
        "the function raises at import", deployed(handler("import a_module_that_is_not_there")), "function-import-error"
    ),
    Breakage(
        "the function raises at run time",
        deployed(handler("def handler(event, context):\n    raise RuntimeError('broken on purpose')\n")),
        "function-raises",
    ),
    Breakage(
        "the function runs past its timeout",
        deployed(handler("import time\n\n\ndef handler(event, context):\n    time.sleep(60)\n")),
        "function-timeout",
    ),
    Breakage(
        "the bundle's libraries are for the other architecture", deployed(other_architecture), "bundle-architecture"
    ),
    Breakage("the code is changed by hand", by_hand, "code-changed"),
    Breakage("a function in another region than the bucket is asked", another_region, "region-differs"),
    Breakage("the function is in another region than the bucket", another_region_alone, "region-differs"),
)
