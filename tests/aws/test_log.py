"""Lines of the function's log, for a person."""

import json
from typing import Any

import pytest

from firstsight.aws.log import has_failed, readable

LINES: list[tuple[dict[str, Any], str, bool]] = [
    (
        {"level": "info", "message": "request", "status": 200, "result": "made", "total_ms": 41.5, "path": "/a.jpg/1x"},
        "200 made 41.5 ms /a.jpg/1x",
        False,
    ),
    (
        {"level": "warning", "message": "change", "key": "a.jpg", "error": "damaged-image", "detail": "It is cut."},
        "warning change a.jpg damaged-image\n    It is cut.",
        True,
    ),
    (
        {"level": "info", "message": "change", "key": "a.jpg", "deleted": 3, "made_eagerly": 2},
        "info change a.jpg 3 deleted, 2 made",
        False,
    ),
    (
        {"level": "info", "message": "change", "key": "a.jpg/1x.avif", "deleted": 0, "refined": "refined"},
        "info change a.jpg/1x.avif the quick encoding is refined",
        False,
    ),
    ({"level": "error", "message": "something else"}, "error something else", True),
]


@pytest.mark.parametrize(("line", "said", "failed"), LINES)
def test_a_line_says_what_matters(line: dict[str, Any], said: str, failed: bool) -> None:
    assert readable(0, json.dumps(line)) == f"1970-01-01 00:00:00  {said}"
    assert has_failed(json.dumps(line)) is failed


def test_a_line_that_is_not_ours_is_shown_as_it_is() -> None:
    assert (
        readable(0, "Task timed out after 10.00 seconds\n") == "1970-01-01 00:00:00  Task timed out after 10.00 seconds"
    )
