"""Cases through an engine: what was answered, and how it differs from what was expected.

"Right answer, wrong reason" differs: the exact set of reasons that forced the effect is compared,
and the exact set of provisions they cite.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from mayuse.answer import Ruling, rule_on
from mayuse.authoring.cases import Case, Expected
from mayuse.catalog import Catalog
from mayuse.decide import Engine
from mayuse.question import Facts
from mayuse.verdict import Fault, Said, Verdict

MALFORMED = "malformed_verdict"

SLICE = 500
"""How many facts go to the engine at once; it is what the service does."""


@dataclass(frozen=True)
class Result:
    """One case on one day, as answered by one engine."""

    case: Case
    expected: Expected
    ruling: Ruling
    differences: tuple[str, ...]
    """What is not as expected, in sentences; empty when all is."""

    @property
    def name(self) -> str:
        """The case's name and the day."""
        return f"{self.case.name}, {self.expected.question.on}"

    @property
    def kind(self) -> str:
        """What kind of difference it is, in a few words."""
        if any(isinstance(item.verdict, Fault) for item in self.ruling.findings):
            return "there is no verdict"
        if self.expected.effect != self.ruling.effect:
            return "another answer"
        if self.expected.reasons != reasons_by_rule(self.ruling.forcing):
            return "the answer is right, the reasons differ"
        return "the answer and its reasons are right, what goes with them differs"


async def run(cases: Iterable[Case], engine: Engine, catalog: Catalog) -> tuple[Result, ...]:
    """Ask every case on every day of it, in order. Nothing is logged."""
    asked = [(case, expected) for case in cases for expected in case.answers]
    facts = [expected.question.facts(engine.vocabulary) for _, expected in asked]
    verdicts = iter(await evaluate([item for group in facts for item in group], engine))
    results = []
    for (case, expected), group in zip(asked, facts, strict=True):
        ruling = rule_on(group, [next(verdicts) for _ in group])
        differences = tuple(differ(expected, ruling, catalog))
        results.append(Result(case, expected, ruling, differences))
    return tuple(results)


async def evaluate(facts: Sequence[Facts], engine: Engine) -> list[Verdict | Fault]:
    """Verdicts on any number of facts, a slice at a time."""
    verdicts: list[Verdict | Fault] = []
    for start in range(0, len(facts), SLICE):
        verdicts.extend((await engine.evaluate(facts[start : start + SLICE])).verdicts)
    return verdicts


def reasons_by_rule(said: Iterable[Said]) -> dict[str, set[str]]:
    """Rule -> its reasons, as case files write them."""
    found: dict[str, set[str]] = {}
    for item in sorted(said):
        found.setdefault(item.rule, set()).add(item.reason)
    return found


def provisions(said: Iterable[Said]) -> set[str]:
    """The provisions that reasons cite."""
    return {provision for item in said for provision in item.cites}


def differ(expected: Expected, ruling: Ruling, catalog: Catalog) -> Iterator[str]:
    """What is not as expected, in sentences."""
    if expected.effect != ruling.effect:
        yield f"the answer is {ruling.effect}, expected {expected.effect}"
    for finding in ruling.findings:
        if isinstance(finding.verdict, Fault):
            fault = finding.verdict
            where = "; `mayuse policy lint` says where" if fault.code == MALFORMED else ""
            yield f"no verdict on {finding.facts.data}: {fault.code}, {fault.detail}{where}"
    if expected.decided_by != ruling.decided_by:
        yield f"decided by {_list(ruling.decided_by)}, expected {_list(expected.decided_by)}"
    said = ruling.forcing
    yield from _differ_in_reasons(expected.reasons, reasons_by_rule(said))
    yield from _differ("provision", expected.provisions, provisions(said))
    outcomes = {row["act"]: row["outcome"] for row in catalog.laws(expected.question, ruling)}
    for act, outcome in sorted(expected.laws.items()):
        if outcomes.get(act) != outcome:
            found = outcomes.get(act, "not among the laws of the place")
            yield f"the act {act} is {found}, expected {outcome}"
    if expected.obligations is not None:
        obligations = {
            item.obligation
            for finding in ruling.findings
            if not isinstance(finding.verdict, Fault)
            for item in finding.verdict.obliges
        }
        yield from _differ("obligation", expected.obligations, obligations)


def _differ_in_reasons(
    expected: Mapping[str, frozenset[str]], found: Mapping[str, set[str]]
) -> Iterator[str]:
    def flat(reasons: Mapping[str, Iterable[str]]) -> set[str]:
        return {f"{rule}: {reason}" for rule, names in reasons.items() for reason in names}

    yield from _differ("reason", flat(expected), flat(found))


def _differ(what: str, expected: Iterable[str], found: Iterable[str]) -> Iterator[str]:
    if missed := sorted(set(expected) - set(found)):
        yield f"expected the {what} {'; '.join(missed)}"
    if surplus := sorted(set(found) - set(expected)):
        yield f"did not expect the {what} {'; '.join(surplus)}"


def _list(layers: Sequence[str]) -> str:
    return " and ".join(layers) or "nothing"
