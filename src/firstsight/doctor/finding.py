"""
Findings, hops of a request, and the order in which findings are shown: causes first.

A finding names those that are only its symptoms. Where a cause is found, its symptoms are no findings of their own:
they become the last lines of its evidence.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from fnmatch import fnmatchcase
from typing import Any


class Verdict(StrEnum):
    """What a check says, the worst first. Unknown is what could not be read, and it names the permission for it."""

    FAILURE = "failure"
    UNKNOWN = "unknown"
    WARNING = "warning"
    OK = "ok"


#: The exit status of each verdict. 2 is left to arguments that cannot be meant; a warning stops no script.
EXIT = {Verdict.FAILURE: 1, Verdict.UNKNOWN: 3, Verdict.WARNING: 0, Verdict.OK: 0}


@dataclass(frozen=True, slots=True)
class Finding:
    """
    What one check found.

    `evidence` are the very lines that were read, `why` is why it matters, `remedy` a command or a click path.
    `symptoms` are the codes of what is only the consequence of this, wherever this is a failure; `api-*` are all codes
    that begin so.
    """

    code: str
    verdict: Verdict
    what: str
    evidence: tuple[str, ...] = ()
    why: str = ""
    remedy: str = ""
    symptoms: tuple[str, ...] = ()

    def data(self) -> dict[str, Any]:
        """Give it as JSON."""
        return {
            "code": self.code,
            "verdict": self.verdict.value,
            "what": self.what,
            "evidence": list(self.evidence),
            "why": self.why,
            "remedy": self.remedy,
        }


class Who(StrEnum):
    """Who gave an answer, as its headers and its body tell."""

    S3_WEBSITE = "S3 website"
    S3 = "S3"
    CLOUDFRONT = "CloudFront"
    API_GATEWAY = "API Gateway"
    FUNCTION_URL = "function URL"
    FUNCTION = "function"
    SOMEBODY = "somebody else"
    NOBODY = "nobody"


@dataclass(frozen=True, slots=True)
class Hop:
    """
    One question and its answer on the way of a request.

    `status` is 0 where nobody answered; then `note` says how (a refused connection, a name that is not found, a time
    that was over). `to` is where a redirect leads, as an absolute URL. `headers` are those that matter, their names in
    lower case; `body` is the start of the answer's text, and nothing of an image. `wrong` is whether the walk ends here
    because of this answer: an error, a redirect to where it has been before, or one too many; `note` says which.
    """

    url: str
    status: int
    seconds: float
    to: str = ""
    who: Who = Who.NOBODY
    note: str = ""
    body: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)
    wrong: bool = False

    def data(self) -> dict[str, Any]:
        """Give it as JSON."""
        return {
            "url": self.url,
            "status": self.status,
            "to": self.to,
            "seconds": round(self.seconds, 3),
            "who": self.who.value,
            "note": self.note,
            "body": self.body,
            "headers": dict(self.headers),
            "wrong": self.wrong,
        }


def worst(findings: Iterable[Finding]) -> int:
    """Give the exit status: 1 where anything fails, else 3 where anything is unknown, else 0, warnings included."""
    found = {finding.verdict for finding in findings}
    return next((EXIT[verdict] for verdict in Verdict if verdict in found), 0)


def by_cause(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """
    Put causes first, the worst verdict first among them, and fold what is only a symptom into its cause.

    Within a verdict the order is that of the checks. A symptom of a symptom is a symptom; of two that name each other
    the first is the cause.
    """
    found = list(findings)
    fails = [index for index, finding in enumerate(found) if finding.verdict is Verdict.FAILURE]
    reached = {index: _reached(found, index) for index in fails}
    causes = [
        index
        for index in fails
        if not any(
            index in reached[other] and (other not in reached[index] or other < index)
            for other in fails
            if other != index
        )
    ]
    folded: dict[int, list[int]] = {cause: [] for cause in causes}
    for index, finding in enumerate(found):
        cause = next((one for one in causes if index in reached[one] and index not in folded), None)
        if cause is not None and finding.verdict is not Verdict.OK:
            folded[cause].append(index)
    gone = {index for symptoms in folded.values() for index in symptoms}
    kept = [
        replace(finding, evidence=(*finding.evidence, *(f"and so: {found[one].what}" for one in folded.get(index, ()))))
        for index, finding in enumerate(found)
        if index not in gone
    ]
    rank = list(Verdict)
    return tuple(sorted(kept, key=lambda finding: rank.index(finding.verdict)))


def _reached(found: list[Finding], start: int) -> set[int]:
    """Give the indices of all that is a consequence of one."""
    reached: set[int] = set()
    codes = set(found[start].symptoms)
    while True:
        more = {
            index
            for index, finding in enumerate(found)
            if index != start and finding.verdict is not Verdict.OK and _is_among(finding.code, codes)
        } - reached
        if not more:
            return reached
        reached |= more
        codes |= {code for index in more for code in found[index].symptoms}


def _is_among(code: str, symptoms: set[str]) -> bool:
    return any(fnmatchcase(code, symptom) for symptom in symptoms)
