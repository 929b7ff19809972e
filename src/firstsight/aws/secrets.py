"""
What the function is granted so that it can read keys which AWS keeps, and nothing else. Pure.

    secretsmanager:NAME    GetSecretValue of that secret
    ssm:NAME               GetParameter of that parameter

Either may be encrypted with a KMS key of the team's own, which may change. So kms:Decrypt is granted for any key of the
account, but only through that service and for that secret, which both services name in the encryption context (Secrets
Manager and Systems Manager user guides, encryption context).
"""

import re
from typing import Any

from firstsight.errors import BadSettings
from firstsight.settings import Settings

_HERE = "${AWS::Region}:${AWS::AccountId}"
#: What follows a secret's name in its ARN, and is not known before it is made.
_SUFFIX = "-??????"


def reference_of(settings: Settings) -> str:
    """Give where the signing keys are kept, or nothing where they are in the settings themselves."""
    reference: str = getattr(settings.keys, "reference", "")
    return reference


def grants(reference: str) -> list[dict[str, Any]]:
    """Give the statements for a reference of the settings; none for one that AWS does not keep. Raises BadSettings."""
    service, _, name = reference.partition(":")
    if service not in ("secretsmanager", "ssm"):
        return []
    if not re.fullmatch(r"[A-Za-z0-9/_+=.@:-]+", name):
        raise BadSettings(f"Expected the name or the ARN of a secret but got '{name}'.", remedy="Mend `keys`.")
    if service == "ssm":
        return _statements(service, "ssm:GetParameter", _parameter(name), "PARAMETER_ARN")
    return _statements(service, "secretsmanager:GetSecretValue", _secret(name), "SecretARN")


def _statements(service: str, action: str, arn: str, context: str) -> list[dict[str, Any]]:
    here = {
        "StringEquals": {"kms:ViaService": {"Fn::Sub": f"{service}.${{AWS::Region}}.${{AWS::URLSuffix}}"}},
        "StringLike": {f"kms:EncryptionContext:{context}": {"Fn::Sub": arn}},
    }
    return [
        {"Sid": "ReadKeys", "Effect": "Allow", "Action": [action], "Resource": {"Fn::Sub": arn}},
        {
            "Sid": "DecryptKeys",
            "Effect": "Allow",
            "Action": ["kms:Decrypt"],
            "Resource": {"Fn::Sub": f"arn:${{AWS::Partition}}:kms:{_HERE}:key/*"},
            "Condition": here,
        },
    ]


def _secret(name: str) -> str:
    arn = name if name.startswith("arn:") else f"arn:${{AWS::Partition}}:secretsmanager:{_HERE}:secret:{name}"
    whole = name.startswith("arn:") and re.search("-[A-Za-z0-9]{6}$", name)
    return arn if whole else arn + _SUFFIX


def _parameter(name: str) -> str:
    if name.startswith("arn:"):
        return ":".join(name.split(":")[:6])  # a version or a label may follow
    return f"arn:${{AWS::Partition}}:ssm:{_HERE}:parameter/{name.partition(':')[0].lstrip('/')}"
