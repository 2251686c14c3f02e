"""What facts must say before anybody may decide by them: acts, provisions and places. Pure.

An act without dates, or a provision of no act, would be found out by the person who asks why.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from mayuse.incomplete import A_DAY, Incomplete, given, is_day, is_text, near, rows_of

_CONFIDENCES = ("high", "medium", "low")
_LABELLED = ("controllers", "recipients", "purposes", "data")
_KINDS = ("setting", "request", "consent", "objection")


def faults(facts: Mapping[str, Any]) -> Iterator[Incomplete]:
    """What is wrong with facts: a vocabulary that cannot be read, rows that cannot be cited."""
    for topic in ("vocabulary", "places", "acts", "provisions"):
        if not rows_of(facts, topic):
            yield Incomplete(_file(topic), (topic,), "is missing or empty", of_facts=True)
    if words := rows_of(facts, "vocabulary"):
        for inside, wrong in _faults_of_vocabulary(words):
            yield Incomplete(_file("vocabulary"), ("vocabulary", *inside), wrong, of_facts=True)
    acts, places = rows_of(facts, "acts"), rows_of(facts, "places")
    for topic, faults_of in (
        ("acts", lambda row: _faults_of_act(row, places)),
        ("provisions", lambda row: _faults_of_provision(row, acts)),
        ("places", _faults_of_place),
    ):
        for name, row in rows_of(facts, topic).items():
            for field, wrong in faults_of(row):
                path = (topic, name, *(field.split(".") if field else ()))
                yield Incomplete(_file(topic), path, wrong, of_facts=True)


def unreadable(fault: Incomplete) -> bool:
    """Whether nothing can be asked of facts that have this fault."""
    return fault.path[0] == "vocabulary" or len(fault.path) <= len(("topic", "row"))


def _file(topic: str) -> str:
    return f"mayuse/facts/{topic}/data.yaml"


def _faults_of_vocabulary(words: Mapping[str, Any]) -> Iterator[tuple[tuple[str, ...], str]]:
    for topic in (*_LABELLED, "choices"):
        if not rows_of(words, topic):
            yield (topic,), "is missing or empty"
    for topic in _LABELLED:
        for name, row in rows_of(words, topic).items():
            if not isinstance(row, Mapping) or not is_text(row.get("label")):
                yield (topic, name, "label"), "is missing or empty"
    for name, row in rows_of(words, "choices").items():
        for field, wrong in _faults_of_choice(row):
            yield ("choices", name, field), wrong


def _faults_of_choice(row: object) -> Iterator[tuple[str, str]]:
    if not isinstance(row, Mapping):
        yield "kind", "is missing or empty"
        return
    kind, values, default = row.get("kind"), rows_of(row, "values"), row.get("default")
    if kind not in _KINDS:
        yield "kind", f"is none of {', '.join(_KINDS)}{given(kind)}{near(kind, _KINDS)}"
    if not values or not all(type(rank) is int for rank in values.values()):
        yield "values", "is not a map from values to their ranks"
    elif default not in values:
        yield "default", f"is none of its values{given(default)}{near(default, values)}"


def _faults_of_act(act: object, places: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    if not isinstance(act, Mapping):
        yield "", "is not a map"
        return
    yield from _faults_of_texts(act, ("title", "source"), optional=("url",))
    if act.get("layer") not in {"law", "terms"}:
        yield "layer", f"is neither law nor terms{given(act.get('layer'))}"
    days = [field for field in ("from", "until") if not is_day(act.get(field))]
    for field in days:
        yield field, f"{A_DAY} in quotes{given(act.get(field))}"
    if not days and act["from"] > act["until"]:
        yield "until", "lies before from"
    yield from _faults_of_confidence(act)
    named = act.get("places", [])
    if not isinstance(named, list):
        yield "places", f"is not a list of places{given(named)}"
        return
    for place in named:
        if place not in places:
            yield "places", f"{place} is not a known place{near(place, places)}"


def _faults_of_provision(provision: object, acts: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    if not isinstance(provision, Mapping):
        yield "", "is not a map"
        return
    yield from _faults_of_texts(provision, ("provision", "title", "source"), optional=("url",))
    if provision.get("act") not in acts:
        name = provision.get("act")
        yield "act", f"{name} is not a known act{near(name, acts)}"
    yield from _faults_of_confidence(provision)


def _faults_of_place(place: object) -> Iterator[tuple[str, str]]:
    if not isinstance(place, Mapping):
        yield "", "is not a map"
        return
    yield from _faults_of_texts(place, ("name", "regime"))
    if (coming := place.get("regime_next")) is not None:
        if not isinstance(coming, Mapping) or not is_text(coming.get("regime")):
            yield "regime_next.regime", "is missing or empty"
        elif not is_day(coming.get("from")):
            yield "regime_next.from", f"{A_DAY} in quotes{given(coming.get('from'))}"


def _faults_of_texts(
    row: Mapping[str, Any], required: Iterable[str], optional: Iterable[str] = ()
) -> Iterator[tuple[str, str]]:
    for field in required:
        if not is_text(row.get(field)):
            yield field, "is missing or empty"
    for field in optional:
        if field in row and not is_text(row[field]):
            yield field, "is empty"


def _faults_of_confidence(row: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    said = row.get("confidence")
    if said not in _CONFIDENCES:
        yield "confidence", f"is not high, medium or low{given(said)}{near(said, _CONFIDENCES)}"
