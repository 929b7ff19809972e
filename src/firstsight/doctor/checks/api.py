"""API Gateway: open, complete, deployed, and allowed to invoke the function."""

from collections.abc import Iterable

from firstsight.aws import api_facts
from firstsight.aws.api_facts import Method
from firstsight.aws.fronts import HTTP_STAGES, REST_STAGES
from firstsight.aws.names import LIVE, partition
from firstsight.aws.warnings import GATEWAY_SECONDS
from firstsight.doctor import when
from firstsight.doctor.check import Check, Said, known
from firstsight.doctor.facts import Facts
from firstsight.doctor.finding import Verdict
from firstsight.doctor.policies import allows
from firstsight.settings import Front

#: The methods that take any verb, and the one that a browser uses.
_VERBS = ("ANY", "GET")
#: What the routes for everything are called.
_EVERYTHING = ("$default", "/{proxy+}", "ANY /{proxy+}")


def missing(facts: Facts) -> Said | None:
    """There is an API where the stack says, and where the website's rule leads."""
    aws = when.aws(facts)
    if known(aws.api) is not None:
        return None
    front = aws.found.stack.outputs.get("Front", "")
    if not api_facts.place_of(front):
        return None
    return Said(
        "The API is gone, and its stack is still there.",
        (f"output Front of the stack: {front}", f"GetResources {front}: NotFoundException"),
        "firstsight destroy, then firstsight deploy: CloudFormation does not make again what others have deleted.",
    )


def authorization(facts: Facts) -> Said | None:
    """Everyone may ask."""
    api = when.api(facts)
    closed = [method for method in api.methods if _is_closed(method)]
    if not closed:
        return None
    one = closed[0]
    lines = tuple(_told(method) for method in closed)
    if api.kind == "http":
        remedy = (
            "API Gateway > APIs > Routes > the route > Authorization > Detach authorizer, "
            f"or: aws apigatewayv2 update-route --api-id {api.id} --route-id ROUTE --authorization-type NONE"
        )
    else:
        remedy = (
            f"API Gateway > APIs > {api.id} > Resources > {one.path} > {one.verb} > Method request > Edit > "
            "Authorization: None, API key required: off; then Deploy API to the stage "
            f"{REST_STAGES[LIVE]}. Or: aws apigateway update-method --rest-api-id {api.id} --resource-id ID "
            f"--http-method {one.verb} --patch-operations op=replace,path=/authorizationType,value=NONE, "
            f"then {_deploy(api.id)}"
        )
    return Said(f"The API wants {_wanted(one)} of who asks for {one.path}.", lines, remedy)


def disabled(facts: Facts) -> Said | None:
    """The API may be asked at its own address."""
    api = when.api(facts)
    if not api.disabled or when.aws(facts).desired.front_host:
        return None
    return Said(
        "The API's own address is off.",
        (f"GetRestApi {api.id}: disableExecuteApiEndpoint true",),
        f"aws apigateway update-rest-api --rest-api-id {api.id} "
        "--patch-operations op=replace,path=/disableExecuteApiEndpoint,value=false; or name a domain of yours as "
        "`front_host` in [aws].",
    )


def binary(facts: Facts) -> Said | None:
    """The API passes images on as they are."""
    api = when.api(facts)
    types = known(api.binary)
    if api.kind != "rest" or types is None or "*/*" in types:
        return None
    return Said(
        "The API does not pass images on as bytes.",
        (f"GetRestApi {api.id}: binaryMediaTypes {', '.join(types) or 'none'}",),
        f"aws apigateway update-rest-api --rest-api-id {api.id} --patch-operations op=add,path=/binaryMediaTypes/*~1*, "
        f"then {_deploy(api.id)}",
    )


def method_missing(facts: Facts) -> Said | None:
    """Every path of the API has a method, and it asks our function."""
    api, aws = when.api(facts), when.aws(facts)
    covering = [method for method in api.methods if method.verb in _VERBS and method.path in _EVERYTHING]
    if not covering:
        return Said(
            "The API has no method for the paths of images.",
            tuple(_told(method) for method in api.methods) or ("GetResources: no methods",),
            "firstsight destroy, then firstsight deploy, which makes ANY on /{proxy+}; or add it by hand as a Lambda "
            "proxy and deploy the API.",
        )
    name = aws.function.value.name if aws.function.value else aws.desired.name
    wrong = [method for method in covering if f":function:{name}" not in method.target]
    if wrong:
        return Said(
            "The API asks something else than our function.",
            tuple(f"{_told(method)} -> {method.target or 'nothing'}" for method in wrong),
            f"API Gateway > APIs > {api.id} > Integrations: choose {name}, alias {LIVE}; then deploy the API.",
        )
    return None


def stage_missing(facts: Facts) -> Said | None:
    """The API has the stage that is asked for."""
    api = when.api(facts)
    stages = known(api.stages) or ()
    wanted = (REST_STAGES if api.kind == "rest" else HTTP_STAGES)[LIVE]
    stage = next((stage for stage in stages if stage.name == wanted), None)
    names = ", ".join(stage.name for stage in stages) or "none"
    if stage is None:
        if when.aws(facts).found.stack.status.value is None:
            return None  # an API of somebody's own has names of its own
        return Said(
            f"The API has no stage '{wanted}'.",
            (f"GetStages {api.id}: {names}",),
            f"aws apigateway create-stage --rest-api-id {api.id} --stage-name {wanted} --deployment-id ID "
            f"--variables alias={LIVE}; or firstsight destroy, then firstsight deploy.",
        )
    uses = any("${stageVariables.alias}" in method.target for method in api.methods)
    if uses and stage.variables.get("alias") != LIVE:
        return Said(
            f"The stage '{wanted}' does not name the alias that is to answer.",
            (f"variables of stage {wanted}: {dict(stage.variables)}",),
            f"API Gateway > APIs > {api.id} > Stages > {wanted} > Stage variables: alias = {LIVE}.",
        )
    return None


def not_deployed(facts: Facts) -> Said | None:
    """What is set up in the API is what its stage shows."""
    api = when.api(facts)
    wanted = (REST_STAGES if api.kind == "rest" else HTTP_STAGES)[LIVE]
    stage = next((stage for stage in known(api.stages) or () if stage.name == wanted), None)
    deployed = known(stage.deployed) if stage else None
    if deployed is None:
        return None
    now, then = _by_path(api.methods), _by_path(deployed)
    if now == then:
        return None
    changed = sorted(set(now.items()) ^ set(then.items()))
    lines = tuple(
        f"{path} {verb}: {now.get((path, verb), 'no method')} (deployed: {then.get((path, verb), 'no method')})"
        for path, verb in dict.fromkeys(key for key, _ in changed)
    )
    return Said(
        "The API was changed, and the change was not deployed: the stage still shows it as it was.",
        lines,
        f"API Gateway > APIs > {api.id} > Resources > Deploy API > {wanted}, or: {_deploy(api.id)}",
    )


def invoke_permission(facts: Facts) -> Said | None:
    """API Gateway may invoke the function."""
    aws, function, api = when.aws(facts), when.function(facts), when.api(facts)
    statements = known(function.policy) or ()
    word = partition(function.region).name
    source = f"arn:{word}:execute-api:{api.region}:{aws.found.account}:{api.id}"
    stage = (REST_STAGES if api.kind == "rest" else HTTP_STAGES)[LIVE]
    calls = [f"{source}/{stage}/{path}" for path in ("GET/a", "ANY/{proxy+}", "$default")]  # as people write them
    gateway = "apigateway.amazonaws.com"
    if any(allows(one, gateway, "lambda:InvokeFunction", call) for one in statements for call in calls):
        return None
    return Said(
        "API Gateway may not invoke the function.",
        (
            f"GetPolicy {function.name}: {len(statements)} statements, none for apigateway.amazonaws.com and {api.id}",
            *(f"{one.get('Sid')}: {one.get('Principal')} {one.get('Action')}" for one in statements),
        ),
        f"aws lambda add-permission --function-name {function.name} --qualifier {LIVE} --statement-id {api.id}-invoke "
        f"--action lambda:InvokeFunction --principal apigateway.amazonaws.com --source-arn '{source}/*'",
    )


def gateway_timeout(facts: Facts) -> Said | None:
    """The function is done before API Gateway gives up."""
    function = when.function(facts)
    if function.timeout <= GATEWAY_SECONDS:
        return None
    return Said(
        f"API Gateway gives up after {GATEWAY_SECONDS} seconds, and the function may take {function.timeout}.",
        (f"Timeout of {function.name}: {function.timeout}",),
        f"Set timeout = {GATEWAY_SECONDS} or less in [aws], and deploy.",
        Verdict.WARNING,
    )


def _is_closed(method: Method) -> bool:
    return method.verb != "OPTIONS" and (method.authorization != "NONE" or method.needs_key)


def _wanted(method: Method) -> str:
    return "a signature of IAM" if method.authorization == "AWS_IAM" else _authorization(method)


def _authorization(method: Method) -> str:
    words = [f"authorization {method.authorization}"] if method.authorization != "NONE" else []
    return " and ".join([*words, *(["an API key"] if method.needs_key else [])]) or "nothing"


def _told(method: Method) -> str:
    key = ", API key required" if method.needs_key else ""
    return f"{method.path} {method.verb}: authorization {method.authorization}{key}"


def _by_path(methods: Iterable[Method]) -> dict[tuple[str, str], str]:
    return {(method.path, method.verb): _authorization(method) for method in methods}


def _deploy(identifier: str) -> str:
    stage = f"--stage-name {REST_STAGES[LIVE]} --variables alias={LIVE}"
    return f"aws apigateway create-deployment --rest-api-id {identifier} {stage}"


def _through_api(facts: Facts) -> bool:
    return when.deployed(facts) and when.aws(facts).desired.stack.front in (Front.REST_API, Front.HTTP_API)


def _both(facts: Facts) -> bool:
    return when.has_api(facts) and when.running(facts)


CHECKS = (
    Check(
        "api-missing",
        "The API is there.",
        "Its address then leads nowhere, and a website's rule sends everyone to it.",
        _through_api,
        missing,
        ("api-*", "request-*"),
    ),
    Check(
        "api-authorization",
        "Everyone may ask the API.",
        "S3 redirects browsers to it, and those sign nothing: they get 'Missing Authentication Token' or 'Forbidden'.",
        when.has_api,
        authorization,
        ("api-not-deployed", "request-*"),
    ),
    Check(
        "api-disabled",
        "The API may be asked at its own address.",
        "Its address then answers 'Forbidden' to everyone.",
        when.has_api,
        disabled,
        ("request-*",),
    ),
    Check(
        "api-binary",
        "The API passes images on as they are.",
        "What is not known as binary is answered as base64, which no browser shows.",
        when.has_api,
        binary,
        ("request-no-image",),
    ),
    Check(
        "api-method-missing",
        "The API has a method for every path, and it asks the function.",
        "A path without a method is answered with 403 'Missing Authentication Token', whatever tokens there are.",
        when.has_api,
        method_missing,
        ("api-not-deployed", "request-*"),
    ),
    Check(
        "api-stage-missing",
        "The API has its stage.",
        "An unknown stage is answered with 403 'Forbidden'.",
        when.has_api,
        stage_missing,
        ("website-rule-target", "request-*"),
    ),
    Check(
        "api-not-deployed",
        "The stage shows the API as it is.",
        "A deployment is a picture of the API; what is changed afterwards has no effect until the next one.",
        when.has_api,
        not_deployed,
        ("request-*",),
    ),
    Check(
        "api-invoke-permission",
        "API Gateway may invoke the function.",
        "API Gateway answers 'Internal Server Error', and the function's log says nothing, for it is never asked.",
        _both,
        invoke_permission,
        ("request-*",),
    ),
    Check(
        "gateway-timeout",
        "The function is done before API Gateway gives up.",
        "What takes longer is made, and thrown away, again and again.",
        _both,
        gateway_timeout,
    ),
)
