"""Findings by cause, and the exit status."""

import itertools

import pytest

from firstsight.doctor.finding import Finding, Hop, Verdict, Who, by_cause, worst


def failed(code: str, *symptoms: str, verdict: Verdict = Verdict.FAILURE) -> Finding:
    return Finding(code, verdict, f"{code} is wrong.", symptoms=symptoms)


FINE = Finding("fine", Verdict.OK, "Fine.")


@pytest.mark.parametrize(
    ("findings", "codes"),
    [
        ([failed("a"), failed("b")], ["a", "b"]),
        ([failed("b"), failed("a", "b")], ["a"]),
        ([failed("a", "b"), failed("b", "c"), failed("c")], ["a"]),
        ([failed("c"), failed("b", "c"), failed("a", "b")], ["a"]),
        ([failed("a", "b"), failed("b", "a")], ["a"]),
        ([failed("b", "a"), failed("a", "b")], ["b"]),
        ([failed("a", "a"), failed("b")], ["a", "b"]),
        ([failed("a", "api-*"), failed("api-x"), failed("apix")], ["a", "apix"]),
        ([FINE, failed("a", "fine")], ["a", "fine"]),
        ([failed("w", "a", verdict=Verdict.WARNING), failed("a")], ["a", "w"]),
        ([failed("a", "w"), failed("w", verdict=Verdict.WARNING), failed("u", verdict=Verdict.UNKNOWN)], ["a", "u"]),
        ([failed("a", "c"), failed("b", "c"), failed("c")], ["a", "b"]),
    ],
)
def test_a_cause_comes_first_and_what_follows_from_it_is_no_finding(findings: list[Finding], codes: list[str]) -> None:
    assert [one.code for one in by_cause(findings)] == codes


def test_the_worst_verdict_comes_first_and_within_it_the_order_of_the_checks() -> None:
    given = [Finding(f"{verdict}-{number}", verdict, "") for number in (1, 2) for verdict in reversed(Verdict)]
    assert [one.code for one in by_cause(given)] == [
        *("failure-1", "failure-2", "unknown-1", "unknown-2", "warning-1", "warning-2", "ok-1", "ok-2")
    ]


def test_what_follows_is_told_with_its_cause_and_once() -> None:
    first, second = by_cause([failed("a", "c"), failed("b", "c"), failed("c")])
    assert first.evidence == ("and so: c is wrong.",)
    assert second.evidence == ()


def test_nothing_is_lost_whatever_names_what() -> None:
    names = "abcd"
    for links in itertools.product([(), ("a",), ("b", "c"), ("d", "a")], repeat=4):
        given = [failed(name, *symptoms) for name, symptoms in zip(names, links, strict=True)]
        found = by_cause(given)
        told = [one.code for one in found] + [
            line.removeprefix("and so: ")[0] for one in found for line in one.evidence
        ]
        assert sorted(told) == list(names), links


@pytest.mark.parametrize(
    ("verdicts", "status"),
    [
        ([], 0),
        ([Verdict.OK], 0),
        ([Verdict.OK, Verdict.WARNING], 0),
        ([Verdict.WARNING, Verdict.UNKNOWN], 3),
        ([Verdict.UNKNOWN, Verdict.FAILURE, Verdict.OK], 1),
    ],
)
def test_the_exit_status_tells_the_worst(verdicts: list[Verdict], status: int) -> None:
    assert worst(Finding("x", verdict, "") for verdict in verdicts) == status


def test_a_finding_and_a_hop_as_json() -> None:
    told = Finding("region-differs", Verdict.FAILURE, "It is.", ("line",), "Why.", "Do.", ("x",)).data()
    assert told == {
        "code": "region-differs",
        "verdict": "failure",
        "what": "It is.",
        "evidence": ["line"],
        "why": "Why.",
        "remedy": "Do.",
    }
    hop = Hop("http://x/", 307, 0.12345, to="http://y/", who=Who.S3_WEBSITE, headers={"server": "AmazonS3"}).data()
    assert (hop["status"], hop["who"], hop["seconds"], hop["to"]) == (307, "S3 website", 0.123, "http://y/")
    assert hop["headers"] == {"server": "AmazonS3"}
