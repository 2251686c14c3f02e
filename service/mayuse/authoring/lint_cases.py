"""Lint of what surrounds rules: cases that show them, places and days where they can speak."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from datetime import date

from mayuse.authoring import cases, rego
from mayuse.authoring.case_ids import CaseIds
from mayuse.authoring.findings import NOTE, Finding
from mayuse.authoring.folder import Folder
from mayuse.authoring.rego import Module
from mayuse.errors import AuthoringError
from mayuse.vocabulary import Vocabulary

EFFECTS = {None: ("permit", "deny"), "permit": ("permit",), "deny": ("deny",)}
"""What METADATA `only` leaves of the effects a rule can have."""

SETS = {"permit": "permits", "deny": "denies"}

SHOWN = 5
"""So many places are named."""


def check(folder: Folder, today: date) -> Iterator[Finding]:
    """Every finding about the cases and the reach of the rules of a folder."""
    yield from _rules_without_cases(folder)
    yield from _rules_out_of_reach(folder, today)


def _rules_without_cases(folder: Folder) -> Iterator[Finding]:
    """Cases are read for what they expect; whether they get it is what `policy test` finds."""
    ids = CaseIds.of((module.entry for module in folder.rules), folder.facts)
    words = Vocabulary.from_facts(folder.facts)
    try:
        read = cases.load(cases.find(folder.policies), words, ids)
    except AuthoringError as error:
        for fault in error.faults:
            file, line, says = fault.split(":", 2)
            yield Finding(file, int(line), "case-file", says.strip(), "mend the case file")
        return
    expected: dict[str, set[tuple[str, str]]] = defaultdict(set)
    for case in read:
        for answer in case.answers:
            for rule, reasons in answer.reasons.items():
                expected[rule].update((answer.effect, reason) for reason in reasons)
    for module in folder.rules:
        if shown := expected[module.rule or ""]:
            yield from _unshown(module, folder, shown)
        else:
            yield Finding(
                module.file,
                folder.line_of_metadata(module),
                "missing-case",
                f"no case shows {module.rule}",
                "`mayuse policy new` writes such cases, and `mayuse policy case new` keeps one "
                "from a decision",
            )


def _unshown(module: Module, folder: Folder, shown: set[tuple[str, str]]) -> Iterator[Finding]:
    """Effects and reasons of a rule that no case rests on, where some case rests on the rule."""
    custom = module.annotations.get("custom", {})
    # A permit that the other layer always outweighs can force no answer: `laws` shows it.
    overruled = set(custom.get("overruled", ()))
    for effect in EFFECTS.get(custom.get("only"), ()):
        if effect not in {seen for seen, _ in shown} and not (overruled and effect == "permit"):
            yield Finding(
                module.file,
                _line_of(module, SETS[effect]),
                "missing-case",
                f"no case shows that {module.rule} makes a {effect}",
                "`mayuse policy case new` keeps one from a decision",
            )
    unshown = set(custom.get("reasons", {})) - overruled
    for reason in sorted(unshown - {seen for _, seen in shown}):
        yield Finding(
            module.file,
            folder.line_of_metadata(module, "custom", "reasons", reason),
            "missing-case",
            f"no case gives {module.rule}: {reason}",
            "write a case whose answer rests on it",
        )


def _rules_out_of_reach(folder: Folder, today: date) -> Iterator[Finding]:
    for module in folder.rules:
        if places := sorted(set(folder.unasked.get(module.rule or "", []))):
            yield Finding(
                module.file,
                _line_of(module, "in_place"),
                "not-asked",
                f"{module.rule} is in place in {_some(places)}, where its area is not: "
                "main does not ask it there",
                "widen `in_place` of the area (area.rego), or move the rule to another area",
            )
        spans = folder.spans.get(module.rule or "", [])
        usable = [span for span in spans if span.first <= span.last]
        if not usable:
            yield Finding(
                module.file,
                _line_of(module, "in_force" if spans else "in_place"),
                "unreachable",
                f"{module.rule} is in place and in force nowhere",
                "look at `in_place` and `in_force`, and at the facts they read",
            )
        elif (last := max(span.last for span in usable)) < today.isoformat():
            yield Finding(
                module.file,
                _line_of(module, "in_force"),
                "expired",
                f"{module.rule} ended on {last} everywhere",
                "history stays; see that a rule follows it, if one should",
                NOTE,
            )


def _line_of(module: Module, name: str) -> int:
    return next((rego.line_of(rule) for rule in module.named(name)), 1)


def _some(places: list[str]) -> str:
    more = f" and {len(places) - SHOWN} more" if len(places) > SHOWN else ""
    return ", ".join(places[:SHOWN]) + more
