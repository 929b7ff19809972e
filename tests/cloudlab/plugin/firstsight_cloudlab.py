"""
Runs LocalStack's Lambda functions as processes under AWS's Runtime Interface Emulator.

LocalStack finds it by its entry point where LAMBDA_RUNTIME_EXECUTOR=process. LAMBDA_RIE names the emulator's binary,
LAMBDA_PYTHON the interpreter that runs the code and has `awslambdaric`, LAMBDA_PIDS a file that every process is
written to, so that whoever started LocalStack can end them all.
"""

import contextlib
import json
import os
import re
import signal
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from urllib.parse import quote, unquote, urlsplit

import requests
from localstack.http import Response
from localstack.runtime import hooks
from localstack.services.apigateway.next_gen.execute_api.integrations import aws as integrations
from localstack.services.lambda_.invocation.lambda_models import InvocationResult
from localstack.services.lambda_.invocation.plugins import RuntimeExecutorPlugin
from localstack.services.lambda_.invocation.runtime_executor import RuntimeExecutor
from localstack.services.s3 import provider as s3
from localstack.services.s3.website_hosting import S3WebsiteHostingHandler
from localstack.services.stepfunctions.asl.component.state.state_execution.state_map.item_reader.resource_eval import (
    resource_eval_s3 as readers,
)

from tests.ports import free_port

#: No process of a function is there for longer than this, whatever happens.
SECONDS = 900


@hooks.on_infra_start()
def keep_objects_apart():
    """Keep the objects of S3 with the rest: LocalStack has one folder for all that run on a machine."""
    s3.DEFAULT_S3_TMP_DIR = str(Path(os.environ["LOCALSTACK_VOLUME_DIR"], "objects"))


class Process(RuntimeExecutor):
    """One execution environment: one emulator with one runtime under it."""

    def __init__(self, id, function_version):
        super().__init__(id=id, function_version=function_version)
        self.process = None
        self.port = None
        self.log = tempfile.NamedTemporaryFile(prefix="lambda-", suffix=".log")  # noqa: SIM115  # it lives as long as this

    def start(self, env_vars):
        config = self.function_version.config
        code = config.code.get_unzipped_code_location()
        self.port, runtime_port = free_port(), free_port()
        environment = {name: str(value) for name, value in env_vars.items()} | {
            "PATH": os.environ["PATH"],
            "HOME": tempfile.gettempdir(),
            "PYTHONPATH": str(code),
            "LAMBDA_TASK_ROOT": str(code),
        }
        command = ["timeout", "--kill-after=5", str(SECONDS), os.environ["LAMBDA_RIE"], "--log-level", "warn"]
        command += ["--runtime-interface-emulator-address", f"127.0.0.1:{self.port}"]
        command += ["--runtime-api-address", f"127.0.0.1:{runtime_port}"]
        command += [os.environ["LAMBDA_PYTHON"], "-m", "awslambdaric", config.handler]
        self.process = subprocess.Popen(
            command, cwd=code, env=environment, stdout=self.log, stderr=subprocess.STDOUT, start_new_session=True
        )
        with Path(os.environ["LAMBDA_PIDS"]).open("a") as pids:
            pids.write(f"{self.process.pid}\n")
        self._wait()

    def _wait(self):
        deadline = time.monotonic() + 20
        while time.monotonic() < deadline:
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", self.port), 0.1):
                return
            time.sleep(0.02)
        raise RuntimeError(f"the runtime interface emulator did not start: {self.get_logs()}")

    def stop(self):
        if self.process and self.process.poll() is None:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait(5)

    def invoke(self, payload):
        before = len(self.get_logs())
        url = f"http://127.0.0.1:{self.port}/2015-03-31/functions/function/invocations"
        answer = requests.post(url, data=payload["payload"].encode(), timeout=60)
        # the emulator does not measure memory, and says that all of it was used
        said = re.sub(r"Max Memory Used: \d+ MB\t?", "", self.get_logs()[before:]) or "\n"
        return InvocationResult(payload["invoke-id"], answer.content, is_error=is_error(answer.content), logs=said)

    def get_logs(self):
        return Path(self.log.name).read_text(errors="replace")

    def get_address(self):
        return "127.0.0.1"

    def get_endpoint_from_executor(self):
        return "127.0.0.1"

    def get_runtime_endpoint(self):
        return "http://127.0.0.1"

    @classmethod
    def prepare_version(cls, function_version):
        function_version.config.code.prepare_for_execution()

    @classmethod
    def cleanup_version(cls, function_version):
        pass


class ProcessPlugin(RuntimeExecutorPlugin):
    """What LocalStack asks for the way to run functions."""

    name = "process"

    def load(self, *args, **kwargs):
        mend_websites()
        mend_apis()
        mend_maps()
        return Process


def is_error(body):
    """Whether an answer of the emulator is a function's failure: only its body says so."""
    try:
        answer = json.loads(body)
    except ValueError:
        return True
    return isinstance(answer, dict) and {"errorMessage", "errorType"} <= answer.keys()


def mend_websites():
    """
    Make two things of LocalStack's S3 websites as S3 has them.

    ReplaceKeyPrefixWith acts on the key: LocalStack replaces the prefix in the whole URL, so a rule without
    KeyPrefixEquals puts the replacement in front of the scheme. Keys are percent-decoded before they are looked up.
    """
    stock_redirect = S3WebsiteHostingHandler._get_redirect_from_routing_rule
    stock_serve = S3WebsiteHostingHandler._serve_object

    def redirect(request, routing_rule):
        rule = routing_rule["Redirect"]
        if "ReplaceKeyPrefixWith" not in rule:
            return stock_redirect(request, routing_rule)
        prefix = routing_rule.get("Condition", {}).get("KeyPrefixEquals", "")
        key = unquote(request.path).removeprefix("/").removeprefix(prefix)
        url = urlsplit(request.url)
        location = f"{rule.get('Protocol', url.scheme)}://{rule.get('HostName', url.netloc)}/"
        location += rule["ReplaceKeyPrefixWith"] + quote(key)
        return Response("", headers={"Location": location}, status=int(rule.get("HttpRedirectCode", 301)))

    def serve(self, request, bucket_name, path=None):
        return stock_serve(self, request, bucket_name, path and unquote(path))

    S3WebsiteHostingHandler._get_redirect_from_routing_rule = staticmethod(redirect)
    S3WebsiteHostingHandler._serve_object = serve


def mend_apis():
    """Let APIs decode what a function answers in base64 where they are said to do so for `*/*`, as API Gateway does."""
    stock = integrations.mime_type_matches_binary_media_types

    def matches(mime_type, binary_media_types):
        return "*/*" in (binary_media_types or ()) or stock(mime_type, binary_media_types)

    integrations.mime_type_matches_binary_media_types = matches


def mend_maps():
    """
    Let a Distributed Map run over a large bucket.

    LocalStack asks for the first thousand keys only, and begins each item from within the one before.
    """

    def listed(env, resource_runtime_part, state_credentials):
        client = readers.ResourceEvalS3._get_s3_client(resource_runtime_part, state_credentials)
        parameters, found, more = env.stack.pop(), [], True
        while more:  # its continuation tokens are wrong where a key is not ASCII
            after = {"StartAfter": found[-1]["Key"]} if found else {}
            page = client.list_objects_v2(**parameters, **after)
            found += page.get("Contents", ())
            more = page["IsTruncated"]
        env.stack.append(found)

    sys.setrecursionlimit(50_000)
    readers.ResourceEvalS3._handle_list_objects_v2 = staticmethod(listed)
