"""
The bucket's own documents, which are never ours: our part is merged into them, and taken out again. Pure.

| kind          | what it is                | our part                 | how it is known                       |
|---------------|---------------------------|--------------------------|---------------------------------------|
| website       | the website configuration | one routing rule         | it leads the same requests to the API |
| policy        | the policy, as text       | one statement            | by its `Sid`                          |
| notifications | what S3 tells to whom     | one of those to a lambda | by its `Id`                           |
| lifecycle     | what S3 deletes when      | one rule                 | by its `ID`                           |

None is a document that is not there.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from firstsight.aws.state import Kept

Document = Any
Part = Mapping[str, Any]

_LAMBDAS = "LambdaFunctionConfigurations"
_OTHERS = ("TopicConfigurations", "QueueConfigurations", _LAMBDAS)


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of document: `merge(document, ours, remembered)` and `without(document, ours)`."""

    name: str
    merge: Callable[[Document, Part, Part | None], Document]
    without: Callable[[Document, Part], Document]
    same: Callable[[Document, Document], bool]


def merge_website(document: Document, ours: Part, remembered: Part | None) -> Document:
    """Put our rule where it was, or else last, but before a rule of theirs that would keep every request from it."""
    if document is None:
        return {"IndexDocument": {"Suffix": "index.html"}, "RoutingRules": [ours]}
    rules = list(document.get("RoutingRules", ()))
    own = [_is_ours(rule, ours) or (remembered is not None and _is_ours(rule, remembered)) for rule in rules]
    mine = [index for index, is_own in enumerate(own) if is_own]
    theirs = [rule for rule, is_own in zip(rules, own, strict=True) if not is_own]
    first = next((index for index, rule in enumerate(theirs) if shadows(rule, ours)), len(theirs))
    place = min(mine[0], first) if mine else first
    return {**document, "RoutingRules": [*theirs[:place], ours, *theirs[place:]]}


def without_website(document: Document, ours: Part) -> Document:
    """Take our rule out; a website that has nothing but what we made it with is none."""
    if document is None:
        return None
    rules = [rule for rule in document.get("RoutingRules", ()) if not _is_ours(rule, ours)]
    rest = {name: value for name, value in document.items() if name != "RoutingRules"}
    return {**rest, "RoutingRules": rules} if rules else rest


def _is_ours(rule: Part, ours: Part) -> bool:
    """Whether a rule is ours, or was before somebody changed it by hand: the same requests to the same host."""
    same = rule.get("Redirect", {}).get("HostName") == ours["Redirect"].get("HostName")
    return rule == ours or (same and rule.get("Condition") == ours.get("Condition"))


def shadows(rule: Part, ours: Part) -> bool:
    """Whether a rule takes every request that ours is for; S3 goes by the first that matches."""
    theirs, own = rule.get("Condition", {}), ours.get("Condition", {})
    code = theirs.get("HttpErrorCodeReturnedEquals")
    prefix = theirs.get("KeyPrefixEquals", "")
    return code in (None, own.get("HttpErrorCodeReturnedEquals")) and own.get("KeyPrefixEquals", "").startswith(prefix)


def merge_policy(document: Document, ours: Part, remembered: Part | None) -> Document:
    """Put our statement in the place of the one of the same id, or last."""
    if document is None:
        return json.dumps({"Version": "2012-10-17", "Statement": [ours]})
    policy = json.loads(document)
    found = statements(document)
    merged = [ours if statement.get("Sid") == ours["Sid"] else statement for statement in found]
    if merged == found and ours in found:
        return document
    return json.dumps({**policy, "Statement": merged if ours in merged else [*found, ours]})


def without_policy(document: Document, ours: Part) -> Document:
    """Take our statement out; a policy without statements is none."""
    if document is None:
        return None
    found = statements(document)
    rest = [statement for statement in found if statement.get("Sid") != ours["Sid"]]
    if rest == found:
        return document
    return json.dumps({**json.loads(document), "Statement": rest}) if rest else None


def statements(document: Document) -> list[dict[str, Any]]:
    """Give the statements of a policy; one alone may stand without a list around it."""
    found = json.loads(document).get("Statement", []) if document else []
    return [found] if isinstance(found, dict) else list(found)


def merge_notifications(document: Document, ours: Part, remembered: Part | None) -> Document:
    """Put ours in the place of the one of the same id, or last."""
    found = list((document or {}).get(_LAMBDAS, ()))
    if any(_normal(entry) == _normal(ours) for entry in found):
        return document
    merged = [ours if entry.get("Id") == ours["Id"] else entry for entry in found]
    return {**(document or {}), _LAMBDAS: merged if ours in merged else [*found, ours]}


def without_notifications(document: Document, ours: Part) -> Document:
    """Take ours out; where nothing is left there is no document."""
    if document is None:
        return None
    found = [entry for entry in document.get(_LAMBDAS, ()) if entry.get("Id") != ours["Id"]]
    rest = {name: value for name, value in document.items() if name != _LAMBDAS}
    return ({**rest, _LAMBDAS: found} if found else rest) or None


def merge_lifecycle(document: Document, ours: Part, remembered: Part | None) -> Document:
    """
    Put our rule in the place of the one of the same id, or last.

    S3 takes no `Filter` beside a rule of the older form, which has its prefix outside of one; ours is then as theirs.
    """
    found = list((document or {}).get("Rules", ()))
    if any("Filter" not in rule for rule in found if rule.get("ID") != ours["ID"]):
        ours = {"Prefix" if name == "Filter" else name: value for name, value in ours.items()}
        ours["Prefix"] = ours["Prefix"]["Prefix"]
    merged = [ours if rule.get("ID") == ours["ID"] else rule for rule in found]
    return {**(document or {}), "Rules": merged if ours in merged else [*found, ours]}


def without_lifecycle(document: Document, ours: Part) -> Document:
    """Take our rule out; a configuration without rules is none."""
    if document is None:
        return None
    rules = [rule for rule in document["Rules"] if rule.get("ID") != ours["ID"]]
    return {**document, "Rules": rules} if rules else None


def _same_lifecycle(one: Document, other: Document) -> bool:
    """Compare the rules, whose order means nothing to S3."""

    def normal(document: Document) -> list[str]:
        return sorted(json.dumps(rule, sort_keys=True, default=str) for rule in (document or {}).get("Rules", ()))

    return normal(one) == normal(other)


def overlapping(document: Document, ours: Part) -> str:
    """
    Give the id of a notification of theirs that keeps ours out, or nothing.

    S3 takes no two for the same event whose prefixes and suffixes can both match a key.
    """
    for entry in (entry for name in _OTHERS for entry in (document or {}).get(name, ())):
        if entry.get("Id") == ours["Id"] or not _share_events(entry["Events"], ours["Events"]):
            continue
        (prefix, suffix), (own, own_suffix) = _filters(entry), _filters(ours)
        meets = prefix.startswith(own) or own.startswith(prefix)
        if meets and (suffix.endswith(own_suffix) or own_suffix.endswith(suffix)):
            return str(entry.get("Id") or "without an id")
    return ""


def _share_events(some: list[str], others: list[str]) -> bool:
    return any(one.rstrip("*").startswith(other.rstrip("*")) for one in some for other in others) or any(
        other.rstrip("*").startswith(one.rstrip("*")) for one in some for other in others
    )


def _filters(entry: Part) -> tuple[str, str]:
    rules = entry.get("Filter", {}).get("Key", {}).get("FilterRules", ())
    found = {rule["Name"].lower(): rule["Value"] for rule in rules}
    return found.get("prefix", ""), found.get("suffix", "")


def _normal(entry: Part) -> Any:
    """Give an entry in one spelling: S3 writes the names of filters with a capital, and takes both."""
    return {**entry, "Events": sorted(entry["Events"]), "Filter": _filters(entry)}


def _same_notifications(one: Document, other: Document) -> bool:
    def normal(document: Document) -> Any:
        found = document or {}
        known = {name: [_normal(entry) for entry in found[name]] for name in _OTHERS if name in found}
        return {**found, **known}

    return bool(normal(one) == normal(other))


def _same_policy(one: Document, other: Document) -> bool:
    if one is None or other is None:
        return one is other
    return bool(json.loads(one) == json.loads(other))


KINDS: dict[str, Kind] = {
    kind.name: kind
    for kind in (
        Kind("policy", merge_policy, without_policy, _same_policy),
        Kind("website", merge_website, without_website, lambda one, other: bool(one == other)),
        Kind("notifications", merge_notifications, without_notifications, _same_notifications),
        Kind("lifecycle", merge_lifecycle, without_lifecycle, _same_lifecycle),
    )
}


def merged(name: str, document: Document, ours: Part | None, kept: Kept | None) -> Document:
    """Give a document with our part in it; with None for ours, as it is without us."""
    if ours is None:
        return restored(name, document, kept) if kept else document
    return KINDS[name].merge(document, ours, kept.ours if kept else None)


def restored(name: str, document: Document, kept: Kept) -> Document:
    """Give a document without our part: as it was before, if nobody has changed it since, else only ours taken out."""
    kind = KINDS[name]
    if kind.same(document, kept.after):
        return kept.before
    rest = kind.without(document, kept.ours)
    return kept.before if kind.same(rest, kind.without(kept.after, kept.ours)) else rest


def keep(name: str, document: Document, after: Document, ours: Part, kept: Kept | None) -> Kept:
    """Say what is to be remembered before a document is changed, so that it can be restored."""
    if kept is None:
        return Kept(KINDS[name].without(document, ours) if KINDS[name].same(document, after) else document, after, ours)
    if KINDS[name].same(document, kept.before):  # remembered by a deploy that did not get to change it
        return Kept(document, after, ours)
    return Kept(restored(name, document, kept), after, ours)
