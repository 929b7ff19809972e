"""What others have changed about the function by hand, and how that is undone. Pure."""

import base64
from collections.abc import Iterator, Mapping
from typing import Any

#: What of a function is compared beside its code and its variables.
_CONFIGURED = ("Runtime", "Handler", "MemorySize", "Timeout")


def undone(wanted: Mapping[str, Any], found: Mapping[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """
    Give the calls of Lambda's API that bring the function back, each with its parameters.

    `wanted` are its properties in the stack's template, where the key of the code contains its SHA-256; `found` is what
    GetFunctionConfiguration says of the unpublished version. CloudFormation would not notice the difference, because it
    compares the template only with the template before.
    """
    code, processors = wanted["Code"], list(wanted["Architectures"])
    if base64.b64decode(found["CodeSha256"]).hex() not in code["S3Key"] or found.get("Architectures") != processors:
        yield "update_function_code", {**code, "Architectures": processors}
    different = {name: wanted[name] for name in _CONFIGURED if found.get(name) != wanted[name]}
    has = found.get("Environment", {}).get("Variables", {})
    # what is not a text here, only the stack knows
    variables = {name: one if isinstance(one, str) else has.get(name) for name, one in _variables(wanted).items()}
    variables = {name: one for name, one in variables.items() if one is not None}
    if variables != has:
        different["Environment"] = {"Variables": variables}
    if different:
        yield "update_function_configuration", different


def _variables(wanted: Mapping[str, Any]) -> Mapping[str, Any]:
    found: Mapping[str, Any] = wanted.get("Environment", {}).get("Variables", {})
    return found
