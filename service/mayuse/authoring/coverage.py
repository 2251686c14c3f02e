"""What the worked cases show, and what no case shows yet.

Three questions: is every reason of every rule given by a case; has every provision a case that
permits under it and one that denies, where it can do both; is every day on which an act or a row
of facts begins or ends shown from both sides, in one case that answers the day before and the day.
"What a provision can do" is found by asking around the cases (`explore`), not guessed.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from mayuse.answer import find
from mayuse.authoring.case_run import Result
from mayuse.question import Facts
from mayuse.verdict import Fault, Said, Verdict

OPEN_END = "9999-12-31"
FIRST_DAY = "1900-01-02"
"""The first day that a question can ask together with the day before."""


@dataclass(frozen=True)
class Coverage:
    """Counts, and the gaps by name."""

    reasons: int
    reasons_without_case: tuple[tuple[str, str], ...]
    """(rule, reason)."""

    provisions: int
    provisions_without_case: tuple[tuple[str, str], ...]
    """(provision, `permit` or `deny`)."""

    days: int
    days_without_case: tuple[tuple[str, str], ...]
    """(act, the first day on which something is otherwise)."""

    def to_text(self) -> str:
        """In sentences."""
        lines = [
            _line("reasons of rules", self.reasons, len(self.reasons_without_case)),
            *(f"  no case gives {rule}: {reason}" for rule, reason in self.reasons_without_case),
            _line("effects of provisions", self.provisions, len(self.provisions_without_case)),
            *(
                f"  no case shows a {effect} under {name}"
                for name, effect in self.provisions_without_case
            ),
            _line("effective days", self.days, len(self.days_without_case)),
            *(
                f"  no case shows {act} on {day} and the day before"
                for act, day in self.days_without_case
            ),
        ]
        return "\n".join(lines)

    def to_json(self) -> dict[str, Any]:
        """For programs."""
        return {
            "reasons": _counted(self.reasons, self.reasons_without_case, ("rule", "reason")),
            "provisions": _counted(
                self.provisions, self.provisions_without_case, ("provision", "effect")
            ),
            "days": _counted(self.days, self.days_without_case, ("act", "day")),
        }


def measure(
    results: Sequence[Result],
    rules: Iterable[Mapping[str, Any]],
    facts: Mapping[str, Any],
    around: Iterable[tuple[Facts, Verdict | Fault]],
) -> Coverage:
    """Coverage of the cases that are as expected.

    `rules` is the bundle's catalogue, `facts` its `data.mayuse.facts`, `around` verdicts on facts
    near the cases.
    """
    shown = [result for result in results if not result.differences]
    given = {(said.rule, said.reason) for result in shown for said in _pinned(result)}
    reasons = sorted({(row["rule"], reason) for row in rules for reason in row["reasons"]})
    effects = {
        (provision, result.ruling.effect)
        for result in shown
        for said in result.ruling.forcing
        for provision in said.cites
    }
    possible = sorted(_possible_effects(around) | effects)
    cited = {facts["provisions"][provision]["act"] for provision, _ in possible}
    turning = sorted(pair for pair in _turning_days(facts) if pair[0] in cited)
    both_sides = set(_days_shown_from_both_sides(shown))
    return Coverage(
        reasons=len(reasons),
        reasons_without_case=tuple(pair for pair in reasons if pair not in given),
        provisions=len(possible),
        provisions_without_case=tuple(pair for pair in possible if pair not in effects),
        days=len(turning),
        days_without_case=tuple(pair for pair in turning if pair not in both_sides),
    )


def _pinned(result: Result) -> Iterator[Said]:
    """The reasons a case would miss: those that forced the effect, and those of acts it names."""
    yield from result.ruling.forcing
    for verdict in result.ruling.verdicts:
        for outcome, reasons in (("permit", verdict.permits), ("deny", verdict.denies)):
            yield from (said for said in reasons if result.expected.laws.get(said.act) == outcome)


def _possible_effects(around: Iterable[tuple[Facts, Verdict | Fault]]) -> set[tuple[str, str]]:
    found: set[tuple[str, str]] = set()
    for facts, verdict in around:
        finding = find(facts, verdict)
        for said in finding.forcing:
            found.update((provision, finding.effect) for provision in said.cites)
    return found


def _turning_days(facts: Mapping[str, Any]) -> set[tuple[str, str]]:
    """(act, day) for each row that begins or ends: acts, and every row of facts that names one."""
    found: set[tuple[str, str]] = set()
    for act, row in facts["acts"].items():
        found.update((act, day) for day in _turns(row))
    for topic, rows in facts.items():
        if topic not in {"acts", "provisions", "vocabulary", "calendar"}:
            found.update(_turns_below(rows, None))
    return {(act, day) for act, day in found if FIRST_DAY <= day < OPEN_END}


def _turns_below(node: object, act: str | None) -> Iterator[tuple[str, str]]:
    if isinstance(node, list):
        for item in node:
            yield from _turns_below(item, act)
    elif isinstance(node, Mapping):
        act = node["act"] if isinstance(node.get("act"), str) else act
        if act is not None:
            yield from ((act, day) for day in _turns(node))
        for item in node.values():
            yield from _turns_below(item, act)


def _turns(row: Mapping[str, Any]) -> Iterator[str]:
    """The first day, and the day after the last."""
    for name, value in row.items():
        if isinstance(value, str) and (name == "from" or name.endswith("_from")):
            yield value
    if isinstance(until := row.get("until"), str) and until < OPEN_END:
        yield (date.fromisoformat(until) + timedelta(days=1)).isoformat()


def _days_shown_from_both_sides(results: Sequence[Result]) -> Iterator[tuple[str, str]]:
    """(act, day) where one case answers the day and the day before, and speaks under the act."""
    acts: dict[tuple[int, date], set[str]] = defaultdict(set)
    for result in results:
        spoken = acts[id(result.case), result.expected.question.on]
        for finding in result.ruling.findings:
            if not isinstance(finding.verdict, Fault):
                spoken.update(item.act for item in finding.verdict.permits)
                spoken.update(item.act for item in finding.verdict.denies)
    for (case, day), spoken in list(acts.items()):
        before = acts.get((case, day - timedelta(days=1)))
        if before is not None:
            yield from ((act, day.isoformat()) for act in spoken | before)


def _line(what: str, total: int, gaps: int) -> str:
    return f"{what}: {total - gaps} of {total} shown by a case"


def _counted(total: int, gaps: Sequence[tuple[str, str]], names: tuple[str, str]) -> dict[str, Any]:
    return {
        "total": total,
        "shown": total - len(gaps),
        "without_case": [dict(zip(names, gap, strict=True)) for gap in gaps],
    }
