"""Settings that read imgproxy's URLs, and what such a URL wants."""

from typing import Any

from firstsight.grammars import RawUrl, Wanted, read
from firstsight.settings import Settings, from_dict

PRESETS = {"thumb": "90x90-smart-q70", "blurry": "blur5", "tiny": {"transform": "16x", "format": "webp"}}


def settings(**dialects: Any) -> Settings:
    sources = ["s3://bucket/=", "https://example.com/=web/", "http://example.com/="]
    return from_dict(
        {"grammars": ["imgproxy", "native"], "presets": PRESETS, "dialects": {"sources": sources, **dialects}}
    )


OPEN = settings()
SIGNED = settings(imgproxy_keys=["746573742d6b6579:746573742d73616c74", "736563726574:68656c6c6f"])


def wanted(path: str, by: Settings = OPEN) -> Wanted:
    found = read(RawUrl(path), by)
    assert found is not None
    return found
