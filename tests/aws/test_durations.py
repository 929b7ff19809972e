"""What the function's log says of how long it takes."""

import json

import pytest

from firstsight.aws.durations import MEASURED, NothingLogged, from_log


def line(identifier: str, result: str, bytes_out: int, **stages: float) -> str:
    told = {"level": "info", "message": "request", "request_id": identifier, "result": result, "status": 200}
    return json.dumps({**told, "bytes_out": bytes_out, "ms": stages})


def report(identifier: str, milliseconds: float, start: float = 0) -> str:
    """As Lambda writes it, tabs and all."""
    parts = [f"REPORT RequestId: {identifier}", f"Duration: {milliseconds} ms", "Billed Duration: 999 ms"]
    parts += ["Memory Size: 1536 MB", "Max Memory Used: 61 MB", *([f"Init Duration: {start} ms"] if start else [])]
    return "\t".join(parts) + "\t\n"


LOG = (
    "INIT_START Runtime Version: python:3.13.v1\n",
    "START RequestId: a Version: 4\n",
    line("a", "made", 30_000, find=15, header=1, pixels=20, encode=2, wait=1, put=14),
    "END RequestId: a\n",
    report("a", 60.2, start=200.5),
    line("b", "made", 50_000, find=15, header=1, pixels=30, encode=4, wait=1, put=14),
    report("b", 70.0),
    report("c", 18.01),  # the report may come before our line
    line("c", "stored", 40_000, find=16),
    json.dumps({"level": "warning", "request_id": "d", "error": "source-not-found", "status": 404}),
    report("d", 12),
    report("e", 3, start=100.5),  # news of a derivative
    "source changed: cat.jpg, 0 derivatives deleted",
    line("f", "made", 90_000, pixels=500),  # cut off by the end of what was read
)


def test_the_log_gives_the_means_of_what_is_billed() -> None:
    found = from_log(LOG)
    assert found.made == (61 + 70) / 2, "Lambda bills each millisecond that has begun"
    assert found.stored == 19
    assert (found.start, found.cold) == ((200.5 + 100.5) / 2, 2 / 5)
    assert found.made_processor == ((1 + 20 + 2) + (1 + 30 + 4)) / 2
    assert found.kilobytes == 40
    assert found.source == "the function's log: 2 images made, 1 that were stored, 2 cold starts of 5"


def test_the_parts_of_lambdas_report_may_stand_in_any_order() -> None:
    """As Amazon's emulator writes them."""
    told = (
        "REPORT RequestId: a\tInit Duration: 90.5 ms\tDuration: 50 ms\tBilled Duration: 51 ms\tMemory Size: 1536 MB\t"
    )
    found = from_log([told, line("a", "made", 1000, pixels=1)])
    assert (found.made, found.start) == (50, 90.5)


def test_what_the_log_does_not_have_is_as_it_was_measured() -> None:
    found = from_log([line("a", "made", 1000, pixels=1), report("a", 50)])
    assert (found.stored, found.start, found.cold) == (MEASURED.stored, MEASURED.start, 0)


@pytest.mark.parametrize("log", [(), LOG[7:9], (line("a", "made", 1, pixels=1),), ("{}", "[1]", "null", "{")])
def test_a_log_without_images_that_were_made_is_refused(log: tuple[str, ...]) -> None:
    with pytest.raises(NothingLogged, match="no image that was made"):
        from_log(log)
