"""How the function runs: what the last lines of its log say became of its invocations."""

import re
from datetime import UTC, datetime

from firstsight.doctor import when
from firstsight.doctor.check import Check, Said, known
from firstsight.doctor.facts import Facts
from firstsight.doctor.finding import Verdict
from firstsight.doctor.log import Invocation, Trouble

#: The part of the memory that an invocation may take before it is told.
NEAR = 0.9
#: What an exception of the dynamic linker or the importer says of a library for another processor.
_OTHER_PROCESSOR = re.compile(
    r"\.so\S*: cannot open shared object|wrong ELF|invalid ELF|[Ee]xec format|cannot import name '_\w+'"
    r"|No module named '(?:_cffi_backend|_libvips|obstore\._obstore)'|incompatible architecture"
)
#: What is known of an exception, by what it says.
MEANINGS = (
    (re.compile(r"No module named '(?P<name>[^']+)'"), "the bundle lacks the module {name}"),
    (re.compile(r"HandlerNotFound"), "the function's handler is not in that module"),
    (re.compile(r"UserCodeSyntaxError"), "the code is not valid Python for this runtime"),
    (re.compile(r"bad-settings|BadSettings"), "the function's own settings do not hold"),
    (re.compile(r"GLIBC"), "a library needs a newer Linux than this runtime has"),
    (re.compile(r"AccessDenied|403"), "the role may not do it"),
)
_IN_LOGS = "firstsight logs --errors"
_ROLL_BACK = "firstsight rollback brings the version before back at once; firstsight deploy makes a new one"


def architecture(facts: Facts) -> Said | None:
    """The libraries in the code are for the processor that it runs on."""
    function, libraries = when.function(facts), when.aws(facts).libraries
    word = {"arm64": "aarch64"}.get(function.architecture, function.architecture)
    wrong = [f"{name}: {machine}" for name, machine in libraries.value or () if machine != word]
    last = _last(facts)
    told = last.line if last and last.trouble is Trouble.IMPORT and _OTHER_PROCESSOR.search(last.line) else ""
    if not wrong and not told:
        return None
    evidence = [f"Architectures of {function.name}, version {function.version}: {function.architecture}", *wrong[:3]]
    return Said(
        f"The code is for another processor than the function's, {function.architecture}.",
        tuple([*evidence, told] if told else evidence),
        f"firstsight deploy makes a bundle for {when.settings(facts).aws.architecture} and checks each library in it.",
    )


def import_error(facts: Facts) -> Said | None:
    """The function starts."""
    return _trouble(
        facts, Trouble.IMPORT, "The function does not start: its code fails while it is loaded.", _ROLL_BACK
    )


def raises(facts: Facts) -> Said | None:
    """The function answers."""
    return _trouble(
        facts, Trouble.RAISED, "The function fails with an exception.", f"{_ROLL_BACK}; {_IN_LOGS} has more"
    )


def timeout(facts: Facts) -> Said | None:
    """The function is done in time."""
    function, aws = when.function(facts), when.aws(facts)
    causes = []
    if function.vpc and not _reaches_s3(facts):
        causes.append(f"it is in the VPC {function.vpc}, which has neither an endpoint for S3 nor a NAT gateway")
    if function.memory < 1024:
        causes.append(f"{function.memory} MB of memory come with a part of a processor only")
    causes.append("a very large source, or an expensive format")
    said = _trouble(
        facts,
        Trouble.TIMEOUT,
        f"The function runs past its timeout of {function.timeout} seconds. Likely: {'; or '.join(causes)}.",
        f"Raise `timeout` and `memory` in [aws] and deploy; smaller presets and JPEG take less. {_IN_LOGS} has more",
    )
    regions = f"function in {function.region}, bucket in {aws.found.derivatives.region or aws.found.sources.region}"
    return said and Said(said.what, (*said.evidence, regions), said.remedy, said.verdict)


def killed(facts: Facts) -> Said | None:
    """The function is not killed for want of memory."""
    return _trouble(
        facts, Trouble.KILLED, "The function was killed: it had no memory left.", "Raise `memory` in [aws], and deploy"
    )


def store(facts: Facts) -> Said | None:
    """S3 does what the function asks of it."""
    return _trouble(
        facts,
        Trouble.STORE,
        "S3 refuses what the function asks of it.",
        "Compare the role with what firstsight plan grants",
    )


def memory(facts: Facts) -> Said | None:
    """There is memory left."""
    seen = [one for one in _seen(facts) if one.size]
    most = max(seen, key=lambda one: one.memory, default=None)
    if most is None or most.memory < NEAR * most.size:
        return None
    return Said(
        "The function's memory is nearly used up.",
        (f"REPORT of {_time(most.at)}: Memory Size: {most.size} MB, Max Memory Used: {most.memory} MB",),
        f"Set memory = {most.size * 2} in [aws], and deploy.",
        Verdict.WARNING,
    )


def vpc(facts: Facts) -> Said | None:
    """S3 can be reached from where the function is."""
    function = when.function(facts)
    if not function.vpc or _reaches_s3(facts):
        return None
    remedy = f"aws ec2 create-vpc-endpoint --vpc-id {function.vpc} --service-name com.amazonaws.{function.region}.s3"
    return Said(
        "The function is in a VPC from which it cannot reach S3.",
        (f"VpcConfig: {function.vpc}", "DescribeVpcEndpoints: none for S3", "DescribeNatGateways: none"),
        f"{remedy} --route-table-ids TABLE, or take the function out of the VPC.",
    )


def _trouble(facts: Facts, trouble: Trouble, what: str, remedy: str) -> Said | None:
    """Judge by the last invocation of what serves; where only earlier ones failed, it is a warning."""
    known(when.aws(facts).invocations)
    seen = _seen(facts)
    failed = [one for one in seen if one.trouble is trouble]
    if not failed:
        return None
    last = seen[-1].trouble is trouble
    lines = tuple(dict.fromkeys(f"{_time(one.at)} {one.line}" for one in failed[-3:]))
    meant = [
        text.format(**match.groupdict()) for pattern, text in MEANINGS if (match := pattern.search(failed[-1].line))
    ]
    evidence = (f"{len(failed)} of the last {len(seen)} invocations of version {seen[-1].version}", *lines)
    if meant:
        evidence = (*evidence, f"it means: {meant[0]}")
    return Said(what, evidence, f"{remedy}.", Verdict.FAILURE if last else Verdict.WARNING)


def _seen(facts: Facts) -> list[Invocation]:
    """Give the invocations of the version that serves."""
    version = when.function(facts).version
    return [one for one in when.aws(facts).invocations.value or () if one.version == version]


def _last(facts: Facts) -> Invocation | None:
    return next(reversed(_seen(facts)), None)


def _time(milliseconds: int) -> str:
    return datetime.fromtimestamp(milliseconds / 1000, UTC).strftime("%Y-%m-%d %H:%M:%S")


def _reaches_s3(facts: Facts) -> bool:
    function = when.function(facts)
    endpoints, gateways = known(function.endpoints) or (), known(function.gateways) or ()
    return bool(gateways) or any(name.endswith(".s3") for name in endpoints)


#: What only follows where the function does not do what it is for.
_FOLLOWS = ("function-changed", "function-moved", "function-memory", "code-changed", "request-*")

CHECKS = (
    Check(
        "function-vpc",
        "S3 can be reached from where the function is.",
        "Every request waits for S3 until the function times out, and nothing is in the log.",
        when.running,
        vpc,
        ("function-timeout", "function-store", "request-*"),
    ),
    Check(
        "bundle-architecture",
        "The code is for the function's processor.",
        "A library for another processor does not load, so the function never starts.",
        when.running,
        architecture,
        ("function-import-error", "function-raises", "function-timeout", "function-killed", *_FOLLOWS),
    ),
    Check(
        "function-import-error",
        "The function starts.",
        "API Gateway then answers 'Internal Server Error' to everything, whatever is asked for.",
        when.running,
        import_error,
        ("function-import-error", "function-raises", "function-timeout", "function-killed", *_FOLLOWS),
    ),
    Check(
        "function-timeout",
        "The function is done in time.",
        "What times out is not kept, so the next one who asks waits as long, and in vain.",
        when.running,
        timeout,
        _FOLLOWS,
    ),
    Check(
        "function-killed",
        "The function has the memory that it needs.",
        "Lambda kills what takes more than it has; there is no answer then, and no line of ours.",
        when.running,
        killed,
        _FOLLOWS,
    ),
    Check(
        "function-raises",
        "The function answers without an exception.",
        "Who asks gets 'Internal Server Error' or a 500, and no image.",
        when.running,
        raises,
        _FOLLOWS,
    ),
    Check(
        "function-store",
        "S3 does what the function asks.",
        "An image that cannot be read is not made; one that cannot be written is made for every request anew.",
        when.running,
        store,
        ("request-*",),
    ),
    Check(
        "function-memory",
        "The function's memory suffices.",
        "The next larger source is killed.",
        when.really_running,
        memory,
    ),
)
