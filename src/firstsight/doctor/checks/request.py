"""What became of a request that was followed, where nothing else explains it."""

import json
import re
from collections.abc import Callable

from firstsight.doctor.check import Check, Said
from firstsight.doctor.facts import Facts
from firstsight.doctor.finding import Hop, Who

#: How a walk says that nobody answered in time.
_LATE = re.compile(r"within \d+ seconds")


def timeout(facts: Facts) -> Said:
    """Nobody answered in time."""
    return _said(
        facts,
        "The request ran out of time.",
        "Look, in this order, at the region of the function and of the bucket, at a VPC without an endpoint for S3, at "
        "the size of the source: firstsight logs --errors, and firstsight doctor with the rights that it asks for.",
    )


def no_answer(facts: Facts) -> Said:
    """Nobody answered at all."""
    return _said(
        facts,
        "Nobody answers at that address.",
        "Compare the host with what firstsight status says, letter by letter, and whether it resolves: nslookup HOST.",
    )


def loop(facts: Facts) -> Said:
    """The request is sent round in a circle."""
    return _said(
        facts,
        "The request goes round in a circle.",
        "The function redirects to where S3 should have the image. Either it could not be kept (firstsight logs "
        "--errors says not_kept), or a cache has kept the redirect: invalidate it, and let nothing keep a 302 or 307.",
    )


def missing_token(facts: Facts) -> Said:
    """API Gateway has nothing at that path."""
    return _said(
        facts,
        "API Gateway has no method for that path or stage, which it calls a missing token.",
        "Compare the path with the stage, /prod, and the method ANY on /{proxy+}; after a change, deploy the API.",
    )


def server_error(facts: Facts) -> Said:
    """The function or what is before it failed."""
    return _said(
        facts,
        "The function failed, or could not be asked.",
        "firstsight logs --errors has the exception. If there is none, the function was never asked: look at what may "
        "invoke it, aws lambda get-policy.",
    )


def no_image(facts: Facts) -> Said:
    """Something answered, and not with an image."""
    return _said(
        facts,
        "What is answered is no image.",
        "A page of HTML is another site's, or S3's error document: look at the website's rule. Base64 is an API "
        "that does not take its answers for bytes.",
    )


def forbidden(facts: Facts) -> Said:
    """Who asks may not."""
    last = facts.hops[-1]
    if last.who is Who.FUNCTION:
        return _said(
            facts, _detail(last) or "The function refuses it.", _remedy(last) or "Ask for a preset, or sign the URL."
        )
    return _said(
        facts,
        f"{last.who.value} refuses it.",
        "S3: the policy, Block Public Access, or a key that is missing where asking for a list is not allowed. "
        "A function URL: its authorization is AWS_IAM, so only CloudFront and who signs may ask.",
    )


def not_found(facts: Facts) -> Said:
    """There is nothing of that name."""
    last = facts.hops[-1]
    return _said(
        facts,
        _detail(last) or f"{last.who.value} has nothing of that name.",
        _remedy(last)
        or "Compare the key letter by letter with the bucket's: aws s3 ls. If S3 itself says 404, it did "
        "not send the request on: look at the website's rule.",
    )


def refused(facts: Facts) -> Said:
    """The request cannot be meant so."""
    last = facts.hops[-1]
    return _said(
        facts, _detail(last) or f"The request is refused with {last.status}.", _remedy(last) or "Compare the URL."
    )


def kind_of(hop: Hop) -> str:
    """Give the code of what an answer says; of one that is not wrong, nothing."""
    if not hop.wrong:
        return ""
    if hop.status == 0:
        return "request-timeout" if _LATE.search(hop.note) else "request-no-answer"
    if hop.status < 300:
        return "request-no-image"
    if 300 <= hop.status < 400:
        return "request-loop"
    if hop.status == 504 or (hop.status in (502, 503) and "timed out" in hop.body.lower()):
        return "request-timeout"
    if hop.status >= 500:
        return "request-server-error"
    if hop.status == 403 and "missing authentication token" in hop.body.lower():
        return "request-missing-token"
    if hop.status in (401, 403):
        return "request-forbidden"
    return "request-not-found" if hop.status == 404 else "request-refused"


def _said(facts: Facts, what: str, remedy: str) -> Said:
    return Said(what, tuple(_line(hop) for hop in facts.hops), remedy)


def _line(hop: Hop) -> str:
    to = f" -> {hop.to}" if hop.to else ""
    said = " ".join((hop.note or hop.body if hop.wrong else "").split())[:200]
    return f"{hop.status or 'no answer'} {hop.url}{to} ({hop.who.value}, {hop.seconds:.2f} s)" + (
        f": {said}" if said else ""
    )


def _detail(hop: Hop) -> str:
    return _problem(hop).get("detail", "")


def _remedy(hop: Hop) -> str:
    return _problem(hop).get("remedy", "")


def _problem(hop: Hop) -> dict[str, str]:
    """Read the problem details of our own answer."""
    try:
        found = json.loads(hop.body)
    except ValueError:
        return {}
    return {name: str(value) for name, value in found.items()} if isinstance(found, dict) else {}


def _is(code: str) -> Callable[[Facts], bool]:
    return lambda facts: bool(facts.hops) and kind_of(facts.hops[-1]) == code


def _answered(facts: Facts) -> bool:
    return bool(facts.hops) and not facts.hops[-1].wrong


def _row(code: str, why: str, judge: Callable[[Facts], Said]) -> Check:
    return Check(code, "The request is answered.", why, _is(code), judge)


CHECKS = (
    Check("request-answered", "The request is answered.", "", _answered, lambda facts: None),
    _row("request-timeout", "Who waits sees a broken image, and the log may say nothing at all.", timeout),
    _row("request-no-answer", "A name that does not resolve, or a port that nobody listens on.", no_answer),
    _row("request-loop", "A browser gives up after some twenty redirects.", loop),
    _row("request-missing-token", "It has nothing to do with tokens: the path leads to no method.", missing_token),
    _row(
        "request-server-error",
        "The answer says nothing of the cause; the log does, if the function was asked.",
        server_error,
    ),
    _row("request-no-image", "A browser shows a broken image, and the status says that all is well.", no_image),
    _row("request-forbidden", "S3, API Gateway, a function URL and the function each have their own 403.", forbidden),
    _row("request-not-found", "S3's 404 and the function's are different things.", not_found),
    _row("request-refused", "The function understood the request, and it cannot be meant so.", refused),
)
