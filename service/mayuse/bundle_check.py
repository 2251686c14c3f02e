"""What a policy bundle must say about itself before anybody may decide by it. Pure.

A rule without a sentence for its reasons, an act without dates or a provision of no act would be
found out by the person who asks why. So they are refused when the bundle is built and read.
Each fault names the file, the field and what is wrong with it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from typing import Any

from mayuse.errors import BundleError

Rules = Sequence[Mapping[str, Any]]

RULE = re.compile(r"(law|terms)/[a-z0-9_]+/[a-z0-9_]+")
"""A rule's id: its folder under `policies/mayuse`."""

OFFERS = ("in_place", "in_force", "in_scope")
"""Names every rule defines: where, when and for what it speaks."""

SHOWN = 20
"""How many faults one error lists."""

_ID = re.compile(r"[a-z0-9_]+")
_CONFIDENCES = {"high", "medium", "low"}
_ACTS, _PROVISIONS, _PLACES = (
    f"mayuse/facts/{topic}/data.yaml" for topic in ("acts", "provisions", "places")
)


def check(rules: Rules, facts: Mapping[str, Any]) -> None:
    """Refuse a rule catalogue and facts (`data.mayuse.facts`) that are not complete.

    `rules` has one entry per rule package: rule, title, description, owner, last_read, reasons,
    obligations, only, file, and `defines` (the names its Rego defines).
    Raises `BundleError` with every fault, one per line, at most `SHOWN`.
    """
    faults = [*_rule_faults(rules, facts), *_facts_faults(facts)]
    if faults:
        more = [f"… and {len(faults) - SHOWN} more"] if len(faults) > SHOWN else []
        raise BundleError("\n".join(["the policies are not complete:", *faults[:SHOWN], *more]))


def _rule_faults(rules: Rules, facts: Mapping[str, Any]) -> Iterator[str]:
    if not rules:
        yield "mayuse: there is no rule under law/ or terms/"
    controllers = _rows(_rows(facts, "vocabulary"), "controllers")
    for rule in rules:
        for field, wrong in _faults_of_rule(rule, controllers):
            yield f"{rule['file']}: {field}: {wrong}"


def _faults_of_rule(
    rule: Mapping[str, Any], controllers: Mapping[str, Any]
) -> Iterator[tuple[str, str]]:
    name = str(rule["rule"])
    if not RULE.fullmatch(name):
        yield "package", f"{name} is not law/<area>/<slug> or terms/<controller>/<slug>"
    elif name.startswith("terms/") and name.split("/")[1] not in controllers:
        yield "package", f"{name} is the terms of a controller the vocabulary does not know"
    for field in ("title", "description"):
        if not _is_text(rule[field]):
            yield f"METADATA {field}", "is missing or empty"
    if not _is_text(rule["owner"]):
        yield "METADATA custom.owner", "is missing or empty"
    if not _is_day(rule["last_read"]):
        yield "METADATA custom.last_read", "is not a day that exists, as YYYY-MM-DD"
    yield from _faults_of_sentences("reasons", rule["reasons"], required=True)
    yield from _faults_of_sentences("obligations", rule["obligations"], required=False)
    yield from _faults_of_names(rule)


def _faults_of_sentences(
    field: str, sentences: object, *, required: bool
) -> Iterator[tuple[str, str]]:
    where = f"METADATA custom.{field}"
    if not isinstance(sentences, Mapping):
        yield where, "is not a map from ids to sentences"
    elif required and not sentences:
        yield where, "has no sentence"
    else:
        for name, sentence in sentences.items():
            if not _ID.fullmatch(str(name)) or not _is_text(sentence):
                yield where, f"{name}: is not a sentence under an id of a-z, 0-9 and _"


def _faults_of_names(rule: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    defines, only = set(rule["defines"]), rule["only"]
    if only not in {None, "deny", "permit"}:
        yield "METADATA custom.only", "is neither deny nor permit"
        return
    wanted = {*OFFERS, *({"permits", "denies"} if only is None else {_SETS[only]})}
    if missing := sorted(wanted - defines):
        yield "rule", f"does not define {', '.join(missing)}"
    if only is not None and (surplus := ({"permits", "denies"} - {_SETS[only]}) & defines):
        yield "rule", f"defines {surplus.pop()} although custom.only is {only}"


_SETS = {"deny": "denies", "permit": "permits"}


def _facts_faults(facts: Mapping[str, Any]) -> Iterator[str]:
    for topic in ("vocabulary", "places", "acts", "provisions"):
        if not _rows(facts, topic):
            yield f"mayuse/facts/{topic}/data.yaml: is missing or empty"
    acts, places = _rows(facts, "acts"), _rows(facts, "places")
    for name, act in acts.items():
        for field, wrong in _faults_of_act(act, places):
            yield f"{_ACTS}: {name}.{field}: {wrong}"
    for name, provision in _rows(facts, "provisions").items():
        for field, wrong in _faults_of_provision(provision, acts):
            yield f"{_PROVISIONS}: {name}.{field}: {wrong}"
    for name, place in places.items():
        for field, wrong in _faults_of_place(place):
            yield f"{_PLACES}: {name}.{field}: {wrong}"


def _faults_of_act(act: object, places: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    if not isinstance(act, Mapping):
        yield "", "is not a map"
        return
    yield from _faults_of_texts(act, ("title", "source"), optional=("url",))
    if act.get("layer") not in {"law", "terms"}:
        yield "layer", "is neither law nor terms"
    days = [field for field in ("from", "until") if not _is_day(act.get(field))]
    for field in days:
        yield field, "is not a day that exists, as YYYY-MM-DD in quotes"
    if not days and act["from"] > act["until"]:
        yield "until", "lies before from"
    yield from _faults_of_confidence(act)
    for place in act.get("places", ()):
        if place not in places:
            yield "places", f"{place} is not a known place"


def _faults_of_provision(provision: object, acts: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    if not isinstance(provision, Mapping):
        yield "", "is not a map"
        return
    yield from _faults_of_texts(provision, ("provision", "title", "source"), optional=("url",))
    if provision.get("act") not in acts:
        yield "act", f"{provision.get('act')} is not a known act"
    yield from _faults_of_confidence(provision)


def _faults_of_place(place: object) -> Iterator[tuple[str, str]]:
    if not isinstance(place, Mapping):
        yield "", "is not a map"
        return
    yield from _faults_of_texts(place, ("name", "regime"))
    if (coming := place.get("regime_next")) is not None:
        if not isinstance(coming, Mapping) or not _is_text(coming.get("regime")):
            yield "regime_next.regime", "is missing or empty"
        elif not _is_day(coming.get("from")):
            yield "regime_next.from", "is not a day that exists, as YYYY-MM-DD in quotes"


def _faults_of_texts(
    row: Mapping[str, Any], required: Iterable[str], optional: Iterable[str] = ()
) -> Iterator[tuple[str, str]]:
    for field in required:
        if not _is_text(row.get(field)):
            yield field, "is missing or empty"
    for field in optional:
        if field in row and not _is_text(row[field]):
            yield field, "is empty"


def _faults_of_confidence(row: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    if row.get("confidence") not in _CONFIDENCES:
        yield "confidence", "is not high, medium or low"


def _rows(holder: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    rows = holder.get(name)
    return rows if isinstance(rows, Mapping) else {}


def _is_text(value: object) -> bool:
    return isinstance(value, str) and bool(value.strip())


def _is_day(value: object) -> bool:
    if not isinstance(value, str) or len(value) != len("YYYY-MM-DD"):
        return False
    try:
        return date.fromisoformat(value).isoformat() == value
    except ValueError:
        return False
