"""What a policy bundle must say about itself before anybody may decide by it. Pure.

A rule without a sentence for its reasons, an act without dates or a provision of no act would be
found out by the person who asks why. So they are refused when the bundle is built and read.
Each fault names the file, the field and what is wrong with it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from mayuse import facts_check
from mayuse.errors import BundleError
from mayuse.incomplete import A_DAY, Incomplete, given, is_day, is_text, rows_of

Rules = Sequence[Mapping[str, Any]]

RULE = re.compile(r"(law|terms)/[a-z0-9_]+/[a-z0-9_]+")
"""A rule's id: its folder under `policies/mayuse`."""

OFFERS = ("in_place", "in_force", "in_scope")
"""Names every rule defines: where, when and for what it speaks."""

SHOWN = 20
"""How many faults one error lists."""

_ID = re.compile(r"[a-z0-9_]+")


def check(
    rules: Rules,
    facts: Mapping[str, Any],
    place: Callable[[Incomplete], str] = lambda fault: fault.file,
) -> None:
    """Refuse a rule catalogue and facts (`data.mayuse.facts`) that are not complete.

    `rules` has one entry per rule package: rule, title, description, owner, last_read, reasons,
    obligations, only, file, and `defines` (the names its Rego defines). `place` tells the file,
    and perhaps the line, of a fault.
    Raises `BundleError` with every fault, one per line, at most `SHOWN`.
    """
    found = [fault for rule in rules for fault in faults_of_rule(rule, facts)]
    found += facts_check.faults(facts)
    told = [] if rules else ["mayuse: there is no rule under law/ or terms/"]
    if found or told:
        told += [fault.to_text(place(fault)) for fault in found[:SHOWN]]
        more = [f"… and {len(found) - SHOWN} more"] if len(found) > SHOWN else []
        raise BundleError("\n".join(["the policies are not complete:", *told, *more]))


def faults_of_rule(rule: Mapping[str, Any], facts: Mapping[str, Any]) -> Iterator[Incomplete]:
    """What is wrong with one entry of a rule catalogue."""
    controllers = rows_of(rows_of(facts, "vocabulary"), "controllers")
    for field, wrong in _faults_of_rule(rule, controllers):
        where, _, word = field.partition(" ")
        path = (where, *word.split(".")) if word else (where,)
        yield Incomplete(rule["file"], path, wrong)


def _faults_of_rule(
    rule: Mapping[str, Any], controllers: Mapping[str, Any]
) -> Iterator[tuple[str, str]]:
    name = str(rule["rule"])
    if not RULE.fullmatch(name):
        yield "package", f"{name} is not law/<area>/<slug> or terms/<controller>/<slug>"
    elif name.startswith("terms/") and name.split("/")[1] not in controllers:
        yield "package", f"{name} is the terms of a controller the vocabulary does not know"
    for field in ("title", "description"):
        if not is_text(rule[field]):
            yield f"METADATA {field}", "is missing or empty"
    if not is_text(rule["owner"]):
        yield "METADATA custom.owner", "is missing or empty"
    if not is_day(rule["last_read"]):
        yield "METADATA custom.last_read", f"{A_DAY}{given(rule['last_read'])}"
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
            if not _ID.fullmatch(str(name)) or not is_text(sentence):
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
