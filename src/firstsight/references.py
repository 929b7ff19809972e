"""
Texts that are kept elsewhere than in the settings, which then hold a reference to them.

    file:///run/secrets/firstsight      a file
    secretsmanager:NAME                 a secret of AWS Secrets Manager, by its name or ARN
    ssm:NAME                            a parameter of AWS Systems Manager, decrypted if it is encrypted

boto3 is loaded for the last two only, and is part of Lambda's runtime.
"""

from collections.abc import Callable

from firstsight import percent
from firstsight.errors import BadSettings


def is_reference(text: str) -> bool:
    """Whether a text is a reference."""
    return text.startswith(tuple(READERS))


def read(reference: str) -> str:
    """Read the text that a reference leads to. Raises BadSettings, which never shows what was read."""
    scheme = next(scheme for scheme in READERS if reference.startswith(scheme))
    name = reference.removeprefix(scheme)
    try:
        return READERS[scheme](name)
    except ImportError as error:
        raise BadSettings(f"'{reference}' cannot be read without boto3.", remedy="pip install boto3") from error
    except (OSError, ValueError) as error:
        said = getattr(error, "strerror", None) or type(error).__name__
        raise BadSettings(
            f"'{reference}' cannot be read: {said.lower()}.", remedy="Check its name and who may."
        ) from error
    except Exception as error:
        if not type(error).__module__.startswith(("botocore", "boto3")):
            raise
        raise BadSettings(
            f"'{reference}' cannot be read.", remedy="Check its name, and that the role may read it.", log=str(error)
        ) from error


def _file(name: str) -> str:
    from pathlib import Path

    return Path(percent.decode(name).decode()).read_text(encoding="utf-8")


def _secret(name: str) -> str:
    import boto3

    text: str = boto3.client("secretsmanager").get_secret_value(SecretId=name)["SecretString"]
    return text


def _parameter(name: str) -> str:
    import boto3

    text: str = boto3.client("ssm").get_parameter(Name=name, WithDecryption=True)["Parameter"]["Value"]
    return text


#: By what a reference begins with.
READERS: dict[str, Callable[[str], str]] = {"file://": _file, "secretsmanager:": _secret, "ssm:": _parameter}
