"""Settings that read thumbor's and imagor's URLs, and what such a URL wants."""

from typing import Any

from firstsight.grammars import RawUrl, Wanted, read
from firstsight.settings import Settings, from_dict

KEY = "MY_SECURE_KEY"


def settings(**dialects: Any) -> Settings:
    return from_dict({"grammars": ["thumbor", "native"], "dialects": dialects})


THUMBOR = settings(thumbor_keys=[KEY], thumbor_oriented=True)
IMAGOR = settings(thumbor_keys=["mysecret"], thumbor="imagor")


def wanted(path: str, by: Settings = THUMBOR) -> Wanted:
    found = read(RawUrl(path), by)
    assert found is not None
    return found
