"""A plan is prepared from what an AWS has."""

import zipfile
from pathlib import Path

import pytest

from firstsight import Request, open_service
from firstsight.aws.prepare import prepare
from firstsight.settings import Settings, from_dict
from tests import servers


def settings(bucket: str, transform: str) -> Settings:
    return from_dict(
        {
            "source": f"s3://{bucket}",
            "presets": {"thumb": {"transform": transform, "format": "webp"}},
            "aws": {"topology": "cdn"},
        }
    )


def test_a_plan_tells_which_presets_have_changed_since_derivatives_were_stored(
    s3_server: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, photos: Path
) -> None:
    for name, value in {
        "AWS_ENDPOINT_URL": s3_server,
        "AWS_ACCESS_KEY_ID": "testing",
        "AWS_SECRET_ACCESS_KEY": "testing",
        "AWS_REGION": "us-east-1",
        "AWS_DEFAULT_REGION": "us-east-1",
    }.items():
        monkeypatch.setenv(name, value)
    servers.make_bucket(s3_server, "photos-with-presets")
    bundle = tmp_path / "bundle.zip"
    with zipfile.ZipFile(bundle, "w") as archive:
        archive.writestr("empty", "")
    before, after = (settings("photos-with-presets", transform) for transform in ("30x20", "31x20"))
    service = open_service(before)
    service.sources.put("coffee.png", (photos / "coffee.png").read_bytes())
    assert service.handle(Request("/coffee.png/thumb.webp")).status == 200
    with prepare(before, None, bundle=bundle) as prepared:
        assert prepared.facts.changed.value == ()
    with prepare(after, None, bundle=bundle) as prepared:
        [told] = [one for one in prepared.plan.warnings if "thumb" in one]
    assert told == (
        "The preset 'thumb' has changed: 1 of its 1 stored derivatives were made with other settings than now. "
        "They are served until they are deleted: firstsight purge --preset thumb."
    )
