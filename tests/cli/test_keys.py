"""`firstsight keys new`."""

import base64
import re

import pytest

from firstsight import cli, signing
from firstsight.settings import load


def test_a_new_key_can_be_used_at_once_and_no_two_are_alike(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.run(["keys", "new"]) == cli.run(["keys", "new", "--id", "b2"]) == 0
    first, second = capsys.readouterr().out.split()
    assert re.fullmatch(r"\d{8}:[A-Za-z0-9_-]{43}", first)
    assert second.startswith("b2:")
    assert len(base64.urlsafe_b64decode(second[3:] + "=")) == 32
    assert first.partition(":")[2] != second.partition(":")[2]
    settings = load(environ={"FIRSTSIGHT_KEYS": f"{first},{second}"})
    signature = signing.sign("/cat.jpg/full", settings.keys[-1])
    assert signature.startswith("~b2.")
    signing.verify("/cat.jpg/full", signature, settings.keys, now=0)


@pytest.mark.parametrize("name", ["", "a:b", "a-b", "ü", "a b"])
def test_an_id_that_a_signature_could_not_hold_is_refused(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.run(["keys", "new", "--id", name]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert "letters and digits" in err
