"""What a statement of a policy allows, as far as it can be told without asking IAM. Pure."""

from collections.abc import Mapping
from fnmatch import fnmatchcase
from typing import Any


def allows(statement: Mapping[str, Any], principal: str, action: str, source: str) -> bool:
    """Whether a statement lets a principal do something for a source; `source` is an ARN, or nothing for any."""
    if statement.get("Effect") != "Allow":
        return False
    who = statement.get("Principal")
    named = [who] if isinstance(who, str) else [one for value in (who or {}).values() for one in listed(value)]
    if principal not in named and "*" not in named:
        return False
    if not any(fnmatchcase(action.lower(), one.lower()) for one in listed(statement.get("Action", ()))):
        return False
    for operator, values in statement.get("Condition", {}).items():
        for key, patterns in values.items():
            arn = key.lower() == "aws:sourcearn" and operator.removesuffix("IfExists")[:3] in ("Arn", "Str")
            if arn and source and not any(fnmatchcase(source, pattern) for pattern in listed(patterns)):
                return False
    return True


def covers(statement: Mapping[str, Any], resource: str) -> bool:
    """Whether a statement is for all of a resource, which ends with a wildcard."""
    return any(fnmatchcase(resource, pattern) for pattern in listed(statement.get("Resource", ())))


def listed(value: Any) -> list[str]:
    """Give what a policy says of one or of several, as several."""
    return [value] if isinstance(value, str) else list(value)
