"""One check: a rule over facts, with what it is called. Whatever becomes of it, it gives a finding."""

import traceback
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TypeVar

from firstsight.aws.facts import Fact
from firstsight.doctor import permissions
from firstsight.doctor.facts import Facts
from firstsight.doctor.finding import Finding, Verdict

T = TypeVar("T")

#: The code of a check that has failed itself.
CRASHED = "check-crashed"


class Unread(Exception):
    """A check asked for what could not be read; its text is why."""


@dataclass(frozen=True, slots=True)
class Said:
    """What a check has found wrong: in a sentence, with the lines that show it, and what to do."""

    what: str
    evidence: tuple[str, ...] = ()
    remedy: str = ""
    verdict: Verdict = Verdict.FAILURE


@dataclass(frozen=True, slots=True)
class Check:
    """
    One row. `judge` is pure, and gives None where all is well, which `fine` says in a sentence.

    Where it does not apply, nothing is said. `symptoms` are as in a Finding.
    """

    code: str
    fine: str
    why: str
    applies: Callable[[Facts], bool]
    judge: Callable[[Facts], Said | None]
    symptoms: tuple[str, ...] = ()


def known(fact: Fact[T]) -> T | None:
    """Give what a fact says, None for what is not there. Raises Unread for what could not be read."""
    if fact.unknown:
        raise Unread(fact.unknown)
    return fact.value


def run(facts: Facts, checks: Iterable[Check]) -> tuple[Finding, ...]:
    """Judge the facts by each check that applies, in the order of the checks."""
    return tuple(finding for check in checks for finding in _run(check, facts))


def _run(check: Check, facts: Facts) -> tuple[Finding, ...]:
    try:
        if not check.applies(facts):
            return ()
        said = check.judge(facts)
    except Unread as unread:
        return (_unknown(check, str(unread)),)
    except Exception as error:
        return (_crashed(check, error),)
    if said is None:
        return (Finding(check.code, Verdict.OK, check.fine),)
    symptoms = check.symptoms if said.verdict is Verdict.FAILURE else ()
    return (Finding(check.code, said.verdict, said.what, said.evidence, check.why, said.remedy, symptoms),)


def _unknown(check: Check, why: str) -> Finding:
    permission = permissions.missing(why)
    return Finding(
        check.code,
        Verdict.UNKNOWN,
        f"Not known: {check.fine}",
        (why,),
        check.why,
        f"Allow {permission} to these credentials, and run doctor again." if permission else "Run doctor again.",
    )


def _crashed(check: Check, error: Exception) -> Finding:
    frame = traceback.extract_tb(error.__traceback__)[-1]
    return Finding(
        CRASHED,
        Verdict.UNKNOWN,
        f"The check {check.code} has failed itself: this is a bug in Firstsight.",
        (f"{type(error).__name__}: {error} ({frame.name}, line {frame.lineno})",),
        "What it looks at is not judged.",
        "Report it with these lines; the other findings hold.",
    )
